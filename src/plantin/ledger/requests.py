"""What can be asked of the ledger: one frozen record for each operation.

Promises that a request is checked when it is made, and that its `input_digest` covers what decides the money
(operation, job, accounts, amounts, references) and leaves out what may differ between two tries of the same
thing (memo, actor, expiry time, the moment). Every request has an idempotency key, by convention
`job:<uuid>:<event>` for a job's events.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from .encoding import VERSION, Value, encode
from .errors import InvalidRequest
from .limits import CHARGES_MAX, KEY_CHARS_MAX, PURSES_MAX, SHARES_MAX, TEXT_CHARS_MAX
from .money import check_amount


@dataclass(frozen=True, slots=True)
class Share:
    """One payer: purses drawn on in order (allowance first, then own money), and its weight in a split."""

    purses: tuple[str, ...]
    weight: int = 1

    def __post_init__(self) -> None:
        if not 0 < len(self.purses) <= PURSES_MAX or len(set(self.purses)) != len(self.purses):
            raise InvalidRequest(f"a payer has 1 to {PURSES_MAX} different purses, not {len(self.purses)}")
        if self.weight < 0:
            raise InvalidRequest(f"a share of {self.weight}")


@dataclass(frozen=True, slots=True)
class Charge:
    """An amount (minor units, not negative) that payers owe to a house account, in one unit.

    `loss` is the grant account that bears what comes out on paper beyond the payers' limits; without one,
    such a charge is refused.
    """

    unit: str
    amount: int
    shares: tuple[Share, ...]
    to: str
    loss: str | None = None

    def __post_init__(self) -> None:
        _check_not_negative(self.amount, "a charge")
        if not 0 < len(self.shares) <= SHARES_MAX or not any(share.weight for share in self.shares):
            raise InvalidRequest(f"a charge has 1 to {SHARES_MAX} payers, at least one with a share")

    def facts(self) -> Value:
        """What of it decides the money."""
        shares = tuple((share.purses, share.weight) for share in self.shares)
        return self.unit, self.amount, shares, self.to, self.loss


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What all requests have: the idempotency key, the job (its UUID), who asked, and a note."""

    key: str
    job: str = ""
    actor: str = ""
    memo: str = ""

    def __post_init__(self) -> None:
        if not 0 < len(self.key) <= KEY_CHARS_MAX:
            raise InvalidRequest(f"an idempotency key has 1 to {KEY_CHARS_MAX} characters")
        for name in ("key", "job", "actor", "memo"):
            check_text(getattr(self, name), name)

    def facts(self) -> Value:
        """What decides the money, besides operation and job."""
        raise TypeError("a request of no kind")

    def input_digest(self) -> bytes:
        """SHA-256 of the operation, the job and the facts, canonically encoded."""
        content = (type(self).__name__.lower(), self.job, self.facts())
        return hashlib.sha256(bytes([VERSION]) + encode(content)).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reserve(Request):
    """Speak for the charges of a job before it prints: all of them, or none."""

    charges: tuple[Charge, ...]
    expires_at: datetime

    def __post_init__(self) -> None:
        Request.__post_init__(self)
        _check_charges(self.charges)
        if self.expires_at.tzinfo is None:
            raise InvalidRequest("expires_at has no time zone")

    def facts(self) -> Value:
        return tuple(charge.facts() for charge in self.charges)


@dataclass(frozen=True, slots=True, kw_only=True)
class Post(Request):
    """Book the true amounts of a reservation, restore the rest.

    What was held pays first; more than that is drawn within the limits, and beyond them from `Charge.loss`.
    """

    reservation: int
    charges: tuple[Charge, ...]

    def __post_init__(self) -> None:
        Request.__post_init__(self)
        _check_charges(self.charges)

    def facts(self) -> Value:
        return self.reservation, tuple(charge.facts() for charge in self.charges)


@dataclass(frozen=True, slots=True, kw_only=True)
class Void(Request):
    """Restore a reservation completely: nothing was printed."""

    reservation: int

    def facts(self) -> Value:
        return self.reservation


@dataclass(frozen=True, slots=True, kw_only=True)
class Expire(Request):
    """Restore a reservation whose time is over."""

    reservation: int

    def facts(self) -> Value:
        return self.reservation


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeNow(Request):
    """Charge without a reservation. `printed` True: the paper is out, so `Charge.loss` bears the excess."""

    charges: tuple[Charge, ...]
    printed: bool = False

    def __post_init__(self) -> None:
        Request.__post_init__(self)
        _check_charges(self.charges)

    def facts(self) -> Value:
        return tuple(charge.facts() for charge in self.charges), self.printed


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer(Request):
    """Move an amount between two accounts: top-up at the cash desk, a voucher, one user to another."""

    source: str
    target: str
    unit: str
    amount: int

    def __post_init__(self) -> None:
        Request.__post_init__(self)
        _check_not_negative(self.amount, "a transfer")
        if self.source == self.target or not self.amount:
            raise InvalidRequest("a transfer moves something, between two accounts")

    def facts(self) -> Value:
        return self.source, self.target, self.unit, self.amount


@dataclass(frozen=True, slots=True, kw_only=True)
class Allocate(Request):
    """Grant an allowance: `amount`, but no more than brings the booked balance to `cap` when there is one."""

    source: str
    target: str
    unit: str
    amount: int
    cap: int | None = None

    def __post_init__(self) -> None:
        Request.__post_init__(self)
        _check_not_negative(self.amount, "an allocation")
        if self.cap is not None:
            _check_not_negative(self.cap, "a cap")

    def facts(self) -> Value:
        return self.source, self.target, self.unit, self.amount, self.cap


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjust(Request):
    """Bring an account's booked balance to `balance`, against the grant account `source`: opening balances.

    It is a decision of the house, so it may leave the account beyond its limit.
    """

    source: str
    target: str
    unit: str
    balance: int

    def __post_init__(self) -> None:
        Request.__post_init__(self)
        check_amount(self.balance)

    def facts(self) -> Value:
        return self.source, self.target, self.unit, self.balance


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund(Request):
    """Pay back part of what payers paid in `transaction`, in one unit.

    Divided between the payers as they paid; for each payer the purse drawn last is refilled first.
    """

    transaction: int
    unit: str
    amount: int

    def __post_init__(self) -> None:
        Request.__post_init__(self)
        _check_not_negative(self.amount, "a refund")
        if not self.amount:
            raise InvalidRequest("a refund of nothing")

    def facts(self) -> Value:
        return self.transaction, self.unit, self.amount


@dataclass(frozen=True, slots=True, kw_only=True)
class Reverse(Request):
    """Undo the bookings of a transaction by their opposite.

    `beyond_limit` permits that an account ends below its limit (a mistaken top-up, spent meanwhile).
    """

    transaction: int
    beyond_limit: bool = False

    def facts(self) -> Value:
        return self.transaction, self.beyond_limit


def check_text(text: str, what: str) -> None:
    """Raises `InvalidRequest` for text that is too long, or that has no UTF-8 encoding."""
    if len(text) > TEXT_CHARS_MAX:
        raise InvalidRequest(f"{what} is longer than {TEXT_CHARS_MAX} characters")
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise InvalidRequest(f"{what} has half a character (a lone surrogate)")


def _check_not_negative(amount: int, what: str) -> None:
    if check_amount(amount) < 0:
        raise InvalidRequest(f"{what} of {amount} is below zero")


def _check_charges(charges: tuple[Charge, ...]) -> None:
    if not 0 < len(charges) <= CHARGES_MAX:
        raise InvalidRequest(f"{len(charges)} charges; 1 to {CHARGES_MAX} are possible")
