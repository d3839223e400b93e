"""Scheduled allocations: credit, or pages, granted at the beginning of every period.

Promises one grant for each account and period however often the run is repeated, because the grant's key is
made of them; a run after a pause catches up on every period missed. With a cap, a grant fills up to it
(a quota: so many pages a month); without, grants accumulate. Never takes anything away.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from .errors import InvalidRequest
from .money import check_amount
from .periods import Schedule
from .requests import Allocate, check_text


@dataclass(frozen=True, slots=True)
class Allocation:
    """A rule: what each member gets. `source` is a grant account; `unit` tells money from kinds of pages.

    Nobody in `users` and `groups` means everybody. `cap` None accumulates.
    """

    name: str
    unit: str
    amount: int
    schedule: Schedule
    source: str
    cap: int | None = None
    users: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        check_text(self.name, "the name of an allocation")
        if not self.name or ":" in self.name:
            raise InvalidRequest("an allocation has a name without a colon")
        if check_amount(self.amount) <= 0 or (self.cap is not None and check_amount(self.cap) < 0):
            raise InvalidRequest(f"allocation {self.name}: it grants something, and a cap is not below zero")

    def is_for(self, user: str, groups: frozenset[str]) -> bool:
        """Whether a person of these groups gets it."""
        if not self.users and not self.groups:
            return True
        return user in self.users or bool(groups & self.groups)

    def grants(self, accounts: Iterable[str], after: date, until: date) -> Iterator[Allocate]:
        """The grants to these accounts for the periods that began after `after`, up to `until`."""
        targets = tuple(accounts)
        for period in self.schedule.begun(after, until):
            for target in targets:
                yield Allocate(
                    key=f"allocation:{self.name}:{period.id}:{target}",
                    source=self.source,
                    target=target,
                    unit=self.unit,
                    amount=self.amount,
                    cap=self.cap,
                    memo=f"{self.name} {period.id}",
                )
