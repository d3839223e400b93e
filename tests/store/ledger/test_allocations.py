"""Scheduled allocations over the store: who gets what, once for each period, whatever happens between."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from plantin.ledger.allocations import Allocation
from plantin.ledger.errors import InvalidRequest
from plantin.ledger.limits import PERIODS_PER_RUN_MAX
from plantin.ledger.periods import Every, Period, Schedule
from plantin.store.ledger import allocations
from plantin.store.models import Event
from tests.store.ledger.support import Desk
from tests.store.support import Database

MONTHLY = Schedule(Every.MONTH)
MARCH = date(2027, 3, 10)
GROUPS = {"students": ["bob", "carol"], "staff": ["alice"], "odd": ["", "revenue:EUR", "x" * 130, "bob"]}


def members(group: str) -> Iterable[str]:
    return GROUPS.get(group, ())


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database)


def add(
    desk: Desk,
    name: str,
    amount: int,
    schedule: Schedule = MONTHLY,
    unit: str = "EUR",
    *,
    cap: int | None = None,
    users: Iterable[str] = (),
    groups: Iterable[str] = (),
) -> Allocation:
    rule = allocations.allocation(name, unit, amount, schedule, cap=cap, users=users, groups=groups)
    desk.database.write(lambda: allocations.add(desk.book, rule, today=MARCH, actor="root"))
    return rule


def run(desk: Desk, day: date, only: str | None = None) -> allocations.Run:
    at = datetime(day.year, day.month, day.day, 6, tzinfo=UTC)
    return desk.database.write(lambda: allocations.run(desk.book, at, members, only=only))


def test_the_period_that_is_now_is_granted_at_once_and_once(desk: Desk) -> None:
    add(desk, "print", 500, groups=["students"], users=["alice"])
    assert run(desk, MARCH).granted == 3
    assert run(desk, MARCH).granted == 0
    assert run(desk, MARCH + timedelta(days=5)).granted == 0
    assert desk.booked("allowance:alice", "allowance:bob", "allowance:carol") == [500] * 3
    assert desk.booked("grant:EUR") == [-1500]
    made = desk.book.transaction(1)
    assert (made.key, made.memo) == ("allocation:print:2027-03:allowance:alice", "print 2027-03")
    desk.check()


def test_a_run_after_a_pause_catches_up(desk: Desk) -> None:
    add(desk, "print", 100, users=["alice"])
    assert run(desk, date(2027, 6, 2)).granted == 4  # March to June
    assert desk.booked("allowance:alice") == [400]
    assert run(desk, date(2027, 7, 1)).granted == 1


def test_with_a_cap_it_fills_up(desk: Desk) -> None:
    add(desk, "sheets", 50, unit="sheets", cap=50, users=["bob"])
    run(desk, MARCH)
    run(desk, date(2027, 4, 1))
    assert desk.booked("quota:bob:sheets", "granted:sheets") == [50, -50]


def test_who_joins_in_the_middle_gets_the_period_that_is_now(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(desk, "print", 100, groups=["students"])
    run(desk, MARCH)
    monkeypatch.setitem(GROUPS, "students", ["bob", "carol", "dave"])
    assert run(desk, date(2027, 3, 20)).granted == 1
    assert run(desk, date(2027, 4, 1)).granted == 3
    assert desk.booked("allowance:dave") == [200]


def test_a_rule_for_nobody_is_for_everybody_with_an_account(desk: Desk) -> None:
    add(desk, "gift", 10)
    assert run(desk, MARCH).granted == 2
    bob = desk.book.account("bob")
    desk.database.write(desk.book.change_account, replace(bob, closed=True))
    assert run(desk, date(2027, 4, 1)).granted == 1
    assert desk.booked("allowance:alice", "allowance:bob") == [20, 10]


def test_one_person_is_granted_alone(desk: Desk) -> None:
    add(desk, "print", 100, groups=["students"])
    add(desk, "gift", 5)
    assert run(desk, MARCH, only="carol").granted == 2
    assert desk.booked("allowance:carol") == [105]
    assert run(desk, MARCH, only="alice").granted == 1
    assert run(desk, MARCH).granted == 2  # bob's two; the others have theirs
    desk.check()


def test_names_that_no_account_can_have_are_left_out(desk: Desk) -> None:
    add(desk, "print", 100, groups=["odd"])
    assert run(desk, MARCH) == allocations.Run(1, ())


def test_who_cannot_be_granted_is_named_and_the_others_are_granted(desk: Desk) -> None:
    desk.shared("allowance:bob")
    add(desk, "print", 100, users=["alice", "bob", "carol"])
    done = run(desk, MARCH)
    assert done.granted == 2
    assert [(user, error.reason) for user, error in done.refused] == [
        ("bob", "account allowance:bob is shared in EUR: no allowance of bob")
    ]
    assert desk.booked("allowance:carol", "allowance:bob") == [100, 0]


def test_a_run_is_written_in_pieces(desk: Desk) -> None:
    """Two processes at it, and one that stops in the middle: each grant once."""
    add(desk, "print", 100, users=[f"u{number}" for number in range(30)])
    (kept,) = allocations.rules()
    owed = allocations.missing(kept, MARCH, members)
    assert len(owed) == 30
    at = datetime(2027, 3, 10, tzinfo=UTC)
    first = desk.database.write(allocations.grant, desk.book, owed[:20], at)
    again = desk.database.write(allocations.grant, desk.book, owed[10:], at)
    assert first[10:] == again[:10]
    assert allocations.missing(kept, MARCH, members) == []
    desk.database.write(allocations.settled, "print", MARCH)
    assert allocations.show("print").granted_until == MARCH
    assert desk.booked("grant:EUR") == [-3000]


def test_terms_are_granted_when_they_begin(desk: Desk) -> None:
    terms = (
        Period("spring", date(2027, 2, 1), date(2027, 3, 31)),
        Period("autumn", date(2027, 9, 1), date(2027, 12, 20)),
    )
    schedule = Schedule(Every.TERM, terms=terms)
    rule = add(desk, "term", 10, schedule, users=["alice"])
    assert allocations.show("term").rule == rule
    assert [run(desk, day).granted for day in (MARCH, date(2027, 5, 1), date(2027, 9, 1))] == [1, 0, 1]


@pytest.mark.parametrize("every", [Every.DAY, Every.WEEK])
def test_days_and_weeks(desk: Desk, every: Every) -> None:
    add(desk, "often", 1, Schedule(every), users=["alice"])
    assert run(desk, MARCH).granted == 1
    assert run(desk, MARCH + timedelta(days=14)).granted == (14 if every is Every.DAY else 2)
    with pytest.raises(InvalidRequest, match="more than 1000 periods"):
        run(desk, MARCH + timedelta(days=7 * PERIODS_PER_RUN_MAX + 30))


def test_rules_are_kept_changed_and_removed(desk: Desk) -> None:
    rule = add(desk, "print", 100, Schedule(Every.WEEK, 7), cap=300, users=["b", "a"], groups=["g"])
    assert [kept.rule for kept in allocations.rules()] == [rule]
    with pytest.raises(InvalidRequest, match="there is an allocation print already"):
        add(desk, "print", 1)
    changed = replace(rule, amount=200, cap=None)
    desk.database.write(lambda: allocations.change(changed, actor="root"))
    assert allocations.show("print").rule == changed
    other_unit = allocations.allocation("print", "sheets", 1, MONTHLY)
    with pytest.raises(InvalidRequest, match="the unit cannot change"):
        desk.database.write(allocations.change, other_unit)
    desk.database.write(lambda: allocations.remove("print", actor="root"))
    assert allocations.rules() == []
    for gone in (lambda: allocations.remove("print"), lambda: allocations.change(rule)):
        with pytest.raises(InvalidRequest, match="there is no allocation 'print'"):
            desk.database.write(gone)
    told = Event.objects.filter(kind__startswith="allocation-").order_by("id")
    assert [(event.kind, event.actor, event.text) for event in told] == [
        ("allocation-added", "root", "print: 1.00 EUR weekly"),
        ("allocation-changed", "root", "print: 2.00 EUR weekly"),
        ("allocation-removed", "root", "print: 2.00 EUR weekly"),
    ]


def test_names_and_terms_fit_a_key(desk: Desk) -> None:
    with pytest.raises(InvalidRequest, match="up to 40 characters"):
        add(desk, "x" * 41, 1)
    with pytest.raises(InvalidRequest, match="a term's 24"):
        add(desk, "x", 1, Schedule(Every.TERM, terms=(Period("y" * 25, MARCH, MARCH),)))
    longest = "z" * 120
    rule = allocations.allocation(
        "x" * 40, "EUR", 1, Schedule(Every.TERM, terms=(Period("y" * 24, MARCH, MARCH),))
    )
    assert list(rule.grants([longest], MARCH - timedelta(days=1), MARCH))
