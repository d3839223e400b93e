"""What people and time do to jobs: each step, and each refusal with what stands in the way."""

from collections.abc import Callable
from typing import Any

import pytest

from plantin.core.errors import NotFound, Refusal
from plantin.core.ids import JobId
from plantin.core.limits import JOB_ATTRIBUTES_OCTETS_MAX
from plantin.core.model import Hold, Outcome, QueueRecord
from plantin.core.ports import Lane
from plantin.core.states import JobState, Reason
from plantin.store.commands import documents, job_sets, jobs
from plantin.store.commands.jobs import Actor
from plantin.store.models import Job
from plantin.store.queries import jobs as queries
from plantin.store.queries.delivery import interrupted, ready
from tests.store.support import ALICE, RELEASE, T0, Database, document, kinds, record_of, state_of

S = JobState


def make(database: Database, queue: QueueRecord, state: str) -> JobId:
    """A job in this state, by the ordinary ways."""
    if state == "incoming":
        return database.job(queue, incoming=True, documents=(), incoming_until=T0 + 100)
    if state == "held":
        return database.held(queue, expires_at=T0 + 500)
    job = database.job(queue)
    if state == "pending":
        return job
    if state == "canceled":
        database.write(jobs.cancel, job, ALICE)
        return job
    if state == "aborted":
        database.write(jobs.abort, job, ALICE, reasons="aborted-by-system", text="broken")
        return job
    ticket = database.started(job)
    if state == "suspending":
        database.write(jobs.suspend, job, ALICE)
    if state == "suspended":
        database.write(jobs.suspend, job, ALICE)
        database.finish(ticket, Outcome.CANCELED)
    if state == "completed":
        database.finish(ticket)
    return job


STATES = [
    "incoming",
    "pending",
    "held",
    "processing",
    "suspending",
    "suspended",
    "canceled",
    "aborted",
    "completed",
]

Command = Callable[[JobId, QueueRecord], tuple[Callable[..., Any], tuple[Any, ...]]]

COMMANDS: dict[str, tuple[Command, dict[str, JobState]]] = {
    "hold": (
        lambda job, queue: (jobs.hold, (job, RELEASE, ALICE)),
        {"incoming": S.INCOMING, "pending": S.HELD, "held": S.HELD},
    ),
    "release": (
        lambda job, queue: (jobs.release, (job, ALICE)),
        {"incoming": S.INCOMING, "held": S.PENDING},
    ),
    "cancel": (
        lambda job, queue: (jobs.cancel, (job, ALICE)),
        {
            "incoming": S.CANCELED,
            "pending": S.CANCELED,
            "held": S.CANCELED,
            "processing": S.PROCESSING,
            "suspending": S.STOPPED,
            "suspended": S.CANCELED,
        },
    ),
    "suspend": (lambda job, queue: (jobs.suspend, (job, ALICE)), {"processing": S.STOPPED}),
    "resume": (lambda job, queue: (jobs.resume, (job, ALICE)), {"suspended": S.PENDING}),
    "move": (
        lambda job, queue: (jobs.move, (job, queue.id, ALICE)),
        {"incoming": S.INCOMING, "pending": S.PENDING, "held": S.HELD},
    ),
    "restart": (
        lambda job, queue: (jobs.restart, (job, None, 0, ALICE)),
        {"canceled": S.PENDING, "aborted": S.PENDING, "completed": S.PENDING},
    ),
    "restart held": (
        lambda job, queue: (jobs.restart, (job, RELEASE, T0 + 9, ALICE)),
        {"canceled": S.HELD, "aborted": S.HELD, "completed": S.HELD},
    ),
    "change": (
        lambda job, queue: (jobs.change, (job, ALICE, "renamed")),
        {"incoming": S.INCOMING, "pending": S.PENDING, "held": S.HELD},
    ),
    "promote": (lambda job, queue: (jobs.reorder, (job, None, ALICE)), {"pending": S.PENDING}),
    "close": (lambda job, queue: (jobs.close, (job, None, 0, ALICE)), {"incoming": S.PENDING}),
    "close held": (lambda job, queue: (jobs.close, (job, RELEASE, 0, ALICE)), {"incoming": S.HELD}),
    "add a document": (
        lambda job, queue: (jobs.add_document, (job, document(1), ALICE)),
        {"incoming": S.INCOMING},
    ),
    "abort": (
        lambda job, queue: (lambda: jobs.abort(job, ALICE, reasons="aborted-by-system", text="x"), ()),
        {
            "incoming": S.ABORTED,
            "pending": S.ABORTED,
            "held": S.ABORTED,
            "processing": S.ABORTED,
            "suspending": S.ABORTED,
            "suspended": S.ABORTED,
        },
    ),
    "rename a document": (
        lambda job, queue: (documents.rename, (job, 1, "new name", ALICE)),
        {"pending": S.PENDING, "held": S.HELD},
    ),
    "remove the only document": (
        lambda job, queue: (documents.remove, (job, 1, ALICE, "gone")),
        {
            "pending": S.CANCELED,
            "held": S.CANCELED,
            "processing": S.PROCESSING,
            "suspending": S.STOPPED,
            "suspended": S.CANCELED,
        },
    ),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_in_each_state(database: Database, name: str) -> None:
    """It does what the table says, with one event at least, or refuses with a reason and changes nothing."""
    make_call, allowed = COMMANDS[name]
    first = database.site()
    other = database.queue("q2", ["d1"])
    for state in STATES:
        job = make(database, first, state)
        before, trail = record_of(job), kinds(job)
        function, arguments = make_call(job, other)
        if state in allowed:
            database.write(function, *arguments)
            assert state_of(job) is allowed[state], state
            assert kinds(job)[: len(trail)] == trail and len(kinds(job)) > len(trail), state
            last = queries.trail(job)[-1]
            assert (last.actor, last.state) == ("alice", allowed[state]), state
            continue
        with pytest.raises(Refusal) as caught:
            database.write(function, *arguments)
        assert caught.value.text and caught.value.reason, state
        assert (record_of(job), kinds(job)) == (before, trail), state


def test_a_job_that_is_not_there(database: Database) -> None:
    calls: list[Callable[[], object]] = [
        lambda: jobs.cancel(JobId(99), ALICE),
        lambda: jobs.release(JobId(99), ALICE),
        lambda: documents.send(documents.Sent(JobId(99), None, True, ALICE)),
    ]
    for call in calls:
        with pytest.raises(NotFound, match="no job 99"):
            database.write(call)


def test_hold_says_why_and_until_when(database: Database) -> None:
    job = make(database, database.site(), "pending")
    database.write(jobs.hold, job, Hold(Reason.HOLD_UNTIL, T0 + 50, "night"), ALICE, "not before dark")
    held = record_of(job)
    assert (held.reasons, held.message) == (("job-hold-until-specified",), "not before dark")
    assert (held.hold_reason, held.hold_until, held.hold_keyword) == (
        "job-hold-until-specified",
        T0 + 50,
        "night",
    )


def test_release_names_the_device_and_forgets_the_hold(database: Database) -> None:
    device = database.device("d2")
    job = make(database, database.site(), "held")
    database.write(jobs.release, job, ALICE, device=device.id, text="card 17")
    free = record_of(job)
    assert (free.state, free.reasons, free.device) == (S.PENDING, ("job-queued",), device.id)
    assert (free.hold_reason, free.hold_until, free.expires_at, free.password) == ("", 0, 0, "")
    assert queries.trail(job)[-1].device == device.id


def test_a_release_before_the_last_document_counts_when_the_job_is_closed(database: Database) -> None:
    job = database.job(database.site(), incoming=True, documents=(), hold=RELEASE)
    database.write(jobs.release, job, ALICE)
    database.write(documents.send, documents.Sent(job, document(), True, ALICE))
    assert state_of(job) is S.PENDING


def test_a_hold_before_the_last_document_counts_when_the_job_is_closed(database: Database) -> None:
    job = make(database, database.site(), "incoming")
    database.write(jobs.hold, job, RELEASE, ALICE)
    record = database.write(documents.send, documents.Sent(job, document(), True, ALICE))
    assert (record.state, record.reasons) == (S.HELD, ("job-release-wait",))


def test_documents_come_one_by_one(database: Database) -> None:
    job = make(database, database.site(), "incoming")
    database.write(documents.send, documents.Sent(job, document(9, octets=5), False, Actor("alice", T0 + 40)))
    database.write(documents.send, documents.Sent(job, document(9, octets=6), False, Actor("alice", T0 + 80)))
    record = record_of(job)
    assert (record.documents, record.octets, record.state) == (2, 11, S.INCOMING)
    assert record.incoming_until == T0 + 180  # the time-out runs anew with each document
    assert [paper.number for paper in queries.documents([job])[job]] == [1, 2]
    record = database.write(documents.send, documents.Sent(job, None, True, ALICE))
    assert (record.state, record.incoming_until) == (S.PENDING, 0)
    assert kinds(job) == ["created", "document-added", "document-added", "queued"]


def test_a_job_closed_without_a_document_is_aborted(database: Database) -> None:
    job = make(database, database.site(), "incoming")
    record = database.write(documents.send, documents.Sent(job, None, True, ALICE))
    assert record.state is S.ABORTED
    assert record.reasons == ("aborted-by-system", "job-data-insufficient")


def test_the_last_document_that_may_be(database: Database) -> None:
    job = make(database, database.site(), "incoming")
    for _ in range(100):
        database.write(documents.send, documents.Sent(job, document(), False, ALICE))
    with pytest.raises(Refusal) as caught:
        database.write(documents.send, documents.Sent(job, document(), False, ALICE))
    assert caught.value.status == "server-error-too-many-documents"


def test_a_document_for_a_canceled_job(database: Database) -> None:
    job = make(database, database.site(), "incoming")
    database.write(jobs.cancel, job, ALICE)
    with pytest.raises(Refusal) as caught:
        database.write(documents.send, documents.Sent(job, document(), False, ALICE))
    assert caught.value.status == "server-error-job-canceled"


def test_one_document_of_two_is_removed(database: Database) -> None:
    job = database.job(database.site(), documents=(document(1, octets=10), document(2, octets=20)))
    record = database.write(documents.remove, job, 1, ALICE, "not that one")
    assert (record.documents, record.octets, record.state) == (1, 20, S.PENDING)
    assert [paper.number for paper in queries.documents([job])[job]] == [2]
    with pytest.raises(NotFound):
        database.write(documents.remove, job, 1, ALICE, "again")


def test_a_canceled_document_stays_to_be_seen_and_is_not_printed(database: Database) -> None:
    job = database.job(database.site(), documents=(document(1), document(2), document(3)))
    at = T0 + 60_000
    record = database.write(documents.cancel, job, 2, Actor("alice", at), "document 2 canceled by alice")
    assert (record.documents, record.octets, record.state) == (3, 2000, S.PENDING)
    assert [paper.number for paper in queries.documents([job])[job]] == [1, 3]
    papers = queries.documents([job], canceled=True)[job]
    assert [paper.canceled_at for paper in papers] == [0, at, 0]
    assert papers[1].spool is not None
    with pytest.raises(Refusal, match="has been canceled already"):
        database.write(documents.cancel, job, 2, ALICE, "again")
    with pytest.raises(Refusal, match="was canceled and can't be changed"):
        database.write(documents.rename, job, 2, "other", ALICE)
    ticket = database.started(job)
    assert [paper.number for paper in ticket.documents] == [1, 3]
    (cut,) = interrupted()
    assert [paper.number for paper in cut.started.documents] == [1, 3]
    with pytest.raises(Refusal, match="is processing and can't be changed"):
        database.write(documents.cancel, job, 1, ALICE, "too late")


def test_the_last_document_that_is_left_goes_with_its_job(database: Database) -> None:
    job = database.job(database.site(), documents=(document(1), document(2)))
    database.write(documents.cancel, job, 2, ALICE, "not that one")
    record = database.write(documents.cancel, job, 1, ALICE, "nor this one")
    assert (record.state, record.reasons) == (S.CANCELED, (Reason.CANCELED_BY_USER,))
    # Printed again it prints what it was to print when it was canceled.
    database.write(jobs.restart, job, None, 0, ALICE)
    assert [paper.number for paper in database.started(job).documents] == [1]


@pytest.mark.parametrize("take_out", [documents.cancel, documents.remove])
def test_an_open_job_all_of_whose_documents_were_taken_out(database: Database, take_out: Any) -> None:
    job = make(database, database.site(), "incoming")
    for _ in range(2):
        database.write(documents.send, documents.Sent(job, document(), False, ALICE))
    for number in (1, 2):
        assert database.write(take_out, job, number, ALICE, "changed my mind").state is S.INCOMING
    record = database.write(documents.send, documents.Sent(job, None, True, ALICE))
    assert record.state is (S.CANCELED if take_out is documents.cancel else S.ABORTED)


def test_numbers_are_not_given_twice(database: Database) -> None:
    job = make(database, database.site(), "incoming")
    for _ in range(3):
        database.write(documents.send, documents.Sent(job, document(), False, ALICE))
    database.write(documents.remove, job, 1, ALICE, "deleted")
    database.write(documents.cancel, job, 2, ALICE, "canceled")
    database.write(documents.send, documents.Sent(job, document(), True, ALICE))
    assert [paper.number for paper in queries.documents([job], canceled=True)[job]] == [2, 3, 4]
    assert record_of(job).documents == 3


@pytest.mark.parametrize("action", ["process-job", "hold-job"])
def test_a_job_that_times_out_with_nothing_left_to_print_is_aborted(database: Database, action: str) -> None:
    job = make(database, database.site(), "incoming")
    database.write(documents.send, documents.Sent(job, document(), False, ALICE))
    database.write(documents.cancel, job, 1, ALICE, "changed my mind")
    database.write(jobs.due, T0 + 10**7, 100, lambda _: action)
    assert state_of(job) is S.ABORTED


def test_cancel_while_printing_asks_first(database: Database) -> None:
    job = database.job(database.site())
    ticket = database.started(job)
    database.write(jobs.cancel, job, ALICE, reason=Reason.CANCELED_BY_OPERATOR, text="wrong paper")
    asked = record_of(job)
    assert (asked.state, asked.stop_requested) == (S.PROCESSING, "job-canceled-by-operator")
    assert asked.reasons == ("job-printing", "processing-to-stop-point")
    with pytest.raises(Refusal, match="being canceled already"):
        database.write(jobs.cancel, job, ALICE)
    assert database.finish(ticket, Outcome.CANCELED) is S.CANCELED
    assert (record_of(job).reasons, record_of(job).stop_requested) == (("job-canceled-by-operator",), "")


def test_a_suspended_job_can_be_canceled_and_is_not_left_for_ever(database: Database) -> None:
    job = make(database, database.site(), "suspended")
    database.write(jobs.cancel, job, ALICE)
    assert (record_of(job).state, record_of(job).stop_requested) == (S.CANCELED, "")
    assert record_of(job).completed_at == ALICE.at


def test_a_job_that_is_being_suspended_can_be_canceled(database: Database) -> None:
    job = database.job(database.site())
    ticket = database.started(job)
    database.write(jobs.suspend, job, ALICE)
    database.write(jobs.cancel, job, ALICE)
    assert record_of(job).stop_requested == "job-canceled-by-user"
    assert database.finish(ticket, Outcome.CANCELED) is S.CANCELED


def test_resume_waits_for_the_device_to_let_go(database: Database) -> None:
    """Else a second attempt would run beside the first, and the job be printed twice."""
    job = database.job(database.site())
    ticket = database.started(job)
    database.write(jobs.suspend, job, ALICE)
    with pytest.raises(Refusal, match="still being stopped"):
        database.write(jobs.resume, job, ALICE)
    assert database.finish(ticket, Outcome.CANCELED) is S.STOPPED
    database.write(jobs.resume, job, ALICE)
    assert (state_of(job), record_of(job).reasons) == (S.PENDING, ("job-queued",))
    assert kinds(job)[-3:] == ["suspended", "suspended", "resumed"]


def test_restart_begins_anew(database: Database) -> None:
    job = make(database, database.site(), "completed")
    database.write(jobs.restart, job, None, 0, ALICE, "once more")
    again = record_of(job)
    assert (again.state, again.reasons, again.completed_at) == (S.PENDING, ("job-queued",), 0)
    assert (again.device, again.assigned, again.impressions) == (None, None, -1)
    database.printed(job)
    assert record_of(job).attempts == 2


def test_restart_forgets_an_old_hold(database: Database) -> None:
    job = make(database, database.site(), "held")
    database.write(jobs.cancel, job, ALICE)
    database.write(jobs.restart, job, None, 0, ALICE)
    assert (record_of(job).hold_reason, record_of(job).expires_at) == ("", 0)


def test_restart_needs_the_documents(database: Database) -> None:
    job = make(database, database.site(), "completed")
    Job.objects.filter(pk=job).update(documents_retired_at=T0)
    with pytest.raises(Refusal, match="no longer kept"):
        database.write(jobs.restart, job, None, 0, ALICE)


def test_a_refusal_leaves_nothing_behind(database: Database) -> None:
    """The event of a refused unit is rolled back with it."""
    queue = database.site()
    good, bad = make(database, queue, "pending"), make(database, queue, "completed")
    with pytest.raises(Refusal):
        database.write(job_sets.cancel_many, [good, bad], ALICE, reason=Reason.CANCELED_BY_USER, text="all")
    assert (state_of(good), kinds(good)) == (S.PENDING, ["queued"])


# Order


def order(queue: QueueRecord) -> list[int]:
    return [job.id for job in ready(Lane(queue.id, None), 100)]


def test_jobs_wait_by_priority_then_age(database: Database) -> None:
    queue = database.site()
    ids = [database.job(queue, priority=priority) for priority in (50, 50, 80, 1, 80)]
    assert order(queue) == [ids[2], ids[4], ids[0], ids[1], ids[3]]
    database.write(jobs.change, ids[3], ALICE, "urgent", priority=100)
    assert order(queue)[0] == ids[3]


def test_promote_and_schedule_after(database: Database) -> None:
    queue = database.site()
    a, b, c, d = (database.job(queue) for _ in range(4))
    urgent = database.job(queue, priority=90)
    database.write(jobs.reorder, c, None, ALICE)
    assert order(queue) == [c, urgent, a, b, d]
    database.write(jobs.reorder, d, None, ALICE)
    assert order(queue) == [d, c, urgent, a, b]
    database.write(jobs.reorder, d, a, ALICE)
    assert order(queue) == [c, urgent, a, d, b]
    database.write(jobs.reorder, urgent, a, ALICE)  # the last one that was put there stands next to it
    assert order(queue) == [c, a, urgent, d, b]
    late = database.job(queue)
    database.write(jobs.reorder, c, b, ALICE)
    assert order(queue) == [a, urgent, d, b, c, late]


def test_many_can_be_scheduled_after_the_same_one(database: Database) -> None:
    queue = database.site()
    first, second, *others = [database.job(queue) for _ in range(14)]
    for job in others:
        database.write(jobs.reorder, job, first, ALICE)
    assert order(queue) == [first, *reversed(others), second]


def test_what_cannot_be_reordered(database: Database) -> None:
    queue, other = database.site(), database.queue("q2", ["d1"])
    job, elsewhere, ended = database.job(queue), database.job(other), make(database, queue, "completed")
    for after in (job, elsewhere, ended):
        with pytest.raises(Refusal):
            database.write(jobs.reorder, job, after, ALICE)
    with pytest.raises(NotFound):
        database.write(jobs.reorder, job, JobId(99), ALICE)


def test_moved_to_another_queue_it_waits_there(database: Database) -> None:
    queue, other = database.site(), database.queue("q2", ["d1"])
    device = database.device("d9")
    job = database.job(queue)
    database.write(jobs.move, job, other.id, ALICE, device=device.id, text="to the other side")
    assert (record_of(job).queue, record_of(job).device) == (other.id, device.id)
    assert order(queue) == [] and [one.id for one in ready(Lane(other.id, device.id), 9)] == [job]
    last = queries.trail(job)[-1]
    assert (last.kind, last.queue, last.device) == ("moved", other.id, device.id)


def test_attributes_at_n_and_n_plus_1(database: Database) -> None:
    job = make(database, database.site(), "pending")
    most = b"x" * JOB_ATTRIBUTES_OCTETS_MAX
    database.write(jobs.change, job, ALICE, "new attributes", attributes=most)
    assert record_of(job).attributes == most
    with pytest.raises(Refusal) as caught:
        database.write(jobs.change, job, ALICE, "new attributes", attributes=most + b"x")
    assert caught.value.status == "client-error-request-entity-too-large"


# Time


def due(database: Database, now: int, action: str = "abort-job", limit: int = 100) -> int:
    return database.write(jobs.due, now, limit, lambda job: action)


def test_nothing_is_due_before_its_time(database: Database) -> None:
    queue = database.site()
    database.job(queue, hold=Hold(Reason.HOLD_UNTIL, T0 + 50))
    database.held(queue, expires_at=T0 + 50)
    database.job(queue, incoming=True, documents=(), incoming_until=T0 + 50)
    database.held(queue)
    database.job(queue)
    assert due(database, T0 + 49) == 0
    assert due(database, T0 + 50) == 3
    assert due(database, T0 + 50) == 0


def test_hold_until_releases(database: Database) -> None:
    job = database.job(database.site(), hold=Hold(Reason.HOLD_UNTIL, T0 + 50, "night"))
    due(database, T0 + 60)
    assert (state_of(job), record_of(job).hold_until) == (S.PENDING, 0)
    last = queries.trail(job)[-1]
    assert (last.kind, last.actor, last.at) == ("released", "the clock", T0 + 60)


def test_waiting_too_long_for_a_release_expires(database: Database) -> None:
    job = database.held(database.site(), expires_at=T0 + 50)
    due(database, T0 + 60)
    record = record_of(job)
    assert (record.state, record.reasons) == (S.CANCELED, ("job-canceled-after-timeout",))
    assert (record.completed_at, kinds(job)[-1]) == (T0 + 60, "expired")


def test_a_released_job_does_not_expire(database: Database) -> None:
    job = database.held(database.site(), expires_at=T0 + 50)
    database.write(jobs.release, job, ALICE)
    assert due(database, T0 + 60) == 0
    assert state_of(job) is S.PENDING


def test_a_started_job_has_no_time_to_act_on_it(database: Database) -> None:
    queue = database.site()
    job = database.held(queue, expires_at=T0 + 50)
    database.write(jobs.release, job, ALICE)
    database.started(job)
    assert due(database, T0 + 60) == 0


@pytest.mark.parametrize(
    ("action", "papers", "held", "state"),
    [
        ("abort-job", 1, False, S.ABORTED),
        ("abort-job", 0, False, S.ABORTED),
        ("process-job", 1, False, S.PENDING),
        ("process-job", 0, False, S.ABORTED),
        ("process-job", 1, True, S.HELD),
        ("hold-job", 1, False, S.HELD),
        ("hold-job", 0, False, S.ABORTED),
    ],
)
def test_documents_that_never_come(
    database: Database, action: str, papers: int, held: bool, state: JobState
) -> None:
    """multiple-operation-time-out-action; a hold outlives it, or a secret job would print by itself."""
    job = database.job(
        database.site(),
        incoming=True,
        documents=(document(),) * papers,
        incoming_until=T0 + 50,
        hold=RELEASE if held else None,
        expires_at=T0 + 90 if held else 0,
    )
    assert due(database, T0 + 50, action) == 1
    record = record_of(job)
    assert (record.state, record.incoming_until) == (state, 0)
    if state is S.ABORTED:
        assert (kinds(job)[-1], record.completed_at) == ("timed-out", T0 + 50)
    if held:
        assert (record.hold_reason, record.expires_at) == ("job-release-wait", T0 + 90)
        assert due(database, T0 + 90) == 1
        assert state_of(job) is S.CANCELED


def test_due_goes_in_bounded_steps(database: Database) -> None:
    queue = database.site()
    for number in range(5):
        database.held(queue, expires_at=T0 + number + 1)
    assert [due(database, T0 + 9, limit=2) for _ in range(4)] == [2, 2, 1, 0]


# Many


def test_cancel_open_goes_in_bounded_steps(database: Database) -> None:
    queue, other = database.site(), database.queue("q2", ["d1"])
    mine = [database.job(queue) for _ in range(5)]
    database.job(queue, owner="bob")
    database.job(other)
    printing = mine[0]
    database.started(printing)
    after: int | None = 0
    turns = 0
    while after is not None:
        turns += 1
        after = database.write(
            job_sets.cancel_open,
            ALICE,
            queue=queue.id,
            owner="alice",
            address=None,
            after=after,
            limit=2,
            reason=Reason.CANCELED_BY_USER,
            text="all of mine",
        )
    assert turns == 3
    assert [state_of(job) for job in mine] == [S.PROCESSING, *[S.CANCELED] * 4]
    assert record_of(printing).stop_requested == "job-canceled-by-user"
    assert queries.open_counts() == {queue.id: 2, other.id: 1}


def test_purge_takes_ended_jobs_only(database: Database) -> None:
    queue = database.site()
    ended, waiting = make(database, queue, "completed"), make(database, queue, "pending")
    assert database.write(job_sets.purge_ended, queue=queue.id, limit=10) == 1
    with pytest.raises(NotFound):
        queries.job(ended)
    assert queries.trail(ended) == []
    assert state_of(waiting) is S.PENDING


def test_passwords_are_kept_as_salted_hashes() -> None:
    stored = jobs.hash_password(b"1234")
    assert "1234" not in stored and stored != jobs.hash_password(b"1234")
    assert jobs.check_password(stored, b"1234")
    assert not jobs.check_password(stored, b"1235")
    assert not jobs.check_password(stored, b"")
