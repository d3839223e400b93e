"""What the store and the spool hold, read without the server's help: the tables as they are, and every live
document from its place in the spool."""

from __future__ import annotations

import asyncio
import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from plantin.core.ids import DocumentId, JobId
from plantin.core.model import DocumentRecord, SpoolRef
from plantin.core.states import JobState
from plantin.spool import Spool, SpoolLimits

WAITING = (JobState.PENDING, JobState.PROCESSING, JobState.STOPPED)


@dataclass
class Row:
    """A job as the store has it."""

    id: int
    name: str
    queue: str
    state: JobState
    reasons: str
    device: str
    trail: list[str] = field(default_factory=list)
    documents: list[DocumentRecord] = field(default_factory=list)


@contextmanager
def database(data: Path) -> Iterator[sqlite3.Connection]:
    """The store's file, to be read only."""
    with closing(sqlite3.connect(f"file:{data}/plantin.sqlite3?mode=ro", uri=True, timeout=30)) as connection:
        yield connection


def waiting(data: Path) -> int:
    """How many jobs the queue manager still has to deal with."""
    marks = ",".join(str(int(state)) for state in WAITING)
    with database(data) as connection:
        (count,) = connection.execute(f"SELECT count(*) FROM store_job WHERE state IN ({marks})").fetchone()
    return int(count)


def rows(data: Path) -> dict[int, Row]:
    """Every job with its trail and its documents."""
    found: dict[int, Row] = {}
    with database(data) as connection:
        for job, name, queue, state, reasons, device in connection.execute(
            "SELECT j.id, j.name, q.name, j.state, j.reasons, COALESCE(d.name, '') FROM store_job j "
            "JOIN store_queue q ON q.id = j.queue_id LEFT JOIN store_device d ON d.id = j.assigned_id"
        ):
            found[job] = Row(job, name, queue, JobState(state), reasons, device)
        for job, kind in connection.execute(
            "SELECT job_id, kind FROM store_event WHERE job_id IS NOT NULL ORDER BY id"
        ):
            found[job].trail.append(kind)
        for job, number, octets, sha256, name, offset, size in connection.execute(
            "SELECT job_id, number, octets, sha256, spool_name, spool_offset, spool_size FROM store_document "
            "WHERE spool_name <> '' ORDER BY job_id, number"
        ):
            place = SpoolRef(name, offset, size)
            record = DocumentRecord(
                id=DocumentId(0),
                job=JobId(job),
                number=number,
                format="application/octet-stream",
                declared_format="",
                name="",
                octets=octets,
                sha256=sha256,
                spool=place,
                uri="",
                language="",
                attributes=b"",
                created_at=0,
            )
            found[job].documents.append(record)
        (verdict,) = connection.execute("PRAGMA integrity_check").fetchone()
        assert verdict == "ok", f"the database is damaged: {verdict}"
    return found


def contents(spool: Path, jobs: dict[int, Row]) -> dict[int, list[bytes]]:
    """The documents of every job, read back; each is what its row says, or this raises SpoolDamaged."""

    async def read() -> dict[int, list[bytes]]:
        found: dict[int, list[bytes]] = {}
        async with Spool(spool, limits=SpoolLimits(free_floor=0)) as opened:
            for job in jobs.values():
                papers = []
                for document in job.documents:
                    data = b"".join([piece async for piece in opened.chunks(document)])
                    assert hashlib.sha256(data).digest() == document.sha256
                    papers.append(data)
                found[job.id] = papers
        return found

    return asyncio.run(read())
