"""The queue manager's decisions, each in a story of its own on made-up time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import pytest

from plantin.core.errors import SpoolDamaged
from plantin.core.model import QueueMode, UnknownPolicy
from plantin.core.ports import Lane, Progress, Stop
from plantin.core.states import JobEvent, JobState, Reason
from plantin.ipp import encode_attributes
from plantin.ipp.attributes import integer
from tests.queue.site import LOST, OFF, PRINTED, REFUSED, Broken, Site

S = JobState


@pytest.fixture
def site() -> Site:
    return Site()


# Who prints what, and in which order


def test_jobs_of_one_device_go_out_in_order_one_at_a_time(site: Site) -> None:
    d1 = site.device("d1")
    q1, q2 = site.queue("q1", d1), site.queue("q2", d1)

    async def story() -> None:
        ids = [site.job(queue) for queue in (q1, q2, q1, q1, q2)]
        await site.ended(*ids)
        assert site.machine("d1").sent == ids
        assert site.trail(ids[0]) == ["queued", "started", "completed"]
        assert site.now() < 52

    site.run(story)


def test_priority_first(site: Site) -> None:
    d1 = site.device("d1")
    q1, q2 = site.queue("q1", d1), site.queue("q2", d1)

    async def story() -> None:
        first = site.job(q1)
        await site.until(lambda: site.state(first) is S.PROCESSING)
        slow, normal, urgent = site.job(q2, priority=1), site.job(q2), site.job(q1, priority=99)
        await site.ended(slow)
        assert site.machine("d1").sent == [first, urgent, normal, slow]

    site.run(story)


def test_one_slow_or_dead_device_delays_no_other(site: Site) -> None:
    slow, dead, well = site.device("slow"), site.device("dead"), site.device("well")
    q_slow, q_dead, q_well = site.queue("q1", slow), site.queue("q2", dead), site.queue("q3", well)
    site.machine("slow").seconds = 100_000
    site.machine("dead").up = False

    async def story() -> None:
        site.jobs(q_slow, 3)
        site.jobs(q_dead, 3)
        await asyncio.sleep(50)
        began = site.now()
        await site.ended(*site.jobs(q_well, 5))
        assert site.now() - began < 51

    site.run(story)


def test_a_pool_prints_in_parallel(site: Site) -> None:
    members = [site.device(f"d{number}") for number in range(3)]
    pool = site.queue("pool", *members)

    async def story() -> None:
        await site.ended(*site.jobs(pool, 9))
        assert [len(site.machine(f"d{number}").sent) for number in range(3)] == [3, 3, 3]
        assert site.now() < 32

    site.run(story)


def test_one_job_wakes_one_member_that_is_well(site: Site) -> None:
    d1, d2 = site.device("d1"), site.device("d2")
    pool = site.queue("pool", d1, d2)
    site.machine("d1").up = False

    async def story() -> None:
        first = site.job(pool)
        await site.ended(first)
        assert site.trail(first) == ["queued", "started", "retry", "started", "completed"]
        for _ in range(5):
            await site.ended(site.job(pool))
        assert len(site.machine("d1").sent) == 1 and len(site.machine("d2").sent) == 6

    site.run(story)


def test_a_job_of_a_dead_member_goes_to_another_at_once(site: Site) -> None:
    d1, d2 = site.device("d1"), site.device("d2")
    pool, own = site.queue("pool", d1, d2), site.queue("own", d2)

    async def story() -> None:
        site.machine("d1").outcomes = [OFF]
        site.machine("d1").up = False
        busy = site.job(own)
        await site.until(lambda: site.state(busy) is S.PROCESSING)
        job = site.job(pool)  # d2 is busy: d1 tries
        await site.ended(job)
        assert site.machine("d1").sent == [job] and site.machine("d2").sent == [busy, job]
        assert site.now() < 22

    site.run(story)


def test_a_find_me_job_prints_where_it_is_released_and_nowhere_else(site: Site) -> None:
    d1, d2, d3 = site.device("d1"), site.device("d2"), site.device("d3")
    follow = site.queue("follow", d1, d2, mode=QueueMode.FIND_ME)

    async def story() -> None:
        first, second, third = (site.job(follow, held=True) for _ in range(3))
        await asyncio.sleep(100)
        assert site.states([first, second, third]) == [S.HELD] * 3
        site.release(second, d2)
        site.release(first, d3)  # a device that the queue does not feed, but somebody stands there
        await site.ended(first, second)
        assert [site.machine(name).sent for name in ("d1", "d2", "d3")] == [[], [second], [first]]
        site.release(third)  # to no device: it waits for one
        await asyncio.sleep(100)
        assert site.state(third) is S.PENDING
        site.does(third, JobEvent.MOVED, device=d1)
        await site.ended(third)
        assert site.machine("d1").sent == [third]

    site.run(story)


def test_a_job_that_is_moved_prints_in_its_new_queue_only(site: Site) -> None:
    d1, d2 = site.device("d1"), site.device("d2")
    q1, q2 = site.queue("q1", d1), site.queue("q2", d2)

    async def story() -> None:
        blocker = site.job(q1)
        job = site.job(q1)
        await site.until(lambda: site.state(blocker) is S.PROCESSING)
        site.does(job, JobEvent.MOVED, queue=q2)
        await site.ended(blocker, job)
        assert (site.machine("d1").sent, site.machine("d2").sent) == ([blocker], [job])

    site.run(story)


def test_moved_behind_the_manager_s_back_it_does_not_print_at_the_old_place(site: Site) -> None:
    """The move is acknowledged before the manager hears of it: paper at the wrong printer is a leak."""
    d1, d2 = site.device("d1"), site.device("d2")
    q1, q2 = site.queue("q1", d1), site.queue("q2", d2)

    async def story() -> None:
        blocker, job = site.job(q1), site.job(q1)
        await site.until(lambda: site.state(blocker) is S.PROCESSING)
        await asyncio.sleep(9.5)
        site.store.apply(job, JobEvent.MOVED, queue=q2)  # no hint
        await site.ended(blocker, job)
        assert (site.machine("d1").sent, site.machine("d2").sent) == ([blocker], [job])

    site.run(story)


def test_ended_and_printed_again(site: Site) -> None:
    q1 = site.queue("q1", site.device("d1"))

    async def story() -> None:
        job = site.job(q1)
        await site.ended(job)
        site.does(job, JobEvent.RESTARTED, reasons=(Reason.QUEUED,))
        await site.until(lambda: len(site.machine("d1").sent) == 2)
        await site.ended(job)

    site.run(story)


# Stopped by people


def test_a_paused_queue_prints_nothing_and_its_device_serves_others(site: Site) -> None:
    d1 = site.device("d1")
    q1, q2 = site.queue("q1", d1), site.queue("q2", d1)

    async def story() -> None:
        printing, waiting = site.job(q1), site.job(q1)
        await site.until(lambda: site.state(printing) is S.PROCESSING)
        site.set_queue(q1, enabled=False)
        other = site.job(q2)
        await site.ended(printing, other)
        await asyncio.sleep(100)
        assert site.state(waiting) is S.PENDING
        site.set_queue(q1, enabled=True)
        await site.ended(waiting)
        assert site.machine("d1").sent == [printing, other, waiting]

    site.run(story)


@pytest.mark.parametrize("field", ["shutdown", "deactivated"])
def test_a_queue_that_is_shut_down_prints_nothing(site: Site, field: str) -> None:
    q1 = site.queue("q1", site.device("d1"))

    async def story() -> None:
        site.set_queue(q1, **{field: True})
        await asyncio.sleep(2)
        job = site.job(q1)
        await asyncio.sleep(100)
        assert site.state(job) is S.PENDING
        site.set_queue(q1, **{field: False})
        await site.ended(job)

    site.run(story)


def test_a_paused_device_prints_nothing_and_its_pool_goes_on(site: Site) -> None:
    d1, d2 = site.device("d1"), site.device("d2", paused=True)
    pool, own = site.queue("pool", d1, d2), site.queue("own", d2)

    async def story() -> None:
        ids, waiting = site.jobs(pool, 3), site.job(own)
        await site.ended(*ids)
        assert (site.machine("d2").sent, site.state(waiting)) == ([], S.PENDING)
        site.set_device(d2, paused=False)
        await site.ended(waiting)

    site.run(story)


def test_cancel_before_while_and_after(site: Site) -> None:
    q1 = site.queue("q1", site.device("d1"))

    async def story() -> None:
        first, second, third = site.jobs(q1, 3)
        await site.until(lambda: site.is_sending(first))
        site.cancel(second)
        site.cancel(first)
        began = site.now()
        await site.ended(first)
        assert site.now() - began < 1
        assert site.store.jobs[first].reasons == (Reason.CANCELED_BY_USER,)
        await site.ended(third)
        assert site.machine("d1").sent == [first, third]
        assert site.trail(first)[-2:] == ["cancel-requested", "canceled"]

    site.run(story)


def test_a_cancel_between_start_and_delivery_is_heard(site: Site) -> None:
    """The next job is started while the end of the one before is still being written."""
    q1 = site.queue("q1", site.device("d1"))

    async def story() -> None:
        first, second = site.jobs(q1, 2)
        await site.until(lambda: site.state(first) is S.PROCESSING)
        site.store.failing["before finish"] = [Broken()] * 20
        await site.until(lambda: site.state(second) is S.PROCESSING)
        site.cancel(second)
        await site.ended(first, second)
        assert (site.state(first), site.state(second)) == (S.COMPLETED, S.CANCELED)
        assert site.machine("d1").sent == [first]

    site.run(story)


def test_a_job_that_prints_for_too_long_is_canceled_by_the_clock(site: Site) -> None:
    """job-cancel-after: the clockwork asks it to stop, the log tells the device, the next one prints."""
    q1 = site.queue("q1", site.device("d1"))
    site.machine("d1").seconds = 1000

    async def story() -> None:
        slow = site.job(q1, attributes=encode_attributes([integer("job-cancel-after", 60)]))
        other = site.job(q1)
        await site.ended(slow)
        assert 60 <= site.now() < 65
        assert site.store.jobs[slow].reasons == (Reason.CANCELED_AFTER_TIMEOUT,)
        assert site.trail(slow)[-2:] == ["cancel-requested", "canceled"]
        await site.ended(other)
        assert site.state(other) is S.COMPLETED

    site.run(story)


def test_suspend_lets_another_job_by_and_resume_prints_anew(site: Site) -> None:
    q1 = site.queue("q1", site.device("d1"))

    async def story() -> None:
        first, second = site.jobs(q1, 2)
        await site.until(lambda: site.is_sending(first))
        site.does(first, JobEvent.SUSPENDED, stop_requested=Reason.SUSPENDED, reasons=(Reason.SUSPENDED,))
        await site.ended(second)
        assert site.state(first) is S.STOPPED
        site.does(first, JobEvent.RESUMED, reasons=(Reason.QUEUED,))
        await site.ended(first)
        assert site.machine("d1").sent == [first, second, first]

    site.run(story)


# Devices in trouble


def test_a_device_that_is_off_is_probed_with_growing_waits_and_costs_one_attempt(site: Site) -> None:
    d1 = site.device("d1")
    q1 = site.queue("q1", d1)
    site.machine("d1").up = False

    async def story() -> None:
        ids = site.jobs(q1, 3)
        await asyncio.sleep(3600)
        machine = site.machine("d1")
        assert machine.sent == [ids[0]]
        waits = [later - earlier for earlier, later in pairwise(machine.at + machine.probes)]
        assert [round(wait, 1) for wait in waits[:7]] == [0.8, 1.5, 3.0, 6.0, 12.0, 24.0, 45.0]
        assert all(44 < wait < 46 for wait in waits[7:])
        told = site.store.device_rows[d1]
        assert (told.state, told.state_reasons) == (5, ("offline-report",))
        assert told.state_message == "it is off"
        assert site.states(ids) == [S.PENDING] * 3 and site.store.jobs[ids[0]].message == "it is off"
        machine.up = True
        await site.ended(*ids)
        assert machine.sent == [ids[0], *ids]
        told = site.store.device_rows[d1]
        assert (told.state, told.state_reasons, told.state_message) == (3, ("none",), "")

    site.run(story)


def test_it_resumes_by_itself_at_once_when_it_says_that_it_is_well(site: Site) -> None:
    d1 = site.device("d1")
    q1 = site.queue("q1", d1)
    site.machine("d1").up = False

    async def story() -> None:
        job = site.job(q1)
        await asyncio.sleep(3600)
        site.machine("d1").up = True
        await asyncio.sleep(0.2)
        assert site.state(job) is S.PENDING
        began = site.now()
        site.set_device(d1, "device-state", state=3, state_reasons=("none",), state_message="")
        await site.until(lambda: site.state(job) is S.PROCESSING)
        assert site.now() - began < 2

    site.run(story)


@pytest.mark.parametrize("change", [{"uri": "socket://new.test"}, {"options": '{"connect_s": 1}'}])
def test_a_changed_address_is_tried_at_once(site: Site, change: dict[str, str]) -> None:
    d1 = site.device("d1")
    q1 = site.queue("q1", d1)
    site.machine("d1").up = False

    async def story() -> None:
        job = site.job(q1)
        await asyncio.sleep(3600)
        site.machine("d1").up = True
        began = site.now()
        site.set_device(d1, **change)
        await site.until(lambda: site.state(job) is S.PROCESSING)
        assert site.now() - began < 2

    site.run(story)


def test_a_device_that_the_last_server_called_off_is_called_well_again(site: Site) -> None:
    d1 = site.device("d1", state=5, state_reasons=("offline-report",), state_message="it is off")
    q1 = site.queue("q1", d1)

    async def story() -> None:
        await site.ended(site.job(q1))
        assert site.store.device_rows[d1].state_reasons == ("none",)

    site.run(story)


def test_what_it_asks_for_is_waited_for(site: Site) -> None:
    q1 = site.queue("q1", site.device("d1"))
    site.machine("d1").outcomes = [replace(OFF, reason="server-error-busy", retry_after_s=300.0)]

    async def story() -> None:
        job = site.job(q1)
        await site.ended(job)
        first, second = site.machine("d1").at
        assert 300 <= second - first < 302
        assert site.store.jobs[job].attempts == 2

    site.run(story)


def test_retry_current_job_keeps_the_order(site: Site) -> None:
    q1 = site.queue("q1", site.device("d1"))
    site.machine("d1").outcomes = [OFF, OFF]

    async def story() -> None:
        first, second = site.jobs(q1, 2)
        await site.ended(first, second)
        assert site.machine("d1").sent == [first, first, first, second]

    site.run(story)


def test_retry_job_lets_others_go_first(site: Site) -> None:
    q1 = site.queue("q1", site.device("d1"), error_policy="retry-job")
    site.machine("d1").outcomes = [OFF]

    async def story() -> None:
        first, second, third = site.jobs(q1, 3)
        await site.ended(first, second, third)
        assert sorted(site.machine("d1").sent) == [first, first, second, third]
        assert site.machine("d1").sent[:2] == [first, second]

    site.run(story)


def test_a_job_that_lets_others_go_first_can_be_moved_and_canceled_meanwhile(site: Site) -> None:
    d1, d2 = site.device("d1"), site.device("d2")
    q1, q2 = site.queue("q1", d1, error_policy="retry-job"), site.queue("q2", d2)
    site.machine("d1").up = False

    async def story() -> None:
        first, second = site.jobs(q1, 2)
        await site.until(lambda: "retry" in site.trail(first))
        site.does(first, JobEvent.MOVED, queue=q2)
        await site.ended(first)
        assert site.machine("d2").sent == [first]
        site.machine("d1").up = True
        await site.ended(second)
        assert first not in site.machine("d1").sent[1:]

    site.run(story)


def test_abort_job_ends_a_job_that_failed(site: Site) -> None:
    q1 = site.queue("q1", site.device("d1"), error_policy="abort-job")
    site.machine("d1").outcomes = [OFF]

    async def story() -> None:
        first, second = site.jobs(q1, 2)
        await site.ended(first, second)
        assert site.states([first, second]) == [S.ABORTED, S.COMPLETED]
        assert site.store.jobs[first].message == "it is off"

    site.run(story)


def test_what_the_device_refuses_is_aborted_and_the_next_job_goes_on(site: Site) -> None:
    q1 = site.queue("q1", site.device("d1"))
    site.machine("d1").outcomes = [REFUSED]

    async def story() -> None:
        first, second = site.jobs(q1, 2)
        await site.ended(first, second)
        assert site.states([first, second]) == [S.ABORTED, S.COMPLETED]
        assert site.store.jobs[first].reasons == ("aborted-by-system", "unsupported-document-format")

    site.run(story)


@pytest.mark.parametrize(
    ("policy", "state", "times"),
    [
        (UnknownPolicy.HOLD, S.HELD, 1),
        (UnknownPolicy.RETRY, S.COMPLETED, 2),
        (UnknownPolicy.ABORT, S.ABORTED, 1),
        (UnknownPolicy.ASSUME_PRINTED, S.COMPLETED, 1),
    ],
)
def test_never_twice_in_silence(site: Site, policy: UnknownPolicy, state: JobState, times: int) -> None:
    q1 = site.queue("q1", site.device("d1"), unknown_policy=policy)
    site.machine("d1").outcomes = [LOST]

    async def story() -> None:
        job, other = site.jobs(q1, 2)
        await site.ended(other)
        await asyncio.sleep(100)
        assert (site.state(job), site.machine("d1").sent.count(job)) == (state, times)
        assert "outcome-unknown" in site.trail(job)

    site.run(story)


def test_a_person_may_print_an_unknown_one_again(site: Site) -> None:
    q1 = site.queue("q1", site.device("d1"))
    site.machine("d1").outcomes = [LOST]

    async def story() -> None:
        job = site.job(q1)
        await site.until(lambda: site.state(job) is S.HELD)
        site.release(job)
        await site.ended(job)
        assert site.machine("d1").sent == [job, job]

    site.run(story)


def test_a_defect_of_the_backend_loses_and_doubles_nothing(site: Site) -> None:
    q1 = site.queue("q1", site.device("d1"))
    site.machine("d1").outcomes = [ZeroDivisionError("a defect")]

    async def story() -> None:
        job, other = site.jobs(q1, 2)
        await site.ended(other)
        assert (site.state(job), site.machine("d1").sent) == (S.HELD, [job, other])
        assert "ZeroDivisionError" in site.store.jobs[job].message

    site.run(story)


def test_a_damaged_document_ends_its_job_and_is_told(site: Site) -> None:
    q1 = site.queue("q1", site.device("d1"))
    site.machine("d1").outcomes = [SpoolDamaged("the file is cut"), SpoolDamaged("the file is cut")]

    async def story() -> None:
        first, second = site.jobs(q1, 2)
        await site.until(lambda: site.state(second) is S.HELD)
        assert site.damaged == [(first, "the file is cut"), (second, "the file is cut")]

    site.run(story)


def test_a_device_stops_amid_a_job_and_goes_on(site: Site) -> None:
    d1 = site.device("d1")
    q1 = site.queue("q1", d1)

    async def jam(progress: Progress, stop: Stop) -> None:
        progress.printed(3, 2)
        progress.device_state(5, ("media-jam",), "paper jam")
        progress.device_state(5, ("media-jam",), "paper jam")
        await asyncio.sleep(60)
        progress.device_state(3, ("none",), "")

    site.machine("d1").before_end = jam

    async def story() -> None:
        job = site.job(q1)
        await site.until(lambda: site.state(job) is S.STOPPED)
        assert site.store.device_rows[d1].state_reasons == ("media-jam",)
        await site.ended(job)
        words = ["queued", "started", "device-stopped", "device-resumed", "completed"]
        assert site.trail(job) == words
        assert site.store.device_rows[d1].state == 3

    site.run(story)


# Configuration that changes under way


def test_a_device_that_is_removed_finishes_what_it_has_and_takes_no_more(site: Site) -> None:
    d1, d2 = site.device("d1"), site.device("d2")
    pool = site.queue("pool", d1, d2)

    async def story() -> None:
        ids = site.jobs(pool, 6)
        await site.until(lambda: len(site.machine("d1").sent) == 1)
        site.set_queue(pool, devices=(d2,))
        site.remove_device(d1)
        await site.ended(*ids)
        assert len(site.machine("d1").sent) == 1 and len(site.machine("d2").sent) == 5

    site.run(story)


def test_a_queue_that_is_removed_while_jobs_wait(site: Site) -> None:
    d1 = site.device("d1")
    q1, q2 = site.queue("q1", d1), site.queue("q2", d1)

    async def story() -> None:
        first = site.job(q2)
        await site.until(lambda: site.state(first) is S.PROCESSING)
        site.jobs(q1, 3)
        after = site.job(q2)
        await asyncio.sleep(1)
        site.remove_queue(q1)
        await site.ended(first, after)
        assert site.machine("d1").sent == [first, after]

    site.run(story)


def test_devices_and_queues_that_come_later(site: Site) -> None:
    async def story() -> None:
        q1 = site.queue("q1")
        job = site.job(q1)
        await asyncio.sleep(100)
        assert site.state(job) is S.PENDING
        d1 = site.device("d1")
        site.set_queue(q1, devices=(d1,))
        await site.ended(job)

    site.run(story)


def test_a_device_that_its_queue_no_longer_feeds_takes_no_more(site: Site) -> None:
    d1, d2 = site.device("d1"), site.device("d2")
    q1 = site.queue("q1", d1)

    async def story() -> None:
        ids = site.jobs(q1, 3)
        await site.until(lambda: site.state(ids[0]) is S.PROCESSING)
        site.set_queue(q1, devices=(d2,))
        await site.ended(*ids)
        assert (site.machine("d1").sent, site.machine("d2").sent) == (ids[:1], ids[1:])

    site.run(story)


# A store in trouble


def test_a_failing_store_loses_nothing_and_doubles_nothing(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    q1 = site.queue("q1", site.device("d1"))

    async def story() -> None:
        site.store.failing = {
            "before start": [Broken(), Broken()],
            "before finish": [Broken(), Broken(), Broken()],
            "before device_state": [Broken()],
            "before due": [Broken()],
            "feed": [Broken()],
        }
        ids = site.jobs(q1, 4)
        await site.ended(*ids)
        assert site.machine("d1").sent == ids
        left = {name for name, errors in site.store.failing.items() if errors}
        assert left == {"before device_state"}

    with caplog.at_level(logging.CRITICAL, "plantin"):
        site.run(story)


def test_news_of_queues_survive_a_store_that_fails_in_the_middle_of_them(site: Site) -> None:
    """What was not taken in is read again, or a resumed queue would stay paused for ever."""
    q1 = site.queue("q1", site.device("d1"), enabled=False)

    async def story() -> None:
        job = site.job(q1)
        await asyncio.sleep(5)
        site.set_queue(q1, enabled=True)
        site.store.failing["queues"] = [Broken()]  # the log can be read, the queue it speaks of cannot
        await site.ended(job)

    site.run(story)


def test_a_start_that_the_store_took_without_saying_so_is_found(site: Site) -> None:
    """The commit was made, the answer was lost: nobody works at an attempt that is open."""
    d1 = site.device("d1")
    q1 = site.queue("q1", d1)

    async def story() -> None:
        site.store.failing["after start"] = [Broken()]
        job, other = site.jobs(q1, 2)
        await site.ended(job, other)
        assert site.trail(job).count("started") == 2
        assert site.machine("d1").sent.count(job) == 1
        assert site.machine("d1").asked == []

    site.run(story)


# The end of the server, and the next one


def test_closing_lets_the_running_attempt_end_and_begins_no_other(site: Site) -> None:
    q1 = site.queue("q1", site.device("d1"))

    async def story() -> None:
        first, second = site.jobs(q1, 2)
        await site.until(lambda: site.state(first) is S.PROCESSING)
        await site.manager.close(60.0)
        assert (site.state(first), site.state(second)) == (S.COMPLETED, S.PENDING)
        assert site.manager.busy() == 0
        await site.start()
        await site.ended(second)
        assert site.machine("d1").sent == [first, second]

    site.run(story)


def test_closing_does_not_wait_for_ever(site: Site) -> None:
    q1 = site.queue("q1", site.device("d1"))
    site.machine("d1").seconds = 10_000

    async def story() -> None:
        job = site.job(q1)
        await site.until(lambda: site.is_sending(job))
        began = site.now()
        await site.manager.close(30.0)
        assert 29 < site.now() - began < 31
        assert site.state(job) is S.PROCESSING
        site.machine("d1").answers = [PRINTED]
        await site.start()
        await site.ended(job)
        assert (site.machine("d1").sent, site.trail(job)[-1]) == ([job], "completed")

    site.run(story)


def test_closing_does_not_wait_for_a_device_in_trouble(site: Site) -> None:
    q1 = site.queue("q1", site.device("d1"))
    site.machine("d1").up = False

    async def story() -> None:
        site.job(q1)
        await asyncio.sleep(3000)
        began = site.now()
        await site.manager.close(30.0)
        assert site.now() - began < 1

    site.run(story)


def test_cut_off_before_the_first_byte_it_goes_again(site: Site) -> None:
    d1 = site.device("d1")
    q1 = site.queue("q1", d1)

    async def main() -> None:
        job, other = site.jobs(q1, 2)
        await site.cut_off(job, d1)
        await site.start()
        await site.ended(job, other)
        assert (site.machine("d1").sent, site.machine("d1").asked) == ([job, other], [])
        assert site.trail(job)[:3] == ["queued", "started", "retry"]
        await site.crash()

    site.run_alone(main)


def test_cut_off_after_it_the_device_is_asked(site: Site) -> None:
    d1, d2 = site.device("d1"), site.device("d2")
    q1, q2 = site.queue("q1", d1), site.queue("q2", d2)
    site.machine("d1").answers = [None, None, PRINTED]
    site.machine("d2").answers = [LOST]

    async def main() -> None:
        told, untold = site.job(q1), site.job(q2)
        await site.cut_off(told, d1, sending=True, device_job="17")
        await site.cut_off(untold, d2, sending=True)
        await site.start()
        await site.until(lambda: site.state(told).terminal and site.state(untold) is S.HELD)
        assert site.machine("d1").asked == [(told, "17")] * 3
        assert site.machine("d2").asked == [(untold, "")]
        assert site.machine("d1").sent == site.machine("d2").sent == []
        assert (site.state(told), site.trail(untold)[-1]) == (S.COMPLETED, "unknown-held")
        await site.crash()

    site.run_alone(main)


def test_nothing_else_goes_to_a_device_before_all_that_was_cut_off_on_it_is_settled(site: Site) -> None:
    """One may have been sending and the next one already been started when the power went off."""
    d1, d2 = site.device("d1"), site.device("d2")
    pool, own = site.queue("pool", d1, d2), site.queue("own", d1)
    site.machine("d1").answers = [*([None] * 20), PRINTED]

    async def main() -> None:
        sending, begun, waiting = site.job(own), site.job(own), site.job(own)
        elsewhere = site.job(pool)
        await site.cut_off(sending, d1, sending=True)
        await site.cut_off(begun, d1)
        await site.start()
        await site.ended(elsewhere)  # the rest of the pool is free
        assert site.machine("d2").sent == [elsewhere]
        await asyncio.sleep(100)
        assert site.machine("d1").sent == []
        assert site.states([sending, begun, waiting]) == [S.PROCESSING, S.PENDING, S.PENDING]
        await site.ended(sending, begun, waiting)
        assert site.machine("d1").sent == [begun, waiting]
        assert site.state(sending) is S.COMPLETED
        await site.crash()

    site.run_alone(main)


def test_a_job_of_a_pool_that_was_cut_off_unsent_goes_to_another_member(site: Site) -> None:
    d1, d2 = site.device("d1"), site.device("d2")
    pool, own = site.queue("pool", d1, d2), site.queue("own", d1)
    site.machine("d1").answers = [None] * 1000

    async def main() -> None:
        sending, begun = site.job(own), site.job(pool)
        await site.cut_off(sending, d1, sending=True)
        await site.cut_off(begun, d1)
        await site.start()
        await site.ended(begun)
        assert site.machine("d2").sent == [begun]
        await site.crash()

    site.run_alone(main)


def test_an_interrupted_job_can_be_canceled_while_its_device_is_silent(site: Site) -> None:
    d1 = site.device("d1")
    q1 = site.queue("q1", d1)
    site.machine("d1").answers = [None] * 1000

    async def main() -> None:
        job, other = site.jobs(q1, 2)
        await site.cut_off(job, d1, sending=True)
        await site.start()
        await asyncio.sleep(100)
        site.cancel(job)
        await site.ended(job)
        assert site.state(job) is S.CANCELED
        await site.ended(other)
        await site.crash()

    site.run_alone(main)


def test_closing_while_a_silent_device_is_asked(site: Site) -> None:
    d1 = site.device("d1")
    q1 = site.queue("q1", d1)
    site.machine("d1").answers = [None] * 1000

    async def main() -> None:
        job = site.job(q1)
        await site.cut_off(job, d1, sending=True)
        await site.start()
        await asyncio.sleep(100)
        began = site.now()
        await site.manager.close(30.0)
        assert site.now() - began < 1
        assert site.state(job) is S.PROCESSING  # the next server asks again
        site.machine("d1").answers = [PRINTED]
        await site.start()
        await site.ended(job)
        await site.crash()

    site.run_alone(main)


def test_what_waits_behind_an_interrupted_job_is_not_forgotten(site: Site) -> None:
    """The interrupted one is given back while the lanes are still being read."""
    d1 = site.device("d1")
    q1 = site.queue("q1", d1)

    async def main() -> None:
        ids = site.jobs(q1, 3)
        await site.cut_off(ids[0], d1)
        lanes = site.store.lanes

        async def slow() -> Sequence[Lane]:
            found = await lanes()
            await asyncio.sleep(1)
            return found

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(site.store, "lanes", slow)
            await site.start()
        late = site.job(q1)
        await site.ended(*ids, late)
        assert site.machine("d1").sent == [*ids, late]
        await site.crash()

    site.run_alone(main)


def test_a_promoted_job_keeps_its_place_over_a_crash(site: Site) -> None:
    d1 = site.device("d1")
    q1 = site.queue("q1", d1)

    async def main() -> None:
        first, promoted = site.jobs(q1, 2)
        site.store.ranks[promoted] = (first << 16) - 1
        await site.cut_off(promoted, d1)
        await site.start()
        await site.ended(first, promoted)
        assert site.machine("d1").sent == [promoted, first]
        await site.crash()

    site.run_alone(main)


def test_a_defect_in_the_asking_is_unknown(site: Site) -> None:
    d1 = site.device("d1")
    q1 = site.queue("q1", d1)

    async def main() -> None:
        job = site.job(q1)
        await site.cut_off(job, d1, sending=True)
        site.machine("d1").answers = [Broken()]
        await site.start()
        await site.until(lambda: site.state(job) is S.HELD)
        await site.crash()

    site.run_alone(main)


# Hints and scans, and many


def test_without_any_hint_the_log_is_read_all_the_same(site: Site) -> None:
    q1 = site.queue("q1", site.device("d1"))

    async def story() -> None:
        await asyncio.sleep(10)
        await site.ended(site.job(q1, hint=False))
        assert site.now() < 22

    site.run(story)


def test_jobs_that_wait_at_the_start_are_printed_in_order(site: Site) -> None:
    q1 = site.queue("q1", site.device("d1"))

    async def main() -> None:
        ids = [site.job(q1) for _ in range(200)]
        await site.start()
        site.machine("d1").seconds = 0.1
        late = site.job(q1, priority=90)
        await site.ended(*ids, late)
        assert site.machine("d1").sent[1:3].count(late) == 1 or site.machine("d1").sent[0] == late
        assert [job for job in site.machine("d1").sent if job != late] == ids
        await site.crash()

    site.run_alone(main)


def test_a_hundred_thousand_held_jobs_slow_nothing_down(site: Site) -> None:
    """They are neither read nor kept in memory; the log of their arrival is."""
    d1, d2 = site.device("d1"), site.device("d2")
    follow = site.queue("follow", d1, d2, mode=QueueMode.FIND_ME)
    q1 = site.queue("q1", d1)
    held = [site.job(follow, held=True, hint=False) for _ in range(100_000)]

    async def main() -> None:
        site.machine("d1").seconds = 0.1
        await site.start()
        assert site.store.asked == ["read"] * 4  # devices, queues, attempts, lanes
        job = site.job(q1)
        site.release(held[500], d2)
        await site.ended(job, held[500])
        assert (site.machine("d1").sent, site.machine("d2").sent) == ([job], [held[500]])
        assert site.store.rows_read <= 2
        assert sum(len(site.manager.lanes[lane]) for lane in [*site.manager.lanes.of_queue(follow)]) == 0
        await site.crash()

    site.run_alone(main)


def test_many_pending_jobs_are_held_in_bounded_memory_and_in_order(site: Site) -> None:
    q1 = site.queue("q1", site.device("d1"))
    site.machine("d1").seconds = 0.01

    async def story() -> None:
        ids = site.jobs(q1, 1000)
        await asyncio.sleep(2)
        for lane in site.manager.lanes.of_queue(q1):
            assert len(site.manager.lanes[lane]) <= 64
        await site.ended(*ids)
        assert site.machine("d1").sent == ids

    site.run(story)
