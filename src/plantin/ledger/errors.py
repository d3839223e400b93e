"""Refusals of the ledger: each has a stable code and a reason in plain words.

Promises that the reason names the account, the key or the field, and for missing money the amount, so that
it can be shown to the person as it is. Never carries a secret (PIN, voucher code).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .currencies import amount_text


class LedgerError(Exception):
    """A request that the ledger refuses; nothing was written."""

    code = "ledger-error"

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class InvalidRequest(LedgerError):
    """The request itself makes no sense: a negative amount, a unit that differs, a limit exceeded."""

    code = "invalid-request"


class UnknownAccount(LedgerError):
    """No account has this id."""

    code = "unknown-account"


class UnknownTransaction(LedgerError):
    """No transaction has this number, or it is not of the kind that the request needs."""

    code = "unknown-transaction"


class AccountClosed(LedgerError):
    """The account takes no new business."""

    code = "account-closed"


class NotPermitted(LedgerError):
    """This person may not charge this account."""

    code = "not-permitted"


class KeyConflict(LedgerError):
    """The idempotency key was used before, for something else."""

    code = "idempotency-conflict"


class ReservationClosed(LedgerError):
    """The reservation was posted, voided or expired before."""

    code = "reservation-closed"


class NotExpired(LedgerError):
    """The reservation's time is not over yet."""

    code = "not-expired"


class AlreadyReversed(LedgerError):
    """The transaction was reversed, or refunded, before."""

    code = "already-reversed"


class RefundTooLarge(LedgerError):
    """More would be paid back than was paid."""

    code = "refund-too-large"


class Unpriced(LedgerError):
    """The tariffs that apply say nothing about what was printed; it is not free by accident."""

    code = "unpriced"


class TariffError(LedgerError):
    """A tariff's data is wrong; the reason names the field."""

    code = "tariff-error"


class VoucherRefused(LedgerError):
    """The voucher is mistyped, unknown, expired, withdrawn or used."""

    code = "voucher-refused"


class WorkflowError(LedgerError):
    """A step that the refund request's state does not allow."""

    code = "wrong-state"


class ImportRefused(LedgerError):
    """A file of balances that cannot be read; the reason names the line."""

    code = "import-refused"


@dataclass(frozen=True, slots=True)
class Shortfall:
    """What one payer lacks: its purses in order, the unit's code, and the missing amount in minor units."""

    purses: tuple[str, ...]
    unit: str
    missing: int


class InsufficientFunds(LedgerError):
    """One or more payers cannot pay; `shortfalls` says who lacks how much."""

    code = "insufficient-funds"

    def __init__(self, shortfalls: Sequence[Shortfall]) -> None:
        self.shortfalls = tuple(shortfalls)
        parts = [f"{'+'.join(s.purses)} lacks {amount_text(s.missing, s.unit)}" for s in self.shortfalls]
        super().__init__("not enough: " + "; ".join(parts))
