"""A ledger behind two doors to one database, as two processes have it, and the usual words for tests."""

from __future__ import annotations

import asyncio
import itertools
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import ParamSpec, TypeVar

from plantin.ledger.accounts import Account
from plantin.ledger.requests import Request
from plantin.ledger.transactions import Balance, Transaction
from plantin.store.access import Store
from plantin.store.database import Baton
from plantin.store.ledger.book import DatabaseBook
from tests.store.support import Database

P = ParamSpec("P")
R = TypeVar("R")
PATIENCE_S = 60.0


class Doors:
    """Two stores on one database; each call goes through the next of them. Any thread may call."""

    def __init__(self, database: Database) -> None:
        lock = database.folder / "write.lock" if database.kind == "sqlite" else None
        self._other_baton = Baton(lock)  # a lock of its own on the same file, like another process
        self.stores = [database.store(readers=1), Store(self._other_baton, readers=1)]
        self._turns = itertools.cycle(self.stores)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()

    def write(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        store = next(self._turns)

        async def call() -> R:
            return await store.write(function, *args, **kwargs)

        return asyncio.run_coroutine_threadsafe(call(), self._loop).result(PATIENCE_S)

    def read(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        async def call() -> R:
            return await self.stores[0].read(function, *args, **kwargs)

        return asyncio.run_coroutine_threadsafe(call(), self._loop).result(PATIENCE_S)

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        for store in self.stores:
            store.close()
        self._loop.close()
        self._other_baton.close()


class ServedBook:
    """`DatabaseBook` through the doors: a unit of work for each call, as the contract wants it."""

    def __init__(self, doors: Doors, overdrafts: Mapping[str, int]) -> None:
        self._doors = doors
        self._book = DatabaseBook("test", overdrafts)
        self.book_id = self._book.book_id

    def open_account(self, account: Account) -> None:
        self._doors.write(self._book.open_account, account)

    def change_account(self, account: Account) -> None:
        self._doors.write(self._book.change_account, account)

    def apply(self, request: Request, at: datetime) -> Transaction:
        return self._doors.write(self._book.apply, request, at)

    def account(self, account_id: str) -> Account:
        return self._doors.read(self._book.account, account_id)

    def accounts(self) -> Sequence[Account]:
        return self._doors.read(self._book.accounts)

    def balance(self, account_id: str) -> Balance:
        return self._doors.read(self._book.balance, account_id)

    def tree_balance(self, account_id: str) -> Balance:
        return self._doors.read(self._book.tree_balance, account_id)

    def default_overdraft(self, unit: str) -> int:
        return self._doors.read(self._book.default_overdraft, unit)

    def transaction(self, number: int) -> Transaction:
        return self._doors.read(self._book.transaction, number)

    def referring(self, number: int) -> Sequence[Transaction]:
        return self._doors.read(self._book.referring, number)

    def transactions(self, after: int = 0) -> Iterator[Transaction]:
        return iter(self._doors.read(lambda: list(self._book.transactions(after))))

    def due(self, at: datetime) -> Sequence[int]:
        return self._doors.read(self._book.due, at)
