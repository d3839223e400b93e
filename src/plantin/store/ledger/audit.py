"""`plantin ledger verify` over the database: every row of the journal, and every sum that is kept of it.

Promises to find what `plantin.ledger.verify` finds, and rows that no ledger would write: a kind or a layer
that does not exist, a posting without its transaction, a transaction beyond the head, a reservation that is
kept as open and is not. Reads in pages while others go on booking: head, balances and open reservations are
taken in one statement, and the journal is read up to that head.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from plantin.ledger.transactions import Balance, Posting, Transaction
from plantin.ledger.verify import Head, Problem, Report, verify
from plantin.store import sql
from plantin.store.ledger import accounts, journal
from plantin.store.ledger.book import DatabaseBook

_SNAPSHOT = (
    "SELECT 0, book, number, 0, digest FROM store_ledgerhead "
    "UNION ALL SELECT 1, id, booked, reserved, NULL FROM store_account "
    "UNION ALL SELECT 2, '', number, 0, NULL FROM store_openreservation"
)
_OCTETS = bytes | memoryview
_POSTING_TYPES: tuple[Any, ...] = (int, str, str, int, int, int)
_TRANSACTION_TYPES: tuple[Any, ...] = (
    *(int, str, int, str, _OCTETS, int | None, str, str, str),
    *(int | None, _OCTETS, _OCTETS),
)


@dataclass
class _Kept:
    """What is kept beside the journal, at one moment."""

    head: Head | None = None
    balances: dict[str, Balance] = field(default_factory=dict)
    open_reservations: set[int] = field(default_factory=set)


def verify_ledger(book: DatabaseBook, noted: Head | None = None) -> Report:
    """Checks the whole ledger; `noted` is a head that somebody wrote down before.

    Reads only; call it on a reader's thread. Times grow with the journal: about 100,000 transactions a
    minute or more.
    """
    kept = _snapshot()
    known = {account.id: account for account, _ in accounts.everything()}
    problems: list[Problem] = []
    until = kept.head.number if kept.head is not None else 0
    report = verify(_journal(until, problems), book.book_id, known, kept.balances, noted)
    if kept.head is not None and kept.head != report.head:
        problems.append(
            Problem(None, f"the head is kept as {kept.head.number}, the journal ends at {report.head.number}")
            if kept.head.number != report.head.number
            else Problem(kept.head.number, "its digest is not the one that is kept as the head's")
        )
    problems += _beyond_head()
    for number in sorted(kept.open_reservations ^ set(report.open_reservations)):
        state = "open, and is not" if number in kept.open_reservations else "ended, and is open"
        problems.append(Problem(number, f"the reservation is kept as {state}"))
    return replace(report, problems=(*report.problems, *problems))


def _snapshot() -> _Kept:
    kept = _Kept()
    for what, name, one, other, digest in sql.select(_SNAPSHOT, [], lambda row: row):
        if what == 0:
            kept.head = Head(one, bytes(digest))
        elif what == 1:
            kept.balances[name] = Balance(one, other)
        else:
            kept.open_reservations.add(one)
    return kept


def _journal(until: int, problems: list[Problem]) -> Iterator[Transaction]:
    """The journal up to the head; rows that cannot be read become problems and are left out."""
    for rows, posting_rows in journal.pages(0, until):
        grouped: defaultdict[int, list[Posting]] = defaultdict(list)
        numbers = {row[0] for row in rows}
        for row in posting_rows:
            if row[0] not in numbers:
                problems.append(Problem(row[0], f"a posting on {row[1]} of a transaction that is not there"))
                continue
            try:
                grouped[row[0]].append(journal.posting_of(_of_types(row, _POSTING_TYPES)))
            except (KeyError, TypeError):
                problems.append(
                    Problem(row[0], f"a posting on {row[1]} cannot be read: {row[3]}, layer {row[4]}")
                )
        for row in rows:
            try:
                _of_types(row, _TRANSACTION_TYPES)
                transaction = journal.transaction_of(row, tuple(grouped.get(row[0], ())))
            except (KeyError, OverflowError, TypeError):
                problems.append(Problem(row[0], f"it cannot be read: kind {row[1]!r}, at {row[2]}"))
                continue
            yield transaction


def _of_types(row: journal.Row, types: tuple[Any, ...]) -> journal.Row:
    """The same row. Raises `TypeError` for a value that SQLite keeps in a column of another type."""
    for value, wanted in zip(row, types, strict=True):
        if not isinstance(value, wanted):
            raise TypeError(f"{value!r} is not {wanted}")
    return row


def _beyond_head() -> list[Problem]:
    """Rows after the head: nobody who booked them moved it. One statement, so that no booking is between."""
    return sql.select(
        "SELECT n.number FROM ("
        "SELECT MAX(number) AS number FROM store_ledgertransaction "
        "UNION ALL SELECT MAX(number) FROM store_posting"
        ") n WHERE n.number > COALESCE((SELECT MAX(number) FROM store_ledgerhead), 0)",
        [],
        lambda row: Problem(row[0], "it is beyond the head of the ledger"),
    )
