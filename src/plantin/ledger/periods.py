"""Periods of time by the calendar: days, weeks, months, terms, each with a stable id.

Promises that every date lies in at most one period of a schedule and that ids sort in the order of time
("2027-W03", "2027-02", "term:autumn-2027"). Works on local dates that the caller chose the zone for; never
reads a clock.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from itertools import pairwise

from .errors import InvalidRequest
from .limits import PERIODS_PER_RUN_MAX


class Every(Enum):
    """How often a period begins."""

    DAY = "daily"
    WEEK = "weekly"
    MONTH = "monthly"
    TERM = "term"


@dataclass(frozen=True, slots=True)
class Period:
    """One period: its first and last day."""

    id: str
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Schedule:
    """Periods that begin every day, every week (`starts_on` 1 Monday to 7), every month (on day `starts_on`,
    1 to 28), or at the given terms, which must not overlap.
    """

    every: Every
    starts_on: int = 1
    terms: tuple[Period, ...] = ()

    def __post_init__(self) -> None:
        most = {Every.WEEK: 7, Every.MONTH: 28}.get(self.every, 1)
        if not 1 <= self.starts_on <= most:
            raise InvalidRequest(f"a {self.every.value} period starts on 1 to {most}, not {self.starts_on}")
        if bool(self.terms) is not (self.every is Every.TERM):
            raise InvalidRequest("terms are given for a schedule by term, and only for it")
        if any(term.last < term.first for term in self.terms):
            raise InvalidRequest("a term ends before it begins")
        if any(later.first <= earlier.last for earlier, later in pairwise(self.terms)):
            raise InvalidRequest("terms overlap, or are not in order")

    def at(self, day: date) -> Period | None:
        """The period that `day` is in; None between terms."""
        if self.every is Every.TERM:
            return next((term for term in self.terms if term.first <= day <= term.last), None)
        return self._calendar(day)

    def _calendar(self, day: date) -> Period:
        if self.every is Every.DAY:
            return Period(day.isoformat(), day, day)
        if self.every is Every.WEEK:
            first = day - timedelta(days=(day.isoweekday() - self.starts_on) % 7)
            year, week, _ = first.isocalendar()
            return Period(f"{year:04}-W{week:02}", first, first + timedelta(days=6))
        first = day.replace(day=self.starts_on)
        if first > day:
            first = _month_after(first, self.starts_on, -1)
        last = _month_after(first, self.starts_on, 1) - timedelta(days=1)
        return Period(f"{first.year:04}-{first.month:02}", first, last)

    def begun(self, after: date, until: date) -> Iterator[Period]:
        """The periods whose first day is later than `after` and not later than `until`, in order.

        Raises `InvalidRequest` beyond `PERIODS_PER_RUN_MAX` of them.
        """
        for count, period in enumerate(self._begun(after, until), start=1):
            if count > PERIODS_PER_RUN_MAX:
                raise InvalidRequest(f"more than {PERIODS_PER_RUN_MAX} periods since {after.isoformat()}")
            yield period

    def _begun(self, after: date, until: date) -> Iterator[Period]:
        if self.every is Every.TERM:
            yield from (term for term in self.terms if after < term.first <= until)
            return
        day = after
        while day <= until:
            period = self._calendar(day)
            if after < period.first <= until:
                yield period
            day = period.last + timedelta(days=1)


def _month_after(day: date, starts_on: int, months: int) -> date:
    index = day.year * 12 + day.month - 1 + months
    return date(index // 12, index % 12 + 1, starts_on)
