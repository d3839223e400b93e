"""Proof of a ledger: chain, sums, reservations, and balances against a recount.

Promises to find a row that was changed, added, left out or put elsewhere, and to name the first place where
the chain breaks. Cannot find that the newest rows were cut off, unless the caller gives the `head` that was
noted elsewhere. Reads the journal once, in order.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .accounts import Account
from .encoding import digest_of, genesis
from .transactions import Balance, Kind, Posting, Transaction, sums

_ENDS = frozenset({Kind.POST, Kind.VOID, Kind.EXPIRE})


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, and with which transaction (None: with an account or the whole)."""

    number: int | None
    text: str


@dataclass(frozen=True, slots=True)
class Head:
    """The newest transaction as somebody noted it."""

    number: int
    digest: bytes


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome: problems (none in a sound ledger), the head to note, and the recount."""

    problems: tuple[Problem, ...]
    head: Head
    balances: Mapping[str, Balance]
    open_reservations: tuple[int, ...]


class _Audit:
    def __init__(self, book_id: str, accounts: Mapping[str, Account] | None) -> None:
        self.problems: list[Problem] = []
        self.previous = genesis(book_id)
        self.number = 0
        self.accounts = accounts
        self.balances: defaultdict[str, Balance] = defaultdict(Balance)
        self.holds: dict[int, tuple[Posting, ...]] = {}
        self.keys: dict[str, int] = {}

    def note(self, number: int | None, text: str) -> None:
        self.problems.append(Problem(number, text))

    def read(self, transaction: Transaction) -> None:
        number = transaction.number
        if number != self.number + 1:
            self.note(number, f"number {number} follows {self.number}")
        if transaction.previous_digest != self.previous:
            self.note(number, "the chain breaks: it does not follow the transaction before it")
        if digest_of(transaction.previous_digest, transaction) != transaction.digest:
            self.note(number, "its content does not have its digest: it was changed")
        for (unit, layer), total in sums(transaction.postings).items():
            if total:
                self.note(number, f"{layer.name.lower()} postings in {unit} sum to {total}, not to zero")
        if transaction.key in self.keys:
            self.note(number, f"its key was used by transaction {self.keys[transaction.key]}")
        self.keys[transaction.key] = number
        self._reservation(transaction)
        for posting in transaction.postings:
            self._posting(number, posting)
        self.previous, self.number = transaction.digest, number

    def _posting(self, number: int, posting: Posting) -> None:
        self.balances[posting.account] = self.balances[posting.account].plus(posting)
        if self.accounts is None:
            return
        account = self.accounts.get(posting.account)
        if account is None:
            self.note(number, f"a posting on {posting.account}, which is no account")
        elif account.unit != posting.unit:
            self.note(number, f"a posting in {posting.unit} on {posting.account}, which is in {account.unit}")

    def _reservation(self, transaction: Transaction) -> None:
        if transaction.kind is Kind.RESERVE:
            self.holds[transaction.number] = transaction.postings
        elif transaction.kind in _ENDS:
            held = self.holds.pop(transaction.refers_to or 0, None)
            if held is None:
                text = f"it ends reservation {transaction.refers_to}, which is not open"
                self.note(transaction.number, text)
            elif transaction.postings[: len(held)] != tuple(posting.opposite() for posting in held):
                text = f"it does not restore what reservation {transaction.refers_to} held"
                self.note(transaction.number, text)


def verify(
    transactions: Iterable[Transaction],
    book_id: str,
    accounts: Mapping[str, Account] | None = None,
    balances: Mapping[str, Balance] | None = None,
    head: Head | None = None,
) -> Report:
    """Checks a whole journal; `accounts`, kept `balances` and a noted `head` are checked when given."""
    audit = _Audit(book_id, accounts)
    for transaction in transactions:
        audit.read(transaction)
        if head is not None and transaction.number == head.number and transaction.digest != head.digest:
            audit.note(head.number, "its digest is not the one that was noted")
    if head is not None and head.number > audit.number:
        audit.note(
            None, f"the journal ends at {audit.number}, but {head.number} was noted: rows were cut off"
        )
    for account_id in sorted(set(balances or ()) | (set(audit.balances) if balances is not None else set())):
        kept = (balances or {}).get(account_id, Balance())
        counted = audit.balances.get(account_id, Balance())
        if kept != counted:
            text = (
                f"account {account_id} is kept as {kept.booked} booked, {kept.reserved} reserved; "
                f"counted {counted.booked}, {counted.reserved}"
            )
            audit.note(None, text)
    return Report(
        problems=tuple(audit.problems),
        head=Head(audit.number, audit.previous),
        balances=dict(audit.balances),
        open_reservations=tuple(audit.holds),
    )
