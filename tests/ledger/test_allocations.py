"""Periods by the calendar, scheduled grants, page quotas, charges of a job."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plantin.ledger.accounts import Account, AccountKind
from plantin.ledger.allocations import Allocation
from plantin.ledger.book import Book
from plantin.ledger.errors import InsufficientFunds, InvalidRequest
from plantin.ledger.limits import AMOUNT_MAX, PERIODS_PER_RUN_MAX
from plantin.ledger.money import currency
from plantin.ledger.periods import Every, Period, Schedule
from plantin.ledger.price import Price
from plantin.ledger.quotas import PageKind, house_account, job_charges, loss_account
from plantin.ledger.requests import Charge, Post, Reserve, Share
from plantin.ledger.sizes import size_named
from plantin.ledger.usage import SheetCount, SideCount, Usage

from .contract import LATER, NOW, Till, check_coherent

DAILY, WEEKLY, MONTHLY = (Schedule(every) for every in (Every.DAY, Every.WEEK, Every.MONTH))
AUTUMN = Period("term:autumn", date(2027, 9, 1), date(2028, 1, 31))
SPRING = Period("term:spring", date(2028, 3, 1), date(2028, 7, 15))
TERMS = Schedule(Every.TERM, terms=(AUTUMN, SPRING))


@pytest.mark.parametrize(
    ("schedule", "day", "expected"),
    [
        (DAILY, "2027-03-01", ("2027-03-01", "2027-03-01", "2027-03-01")),
        (WEEKLY, "2027-01-03", ("2026-W53", "2026-12-28", "2027-01-03")),
        (WEEKLY, "2027-01-04", ("2027-W01", "2027-01-04", "2027-01-10")),
        (Schedule(Every.WEEK, 7), "2027-01-04", ("2026-W53", "2027-01-03", "2027-01-09")),
        (Schedule(Every.WEEK, 7), "2027-01-10", ("2027-W01", "2027-01-10", "2027-01-16")),
        (MONTHLY, "2028-02-29", ("2028-02", "2028-02-01", "2028-02-29")),
        (MONTHLY, "2027-12-31", ("2027-12", "2027-12-01", "2027-12-31")),
        (Schedule(Every.MONTH, 15), "2027-01-14", ("2026-12", "2026-12-15", "2027-01-14")),
        (Schedule(Every.MONTH, 15), "2027-01-15", ("2027-01", "2027-01-15", "2027-02-14")),
        (TERMS, "2027-09-01", ("term:autumn", "2027-09-01", "2028-01-31")),
        (TERMS, "2028-07-15", ("term:spring", "2028-03-01", "2028-07-15")),
        (TERMS, "2028-02-10", None),
        (TERMS, "2028-07-16", None),
    ],
)
def test_a_day_has_its_period(schedule: Schedule, day: str, expected: tuple[str, str, str] | None) -> None:
    period = schedule.at(date.fromisoformat(day))
    found = period and (period.id, period.first.isoformat(), period.last.isoformat())
    assert found == expected


@pytest.mark.parametrize(
    ("schedule", "after", "until", "ids"),
    [
        (DAILY, "2027-02-27", "2027-03-01", ["2027-02-28", "2027-03-01"]),
        (WEEKLY, "2027-01-04", "2027-01-18", ["2027-W02", "2027-W03"]),
        (MONTHLY, "2026-12-31", "2027-03-01", ["2027-01", "2027-02", "2027-03"]),
        (MONTHLY, "2027-01-01", "2027-01-31", []),
        (TERMS, "2027-08-31", "2028-03-01", ["term:autumn", "term:spring"]),
        (TERMS, "2027-09-01", "2028-02-28", []),
        (DAILY, "2027-03-01", "2027-02-01", []),
    ],
)
def test_periods_that_began(schedule: Schedule, after: str, until: str, ids: list[str]) -> None:
    begun = schedule.begun(date.fromisoformat(after), date.fromisoformat(until))
    assert [period.id for period in begun] == ids


schedules = st.sampled_from(
    [
        DAILY,
        *(Schedule(Every.WEEK, n) for n in range(1, 8)),
        *(Schedule(Every.MONTH, n) for n in range(1, 29)),
    ]
)


@given(schedules, st.dates(date(1990, 1, 1), date(2100, 1, 1)))
def test_periods_follow_each_other_without_a_gap(schedule: Schedule, day: date) -> None:
    period = schedule.at(day)
    assert period is not None
    assert period.first <= day <= period.last
    assert {schedule.at(period.first), schedule.at(period.last)} == {period}
    following = schedule.at(period.last + timedelta(days=1))
    assert following is not None
    assert following.first == period.last + timedelta(days=1)
    assert following.id > period.id
    assert list(schedule.begun(period.first, following.last)) == [following]


@pytest.mark.parametrize(
    "make",
    [
        lambda: Schedule(Every.WEEK, 0),
        lambda: Schedule(Every.WEEK, 8),
        lambda: Schedule(Every.MONTH, 29),
        lambda: Schedule(Every.DAY, 2),
        lambda: Schedule(Every.DAY, terms=(AUTUMN,)),
        lambda: Schedule(Every.TERM),
        lambda: Schedule(Every.TERM, terms=(SPRING, AUTUMN)),
        lambda: Schedule(Every.TERM, terms=(AUTUMN, replace(SPRING, first=AUTUMN.last))),
        lambda: Schedule(Every.TERM, terms=(replace(AUTUMN, last=date(2027, 8, 31)),)),
    ],
)
def test_schedules_are_checked(make: Callable[[], Schedule]) -> None:
    with pytest.raises(InvalidRequest):
        make()


def test_a_catch_up_is_bounded() -> None:
    start = date(2027, 1, 1)
    assert len(list(DAILY.begun(start, start + timedelta(days=PERIODS_PER_RUN_MAX)))) == PERIODS_PER_RUN_MAX
    with pytest.raises(InvalidRequest, match="more than 1000 periods since 2027-01-01"):
        list(DAILY.begun(start, start + timedelta(days=PERIODS_PER_RUN_MAX + 1)))


FREE = Allocation("free", "EUR", 10, MONTHLY, "grants")


@pytest.mark.parametrize(
    ("users", "groups", "expected"),
    [
        ((), (), True),
        (("alice",), (), True),
        (("bob",), (), False),
        ((), ("staff",), True),
        (("bob",), ("x",), False),
    ],
)
def test_who_gets_an_allocation(users: tuple[str, ...], groups: tuple[str, ...], expected: bool) -> None:
    rule = replace(FREE, users=frozenset(users), groups=frozenset(groups))
    assert rule.is_for("alice", frozenset({"staff"})) is expected


@pytest.mark.parametrize(
    "changes", [{"name": ""}, {"name": "a:b"}, {"amount": 0}, {"amount": AMOUNT_MAX + 1}, {"cap": -1}]
)
def test_allocations_are_checked(changes: dict[str, object]) -> None:
    with pytest.raises(InvalidRequest):
        replace(FREE, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(("cap", "balance"), [(None, 30), (25, 25)])
def test_a_run_repeated_grants_once_for_each_period(cap: int | None, balance: int) -> None:
    till = Till(Book("test"))
    rule = replace(FREE, cap=cap)
    for until in (date(2027, 2, 1), date(2027, 3, 31), date(2027, 3, 31)):
        for grant in rule.grants(["alice:free"], date(2026, 12, 31), until):
            till.do(grant)
    assert till.booked("alice:free") == [balance]
    keys = [t.key for t in till.ledger.transactions()]
    assert keys == [f"allocation:free:2027-0{month}:alice:free" for month in (1, 2, 3)]


A4 = size_named("A4")
USAGE = Usage(
    sides=(SideCount(A4, True, True, 3), SideCount(A4, False, True, 4)),
    sheets=(SheetCount(A4, 4),),
)


@pytest.mark.parametrize(
    ("kind", "count"),
    [
        (PageKind.IMPRESSIONS, 7),
        (PageKind.COLOUR, 3),
        (PageKind.MONO, 4),
        (PageKind.SHEETS, 4),
        (PageKind.JOBS, 1),
    ],
)
def test_a_quota_counts_its_kind(kind: PageKind, count: int) -> None:
    assert kind.count(USAGE) == count
    assert kind.count(Usage()) == 0
    assert (kind.unit.code, kind.unit.digits) == (kind.value, 0)


def test_a_job_is_held_to_its_money_and_to_both_its_quotas() -> None:
    book = Book("test")
    till = Till(book)
    till.top_up("alice", 1000)
    for period in ("day", "month"):
        book.open_account(Account(f"alice:sheets:{period}", AccountKind.ALLOWANCE, "sheets", owner="alice"))
    book.open_account(Account(house_account(PageKind.SHEETS), AccountKind.REVENUE, "sheets"))
    book.open_account(Account(loss_account(PageKind.SHEETS), AccountKind.GRANT, "sheets"))
    daily = Allocation("day", "sheets", 5, DAILY, loss_account(PageKind.SHEETS), cap=5)
    monthly = Allocation("month", "sheets", 9, MONTHLY, loss_account(PageKind.SHEETS), cap=9)
    quotas = [(PageKind.SHEETS, f"alice:sheets:{period}") for period in ("day", "month")]

    def run(day: date) -> None:
        for rule in (daily, monthly):
            for grant in rule.grants([f"alice:sheets:{rule.name}"], date(2027, 2, 28), day):
                till.do(grant)

    def charges(price: int, usage: Usage) -> tuple[Charge, ...]:
        made = Price(price, currency("EUR"), ())
        return job_charges(made, (Share(("alice",)),), "revenue", "grants", usage, quotas)

    run(date(2027, 3, 1))
    number = till.do(Reserve(key="1", charges=charges(60, USAGE), expires_at=LATER)).number
    with pytest.raises(InsufficientFunds, match=r"alice:sheets:day lacks 3 sheets$"):
        till.do(Reserve(key="2", charges=charges(60, USAGE), expires_at=LATER))
    till.do(Post(key="3", reservation=number, charges=charges(60, USAGE)), NOW)
    run(date(2027, 3, 2))
    assert till.booked("alice:sheets:day", "alice:sheets:month") == [5, 5]
    number = till.do(Reserve(key="2", charges=charges(60, USAGE), expires_at=LATER)).number
    run(date(2027, 3, 3))
    till.do(Post(key="4", reservation=number, charges=charges(30, Usage())))
    run(date(2027, 3, 4))
    assert till.booked("alice", "alice:sheets:day", "alice:sheets:month") == [910, 5, 5]
    run(date(2027, 4, 1))
    assert till.booked("alice:sheets:day", "alice:sheets:month") == [5, 9]
    check_coherent(book, at_rest=True)
