"""The ledger in memory: the reference that the database's must equal.

Promises the whole of `view.Ledger` with one lock around every request, so that threads may race for the last
cent. Keeps everything until the process ends; nothing in production relies on it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from threading import RLock

from .accounts import Account, lineage
from .encoding import genesis, seal
from .errors import InvalidRequest, KeyConflict, UnknownAccount, UnknownTransaction
from .plan import plan
from .requests import Request
from .reservations import open_numbers
from .transactions import Balance, Transaction


class Book:
    """A book of accounts in memory. `overdrafts` has the default overdraft, minor units, of each unit."""

    def __init__(self, book_id: str = "plantin", overdrafts: Mapping[str, int] | None = None) -> None:
        self._book_id = book_id
        self._overdrafts = dict(overdrafts or {})
        self._accounts: dict[str, Account] = {}
        self._children: defaultdict[str, list[str]] = defaultdict(list)
        self._balances: defaultdict[str, Balance] = defaultdict(Balance)
        self._journal: list[Transaction] = []
        self._by_key: dict[str, Transaction] = {}
        self._referring: defaultdict[int, list[Transaction]] = defaultdict(list)
        self._lock = RLock()

    @property
    def book_id(self) -> str:
        return self._book_id

    def open_account(self, account: Account) -> None:
        with self._lock:
            if account.id in self._accounts:
                raise InvalidRequest(f"account {account.id} exists")
            self._check_tree(account)
            self._accounts[account.id] = account
            if account.parent is not None:
                self._children[account.parent].append(account.id)

    def change_account(self, account: Account) -> None:
        with self._lock:
            old = self.account(account.id)
            if (old.kind, old.unit) != (account.kind, account.unit):
                raise InvalidRequest(f"account {account.id}: kind and unit cannot change")
            self._check_tree(account)
            self._accounts[account.id] = account
            if old.parent is not None:
                self._children[old.parent].remove(account.id)
            if account.parent is not None:
                self._children[account.parent].append(account.id)

    def _check_tree(self, account: Account) -> None:
        def find(account_id: str) -> Account:
            return account if account_id == account.id else self.account(account_id)

        for node in lineage(account, find):
            if (node.kind, node.unit) != (account.kind, account.unit):
                raise InvalidRequest(f"account {account.id}: {node.id} is of another kind or unit")

    def account(self, account_id: str) -> Account:
        if account_id not in self._accounts:
            raise UnknownAccount(f"no account {account_id[:60]!r}")
        return self._accounts[account_id]

    def accounts(self) -> Sequence[Account]:
        return sorted(self._accounts.values(), key=lambda account: account.id)

    def balance(self, account_id: str) -> Balance:
        return self._balances.get(self.account(account_id).id, Balance())

    def tree_balance(self, account_id: str) -> Balance:
        with self._lock:
            total = self.balance(account_id)
            for child in self._children.get(account_id, ()):
                below = self.tree_balance(child)
                total = Balance(total.booked + below.booked, total.reserved + below.reserved)
            return total

    def default_overdraft(self, unit: str) -> int:
        return self._overdrafts.get(unit, 0)

    def transaction(self, number: int) -> Transaction:
        if not 0 < number <= len(self._journal):
            raise UnknownTransaction(f"no transaction {number}")
        return self._journal[number - 1]

    def referring(self, number: int) -> Sequence[Transaction]:
        return tuple(self._referring.get(number, ()))

    def transactions(self, after: int = 0) -> Iterator[Transaction]:
        return iter(self._journal[max(0, after) :])

    def due(self, at: datetime) -> Sequence[int]:
        with self._lock:
            opened = [self.transaction(number) for number in open_numbers(self._journal)]
        return [t.number for t in opened if t.expires_at is not None and t.expires_at <= at]

    def apply(self, request: Request, at: datetime) -> Transaction:
        with self._lock:
            digest = request.input_digest()
            known = self._by_key.get(request.key)
            if known is not None:
                if known.input_digest != digest:
                    raise KeyConflict(f"key {request.key} was used for another {known.kind.value}")
                return known
            draft = plan(request, self, at)
            previous = self._journal[-1].digest if self._journal else genesis(self._book_id)
            texts = {"job": request.job, "actor": request.actor, "memo": request.memo}
            transaction = seal(draft, len(self._journal) + 1, previous, at, request.key, digest, **texts)
            self._append(transaction)
            return transaction

    def _append(self, transaction: Transaction) -> None:
        self._journal.append(transaction)
        self._by_key[transaction.key] = transaction
        if transaction.refers_to is not None:
            self._referring[transaction.refers_to].append(transaction)
        for posting in transaction.postings:
            self._balances[posting.account] = self._balances[posting.account].plus(posting)
