"""Acceptance: a job and its documents get their rows. The documents are already safe in the spool (law 1)."""

import itertools
from collections.abc import Sequence

from plantin.core.errors import Refusal
from plantin.core.ids import JobId
from plantin.core.limits import DOCUMENTS_PER_JOB_MAX, JOB_ATTRIBUTES_OCTETS_MAX
from plantin.core.model import Gate, NewDocument, NewJob
from plantin.core.states import INITIAL, JobEvent, JobState, Reason
from plantin.store import sql
from plantin.store.commands.events import EventRow, record
from plantin.store.queries import gate as accounts

JOB_COLUMNS = (
    "id",
    "uuid",
    "queue_id",
    "device_id",
    "assigned_id",
    "state",
    "reasons",
    "message",
    "name",
    "owner",
    "owner_proof",
    "host",
    "address",
    "priority",
    "rank",
    "attributes",
    "octets",
    "documents",
    "created_at",
    "processing_at",
    "completed_at",
    "hold_reason",
    "hold_until",
    "hold_keyword",
    "expires_at",
    "incoming_until",
    "due_at",
    "attempts",
    "retry_at",
    "stop_requested",
    "impressions",
    "sheets",
    "copies",
    "language",
    "charset",
    "frontend",
    "password",
    "documents_retired_at",
    "gate",
    "books_closed",
)
DOCUMENT_COLUMNS = (
    "job_id",
    "number",
    "format",
    "declared_format",
    "name",
    "octets",
    "sha256",
    "spool_name",
    "spool_offset",
    "spool_size",
    "uri",
    "language",
    "attributes",
    "created_at",
)


def first_of(*moments: int) -> int:
    """The earliest of some moments, 0 standing for never."""
    return min((moment for moment in moments if moment), default=0)


def document_row(job: int, document: NewDocument, at: int) -> tuple[object, ...]:
    return (
        job,
        document.number,
        document.format,
        document.declared_format,
        document.name,
        document.octets,
        document.sha256,
        document.spool.name,
        document.spool.offset,
        document.spool.size,
        document.uri,
        document.language,
        document.attributes,
        at,
    )


def _job_row(job_id: int, job: NewJob, state: JobState, reason: str, gate: Gate) -> tuple[object, ...]:
    hold = job.hold
    until = hold.until if hold else 0
    return (
        job_id,
        job.uuid,
        job.queue,
        job.device,
        None,
        int(state),
        reason,
        "",
        job.name,
        job.owner,
        job.owner_proof,
        job.host,
        job.address,
        job.priority,
        job_id << 16,
        job.attributes,
        sum(document.octets for document in job.documents),
        len(job.documents),
        job.created_at,
        0,
        0,
        hold.reason if hold else "",
        until,
        hold.keyword if hold else "",
        job.expires_at,
        job.incoming_until if job.incoming else 0,
        first_of(job.incoming_until) if job.incoming else first_of(until, job.expires_at if hold else 0),
        0,
        0,
        "",
        -1,
        -1,
        job.copies,
        job.language,
        job.charset,
        job.frontend,
        job.password,
        0,
        int(gate),
        False,
    )


def attributes_too_large(attributes: bytes) -> Refusal | None:
    """Why a job cannot have these attributes; None if it can."""
    if len(attributes) <= JOB_ATTRIBUTES_OCTETS_MAX:
        return None
    return Refusal(
        "request-too-large",
        f"the job's attributes have {len(attributes)} octets; {JOB_ATTRIBUTES_OCTETS_MAX} is the most",
        status="client-error-request-entity-too-large",
    )


def _too_large(job: NewJob) -> Refusal | None:
    if refusal := attributes_too_large(job.attributes):
        return refusal
    if len(job.documents) > DOCUMENTS_PER_JOB_MAX:
        return Refusal(
            "too-many-documents",
            f"the job has {len(job.documents)} documents; {DOCUMENTS_PER_JOB_MAX} is the most",
            status="server-error-too-many-documents",
        )
    return None


def accept_batch(jobs: Sequence[NewJob]) -> Sequence[JobId | Exception]:
    """Gives each job its id, its rows and the first event of its trail. Returns the ids in order, and a
    Refusal in the place of a job that is too large."""
    answers = [_too_large(job) for job in jobs]
    good = [job for job, refusal in zip(jobs, answers, strict=True) if refusal is None]
    if not good:
        return [answer for answer in answers if answer is not None]
    first = sql.allocate("store_job", len(good))
    rows = []
    documents = []
    events = []
    gates = accounts.gates(good)
    for (job_id, job), gate in zip(enumerate(good, first), gates, strict=True):
        if job.incoming:
            event, reason = JobEvent.CREATED, Reason.INCOMING
        elif job.hold:
            event, reason = JobEvent.HELD, job.hold.reason
        else:
            event, reason = JobEvent.QUEUED, Reason.QUEUED
        state = INITIAL[event]
        rows.append(_job_row(job_id, job, state, reason, gate))
        documents += [document_row(job_id, document, job.created_at) for document in job.documents]
        events.append(
            EventRow(
                job.created_at,
                event,
                job_id,
                job.queue,
                job.device,
                state,
                reason,
                job.owner,
                f"received from {job.address} over {job.frontend}; owner {job.owner} by {job.owner_proof}",
            )
        )
    sql.insert("store_job", JOB_COLUMNS, rows)
    sql.insert("store_document", DOCUMENT_COLUMNS, documents)
    record(events)
    ids = itertools.count(first)
    return [JobId(next(ids)) if refusal is None else refusal for refusal in answers]
