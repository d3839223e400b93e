"""The books of jobs that are about to go: what printed is charged before its job is forgotten.

Promises that no job is removed while it may owe something, that what is reserved for a job which is removed
is restored, and that accounting's row of a job goes with the job. The ledger itself stays as it is.
"""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime

from plantin.core.ids import JobId
from plantin.ledger.requests import Void
from plantin.store import sql
from plantin.store.ledger.book import DatabaseBook
from plantin.store.queries import gate

PURGE = -1
"""``hold_until`` of an ended job that somebody purged before it was charged: it goes when it is."""
_UNSETTLED = (
    "EXISTS (SELECT 1 FROM store_attempt a LEFT JOIN store_job_cost c ON c.job = a.job_id "
    "WHERE a.job_id = store_job.id AND {} AND a.id > coalesce(c.settled_attempt, 0))"
)


def existing(jobs: Collection[int]) -> set[int]:
    """Those of these jobs that are there."""
    if not jobs:
        return set()
    return set(
        sql.select(
            f"SELECT id FROM store_job WHERE id IN ({sql.marks(jobs)})", list(jobs), lambda row: int(row[0])
        )
    )


def uncharged(jobs: Collection[int]) -> set[int]:
    """Those of these jobs that may have printed something that is still to be charged."""
    if not jobs or not gate.charges():
        return set()
    return set(
        sql.select(
            f"SELECT id FROM store_job WHERE id IN ({sql.marks(jobs)}) AND books_closed = %s "
            f"AND {_UNSETTLED.format('a.sending_at > 0')}",
            [*jobs, False],
            lambda row: int(row[0]),
        )
    )


def close(jobs: Sequence[JobId]) -> None:
    """The books of those of these jobs that have ended, and of which every attempt is settled."""
    if not jobs:
        return
    marks = sql.marks(jobs)
    sql.execute(
        f"UPDATE store_job SET books_closed = %s WHERE id IN ({marks}) AND state >= 7 "
        f"AND NOT {_UNSETTLED.format('a.id > 0')}",
        [True, *jobs],
    )
    purged = sql.select(
        f"SELECT id FROM store_job WHERE id IN ({marks}) AND books_closed = %s AND hold_until = %s",
        [*jobs, True, PURGE],
        lambda row: int(row[0]),
    )
    remove(purged)


def forget(jobs: Collection[int], *, actor: str, at: int) -> None:
    """Ends what is reserved for these jobs, and forgets what accounting knows of them."""
    if not jobs:
        return
    marks = sql.marks(jobs)
    reserved = sql.select(
        "SELECT j.uuid, j.name, c.reservation FROM store_job_cost c JOIN store_job j ON j.id = c.job "
        f"WHERE c.reservation > 0 AND c.job IN ({marks})",
        list(jobs),
        lambda row: (str(row[0]), str(row[1]), int(row[2])),
    )
    if reserved:
        moment = datetime.fromtimestamp(at / 1000, UTC)
        DatabaseBook().apply_batch(  # one that is closed already is as good
            [
                Void(key=f"job:{uuid}:void:{number}", job=uuid, actor=actor, memo=name, reservation=number)
                for uuid, name, number in reserved
            ],
            moment,
        )
    sql.execute(f"DELETE FROM store_job_cost WHERE job IN ({marks})", list(jobs))


def remove(jobs: Collection[int]) -> None:
    """Deletes these jobs with all that belongs to them; the spool's sweep takes the files."""
    if not jobs:
        return
    marks = sql.marks(jobs)
    sql.execute(f"DELETE FROM store_job_cost WHERE job IN ({marks})", list(jobs))
    for table in ("store_subscription", "store_event", "store_attempt", "store_document"):
        sql.execute(f"DELETE FROM {table} WHERE job_id IN ({marks})", list(jobs))
    sql.execute(f"DELETE FROM store_job WHERE id IN ({marks})", list(jobs))
