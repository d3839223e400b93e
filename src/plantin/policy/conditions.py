"""The condition language, as data: tests of facts joined by all, any and not.

Promises three answers (yes, no, not known) by Kleene's logic: "pages over 100" of a document that nobody
could count is not known, so is its negation, and a rule fires on yes alone. Every answer comes with the
fact's value for the explanation. Evaluation takes time bounded by the rule's size.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from enum import Enum

from .facts import FACTS, NEVER_UNKNOWN, Fact, Facts
from .glob import glob_matches
from .limits import SUBJECT_CHARS_MAX

Answer = bool | None
"""True, False, or None for not known."""


@dataclass(frozen=True, slots=True)
class Found:
    """An answer and the words for it ("pages is 120, wanted over 100: yes")."""

    answer: Answer
    because: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TextTest:
    """The fact fits one of the patterns; for a set of names, one of its members does."""

    fact: str
    patterns: tuple[str, ...]

    def answer(self, facts: Facts) -> Answer:
        value = FACTS[self.fact][1](facts)
        if value is None:
            return None
        members = value if isinstance(value, frozenset) else (str(value),)
        return any(glob_matches(p, member[:SUBJECT_CHARS_MAX]) for p in self.patterns for member in members)

    def evaluate(self, facts: Facts) -> Found:
        return _found(self.fact, facts, " or ".join(self.patterns), self.answer(facts))


@dataclass(frozen=True, slots=True)
class OnlyTest:
    """Every member of a set of names fits one of the patterns ("only A4 and A3"); an empty set does not."""

    fact: str
    patterns: tuple[str, ...]

    def answer(self, facts: Facts) -> Answer:
        value = FACTS[self.fact][1](facts)
        if not isinstance(value, frozenset):
            return None
        return bool(value) and all(any(glob_matches(p, member) for p in self.patterns) for member in value)

    def evaluate(self, facts: Facts) -> Found:
        return _found(self.fact, facts, "only " + " or ".join(self.patterns), self.answer(facts))


class Comparison(Enum):
    """How a number is compared."""

    OVER = "over"
    AT_LEAST = "at_least"
    UNDER = "under"
    AT_MOST = "at_most"
    IS = "is"


_COMPARE: dict[Comparison, Callable[[int | Decimal, Decimal], bool]] = {
    Comparison.OVER: operator.gt,
    Comparison.AT_LEAST: operator.ge,
    Comparison.UNDER: operator.lt,
    Comparison.AT_MOST: operator.le,
    Comparison.IS: operator.eq,
}


@dataclass(frozen=True, slots=True)
class NumberTest:
    """The fact is a number that compares so with the bound."""

    fact: str
    comparison: Comparison
    bound: Decimal

    def answer(self, facts: Facts) -> Answer:
        value = FACTS[self.fact][1](facts)
        if not isinstance(value, int | Decimal):
            return False if self.fact in NEVER_UNKNOWN else None
        return _COMPARE[self.comparison](value, self.bound)

    def evaluate(self, facts: Facts) -> Found:
        wanted = f"{self.comparison.value.replace('_', ' ')} {self.bound:f}".removeprefix("is ")
        return _found(self.fact, facts, wanted, self.answer(facts))


@dataclass(frozen=True, slots=True)
class YesNoTest:
    """The fact is true, or false."""

    fact: str
    wanted: bool

    def answer(self, facts: Facts) -> Answer:
        value = FACTS[self.fact][1](facts)
        return None if value is None else value is self.wanted

    def evaluate(self, facts: Facts) -> Found:
        return _found(self.fact, facts, "yes" if self.wanted else "no", self.answer(facts))


@dataclass(frozen=True, slots=True)
class KnownTest:
    """Whether the fact is known at all; the only test that is never answered "not known"."""

    fact: str
    wanted: bool

    def answer(self, facts: Facts) -> Answer:
        return (FACTS[self.fact][1](facts) is not None) is self.wanted

    def evaluate(self, facts: Facts) -> Found:
        return _found(self.fact, facts, "known" if self.wanted else "unknown", self.answer(facts))


@dataclass(frozen=True, slots=True)
class TimeTest:
    """The local moment lies between two times of day (over midnight too), on these weekdays, in these dates.

    `begin` is included, `end` is not; weekdays are 1 Monday to 7; dates are included both.
    """

    begin: time | None = None
    end: time | None = None
    weekdays: frozenset[int] = frozenset()
    first: date | None = None
    last: date | None = None

    def answer(self, facts: Facts) -> Answer:
        day = facts.moment.date()
        return (
            (not self.weekdays or day.isoweekday() in self.weekdays)
            and (self.first is None or self.first <= day)
            and (self.last is None or day <= self.last)
            and self._of_day(facts.moment.time())
        )

    def evaluate(self, facts: Facts) -> Found:
        fits = self.answer(facts)
        return Found(fits, (f"time is {facts.moment:%a %Y-%m-%d %H:%M}: {_VERDICTS[fits]}",))

    def _of_day(self, now: time) -> bool:
        begin, end = self.begin or time.min, self.end
        if end is None:
            return begin <= now
        return begin <= now < end if begin <= end else now >= begin or now < end


@dataclass(frozen=True, slots=True)
class All:
    """Every part is true; no part: true."""

    parts: tuple[Condition, ...] = ()

    def answer(self, facts: Facts) -> Answer:
        return _answered(self.parts, facts, decides=False)

    def evaluate(self, facts: Facts) -> Found:
        return _joined(self.answer(facts), self.parts, facts)


@dataclass(frozen=True, slots=True)
class Any:
    """One part at least is true."""

    parts: tuple[Condition, ...]

    def answer(self, facts: Facts) -> Answer:
        return _answered(self.parts, facts, decides=True)

    def evaluate(self, facts: Facts) -> Found:
        return _joined(self.answer(facts), self.parts, facts)


@dataclass(frozen=True, slots=True)
class Not:
    """The part is false; what is not known stays so."""

    part: Condition

    def answer(self, facts: Facts) -> Answer:
        answer = self.part.answer(facts)
        return None if answer is None else not answer

    def evaluate(self, facts: Facts) -> Found:
        found = self.part.evaluate(facts)
        return Found(self.answer(facts), tuple(f"not ({text})" for text in found.because))


Condition = TextTest | OnlyTest | NumberTest | YesNoTest | KnownTest | TimeTest | All | Any | Not
"""Every condition has `answer`, asked for every job, and `evaluate`, the same answer with its reasons."""

_VERDICTS: dict[Answer, str] = {True: "yes", False: "no", None: "not known"}


def _answered(parts: Iterable[Condition], facts: Facts, *, decides: bool) -> Answer:
    """Kleene's and (`decides` False) or or (True): the deciding answer, else not known, else the other."""
    answer: Answer = not decides
    for part in parts:
        found = part.answer(facts)
        if found is decides:
            return decides
        if found is None:
            answer = None
    return answer


def _joined(answer: Answer, parts: Iterable[Condition], facts: Facts) -> Found:
    """The reasons of those parts that made the answer."""
    told = [found for part in parts if (found := part.evaluate(facts)).answer is answer]
    return Found(answer, tuple(text for found in told for text in found.because))


def _found(fact: str, facts: Facts, wanted: str, answer: Answer) -> Found:
    value = FACTS[fact][1](facts)
    return Found(answer, (f"{fact} is {_words(value)}, wanted {wanted}: {_VERDICTS[answer]}",))


def _words(value: Fact) -> str:
    match value:
        case None:
            return "unknown"
        case bool():
            return "yes" if value else "no"
        case frozenset():
            return _listed(sorted(value))
        case str():
            return repr(value[:80])
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _listed(names: Iterable[str]) -> str:
    names = list(names)
    return ", ".join(names[:8]) + (", ..." if len(names) > 8 else "") or "none"
