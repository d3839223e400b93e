"""Commands over several rows on both databases: a job changed as a whole, jobs of a queue, CUPS' printers."""

from __future__ import annotations

import pytest

from plantin.core.errors import NotFound, Refusal
from plantin.core.model import Hold, Outcome, QueueMode
from plantin.core.states import JobState, Reason
from plantin.store.commands import cups_admin, importing, job_changes, queue_jobs
from plantin.store.queries import config, directory
from plantin.store.queries.jobs import last_event
from tests.store.support import ALICE, RELEASE, T0, Database, record_of, state_of

S = JobState
REVIEW = Hold(Reason.NEW_JOBS_HELD)


def test_a_change_is_made_as_a_whole_or_not_at_all(database: Database) -> None:
    queue = database.site()
    job = database.job(queue)
    change = job_changes.JobChange(job, ALICE, "changed", {"name": "new", "priority": 77}, RELEASE)
    record = database.write(job_changes.apply, change)
    assert (record.name, record.priority, record.state) == ("new", 77, S.HELD)
    release = job_changes.JobChange(job, ALICE, "changed", {"name": "newer"}, release=True)
    assert database.write(job_changes.apply, release).state is S.PENDING
    database.started(job)
    before = record_of(job)
    with pytest.raises(Refusal):
        database.write(job_changes.apply, change)
    assert record_of(job) == before


def test_new_jobs_that_were_held_are_released_and_no_others(database: Database) -> None:
    queue = database.site()
    new = [database.job(queue, hold=REVIEW) for _ in range(5)]
    secret = database.held(queue)
    unknown = database.job(queue)
    database.finish(database.started(unknown), Outcome.UNKNOWN)
    after: int | None = 0
    turns = 0
    while after is not None:
        after = database.write(queue_jobs.release_new, queue.id, ALICE, after=after, limit=2)
        turns += 1
    assert turns == 3
    assert {state_of(job) for job in new} == {S.PENDING}
    assert (state_of(secret), state_of(unknown)) == (S.HELD, S.HELD)


def test_moved_into_a_queue_that_holds_its_jobs(database: Database) -> None:
    direct, secure = database.site(), database.queue("secure", ["d1"], QueueMode.HOLD)
    job = database.job(direct)
    database.write(queue_jobs.move, job, secure.id, RELEASE, T0 + 100, ALICE, "moved")
    record = record_of(job)
    assert (record.queue, record.state, record.expires_at) == (secure.id, S.HELD, T0 + 100)


def test_all_that_wait_are_moved_and_what_prints_stays(database: Database) -> None:
    queue, other = database.site(), database.queue("q2", ["d1"])
    ids = [database.job(queue) for _ in range(5)]
    database.started(ids[0])
    after: int | None = 0
    while after is not None:
        after = database.write(
            queue_jobs.move_open, queue.id, other.id, None, 0, ALICE, text="moved", after=after, limit=2
        )
    assert [record_of(job).queue for job in ids] == [queue.id, *[other.id] * 4]


def test_lpadmin_makes_changes_and_removes_a_printer_with_its_device(database: Database) -> None:
    database.write(cups_admin.add_modify_printer, "p", "socket://one.test", {"info": "x"}, "root")
    assert (config.device("p").uri, config.queue("p").info) == ("socket://one.test", "x")
    database.write(cups_admin.add_modify_printer, "p", "socket://two.test", {}, "root")
    assert config.device("p").uri == "socket://two.test"
    database.write(cups_admin.delete_printer, "p", "root")
    assert (config.queues(), config.devices()) == ([], [])
    with pytest.raises(NotFound):
        database.write(cups_admin.delete_printer, "p", "root")


def test_a_printer_with_a_history_takes_its_device_along(database: Database) -> None:
    database.write(cups_admin.add_modify_printer, "p", "socket://one.test", {}, "root")
    job = database.job(config.queue("p"))
    database.finish(database.started(job, config.device("p")))
    database.write(cups_admin.delete_printer, "p", "root")
    assert config.devices() == []


def test_a_device_that_others_feed_stays(database: Database) -> None:
    database.write(cups_admin.add_modify_printer, "p", "socket://one.test", {}, "root")
    database.queue("other", ["p"])
    database.write(cups_admin.delete_printer, "p", "root")
    assert [device.name for device in config.devices()] == ["p"]


def test_a_class_feeds_the_devices_of_its_members(database: Database) -> None:
    for name in ("a", "b"):
        database.write(cups_admin.add_modify_printer, name, f"socket://{name}.test", {}, "root")
    database.write(cups_admin.add_modify_class, "pool", ["a", "b", "a"], {}, "root")
    pool = config.queue("pool")
    assert (pool.is_class, len(pool.devices)) == (True, 2)
    with pytest.raises(NotFound):
        database.write(cups_admin.add_modify_class, "pool", ["a", "nobody"], {}, "root")
    with pytest.raises(Refusal):
        database.write(cups_admin.add_modify_class, "a", ["b"], {}, "root")
    with pytest.raises(Refusal):
        database.write(cups_admin.add_modify_printer, "pool", "socket://x.test", {}, "root")


def test_a_thousand_devices_and_queues_at_once(database: Database) -> None:
    devices = [importing.NewDevice(f"d{n}", f"socket://{n}.test", "main", {}) for n in range(300)]
    queues = [importing.NewQueue(f"q{n}", (f"d{n}", "d0"), "hold", "main", {"info": "x"}) for n in range(300)]
    at = last_event()
    database.write(importing.add_devices, devices, "root")
    database.write(importing.add_queues, queues, "root")
    found = config.queue("q299")
    assert [one.name for one in config.devices(found.devices)] == ["d0", "d299"]
    assert (found.mode, found.info, len(config.queues())) == (QueueMode.HOLD, "x", 300)
    changes = directory.changes_after(at)
    assert (len(changes.queues), len(changes.devices)) == (300, 300)
    with pytest.raises(Refusal):
        database.write(importing.add_devices, [*devices[:1], devices[0]._replace(name="new")], "root")
    assert len(config.devices()) == 300
