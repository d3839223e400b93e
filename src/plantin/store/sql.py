"""Small helpers for the statements that are written by hand: the hot path moves many jobs per statement.

Every value goes in as a parameter; only table and column names of our own stand in the text.
"""

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.utils import CursorWrapper

T = TypeVar("T")

_PARAMETERS_MAX = 30_000
"""SQLite takes 32,766 parameters in one statement."""


def is_sqlite() -> bool:
    return connections[DEFAULT_DB_ALIAS].vendor == "sqlite"


@lru_cache(maxsize=2048)
def _question_marks(statement: str) -> str:
    return statement.replace("%s", "?").replace("%%", "%")


def _run(statement: str, parameters: Sequence[Any]) -> "sqlite3.Cursor | CursorWrapper":
    """Runs a statement. SQLite's own cursor is used directly: Django's wrappers around it cost as much as the
    statements of a hot transaction themselves."""
    own = connections[DEFAULT_DB_ALIAS]  # the proxy looks this up again for each of its attributes
    if own.vendor != "sqlite":
        cursor = own.cursor()
        cursor.execute(statement, parameters)
        return cursor
    if own.connection is None:
        own.ensure_connection()
    with own.wrap_database_errors:
        found: sqlite3.Cursor = own.connection.execute(_question_marks(statement), parameters)
    return found


_WRITERS_TURN = 0x506C616E74696E
"""Name of the advisory lock that orders the writers of a PostgreSQL database ("Plantin" in ASCII)."""


def take_turn() -> None:
    """Waits until no other process writes, to the end of this transaction. The first thing in each of them.

    SQLite has one writer by itself. On PostgreSQL this is what keeps two promises: ids of events appear in
    their order, so that whoever follows the log by its ids misses none; and a run of fresh ids is one run.
    It costs little because each process commits many units at once.
    """
    if not is_sqlite():
        execute("SELECT pg_advisory_xact_lock(%s)", [_WRITERS_TURN])


def clean(text: str) -> str:
    """``text`` as every database takes it: NUL and lone surrogates become U+FFFD.

    Names and messages are made of octets that strangers and devices sent; one that the database refuses must
    not be able to stop a job.
    """
    if text.isascii():
        return text.replace("\0", "\ufffd") if "\0" in text else text
    return text.replace("\0", "\ufffd").encode("utf-8", "surrogatepass").decode("utf-8", "replace")


def _clean(values: Iterable[Any]) -> list[Any]:
    return [clean(value) if isinstance(value, str) else value for value in values]


def clean_columns(columns: Mapping[str, Any]) -> dict[str, Any]:
    """The same for the values of some columns."""
    return dict(zip(columns, _clean(columns.values()), strict=True))


def allocate(table: str, count: int) -> int:
    """The first of ``count`` fresh consecutive ids of ``table``, for the transaction that calls it."""
    if is_sqlite():
        row = _run("SELECT seq FROM sqlite_sequence WHERE name = %s", [table]).fetchone()
        return (row[0] if row else 0) + 1
    # One statement takes the whole run; that nobody else does so between nextval and setval is take_turn's.
    row = _run(
        "SELECT setval(s, nextval(s) + %s - 1) - %s + 1 "
        "FROM (SELECT pg_get_serial_sequence(%s, 'id') AS s) q",
        [count, count, table],
    ).fetchone()
    assert row is not None
    first: int = row[0]
    return first


def insert(table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]], *, replacing: str = "") -> None:
    """Inserts all rows with as few statements as the parameter limit allows.

    Args:
        replacing: a unique column; a row that is there with the same value is overwritten.
    """
    if not rows:
        return
    per_statement = max(1, _PARAMETERS_MAX // len(columns))
    one = "(" + ",".join(["%s"] * len(columns)) + ")"
    head = f"INSERT INTO {table} ({','.join(columns)}) VALUES "
    tail = ""
    if replacing:
        sets = ",".join(f"{name} = excluded.{name}" for name in columns if name != replacing)
        tail = f" ON CONFLICT ({replacing}) DO UPDATE SET {sets}"
    for start in range(0, len(rows), per_statement):
        part = rows[start : start + per_statement]
        _run(head + ",".join([one] * len(part)) + tail, _clean(value for row in part for value in row))


def update(
    table: str, key: str, columns: Mapping[str, str], rows: Sequence[Sequence[Any]], *, extra: str = ""
) -> None:
    """One UPDATE over many rows: ``rows`` are (key, value of each of ``columns`` …).

    Args:
        columns: column name -> SQL type, which PostgreSQL wants to know for a list of values.
        extra: more assignments, of our own text (``attempts = attempts + 1``).
    """
    if not rows:
        return
    names = list(columns)
    if is_sqlite():
        one = "(" + ",".join(["%s"] * (len(names) + 1)) + ")"
    else:
        one = "(" + ",".join(["%s::bigint", *(f"%s::{columns[name]}" for name in names)]) + ")"
    sets = ",".join([*(f"{name} = v.{name}" for name in names), *([extra] if extra else [])])
    per_statement = max(1, _PARAMETERS_MAX // (len(names) + 1))
    for start in range(0, len(rows), per_statement):
        part = rows[start : start + per_statement]
        _run(
            f"WITH v({','.join(['key', *names])}) AS (VALUES {','.join([one] * len(part))}) "
            f"UPDATE {table} SET {sets} FROM v WHERE {table}.{key} = v.key",
            _clean(value for row in part for value in row),
        )


def select(statement: str, parameters: Sequence[Any], make: Callable[[tuple[Any, ...]], T]) -> list[T]:
    """Runs a query and makes a record of each row."""
    return [make(row) for row in _run(statement, parameters).fetchall()]


def marks(values: Iterable[Any]) -> str:
    """``%s,%s,…`` for an IN list."""
    return ",".join("%s" for _ in values)


def execute(statement: str, parameters: Sequence[Any]) -> None:
    """Runs a statement that answers nothing."""
    _run(statement, parameters)
