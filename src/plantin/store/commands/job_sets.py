"""Many jobs at once: canceled, or removed with their history. Each call is one bounded transaction."""

from collections.abc import Sequence
from typing import Any

from plantin.core.errors import Refusal
from plantin.core.ids import JobId
from plantin.store import sql
from plantin.store.commands import books, jobs
from plantin.store.commands.config import now_ms
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
    """Removes ended jobs with their documents' rows and their trail; the spool's sweep takes the files. One
    that printed and is not charged yet goes as soon as it is.

    Returns:
        How many jobs were purged.
    """
    ended = Job.objects.filter(state__gte=7).exclude(hold_until=books.PURGE)
    if queue is not None:
        ended = ended.filter(queue_id=queue)
    return _purge(list(ended.order_by("pk").values_list("pk", flat=True)[:limit]))


def purge_one(job_id: int) -> bool:
    """The same for one job; whether it was there and had ended."""
    return _purge(list(Job.objects.filter(pk=job_id, state__gte=7).values_list("pk", flat=True))) > 0


def _purge(ids: Sequence[int]) -> int:
    owing = books.uncharged(ids)
    Job.objects.filter(pk__in=owing).update(hold_until=books.PURGE)
    gone = [job for job in ids if job not in owing]
    books.forget(gone, actor="purge", at=now_ms())
    books.remove(gone)
    return len(ids)
