"""What a plan needs to know of the ledger, and what a ledger offers: the two ports of this room.

An implementation promises that between reading the view and appending the transaction nobody else changes
the accounts concerned: a lock (in memory), a write transaction (SQLite), row locks in the order of account
ids (PostgreSQL). See `docs/ledger.md`, "Order and races".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Protocol

from .accounts import Account
from .requests import Request
from .transactions import Balance, Transaction


class View(Protocol):
    """The state that `plan` reads."""

    def account(self, account_id: str) -> Account:
        """The account; raises `UnknownAccount`."""
        ...

    def balance(self, account_id: str) -> Balance:
        """The account's own balance."""
        ...

    def tree_balance(self, account_id: str) -> Balance:
        """The sum of the balances of the account and of all accounts below it."""
        ...

    def default_overdraft(self, unit: str) -> int:
        """The overdraft, in minor units, of accounts in this unit that have none of their own."""
        ...

    def transaction(self, number: int) -> Transaction:
        """The transaction; raises `UnknownTransaction`."""
        ...

    def referring(self, number: int) -> Sequence[Transaction]:
        """The transactions that refer to this one (post, void, expiry, refund, reversal), in order."""
        ...


class Ledger(View, Protocol):
    """A book of accounts. Every implementation passes `tests/ledger/contract.py`."""

    @property
    def book_id(self) -> str:
        """The name that the hash chain begins with; one for each site's book."""
        ...

    def open_account(self, account: Account) -> None:
        """Adds an account; raises `InvalidRequest` when the id is taken or the parent of another unit."""
        ...

    def change_account(self, account: Account) -> None:
        """Changes an account's settings; kind and unit stay. Raises `InvalidRequest`, `UnknownAccount`."""
        ...

    def apply(self, request: Request, at: datetime) -> Transaction:
        """Does the request once: the same key and input again gives the same transaction.

        Raises a `LedgerError`, and then nothing has changed; `KeyConflict` for a key used for something else.
        """
        ...

    def transactions(self, after: int = 0) -> Iterator[Transaction]:
        """The journal in order, from the number after `after`."""
        ...

    def due(self, at: datetime) -> Sequence[int]:
        """Numbers of the open reservations whose time is over at `at`, oldest first."""
        ...

    def accounts(self) -> Sequence[Account]:
        """All accounts in the order of their ids (by code points, not by a language)."""
        ...
