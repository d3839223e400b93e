"""A ledger with alice and bob in it, on any database, in few words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from plantin.ledger.accounts import Account, AccountKind
from plantin.ledger.requests import Charge, ChargeNow, Request, Reserve, Share, Transfer
from plantin.ledger.transactions import Transaction
from plantin.store.ledger import people
from plantin.store.ledger.audit import verify_ledger
from plantin.store.ledger.book import DatabaseBook
from tests.store.support import Database

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
NOBODY = frozenset[str]()


class Desk:
    """The cash desk of a database: restricted accounts of alice and bob, each request a unit of work."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.book = DatabaseBook()
        self.count = 0
        database.write(self._open)

    def _open(self) -> None:
        people.ensure_house(self.book, "EUR")
        for user in ("alice", "bob"):
            self.book.open_account(people.personal(user, "EUR", restricted=True))

    def open(self, account: Account) -> None:
        self.database.write(self.book.open_account, account)

    def shared(self, name: str, parent: str | None = None, **fields: Any) -> None:
        self.open(Account(name, AccountKind.SHARED, "EUR", parent=parent, **fields))

    def do(self, request: Request, at: datetime = NOW) -> Transaction:
        return self.database.write(self.book.apply, request, at)

    def key(self) -> str:
        self.count += 1
        return f"key:{self.count}"

    def top_up(self, account: str, amount: int) -> Transaction:
        return self.do(self.transfer(account, amount))

    def transfer(self, account: str, amount: int, key: str = "") -> Transfer:
        return Transfer(key=key or self.key(), source="cash:EUR", target=account, unit="EUR", amount=amount)

    def pay(self, account: str, amount: int, job: str = "") -> Transaction:
        return self.do(ChargeNow(key=self.key(), job=job, charges=(charge(amount, account),)))

    def reserve(self, account: str, amount: int, job: str = "") -> Transaction:
        return self.do(self.reservation(account, amount, job))

    def reservation(self, account: str, amount: int, job: str = "") -> Reserve:
        return Reserve(key=self.key(), job=job, charges=(charge(amount, account),), expires_at=LATER)

    def booked(self, *accounts: str) -> list[int]:
        return [self.book.balance(account).booked for account in accounts]

    def check(self) -> None:
        assert verify_ledger(self.book).problems == ()


def charge(amount: int, *purses: str) -> Charge:
    return Charge("EUR", amount, (Share(purses),), "revenue:EUR", "grant:EUR")
