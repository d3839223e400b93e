"""What people and time do to a job: hold, release, cancel, move, reprint, change, expire.

Every function checks the state table and writes the event in the same transaction. A refusal says what stands
in the way; nothing is ever ignored.
"""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from plantin.core.errors import Refusal
from plantin.core.ids import DeviceId, JobId, QueueId
from plantin.core.model import Gate, Hold, JobRecord, NewDocument
from plantin.core.states import IllegalTransition, JobEvent, JobState, Reason, after
from plantin.store import sql
from plantin.store.commands.accept import DOCUMENT_COLUMNS, attributes_too_large, document_row, first_of
from plantin.store.commands.events import EventRow, record
from plantin.store.job_attributes import cancel_after_s
from plantin.store.queries import jobs as queries
from plantin.store.queries.gate import gates

_TYPES = {
    "queue_id": "bigint",
    "device_id": "bigint",
    "assigned_id": "bigint",
    "state": "smallint",
    "priority": "smallint",
    "rank": "bigint",
    "octets": "bigint",
    "documents": "integer",
    "processing_at": "bigint",
    "completed_at": "bigint",
    "hold_until": "bigint",
    "expires_at": "bigint",
    "incoming_until": "bigint",
    "due_at": "bigint",
    "attempts": "integer",
    "retry_at": "bigint",
    "impressions": "bigint",
    "sheets": "bigint",
    "copies": "integer",
    "documents_retired_at": "bigint",
    "attributes": "bytea",
    "gate": "smallint",
    "books_closed": "boolean",
}


_ASKED_ABOUT = frozenset({"attributes", "copies", "documents", "name", "octets"})
"""Columns that a price or a rule may depend on."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does it, as it stands in the trail: a name and how it is known."""

    name: str
    at: int

    def __str__(self) -> str:
        return self.name


def transition(
    job: JobRecord, event: JobEvent, actor: Actor, text: str = "", *, reasons: str = "", **columns: Any
) -> JobState:
    """Moves one job by one event: the row and its line in the trail.

    Args:
        reasons: the new ``job-state-reasons``; empty keeps them.
        columns: other columns of the job to set.

    Raises:
        Refusal: the state table has no such step.
    """
    try:
        state = after(job.state, event)
    except IllegalTransition as error:
        raise Refusal("not-possible", f"job {job.id}: {error}") from None
    words = reasons or " ".join(job.reasons)
    values = {"state": int(state), "reasons": words, "message": text if reasons else job.message} | columns
    sql.update(
        "store_job", "id", {name: _TYPES.get(name, "text") for name in values}, [(job.id, *values.values())]
    )
    queue = columns.get("queue_id", job.queue)
    device = columns.get("device_id", job.device)
    record([EventRow(actor.at, event, job.id, queue, device, state, words, str(actor), text)])
    return state


def add_document(job_id: JobId, document: NewDocument, actor: Actor) -> JobRecord:
    """Adds a document that is safe in the spool to a job that still takes them (Send-Document)."""
    job = queries.job(job_id, lock=True)
    if job.state is not JobState.INCOMING:
        raise Refusal("not-possible", f"job {job_id} takes no more documents; it is {job.state.name.lower()}")
    sql.insert("store_document", DOCUMENT_COLUMNS, [document_row(job_id, document, actor.at)])
    until = _wait_anew(job, actor.at)
    transition(
        job,
        JobEvent.DOCUMENT_ADDED,
        actor,
        f"document {document.number}, {document.octets} octets, {document.format}",
        octets=job.octets + document.octets,
        documents=job.documents + 1,
        incoming_until=until,
        due_at=until,
    )
    return queries.job(job_id)


def _wait_anew(job: JobRecord, now: int) -> int:
    """multiple-operation-time-out runs from the last operation: when it ends if that was now."""
    if not job.incoming_until:
        return 0
    last = sql.select(
        "SELECT max(at) FROM store_event WHERE job_id = %s AND kind IN (%s, %s)",
        [job.id, JobEvent.CREATED.value, JobEvent.DOCUMENT_ADDED.value],
        lambda row: int(row[0] or job.created_at),
    )[0]
    return now + max(0, job.incoming_until - last)


def close(job_id: JobId, hold: Hold | None, expires_at: int, actor: Actor) -> JobState:
    """All documents of a created job are here: it queues, or waits for what holds it."""
    job = queries.job(job_id, lock=True)
    if job.state is not JobState.INCOMING:
        raise Refusal("not-possible", f"job {job_id} is closed already; it is {job.state.name.lower()}")
    if hold is None:
        return transition(
            job,
            JobEvent.QUEUED,
            actor,
            reasons=Reason.QUEUED,
            incoming_until=0,
            due_at=0,
            expires_at=0,
            gate=_gate(job),
        )
    return _hold(job, hold, actor, expires_at=expires_at, incoming_until=0)


def _hold(job: JobRecord, hold: Hold, actor: Actor, text: str = "", **columns: Any) -> JobState:
    expires_at = columns.setdefault("expires_at", job.expires_at)
    return transition(
        job,
        JobEvent.HELD,
        actor,
        text,
        reasons=hold.reason,
        hold_reason=hold.reason,
        hold_until=hold.until,
        hold_keyword=hold.keyword,
        due_at=first_of(hold.until, expires_at),
        **columns,
    )


def hold(job_id: JobId, why: Hold, actor: Actor, text: str = "") -> JobState:
    """Holds a job that has not begun to print (Hold-Job). An incoming job is held once it is closed."""
    job = queries.job(job_id, lock=True)
    if job.state is JobState.INCOMING:
        return transition(
            job,
            JobEvent.CHANGED,
            actor,
            text or "to be held when all its documents are here",
            hold_reason=why.reason,
            hold_until=why.until,
            hold_keyword=why.keyword,
        )
    if job.state not in (JobState.PENDING, JobState.HELD):
        raise Refusal("not-possible", f"job {job_id} is {job.state.name.lower()} and can't be held")
    return _hold(job, why, actor, text)


def release(job_id: JobId, actor: Actor, *, device: DeviceId | None = None, text: str = "") -> JobState:
    """Lets a held job print, on ``device`` if one is named (Release-Job)."""
    job = queries.job(job_id, lock=True)
    if job.state is JobState.INCOMING:
        return transition(
            job, JobEvent.CHANGED, actor, text or "not held", hold_reason="", hold_until=0, hold_keyword=""
        )
    if job.state is not JobState.HELD:
        raise Refusal("not-possible", f"job {job_id} is {job.state.name.lower()}, not held")
    return transition(
        job,
        JobEvent.RELEASED,
        actor,
        text,
        reasons=Reason.QUEUED,
        device_id=device if device is not None else job.device,
        hold_reason="",
        hold_until=0,
        hold_keyword="no-hold",
        due_at=0,
        expires_at=0,
        password="",
        gate=_gate(job, changed=device is not None and device != job.device),
    )


def _gate(job: JobRecord, *, changed: bool = False) -> int:
    """The gate of a job that goes on: rules and accounts may have changed since it came. One that has passed
    has to pass again when it is not any more the job that was asked about."""
    return int(Gate.PASSED if job.gate is Gate.PASSED and not changed else gates([job])[0])


def _ask_anew(job_id: JobId) -> None:
    """What a person has answered to accounting was about another print."""
    sql.execute("UPDATE store_job_cost SET held_for = '' WHERE job = %s", [job_id])


def cancel(job_id: JobId, actor: Actor, *, reason: str = Reason.CANCELED_BY_USER, text: str = "") -> JobState:
    """Cancels a job; one that is printing is asked to stop and ends when its device lets go (Cancel-Job)."""
    job = queries.job(job_id, lock=True)
    if job.state.terminal:
        raise Refusal("not-possible", f"job {job_id} has ended already; it is {job.state.name.lower()}")
    if job.state in (JobState.PROCESSING, JobState.STOPPED) and queries.is_on_device(job_id):
        if job.stop_requested not in ("", Reason.SUSPENDED):
            raise Refusal("not-possible", f"job {job_id} is being canceled already")
        reasons = " ".join([*(word for word in job.reasons if word != "none"), Reason.TO_STOP_POINT])
        return transition(
            job, JobEvent.CANCEL_REQUESTED, actor, text, reasons=reasons, stop_requested=reason, due_at=0
        )
    return transition(job, JobEvent.CANCELED, actor, text, reasons=reason, completed_at=actor.at, due_at=0)


def abort(job_id: JobId, actor: Actor, *, reasons: str, text: str) -> JobState:
    """Ends a job that the system cannot print."""
    job = queries.job(job_id, lock=True)
    return transition(job, JobEvent.ABORTED, actor, text, reasons=reasons, completed_at=actor.at, due_at=0)


def suspend(job_id: JobId, actor: Actor) -> JobState:
    """Asks a printing job to stop and wait (Suspend-Current-Job)."""
    job = queries.job(job_id, lock=True)
    if job.state is not JobState.PROCESSING:
        raise Refusal("not-possible", f"job {job_id} is {job.state.name.lower()}, not processing")
    return transition(
        job,
        JobEvent.SUSPENDED,
        actor,
        reasons=Reason.SUSPENDED,
        stop_requested=Reason.SUSPENDED,
    )


def resume(job_id: JobId, actor: Actor) -> JobState:
    """Lets a suspended job print again, from its beginning (Resume-Job)."""
    job = queries.job(job_id, lock=True)
    if job.state is not JobState.STOPPED or Reason.SUSPENDED not in job.reasons:
        raise Refusal("not-possible", f"job {job_id} is {job.state.name.lower()}, not suspended")
    if queries.is_on_device(job_id):  # a second attempt beside the first would print it twice
        raise Refusal("not-possible", f"job {job_id} is still being stopped at its device")
    return transition(job, JobEvent.RESUMED, actor, reasons=Reason.QUEUED, stop_requested="")


def move(
    job_id: JobId, queue: QueueId, actor: Actor, *, device: DeviceId | None = None, text: str = ""
) -> JobState:
    """Moves a job that is not printing to another queue (CUPS-Move-Job)."""
    job = queries.job(job_id, lock=True)
    if job.state in (JobState.PROCESSING, JobState.STOPPED) or job.state.terminal:
        raise Refusal("not-possible", f"job {job_id} is {job.state.name.lower()} and can't be moved")
    _ask_anew(job_id)
    return transition(
        job, JobEvent.MOVED, actor, text, queue_id=queue, device_id=device, gate=_gate(job, changed=True)
    )


def restart(job_id: JobId, why: Hold | None, expires_at: int, actor: Actor, text: str = "") -> JobState:
    """Prints an ended job again under its own id (Restart-Job); its documents must still be there."""
    job = queries.job(job_id, lock=True)
    if not job.state.terminal:
        raise Refusal("not-possible", f"job {job_id} has not ended; it is {job.state.name.lower()}")
    if job.documents_retired_at or not job.documents:
        raise Refusal("not-possible", f"the documents of job {job_id} are no longer kept")
    _ask_anew(job_id)
    common: dict[str, Any] = {
        "completed_at": 0,
        "processing_at": 0,
        "device_id": None,
        "assigned_id": None,
        "stop_requested": "",
        "retry_at": 0,
        "hold_reason": "",
        "hold_until": 0,
        "expires_at": 0,
        "impressions": -1,
        "sheets": -1,
        "gate": int(gates([job])[0]),
        "books_closed": False,
    }
    if why is None:
        return transition(job, JobEvent.RESTARTED, actor, text, reasons=Reason.QUEUED, **common)
    common |= {
        "hold_reason": why.reason,
        "hold_until": why.until,
        "hold_keyword": why.keyword,
        "expires_at": expires_at,
        "due_at": first_of(why.until, expires_at),
    }
    return transition(job, JobEvent.RESTARTED_HELD, actor, text, reasons=why.reason, **common)


def change(job_id: JobId, actor: Actor, text: str, **columns: Any) -> JobState:
    """Changes attributes of a job that has not begun (Set-Job-Attributes)."""
    job = queries.job(job_id, lock=True)
    if job.state not in (JobState.INCOMING, JobState.PENDING, JobState.HELD):
        raise Refusal("not-possible", f"job {job_id} is {job.state.name.lower()} and can't be changed")
    if refusal := attributes_too_large(columns.get("attributes", b"")):
        raise refusal
    if columns.keys() & _ASKED_ABOUT:
        wanted = replace(job, attributes=columns.get("attributes", job.attributes))
        columns["gate"] = _gate(wanted, changed=True)
    return transition(job, JobEvent.CHANGED, actor, text, **columns)


def reorder(job_id: JobId, after_job: JobId | None, actor: Actor) -> JobState:
    """Puts a waiting job first, or right behind another one (Promote-Job, Schedule-Job-After)."""
    job = queries.job(job_id, lock=True)
    if job.state is not JobState.PENDING:
        raise Refusal("not-possible", f"job {job_id} is {job.state.name.lower()}, not pending")
    if after_job is None:
        head = sql.select(
            "SELECT priority, rank FROM store_job WHERE state = 3 AND queue_id = %s "
            "ORDER BY priority DESC, rank LIMIT 1",
            [job.queue],
            lambda row: (int(row[0]), int(row[1])),
        )[0]
        return transition(job, JobEvent.CHANGED, actor, "promoted", priority=head[0], rank=head[1] - 1)
    other = queries.job(after_job)
    if other.queue != job.queue or other.state.terminal:
        raise Refusal("not-possible", f"job {after_job} does not wait in the same queue")
    if job_id == after_job:
        raise Refusal("not-possible", f"job {job_id} can't be scheduled after itself")
    rank = sql.select("SELECT rank FROM store_job WHERE id = %s", [after_job], lambda row: int(row[0]))[0]
    following = sql.select(
        "SELECT rank FROM store_job WHERE state = 3 AND queue_id = %s AND priority = %s AND rank > %s "
        "AND id <> %s ORDER BY rank LIMIT 1",
        [job.queue, other.priority, rank, job_id],
        lambda row: int(row[0]),
    )
    # Half way to the job that follows now, so that the next one that is scheduled here finds room as well.
    room = following[0] - rank if following else 1 << 16
    return transition(
        job,
        JobEvent.CHANGED,
        actor,
        f"scheduled after job {after_job}",
        priority=other.priority,
        rank=rank + max(1, room // 2),
    )


def due(now: int, limit: int, timed_out: Callable[[JobRecord], str]) -> int:
    """Lets time act: hold-until reached, wait for release over, Create-Job never finished, a job that prints
    for longer than its job-cancel-after.

    Args:
        timed_out: what to do with a created job whose documents never came: "abort-job", "hold-job" or
            "process-job" (``multiple-operation-time-out-action``).

    Returns:
        How many jobs it changed; call again while that equals ``limit``.
    """
    ids = sql.select(
        "SELECT id FROM store_job WHERE due_at > 0 AND due_at <= %s ORDER BY due_at LIMIT %s",
        [now, limit],
        lambda row: int(row[0]),
    )
    for job in queries.jobs_by_id(ids, lock=True).values():
        _due(job, now, timed_out)
    return len(ids)


def _due(job: JobRecord, now: int, timed_out: Callable[[JobRecord], str]) -> None:
    actor = Actor("the clock", now)
    if job.state is JobState.INCOMING:
        action = timed_out(job)
        printed = queries.documents([job.id])[job.id]
        if action == "process-job" and printed:
            held = Hold(job.hold_reason, job.hold_until, job.hold_keyword) if job.hold_reason else None
            close(job.id, held, job.expires_at, actor)
        elif action == "hold-job" and printed:
            close(job.id, Hold(Reason.HOLD_UNTIL, keyword="indefinite"), job.expires_at, actor)
        else:
            transition(
                job,
                JobEvent.TIMED_OUT,
                actor,
                "its documents did not come in time",
                reasons=f"{Reason.ABORTED_BY_SYSTEM} {Reason.DATA_INSUFFICIENT}",
                completed_at=now,
                due_at=0,
                incoming_until=0,
            )
    elif job.state is JobState.HELD and job.expires_at and job.expires_at <= now:
        transition(
            job,
            JobEvent.EXPIRED,
            actor,
            "nobody released it in time",
            reasons=Reason.CANCELED_AFTER_TIMEOUT,
            completed_at=now,
            due_at=0,
        )
    elif job.state is JobState.HELD and job.hold_until and job.hold_until <= now:
        release(job.id, actor, text="its hold-until time is reached")
    elif job.state in (JobState.PROCESSING, JobState.STOPPED) and not job.stop_requested:
        limit_s = cancel_after_s(job.attributes)
        text = f"it was not printed within the {limit_s} s of its job-cancel-after"
        cancel(job.id, actor, reason=Reason.CANCELED_AFTER_TIMEOUT, text=text)
    else:
        sql.update("store_job", "id", {"due_at": "bigint"}, [(job.id, 0)])


def hash_password(password: bytes, encryption: str = "none") -> str:
    """A salted hash of a job-password (PWG 5100.11 section 5.1), fit to be stored.

    Args:
        password: as the client sent it.
        encryption: job-password-encryption, what the client did to it; kept so that a PIN typed at a device
            can be put through the same.
    """
    salt = secrets.token_bytes(16)
    digest = hashlib.scrypt(password, salt=salt, n=2**12, r=8, p=1)
    return f"scrypt${salt.hex()}${digest.hex()}${encryption}"


def check_password(stored: str, password: bytes) -> bool:
    """Whether ``password`` is the one that was hashed, in constant time."""
    _, salt, digest, *_ = stored.split("$")
    tried = hashlib.scrypt(password, salt=bytes.fromhex(salt), n=2**12, r=8, p=1)
    return secrets.compare_digest(tried, bytes.fromhex(digest))
