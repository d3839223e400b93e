"""Balances of the store's accounts as CSV, out and in (`plantin.ledger.balances_csv`).

Promises that an import is all or nothing: the first account that does not take its balance refuses the file,
and the caller's transaction is rolled back by the error. Importing what was exported changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from plantin.ledger.accounts import Account
from plantin.ledger.balances_csv import export_balances, import_balances
from plantin.ledger.errors import ImportRefused, LedgerError
from plantin.ledger.money import unit_of
from plantin.ledger.transactions import Transaction
from plantin.store.ledger import accounts, people
from plantin.store.ledger.book import DatabaseBook

_IN_ONE_GO = 500


def export_csv(unit: str) -> str:
    """The booked balances of all customers' accounts in this unit, closed ones too, by id."""
    rows = [
        (account.id, balance.booked)
        for account, balance in accounts.everything()
        if account.unit == unit and account.is_customer
    ]
    return export_balances(rows, unit_of(unit))


def import_csv(
    book: DatabaseBook,
    text: str,
    unit: str,
    *,
    at: datetime,
    actor: str = "",
    create: Callable[[str], Account] | None = None,
) -> list[Transaction]:
    """Brings every account of the file to its balance; `create` makes those that are missing.

    Raises:
        ImportRefused: the file cannot be read, or an account does not take its balance: which, and why.
    """
    house = people.ensure_house(book, unit)
    requests = import_balances(text, unit_of(unit), house.grant, actor)
    if create is not None:
        there = {account.id for account, _ in accounts.by_ids(request.target for request in requests)}
        for request in requests:
            if request.target not in there:
                try:
                    book.open_account(create(request.target), actor=actor, quiet=True)
                except LedgerError as error:
                    raise ImportRefused(f"account {request.target}: {error.reason}") from error
    done: list[Transaction] = []
    for start in range(0, len(requests), _IN_ONE_GO):
        part = requests[start : start + _IN_ONE_GO]
        for request, answer in zip(part, book.apply_batch(part, at), strict=True):
            if isinstance(answer, LedgerError):
                raise ImportRefused(f"account {request.target}: {answer.reason}") from answer
            done.append(answer)
    return done
