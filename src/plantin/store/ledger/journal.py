"""The journal's rows: read as transactions, written many at a time. Nothing here ever changes a row.

Promises that a transaction comes back exactly as it was sealed, postings in their order, so that its digest
can be computed again. Moments are kept as whole microseconds, the precision of the digest.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections

from plantin.ledger.transactions import Kind, Layer, Posting, Transaction
from plantin.store import sql

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_NUMBER_MAX = 2**63 - 1
_IN_MAX = 5_000
"""Values of one IN list: far below what SQLite takes."""
PAGE = 2_000
"""Transactions that a reader of the whole journal holds at once."""

COLUMNS = (
    "number",
    "kind",
    "at_us",
    "key",
    "input_digest",
    "refers_to",
    "job",
    "actor",
    "memo",
    "expires_at_us",
    "previous",
    "digest",
)
POSTING_COLUMNS = ("number", "position", "account", "unit", "amount", "layer", "share")
_SELECT = f"SELECT {','.join(COLUMNS)} FROM store_ledgertransaction"
_SELECT_POSTINGS = "SELECT number,account,unit,amount,layer,share FROM store_posting"
_KINDS = {kind.value: kind for kind in Kind}
_LAYERS = {layer.value: layer for layer in Layer}

Row = tuple[Any, ...]


def to_us(moment: datetime) -> int:
    """An aware moment as microseconds since 1970 UTC."""
    return (moment - EPOCH) // _MICROSECOND


def from_us(microseconds: int) -> datetime:
    """The moment, in UTC. Raises `OverflowError` for what is no date."""
    return EPOCH + timedelta(microseconds=microseconds)


def posting_of(row: Row) -> Posting:
    """A posting of (number, account, unit, amount, layer, share). Raises `KeyError` for an unknown layer."""
    return Posting(row[1], row[2], row[3], _LAYERS[row[4]], row[5])


def transaction_of(row: Row, postings: tuple[Posting, ...]) -> Transaction:
    """A transaction of its row. Raises `KeyError` for an unknown kind, `OverflowError` for a wild moment."""
    return Transaction(
        row[0],
        _KINDS[row[1]],
        from_us(row[2]),
        row[3],
        bytes(row[4]),
        postings,
        row[5],
        row[6],
        row[7],
        row[8],
        None if row[9] is None else from_us(row[9]),
        bytes(row[10]),
        bytes(row[11]),
    )


def _same(row: Row) -> Row:
    return row


def postings_of(numbers: Sequence[int]) -> dict[int, tuple[Posting, ...]]:
    """The postings of these transactions."""
    found: defaultdict[int, list[Posting]] = defaultdict(list)
    for start in range(0, len(numbers), _IN_MAX):
        part = numbers[start : start + _IN_MAX]
        rows = sql.select(
            f"{_SELECT_POSTINGS} WHERE number IN ({sql.marks(part)}) ORDER BY number, position", part, _same
        )
        for row in rows:
            found[row[0]].append(posting_of(row))
    return {number: tuple(rows) for number, rows in found.items()}


def _read(column: str, values: Sequence[Any]) -> list[Transaction]:
    rows: list[Row] = []
    for start in range(0, len(values), _IN_MAX):
        part = values[start : start + _IN_MAX]
        rows += sql.select(f"{_SELECT} WHERE {column} IN ({sql.marks(part)}) ORDER BY number", part, _same)
    if not rows:
        return []
    postings = postings_of([row[0] for row in rows])
    return [transaction_of(row, postings.get(row[0], ())) for row in rows]


def by_numbers(numbers: Iterable[int]) -> list[Transaction]:
    """Those of these transactions that exist."""
    return _read("number", sorted({number for number in numbers if 0 < number <= _NUMBER_MAX}))


def by_keys(keys: Iterable[str]) -> list[Transaction]:
    """The transactions of those of these keys that were used."""
    return _read("key", sorted({key for key in keys if "\0" not in key}))


def referring_to(numbers: Iterable[int]) -> list[Transaction]:
    """The transactions that refer to any of these, in order."""
    return _read("refers_to", sorted({number for number in numbers if 0 < number <= _NUMBER_MAX}))


def of_job(job: str) -> list[Transaction]:
    """Every transaction of the job with this UUID, in order."""
    if not job or "\0" in job:
        return []
    # `job > ''` names the partial index to SQLite.
    rows = sql.select(f"{_SELECT} WHERE job = %s AND job > '' ORDER BY number", [job], _same)
    postings = postings_of([row[0] for row in rows])
    return [transaction_of(row, postings.get(row[0], ())) for row in rows]


def used_keys(keys: Sequence[str]) -> set[str]:
    """Which of these keys a transaction has."""
    found: set[str] = set()
    for start in range(0, len(keys), _IN_MAX):
        part = keys[start : start + _IN_MAX]
        found.update(
            sql.select(
                f"SELECT key FROM store_ledgertransaction WHERE key IN ({sql.marks(part)})",
                part,
                lambda row: str(row[0]),
            )
        )
    return found


def pages(after: int, until: int | None = None) -> Iterator[tuple[list[Row], list[Row]]]:
    """The rows of the journal after `after` in pages of (transactions, postings), each in order."""
    last = max(0, after)
    until = _NUMBER_MAX if until is None else until
    while last < until:
        rows = sql.select(
            f"{_SELECT} WHERE number > %s AND number <= %s ORDER BY number LIMIT {PAGE}", [last, until], _same
        )
        if not rows:
            return
        end = rows[-1][0]
        postings = sql.select(
            f"{_SELECT_POSTINGS} WHERE number > %s AND number <= %s ORDER BY number, position",
            [last, end],
            _same,
        )
        yield rows, postings
        last = end


def stream(after: int = 0, until: int | None = None) -> Iterator[Transaction]:
    """The journal in order, a page in memory at a time."""
    for rows, postings in pages(after, until):
        grouped: defaultdict[int, list[Posting]] = defaultdict(list)
        for row in postings:
            grouped[row[0]].append(posting_of(row))
        for row in rows:
            yield transaction_of(row, tuple(grouped.get(row[0], ())))


def write(transactions: Sequence[Transaction]) -> None:
    """Appends these transactions, in as few statements as there can be."""
    rows: list[Row] = []
    postings: list[Row] = []
    for made in transactions:
        number = made.number
        rows.append(
            (
                number,
                made.kind.value,
                to_us(made.at),
                made.key,
                made.input_digest,
                made.refers_to,
                made.job,
                made.actor,
                made.memo,
                None if made.expires_at is None else to_us(made.expires_at),
                made.previous_digest,
                made.digest,
            )
        )
        for position, one in enumerate(made.postings):
            postings.append((number, position, one.account, one.unit, one.amount, one.layer.value, one.share))
    _append("store_ledgertransaction", COLUMNS, rows)
    _append("store_posting", POSTING_COLUMNS, postings)


def _append(table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
    own = connections[DEFAULT_DB_ALIAS]
    if own.vendor == "sqlite":
        sql.insert(table, columns, rows)
        return
    # Five times as fast as INSERT with a parameter for each value. The texts were cleaned before the digest
    # was made of them.
    with (
        own.wrap_database_errors,
        own.cursor() as cursor,
        cursor.copy(f"COPY {table} ({','.join(columns)}) FROM STDIN") as copy,
    ):
        for row in rows:
            copy.write_row(row)
