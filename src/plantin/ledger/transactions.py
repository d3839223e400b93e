"""What the ledger is made of: immutable transactions of postings in two layers.

Promises that in every transaction each layer of each unit sums to zero. The booked layer is money; the
reserved layer is money that is spoken for, so that a reservation is a posting too and is undone by its
opposite, never by a change. Nothing here is ever updated or deleted; a correction is a new transaction.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from .errors import InvalidRequest
from .money import check_amount


class Layer(Enum):
    """Where a posting counts."""

    BOOKED = 0
    RESERVED = 1


class Kind(Enum):
    """What a transaction is for."""

    RESERVE = "reserve"
    POST = "post"
    VOID = "void"
    EXPIRE = "expire"
    CHARGE = "charge"
    TRANSFER = "transfer"
    ALLOCATE = "allocate"
    ADJUST = "adjust"
    REFUND = "refund"
    REVERSE = "reverse"


@dataclass(frozen=True, slots=True)
class Posting:
    """`amount` minor units of `unit` added to an account; `share` numbers the payer within a split."""

    account: str
    unit: str
    amount: int
    layer: Layer = Layer.BOOKED
    share: int = 0

    def opposite(self) -> Posting:
        """The posting that undoes this one."""
        return Posting(self.account, self.unit, -self.amount, self.layer, self.share)


@dataclass(frozen=True, slots=True)
class Draft:
    """What a request does, before it has a number and its place in the chain."""

    kind: Kind
    postings: tuple[Posting, ...]
    refers_to: int | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Transaction:
    """One entry of the journal. `at` is UTC; `digest` chains it to the one before (see `encoding`)."""

    number: int
    kind: Kind
    at: datetime
    key: str
    input_digest: bytes
    postings: tuple[Posting, ...]
    refers_to: int | None = None
    job: str = ""
    actor: str = ""
    memo: str = ""
    expires_at: datetime | None = None
    previous_digest: bytes = b""
    digest: bytes = b""


@dataclass(frozen=True, slots=True)
class Balance:
    """Sums of an account's postings in minor units; a customer's `reserved` is zero or below."""

    booked: int = 0
    reserved: int = 0

    @property
    def available(self) -> int:
        """What is there and not spoken for, the overdraft not included."""
        return self.booked + self.reserved

    def plus(self, posting: Posting) -> Balance:
        """The balance after this posting."""
        if posting.layer is Layer.BOOKED:
            return Balance(self.booked + posting.amount, self.reserved)
        return Balance(self.booked, self.reserved + posting.amount)


def sums(postings: Iterable[Posting]) -> dict[tuple[str, Layer], int]:
    """The sum for each unit and layer; all are zero in a sound ledger."""
    totals: defaultdict[tuple[str, Layer], int] = defaultdict(int)
    for posting in postings:
        totals[posting.unit, posting.layer] += posting.amount
    return dict(totals)


def check_balanced(postings: Sequence[Posting]) -> None:
    """Raises `InvalidRequest` unless every layer of every unit sums to zero and no posting is 0 or huge."""
    for posting in postings:
        check_amount(posting.amount)
        if not posting.amount:
            raise InvalidRequest(f"a posting of zero on {posting.account}")
    for (unit, layer), total in sums(postings).items():
        if total:
            raise InvalidRequest(f"{layer.name.lower()} postings in {unit} sum to {total}, not to zero")


def recount(transactions: Iterable[Transaction]) -> dict[str, Balance]:
    """Every account's balance, from the postings alone."""
    balances: defaultdict[str, Balance] = defaultdict(Balance)
    for transaction in transactions:
        for posting in transaction.postings:
            balances[posting.account] = balances[posting.account].plus(posting)
    return dict(balances)
