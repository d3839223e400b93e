"""The life of a reservation and of a booking, as the transactions that refer to it tell.

Promises that a reservation is open until exactly one post, void or expiry refers to it. Keeps no state of
its own: the state is what the journal says.
"""

from __future__ import annotations

from collections.abc import Iterable

from .errors import ReservationClosed, UnknownTransaction
from .transactions import Kind, Transaction
from .view import View

_ENDED = {Kind.POST: "posted", Kind.VOID: "voided", Kind.EXPIRE: "expired"}


def open_reservation(view: View, number: int) -> Transaction:
    """The reservation, when it is still open; raises `UnknownTransaction` or `ReservationClosed`."""
    reservation = view.transaction(number)
    if reservation.kind is not Kind.RESERVE:
        raise UnknownTransaction(f"transaction {number} is a {reservation.kind.value}, not a reservation")
    for end in view.referring(number):
        raise ReservationClosed(f"reservation {number} was {_ENDED[end.kind]} by transaction {end.number}")
    return reservation


def live(view: View, number: int) -> tuple[Transaction, ...]:
    """The refunds and reversals of a transaction that have not been reversed themselves."""
    return tuple(t for t in view.referring(number) if not view.referring(t.number))


def open_numbers(transactions: Iterable[Transaction]) -> tuple[int, ...]:
    """The numbers of the reservations that nothing closes, in order."""
    held: dict[int, None] = {}
    for transaction in transactions:
        if transaction.kind is Kind.RESERVE:
            held[transaction.number] = None
        elif transaction.kind in _ENDED and transaction.refers_to is not None:
            held.pop(transaction.refers_to, None)
    return tuple(held)
