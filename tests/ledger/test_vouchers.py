"""Vouchers: codes that catch typing errors, used once; refund requests and their trail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import count
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plantin.ledger.book import Book
from plantin.ledger.errors import InvalidRequest, KeyConflict, VoucherRefused, WorkflowError
from plantin.ledger.limits import AMOUNT_MAX, TEXT_CHARS_MAX, VOUCHERS_PER_BATCH_MAX
from plantin.ledger.refunds import RefundState, ask_refund
from plantin.ledger.requests import Refund
from plantin.ledger.vouchers import (
    ALPHABET,
    SECRET_BITS,
    code_digest,
    encode_code,
    make_batch,
    parse_code,
    redeem,
)

from .contract import Till, charge, check_coherent

TODAY = date(2027, 3, 1)
secrets = st.integers(0, 2**SECRET_BITS - 1)


@pytest.mark.parametrize(
    ("secret", "code"),
    [(0, "0000-0000-0000-00"), (1, "0000-0000-0001-ZT"), (2**60 - 1, "ZZZZ-ZZZZ-ZZZZ-VF")],
)
def test_golden_codes(secret: int, code: str) -> None:
    assert encode_code(secret) == code
    assert parse_code(code) == secret


@given(secrets)
def test_codes_are_read_as_people_type_them(secret: int) -> None:
    code = encode_code(secret)
    sloppy = code.replace("-", " ").lower().replace("0", "o").replace("1", "l")
    assert parse_code(code) == parse_code(sloppy) == secret
    assert code_digest(code) == code_digest(sloppy)


@given(secrets, st.integers(0, 13), st.sampled_from(ALPHABET))
def test_every_wrong_character_is_found(secret: int, place: int, wrong: str) -> None:
    plain = encode_code(secret).replace("-", "")
    typed = plain[:place] + wrong + plain[place + 1 :]
    if typed != plain:
        with pytest.raises(VoucherRefused, match="mistyped"):
            parse_code(typed)


@given(secrets, st.integers(0, 12))
def test_every_swap_of_neighbours_is_found(secret: int, place: int) -> None:
    plain = encode_code(secret).replace("-", "")
    typed = plain[:place] + plain[place + 1] + plain[place] + plain[place + 2 :]
    if typed != plain:
        with pytest.raises(VoucherRefused, match="mistyped"):
            parse_code(typed)


def test_a_second_spelling_of_the_check_characters_is_refused() -> None:
    with pytest.raises(VoucherRefused, match="mistyped"):
        parse_code("0000-0000-0000-ZX")


@pytest.mark.parametrize(
    "text", ["", "0000", "0000-0000-0000-000", "0000-0000-0000-0U", "é" * 14, "0" * 10_000]
)
def test_what_cannot_be_a_code_is_refused(text: str) -> None:
    with pytest.raises(VoucherRefused, match="14 letters and digits"):
        parse_code(text)


def test_secrets_are_bounded() -> None:
    for secret in (-1, 2**SECRET_BITS):
        with pytest.raises(InvalidRequest, match="60 bits"):
            encode_code(secret)


def test_a_batch_has_different_codes_and_keeps_none() -> None:
    made = make_batch("spring", 50, 500, "EUR", Random(1).getrandbits, TODAY)
    assert len({code for code, _ in made}) == 50
    assert [voucher.serial for _, voucher in made] == list(range(1, 51))
    for code, voucher in made:
        assert voucher.digest == code_digest(code)
        assert code not in repr(voucher)
        assert (voucher.batch, voucher.value, voucher.unit, voucher.expires_on) == (
            "spring",
            500,
            "EUR",
            TODAY,
        )


def test_a_repeated_secret_is_drawn_again() -> None:
    drawn = iter([5, 5, 6])
    assert len(make_batch("b", 2, 1, "EUR", lambda bits: next(drawn))) == 2
    with pytest.raises(InvalidRequest, match="repeats itself"):
        make_batch("b", 2, 1, "EUR", lambda bits: 5)


@pytest.mark.parametrize(
    ("batch", "number", "value"),
    [("b", 0, 1), ("b", VOUCHERS_PER_BATCH_MAX + 1, 1), ("b", 1, 0), ("b", 1, AMOUNT_MAX + 1), ("", 1, 1)],
)
def test_batches_are_checked(batch: str, number: int, value: int) -> None:
    with pytest.raises(InvalidRequest):
        make_batch(batch, number, value, "EUR", Random(1).getrandbits)


def test_the_largest_batch_is_made() -> None:
    numbers = count()
    assert len(make_batch("b", VOUCHERS_PER_BATCH_MAX, 1, "EUR", lambda bits: next(numbers))) == 100_000


def test_a_voucher_is_used_once() -> None:
    till = Till(Book("test"))
    _, voucher = make_batch("b", 1, 500, "EUR", Random(1).getrandbits, TODAY)[0]
    made = till.do(redeem(voucher, "alice", "cash", TODAY, "alice"))
    assert (made.memo, made.actor) == ("voucher b/1", "alice")
    till.do(redeem(voucher, "alice", "cash", TODAY))
    with pytest.raises(KeyConflict):
        till.do(redeem(voucher, "bob", "cash", TODAY))
    assert till.booked("alice", "bob", "cash") == [500, 0, -500]


def test_a_voucher_expires_and_can_be_withdrawn() -> None:
    _, voucher = make_batch("b", 1, 500, "EUR", Random(1).getrandbits, TODAY)[0]
    with pytest.raises(VoucherRefused, match="b/1 was valid until 2027-03-01"):
        redeem(voucher, "alice", "cash", date(2027, 3, 2))
    redeem(replace(voucher, expires_on=None), "alice", "cash", date(2099, 1, 1))
    with pytest.raises(VoucherRefused, match="b/1 was withdrawn"):
        redeem(voucher.withdraw(), "alice", "cash", TODAY)


AT = datetime(2027, 3, 1, tzinfo=UTC)
ASKED = ask_refund("r1", 3, "EUR", 50, "alice", AT, "the printer ate it")


def test_an_approved_refund_reaches_the_ledger() -> None:
    till = Till(Book("test"))
    till.top_up("alice", 100)
    paid = till.pay(charge(60, "alice"))
    approved = replace(ASKED, transaction=paid.number).approve("bob", AT, 20, "half")
    assert (approved.state, approved.granted) == (RefundState.APPROVED, 20)
    assert [(step.by, step.note) for step in approved.trail] == [
        ("alice", "the printer ate it"),
        ("bob", "half"),
    ]
    for _ in range(2):
        till.do(approved.refund())
    assert till.booked("alice") == [60]
    check_coherent(till.ledger, at_rest=True)


def test_all_is_approved_unless_said_otherwise() -> None:
    refund = ASKED.approve("bob", AT).refund()
    expected = Refund(
        key="refund:r1", transaction=3, unit="EUR", amount=50, actor="bob", memo="the printer ate it"
    )
    assert refund == expected


@pytest.mark.parametrize(
    ("step", "reason"),
    [
        (lambda: ASKED.approve("alice", AT), "somebody else has to approve"),
        (lambda: ASKED.approve("bob", AT, 0), "1 to 50 can be granted, not 0"),
        (lambda: ASKED.approve("bob", AT, 51), "1 to 50 can be granted, not 51"),
        (lambda: ASKED.reject("bob", AT, " "), "a rejection needs a reason"),
        (lambda: ASKED.withdraw("bob", AT), "only alice can withdraw"),
        (ASKED.refund, "is asked, not approved"),
        (lambda: ASKED.reject("bob", AT, "no").approve("bob", AT), "is rejected already"),
        (lambda: ASKED.approve("bob", AT).withdraw("alice", AT), "is approved already"),
        (lambda: ASKED.withdraw("alice", AT).reject("bob", AT, "no"), "is withdrawn already"),
    ],
)
def test_steps_out_of_order_are_refused(step: Callable[[], object], reason: str) -> None:
    with pytest.raises(WorkflowError, match=reason):
        step()


@pytest.mark.parametrize(("amount", "reason"), [(0, "why"), (1, " "), (1, "x" * (TEXT_CHARS_MAX + 1))])
def test_a_refund_is_asked_for_with_amount_and_reason(amount: int, reason: str) -> None:
    with pytest.raises(InvalidRequest):
        ask_refund("r", 1, "EUR", amount, "alice", AT, reason)
