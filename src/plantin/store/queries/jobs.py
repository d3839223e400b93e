"""Jobs, documents and trails, read as records."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from plantin.core.errors import NotFound
from plantin.core.ids import QueueId
from plantin.core.model import DocumentRecord, Gate, JobRecord, SpoolRef
from plantin.core.states import JobState
from plantin.store import sql
from plantin.store.job_attributes import document_canceled_at

JOB = (
    "id,uuid,queue_id,device_id,assigned_id,state,reasons,message,name,owner,owner_proof,host,address,priority,attributes,"
    "octets,documents,created_at,processing_at,completed_at,hold_reason,hold_until,hold_keyword,expires_at,"
    "attempts,retry_at,stop_requested,impressions,sheets,copies,language,charset,frontend,password,"
    "documents_retired_at,incoming_until,gate"
)
DOCUMENT = (
    "id,job_id,number,format,declared_format,name,octets,sha256,spool_name,spool_offset,spool_size,uri,"
    "language,attributes,created_at"
)


def job_of(row: tuple[Any, ...]) -> JobRecord:
    """The record of a row of :data:`JOB`."""
    values = list(row)
    values[2] = QueueId(row[2])
    values[5] = JobState(row[5])
    values[6] = tuple(row[6].split()) or ("none",)
    values[14] = bytes(row[14])
    values[36] = Gate(row[36])
    return JobRecord(*values)


def document_of(row: tuple[Any, ...]) -> DocumentRecord:
    """The record of a row of :data:`DOCUMENT`."""
    values = [*row[:7], bytes(row[7]), SpoolRef(row[8], row[9], row[10]) if row[8] else None, *row[11:]]
    values[11] = bytes(values[11])
    values.append(document_canceled_at(values[11]))
    return DocumentRecord(*values)


def jobs_by_id(ids: Sequence[int], *, lock: bool = False) -> dict[int, JobRecord]:
    """The jobs that exist among ``ids``.

    Args:
        lock: keep them as they are until the transaction ends. Commands do so before they check a state:
            two processes that both saw PENDING would else cancel and print the same job (PostgreSQL; with
            SQLite the baton orders the writers). Rows are locked in the order of their ids: no deadlock.
    """
    if not ids:
        return {}
    suffix = " ORDER BY id FOR UPDATE" if lock and not sql.is_sqlite() else ""
    found = sql.select(f"SELECT {JOB} FROM store_job WHERE id IN ({sql.marks(ids)}){suffix}", ids, job_of)
    return {job.id: job for job in found}


class Standing(NamedTuple):
    """What an end of an attempt needs to know of its job."""

    state: JobState
    queue: QueueId
    stop_requested: str
    reasons: str
    gate: Gate


def standings(ids: Sequence[int]) -> dict[int, Standing]:
    """How the jobs stand, kept so until the transaction ends (see :func:`jobs_by_id`)."""
    if not ids:
        return {}
    suffix = "" if sql.is_sqlite() else " ORDER BY id FOR UPDATE"
    return dict(
        sql.select(
            "SELECT id, state, queue_id, stop_requested, reasons, gate FROM store_job "
            f"WHERE id IN ({sql.marks(ids)}){suffix}",
            ids,
            lambda row: (
                int(row[0]),
                Standing(JobState(row[1]), QueueId(row[2]), row[3], row[4], Gate(row[5])),
            ),
        )
    )


def job(job_id: int, *, lock: bool = False) -> JobRecord:
    """One job; ``lock`` as for :func:`jobs_by_id`.

    Raises:
        NotFound: there is none with this id (never was, or its history was purged).
    """
    found = jobs_by_id([job_id], lock=lock)
    if job_id not in found:
        raise NotFound(f"there is no job {job_id}")
    return found[job_id]


def is_on_device(job_id: int) -> bool:
    """Whether an attempt of the job is running (or was cut off and is not settled yet)."""
    return bool(
        sql.select(
            "SELECT 1 FROM store_attempt WHERE job_id = %s AND ended_at = 0 LIMIT 1",
            [job_id],
            lambda row: row,
        )
    )


def documents(job_ids: Sequence[int], *, canceled: bool = False) -> dict[int, list[DocumentRecord]]:
    """The documents of each job that are printed, in their order.

    Args:
        canceled: those as well that were canceled and only are to be seen (Cancel-Document).
    """
    result: dict[int, list[DocumentRecord]] = {job_id: [] for job_id in job_ids}
    if job_ids:
        rows = sql.select(
            f"SELECT {DOCUMENT} FROM store_document WHERE job_id IN ({sql.marks(job_ids)}) "
            "ORDER BY job_id, number",
            job_ids,
            document_of,
        )
        for row in rows:
            if canceled or not row.canceled_at:
                result[row.job].append(row)
    return result


@dataclass(frozen=True, slots=True)
class TrailRow:
    """One event of a job, queue or device."""

    id: int
    at: int
    kind: str
    job: int | None
    queue: int | None
    device: int | None
    state: int
    reasons: tuple[str, ...]
    actor: str
    text: str


_TRAIL = "id,at,kind,job_id,queue_id,device_id,state,reasons,actor,text"


def trail_of(row: tuple[Any, ...]) -> TrailRow:
    values = [*row[:7], tuple(row[7].split()), *row[8:]]
    return TrailRow(*values)


def trail(job_id: int) -> list[TrailRow]:
    """Everything that happened to a job, oldest first."""
    return sql.select(f"SELECT {_TRAIL} FROM store_event WHERE job_id = %s ORDER BY id", [job_id], trail_of)


def events_after(event_id: int, limit: int) -> list[TrailRow]:
    """The change feed: events after ``event_id``, oldest first."""
    return sql.select(
        f"SELECT {_TRAIL} FROM store_event WHERE id > %s ORDER BY id LIMIT %s", [event_id, limit], trail_of
    )


def last_event() -> int:
    """The id of the newest event; 0 when there is none."""
    return sql.select("SELECT max(id) FROM store_event", [], lambda row: row[0] or 0)[0]


WHICH = {
    "not-completed": "state < 7",
    "completed": "state >= 7",
    "all": "state > 0",
    "canceled": "state >= 7 AND state = 7",
    "aborted": "state >= 7 AND state = 8",
    "pending": "state < 7 AND state = 3",
    "pending-held": "state < 7 AND state IN (2, 4)",
    "processing": "state < 7 AND state = 5",
    "processing-stopped": "state < 7 AND state = 6",
    "successful": "state >= 7 AND state = 9",
}
"""``which-jobs`` -> condition, in the words of the partial indexes so that the planner uses them."""


@dataclass(frozen=True, slots=True)
class JobQuestion:
    """What Get-Jobs asks for."""

    which: str = "not-completed"
    queue: int | None = None
    queues: tuple[int, ...] | None = None
    owner: str | None = None
    ids: tuple[int, ...] = ()
    first_index: int = 1
    limit: int = 500
    before_id: int = 0


def find_jobs(question: JobQuestion) -> list[JobRecord]:
    """Jobs in IPP's order: waiting ones as they will print, finished ones newest first (RFC 8011 4.2.6)."""
    where = [WHICH[question.which]]
    parameters: list[Any] = []
    if question.queue is not None:
        where.append("queue_id = %s")
        parameters.append(question.queue)
    if question.queues is not None:
        where.append(f"queue_id IN ({sql.marks(question.queues)})" if question.queues else "queue_id = -1")
        parameters += question.queues
    if question.owner is not None:
        where.append("owner = %s")
        parameters.append(question.owner)
    if question.ids:
        where.append(f"id IN ({sql.marks(question.ids)})")
        parameters += question.ids
    if where[0].startswith("state >= 7"):
        order = "completed_at DESC, id DESC"
    elif question.which == "all":
        order = "id DESC"
    else:
        order = "state DESC, priority DESC, rank" if question.queue is None else "priority DESC, rank"
    if question.owner is not None and not where[0].startswith("state >= 7"):
        order = "id"
    parameters += [question.limit, max(0, question.first_index - 1)]
    return sql.select(
        f"SELECT {JOB} FROM store_job WHERE {' AND '.join(where)} ORDER BY {order} LIMIT %s OFFSET %s",
        parameters,
        job_of,
    )


def open_counts() -> dict[int, int]:
    """Unfinished jobs of each queue that has any (``queued-job-count``)."""
    return dict(
        sql.select(
            "SELECT queue_id, count(*) FROM store_job WHERE state < 7 GROUP BY queue_id",
            [],
            lambda row: (int(row[0]), int(row[1])),
        )
    )
