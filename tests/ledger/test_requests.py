"""Requests are checked when they are made, at their limits and one beyond."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from plantin.ledger.errors import InvalidRequest
from plantin.ledger.limits import AMOUNT_MAX, CHARGES_MAX, KEY_CHARS_MAX, SHARES_MAX, TEXT_CHARS_MAX
from plantin.ledger.requests import (
    Adjust,
    Allocate,
    Charge,
    ChargeNow,
    Post,
    Refund,
    Request,
    Reserve,
    Share,
    Transfer,
    Void,
)
from plantin.ledger.transactions import Layer, Posting, check_balanced

AT = datetime(2027, 3, 1, tzinfo=UTC)
SHARE = Share(("alice",))
ONE = Charge("EUR", 1, (SHARE,), "revenue")


def test_the_limits_are_reached() -> None:
    Void(key="k" * KEY_CHARS_MAX, reservation=1, memo="m" * TEXT_CHARS_MAX)
    Charge("EUR", AMOUNT_MAX, (SHARE,) * SHARES_MAX, "revenue")
    Reserve(key="k", charges=(ONE,) * CHARGES_MAX, expires_at=AT)
    Transfer(key="k", source="a", target="b", unit="EUR", amount=AMOUNT_MAX)


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: Void(key="", reservation=1), "idempotency key"),
        (lambda: Void(key="k" * (KEY_CHARS_MAX + 1), reservation=1), "idempotency key"),
        (lambda: Void(key="k", reservation=1, memo="m" * (TEXT_CHARS_MAX + 1)), "memo is longer"),
        (lambda: Void(key="k", reservation=1, job="m" * (TEXT_CHARS_MAX + 1)), "job is longer"),
        (lambda: Void(key="k\ud800", reservation=1), "key has half a character"),
        (lambda: Void(key="k", reservation=1, actor="\udfff"), "actor has half a character"),
        (lambda: Charge("EUR", -1, (SHARE,), "revenue"), "charge of -1"),
        (lambda: Charge("EUR", AMOUNT_MAX + 1, (SHARE,), "revenue"), "beyond"),
        (lambda: Charge("EUR", 1, (), "revenue"), "payers"),
        (lambda: Charge("EUR", 1, (Share(("a",), 0),), "revenue"), "payers"),
        (lambda: Charge("EUR", 1, (SHARE,) * (SHARES_MAX + 1), "revenue"), "payers"),
        (lambda: Reserve(key="k", charges=(), expires_at=AT), "0 charges"),
        (lambda: Reserve(key="k", charges=(ONE,) * (CHARGES_MAX + 1), expires_at=AT), "17 charges"),
        (lambda: Reserve(key="k", charges=(ONE,), expires_at=AT.replace(tzinfo=None)), "no time zone"),
        (lambda: Post(key="k", reservation=1, charges=()), "0 charges"),
        (lambda: ChargeNow(key="k", charges=()), "0 charges"),
        (lambda: Transfer(key="k", source="a", target="a", unit="EUR", amount=1), "between two accounts"),
        (lambda: Transfer(key="k", source="a", target="b", unit="EUR", amount=0), "moves something"),
        (lambda: Transfer(key="k", source="a", target="b", unit="EUR", amount=-1), "below zero"),
        (lambda: Allocate(key="k", source="a", target="b", unit="EUR", amount=-1), "below zero"),
        (lambda: Allocate(key="k", source="a", target="b", unit="EUR", amount=1, cap=-1), "a cap of -1"),
        (lambda: Adjust(key="k", source="a", target="b", unit="EUR", balance=-AMOUNT_MAX - 1), "beyond"),
        (lambda: Refund(key="k", transaction=1, unit="EUR", amount=0), "refund of nothing"),
        (lambda: Refund(key="k", transaction=1, unit="EUR", amount=-1), "below zero"),
    ],
)
def test_what_makes_no_sense_is_refused(make: Callable[[], object], reason: str) -> None:
    with pytest.raises(InvalidRequest, match=reason):
        make()


def test_a_bare_request_has_no_digest() -> None:
    with pytest.raises(TypeError, match="no kind"):
        Request(key="k").input_digest()


@pytest.mark.parametrize(
    ("postings", "reason"),
    [
        ((Posting("a", "EUR", 1),), "booked postings in EUR sum to 1"),
        ((Posting("a", "EUR", 1), Posting("b", "USD", -1)), "in EUR sum to 1"),
        (
            (Posting("a", "EUR", 1), Posting("b", "EUR", -1, Layer.RESERVED)),
            "booked postings in EUR sum to 1",
        ),
        ((Posting("a", "EUR", 0),), "a posting of zero on a"),
        ((Posting("a", "EUR", AMOUNT_MAX + 1),), "beyond"),
    ],
)
def test_unbalanced_postings_are_refused(postings: tuple[Posting, ...], reason: str) -> None:
    with pytest.raises(InvalidRequest, match=reason):
        check_balanced(postings)
