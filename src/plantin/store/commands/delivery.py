"""Attempts on devices: begin, first byte, end. The queue manager's hot path, in batches (law 3).

``start`` and ``finish`` of many devices share a transaction; each job is checked against the state table, and
a job that is no longer to be had (canceled, held, moved meanwhile) is answered with None, not with an error.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from plantin.core.ids import AttemptId, DeviceId, JobId, QueueId
from plantin.core.model import Delivered, Gate, JobRecord, Outcome, Ticket
from plantin.core.outcome import end_of
from plantin.core.ports import Started
from plantin.core.states import JobEvent, JobState, Reason, after
from plantin.store import sql
from plantin.store.commands.events import EventRow, record
from plantin.store.job_attributes import cancel_after_s
from plantin.store.queries.jobs import Standing, documents, jobs_by_id, standings


@dataclass(frozen=True, slots=True)
class Start:
    """A wish to begin an attempt."""

    job: JobId
    queue: QueueId
    """Where whoever asks believes it to be; it is not to be had there if it was moved meanwhile."""
    device: DeviceId
    device_name: str
    at: int
    sending: bool = False
    """The device has been reached: the first byte leaves as soon as this is durable."""


def start_batch(wishes: Sequence[Start]) -> Sequence[Started | Exception | None]:
    """PENDING -> PROCESSING for each job that is still to be had; two who ask for one do not both get it."""
    jobs = jobs_by_id([wish.job for wish in wishes], lock=True)
    good: dict[int, Start] = {}
    winners = []
    for wish in wishes:
        winners.append(wish.job not in good and _ready(jobs.get(wish.job), wish))
        if winners[-1]:
            good[wish.job] = wish
    if not good:
        return [None] * len(wishes)
    papers = documents(list(good))
    first = sql.allocate("store_attempt", len(good))
    started: dict[int, Started] = {}
    attempts, moves, limits, events = [], [], [], []
    for attempt, wish in enumerate(good.values(), first):
        job = jobs[wish.job]
        state = after(job.state, JobEvent.STARTED)
        number = job.attempts + 1
        started[wish.job] = Started(job, tuple(papers[wish.job]), AttemptId(attempt))
        attempts.append((attempt, wish.job, wish.device, number, wish.at, wish.at if wish.sending else 0))
        moves.append((wish.job, wish.device, wish.at))
        if limit_s := cancel_after_s(job.attributes):
            limits.append((wish.job, wish.at + limit_s * 1000))
        text = f"attempt {number} on {wish.device_name}"
        events.append(
            EventRow(
                wish.at, JobEvent.STARTED, wish.job, job.queue, wish.device, state, Reason.PRINTING, "", text
            )
        )
    sql.insert(
        "store_attempt",
        ("id", "job_id", "device_id", "number", "started_at", "sending_at", *_BLANK),
        attempts_of(attempts),
    )
    sql.update(
        "store_job",
        "id",
        {"assigned_id": "bigint", "processing_at": "bigint"},
        moves,
        extra=f"state = {int(JobState.PROCESSING)}, reasons = '{Reason.PRINTING}', message = '', "
        "attempts = attempts + 1, retry_at = 0, due_at = 0",
    )
    if limits:
        sql.update("store_job", "id", {"due_at": "bigint"}, limits)
    record(events)
    return [started[wish.job] if won else None for wish, won in zip(wishes, winners, strict=True)]


_BLANK = (
    "ended_at",
    "outcome",
    "reason",
    "text",
    "octets_sent",
    "impressions",
    "sheets",
    "confirmed",
    "device_job",
)


def attempts_of(rows: Sequence[tuple[int, ...]]) -> list[tuple[object, ...]]:
    """Attempt rows with nothing known yet about their end."""
    return [(*row, 0, "", "", "", 0, -1, -1, False, "") for row in rows]


def _ready(job: JobRecord | None, wish: Start) -> bool:
    return (
        job is not None
        and job.state is JobState.PENDING
        and job.gate is not Gate.SHUT
        and job.queue == wish.queue
        and (job.device is None or job.device == wish.device)
    )


def sending_batch(marks: Sequence[tuple[AttemptId, int]]) -> Sequence[Exception | None]:
    """The first byte of each attempt is about to leave. Payload: (attempt, time)."""
    sql.update("store_attempt", "id", {"sending_at": "bigint"}, marks)
    return [None] * len(marks)


def device_job_batch(marks: Sequence[tuple[AttemptId, str]]) -> Sequence[Exception | None]:
    """The device's own identifier of the job. Payload: (attempt, identifier)."""
    sql.update("store_attempt", "id", {"device_job": "text"}, marks)
    return [None] * len(marks)


@dataclass(frozen=True, slots=True)
class Finish:
    """The end of an attempt."""

    ticket: Ticket
    delivered: Delivered
    at: int
    retry_at: int = 0


def finish_batch(ends: Sequence[Finish]) -> Sequence[JobState | Exception]:
    """Writes how each attempt ended and where its job goes from there; returns the new states."""
    jobs = standings([end.ticket.job.id for end in ends])
    attempt_rows, job_rows, events = [], [], []
    states: list[JobState | Exception] = []
    for end in ends:
        delivered, ticket = end.delivered, end.ticket
        job_id = ticket.job.id
        job = jobs.get(job_id)
        if job is None:  # removed with its queue and all that is known of it
            states.append(JobState.CANCELED)
            continue
        what = end_of(delivered, job.stop_requested, ticket.unknown_policy)
        attempt_rows.append(
            (
                ticket.attempt,
                end.at,
                delivered.outcome.value,
                delivered.reason[:64],
                delivered.text,
                delivered.octets_sent,
                delivered.impressions,
                delivered.sheets,
                delivered.confirmed,
            )
        )
        if job.state not in (JobState.PROCESSING, JobState.STOPPED):
            # It was ended or resumed by hand meanwhile; the attempt's row still tells the truth.
            states.append(job.state)
            continue
        if delivered.outcome is Outcome.UNKNOWN:
            events.append(_event(end, job, JobEvent.OUTCOME_UNKNOWN, job.state, job.reasons))
        state = after(job.state, what.event)
        held = what.reasons if state is JobState.HELD else ""
        job_rows.append(
            (
                job_id,
                int(state),
                what.reasons,
                delivered.text,
                end.at if state.terminal else 0,
                0 if state.terminal else end.retry_at,
                held,
                delivered.impressions,
                delivered.sheets,
                _gate_after(job.gate, delivered.outcome),
            )
        )
        events.append(_event(end, job, what.event, state, what.reasons))
        states.append(state)
    sql.update("store_attempt", "id", _ATTEMPT_END, attempt_rows)
    sql.update("store_job", "id", _JOB_END, job_rows, extra="stop_requested = '', due_at = 0")
    record(events)
    return states


_ATTEMPT_END = {
    "ended_at": "bigint",
    "outcome": "text",
    "reason": "text",
    "text": "text",
    "octets_sent": "bigint",
    "impressions": "bigint",
    "sheets": "bigint",
    "confirmed": "boolean",
}
_JOB_END = {
    "state": "smallint",
    "reasons": "text",
    "message": "text",
    "completed_at": "bigint",
    "retry_at": "bigint",
    "hold_reason": "text",
    "impressions": "bigint",
    "sheets": "bigint",
    "gate": "smallint",
}


def _gate_after(gate: Gate, outcome: Outcome) -> int:
    """What was reserved was for one print; whatever may have used it up, the next has to ask again."""
    return int(Gate.SHUT if gate is Gate.PASSED and outcome is not Outcome.TEMPORARY else gate)


def _event(end: Finish, job: Standing, kind: JobEvent, state: JobState, reasons: str) -> EventRow:
    return EventRow(
        end.at,
        kind,
        end.ticket.job.id,
        job.queue,
        end.ticket.device.id,
        state,
        reasons,
        "",
        end.delivered.text,
    )


def stopped_batch(rows: Sequence[tuple[JobId, int, bool, str, str]]) -> Sequence[Exception | None]:
    """The device stopped amid a job, or went on. Payload: (job, time, stopped?, reasons, text)."""
    jobs = jobs_by_id([row[0] for row in rows], lock=True)
    for job_id, at, stopped, reasons, text in rows:
        job = jobs.get(job_id)
        wanted = JobState.PROCESSING if stopped else JobState.STOPPED
        if job is None or job.state is not wanted:
            continue
        event = JobEvent.DEVICE_STOPPED if stopped else JobEvent.DEVICE_RESUMED
        state = after(job.state, event)
        words = reasons if stopped else Reason.PRINTING
        sql.update(
            "store_job",
            "id",
            {"state": "smallint", "reasons": "text", "message": "text"},
            [(job_id, int(state), words, text)],
        )
        record([EventRow(at, event, job_id, job.queue, job.device, state, words, "", text)])
    return [None] * len(rows)
