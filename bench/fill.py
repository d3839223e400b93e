"""Fills Plantin's SQLite store with history: many copies of real jobs, with their documents and their trail.

The copied jobs went through the server, so every row is as the product writes it, whatever the schema is;
only identities and times differ from copy to copy. The server must be stopped.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

_JOB = "store_job"
_STEP_MS = 20_000
"""Time between two jobs of the history: a million of them are 230 days."""
_BATCH = 100_000


def _columns(database: sqlite3.Connection, table: str) -> list[str]:
    return [row[1] for row in database.execute(f"PRAGMA table_info({table})")]


def _children(database: sqlite3.Connection) -> list[str]:
    """The tables whose rows belong to a job."""
    tables = [row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    return [
        table
        for table in tables
        if any(
            row[2] == _JOB and row[3] == "job_id"
            for row in database.execute(f"PRAGMA foreign_key_list({table})")
        )
    ]


def _selection(columns: list[str], changed: dict[str, str]) -> str:
    return ", ".join(changed.get(column, f"t.{column}") for column in columns)


def copies(path: Path, template: int, count: int, *, finished: bool) -> None:
    """Add `count` copies of the job `template` to the store at `path`.

    Finished ones go back into the past, their documents retired as retention would have; held ones share the
    template's file in the spool.
    """
    database = sqlite3.connect(path, isolation_level=None)
    # The benchmark's own throw-away data: no journal while it is filled.
    for pragma in (
        "journal_mode=OFF",
        "synchronous=OFF",
        "foreign_keys=OFF",
        "cache_size=-400000",
        "temp_store=MEMORY",
    ):
        database.execute(f"PRAGMA {pragma}").fetchall()
    database.execute("CREATE TEMP TABLE steps (k INTEGER PRIMARY KEY)")
    for start in range(0, count, _BATCH):
        size = min(_BATCH, count - start)
        database.execute("BEGIN")
        database.execute("DELETE FROM steps")
        database.execute(
            "WITH RECURSIVE n(k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM n WHERE k < ?) "
            "INSERT INTO steps SELECT k FROM n",
            (size,),
        )
        _copy_batch(database, template, finished, shift=count - start)
        database.execute("COMMIT")
    database.execute("ANALYZE")
    database.execute("PRAGMA journal_mode=WAL").fetchall()
    database.close()


def _copy_batch(database: sqlite3.Connection, template: int, finished: bool, shift: int) -> None:
    (top,) = database.execute(f"SELECT max(id) FROM {_JOB}").fetchone()
    back = f"({shift} - k) * {_STEP_MS if finished else 1}"
    new_id = f"{top} + k"
    tables = _children(database)
    for table in (_JOB, *tables):
        columns = _columns(database, table)
        changed = {
            column: f"CASE WHEN t.{column} > 0 THEN t.{column} - {back} ELSE 0 END"
            for column in columns
            if column
            in ("created_at", "processing_at", "completed_at", "started_at", "sending_at", "ended_at", "at")
        }
        if table == _JOB:
            changed |= {"id": new_id, "rank": f"({new_id}) * 65536"}
            if finished:
                changed["documents_retired_at"] = f"t.completed_at - {back}"
            key = "id"
        else:
            columns.remove("id")
            changed["job_id"] = new_id
            if finished and "spool_name" in columns:
                changed["spool_name"] = "''"
            key = "job_id"
        if "uuid" in columns:
            changed["uuid"] = (
                "lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || "
                "substr(hex(randomblob(2)), 2) || '-8' || substr(hex(randomblob(2)), 2) || '-' || "
                "hex(randomblob(6)))"
            )
        database.execute(
            f"INSERT INTO {table} ({', '.join(columns)}) SELECT {_selection(columns, changed)} "
            f"FROM steps CROSS JOIN {table} AS t WHERE t.{key} = ? ORDER BY k, t.id",
            (template,),
        )
