"""Attempts: who gets a job, the first byte, the end (law 3)."""

import pytest

from plantin.core.ids import JobId
from plantin.core.model import Delivered, DeviceRecord, Outcome, UnknownPolicy
from plantin.core.states import JobState, Reason
from plantin.store.commands import delivery, job_sets, jobs
from plantin.store.models import Attempt, Job
from plantin.store.queries import config
from plantin.store.queries import jobs as queries
from plantin.store.queries.delivery import interrupted
from tests.store.support import ALICE, T0, Database, document, kinds, record_of, state_of, ticket_of

S = JobState


def device(name: str = "d1") -> DeviceRecord:
    return config.device(name)


def wish(job: JobId, name: str = "d1", at: int = T0 + 10) -> delivery.Start:
    return delivery.Start(job, record_of(job).queue, device(name).id, name, at)


def test_start_records_the_attempt_before_anything_else(database: Database) -> None:
    job = database.job(database.site(), documents=(document(1), document(2)))
    started = database.start(job)
    assert started is not None
    assert (started.job.id, [paper.number for paper in started.documents]) == (job, [1, 2])
    record = record_of(job)
    assert (record.state, record.reasons, record.attempts) == (S.PROCESSING, ("job-printing",), 1)
    assert (record.assigned, record.processing_at, record.device) == (device().id, T0 + 10, None)
    row = Attempt.objects.get(pk=started.attempt)
    assert (row.job_id, row.device_id, row.number, row.started_at) == (job, device().id, 1, T0 + 10)
    assert (row.sending_at, row.ended_at, row.confirmed, row.impressions) == (0, 0, False, -1)
    last = queries.trail(job)[-1]
    assert (last.kind, last.device, last.text) == ("started", device().id, "attempt 1 on d1")


def test_a_batch_answers_in_order_and_says_what_is_not_to_be_had(database: Database) -> None:
    queue = database.site()
    other = database.queue("q2", ["d1"])
    database.device("d2")
    good, held = database.job(queue), database.held(queue)
    canceled, moved = database.job(queue), database.job(queue)
    elsewhere = database.job(queue, device=device("d2").id)
    wishes = [wish(job) for job in (good, held, canceled, moved, elsewhere)]
    wishes.append(wish(elsewhere, "d2"))
    database.write(jobs.cancel, canceled, ALICE)
    database.write(jobs.move, moved, other.id, ALICE)
    gone = delivery.Start(JobId(99), queue.id, device().id, "d1", T0)
    answers = database.write(delivery.start_batch, [*wishes, gone])
    found = [answer and answer.job.id for answer in answers if not isinstance(answer, Exception)]
    assert found == [good, None, None, None, None, elsewhere, None]
    assert [state_of(job) for job in (held, canceled, moved)] == [S.HELD, S.CANCELED, S.PENDING]
    assert kinds(moved) == ["queued", "moved"]


def test_two_who_want_one_job_do_not_both_get_it(database: Database) -> None:
    """Members of a pool may ask for one job in one batch: the paper must come out once."""
    database.device("d1")
    database.device("d2")
    queue = database.queue("q1", ["d1", "d2"])
    job = database.job(queue)
    first, second = database.write(delivery.start_batch, [wish(job, "d1"), wish(job, "d2")])
    assert first is not None and second is None
    assert (record_of(job).attempts, Attempt.objects.count()) == (1, 1)
    assert kinds(job) == ["queued", "started"]
    assert database.start(job, device("d2")) is None


def test_nobody_gets_anything(database: Database) -> None:
    assert list(database.write(delivery.start_batch, [])) == []
    job = database.held(database.site())
    assert list(database.write(delivery.start_batch, [wish(job)])) == [None]


def test_attempts_are_numbered_per_job_and_counted_over_all(database: Database) -> None:
    queue = database.site()
    first, second = database.job(queue), database.job(queue)
    attempts = []
    for job in (first, first, second):
        ticket = database.started(job)
        attempts.append(ticket.attempt)
        database.finish(ticket, Outcome.TEMPORARY)
    assert attempts == [1, 2, 3]
    assert list(Attempt.objects.order_by("pk").values_list("number", flat=True)) == [1, 2, 1]


def test_first_byte_and_the_device_s_own_name_of_the_job(database: Database) -> None:
    queue = database.site()
    tickets = [database.started(database.job(queue)) for _ in range(3)]
    database.sending(tickets[0].attempt, T0 + 20)
    marks = [(tickets[0].attempt, "17"), (tickets[1].attempt, "x" * 1023)]
    database.write(delivery.device_job_batch, marks)
    rows = Attempt.objects.order_by("pk")
    assert [row.sending_at for row in rows] == [T0 + 20, 0, 0]
    assert [row.device_job for row in rows] == ["17", "x" * 1023, ""]


@pytest.mark.parametrize(
    ("outcome", "policy", "stop", "state", "reasons", "words"),
    [
        (Outcome.COMPLETED, "hold", "", S.COMPLETED, "job-completed-successfully", ["completed"]),
        (Outcome.TEMPORARY, "hold", "", S.PENDING, "job-queued", ["retry"]),
        (Outcome.PERMANENT, "hold", "", S.ABORTED, "aborted-by-system", ["aborted"]),
        (Outcome.CANCELED, "hold", "", S.CANCELED, "job-canceled-at-device", ["canceled"]),
        (
            Outcome.UNKNOWN,
            "hold",
            "",
            S.HELD,
            "job-held-for-review",
            ["outcome-unknown", "unknown-held"],
        ),
        (Outcome.UNKNOWN, "retry", "", S.PENDING, "job-queued", ["outcome-unknown", "unknown-retry"]),
        (
            Outcome.UNKNOWN,
            "abort",
            "",
            S.ABORTED,
            "aborted-by-system",
            ["outcome-unknown", "unknown-aborted"],
        ),
        (
            Outcome.UNKNOWN,
            "assume-printed",
            "",
            S.COMPLETED,
            "job-completed-with-errors",
            ["outcome-unknown", "unknown-assumed-printed"],
        ),
        (Outcome.TEMPORARY, "hold", "cancel", S.CANCELED, "job-canceled-by-user", ["canceled"]),
        (Outcome.COMPLETED, "hold", "cancel", S.COMPLETED, "job-completed-successfully", ["completed"]),
        (Outcome.TEMPORARY, "hold", "suspend", S.STOPPED, "job-suspended", ["suspended"]),
    ],
)
def test_every_end(
    database: Database,
    outcome: Outcome,
    policy: str,
    stop: str,
    state: JobState,
    reasons: str,
    words: list[str],
) -> None:
    job = database.job(database.site())
    ticket = database.started(job)
    if stop == "cancel":
        database.write(jobs.cancel, job, ALICE)
    if stop == "suspend":
        database.write(jobs.suspend, job, ALICE)
    trail = kinds(job)
    found = database.finish(
        ticket,
        outcome,
        policy=UnknownPolicy(policy),
        reason="job-canceled-at-device",
        text="the lid is open",
        retry_at=T0 + 99,
        octets_sent=12,
        impressions=3,
        sheets=2,
        confirmed=True,
    )
    record = record_of(job)
    assert (found, record.state, record.reasons) == (state, state, (reasons,))
    assert (record.message, record.stop_requested) == ("the lid is open", "")
    assert (record.impressions, record.sheets) == (3, 2)
    assert record.completed_at == (T0 + 30 if state.terminal else 0)
    assert record.retry_at == (0 if state.terminal else T0 + 99)
    assert record.hold_reason == ("job-held-for-review" if state is S.HELD else "")
    assert kinds(job)[len(trail) :] == words
    assert all(row.device == device().id for row in queries.trail(job)[len(trail) :])
    row = Attempt.objects.get(pk=ticket.attempt)
    assert (row.ended_at, row.outcome, row.reason) == (T0 + 30, outcome.value, "job-canceled-at-device")
    assert (row.text, row.octets_sent, row.confirmed) == ("the lid is open", 12, True)
    assert (row.impressions, row.sheets) == (3, 2)


def test_many_ends_at_once(database: Database) -> None:
    queue = database.site()
    tickets = [database.started(database.job(queue)) for _ in range(4)]
    outcomes = [Outcome.COMPLETED, Outcome.TEMPORARY, Outcome.UNKNOWN, Outcome.PERMANENT]
    ends = [
        delivery.Finish(ticket, Delivered(outcome, "because", f"it was {outcome.value}"), T0 + 30)
        for ticket, outcome in zip(tickets, outcomes, strict=True)
    ]
    states = database.write(delivery.finish_batch, ends)
    assert list(states) == [S.COMPLETED, S.PENDING, S.HELD, S.ABORTED]
    assert interrupted() == []


def test_the_end_of_a_job_that_was_removed_meanwhile(database: Database) -> None:
    """Its device must go on: an answer, not an error."""
    queue = database.site()
    gone, other = database.started(database.job(queue)), database.started(database.job(queue))
    Job.objects.filter(pk=gone.job.id).delete()
    ends = [delivery.Finish(one, Delivered(Outcome.COMPLETED, "x", "y"), T0) for one in (gone, other)]
    assert list(database.write(delivery.finish_batch, ends)) == [S.CANCELED, S.COMPLETED]


def test_a_second_end_changes_nothing(database: Database) -> None:
    """An end is written again when nobody heard that it was."""
    job = database.job(database.site())
    ticket = database.started(job)
    database.finish(ticket)
    before = record_of(job), kinds(job)
    assert database.finish(ticket) is S.COMPLETED
    assert (record_of(job), kinds(job)) == before


def test_the_device_stops_and_goes_on(database: Database) -> None:
    job = database.job(database.site())
    ticket = database.started(job)
    jam = (job, T0 + 40, True, "printer-stopped media-jam", "paper jam")
    database.write(delivery.stopped_batch, [jam, (JobId(99), T0, True, "x", "y")])
    assert (record_of(job).state, record_of(job).reasons) == (S.STOPPED, ("printer-stopped", "media-jam"))
    assert record_of(job).message == "paper jam"
    database.write(delivery.stopped_batch, [(job, T0 + 41, True, "again", "again")])
    database.write(delivery.stopped_batch, [(job, T0 + 50, False, "", "")])
    assert (record_of(job).state, record_of(job).reasons) == (S.PROCESSING, ("job-printing",))
    assert kinds(job) == ["queued", "started", "device-stopped", "device-resumed"]
    database.write(delivery.stopped_batch, [jam])
    assert database.finish(ticket) is S.COMPLETED
    database.write(delivery.stopped_batch, [jam])
    assert state_of(job) is S.COMPLETED


def test_what_a_crash_cut_off_is_found(database: Database) -> None:
    queue = database.site()
    database.device("d2")
    quiet = database.started(database.job(queue))
    sending = database.started(database.job(queue, documents=(document(1), document(2))), device("d2"))
    ended = database.started(database.job(queue))
    database.sending(sending.attempt)
    database.write(delivery.device_job_batch, [(sending.attempt, "urn:17")])
    database.finish(ended)
    first, second = interrupted()
    assert (first.started.attempt, first.device, first.sending) == (quiet.attempt, device().id, False)
    assert (second.started.job.id, second.device, second.sending) == (sending.job.id, device("d2").id, True)
    assert (second.device_job, len(second.started.documents)) == ("urn:17", 2)
    assert first.rank == first.started.job.id << 16
    assert first.started.job.state is S.PROCESSING


def test_a_cancel_during_the_attempt_is_kept_over_a_crash(database: Database) -> None:
    job = database.job(database.site())
    database.started(job)
    database.write(jobs.cancel, job, ALICE)
    (cut,) = interrupted()
    assert cut.started.job.stop_requested == Reason.CANCELED_BY_USER
    ticket = ticket_of(cut.started, device())
    assert database.finish(ticket, Outcome.TEMPORARY) is S.CANCELED


def test_many_are_purged_with_their_attempts(database: Database) -> None:
    queue = database.site()
    for _ in range(3):
        database.printed(database.job(queue))
    assert database.write(job_sets.purge_ended, queue=None, limit=2) == 2
    assert Attempt.objects.count() == 1
