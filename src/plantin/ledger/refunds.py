"""The request for a refund: asked with a reason, approved in full or in part, or rejected, with its trail.

Promises that nobody approves a request of their own, that a decision is final, and that every step is in the
trail with who, when and why. Money moves only by the `Refund` that an approval gives to the ledger.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum

from .errors import InvalidRequest, WorkflowError
from .requests import Refund, check_text


class RefundState(Enum):
    """Where a request stands."""

    ASKED = "asked"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the trail."""

    state: RefundState
    by: str
    at: datetime
    note: str


@dataclass(frozen=True, slots=True)
class RefundRequest:
    """A request concerning the charge `transaction`; amounts in minor units of `unit`."""

    id: str
    transaction: int
    unit: str
    asked: int
    by: str
    state: RefundState
    trail: tuple[Step, ...]
    granted: int = 0

    def approve(self, by: str, at: datetime, amount: int | None = None, note: str = "") -> RefundRequest:
        """Approved by somebody else, for `amount` (default: all that was asked). Raises `WorkflowError`."""
        granted = self.asked if amount is None else amount
        if by == self.by:
            raise WorkflowError(f"{by} asked for refund {self.id}; somebody else has to approve it")
        if not 0 < granted <= self.asked:
            raise WorkflowError(f"refund {self.id}: 1 to {self.asked} can be granted, not {granted}")
        return replace(self._step(RefundState.APPROVED, by, at, note), granted=granted)

    def reject(self, by: str, at: datetime, note: str) -> RefundRequest:
        """Rejected, with the reason that the person will read. Raises `WorkflowError`."""
        if not note.strip():
            raise WorkflowError(f"refund {self.id}: a rejection needs a reason")
        return self._step(RefundState.REJECTED, by, at, note)

    def withdraw(self, by: str, at: datetime, note: str = "") -> RefundRequest:
        """Withdrawn by the one who asked. Raises `WorkflowError`."""
        if by != self.by:
            raise WorkflowError(f"refund {self.id}: only {self.by} can withdraw it")
        return self._step(RefundState.WITHDRAWN, by, at, note)

    def refund(self) -> Refund:
        """What an approved request asks of the ledger. Raises `WorkflowError` in any other state."""
        if self.state is not RefundState.APPROVED:
            raise WorkflowError(f"refund {self.id} is {self.state.value}, not approved")
        last = self.trail[-1]
        return Refund(
            key=f"refund:{self.id}",
            transaction=self.transaction,
            unit=self.unit,
            amount=self.granted,
            actor=last.by,
            memo=last.note or self.trail[0].note,
        )

    def _step(self, state: RefundState, by: str, at: datetime, note: str) -> RefundRequest:
        check_text(note, "a note")
        if self.state is not RefundState.ASKED:
            raise WorkflowError(f"refund {self.id} is {self.state.value} already")
        return replace(self, state=state, trail=(*self.trail, Step(state, by, at, note)))


def ask_refund(
    request_id: str, transaction: int, unit: str, amount: int, by: str, at: datetime, reason: str
) -> RefundRequest:
    """A new request; raises `InvalidRequest` without a reason or an amount."""
    check_text(reason, "a reason")
    if amount <= 0 or not reason.strip():
        raise InvalidRequest("a refund is asked for with an amount and a reason")
    first = Step(RefundState.ASKED, by, at, reason)
    return RefundRequest(request_id, transaction, unit, amount, by, RefundState.ASKED, (first,))
