"""Scheduled allocations: the rules as they are kept, and the runs that grant what is due.

Promises one grant for each person and period however often, and by however many processes, it is run: the
grant's key is made of rule, period and account. A run catches up on the periods that began since the last
complete one, and reaches people who joined in the middle of a period. `missing` only reads, so that a run
over many people can be written in pieces: `missing`, `grant` some at a time, `settled`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from plantin.ledger.accounts import AccountKind
from plantin.ledger.allocations import Allocation
from plantin.ledger.errors import InvalidRequest, LedgerError
from plantin.ledger.money import format_amount, unit_of
from plantin.ledger.periods import Every, Period, Schedule
from plantin.ledger.requests import Allocate
from plantin.store import sql
from plantin.store.commands.config import now_ms
from plantin.store.commands.events import EventRow, record
from plantin.store.ledger import journal, people
from plantin.store.ledger.book import Answer, DatabaseBook
from plantin.store.ledger.vouchers import as_date

Members = Callable[[str], Iterable[str]]
"""The people of a group."""

_COLUMNS = (
    "name",
    "unit",
    "amount",
    "cap",
    "every",
    "starts_on",
    "terms",
    "users",
    "groups",
    "granted_until",
)
_IN_ONE_GO = 500
_NAME_MAX, _TERM_MAX = 40, 24
"""Characters: so that with an account's id they make a key that is not too long."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A rule, and the day up to which the periods that began were granted."""

    rule: Allocation
    granted_until: date


@dataclass(frozen=True, slots=True)
class Grant:
    """What a person has not been granted yet."""

    user: str
    request: Allocate


@dataclass(frozen=True, slots=True)
class Run:
    """What one run did: how many grants, and those that were refused, with why."""

    granted: int
    refused: tuple[tuple[str, LedgerError], ...]


def allocation(
    name: str,
    unit: str,
    amount: int,
    schedule: Schedule,
    *,
    cap: int | None = None,
    users: Iterable[str] = (),
    groups: Iterable[str] = (),
) -> Allocation:
    """A rule with the house's grant account of its unit as its source. Raises `InvalidRequest`."""
    unit_of(unit)
    if any(
        len(text) > most for text, most in [(name, _NAME_MAX), *((t.id, _TERM_MAX) for t in schedule.terms)]
    ):
        raise InvalidRequest(f"an allocation's name has up to {_NAME_MAX} characters, a term's {_TERM_MAX}")
    source = people.house_of(unit).grant
    return Allocation(name, unit, amount, schedule, source, cap, frozenset(users), frozenset(groups))


def add(book: DatabaseBook, rule: Allocation, *, today: date, actor: str = "") -> None:
    """Keeps a new rule. The period that `today` is in is granted by the next run.

    Raises:
        InvalidRequest: the name is taken.
    """
    if sql.select("SELECT 1 FROM store_allocationrule WHERE name = %s", [rule.name], bool):
        raise InvalidRequest(f"there is an allocation {rule.name} already")
    people.ensure_house(book, rule.unit)
    current = rule.schedule.at(today)
    since = today if current is None else current.first - timedelta(days=1)
    sql.insert("store_allocationrule", _COLUMNS, [_row(rule, since)])
    _tell("allocation-added", rule, actor)


def change(rule: Allocation, *, actor: str = "") -> None:
    """Keeps a changed rule; what was granted stays, the next period is granted by the new rule.

    Raises:
        InvalidRequest: no such rule, or its unit would change.
    """
    kept = show(rule.name)
    if kept.rule.unit != rule.unit:
        raise InvalidRequest(f"allocation {rule.name}: the unit cannot change")
    sql.execute("DELETE FROM store_allocationrule WHERE name = %s", [rule.name])
    sql.insert("store_allocationrule", _COLUMNS, [_row(rule, kept.granted_until)])
    _tell("allocation-changed", rule, actor)


def remove(name: str, *, actor: str = "") -> None:
    """Forgets a rule; what it granted stays. Raises `InvalidRequest` when there is none."""
    kept = show(name)
    sql.execute("DELETE FROM store_allocationrule WHERE name = %s", [name])
    _tell("allocation-removed", kept.rule, actor)


def show(name: str) -> Kept:
    """The rule of this name. Raises `InvalidRequest` when there is none."""
    found = _read("WHERE name = %s", [sql.clean(name)])
    if not found:
        raise InvalidRequest(f"there is no allocation {name[:60]!r}")
    return found[0]


def rules() -> list[Kept]:
    """All rules by name."""
    return _read("ORDER BY name", [])


def missing(rule: Kept, today: date, members: Members, everybody: Sequence[str] = ()) -> list[Grant]:
    """What this rule owes on `today`: to whom, for which periods. Only reads.

    `everybody` are the people of a rule that names nobody.
    """
    targets = _targets(rule.rule, members, everybody)
    owed: list[Grant] = []
    for period in _periods(rule, today):
        # As a rule of one term, because a run may have been here before: then for those who joined since.
        once = replace(rule.rule, schedule=Schedule(Every.TERM, terms=(period,)))
        requests = list(once.grants(targets.values(), period.first - timedelta(days=1), period.first))
        there = journal.used_keys([request.key for request in requests])
        owed += [
            Grant(user, request)
            for user, request in zip(targets, requests, strict=True)
            if request.key not in there
        ]
    return owed


def grant(book: DatabaseBook, grants: Sequence[Grant], at: datetime) -> list[Answer]:
    """Books these grants, after making the accounts that are missing; each has its own answer."""
    answers: list[Answer] = []
    for start in range(0, len(grants), _IN_ONE_GO):
        answers += _grant(book, grants[start : start + _IN_ONE_GO], at)
    return answers


def _grant(book: DatabaseBook, grants: Sequence[Grant], at: datetime) -> Iterator[Answer]:
    refused: dict[tuple[str, str], LedgerError] = {}
    for unit in {one.request.unit for one in grants}:
        people.ensure_house(book, unit)
        users = [one.user for one in grants if one.request.unit == unit]
        refused |= {(user, unit): error for user, error in people.ensure_granted(book, users, unit).items()}
    ready = [one.request for one in grants if (one.user, one.request.unit) not in refused]
    booked = iter(book.apply_batch(ready, at))
    for one in grants:
        error = refused.get((one.user, one.request.unit))
        yield next(booked) if error is None else error


def settled(name: str, until: date) -> None:
    """Notes that every period that began up to `until` has been granted."""
    sql.execute(
        "UPDATE store_allocationrule SET granted_until = %s WHERE name = %s", [until.isoformat(), name]
    )


def run(book: DatabaseBook, at: datetime, members: Members, *, only: str | None = None) -> Run:
    """Grants all that is due at `at` (its date, in its own zone, is today), in the caller's transaction.

    `only` grants to one person, for example one who has just been given an account.
    """
    today = at.date()
    everybody = _everybody() if only is None else [only]
    done: list[Answer] = []
    wanted: list[Grant] = []
    for kept in rules():
        found = missing(kept, today, members, everybody)
        if only is not None:
            found = [one for one in found if one.user == only]
        wanted += found
        done += grant(book, found, at)
        if only is None:
            settled(kept.rule.name, today)
    refused = [
        (one.user, answer)
        for one, answer in zip(wanted, done, strict=True)
        if isinstance(answer, LedgerError)
    ]
    return Run(len(done) - len(refused), tuple(refused))


def _everybody() -> list[str]:
    """Who has an account of their own."""
    return sql.select(
        "SELECT owner FROM store_account WHERE kind = %s AND NOT closed AND owner IS NOT NULL",
        [AccountKind.PERSONAL.value],
        lambda row: str(row[0]),
    )


def _targets(rule: Allocation, members: Members, everybody: Iterable[str]) -> dict[str, str]:
    """The people of a rule, by name, and the account of each that it fills."""
    if not rule.users and not rule.groups:
        found = set(everybody)
    else:
        found = set(rule.users).union(*(members(group) for group in rule.groups))
    targets = {}
    for user in sorted(found):
        try:
            target = people.granted_account(user, rule.unit)
        except InvalidRequest:  # a directory's oddity, which can have no account
            continue
        targets[user] = target
    return targets


def _periods(kept: Kept, today: date) -> list[Period]:
    """The periods since the last complete run, and the one that is now, for those who joined meanwhile."""
    periods = list(kept.rule.schedule.begun(kept.granted_until, today))
    current = kept.rule.schedule.at(today)
    if current is not None and current.first <= kept.granted_until:
        periods.append(current)
    return periods


def _row(rule: Allocation, granted_until: date) -> tuple[Any, ...]:
    terms = [[term.id, term.first.isoformat(), term.last.isoformat()] for term in rule.schedule.terms]
    return (
        rule.name,
        rule.unit,
        rule.amount,
        rule.cap,
        rule.schedule.every.value,
        rule.schedule.starts_on,
        json.dumps(terms),
        json.dumps(sorted(rule.users)),
        json.dumps(sorted(rule.groups)),
        granted_until.isoformat(),
    )


def _read(where: str, values: list[str]) -> list[Kept]:
    return sql.select(f"SELECT {','.join(_COLUMNS)} FROM store_allocationrule {where}", values, _kept)


def _kept(row: tuple[Any, ...]) -> Kept:
    terms = tuple(
        Period(term, date.fromisoformat(first), date.fromisoformat(last))
        for term, first, last in json.loads(row[6])
    )
    schedule = Schedule(Every(row[4]), row[5], terms)
    users, groups = json.loads(row[7]), json.loads(row[8])
    rule = allocation(row[0], row[1], row[2], schedule, cap=row[3], users=users, groups=groups)
    until = as_date(row[9])
    assert until is not None
    return Kept(rule, until)


def _tell(kind: str, rule: Allocation, actor: str) -> None:
    amount = format_amount(rule.amount, unit_of(rule.unit))
    text = f"{rule.name}: {amount} {rule.schedule.every.value}"
    record([EventRow(now_ms(), kind, actor=actor, text=text)])
