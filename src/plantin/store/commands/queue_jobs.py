"""What befalls the jobs of a queue when the queue changes: released, moved, in bounded transactions."""

from plantin.core.errors import Refusal
from plantin.core.ids import JobId, QueueId
from plantin.core.model import Hold
from plantin.core.states import JobState, Reason
from plantin.store import sql
from plantin.store.commands import jobs
from plantin.store.commands.jobs import Actor
from plantin.store.queries import jobs as queries


def release_new(queue: QueueId, actor: Actor, *, after: int, limit: int) -> int | None:
    """Releases jobs that Hold-New-Jobs held (Release-Held-New-Jobs), the next ones by id.

    A job whose outcome is unknown is held for the same reason, but it has been tried and stays held.

    Returns:
        The last id looked at; None when there are no more.
    """
    found = sql.select(
        "SELECT id FROM store_job WHERE state = 4 AND state < 7 AND queue_id = %s AND hold_reason = %s "
        "AND attempts = 0 AND id > %s ORDER BY id LIMIT %s",
        [queue, Reason.NEW_JOBS_HELD, after, limit],
        lambda row: int(row[0]),
    )
    for job_id in found:
        jobs.release(JobId(job_id), actor, text="the operator lets held new jobs go")
    return found[-1] if len(found) == limit else None


def move(job_id: JobId, queue: QueueId, hold: Hold | None, expires_at: int, actor: Actor, text: str) -> None:
    """Moves a job to another queue; one that could print at once is held if the new queue holds its jobs."""
    jobs.move(job_id, queue, actor, text=text)
    job = queries.job(job_id, lock=True)
    if hold is not None and job.state is JobState.PENDING:
        jobs.hold(job_id, hold, actor, text="the queue holds its jobs")
        if expires_at:
            jobs.change(
                job_id, actor, "its wait for release begins", expires_at=expires_at, due_at=expires_at
            )


def move_open(
    source: QueueId,
    queue: QueueId,
    hold: Hold | None,
    expires_at: int,
    actor: Actor,
    *,
    text: str,
    after: int,
    limit: int,
) -> int | None:
    """Moves the jobs of a queue that are not printing, the next ones by id (lpmove q1 q2)."""
    found = sql.select(
        "SELECT id FROM store_job WHERE state < 5 AND state < 7 AND queue_id = %s AND id > %s "
        "ORDER BY id LIMIT %s",
        [source, after, limit],
        lambda row: int(row[0]),
    )
    for job_id in found:
        try:
            move(JobId(job_id), queue, hold, expires_at, actor, text)
        except Refusal:
            continue  # it began to print meanwhile
    return found[-1] if len(found) == limit else None
