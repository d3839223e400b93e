"""Many jobs at once: canceled, or removed with their history. Each call is one bounded transaction."""

from collections.abc import Sequence
from typing import Any

from plantin.core.errors import Refusal
from plantin.core.ids import JobId
from plantin.store import sql
from plantin.store.commands import jobs
from plantin.store.commands.jobs import Actor
from plantin.store.models import Job


def cancel_many(ids: Sequence[int], actor: Actor, *, reason: str, text: str) -> None:
    """Cancels all of these jobs, or none.

    Raises:
        Refusal: one of them cannot be canceled.
    """
    for job_id in ids:
        jobs.cancel(JobId(job_id), actor, reason=reason, text=text)


def cancel_open(
    actor: Actor,
    *,
    queue: int | None,
    owner: str | None,
    address: str | None,
    after: int,
    limit: int,
    reason: str,
    text: str,
) -> int | None:
    """Cancels the next unfinished jobs, by id.

    Args:
        queue, owner, address: whose; None: any.
        after: the last id of the call before.

    Returns:
        The last id looked at; None when there are no more.
    """
    where = ["state < 7", "id > %s"]
    parameters: list[Any] = [after]
    for column, value in (("queue_id", queue), ("owner", owner), ("address", address)):
        if value is not None:
            where.append(f"{column} = %s")
            parameters.append(value)
    found = sql.select(
        f"SELECT id, stop_requested FROM store_job WHERE {' AND '.join(where)} ORDER BY id LIMIT %s",
        [*parameters, limit],
        lambda row: (int(row[0]), row[1]),
    )
    for job_id, stopping in found:
        if not stopping:
            try:
                jobs.cancel(JobId(job_id), actor, reason=reason, text=text)
            except Refusal:
                continue  # it ended meanwhile
    return found[-1][0] if len(found) == limit else None


def purge_ended(*, queue: int | None, limit: int) -> int:
    """Removes ended jobs with their documents' rows and their trail; the spool's sweep takes the files.

    Returns:
        How many jobs were removed.
    """
    ended = Job.objects.filter(state__gte=7)
    if queue is not None:
        ended = ended.filter(queue_id=queue)
    ids = list(ended.order_by("pk").values_list("pk", flat=True)[:limit])
    Job.objects.filter(pk__in=ids).delete()
    return len(ids)


def purge_one(job_id: int) -> bool:
    """Removes one ended job with its documents' rows and its trail; whether it was there and had ended."""
    deleted, _ = Job.objects.filter(pk=job_id, state__gte=7).delete()
    return deleted > 0
