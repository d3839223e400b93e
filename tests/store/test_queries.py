"""Questions: which-jobs, counts, status, shape, why."""

from collections import defaultdict

import pytest

from plantin.core.errors import NotFound
from plantin.core.ids import JobId
from plantin.core.model import Outcome
from plantin.core.states import JobState
from plantin.store.commands import delivery, jobs
from plantin.store.queries import config, status
from plantin.store.queries import jobs as queries
from plantin.store.queries.jobs import WHICH, JobQuestion, find_jobs
from plantin.store.queries.why import story
from tests.store.support import ALICE, T0, Database

S = JobState
IN_WHICH = {
    "not-completed": {S.INCOMING, S.PENDING, S.HELD, S.PROCESSING, S.STOPPED},
    "completed": {S.CANCELED, S.ABORTED, S.COMPLETED},
    "all": set(S),
    "canceled": {S.CANCELED},
    "aborted": {S.ABORTED},
    "pending": {S.PENDING},
    "pending-held": {S.INCOMING, S.HELD},
    "processing": {S.PROCESSING},
    "processing-stopped": {S.STOPPED},
    "successful": {S.COMPLETED},
}


def one_of_each(database: Database) -> dict[JobState, list[JobId]]:
    """In each of two queues, of alice and of bob, a job in each state."""
    found: dict[JobState, list[JobId]] = defaultdict(list)
    database.device("d1")
    for name in ("q1", "q2"):
        queue = database.queue(name, ["d1"])
        for owner in ("alice", "bob"):
            ids = [database.job(queue, owner=owner) for _ in range(6)]
            tickets = [database.started(job) for job in ids[:3]]
            stop = (ids[1], T0, True, "printer-stopped", "jam")
            database.write(delivery.stopped_batch, [stop])
            database.finish(tickets[2])
            database.write(jobs.cancel, ids[3], ALICE)
            database.write(jobs.abort, ids[4], ALICE, reasons="aborted-by-system", text="")
            states = [S.PROCESSING, S.STOPPED, S.COMPLETED, S.CANCELED, S.ABORTED, S.PENDING]
            for state, job in zip(states, ids, strict=True):
                found[state].append(job)
            found[S.HELD].append(database.held(queue, owner=owner))
            found[S.INCOMING].append(database.job(queue, owner=owner, incoming=True, documents=()))
    return found


def test_every_which(database: Database) -> None:
    assert WHICH.keys() == IN_WHICH.keys()
    made = one_of_each(database)
    q1, q2 = config.queue("q1").id, config.queue("q2").id
    for which, states in IN_WHICH.items():
        expected = {job for state in states for job in made[state]}
        assert {job.id for job in find_jobs(JobQuestion(which))} == expected, which
        for question in (
            JobQuestion(which, queue=q1),
            JobQuestion(which, queues=(q1,)),
            JobQuestion(which, queue=q1, owner="alice"),
            JobQuestion(which, owner="bob"),
            JobQuestion(which, queues=(q1, q2), owner="alice"),
            JobQuestion(which, queues=()),
            JobQuestion(which, ids=tuple(sorted(expected)[:2])),
            JobQuestion(which, queue=99),
        ):
            found = find_jobs(question)
            wanted = [
                job
                for job in queries.jobs_by_id(sorted(expected)).values()
                if question.queue in (None, job.queue)
                and (question.queues is None or job.queue in question.queues)
                and question.owner in (None, job.owner)
                and (not question.ids or job.id in question.ids)
            ]
            assert sorted(job.id for job in found) == sorted(job.id for job in wanted), question
            pages = [
                job.id
                for first in range(1, len(found) + 1, 2)
                for job in find_jobs(
                    JobQuestion(
                        which,
                        question.queue,
                        question.queues,
                        question.owner,
                        question.ids,
                        first_index=first,
                        limit=2,
                    )
                )
            ]
            assert pages == [job.id for job in found], question


def test_the_order_of_get_jobs(database: Database) -> None:
    """RFC 8011 section 4.2.6: waiting jobs as they will print, ended ones newest first."""
    queue = database.site()
    a, b, c = (database.job(queue, priority=priority) for priority in (50, 80, 50))
    assert [job.id for job in find_jobs(JobQuestion(queue=queue.id))] == [b, a, c]
    for job, at in ((a, 300), (b, 100), (c, 200)):
        database.printed(job, at=T0 + at)
    assert [job.id for job in find_jobs(JobQuestion("completed", queue=queue.id))] == [a, c, b]
    assert [job.id for job in find_jobs(JobQuestion("completed"))] == [a, c, b]
    assert [job.id for job in find_jobs(JobQuestion("all"))] == [c, b, a]


def test_counts(database: Database) -> None:
    assert queries.open_counts() == {}
    one_of_each(database)
    assert queries.open_counts() == {config.queue("q1").id: 10, config.queue("q2").id: 10}
    total = status.summary()
    assert (total.queues, total.devices, total.devices_in_trouble) == (2, 1, 0)
    assert total.open_jobs == {"incoming": 4, "pending": 4, "held": 4, "processing": 4, "stopped": 4}
    assert total.last_job == 32 and total.last_attempt == 12
    assert total.last_event == queries.last_event()


def test_the_summary_of_nothing(database: Database) -> None:
    total = status.summary()
    assert (total.queues, total.last_job, total.last_event) == (0, 0, 0)
    assert set(total.open_jobs.values()) == {0}


def test_the_shape_is_age_by_device(database: Database) -> None:
    queue = database.site()
    minute = 60_000
    ages = [0, 4, 5, 9, 100, 10_000]
    for age in ages:
        database.job(queue, created_at=T0 - age * minute)
    database.held(queue, device=config.device("d1").id, created_at=T0)
    database.started(database.job(queue, created_at=T0 - 30 * minute))
    rows = {(row.queue, row.device, row.state): row.counts for row in status.shape(T0)}
    assert rows == {
        ("q1", "", "pending"): (2, 2, 0, 0, 0, 1, 0, 0, 0, 1),
        ("q1", "d1", "held"): (1, 0, 0, 0, 0, 0, 0, 0, 0, 0),
        ("q1", "d1", "processing"): (0, 0, 0, 1, 0, 0, 0, 0, 0, 0),
    }


def test_every_event_of_a_job_is_told(database: Database) -> None:
    queue = database.site()
    job = database.held(queue)
    database.write(jobs.release, job, ALICE)
    ticket = database.started(job)
    database.finish(ticket, Outcome.TEMPORARY, text="it is off")
    database.finish(database.started(job), Outcome.UNKNOWN, text="the connection broke")
    told = story(job)
    assert [line.kind for line in told.lines] == [row.kind for row in queries.trail(job)]
    assert all(line.text for line in told.lines)
    words = " ".join(line.text for line in told.lines)
    assert "it is off" in words and "the connection broke" in words and "d1" in words
    assert "held" in told.now
    with pytest.raises(NotFound):
        story(99)


def test_every_state_has_a_now(database: Database) -> None:
    for ids in one_of_each(database).values():
        for job in ids:
            assert story(job).now


def test_nothing_asked(database: Database) -> None:
    assert queries.jobs_by_id([]) == {}
    assert queries.documents([]) == {}
    assert queries.events_after(0, 10) == []
