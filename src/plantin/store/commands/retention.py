"""What is no longer kept: documents by age and by size, history by age. The bytes go only after the row says
so.

Order matters: first the row forgets where the document is (committed), then the file is removed. A crash
between the two leaves an orphan, which the sweep finds; the other order would leave a row without its file.

Where accounts are kept, a job whose books are open is spared: its documents are what it is counted by. Only
when nobody has counted it for `COUNTED_WITHIN_S` do the limits go before its count, which then says so.
"""

from plantin.core.model import SpoolRef
from plantin.core.states import JobEvent
from plantin.store import sql
from plantin.store.commands import books
from plantin.store.commands.events import EventRow, record
from plantin.store.queries import gate

COUNTED_WITHIN_S = 7 * 86_400
"""A job that nobody has counted for so long is not going to be counted."""


def _spared(now: int) -> str:
    """The condition that leaves out the jobs whose documents are still needed."""
    if not gate.books_are_kept():
        return ""
    return f"AND (books_closed OR completed_at < {now - COUNTED_WITHIN_S * 1000}) "


def retire_documents(before: int, limit: int, now: int) -> list[SpoolRef]:
    """Forgets the documents of up to ``limit`` jobs that ended before ``before``; returns what to remove."""
    return _retire(
        sql.select(
            "SELECT id, queue_id, state FROM store_job WHERE state >= 7 AND documents_retired_at = 0 "
            f"AND completed_at < %s {_spared(now)}ORDER BY completed_at LIMIT %s",
            [before, limit],
            lambda row: (int(row[0]), int(row[1]), int(row[2])),
        ),
        now,
    )


def retire_oldest(octets: int, limit: int, now: int) -> list[SpoolRef]:
    """Forgets the oldest documents of ended jobs while all of them take more than ``octets``."""
    kept = sql.select(
        "SELECT coalesce(sum(octets), 0) FROM store_job WHERE state >= 7 AND documents_retired_at = 0",
        [],
        lambda row: int(row[0]),
    )[0]
    rows = []
    for job, queue, state, size in sql.select(
        "SELECT id, queue_id, state, octets FROM store_job WHERE state >= 7 AND documents_retired_at = 0 "
        f"{_spared(now)}ORDER BY completed_at LIMIT %s",
        [limit],
        lambda row: (int(row[0]), int(row[1]), int(row[2]), int(row[3])),
    ):
        if kept <= octets:
            break
        kept -= size
        rows.append((job, queue, state))
    return _retire(rows, now)


def _retire(jobs: list[tuple[int, int, int]], now: int) -> list[SpoolRef]:
    if not jobs:
        return []
    ids = [job for job, _, _ in jobs]
    marks = sql.marks(ids)
    refs = sql.select(
        "SELECT spool_name, spool_offset, spool_size FROM store_document "
        f"WHERE job_id IN ({marks}) AND spool_name <> ''",
        ids,
        lambda row: SpoolRef(row[0], row[1], row[2]),
    )
    sql.execute(f"UPDATE store_document SET spool_name = '' WHERE job_id IN ({marks})", ids)
    sql.update("store_job", "id", {"documents_retired_at": "bigint"}, [(job, now) for job in ids])
    record(
        EventRow(
            now, JobEvent.DOCUMENTS_RETIRED, job, queue, None, state, "", "the clock", "documents removed"
        )
        for job, queue, state in jobs
    )
    return refs


def forget_history(before: int, limit: int) -> int:
    """Deletes up to ``limit`` jobs that ended before ``before`` and whose documents are gone, with their
    trail and the rows of their accounting; the ledger stays. Open books keep a job as long as it takes."""
    kept = "AND books_closed " if gate.books_are_kept() else ""
    ids = sql.select(
        "SELECT id FROM store_job WHERE state >= 7 AND completed_at < %s AND documents_retired_at > 0 "
        f"{kept}ORDER BY completed_at LIMIT %s",
        [before, limit],
        lambda row: int(row[0]),
    )
    books.remove(ids)
    return len(ids)
