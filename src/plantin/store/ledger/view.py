"""What one batch of requests knows of the ledger: read at once from the tables, then changed in memory.

Promises the state as it is in the transaction of the caller, with every request of the batch that came before
this one already in it, so that `plan` sees what it would see if each request had been written by itself.
Reads what the requests name with few statements; what they need beyond that, when it is asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from plantin.ledger.accounts import Account, AccountKind, lineage
from plantin.ledger.errors import UnknownAccount, UnknownTransaction
from plantin.ledger.requests import (
    Adjust,
    Allocate,
    ChargeNow,
    Expire,
    Post,
    Refund,
    Request,
    Reserve,
    Reverse,
    Transfer,
    Void,
)
from plantin.ledger.transactions import Balance, Kind, Layer, Transaction
from plantin.store.ledger import accounts, journal, settings

ENDS = frozenset({Kind.POST, Kind.VOID, Kind.EXPIRE})
_ZERO = Balance()


class WorkingView:
    """A `plantin.ledger.view.View` that takes new transactions in. `overdrafts` None: those of the store."""

    def __init__(self, overdrafts: Mapping[str, int] | None = None) -> None:
        self._overdrafts = overdrafts
        self._accounts: dict[str, Account] = {}
        self._balances: dict[str, Balance] = {}
        self._trees: dict[str, Balance] = {}
        self._transactions: dict[int, Transaction] = {}
        self._referring: dict[int, list[Transaction]] = {}
        self._by_key: dict[str, Transaction] = {}
        self.changes: dict[str, Balance] = {}
        """What the transactions taken in add to each account."""

    # -- reading --------------------------------------------------------------------------------------------

    def preload(self, requests: Sequence[Request]) -> None:
        """Reads what these requests name."""
        for known in journal.by_keys(request.key for request in requests):
            self._by_key[known.key] = known
        fresh = [request for request in requests if request.key not in self._by_key]
        numbers = {number for request in fresh for number in _numbers(request)}
        named = {account for request in fresh for account in _accounts(request)}
        if numbers:
            self._load_transactions(numbers)
            for number in numbers & self._transactions.keys():
                named.update(posting.account for posting in self._transactions[number].postings)
        self._load_accounts(named)
        limited = [a.id for a in self._accounts.values() if a.kind is AccountKind.SHARED and a.restricted]
        self._trees |= accounts.tree_sums(limited)

    def _load_transactions(self, numbers: Iterable[int]) -> None:
        wanted = list(numbers)
        for found in journal.by_numbers(wanted):
            self._transactions[found.number] = found
        for number in wanted:
            self._referring[number] = []
        for found in journal.referring_to(wanted):
            if found.refers_to is not None:
                self._referring[found.refers_to].append(found)
                self._transactions[found.number] = found

    def _load_accounts(self, ids: Iterable[str]) -> None:
        """The accounts, and the cost centres above them."""
        wanted = set(ids) - self._accounts.keys()
        while wanted:
            above = set()
            for account, balance in accounts.by_ids(wanted):
                self._accounts[account.id] = account
                self._balances[account.id] = balance
                if account.parent is not None:
                    above.add(account.parent)
            wanted = above - self._accounts.keys() - wanted

    def known(self, key: str) -> Transaction | None:
        """The transaction that has this key, among those of the preloaded requests and of this batch."""
        return self._by_key.get(key)

    def account(self, account_id: str) -> Account:
        found = self._accounts.get(account_id)
        if found is None:
            self._load_accounts([account_id])
            found = self._accounts.get(account_id)
            if found is None:
                raise UnknownAccount(f"no account {account_id[:60]!r}")
        return found

    def balance(self, account_id: str) -> Balance:
        return self._balances[self.account(account_id).id]

    def tree_balance(self, account_id: str) -> Balance:
        account = self.account(account_id)
        if account.kind is not AccountKind.SHARED:  # only cost centres form trees
            return self._balances[account_id]
        if account_id not in self._trees:
            total = accounts.tree_sums([account_id]).get(account_id, _ZERO)
            for changed, change in self.changes.items():
                if account_id in self._line(self.account(changed)):
                    total = _plus(total, change)
            self._trees[account_id] = total
        return self._trees[account_id]

    def _line(self, account: Account) -> Iterator[str]:
        if account.parent is None:
            return iter((account.id,))
        return (node.id for node in lineage(account, self.account))

    def default_overdraft(self, unit: str) -> int:
        if self._overdrafts is None:
            self._overdrafts = settings.default_overdrafts()
        return self._overdrafts.get(unit, 0)

    def transaction(self, number: int) -> Transaction:
        if number not in self._transactions:
            for found in journal.by_numbers([number]):
                self._transactions[number] = found
        if number not in self._transactions:
            raise UnknownTransaction(f"no transaction {number}")
        return self._transactions[number]

    def referring(self, number: int) -> Sequence[Transaction]:
        if number not in self._referring:
            self._referring[number] = journal.referring_to([number])
        return tuple(self._referring[number])

    # -- changing -------------------------------------------------------------------------------------------

    def add(self, made: Transaction) -> None:
        """Takes in a transaction that is going to be written."""
        self._by_key[made.key] = made
        if made.refers_to is not None:
            if made.refers_to not in self._referring:
                self._referring[made.refers_to] = journal.referring_to([made.refers_to])
            self._referring[made.refers_to].append(made)
        self._transactions[made.number] = made
        self._referring[made.number] = []
        for posting in made.postings:
            account_id = posting.account
            amount = posting.amount
            booked = posting.layer is Layer.BOOKED
            change = Balance(amount, 0) if booked else Balance(0, amount)
            account = self.account(account_id)
            if account.kind is AccountKind.SHARED:
                for node in self._line(account):
                    if node in self._trees:
                        self._trees[node] = _plus(self._trees[node], change)
            self._balances[account_id] = _plus(self._balances[account_id], change)
            self.changes[account_id] = _plus(self.changes.get(account_id, _ZERO), change)


def _plus(one: Balance, other: Balance) -> Balance:
    return Balance(one.booked + other.booked, one.reserved + other.reserved)


def _numbers(request: Request) -> tuple[int, ...]:
    if isinstance(request, Post | Void | Expire):
        return (request.reservation,)
    if isinstance(request, Refund | Reverse):
        return (request.transaction,)
    return ()


def _accounts(request: Request) -> Iterator[str]:
    if isinstance(request, Reserve | Post | ChargeNow):
        for charge in request.charges:
            yield charge.to
            if charge.loss is not None:
                yield charge.loss
            for share in charge.shares:
                yield from share.purses
    elif isinstance(request, Transfer | Allocate | Adjust):
        yield request.source
        yield request.target
