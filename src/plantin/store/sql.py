"""Small helpers for the statements that are written by hand: the hot path moves many jobs per statement.

Every value goes in as a parameter; only table and column names of our own stand in the text.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from django.db import connection

T = TypeVar("T")

_PARAMETERS_MAX = 30_000
"""SQLite takes 32,766 parameters in one statement."""


def is_sqlite() -> bool:
    return connection.vendor == "sqlite"


def allocate(table: str, count: int) -> int:
    """The first of ``count`` fresh consecutive ids of ``table``, for the transaction that calls it."""
    with connection.cursor() as cursor:
        if is_sqlite():
            cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
            row = cursor.fetchone()
            return (row[0] if row else 0) + 1
        # One statement takes the whole run, so that ids of one batch stay together and in order.
        cursor.execute(
            "SELECT setval(s, nextval(s) + %s - 1) - %s + 1 "
            "FROM (SELECT pg_get_serial_sequence(%s, 'id') AS s) q",
            [count, count, table],
        )
        first: int = cursor.fetchone()[0]
        return first


def insert(table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Inserts all rows with as few statements as the parameter limit allows."""
    if not rows:
        return
    per_statement = max(1, _PARAMETERS_MAX // len(columns))
    one = "(" + ",".join(["%s"] * len(columns)) + ")"
    head = f"INSERT INTO {table} ({','.join(columns)}) VALUES "
    with connection.cursor() as cursor:
        for start in range(0, len(rows), per_statement):
            part = rows[start : start + per_statement]
            cursor.execute(head + ",".join([one] * len(part)), [value for row in part for value in row])


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
    with connection.cursor() as cursor:
        for start in range(0, len(rows), per_statement):
            part = rows[start : start + per_statement]
            cursor.execute(
                f"WITH v({','.join(['key', *names])}) AS (VALUES {','.join([one] * len(part))}) "
                f"UPDATE {table} SET {sets} FROM v WHERE {table}.{key} = v.key",
                [value for row in part for value in row],
            )


def select(sql: str, parameters: Sequence[Any], make: Callable[[tuple[Any, ...]], T]) -> list[T]:
    """Runs a query and makes a record of each row."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return [make(row) for row in cursor.fetchall()]


def marks(values: Iterable[Any]) -> str:
    """``%s,%s,…`` for an IN list."""
    return ",".join("%s" for _ in values)


def execute(statement: str, parameters: Sequence[Any]) -> None:
    """Runs a statement that answers nothing."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
