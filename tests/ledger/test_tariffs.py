"""Price lists: inheritance, validity, every basis, and lines that add up to the last digit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plantin.ledger.errors import TariffError, Unpriced
from plantin.ledger.layout import Page, Ticket, impose
from plantin.ledger.limits import RATES_MAX, TARIFFS_IN_CHAIN_MAX, TEXT_CHARS_MAX
from plantin.ledger.money import EXACT, currency, to_decimal
from plantin.ledger.price import Price, price_usage, quote
from plantin.ledger.sizes import Size, size_named
from plantin.ledger.tariff_parse import parse_scope, parse_tariff
from plantin.ledger.tariffs import Place, PriceList, ScopeKind, Tariff, chain
from plantin.ledger.usage import Usage, usage_of

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
A3, A4 = size_named("A3"), size_named("A4")
MONO, COLOUR = Page(A4, False), Page(A4, True)
HERE = Place("lib-1", frozenset({"big"}), "library", "main")
BASE: dict[str, object] = {
    "name": "house",
    "currency": "EUR",
    "side": [{"price": "0.05", "colour": False}, {"price": "0.20", "colour": True}],
}


def tariff(**changes: object) -> Tariff:
    data = {key: value for key, value in (BASE | changes).items() if value is not None}
    return parse_tariff(data, UTC)


def total(price: Price) -> Decimal:
    return reduce(EXACT.add, (line.amount for line in price.lines), Decimal(0))


def price(pages: list[Page], ticket: Ticket, *tariffs: Tariff, groups: frozenset[str] = frozenset()) -> int:
    made = quote(pages, ticket, tariffs, HERE, NOW, groups)
    assert total(made) == to_decimal(made.minor, made.unit)
    return made.minor


SHEETS = [{"price": "0.01"}, {"price": "0.03", "sizes": ["A3"]}]
BIG = [*({"price": p, "colour": c, "sizes": ["A3"]} for p, c in (("0.10", False), ("0.40", True)))]
STAPLES = [{"name": "staple", "price": "0.02"}, {"name": "staple-dual", "price": "0.09"}]
PLOTTER = [{"price": "12.50", "per": "m2"}]
ROLL = [{"price": "3", "per": "m"}]


@pytest.mark.parametrize(
    ("changes", "pages", "ticket", "minor"),
    [
        ({}, [MONO] * 3, Ticket(), 15),
        ({}, [MONO, COLOUR], Ticket(copies=2), 50),
        ({}, [], Ticket(), 0),
        ({"sheet": SHEETS}, [MONO] * 3, Ticket(two_sided=True), 17),
        ({"sheet": SHEETS, "side": None}, [Page(A3, True)], Ticket(), 3),
        ({"side": [*BASE["side"], *BIG]}, [Page(A3, True), Page(A3, False), MONO], Ticket(), 55),  # type: ignore[misc]
        ({"side": [{"price": "0.07", "sizes": ["A4", "Letter"]}]}, [COLOUR], Ticket(), 7),
        ({"side": PLOTTER}, [Page(Size(91400, 200000), True)], Ticket(), 2285),
        ({"side": ROLL}, [Page(Size(91400, 250000), True)], Ticket(), 750),
        ({"duplex_discount": "40%"}, [MONO] * 3, Ticket(two_sided=True), 11),
        ({"duplex_discount": "0.01"}, [MONO] * 3, Ticket(two_sided=True), 13),
        ({"duplex_discount": "40%"}, [MONO] * 3, Ticket(), 15),
        ({"duplex_discount": "0.50"}, [MONO] * 2, Ticket(two_sided=True), 0),
        ({"duplex_discount": "0.50", "sheet": SHEETS}, [MONO] * 2, Ticket(two_sided=True), 1),
        ({"duplex_discount": "0.05"}, [MONO, COLOUR], Ticket(two_sided=True), 15),
        ({"job": "0.03"}, [MONO], Ticket(), 8),
        ({"job": "0.03"}, [], Ticket(), 0),
        (
            {"finishing": [{"name": "staple", "price": "0.02"}]},
            [MONO],
            Ticket(copies=3, finishings=("staple",)),
            21,
        ),
        ({"finishing": [{"name": "staple", "price": "0.02"}]}, [MONO], Ticket(finishings=("punch",)), 5),
        (
            {"finishing": [{"name": "staple", "price": "0.02"}]},
            [MONO],
            Ticket(finishings=("staple-top-left",)),
            7,
        ),
        ({"finishing": STAPLES}, [MONO], Ticket(finishings=("staple-dual-left", "staple")), 16),
        ({"coverage": [{"price": "1"}], "side": None}, [Page(A4, False, 120)], Ticket(), 12),
        ({"coverage": [{"price": "1"}], "side": None}, [MONO], Ticket(), 5),
        ({"coverage": [{"price": "1"}], "assumed_coverage_permille": 80}, [MONO], Ticket(), 13),
        ({"side": [{"price": "0.0049"}]}, [MONO], Ticket(), 0),
        ({"side": [{"price": "0.0049"}]}, [MONO] * 2, Ticket(), 1),
        ({"side": [{"price": 1}]}, [MONO] * 2, Ticket(), 200),
    ],
)
def test_prices(changes: dict[str, object], pages: list[Page], ticket: Ticket, minor: int) -> None:
    assert price(pages, ticket, tariff(**changes)) == minor


@pytest.mark.parametrize(
    ("groups", "minor"),
    [({"students"}, 16), ({"staff"}, 20), ({"students", "poor"}, 10), ({"all"}, 20), (set(), 20)],
)
def test_the_lowest_factor_of_a_persons_groups_counts(groups: set[str], minor: int) -> None:
    house = tariff(factor={"students": "0.8", "poor": "0.5", "all": "1"})
    assert price([COLOUR], Ticket(), house, groups=frozenset(groups)) == minor


def test_the_factor_of_the_more_specific_tariff_counts() -> None:
    house = tariff(factor={"students": "0.5"})
    device = tariff(name="d", scope="device:lib-1", side=None, factor={"students": "2"})
    assert price([COLOUR], Ticket(), house, device, groups=frozenset({"students"})) == 40
    assert price([], Ticket(), house, groups=frozenset({"students"})) == 0


def test_rates_are_inherited_one_by_one() -> None:
    tariffs = [
        tariff(job="0.01", sheet=[{"price": "0.01"}]),
        tariff(name="s", scope="site:main", side=None, sheet=[{"price": "0.02"}]),
        tariff(name="q", scope="queue:library", side=[{"price": "0.30", "colour": True}]),
        tariff(name="g", scope="device-group:big", side=None, job="0.50"),
        tariff(name="d", scope="device:lib-1", side=[{"price": "0.04", "colour": False}]),
        tariff(name="elsewhere", scope="device:lib-2", side=[{"price": "9"}]),
    ]
    made = quote([MONO, COLOUR], Ticket(), tariffs, HERE, NOW)
    assert [(line.text, line.tariff) for line in made.lines] == [
        ("job", "g"),
        ("sheet A4", "s"),
        ("side mono A4", "d"),
        ("side colour A4", "q"),
    ]
    assert made.minor == 50 + 4 + 4 + 30
    everything = PriceList(tariffs)
    assert quote([MONO, COLOUR], Ticket(), everything.of(HERE), HERE, NOW) == made
    assert [len(everything.of(place)) for place in (HERE, Place(), Place(device="lib-2"))] == [5, 1, 2]


def test_a_row_that_says_more_wins_inside_a_tariff_and_the_scope_wins_over_the_row() -> None:
    rows = [
        {"price": "1"},
        {"price": "2", "colour": True},
        {"price": "3", "sizes": ["A4"]},
        {"price": "4", "sizes": ["A4"], "colour": True},
    ]
    house = tariff(side=rows)
    assert price([COLOUR], Ticket(), house) == 400
    assert price([MONO], Ticket(), house) == 300
    assert price([Page(A3, True)], Ticket(), house) == 200
    assert price([Page(A3, False)], Ticket(), house) == 100
    assert (
        price([COLOUR], Ticket(), house, tariff(name="d", scope="device:lib-1", side=[{"price": "7"}])) == 700
    )


def test_the_discount_and_the_assumption_are_inherited_whole() -> None:
    house = tariff(duplex_discount="50%", coverage=[{"price": "1"}], assumed_coverage_permille=100)
    device = tariff(name="d", scope="device:lib-1", side=None, duplex_discount="0.01")
    assert price([MONO] * 2, Ticket(two_sided=True), house, device) == 8 + 20


def test_a_tariff_is_valid_from_its_first_moment_to_before_its_last() -> None:
    old = tariff(name="old", valid_until=date(2027, 1, 1))
    new = tariff(name="new", side=[{"price": "0.06"}], valid_from=date(2027, 1, 1))
    year = datetime(2027, 1, 1, tzinfo=UTC)
    for moment, name in ((year - timedelta(microseconds=1), "old"), (year, "new")):
        assert [t.name for t in chain([old, new], HERE, moment)] == [name]


def test_of_two_tariffs_for_a_place_the_one_that_began_later_counts() -> None:
    first = tariff(name="first", valid_from=datetime(2027, 1, 1, tzinfo=UTC).replace(tzinfo=None))
    sale = tariff(name="sale", valid_from=datetime(2027, 2, 1, tzinfo=UTC), valid_until=date(2027, 4, 1))
    assert [t.name for t in chain([tariff(), first, sale], HERE, NOW)] == ["sale", "first", "house"]


def test_dates_begin_at_midnight_of_the_given_zone() -> None:
    zone = timezone(timedelta(hours=2))
    made = parse_tariff(BASE | {"valid_from": date(2027, 1, 1)}, zone)
    assert made.valid_from == datetime(2026, 12, 31, 22, tzinfo=UTC)


def test_the_finest_discount_loses_no_digit() -> None:
    fine = "0." + "3" * 16
    house = tariff(side=[{"price": "9" * 16 + "." + "9" * 16}], duplex_discount=f"99.{'9' * 16}%", job=fine)
    made = quote([MONO] * 2, Ticket(two_sided=True), [house], HERE, NOW)
    assert total(made) == to_decimal(made.minor, made.unit)
    discount = next(line for line in made.lines if line.text.startswith("duplex discount"))
    assert discount.price == Decimal("-0.99" + "9" * 16)
    ones = "1" * 16
    by_amount = tariff(side=[{"price": ones + ".2"}], duplex_discount=f"{ones}.{ones}")
    made = quote([MONO] * 2, Ticket(two_sided=True), [by_amount], HERE, NOW)
    assert made.minor == 18
    assert str(made.lines[1].price) == f"-{ones}.{ones}"


def test_contradictions_are_refused() -> None:
    with pytest.raises(TariffError, match="begin together"):
        chain([tariff(), tariff(name="other")], HERE, NOW)
    with pytest.raises(TariffError, match="differ in unit"):
        chain([tariff(), tariff(name="q", scope="queue:library", currency="USD")], HERE, NOW)


def test_the_chain_is_bounded() -> None:
    groups = [f"g{number}" for number in range(TARIFFS_IN_CHAIN_MAX + 1)]
    tariffs = [tariff(name=group, scope=f"device-group:{group}") for group in groups]
    place = Place(device_groups=frozenset(groups))
    assert len(chain(tariffs[:-1], place, NOW)) == TARIFFS_IN_CHAIN_MAX
    with pytest.raises(TariffError, match="apply at once"):
        chain(tariffs, place, NOW)


@pytest.mark.parametrize(
    ("changes", "page", "reason"),
    [
        ({"side": [{"price": "1", "sizes": ["A3"]}]}, COLOUR, "no side rate for colour A4 in house"),
        ({"side": [{"price": "1", "colour": True}]}, MONO, "no side rate for mono A4"),
        ({"sheet": [{"price": "1", "sizes": ["A3"]}]}, MONO, "no sheet rate for A4"),
        ({"coverage": [{"price": "1", "colour": True}]}, MONO, "no coverage rate for mono A4"),
    ],
)
def test_what_has_no_price_is_not_free(changes: dict[str, object], page: Page, reason: str) -> None:
    with pytest.raises(Unpriced, match=reason):
        price([page], Ticket(), tariff(**changes))


def test_no_tariff_at_all_is_not_free_either() -> None:
    with pytest.raises(Unpriced, match="no tariff applies to device lib-1, queue library, site main at 2027"):
        price_usage(Usage(), [], HERE, NOW)


def test_the_explanation_shows_every_line() -> None:
    house = tariff(
        side=[{"price": "0.0333"}], sheet=[{"price": "0.01"}], duplex_discount="10%", factor={"staff": "1.5"}
    )
    made = quote([MONO] * 3, Ticket(two_sided=True), [house], HERE, NOW, frozenset({"staff"}))
    assert made.explain().splitlines() == [
        "sheet A4                           2 x 0.01      0.02  house",
        "side mono A4                     2 x 0.0333    0.0666  house",
        "duplex discount 10 % mono A4  0.0666 x -0.1  -0.00666  house",
        "side mono A4                     1 x 0.0333    0.0333  house",
        "factor 1.5 for staff          0.11324 x 0.5   0.05662  house",
        "rounding                        1 x 0.00014   0.00014",
        "total                                        0.17 EUR",
    ]
    assert total(made) == Decimal("0.17")


prices = st.decimals(0, 10**6, places=6).map(lambda number: f"{number:f}")


@given(
    st.lists(
        st.builds(Page, st.sampled_from([A3, A4, Size(12345, 67891)]), st.booleans(), st.integers(0, 999)),
        max_size=9,
    ),
    st.builds(Ticket, copies=st.integers(1, 9), two_sided=st.booleans(), finishings=st.just(("staple",))),
    st.lists(prices, min_size=6, max_size=6),
    st.sampled_from(["100%", "33.333333%", "0.05"]),
)
def test_lines_add_up_to_the_price_exactly(
    pages: list[Page], ticket: Ticket, p: list[str], discount: str
) -> None:
    house = tariff(
        side=[{"price": p[0], "colour": True, "per": "m2"}, {"price": p[1], "per": "m"}],
        sheet=[{"price": p[2], "per": "m2"}],
        coverage=[{"price": p[3]}],
        finishing=[{"name": "staple", "price": p[4]}],
        job=p[5],
        duplex_discount=discount,
        factor={"all": "1.000001"},
    )
    made = price_usage(usage_of(impose(pages, ticket)), [house], HERE, NOW, frozenset({"all"}))
    assert total(made) == to_decimal(made.minor, currency("EUR"))
    for line in made.lines:
        assert line.amount == EXACT.multiply(line.quantity, line.price)
        assert line.amount >= 0 or line.text.startswith(("rounding", "duplex discount"))
        assert line.text != "rounding" or abs(line.amount) <= Decimal("0.005")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"name": None}, "name is missing"),
        ({"name": ""}, "a name has"),
        ({"name": "x" * (TEXT_CHARS_MAX + 1)}, "a name has"),
        ({"name": 3}, "name is 3, str expected"),
        ({"currency": None}, "tariff house: currency is missing"),
        ({"currency": "euro"}, "tariff house: currency 'euro'"),
        ({"colour": "x"}, "unknown field colour"),
        ({"scope": "printer:x"}, "scope 'printer:x'"),
        ({"scope": "device"}, "scope 'device'"),
        ({"scope": "everywhere:x"}, "scope 'everywhere:x'"),
        ({"scope": "queue:" + "x" * 121}, "scope 'queue:xx"),
        ({"valid_from": "2027-01-01"}, "valid_from is '2027-01-01', date expected"),
        ({"valid_from": date(2027, 1, 2), "valid_until": date(2027, 1, 2)}, "not after valid_from"),
        ({"job": 0.1}, "job: '0.1' is not a decimal number"),
        ({"job": "-1"}, "job: -1 is below zero"),
        ({"job": "x"}, "tariff house: job"),
        ({"duplex_discount": "101%"}, "more than 100 %"),
        ({"duplex_discount": 5}, "duplex_discount is 5, str expected"),
        ({"duplex_discount": "x%"}, "duplex_discount: 'x'"),
        ({"assumed_coverage_permille": -1}, "0 to 4000"),
        ({"assumed_coverage_permille": 4001}, "0 to 4000"),
        ({"assumed_coverage_permille": True}, "int expected"),
        ({"factor": []}, r"factor is \[\], dict expected"),
        ({"factor": {"students": "-1"}}, "factor students: -1 is below zero"),
        ({"side": {}}, "side is {}, list expected"),
        ({"side": [3]}, "side is 3, dict expected"),
        ({"side": [{}]}, "side price: 'None'"),
        ({"side": [{"price": "1", "color": True}]}, "house, side: unknown field color"),
        ({"sheet": [{"price": "1", "colour": True}]}, "house, sheet: unknown field colour"),
        ({"side": [{"price": "1", "colour": "yes"}]}, "side colour is 'yes', bool expected"),
        ({"side": [{"price": "1", "sizes": "A4"}]}, "side is 'A4', list expected"),
        ({"side": [{"price": "1", "sizes": [4]}]}, "side sizes is 4, str expected"),
        ({"side": [{"price": "1", "sizes": ["A44"]}]}, "side size 'A44' is unknown"),
        ({"side": [{"price": "1", "per": "km"}]}, "side per 'km'"),
        ({"finishing": [{"price": "1"}]}, "finishing name is missing"),
        ({"side": [{"price": "1"}, {"price": "2"}]}, "two rates for the same thing"),
        ({"side": [{"price": "1", "sizes": ["A4"]}, {"price": "2", "sizes": ["A3", "A4"]}]}, "two rates"),
        ({"side": [{"price": "1"}] * (RATES_MAX + 1)}, "501 rates"),
    ],
)
def test_wrong_tariffs_are_refused_with_the_field(changes: dict[str, object], reason: str) -> None:
    with pytest.raises(TariffError, match=reason):
        tariff(**changes)


def test_a_full_tariff_is_taken() -> None:
    rows: list[Mapping[str, object]] = [
        {"price": "1", "name": f"f{number}"} for number in range(RATES_MAX - 2)
    ]
    made = tariff(finishing=rows, scope="device:x", assumed_coverage_permille=4000, duplex_discount="100 %")
    assert len(made.rates) == RATES_MAX
    assert (made.scope.kind, str(made.scope)) == (ScopeKind.DEVICE, "device:x")
    assert str(parse_scope("everywhere")) == "everywhere"
