"""Statements, and balances as CSV."""

from __future__ import annotations

from datetime import UTC, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plantin.ledger import balances_csv
from plantin.ledger.balances_csv import export_balances, import_balances
from plantin.ledger.book import Book
from plantin.ledger.errors import ImportRefused
from plantin.ledger.limits import AMOUNT_MAX, ID_CHARS_MAX
from plantin.ledger.money import Unit, currency
from plantin.ledger.requests import ChargeNow, Reserve, Transfer
from plantin.ledger.statement import statement

from .contract import LATER, NOW, Till, charge, check_coherent

EUR = currency("EUR")
DAY = timedelta(days=1)


@pytest.fixture
def till() -> Till:
    till = Till(Book("test"))
    till.do(Transfer(key="1", source="cash", target="alice", unit="EUR", amount=1000), NOW - 40 * DAY)
    till.do(Transfer(key="2", source="cash", target="alice", unit="EUR", amount=500, memo="cash desk"), NOW)
    till.do(ChargeNow(key="3", charges=(charge(120, "alice"),), job="5f0c"), NOW + DAY)
    till.do(ChargeNow(key="4", charges=(charge(30, "bob", loss="grants"),), printed=True), NOW + DAY)
    held = Reserve(key="5", charges=(charge(80, "alice"),), expires_at=LATER + 9 * DAY)
    till.do(held, NOW + 2 * DAY)
    till.do(ChargeNow(key="6", charges=(charge(7, "alice"),)), NOW + 30 * DAY)
    return till


def test_a_statement_adds_up(till: Till) -> None:
    made = statement(till.ledger.transactions(), "alice", EUR, NOW - DAY, NOW + 30 * DAY)
    assert (made.opening, made.closing, made.reserved) == (1000, 1380, -80)
    assert [(line.number, line.amount, line.balance) for line in made.lines] == [
        (2, 500, 1500),
        (3, -120, 1380),
    ]
    assert made.opening + sum(line.amount for line in made.lines) == made.closing


def test_a_statement_looks_like_a_banks(till: Till) -> None:
    made = statement(till.ledger.transactions(), "alice", EUR, NOW - DAY, NOW + 30 * DAY)
    rule = "-" * 66
    assert made.render(timezone(timedelta(hours=1))).splitlines() == [
        "Account alice",
        rule,
        "No  Date              Text                     Amount  Balance EUR",
        rule,
        "    2027-02-28        Opening balance                        10.00",
        " 2  2027-03-01 13:00  Transfer: cash desk       +5.00        15.00",
        " 3  2027-03-02 13:00  Charge: 5f0c              -1.20        13.80",
        "    2027-03-31        Closing balance                        13.80",
        "                      of it reserved for jobs                 0.80",
        rule,
    ]


def test_a_statement_without_movement(till: Till) -> None:
    made = statement(till.ledger.transactions(), "bob", EUR, NOW - DAY, NOW)
    assert (made.opening, made.lines, made.closing, made.reserved) == (0, (), 0, 0)
    assert len(made.render(UTC).splitlines()) == 7


def test_what_is_dated_back_belongs_to_the_opening_balance(till: Till) -> None:
    till.do(Transfer(key="7", source="cash", target="alice", unit="EUR", amount=11), NOW - 50 * DAY)
    made = statement(till.ledger.transactions(), "alice", EUR, NOW - DAY, NOW + 30 * DAY)
    assert (made.opening, made.lines[0].balance, made.closing) == (1011, 1511, 1391)


def test_an_import_brings_every_account_to_its_balance(till: Till) -> None:
    text = "account,balance\r\nalice,12.50\r\n\r\nbob, -3 \r\n"
    for _ in range(2):
        for request in import_balances(text, EUR, "grants", "admin"):
            till.do(request)
    assert till.booked("alice", "bob") == [1250, -300]
    assert len(list(till.ledger.transactions())) == 8
    check_coherent(till.ledger)


@given(
    st.dictionaries(
        st.text(st.characters(codec="utf-8", exclude_characters="\r\n\x00"), min_size=1, max_size=9),
        st.integers(-AMOUNT_MAX, AMOUNT_MAX),
    ),
    st.sampled_from([EUR, Unit("sheets", 0)]),
)
def test_an_export_can_be_imported(balances: dict[str, int], unit: Unit) -> None:
    text = export_balances(balances.items(), unit)
    requests = import_balances("\ufeff" + text, unit, "grants")
    assert {request.target: request.balance for request in requests} == balances


def test_no_cell_starts_a_formula() -> None:
    text = export_balances([("=SUM(A1)", 5), ("@x", 1)], EUR)
    assert text == "account,balance\r\n'=SUM(A1),0.05\r\n'@x,0.01\r\n"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "line 1: the header is account,balance"),
        ("user,balance\n", "line 1: the header"),
        ("account,balance\na\n", "line 2: an account and a balance expected"),
        ("account,balance\n,1\n", "line 2: an account"),
        ("account,balance\na,1,2\n", "line 2: an account"),
        (f"account,balance\n{'x' * (ID_CHARS_MAX + 2)},1\n", "line 2: an account"),
        ("account,balance\na,1\nb,1.005\n", "line 3: amount 1.005"),
        ("account,balance\na,1\nb,x\n", "line 3: amount in EUR"),
        ("account,balance\na,1\na,2\n", "line 3: account a again"),
        ('account,balance\n"a,1\n', "line 2: unexpected end of data"),
    ],
)
def test_wrong_files_are_refused_with_the_line(text: str, reason: str) -> None:
    with pytest.raises(ImportRefused, match=reason):
        import_balances(text, EUR, "grants")


def test_the_rows_of_an_import_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(balances_csv, "CSV_ROWS_MAX", 2)
    assert len(import_balances("account,balance\na,1\nb,1\n", EUR, "grants")) == 2
    with pytest.raises(ImportRefused, match="line 4: more than 2 rows"):
        import_balances("account,balance\na,1\nb,1\nc,1\n", EUR, "grants")
