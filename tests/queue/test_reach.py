"""A device is reached before its attempt begins: what is opened is used and closed, and the row of the
attempt says the truth at every step."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace

import pytest

from plantin.core.model import Delivered, Outcome, UnknownPolicy
from plantin.core.ports import Progress, Stop
from plantin.core.states import JobEvent, JobState, Reason
from tests.queue.site import OFF, PRINTED, Broken, Machine, Site

S = JobState
CLOSED = Delivered(Outcome.TEMPORARY, "connection-closed-by-device", "it closed before it took anything")


@pytest.fixture
def site() -> Site:
    return Site()


def reachable(site: Site, name: str = "d1") -> Machine:
    site.machine(name).reachable = True
    return site.machine(name)


def all_closed(machine: Machine) -> bool:
    return not any(way.open for way in machine.ways)


def test_what_was_opened_is_used_once_and_closed(site: Site) -> None:
    q1 = site.queue("q1", site.device("d1"))
    machine = reachable(site)

    async def story() -> None:
        ids = site.jobs(q1, 3)
        await site.ended(*ids)
        assert machine.sent == ids
        assert len(machine.ways) == 3 and machine.used == machine.ways
        assert all_closed(machine)

    site.run(story)


def test_begin_and_leave_to_send_are_one_write(site: Site) -> None:
    q1 = site.queue("q1", site.device("d1"))
    machine = reachable(site)
    seen = []

    async def look(progress: Progress, stop: Stop) -> None:
        seen.append([row.sending for row in site.store.attempts.values()])

    machine.before_end = look

    async def story() -> None:
        job = site.job(q1)
        await site.ended(job)
        assert seen == [[True]]
        assert "before sending" not in site.store.asked
        assert site.trail(job) == ["queued", "started", "completed"]

    site.run(story)


def test_without_a_way_the_leave_to_send_is_asked_for(site: Site) -> None:
    q1 = site.queue("q1", site.device("d1"))

    async def story() -> None:
        job = site.job(q1)
        await site.until(lambda: site.state(job) is S.PROCESSING)
        await site.ended(job)
        assert site.machine("d1").used == [None]
        assert site.store.asked.count("before sending") == 1

    site.run(story)


def test_a_crash_after_the_begin_may_have_printed(site: Site) -> None:
    """The row says so from its begin: the first byte leaves without any other word to the store."""
    d1 = site.device("d1")
    q1 = site.queue("q1", d1)
    machine = reachable(site)
    machine.answers = [PRINTED]

    async def main() -> None:
        await site.start()
        job = site.job(q1)
        await site.until(lambda: "started" in site.trail(job))
        await site.crash()
        assert site.is_sending(job)
        await site.start()
        await site.ended(job)
        assert machine.asked == [(job, "")]
        await site.crash()

    site.run_alone(main)


def test_a_device_that_cannot_be_reached_has_an_attempt_that_says_why(site: Site) -> None:
    d1 = site.device("d1")
    q1 = site.queue("q1", d1)
    machine = reachable(site)
    machine.up = False

    async def story() -> None:
        job = site.job(q1)
        await site.until(lambda: "retry" in site.trail(job))
        assert machine.used == [None]
        assert (site.state(job), site.store.jobs[job].message) == (S.PENDING, OFF.text)
        assert [row.sending for row in site.store.attempts.values()] == [False]
        machine.up = True
        await site.ended(job)
        assert len(machine.ways) == 1 and all_closed(machine)

    site.run(story)


def test_a_device_that_hangs_up_before_it_took_anything_gets_the_job_again(site: Site) -> None:
    """Though the row says that bytes may have left: who had the connection knows that none did."""
    q1 = site.queue("q1", site.device("d1"))
    machine = reachable(site)
    machine.outcomes = [CLOSED]

    async def story() -> None:
        job = site.job(q1)
        await site.ended(job)
        assert site.trail(job) == ["queued", "started", "retry", "started", "completed"]
        assert len(machine.ways) == 2 and all_closed(machine)

    site.run(story)


def test_a_defect_of_the_backend_on_an_open_way_may_have_printed(site: Site) -> None:
    q1 = site.queue("q1", site.device("d1"), unknown_policy=UnknownPolicy.HOLD)
    machine = reachable(site)
    machine.outcomes = [ZeroDivisionError("a defect")]

    async def story() -> None:
        job, other = site.jobs(q1, 2)
        await site.ended(other)
        assert site.state(job) is S.HELD
        assert all_closed(machine)

    site.run(story)


@pytest.mark.parametrize("wish", ["cancel", "hold", "move"])
def test_who_changes_his_mind_while_the_device_is_reached_prints_nothing(site: Site, wish: str) -> None:
    d1 = site.device("d1")
    q1, q2 = site.queue("q1", d1), site.queue("q2")
    machine = reachable(site)
    machine.reach_s = 5.0

    async def story() -> None:
        job, other = site.jobs(q1, 2)
        await site.until(lambda: len(machine.ways) == 1)
        assert site.state(job) is S.PENDING
        if wish == "cancel":
            site.cancel(job)
        elif wish == "hold":
            site.does(job, JobEvent.HELD, reasons=(Reason.HOLD_UNTIL,))
        else:
            site.does(job, JobEvent.MOVED, queue=q2)
        await site.ended(other)
        assert machine.sent == [other]
        assert "started" not in site.trail(job)
        assert len(machine.ways) == 2 and all_closed(machine)

    site.run(story)


def test_a_cancel_while_the_begin_is_written_prints_nothing(site: Site) -> None:
    q1 = site.queue("q1", site.device("d1"))
    machine = reachable(site)
    site.store.taking["after start"] = 5.0

    async def story() -> None:
        job, other = site.jobs(q1, 2)
        await site.until(lambda: site.state(job) is S.PROCESSING)
        site.cancel(job)
        await site.ended(job, other)
        assert (site.state(job), machine.sent) == (S.CANCELED, [other])
        assert site.trail(job) == ["queued", "started", "cancel-requested", "canceled"]
        assert all_closed(machine)

    site.run(story)


def test_a_begin_that_the_store_refuses_closes_the_way(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    q1 = site.queue("q1", site.device("d1"))
    machine = reachable(site)
    site.store.failing["before start"] = [Broken()]

    async def story() -> None:
        ids = site.jobs(q1, 2)
        await site.ended(*ids)
        assert machine.sent == ids
        assert len(machine.ways) == 3 and all_closed(machine)

    with caplog.at_level(logging.CRITICAL, "plantin"):
        site.run(story)


def test_a_defect_in_the_reaching_leaves_it_to_the_attempt(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    q1 = site.queue("q1", site.device("d1"))
    site.machine("d1").reach_error = ZeroDivisionError("a defect")

    async def story() -> None:
        job = site.job(q1)
        await site.ended(job)
        assert (site.state(job), site.machine("d1").used) == (S.COMPLETED, [None])

    with caplog.at_level(logging.CRITICAL, "plantin"):
        site.run(story)


def test_closing_lets_no_way_stand_open(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    """The next device is reached while the end of the attempt before is still being written."""
    q1 = site.queue("q1", site.device("d1"))
    machine = reachable(site)

    async def story() -> None:
        first, _second = site.jobs(q1, 2)
        await site.until(lambda: site.state(first) is S.PROCESSING)
        site.store.failing["before finish"] = [Broken()] * 1000
        await site.until(lambda: len(machine.ways) == 2)
        assert not all_closed(machine)
        await site.manager.close(5.0)
        assert all_closed(machine)
        site.store.failing.clear()

    with caplog.at_level(logging.CRITICAL, "plantin"):
        site.run(story)


def test_a_pool_reaches_only_who_has_a_job(site: Site) -> None:
    d1, d2 = site.device("d1"), site.device("d2")
    pool = site.queue("pool", d1, d2)
    machines = [reachable(site, "d1"), reachable(site, "d2")]

    async def story() -> None:
        await site.ended(site.job(pool))
        assert sum(len(machine.ways) for machine in machines) == 1
        await site.ended(*site.jobs(pool, 4))
        assert [len(machine.ways) for machine in machines] == [len(machine.sent) for machine in machines]
        assert all(all_closed(machine) for machine in machines)

    site.run(story)


def test_one_that_is_slow_to_reach_delays_no_other(site: Site) -> None:
    slow, well = site.device("slow"), site.device("well")
    q_slow, q_well = site.queue("q1", slow), site.queue("q2", well)
    reachable(site, "slow").reach_s = 1000.0
    reachable(site, "well")

    async def story() -> None:
        waiting = site.jobs(q_slow, 3)
        began = site.now()
        await site.ended(*site.jobs(q_well, 5))
        assert site.now() - began < 51
        assert site.states(waiting) == [S.PENDING] * 3

    site.run(story)


def test_a_device_that_is_removed_while_it_is_reached_prints_the_one_job_at_most(site: Site) -> None:
    d1, d2 = site.device("d1"), site.device("d2")
    pool = site.queue("pool", d1, d2)
    machine = reachable(site, "d1")
    machine.reach_s = 5.0
    site.set_device(d2, paused=True)

    async def story() -> None:
        ids = site.jobs(pool, 3)
        await site.until(lambda: len(machine.ways) == 1)
        site.set_queue(pool, devices=(d2,))
        site.remove_device(d1)
        site.set_device(d2, paused=False)
        await site.ended(*ids)
        assert len(machine.sent) <= 1 and all_closed(machine)
        assert sorted([*machine.sent, *site.machine("d2").sent]) == ids

    site.run(story)


def test_the_device_s_own_wait_is_kept_on_an_open_way_too(site: Site) -> None:
    q1 = site.queue("q1", site.device("d1"))
    machine = reachable(site)
    machine.outcomes = [replace(CLOSED, retry_after_s=300.0)]

    async def story() -> None:
        job = site.job(q1)
        await site.ended(job)
        first, second = machine.at
        assert 300 <= second - first < 302

    site.run(story)


def test_many_jobs_over_open_ways_lose_and_double_nothing(site: Site) -> None:
    members = [site.device(f"d{number}") for number in range(4)]
    pool = site.queue("pool", *members)
    machines = [reachable(site, f"d{number}") for number in range(4)]
    for number, machine in enumerate(machines):
        machine.seconds = 0.5
        machine.outcomes = [CLOSED, PRINTED] * number

    async def story() -> None:
        ids = site.jobs(pool, 100)
        await asyncio.sleep(1)
        await site.ended(*ids)
        printed = [job for job in ids if site.trail(job).count("completed") == 1]
        assert printed == ids
        assert all(all_closed(machine) for machine in machines)

    site.run(story)
