"""A condition from plain data (TOML, JSON, a form): checked term by term.

Promises a `PolicyError` that names the place and says what is possible there. The data is a table: a fact
and what it must be, several meaning all of them; `all`, `any`, `not`; `known`, `unknown`; `time`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time
from decimal import Decimal

from .conditions import (
    All,
    Any,
    Comparison,
    Condition,
    KnownTest,
    Not,
    NumberTest,
    OnlyTest,
    TextTest,
    TimeTest,
    YesNoTest,
)
from .errors import PolicyError
from .facts import FACTS, NEVER_UNKNOWN
from .limits import (
    CHOICES_MAX,
    CONDITION_DEPTH_MAX,
    CONDITION_TERMS_MAX,
    NUMBER_MAX,
    PATTERN_CHARS_MAX,
)
from .parse_values import expect, number, only_keys, table, text

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_JOINS = ("all", "any", "not", "known", "unknown", "time")
_COMPARISONS = frozenset(item.value for item in Comparison)


class _Budget:
    """Terms that one rule's condition has left."""

    def __init__(self) -> None:
        self.terms = CONDITION_TERMS_MAX

    def spend(self, where: str) -> None:
        self.terms -= 1
        if self.terms < 0:
            raise PolicyError(where, f"a condition has at most {CONDITION_TERMS_MAX} tests")


def parse_condition(data: object, where: str) -> Condition:
    """The condition that `data` describes, found at `where`. Raises `PolicyError`."""
    return _table(data, where, 0, _Budget())


def _table(data: object, where: str, depth: int, budget: _Budget) -> Condition:
    if depth > CONDITION_DEPTH_MAX:
        raise PolicyError(where, f"conditions nest at most {CONDITION_DEPTH_MAX} deep")
    rows = table(data, where)
    parts = [
        _term(key, value, f"{where}.{key}", depth, budget)
        for key, value in sorted(rows.items(), key=lambda row: row[0] not in FACTS)
    ]
    return parts[0] if len(parts) == 1 else All(tuple(parts))


def _term(key: str, value: object, where: str, depth: int, budget: _Budget) -> Condition:
    budget.spend(where)
    if key in ("all", "any"):
        rows = expect(value, list, where)
        if not rows:
            raise PolicyError(where, "a list of conditions, not an empty one")
        parts = tuple(_table(row, f"{where}[{i}]", depth + 1, budget) for i, row in enumerate(rows, start=1))
        return All(parts) if key == "all" else Any(parts)
    if key == "not":
        return Not(_table(value, where, depth + 1, budget))
    if key in ("known", "unknown"):
        tests = tuple(KnownTest(_fact(name, where), key == "known") for name in _choices(value, where))
        return tests[0] if len(tests) == 1 else All(tests)
    if key == "time":
        return _time(value, where)
    kind = FACTS[_fact(key, where)][0]
    if kind is bool:
        return YesNoTest(key, expect(value, bool, where))
    if kind in (int, Decimal):
        return _number(key, value, where)
    return _text(key, value, where, is_set=kind is frozenset)


def _fact(name: str, where: str) -> str:
    if name not in FACTS:
        raise PolicyError(where, f"{name[:40]!r} is no fact; known: {', '.join([*sorted(FACTS), *_JOINS])}")
    return name


def _choices(value: object, where: str) -> tuple[str, ...]:
    values = value if isinstance(value, list) else [value]
    if not 0 < len(values) <= CHOICES_MAX:
        raise PolicyError(where, f"{len(values)} values; 1 to {CHOICES_MAX} are possible")
    return tuple(text(item, where, PATTERN_CHARS_MAX) for item in values)


def _text(fact: str, value: object, where: str, *, is_set: bool) -> Condition:
    if not isinstance(value, Mapping):
        return TextTest(fact, _choices(value, where))
    if not is_set:
        raise PolicyError(where, "a pattern or a list of patterns expected")
    only_keys(value, frozenset({"only"}), where)
    return OnlyTest(fact, _choices(value.get("only"), f"{where}.only"))


def _number(fact: str, value: object, where: str) -> Condition:
    if not isinstance(value, Mapping):
        # "duplicate_within = 60" reads as a bound, "copies = 2" as a value.
        comparison = Comparison.AT_MOST if fact in NEVER_UNKNOWN else Comparison.IS
        return NumberTest(fact, comparison, number(value, where, NUMBER_MAX))
    only_keys(value, _COMPARISONS, where)
    tests = tuple(
        NumberTest(fact, Comparison(key), number(bound, f"{where}.{key}", NUMBER_MAX))
        for key, bound in value.items()
    )
    if not tests:
        raise PolicyError(where, f"one of {', '.join(sorted(_COMPARISONS))} expected")
    return tests[0] if len(tests) == 1 else All(tests)


def _time(value: object, where: str) -> TimeTest:
    rows = table(value, where)
    only_keys(rows, frozenset({"between", "weekdays", "from", "until"}), where)
    if not rows:
        raise PolicyError(where, "between, weekdays, from or until expected")
    begin = end = None
    if "between" in rows:
        begin, end = _span(expect(rows["between"], str, f"{where}.between"), f"{where}.between")
    first, last = (_date(rows.get(key), f"{where}.{key}") for key in ("from", "until"))
    if first is not None and last is not None and last < first:
        raise PolicyError(where, "until is before from")
    days = rows.get("weekdays")
    weekdays = frozenset[int]() if days is None else _weekdays(days, f"{where}.weekdays")
    return TimeTest(begin, end, weekdays, first, last)


def _span(value: str, where: str) -> tuple[time, time | None]:
    """The two times of "08:00-18:00"; an end of 24:00 or 00:00 is the end of the day."""
    begin, dash, end = value.partition("-")
    try:
        if not dash or len(begin) != 5 or len(end) != 5:
            raise ValueError(value)
        last = None if end in ("24:00", "00:00") else time.fromisoformat(end)
        return time.fromisoformat(begin), last
    except ValueError:
        raise PolicyError(where, f'{value[:40]!r} is no span of time like "08:00-18:00"') from None


def _date(value: object, where: str) -> date | None:
    if value is None or type(value) is date:
        return value
    try:
        return date.fromisoformat(expect(value, str, where))
    except ValueError:
        raise PolicyError(where, f"{value!r:.40} is no date like 2027-03-01") from None


def _weekdays(value: object, where: str) -> frozenset[int]:
    days: set[int] = set()
    for item in _choices(value, where):
        first, dash, last = item.lower().partition("-")
        if first not in _DAYS or (dash and last not in _DAYS):
            raise PolicyError(where, f"{item[:40]!r} is no weekday; {', '.join(_DAYS)} or mon-fri")
        begin = _DAYS.index(first)
        length = (_DAYS.index(last) - begin) % 7 if dash else 0
        days |= {(begin + offset) % 7 + 1 for offset in range(length + 1)}
    return frozenset(days)
