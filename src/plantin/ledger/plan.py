"""From a request and the state of the ledger to the postings that it causes; the arithmetic of the ledger.

Promises to be pure and complete: every implementation of the ledger, in memory or over a database, calls
`plan` under its lock and appends what comes back. Never writes, and a request that cannot be met raises.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from .accounts import AccountKind
from .errors import AlreadyReversed, InsufficientFunds, InvalidRequest, NotExpired, Shortfall
from .headroom import Headroom, check_open
from .plan_charge import book, hold, restored
from .plan_refund import plan_refund
from .requests import (
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
from .reservations import live, open_reservation
from .transactions import Draft, Kind, Layer, Posting, check_balanced
from .view import View

_REVERSIBLE = frozenset({Kind.POST, Kind.CHARGE, Kind.TRANSFER, Kind.ALLOCATE, Kind.ADJUST, Kind.REFUND})


def plan(request: Request, view: View, at: datetime) -> Draft:
    """What the request does at the moment `at` (aware); raises a `LedgerError` when it cannot be done."""
    if at.tzinfo is None:
        raise InvalidRequest("the moment of a transaction has no time zone")
    for kind, planner in _PLANNERS.items():
        if isinstance(request, kind):
            draft = planner(request, view, at)
            check_balanced(draft.postings)
            return draft
    raise InvalidRequest(f"{type(request).__name__} is no request of the ledger")


def _reserve(request: Reserve, view: View, at: datetime) -> Draft:
    if request.expires_at <= at:
        raise InvalidRequest("the reservation would be over before it begins")
    return Draft(Kind.RESERVE, hold(request.charges, view), expires_at=request.expires_at)


def _post(request: Post, view: View, at: datetime) -> Draft:
    reservation = open_reservation(view, request.reservation)
    released = restored(reservation)
    booked = book(request.charges, view, released, printed=True)
    return Draft(Kind.POST, released + booked, refers_to=reservation.number)


def _void(request: Void, view: View, at: datetime) -> Draft:
    reservation = open_reservation(view, request.reservation)
    return Draft(Kind.VOID, restored(reservation), refers_to=reservation.number)


def _expire(request: Expire, view: View, at: datetime) -> Draft:
    reservation = open_reservation(view, request.reservation)
    if reservation.expires_at is not None and at < reservation.expires_at:
        raise NotExpired(f"reservation {reservation.number} holds until {reservation.expires_at.isoformat()}")
    return Draft(Kind.EXPIRE, restored(reservation), refers_to=reservation.number)


def _charge(request: ChargeNow, view: View, at: datetime) -> Draft:
    return Draft(Kind.CHARGE, book(request.charges, view, (), printed=request.printed))


def _transfer(request: Transfer, view: View, at: datetime) -> Draft:
    source = check_open(view.account(request.source), request.unit)
    check_open(view.account(request.target), request.unit)
    if source.is_customer:
        headroom = Headroom(view)
        headroom.take(view.account(request.target), -request.amount)
        missing = request.amount - headroom.room(source)
        if missing > 0:
            raise InsufficientFunds([Shortfall((source.id,), source.unit, missing)])
    return Draft(Kind.TRANSFER, _moved(request.source, request.target, request.unit, request.amount))


def _allocate(request: Allocate, view: View, at: datetime) -> Draft:
    _check_grant(view, request.source, request.unit)
    check_open(view.account(request.target), request.unit)
    amount = request.amount
    if request.cap is not None:
        # Booked, not available: what is reserved now may be restored after the grant.
        amount = max(0, min(amount, request.cap - view.balance(request.target).booked))
    return Draft(Kind.ALLOCATE, _moved(request.source, request.target, request.unit, amount))


def _adjust(request: Adjust, view: View, at: datetime) -> Draft:
    _check_grant(view, request.source, request.unit)
    target = view.account(request.target)
    if not target.is_customer or target.unit != request.unit:
        raise InvalidRequest(f"account {target.id} is not a customer's account in {request.unit}")
    change = request.balance - view.balance(target.id).booked
    return Draft(Kind.ADJUST, _moved(request.source, target.id, request.unit, change))


def _reverse(request: Reverse, view: View, at: datetime) -> Draft:
    original = view.transaction(request.transaction)
    if original.kind not in _REVERSIBLE:
        raise InvalidRequest(
            f"transaction {original.number} is a {original.kind.value}, which is not reversed"
        )
    if live(view, original.number):
        raise AlreadyReversed(f"transaction {original.number} was reversed or refunded before")
    postings = tuple(p.opposite() for p in original.postings if p.layer is Layer.BOOKED)
    if not request.beyond_limit:
        _check_affordable(postings, view)
    return Draft(Kind.REVERSE, postings, refers_to=original.number)


def _check_affordable(postings: tuple[Posting, ...], view: View) -> None:
    headroom = Headroom(view)
    for posting in postings:
        if posting.amount > 0:
            headroom.take(view.account(posting.account), -posting.amount)
    shortfalls = []
    for posting in postings:
        account = view.account(posting.account)
        if posting.amount < 0 and account.is_customer:
            missing = -posting.amount - headroom.room(account)
            if missing > 0:
                shortfalls.append(Shortfall((account.id,), posting.unit, missing))
            headroom.take(account, -posting.amount)
    if shortfalls:
        raise InsufficientFunds(shortfalls)


def _check_grant(view: View, source: str, unit: str) -> None:
    account = view.account(source)
    if account.kind is not AccountKind.GRANT:
        raise InvalidRequest(f"account {source} is {account.kind.value}; grants come from a grant account")
    check_open(account, unit)


def _moved(source: str, target: str, unit: str, amount: int) -> tuple[Posting, ...]:
    if not amount:
        return ()
    return Posting(source, unit, -amount), Posting(target, unit, amount)


_PLANNERS: dict[type[Request], Callable[..., Draft]] = {
    Reserve: _reserve,
    Post: _post,
    Void: _void,
    Expire: _expire,
    ChargeNow: _charge,
    Transfer: _transfer,
    Allocate: _allocate,
    Adjust: _adjust,
    Refund: plan_refund,
    Reverse: _reverse,
}
