"""What every QueueStore promises: the real one on both databases, and the twin that the simulation trusts."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from plantin.core.ids import JobId, QueueId
from plantin.core.model import (
    Delivered,
    DeviceRecord,
    Hold,
    Outcome,
    QueueMode,
    ReadyJob,
    Ticket,
    UnknownPolicy,
)
from plantin.core.outcome import end_of
from plantin.core.ports import Feed, Lane, QueueStore, Started
from plantin.core.states import JobState, Reason, after
from plantin.ipp import encode_attributes
from plantin.ipp.attributes import integer, keyword
from tests.queue.benches import Bench, DurableBench, MemoryBench
from tests.store.fixtures import BOTH, database_of_kind
from tests.store.support import T0

S = JobState
RELEASE = Hold(Reason.RELEASE_WAIT)


@pytest.fixture(params=["memory", *BOTH])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    if request.param == "memory":
        yield MemoryBench()
        return
    with database_of_kind(request.param, request, tmp_path) as database:
        durable = DurableBench(database)
        yield durable
        durable.close()


async def device(store: QueueStore, number: int = 0) -> DeviceRecord:
    return (await store.devices())[number]


def entry(job: JobId, queue: QueueId, device: DeviceRecord | None = None, priority: int = 50) -> ReadyJob:
    return ReadyJob(job, queue, device.id if device else None, priority, job << 16)


async def started(store: QueueStore, job: JobId, queue: QueueId, number: int = 0) -> Ticket:
    found = await store.start(entry(job, queue), await device(store, number))
    assert found is not None
    return ticket(found, await device(store, number))


def ticket(found: Started, device: DeviceRecord, policy: UnknownPolicy = UnknownPolicy.HOLD) -> Ticket:
    return Ticket(found.job, "q1", found.documents, device, found.attempt, policy)


def ended(outcome: Outcome) -> Delivered:
    return Delivered(outcome, "because", f"it was {outcome.value}")


def test_devices_and_queues(bench: Bench) -> None:
    d1, d2 = bench.device("d1"), bench.device("d2")
    q1 = bench.queue("q1", d2, d1)
    q2 = bench.queue("q2", mode=QueueMode.FIND_ME)

    async def test(store: QueueStore) -> None:
        assert [one.name for one in await store.devices()] == ["d1", "d2"]
        assert [one.id for one in await store.devices([d2])] == [d2]
        assert list(await store.devices([])) == [] == list(await store.queues([]))
        queues = {one.id: one for one in await store.queues()}
        assert (queues[q1].devices, queues[q2].devices) == ((d2, d1), ())
        assert queues[q2].mode is QueueMode.FIND_ME
        assert [one.id for one in await store.queues([q2, QueueId(99)])] == [q2]

    bench.run(test)


def test_the_feed_tells_what_others_did(bench: Bench) -> None:
    d1 = bench.device("d1")
    q1, q2 = bench.queue("q1", d1), bench.queue("q2", d1)

    async def test(store: QueueStore) -> None:
        at = await store.position()
        assert await store.feed(at, 10) == Feed(at, [], [], [], frozenset(), frozenset(), False)
        a, b, c, held = bench.job(q1), bench.job(q1, priority=80), bench.job(q1), bench.job(q1, hold=RELEASE)
        bench.cancel(c)
        found = await store.feed(at, 100)
        assert list(found.ready) == [entry(a, q1), entry(b, q1, priority=80)]
        assert sorted(found.gone) == [c, held]
        assert (found.more, found.position) == (False, await store.position())
        at = found.position
        bench.release(held, d1)
        bench.move(a, q2)
        bench.hold(b)
        found = await store.feed(at, 100)
        assert set(found.ready) == {entry(held, q1, await device(store)), entry(a, q2)}
        assert list(found.gone) == [b]
        at = found.position
        bench.enable(q1, False)
        d2 = bench.device("d2")
        found = await store.feed(at, 100)
        assert (found.queues, found.devices) == (frozenset({q1}), frozenset({d2}))

    bench.run(test)


def test_the_feed_comes_in_pieces(bench: Bench) -> None:
    q1 = bench.queue("q1", bench.device("d1"))

    async def test(store: QueueStore) -> None:
        at = await store.position()
        ids = [bench.job(q1) for _ in range(5)]
        found: list[JobId] = []
        for expected in (True, True, False):
            feed = await store.feed(at, 2)
            assert feed.more is expected
            found += [job.id for job in feed.ready]
            at = feed.position
        assert found == ids

    bench.run(test)


def test_the_feed_says_nothing_of_what_the_manager_did(bench: Bench) -> None:
    q1 = bench.queue("q1", bench.device("d1"))

    async def test(store: QueueStore) -> None:
        job = bench.job(q1)
        at = await store.position()
        one = await started(store, job, q1)
        await store.sending(one.attempt)
        await store.stopped(job, True, "printer-stopped", "jam")
        await store.stopped(job, False, "", "")
        await store.finish(one, ended(Outcome.TEMPORARY), 0)
        feed = await store.feed(at, 100)
        assert (list(feed.ready), list(feed.gone), list(feed.stops)) == ([], [], [])
        one = await started(store, job, q1)
        await store.finish(one, ended(Outcome.COMPLETED), 0)
        assert list((await store.feed(at, 100)).gone) == []

    bench.run(test)


def test_the_feed_tells_who_shall_stop(bench: Bench) -> None:
    q1 = bench.queue("q1", bench.device("d1"))

    async def test(store: QueueStore) -> None:
        canceled, suspended = bench.job(q1), bench.job(q1)
        await started(store, canceled, q1)
        await started(store, suspended, q1)
        at = await store.position()
        bench.cancel(canceled)
        bench.suspend(suspended)
        stops = dict((await store.feed(at, 100)).stops)
        assert stops == {canceled: Reason.CANCELED_BY_USER, suspended: Reason.SUSPENDED}

    bench.run(test)


def test_lanes_and_who_is_first_in_them(bench: Bench) -> None:
    d1, d2 = bench.device("d1"), bench.device("d2")
    q1, q2 = bench.queue("q1", d1), bench.queue("q2", d1)

    async def test(store: QueueStore) -> None:
        assert list(await store.lanes()) == []
        ids = [bench.job(q1, priority=priority) for priority in (50, 90, 50, 1)]
        there, other = bench.job(q1, device=d2), bench.job(q2)
        bench.job(q2, hold=RELEASE)
        assert set(await store.lanes()) == {Lane(q1, None), Lane(q1, d2), Lane(q2, None)}
        ready = await store.ready(Lane(q1, None), 10)
        assert [job.id for job in ready] == [ids[1], ids[0], ids[2], ids[3]]
        assert [job.id for job in await store.ready(Lane(q1, None), 2)] == [ids[1], ids[0]]
        assert [job.id for job in await store.ready(Lane(q1, d2), 10)] == [there]
        assert [job.id for job in await store.ready(Lane(q2, None), 10)] == [other]
        assert list(await store.ready(Lane(q2, d1), 10)) == []

    bench.run(test)


def test_start_gives_a_job_once_and_only_where_it_waits(bench: Bench) -> None:
    d1, d2 = bench.device("d1"), bench.device("d2")
    q1, q2 = bench.queue("q1", d1, d2), bench.queue("q2", d1)

    async def test(store: QueueStore) -> None:
        first, second = await device(store, 0), await device(store, 1)
        job = bench.job(q1)
        answer = await store.start(entry(job, q1), first)
        assert answer is not None
        assert (answer.job.id, [paper.number for paper in answer.documents]) == (job, [1])
        assert await store.start(entry(job, q1), second) is None
        assert (bench.state(job), bench.reasons(job)) == (S.PROCESSING, ("job-printing",))
        bound = bench.job(q1, device=d2)
        assert await store.start(entry(bound, q1), first) is None
        assert await store.start(entry(bound, q1, second), second) is not None
        moved = bench.job(q1)
        bench.move(moved, q2)
        assert await store.start(entry(moved, q1), first) is None
        assert await store.start(entry(moved, q2), first) is not None
        held, canceled = bench.job(q1, hold=RELEASE), bench.job(q1)
        bench.cancel(canceled)
        for gone in (held, canceled, JobId(999)):
            assert await store.start(entry(gone, q1), first) is None
        assert bench.trail(canceled) == ["queued", "canceled"]

    bench.run(test)


def test_two_who_ask_at_the_same_time(bench: Bench) -> None:
    d1, d2 = bench.device("d1"), bench.device("d2")
    q1 = bench.queue("q1", d1, d2)

    async def test(store: QueueStore) -> None:
        first, second = await device(store, 0), await device(store, 1)
        for _ in range(5):
            wish = entry(bench.job(q1), q1)
            answers = await asyncio.gather(store.start(wish, first), store.start(wish, second))
            assert sum(answer is not None for answer in answers) == 1
            assert bench.trail(wish.id) == ["queued", "started"]

    bench.run(test)


def test_what_was_reached_and_let_go_unused_may_go_again(bench: Bench) -> None:
    q1 = bench.queue("q1", bench.device("d1"))

    async def test(store: QueueStore) -> None:
        found = await store.start(entry(bench.job(q1), q1), await device(store), sending=True)
        assert found is not None
        assert [cut.sending for cut in await store.interrupted()] == [True]
        await store.not_sending(found.attempt)
        assert [cut.sending for cut in await store.interrupted()] == [False]
        await store.sending(found.attempt)
        assert [cut.sending for cut in await store.interrupted()] == [True]

    bench.run(test)


@pytest.mark.parametrize("stop", ["", "cancel", "suspend"])
def test_every_outcome_ends_as_the_one_function_says(bench: Bench, stop: str) -> None:
    q1 = bench.queue("q1", bench.device("d1"))
    reason = {"": "", "cancel": Reason.CANCELED_BY_USER, "suspend": Reason.SUSPENDED}[stop]

    async def test(store: QueueStore) -> None:
        for outcome in Outcome:
            for policy in UnknownPolicy:
                job = bench.job(q1)
                found = await store.start(entry(job, q1), await device(store))
                assert found is not None
                if stop == "cancel":
                    bench.cancel(job)
                if stop == "suspend":
                    bench.suspend(job)
                before = bench.state(job)
                end = end_of(ended(outcome), reason, policy)
                state = await store.finish(ticket(found, await device(store), policy), ended(outcome), T0 + 1)
                assert state is bench.state(job) is after(before, end.event), (outcome, policy)
                assert bench.reasons(job) == tuple(end.reasons.split())
                assert bench.trail(job)[-1] == end.event
                assert ("outcome-unknown" in bench.trail(job)) is (outcome is Outcome.UNKNOWN)

    bench.run(test)


def test_an_end_that_is_written_twice(bench: Bench) -> None:
    q1 = bench.queue("q1", bench.device("d1"))

    async def test(store: QueueStore) -> None:
        job = bench.job(q1)
        one = await started(store, job, q1)
        assert await store.finish(one, ended(Outcome.COMPLETED), 0) is S.COMPLETED
        trail = bench.trail(job)
        assert await store.finish(one, ended(Outcome.TEMPORARY), 0) is S.COMPLETED
        assert bench.trail(job) == trail

    bench.run(test)


def test_a_job_that_failed_waits_in_its_place(bench: Bench) -> None:
    q1 = bench.queue("q1", bench.device("d1"))

    async def test(store: QueueStore) -> None:
        first, second = bench.job(q1), bench.job(q1)
        one = await started(store, first, q1)
        await store.finish(one, ended(Outcome.TEMPORARY), T0 + 5)
        assert [job.id for job in await store.ready(Lane(q1, None), 9)] == [first, second]

    bench.run(test)


def test_attempts_without_an_end(bench: Bench) -> None:
    q1 = bench.queue("q1", bench.device("d1"), bench.device("d2"))

    async def test(store: QueueStore) -> None:
        quiet = await started(store, bench.job(q1), q1)
        sending = await started(store, bench.job(q1), q1, 1)
        done = await started(store, bench.job(q1), q1)
        await store.sending(sending.attempt)
        await store.device_job(sending.attempt, "17")
        await store.finish(done, ended(Outcome.COMPLETED), 0)
        assert [one.device for one in await store.interrupted(quiet.device.id)] == [quiet.device.id]
        first, second = await store.interrupted()
        assert (first.started.attempt, first.sending, first.device_job) == (quiet.attempt, False, "")
        assert (second.started.attempt, second.sending, second.device_job) == (sending.attempt, True, "17")
        assert (second.device, second.rank) == (sending.device.id, sending.job.id << 16)
        assert second.started.job.state is S.PROCESSING and len(second.started.documents) == 1

    bench.run(test)


def test_an_attempt_that_may_send_at_once_says_so_from_its_begin(bench: Bench) -> None:
    q1 = bench.queue("q1", bench.device("d1"), bench.device("d2"))

    async def test(store: QueueStore) -> None:
        first, second = await device(store, 0), await device(store, 1)
        wish, other = entry(bench.job(q1), q1), entry(bench.job(q1), q1)
        answers = await asyncio.gather(
            store.start(wish, first, sending=True), store.start(other, second, sending=False)
        )
        assert None not in answers
        assert [one.sending for one in await store.interrupted()] == [True, False]
        assert bench.trail(wish.id) == bench.trail(other.id) == ["queued", "started"]
        assert answers[0] is not None
        again = ticket(answers[0], first)
        assert await store.finish(again, ended(Outcome.TEMPORARY), 0) is S.PENDING
        assert (await store.start(wish, first)) is not None  # nothing of the attempt before clings to it
        assert [one.sending for one in await store.interrupted(first.id)] == [False]

    bench.run(test)


def test_a_job_that_is_not_to_be_had_gets_no_attempt(bench: Bench) -> None:
    q1 = bench.queue("q1", bench.device("d1"))

    async def test(store: QueueStore) -> None:
        canceled = bench.job(q1)
        bench.cancel(canceled)
        assert await store.start(entry(canceled, q1), await device(store), sending=True) is None
        assert list(await store.interrupted()) == []

    bench.run(test)


def test_a_device_that_stops_amid_a_job(bench: Bench) -> None:
    q1 = bench.queue("q1", bench.device("d1"))

    async def test(store: QueueStore) -> None:
        job = bench.job(q1)
        one = await started(store, job, q1)
        await store.stopped(job, True, "printer-stopped media-jam", "jam")
        assert bench.state(job) is S.STOPPED
        await store.stopped(job, True, "printer-stopped media-jam", "jam")
        await store.stopped(job, False, "", "")
        await store.stopped(job, False, "", "")
        assert bench.state(job) is S.PROCESSING
        assert await store.finish(one, ended(Outcome.COMPLETED), 0) is S.COMPLETED
        await store.stopped(job, True, "printer-stopped", "late")
        assert bench.state(job) is S.COMPLETED
        assert bench.trail(job)[1:] == ["started", "device-stopped", "device-resumed", "completed"]

    bench.run(test)


def test_how_a_device_is(bench: Bench) -> None:
    d1 = bench.device("d1")

    async def test(store: QueueStore) -> None:
        at = await store.position()
        await store.device_state(d1, 5, ["media-jam", "door-open"], "paper jam")
        told = await device(store)
        assert (told.state, told.state_reasons) == (5, ("media-jam", "door-open"))
        assert told.state_message == "paper jam"
        assert (await store.feed(at, 10)).devices == {d1}
        await store.device_state(d1, 3, ["none"], "")
        assert (await device(store)).state_reasons == ("none",)

    bench.run(test)


def test_time_acts_on_what_waits(bench: Bench) -> None:
    q1 = bench.queue("q1", bench.device("d1"))

    async def test(store: QueueStore) -> None:
        night = bench.job(q1, hold=Hold(Reason.HOLD_UNTIL, T0 + 1000))
        secret = bench.job(q1, hold=RELEASE, expires_at=T0 + 2000)
        person = bench.job(q1, hold=RELEASE)
        await store.due()
        assert bench.state(night) is S.HELD
        bench.clock.at = T0 + 1000
        await store.due()
        assert [bench.state(job) for job in (night, secret, person)] == [S.PENDING, S.HELD, S.HELD]
        bench.clock.at = T0 + 2000
        await store.due()
        assert [bench.state(job) for job in (night, secret, person)] == [S.PENDING, S.CANCELED, S.HELD]
        assert bench.reasons(secret) == (Reason.CANCELED_AFTER_TIMEOUT,)
        assert (bench.trail(night)[-1], bench.trail(secret)[-1]) == ("released", "expired")

    bench.run(test)


@pytest.mark.parametrize("stopped", [False, True])
def test_a_job_that_prints_for_longer_than_its_job_cancel_after_is_canceled(
    bench: Bench, stopped: bool
) -> None:
    q1 = bench.queue("q1", bench.device("d1"), bench.device("d2"))
    minute = encode_attributes([keyword("sides", "one-sided"), integer("job-cancel-after", 60)])

    async def test(store: QueueStore) -> None:
        slow, patient = bench.job(q1, attributes=minute), bench.job(q1)
        bench.clock.at = T0 + 1_000_000  # it is processing that counts, not waiting
        await store.due()
        assert bench.state(slow) is S.PENDING
        one, other = await started(store, slow, q1), await started(store, patient, q1, 1)
        if stopped:
            await store.stopped(slow, True, "printer-stopped media-jam", "jam")
        bench.clock.at += 59_999
        await store.due()
        assert Reason.TO_STOP_POINT not in bench.reasons(slow)
        at = await store.position()
        bench.clock.at += 1
        await store.due()
        await store.due()
        assert list((await store.feed(at, 100)).stops) == [(slow, Reason.CANCELED_AFTER_TIMEOUT)]
        assert Reason.TO_STOP_POINT in bench.reasons(slow)
        canceled = Delivered(Outcome.CANCELED, Reason.CANCELED_AFTER_TIMEOUT, "stopped in the middle")
        assert await store.finish(one, canceled, 0) is S.CANCELED
        assert bench.reasons(slow) == (Reason.CANCELED_AFTER_TIMEOUT,)
        assert bench.trail(slow)[-2:] == ["cancel-requested", "canceled"]
        assert (bench.state(patient), bench.reasons(patient)) == (S.PROCESSING, (Reason.PRINTING,))
        assert await store.finish(other, ended(Outcome.COMPLETED), 0) is S.COMPLETED

    bench.run(test)


def test_the_time_of_job_cancel_after_begins_anew_with_each_attempt(bench: Bench) -> None:
    """What waits because its device was off is not processed."""
    q1 = bench.queue("q1", bench.device("d1"))
    minute = encode_attributes([integer("job-cancel-after", 60)])

    async def test(store: QueueStore) -> None:
        job = bench.job(q1, attributes=minute)
        one = await started(store, job, q1)
        await store.finish(one, ended(Outcome.TEMPORARY), 0)
        bench.clock.at += 3_600_000
        await store.due()
        assert bench.state(job) is S.PENDING
        again = await started(store, job, q1)
        await store.due()
        assert Reason.TO_STOP_POINT not in bench.reasons(job)
        assert await store.finish(again, ended(Outcome.COMPLETED), 0) is S.COMPLETED
        bench.clock.at += 3_600_000
        await store.due()
        assert bench.state(job) is S.COMPLETED

    bench.run(test)
