"""An account's statement, read from its own postings and not from the whole journal.

Promises the same statement as `plantin.ledger.statement` makes of the journal: the opening balance is summed
by the database, the movements of the period are read by the index of the account.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from plantin.ledger.money import unit_of
from plantin.ledger.statement import Statement, statement
from plantin.ledger.transactions import Kind, Layer, Posting, Transaction
from plantin.store import sql
from plantin.store.ledger import journal
from plantin.store.ledger.book import DatabaseBook

_FROM = "FROM store_posting p JOIN store_ledgertransaction t ON t.number = p.number WHERE p.account = %s"


def statement_of(book: DatabaseBook, account_id: str, since: datetime, until: datetime) -> Statement:
    """The statement of an account from `since` up to but without `until` (aware).

    Raises:
        UnknownAccount: no such account.
    """
    account = book.account(account_id)
    return statement(
        _movements(account.id, account.unit, since, until), account.id, unit_of(account.unit), since, until
    )


def _movements(account: str, unit: str, since: datetime, until: datetime) -> Iterator[Transaction]:
    """What concerns the account: all before the period as one transaction, then each of the period."""
    begin = min(since, until)
    before = sql.select(
        f"SELECT p.layer, CAST(SUM(p.amount) AS bigint) {_FROM} AND t.at_us < %s GROUP BY p.layer",
        [account, journal.to_us(begin)],
        lambda row: Posting(account, unit, row[1], Layer(row[0])),
    )
    yield Transaction(0, Kind.ADJUST, begin - timedelta(microseconds=1), "", b"", tuple(before))
    postings: list[Posting] = []
    last: tuple[object, ...] = ()
    for row in sql.select(
        "SELECT t.number, t.kind, t.at_us, t.job, t.memo, p.amount, p.layer "
        f"{_FROM} AND t.at_us >= %s AND t.at_us < %s ORDER BY t.number, p.position",
        [account, journal.to_us(since), journal.to_us(until)],
        lambda row: row,
    ):
        if last and last[0] != row[0]:
            yield _transaction(last, postings)
            postings = []
        postings.append(Posting(account, unit, row[5], Layer(row[6])))
        last = row
    if last:
        yield _transaction(last, postings)


def _transaction(row: tuple[object, ...], postings: list[Posting]) -> Transaction:
    number, kind, at_us, job, memo = row[:5]
    assert isinstance(number, int) and isinstance(at_us, int)
    return Transaction(
        number, Kind(kind), journal.from_us(at_us), "", b"", tuple(postings), job=str(job), memo=str(memo)
    )
