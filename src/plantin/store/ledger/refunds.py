"""Requests for refunds over the store: asked, decided by somebody else, withdrawn, each step in the trail.

Promises that an approval and its booking are one transaction, that a request pays back once (its id is the
key of the refund), and that no more is asked for than can be paid back. The rules are those of
`plantin.ledger.refunds`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from plantin.ledger.currencies import amount_text
from plantin.ledger.errors import RefundTooLarge, UnknownTransaction, WorkflowError
from plantin.ledger.plan_refund import refundable
from plantin.ledger.refunds import RefundRequest, RefundState, Step, ask_refund
from plantin.ledger.transactions import Transaction
from plantin.store import sql
from plantin.store.ledger import journal
from plantin.store.ledger.book import DatabaseBook

_COLUMNS = ("id", "charge", "unit", "asked", "granted", "asked_by", "state")
_STEPS = ("request_id", "state", "actor", "at_us", "note")


@dataclass(frozen=True, slots=True)
class Approved:
    """A request that was approved, and the transaction that paid it back."""

    request: RefundRequest
    refund: Transaction


def ask(
    book: DatabaseBook,
    charge: int,
    unit: str,
    amount: int | None,
    *,
    by: str,
    reason: str,
    at: datetime,
) -> RefundRequest:
    """Asks for `amount` minor units of a charge (None: all that was paid and not given back).

    Raises:
        UnknownTransaction: no such charge.
        RefundTooLarge: more than was paid, or than is left of it.
        WorkflowError: a request concerning this charge is still open.
        InvalidRequest: no reason, or no amount.
    """
    left = sum(refundable(book.view(), charge, unit).values())
    wanted = left if amount is None else amount
    if wanted > left or not left:
        raise RefundTooLarge(
            f"transaction {charge}: {amount_text(left, unit)} can be paid back, "
            f"not {amount_text(wanted, unit)}"
        )
    for other in requests(charge=charge, state=RefundState.ASKED):
        if other.unit == unit:
            raise WorkflowError(f"refund {other.id} of transaction {charge} is still open")
    number = sql.allocate("store_refundrequest", 1)
    made = ask_refund(str(number), charge, unit, wanted, by, at, reason)
    sql.insert("store_refundrequest", _COLUMNS, [(number, charge, unit, wanted, 0, by, made.state.value)])
    _keep_steps(made, 0)
    return made


def approve(
    book: DatabaseBook, request_id: str, *, by: str, at: datetime, amount: int | None = None, note: str = ""
) -> Approved:
    """Approves a request, for `amount` or for all of it, and pays back.

    Raises:
        WorkflowError: it is decided already, or by is who asked.
        RefundTooLarge: meanwhile less is left.
        UnknownTransaction: no such request.
    """
    old = show(request_id)
    new = old.approve(by, at, amount, note)
    job = book.transaction(old.transaction).job
    refund = book.apply(replace(new.refund(), job=job), at)
    return Approved(_keep(old, new), refund)


def reject(request_id: str, *, by: str, at: datetime, note: str) -> RefundRequest:
    """Rejects a request with a reason. Raises `WorkflowError` or `UnknownTransaction`."""
    old = show(request_id)
    return _keep(old, old.reject(by, at, note))


def withdraw(request_id: str, *, by: str, at: datetime, note: str = "") -> RefundRequest:
    """Takes a request back; only who asked can. Raises `WorkflowError` or `UnknownTransaction`."""
    old = show(request_id)
    return _keep(old, old.withdraw(by, at, note))


def show(request_id: str) -> RefundRequest:
    """The request with its trail.

    Raises:
        UnknownTransaction: there is none.
    """
    known = request_id.isascii() and request_id.isdecimal() and len(request_id) <= 18
    found = _read("WHERE id = %s", [int(request_id)]) if known else []
    if not found:
        raise UnknownTransaction(f"no request {request_id[:40]!r} for a refund")
    return found[0]


def requests(
    *, charge: int = 0, by: str = "", state: RefundState | None = None, limit: int = 1000
) -> list[RefundRequest]:
    """Requests, the oldest first: of one charge, of one person, in one state, or all."""
    where: list[str] = ["id > 0"]
    values: list[int | str] = []
    for column, value in (("charge", charge), ("asked_by", by), ("state", state.value if state else "")):
        if value:
            where.append(f"{column} = %s")
            values.append(value)
    return _read(f"WHERE {' AND '.join(where)} ORDER BY id LIMIT {max(1, limit)}", values)


def _keep(old: RefundRequest, new: RefundRequest) -> RefundRequest:
    sql.execute(
        "UPDATE store_refundrequest SET state = %s, granted = %s WHERE id = %s",
        [new.state.value, new.granted, int(new.id)],
    )
    _keep_steps(new, len(old.trail))
    return new


def _keep_steps(request: RefundRequest, known: int) -> None:
    rows = [
        (int(request.id), step.state.value, step.by, journal.to_us(step.at), step.note)
        for step in request.trail[known:]
    ]
    sql.insert("store_refundstep", _STEPS, rows)


def _read(where: str, values: Sequence[Any]) -> list[RefundRequest]:
    rows = sql.select(
        f"SELECT {','.join(_COLUMNS)} FROM store_refundrequest {where}", values, lambda row: row
    )
    if not rows:
        return []
    trails: dict[int, list[Step]] = {row[0]: [] for row in rows}
    for request, state, actor, at_us, note in sql.select(
        f"SELECT {','.join(_STEPS)} FROM store_refundstep "
        f"WHERE request_id IN ({sql.marks(trails)}) ORDER BY id",
        list(trails),
        lambda row: row,
    ):
        trails[request].append(Step(RefundState(state), actor, journal.from_us(at_us), note))
    return [
        RefundRequest(
            id=str(row[0]),
            transaction=row[1],
            unit=row[2],
            asked=row[3],
            by=row[5],
            state=RefundState(row[6]),
            trail=tuple(trails[row[0]]),
            granted=row[4],
        )
        for row in rows
    ]
