"""Money, splitting and sizes: exact, bounded, rounded once."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plantin.ledger.errors import InvalidRequest
from plantin.ledger.limits import AMOUNT_MAX, ID_CHARS_MAX, RATE_DIGITS_MAX, SIDE_LENGTH_MAX
from plantin.ledger.money import (
    Unit,
    check_amount,
    currency,
    format_amount,
    parse_amount,
    parse_decimal,
    round_price,
    to_decimal,
    unit_of,
)
from plantin.ledger.sizes import NAMES, TOLERANCE, Size, size_named
from plantin.ledger.split import largest_remainder

EUR = currency("EUR")


@pytest.mark.parametrize(
    ("exact", "minor"),
    [
        ("0.005", 1),
        ("0.0049999999", 0),
        ("0.015", 2),
        ("-0.005", -1),
        ("-0.004", 0),
        ("1.234999", 123),
        ("12", 1200),
    ],
)
def test_a_price_is_rounded_half_away_from_zero(exact: str, minor: int) -> None:
    assert round_price(Decimal(exact), EUR) == minor


@pytest.mark.parametrize(("code", "digits"), [("EUR", 2), ("JPY", 0), ("KWD", 3), ("USD", 2)])
def test_a_currency_has_its_digits(code: str, digits: int) -> None:
    assert currency(code).digits == digits


@pytest.mark.parametrize("code", ["", "eur", "EURO", "EU1", "EUR\n"])
def test_a_currency_code_is_three_capitals(code: str) -> None:
    with pytest.raises(InvalidRequest, match="three capital letters"):
        currency(code)


@pytest.mark.parametrize(
    ("code", "digits"),
    [("", 2), ("a b", 0), ("\x00", 0), ("x" * (ID_CHARS_MAX + 1), 0), ("EUR", 5), ("EUR", -1)],
)
def test_a_unit_is_checked(code: str, digits: int) -> None:
    with pytest.raises(InvalidRequest, match="unit"):
        Unit(code, digits)
    Unit("x" * ID_CHARS_MAX, 4)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1,5",
        "1e3",
        "NaN",
        "Infinity",
        " 1",
        "1.",
        ".5",
        "1" * (RATE_DIGITS_MAX + 1),
        "0." + "1" * (RATE_DIGITS_MAX + 1),
        "1٢",
        "+-1",
    ],
)
def test_only_plain_decimals_are_numbers(text: str) -> None:
    with pytest.raises(InvalidRequest, match="price"):
        parse_decimal(text, "price")


def test_a_number_may_be_an_int_but_no_float_and_no_bool() -> None:
    assert parse_decimal(3, "price") == 3
    assert parse_decimal("9" * RATE_DIGITS_MAX + "." + "9" * RATE_DIGITS_MAX, "price") > 0
    for value in (0.1, True, None):
        with pytest.raises(InvalidRequest, match="price"):
            parse_decimal(value, "price")  # type: ignore[arg-type]  # hostile data


def test_an_amount_with_too_many_digits_is_refused() -> None:
    assert parse_amount("-12.50", EUR) == -1250
    assert parse_amount("12", currency("JPY")) == 12
    with pytest.raises(InvalidRequest, match="2 decimal digits"):
        parse_amount("12.505", EUR)


def test_amounts_are_bounded() -> None:
    assert check_amount(AMOUNT_MAX) == AMOUNT_MAX
    assert check_amount(-AMOUNT_MAX) == -AMOUNT_MAX
    for minor in (AMOUNT_MAX + 1, -AMOUNT_MAX - 1):
        with pytest.raises(InvalidRequest, match="beyond"):
            check_amount(minor)


def test_amounts_for_people() -> None:
    assert (unit_of("KWD"), unit_of("sheets")) == (Unit("KWD", 3), Unit("sheets", 0))
    assert format_amount(-1250, EUR) == "-12.50 EUR"
    assert format_amount(3, Unit("impressions", 0)) == "3 impressions"
    assert format_amount(1, currency("KWD")) == "0.001 KWD"


@given(st.integers(-AMOUNT_MAX, AMOUNT_MAX))
def test_minor_units_survive_the_way_to_decimal_and_back(minor: int) -> None:
    assert round_price(to_decimal(minor, EUR), EUR) == minor


@pytest.mark.parametrize(
    ("amount", "weights", "parts"),
    [
        (100, [1, 1, 1], (34, 33, 33)),
        (100, [60, 40], (60, 40)),
        (1, [1, 1], (1, 0)),
        (0, [3, 1], (0, 0)),
        (10, [0, 1], (0, 10)),
        (5, [1, 3, 3], (1, 2, 2)),
    ],
)
def test_the_largest_remainder(amount: int, weights: list[int], parts: tuple[int, ...]) -> None:
    assert largest_remainder(amount, weights) == parts


@pytest.mark.parametrize(("amount", "weights"), [(-1, [1]), (1, []), (1, [0]), (1, [2, -1])])
def test_a_split_needs_an_amount_and_weights(amount: int, weights: list[int]) -> None:
    with pytest.raises(InvalidRequest, match="split"):
        largest_remainder(amount, weights)


@given(st.integers(0, AMOUNT_MAX), st.lists(st.integers(0, 1000), min_size=1).filter(any))
def test_a_split_is_exact_and_fair(amount: int, weights: list[int]) -> None:
    parts = largest_remainder(amount, weights)
    assert sum(parts) == amount
    total = sum(weights)
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part * total - amount * weight) < total


@pytest.mark.parametrize("name", sorted(NAMES))
def test_every_named_size_is_found_in_both_orientations(name: str) -> None:
    size = size_named(name)
    assert size.name == name
    assert Size(size.height, size.width).name == name
    assert str(size) == name


def test_sizes_have_a_tolerance() -> None:
    assert Size(21000 + TOLERANCE, 29700 - TOLERANCE).name == "A4"
    assert Size(21000 + TOLERANCE + 1, 29700).name is None
    assert Size(20990, 29704).name == "A4"
    assert str(Size(10000, 10050)) == "100x100.5mm"
    assert Size(21600, 27900).name == "Letter"


def test_area_and_length_are_exact() -> None:
    assert Size(84100, 118900).area_m2 == Decimal("0.999949")
    assert Size(91400, 500000).length_m == 5


@pytest.mark.parametrize("edges", [(0, 1), (1, 0), (SIDE_LENGTH_MAX + 1, 1), (1, SIDE_LENGTH_MAX + 1)])
def test_sizes_are_bounded(edges: tuple[int, int]) -> None:
    Size(SIDE_LENGTH_MAX, SIDE_LENGTH_MAX)
    with pytest.raises(InvalidRequest, match="page size"):
        Size(*edges)


def test_an_unknown_size_name_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="'A99' is unknown"):
        size_named("A99")
