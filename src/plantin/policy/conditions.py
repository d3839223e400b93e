"""The condition language, as data: tests of facts joined by all, any and not.

Promises three answers (yes, no, not known) by Kleene's logic: "pages over 100" of a document that nobody
could count is not known, so is its negation, and a rule fires on yes alone. Every answer comes with the
fact's value for the explanation. Evaluation takes time bounded by the rule's size.
"""

from __future__ import annotations

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

    def evaluate(self, facts: Facts) -> Found:
        value = FACTS[self.fact][1](facts)
        wanted = " or ".join(self.patterns)
        if value is None:
            return _found(self.fact, None, wanted, None)
        members = value if isinstance(value, frozenset) else {str(value)}
        fits = any(glob_matches(p, member[:SUBJECT_CHARS_MAX]) for p in self.patterns for member in members)
        return _found(self.fact, value, wanted, fits)


@dataclass(frozen=True, slots=True)
class OnlyTest:
    """Every member of a set of names fits one of the patterns ("only A4 and A3"); an empty set does not."""

    fact: str
    patterns: tuple[str, ...]

    def evaluate(self, facts: Facts) -> Found:
        value = FACTS[self.fact][1](facts)
        wanted = "only " + " or ".join(self.patterns)
        if not isinstance(value, frozenset):
            return _found(self.fact, None, wanted, None)
        fits = bool(value) and all(any(glob_matches(p, member) for p in self.patterns) for member in value)
        return _found(self.fact, value, wanted, fits)


class Comparison(Enum):
    """How a number is compared."""

    OVER = "over"
    AT_LEAST = "at_least"
    UNDER = "under"
    AT_MOST = "at_most"
    IS = "is"


_COMPARE: dict[Comparison, Callable[[Decimal, Decimal], bool]] = {
    Comparison.OVER: lambda value, bound: value > bound,
    Comparison.AT_LEAST: lambda value, bound: value >= bound,
    Comparison.UNDER: lambda value, bound: value < bound,
    Comparison.AT_MOST: lambda value, bound: value <= bound,
    Comparison.IS: lambda value, bound: value == bound,
}


@dataclass(frozen=True, slots=True)
class NumberTest:
    """The fact is a number that compares so with the bound."""

    fact: str
    comparison: Comparison
    bound: Decimal

    def evaluate(self, facts: Facts) -> Found:
        value = FACTS[self.fact][1](facts)
        wanted = f"{self.comparison.value.replace('_', ' ')} {self.bound:f}".removeprefix("is ")
        if not isinstance(value, int | Decimal):
            return _found(self.fact, None, wanted, False if self.fact in NEVER_UNKNOWN else None)
        return _found(self.fact, value, wanted, _COMPARE[self.comparison](Decimal(value), self.bound))


@dataclass(frozen=True, slots=True)
class YesNoTest:
    """The fact is true, or false."""

    fact: str
    wanted: bool

    def evaluate(self, facts: Facts) -> Found:
        value = FACTS[self.fact][1](facts)
        answer = None if value is None else value is self.wanted
        return _found(self.fact, value, "yes" if self.wanted else "no", answer)


@dataclass(frozen=True, slots=True)
class KnownTest:
    """Whether the fact is known at all; the only test that is never answered "not known"."""

    fact: str
    wanted: bool

    def evaluate(self, facts: Facts) -> Found:
        value = FACTS[self.fact][1](facts)
        return _found(
            self.fact, value, "known" if self.wanted else "unknown", (value is not None) is self.wanted
        )


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

    def evaluate(self, facts: Facts) -> Found:
        now, day = facts.moment.time(), facts.moment.date()
        fits = (not self.weekdays or day.isoweekday() in self.weekdays) and self._of_day(now)
        fits = fits and (self.first is None or self.first <= day) and (self.last is None or day <= self.last)
        text = f"time is {facts.moment:%a %Y-%m-%d %H:%M}: {'yes' if fits else 'no'}"
        return Found(fits, (text,))

    def _of_day(self, now: time) -> bool:
        begin, end = self.begin or time.min, self.end
        if end is None:
            return begin <= now
        return begin <= now < end if begin <= end else now >= begin or now < end


@dataclass(frozen=True, slots=True)
class All:
    """Every part is true; no part: true."""

    parts: tuple[Condition, ...] = ()

    def evaluate(self, facts: Facts) -> Found:
        return _joined([part.evaluate(facts) for part in self.parts], decides=False)


@dataclass(frozen=True, slots=True)
class Any:
    """One part at least is true."""

    parts: tuple[Condition, ...]

    def evaluate(self, facts: Facts) -> Found:
        return _joined([part.evaluate(facts) for part in self.parts], decides=True)


@dataclass(frozen=True, slots=True)
class Not:
    """The part is false; what is not known stays so."""

    part: Condition

    def evaluate(self, facts: Facts) -> Found:
        found = self.part.evaluate(facts)
        answer = None if found.answer is None else not found.answer
        return Found(answer, tuple(f"not ({text})" for text in found.because))


Condition = TextTest | OnlyTest | NumberTest | YesNoTest | KnownTest | TimeTest | All | Any | Not


def _joined(found: list[Found], *, decides: bool) -> Found:
    """Kleene's and (`decides` False) or or (True): the deciding answer, else not known, else the other."""
    answers = {item.answer for item in found}
    answer: Answer = decides if decides in answers else None if None in answers else not decides
    told = [item for item in found if item.answer is answer]
    return Found(answer, tuple(text for item in told for text in item.because))


def _found(fact: str, value: Fact, wanted: str, answer: Answer) -> Found:
    verdict = {True: "yes", False: "no", None: "not known"}[answer]
    return Found(answer, (f"{fact} is {_words(value)}, wanted {wanted}: {verdict}",))


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
