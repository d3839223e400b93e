"""Paying back part of a charge.

Promises that payers get back in the proportion in which they paid, the purse drawn last first, and never
more than they paid, over all refunds together. What the house's loss account bore is nobody's to get back.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from .currencies import amount_text
from .errors import RefundTooLarge, UnknownTransaction
from .requests import Refund
from .reservations import live
from .split import largest_remainder
from .transactions import Draft, Kind, Layer, Posting
from .view import View


def refundable(view: View, number: int, unit: str) -> dict[tuple[int, str], int]:
    """What each payer's purse paid in a charge and has not got back: minor units by share and account.

    Raises `UnknownTransaction` when the transaction is not a charge.
    """
    original = view.transaction(number)
    if original.kind not in (Kind.POST, Kind.CHARGE):
        raise UnknownTransaction(f"transaction {number} is a {original.kind.value}, nothing was charged")
    paid = {
        (p.share, p.account): -p.amount
        for p in original.postings
        if p.layer is Layer.BOOKED and p.unit == unit and p.amount < 0 and view.account(p.account).is_customer
    }
    for refund in live(view, number):
        for posting in refund.postings:
            place = posting.share, posting.account
            if place in paid:
                paid[place] -= posting.amount
    return paid


def plan_refund(request: Refund, view: View, at: datetime) -> Draft:
    """The postings of a refund; raises `RefundTooLarge` or `UnknownTransaction`."""
    left = refundable(view, request.transaction, request.unit)
    total = sum(left.values())
    if request.amount > total:
        raise RefundTooLarge(
            f"transaction {request.transaction}: {amount_text(total, request.unit)} can be paid back, "
            f"not {amount_text(request.amount, request.unit)}"
        )
    by_share: defaultdict[int, int] = defaultdict(int)
    for (share, _), amount in left.items():
        by_share[share] += amount
    parts = dict(zip(by_share, largest_remainder(request.amount, list(by_share.values())), strict=True))
    rows = []
    for (share, account), amount in reversed(left.items()):
        back = min(amount, parts[share])
        parts[share] -= back
        if back:
            rows.append(Posting(account, request.unit, back, Layer.BOOKED, share))
    original = view.transaction(request.transaction)
    revenue = next(
        p.account
        for p in original.postings
        if p.unit == request.unit and p.amount > 0 and p.layer is Layer.BOOKED
    )
    rows.append(Posting(revenue, request.unit, -request.amount))
    return Draft(Kind.REFUND, tuple(rows), refers_to=request.transaction)
