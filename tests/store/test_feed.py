"""What the queue manager reads: the feed, the lines, their order."""

from plantin.core.ids import DeviceId, JobId, QueueId
from plantin.core.model import Outcome, QueueMode, ReadyJob, UnknownPolicy
from plantin.core.ports import Feed, Lane
from plantin.core.states import Reason
from plantin.store.commands import config as config_commands
from plantin.store.commands import delivery, jobs
from plantin.store.queries import config, directory
from plantin.store.queries.delivery import feed, lanes, ready
from plantin.store.queries.jobs import last_event
from tests.store.support import ALICE, RELEASE, T0, Database


def since(event: int) -> Feed:
    return feed(event, 1000)


def entry(job: JobId, device: DeviceId | None = None) -> ReadyJob:
    return ReadyJob(job, QueueId(1), device, 50, job << 16)


def test_nothing_happened(database: Database) -> None:
    assert feed(0, 10) == Feed(0, [], [], [], frozenset(), frozenset(), False)
    assert last_event() == 0


def test_jobs_come_and_go(database: Database) -> None:
    queue = database.site()
    at = last_event()
    a, b, c = (database.job(queue) for _ in range(3))
    held = database.held(queue)
    database.write(jobs.cancel, b, ALICE)
    found = since(at)
    assert found.position == last_event()
    assert (list(found.ready), sorted(found.gone)) == ([entry(a), entry(c)], [b, held])
    assert not found.queues and not found.devices and not found.more
    at = found.position
    device = config.device("d1").id
    database.write(jobs.release, held, ALICE, device=device)
    database.write(jobs.hold, c, RELEASE, ALICE)
    database.write(jobs.reorder, a, None, ALICE)
    found = since(at)
    assert entry(held, device=device) in found.ready
    assert [one.rank for one in found.ready if one.id == a] == [(a << 16) - 1]
    assert found.gone == [c]


def test_what_the_manager_did_itself_is_no_news(database: Database) -> None:
    queue = database.site()
    job, other = database.job(queue), database.job(queue)
    at = last_event()
    ticket = database.started(job)
    database.sending(ticket.attempt)
    database.write(delivery.stopped_batch, [(job, T0, True, "printer-stopped", "jam")])
    database.write(delivery.stopped_batch, [(job, T0, False, "", "")])
    database.finish(ticket, Outcome.TEMPORARY)
    database.printed(other)
    assert since(at) == Feed(last_event(), [], [], [], frozenset(), frozenset(), False)


def test_a_job_that_is_ready_again_after_it_was_gone(database: Database) -> None:
    queue = database.site()
    at = last_event()
    job = database.job(queue)
    database.write(jobs.hold, job, RELEASE, ALICE)
    assert since(at).gone == [job]
    database.write(jobs.release, job, ALICE)
    found = since(at)
    assert ([one.id for one in found.ready], found.gone) == ([job], [])


def test_unknown_and_to_be_printed_again(database: Database) -> None:
    job = database.job(database.site())
    ticket = database.started(job)
    at = last_event()
    database.finish(ticket, Outcome.UNKNOWN, policy=UnknownPolicy.RETRY)
    assert [one.id for one in since(at).ready] == [job]


def test_running_jobs_that_shall_stop(database: Database) -> None:
    queue = database.site()
    canceled, suspended = database.job(queue), database.job(queue)
    first, _ = database.started(canceled), database.started(suspended)
    at = last_event()
    database.write(jobs.cancel, canceled, ALICE, reason=Reason.CANCELED_BY_OPERATOR)
    database.write(jobs.suspend, suspended, ALICE)
    stops = [(canceled, "job-canceled-by-operator"), (suspended, "job-suspended")]
    assert list(since(at).stops) == stops
    database.finish(first, Outcome.CANCELED)
    assert list(since(at).stops) == stops[1:]


def test_queues_and_devices_that_changed(database: Database) -> None:
    database.device("d1")
    database.device("d2")
    queue = database.queue("q1", ["d1"])
    at = last_event()
    one, two = config.device("d1").id, config.device("d2").id
    database.write(config_commands.set_queue, "q1", enabled=False)
    database.write(config_commands.set_device, "d1", paused=True)
    database.write(config_commands.device_reported, two, event=True, state=5, state_reasons="media-jam")
    found = since(at)
    assert found.queues == {queue.id}
    assert found.devices == {one, two}
    assert directory.changes_after(at).queues == {queue.id}
    assert directory.changes_after(at).devices == {one, two}
    database.write(config_commands.remove_queue, "q1")
    assert since(found.position).queues == {queue.id}


def test_a_report_that_is_no_event(database: Database) -> None:
    database.device("d1")
    at = last_event()
    database.write(config_commands.device_reported, config.device("d1").id, event=False, supplies="{}")
    assert last_event() == at
    assert config.device("d1").supplies == "{}"


def test_the_feed_is_read_in_pieces(database: Database) -> None:
    queue = database.site()
    at = last_event()
    ids = [database.job(queue) for _ in range(5)]
    found, turns = [], 0
    while True:
        piece = feed(at, 2)
        found += [job.id for job in piece.ready]
        at = piece.position
        turns += 1
        if not piece.more:
            break
    assert (found, turns) == (ids, 3)


def test_the_events_of_removed_jobs_leave_no_hole_to_fall_into(database: Database) -> None:
    queue = database.site()
    database.queue("q2", ["d1"])
    at = last_event()
    database.job(config.queue("q2"))
    database.write(config_commands.remove_queue, "q2")
    job = database.job(queue)
    assert [one.id for one in since(at).ready] == [job]


def test_lanes_and_their_order(database: Database) -> None:
    queue = database.site()
    find_me = database.queue("follow", ["d1"], QueueMode.FIND_ME)
    d2 = database.device("d2")
    plain = [database.job(queue, priority=priority) for priority in (50, 80, 50)]
    there = database.job(queue, device=d2.id)
    held = database.held(find_me)
    assert set(lanes()) == {Lane(queue.id, None), Lane(queue.id, d2.id)}
    database.write(jobs.release, held, ALICE, device=d2.id)
    assert set(lanes()) == {Lane(queue.id, None), Lane(queue.id, d2.id), Lane(find_me.id, d2.id)}
    line = Lane(queue.id, None)
    assert [job.id for job in ready(line, 10)] == [plain[1], plain[0], plain[2]]
    assert [job.id for job in ready(line, 2)] == [plain[1], plain[0]]
    assert ready(Lane(queue.id, d2.id), 10) == [entry(there, device=d2.id)]
    database.started(plain[1])
    assert [job.id for job in ready(line, 10)] == [plain[0], plain[2]]


def test_how_busy_the_queues_are(database: Database) -> None:
    queue, other = database.site(), database.queue("q2", ["d1"])
    ticket = database.started(database.job(queue))
    database.held(queue)
    database.job(other)
    found = directory.activity()
    assert found.open_jobs == {queue.id: 2, other.id: 1}
    assert found.printing == {queue.id}
    database.finish(ticket)
    assert directory.activity().printing == frozenset()
    assert directory.activity().last_event == last_event()
