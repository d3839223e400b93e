"""What the queue manager asks: the feed, the lines of pending jobs, attempts that a crash cut off."""

from typing import Any

from plantin.core.ids import AttemptId, DeviceId, JobId, QueueId
from plantin.core.model import Gate, ReadyJob
from plantin.core.ports import Feed, Interrupted, Lane, Started
from plantin.core.states import JobEvent, JobState
from plantin.store import sql
from plantin.store.queries import jobs as queries

_OWN = (
    "started",
    "sending",
    "device-stopped",
    "device-resumed",
    "completed",
    "created",
    "document-added",
    "note",
    "retry",
)
"""Events that change nothing for the manager, or that it wrote itself (it keeps a job that it retries). If it
heard of those later it could take for gone what it has taken back meanwhile."""


def feed(after: int, limit: int) -> Feed:
    """The events after ``after``, folded into what they mean for the queue manager."""
    rows = sql.select(
        "SELECT e.id, e.kind, e.job_id, e.queue_id, e.device_id, "
        "j.state, j.queue_id, j.device_id, j.priority, j.rank, j.gate, j.stop_requested "
        "FROM store_event e LEFT JOIN store_job j ON j.id = e.job_id "
        "WHERE e.id > %s ORDER BY e.id LIMIT %s",
        [after, limit],
        lambda row: row,
    )
    ready: dict[int, ReadyJob] = {}
    gone: dict[int, None] = {}
    stops: dict[int, str] = {}
    queues: set[QueueId] = set()
    devices: set[DeviceId] = set()
    for _, kind, job, queue, device, state, *columns, gate, stop in rows:
        if kind in _OWN:
            continue
        if kind.startswith("queue-"):
            queues.add(QueueId(queue))
        elif kind.startswith("device-") and job is None:
            devices.add(DeviceId(device))
        elif job is not None and state == JobState.PENDING and gate != Gate.SHUT:
            ready[job] = _ready((job, *columns))
            gone.pop(job, None)
        elif job is not None:
            gone[job] = None
            ready.pop(job, None)
            if stop and kind in (JobEvent.CANCEL_REQUESTED, JobEvent.SUSPENDED):
                stops[job] = stop
    return Feed(
        rows[-1][0] if rows else after,
        list(ready.values()),
        [JobId(job) for job in gone],
        [(JobId(job), reason) for job, reason in stops.items()],
        frozenset(queues),
        frozenset(devices),
        len(rows) == limit,
    )


def _ready(row: tuple[Any, ...]) -> ReadyJob:
    device = None if row[2] is None else DeviceId(row[2])
    return ReadyJob(JobId(row[0]), QueueId(row[1]), device, row[3], row[4])


def lanes() -> list[Lane]:
    """The lines in which jobs are pending."""
    return sql.select(
        "SELECT DISTINCT queue_id, device_id FROM store_job WHERE state = 3 AND gate <> 1",
        [],
        lambda row: Lane(QueueId(row[0]), None if row[1] is None else DeviceId(row[1])),
    )


def ready(lane: Lane, limit: int) -> list[ReadyJob]:
    """The first pending jobs of a line, best first."""
    where = "device_id IS NULL" if lane.device is None else "device_id = %s"
    parameters: list[int] = [lane.queue] if lane.device is None else [lane.queue, lane.device]
    return sql.select(
        "SELECT id, queue_id, device_id, priority, rank FROM store_job "
        f"WHERE state = 3 AND gate <> 1 AND queue_id = %s AND {where} ORDER BY priority DESC, rank LIMIT %s",
        [*parameters, limit],
        _ready,
    )


def interrupted(device: DeviceId | None = None) -> list[Interrupted]:
    """Attempts without an end (on one device), oldest first."""
    rows = sql.select(
        "SELECT a.id, a.job_id, a.device_id, a.sending_at, a.device_job, j.rank FROM store_attempt a "
        "JOIN store_job j ON j.id = a.job_id WHERE a.ended_at = 0 "
        f"{'' if device is None else 'AND a.device_id = %s '}ORDER BY a.id",
        [] if device is None else [device],
        lambda row: row,
    )
    jobs = queries.jobs_by_id([row[1] for row in rows])
    papers = queries.documents([row[1] for row in rows])
    return [
        Interrupted(
            Started(jobs[job], tuple(papers[job]), AttemptId(attempt)),
            DeviceId(on_device),
            sending > 0,
            device_job,
            rank,
        )
        for attempt, job, on_device, sending, device_job, rank in rows
        if job in jobs
    ]
