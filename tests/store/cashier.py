"""Accounts and jobs that ask to print, in few words, on any database."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from plantin.core.ids import JobId
from plantin.core.model import Gate, QueueRecord
from plantin.ledger.accounts import Account, AccountKind
from plantin.ledger.quotas import PageKind
from plantin.ledger.requests import Charge, Share, Transfer
from plantin.ledger.verdict import Answer, Person, Verdict
from plantin.ledger.view import View
from plantin.store.commands import accounting as commands
from plantin.store.commands import rules
from plantin.store.commands.accounting import Ask, Print, Settlement, Who
from plantin.store.ledger import people
from plantin.store.ledger.audit import verify_ledger
from plantin.store.ledger.book import DatabaseBook
from plantin.store.queries import accounting as queries
from plantin.store.queries import jobs as job_queries
from plantin.store.queries.accounting import CostRecord
from tests.store.support import T0, Database, record_of

TARIFF = 'name = "House"\ncurrency = "EUR"\nside = [{ price = "0.01" }]\n'
HOUR = 3_600_000
NOBODY = frozenset[str]()
_KEYS = itertools.count()
Assess = Callable[[Person, View], Verdict]


class Cashier:
    """A database with a queue and accounts, whose jobs are asked about one by one or together."""

    def __init__(self, database: Database, queue: QueueRecord | None = None) -> None:
        self.database = database
        self.book = DatabaseBook()
        self.queue = queue or database.site()
        self.clock = T0

    # -- accounts -----------------------------------------------------------------------------------------

    def tariff(self) -> None:
        self.database.write(rules.add_tariff, TARIFF)

    def rule(self, then: str = "monochrome = true") -> None:
        self.database.write(rules.add_policy, "House", f'[[rule]]\nname = "R"\nthen = {{ {then} }}\n')

    def open(self, name: str, kind: AccountKind, unit: str = "EUR", **more: Any) -> None:
        self.database.write(self.book.open_account, Account(name, kind, unit, **more))

    def person(self, name: str, balance: int = 0, *, restricted: bool = True, **more: Any) -> None:
        self.database.write(people.ensure_house, self.book, "EUR")
        self.open(name, AccountKind.PERSONAL, owner=name, restricted=restricted, **more)
        self.fill(name, balance, "cash:EUR")

    def shared(self, name: str, balance: int = 0, **more: Any) -> None:
        self.database.write(people.ensure_house, self.book, "EUR")
        self.open(name, AccountKind.SHARED, **more)
        self.fill(name, balance, "cash:EUR")

    def quota(self, user: str, kind: PageKind, amount: int) -> str:
        house = self.database.write(people.ensure_house, self.book, kind.value)
        account = people.quota_of(user, kind)
        self.open(account, AccountKind.ALLOWANCE, kind.value, owner=user)
        self.fill(account, amount, house.grant, kind.value)
        return account

    def fill(self, account: str, amount: int, source: str, unit: str = "EUR") -> None:
        if amount:
            key = f"fill:{next(_KEYS)}"
            self.do(Transfer(key=key, source=source, target=account, unit=unit, amount=amount))

    def do(self, request: Any) -> None:
        self.database.write(self.book.apply, request, moment(self.clock))

    def balance(self, account: str) -> tuple[int, int]:
        found = self.book.balance(account)
        return found.booked, found.reserved

    def check(self, *, open_reservations: int = 0) -> None:
        """The ledger is whole, and so many reservations are open."""
        assert verify_ledger(self.book).problems == ()
        assert len(self.book.due(datetime(9999, 1, 1, tzinfo=UTC))) == open_reservations

    # -- before printing ----------------------------------------------------------------------------------

    def job(self, owner: str = "alice", **changes: Any) -> JobId:
        return self.database.job(self.queue, owner=owner, **changes)

    def ask(self, job: JobId, assess: Assess | int = 1, **changes: Any) -> Ask:
        """A job that asks; a number is its price in cents, to be paid by its owner."""
        self.clock += 1
        record = record_of(job)
        ask = Ask(
            job,
            record,
            queries.cost(job) or commands.empty_cost(job),
            Who(record.owner, NOBODY, "EUR", False),
            self.clock,
            moment(self.clock + HOUR),
            self.clock + 1000,
            costs(assess) if isinstance(assess, int) else assess,
            False,
        )
        return replace(ask, **changes)

    def admit(self, *asks: Ask) -> list[Answer | None]:
        answers = self.database.write(commands.admit_batch, asks)
        for answer in answers:
            assert not isinstance(answer, Exception)
        return [answer for answer in answers if not isinstance(answer, Exception)]

    def passed(self, job: JobId, cents: int = 1) -> None:
        assert self.admit(self.ask(job, cents)) == [Answer.ADMITTED]
        assert gate_of(job) is Gate.PASSED

    # -- after printing -----------------------------------------------------------------------------------

    def settlement(self, job: JobId, *prints: Print, **changes: Any) -> Settlement:
        self.clock += 1
        (case,) = queries.cases([job])
        record = case.job
        settlement = Settlement(
            job=job,
            uuid=record.uuid,
            name=record.name,
            cost=case.cost or commands.empty_cost(job),
            who=Who(record.owner, NOBODY, "EUR", False),
            at=self.clock,
            prints=prints,
            last_attempt=max((attempt.id for attempt in case.attempts), default=0),
            void=record.state.terminal or record.gate is not Gate.PASSED,
            close=record.state.terminal,
        )
        return replace(settlement, **changes)

    def settle(self, *settlements: Settlement) -> None:
        assert list(self.database.write(commands.settle_batch, settlements)) == [None] * len(settlements)

    def came_out(self, job: JobId, cents: int, **changes: Any) -> Print:
        """The last attempt that is not charged yet printed for so much."""
        (case,) = queries.cases([job])
        return printed(case.attempts[-1].id, cents, **changes)


def moment(at: int) -> datetime:
    return datetime.fromtimestamp(at / 1000, UTC)


def charge(cents: int, *purses: str, unit: str = "EUR", weight: int = 1) -> Charge:
    house = people.house_of(unit)
    return Charge(unit, cents, (Share(purses, weight),), house.revenue, house.grant)


def costs(cents: int) -> Assess:
    def assess(person: Person, view: View) -> Verdict:
        purses = person.payer.purses
        charges = (charge(cents, *purses),) if cents else ()
        return Verdict(
            Answer.ADMITTED, payers=(Share(purses),), charges=charges, unit="EUR", quote_minor=cents
        )

    return assess


def answers(verdict: Verdict) -> Assess:
    return lambda person, view: verdict


def printed(attempt: int, cents: int, **changes: Any) -> Print:
    def charges(shares: tuple[Share, ...], person: Person) -> tuple[Charge, ...]:
        money = Charge("EUR", cents, shares, "revenue:EUR", "grant:EUR")
        pages = (
            Charge(
                kind.value,
                2,
                (Share((account,)),),
                people.house_of(kind.value).revenue,
                f"granted:{kind.value}",
            )
            for kind, account in person.quotas
        )
        return tuple(one for one in (money, *pages) if one.amount)

    fields: dict[str, Any] = {"mono": cents, "sheets": cents, "unit": "EUR", "minor": cents, "priced": True}
    lines = f'[["black", "{cents}", "0.01", "{cents / 100:.2f}", "House"]]'
    return Print(attempt, **{**fields, "lines": lines, "charges": charges, **changes})


def gate_of(job: JobId) -> Gate:
    return job_queries.job(job).gate


def cost_of(job: JobId) -> CostRecord:
    found = queries.cost(job)
    assert found is not None
    return found


def closed(job: JobId) -> bool:
    """Whether the job's books are closed."""
    return job not in queries.waiting(0, 1000)
