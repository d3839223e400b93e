"""Acceptance: rows and first event in one transaction; ids that follow each other (law 1)."""

import pytest
from django.db import IntegrityError, OperationalError

from plantin.core.errors import Refusal, Temporary
from plantin.core.ids import QueueId
from plantin.core.limits import DOCUMENTS_PER_JOB_MAX, JOB_ATTRIBUTES_OCTETS_MAX
from plantin.core.model import Hold
from plantin.core.states import JobState, Reason
from plantin.store.commands import accept, events
from plantin.store.queries import jobs
from plantin.store.queries.why import story
from tests.store.support import RELEASE, T0, Database, document, kinds, new_job, record_of


def test_all_that_was_given_is_found_again(database: Database) -> None:
    device = database.device("d1")
    queue = database.queue("q1", ["d1"])
    wish = new_job(
        queue,
        name="Brief an Jürgen 🖨",
        owner="zoë",
        attributes=bytes(range(256)),
        hold=Hold(Reason.PASSWORD_WAIT, T0 + 5, "night"),
        documents=(document(1), document(2, uri="https://x.test/2", language="de", attributes=b"\0\1")),
        device=device.id,
        password="scrypt$…",
        expires_at=T0 + 9,
        copies=3,
        language="de",
        priority=100,
    )
    job = record_of(database.accept(wish)[0])
    assert (job.uuid, job.queue, job.device, job.assigned) == (wish.uuid, queue.id, device.id, None)
    assert (job.state, job.reasons) == (JobState.HELD, ("job-password-wait",))
    assert (job.name, job.owner, job.owner_proof) == ("Brief an Jürgen 🖨", "zoë", "claim")
    assert (job.host, job.address, job.priority) == ("desk.test", "127.0.0.1", 100)
    assert (job.attributes, job.octets, job.documents) == (bytes(range(256)), 2000, 2)
    assert (job.hold_reason, job.hold_until, job.hold_keyword) == ("job-password-wait", T0 + 5, "night")
    assert (job.created_at, job.expires_at, job.password, job.copies) == (T0, T0 + 9, "scrypt$…", 3)
    assert (job.impressions, job.sheets, job.attempts) == (-1, -1, 0)
    first, second = jobs.documents([job.id])[job.id]
    assert (first.number, first.format, first.spool) == (1, "application/pdf", wish.documents[0].spool)
    assert (first.sha256, first.declared_format) == (b"\x00\xff" * 16, "application/octet-stream")
    assert (second.uri, second.language, second.attributes) == ("https://x.test/2", "de", b"\0\1")


@pytest.mark.parametrize(
    ("changes", "state", "reason", "kind"),
    [
        ({}, JobState.PENDING, "job-queued", "queued"),
        ({"hold": RELEASE}, JobState.HELD, "job-release-wait", "held"),
        ({"incoming": True, "documents": ()}, JobState.INCOMING, "job-incoming", "created"),
        ({"incoming": True, "hold": RELEASE}, JobState.INCOMING, "job-incoming", "created"),
    ],
)
def test_how_a_job_begins(
    database: Database, changes: dict[str, object], state: JobState, reason: str, kind: str
) -> None:
    job = database.job(database.queue(), **changes)
    assert (record_of(job).state, record_of(job).reasons) == (state, (reason,))
    (first,) = jobs.trail(job)
    assert (first.kind, first.state, first.reasons) == (kind, state, (reason,))
    assert (first.at, first.actor, first.queue) == (T0, "alice", record_of(job).queue)
    assert "127.0.0.1" in first.text and "claim" in first.text


def test_ids_of_a_batch_are_consecutive_and_in_order(database: Database) -> None:
    queue = database.queue()
    batches = [
        [new_job(queue, name=f"{batch}/{number}") for number in range(size)]
        for batch, size in enumerate([1, 7, 300, 1])
    ]
    ids = [database.accept(*batch) for batch in batches]
    assert [job for batch in ids for job in batch] == list(range(1, 310))
    for batch, names in zip(ids, batches, strict=True):
        found = jobs.jobs_by_id(batch)
        assert [found[job].name for job in batch] == [wish.name for wish in names]
    assert [row.job for row in jobs.events_after(1, 1000)] == list(range(1, 310))


def test_an_empty_batch_is_one(database: Database) -> None:
    assert database.accept() == []


def test_no_job_without_its_event(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """The event row is of the same transaction: if it can't be written there is no job either."""
    queue = database.queue()

    def fail(*args: object) -> None:
        raise OperationalError("no room for events")

    monkeypatch.setattr(accept, "record", fail)
    with pytest.raises(Temporary, match="no room for events"):
        database.job(queue)
    assert jobs.find_jobs(jobs.JobQuestion(which="all")) == []
    monkeypatch.setattr(accept, "record", events.record)
    job = database.job(queue)
    assert kinds(job) == ["queued"]
    assert len(jobs.documents([job])[job]) == 1


def test_a_queue_that_is_gone_takes_no_job(database: Database) -> None:
    with pytest.raises(Temporary) as caught:
        database.accept(new_job(QueueId(77)))
    assert isinstance(caught.value.__cause__, IntegrityError)


def test_limits_at_n_and_n_plus_1(database: Database) -> None:
    queue = database.queue()
    papers = tuple(document(number) for number in range(1, DOCUMENTS_PER_JOB_MAX + 2))
    answers = database.write(
        accept.accept_batch,
        [
            new_job(queue, attributes=b"x" * JOB_ATTRIBUTES_OCTETS_MAX),
            new_job(queue, attributes=b"x" * (JOB_ATTRIBUTES_OCTETS_MAX + 1)),
            new_job(queue, documents=papers[:-1]),
            new_job(queue, documents=papers),
            new_job(queue),
        ],
    )
    assert [answer for answer in answers if not isinstance(answer, Exception)] == [1, 2, 3]
    refusals = [answer for answer in answers if isinstance(answer, Refusal)]
    assert [answers.index(one) for one in refusals] == [1, 3]
    assert [one.status for one in refusals] == [
        "client-error-request-entity-too-large",
        "server-error-too-many-documents",
    ]
    assert jobs.open_counts() == {queue.id: 3}


def test_only_too_large_ones(database: Database) -> None:
    queue = database.queue()
    wish = new_job(queue, attributes=b"x" * (JOB_ATTRIBUTES_OCTETS_MAX + 1))
    (answer,) = database.write(accept.accept_batch, [wish])
    assert isinstance(answer, Refusal)


def test_who_is_woken(database: Database) -> None:
    queue = database.queue()
    assert database.commits == [(False, True)]
    database.job(queue)
    assert database.commits[1:] == [(True, False)]


def test_the_story_begins_with_where_it_came_from(database: Database) -> None:
    told = story(database.job(database.site()))
    assert "letter" in told.title and "alice" in told.title and "q1" in told.title
    assert "127.0.0.1" in told.lines[0].text
    assert "d1" in told.now
