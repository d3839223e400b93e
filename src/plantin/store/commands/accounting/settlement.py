"""What came out is charged, what was reserved for more is restored, and the books of the job are closed."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from plantin.core.ids import JobId
from plantin.ledger.errors import LedgerError, ReservationClosed
from plantin.ledger.payer import choose_payers
from plantin.ledger.quotas import PageKind
from plantin.ledger.requests import Charge, ChargeNow, Post, Request, Share, Void
from plantin.ledger.transactions import Transaction
from plantin.ledger.verdict import Person
from plantin.store.commands import books
from plantin.store.commands.accounting.admission import payers_in
from plantin.store.commands.accounting.costs import (
    ACTOR,
    Who,
    moment,
    person_of,
    write_costs,
)
from plantin.store.ledger import people
from plantin.store.ledger.book import DatabaseBook
from plantin.store.queries.accounting import CostRecord


@dataclass(frozen=True, slots=True)
class Print:
    """What one attempt put on paper, and its price."""

    attempt: int
    colour: int = 0
    mono: int = 0
    sheets: int = 0
    unit: str = ""
    minor: int = 0
    lines: str = "[]"
    note: str = ""
    """Why it has no price, or why nobody can say what came out."""
    priced: bool = False
    """A tariff gives its price."""
    charges: Callable[[tuple[Share, ...], Person], tuple[Charge, ...]] | None = None
    """What it charges, given who pays; None: nothing."""


@dataclass(frozen=True, slots=True)
class Settlement:
    """The ended attempts of a job that are not charged yet."""

    job: JobId
    uuid: str
    name: str
    cost: CostRecord
    who: Who
    at: int
    prints: tuple[Print, ...]
    last_attempt: int
    void: bool
    """Nothing will be posted any more to what is reserved."""
    close: bool
    """The job has ended."""
    account: str = ""
    """``job-account-id`` as the job gives it."""
    accounting_user: str = ""


def settle_batch(settlements: Sequence[Settlement]) -> Sequence[Exception | None]:
    """Charges what came out, restores what was reserved for more, and closes the books of jobs that ended."""
    cashier = _Cashier()
    plans = [cashier.plan(one) for one in settlements]
    answers = iter(
        cashier.book.apply_each(
            [
                (request, moment(one.at))
                for one, plan in zip(settlements, plans, strict=True)
                for _, request in plan.requests
            ]
        )
    )
    rows = []
    for one, plan in zip(settlements, plans, strict=True):
        cost = _printed(one, plan.notes)
        for charge, request in plan.requests:
            answer = next(answers)
            if isinstance(answer, ReservationClosed) and isinstance(request, Post):
                answer = _late(cashier.book, one, request)
            if isinstance(answer, LedgerError):
                if charge is not None:  # a reservation that was restored before needs no word
                    cost = replace(cost, note=f"{cost.note} not charged: {answer}".strip())
            elif charge is not None:
                cost = _with_charge(cost, charge)
            if isinstance(request, Post | Void):
                cost = replace(cost, reservation=0)
        rows.append(cost)
    write_costs(rows)
    books.close([one.job for one in settlements if one.close])
    return [None] * len(settlements)


def _with_charge(cost: CostRecord, charge: Print) -> CostRecord:
    """A job that is printed again has the lines of all its prints: they add up to what it cost."""
    lines = json.loads(cost.cost_lines) + json.loads(charge.lines)
    return replace(
        cost,
        cost_minor=cost.cost_minor + charge.minor,
        cost_lines=json.dumps(lines, ensure_ascii=False),
        unit=charge.unit,
    )


@dataclass(slots=True)
class _Plan:
    """What one settlement asks of the ledger, each with the print that it charges."""

    requests: list[tuple[Print | None, Request]]
    notes: list[str]


class _Cashier:
    """Plans settlements within one transaction; what is asked of a person once is known for the next."""

    def __init__(self) -> None:
        self.book = DatabaseBook()
        self._people: dict[str, Person | LedgerError] = {}
        self._quotas: dict[str, bool] = {}
        self._houses: set[str] = set()

    def plan(self, one: Settlement) -> _Plan:
        plan = _Plan([], [])
        reservation = one.cost.reservation
        payers = payers_in(one.cost.charges)
        for printed in one.prints:
            try:
                charges = self._charges(one, printed, payers, plan.notes)
            except LedgerError as error:
                plan.notes.append(f"not charged: {error}")
                continue
            if not charges:
                continue
            common = {"job": one.uuid, "actor": ACTOR, "memo": one.name}
            request: Request
            if reservation:
                key = f"job:{one.uuid}:post:{printed.attempt}"
                request = Post(key=key, reservation=reservation, charges=charges, **common)
                reservation = 0
            else:
                key = f"job:{one.uuid}:charge:{printed.attempt}"
                request = ChargeNow(key=key, charges=charges, printed=True, **common)
            plan.requests.append((printed, request))
        if reservation and one.void:
            key = f"job:{one.uuid}:void:{reservation}"
            void = Void(key=key, job=one.uuid, actor=ACTOR, memo=one.name, reservation=reservation)
            plan.requests.append((None, void))
        return plan

    def _charges(
        self, one: Settlement, printed: Print, payers: dict[str, tuple[Share, ...]], notes: list[str]
    ) -> tuple[Charge, ...]:
        if printed.charges is None:
            return ()
        if not printed.priced and not self._has_quota(one.who.user):
            return ()  # nobody needs an account where printing costs nothing
        person = self._person(one.who)
        if payers:
            quotas = tuple(
                (PageKind(unit), shares[0].purses[0])
                for unit, shares in payers.items()
                if unit in PageKind._value2member_map_
            )
            person = replace(person, quotas=quotas)
        shares = payers.get(printed.unit or one.who.currency)
        charges = printed.charges(shares or self._own_choice(one, person, notes), person)
        for unit in {charge.unit for charge in charges} - self._houses:
            people.ensure_house(self.book, unit)
            self._houses.add(unit)
        return charges

    def _has_quota(self, user: str) -> bool:
        if user not in self._quotas:
            self._quotas[user] = bool(people.quotas_of(self.book, user))
        return self._quotas[user]

    def _person(self, who: Who) -> Person:
        person = self._people.get(who.user)
        if person is None:
            try:
                person = person_of(self.book, who)
            except LedgerError as error:
                person = error
            self._people[who.user] = person
        if isinstance(person, LedgerError):
            raise person
        return person

    def _own_choice(self, one: Settlement, person: Person, notes: list[str]) -> tuple[Share, ...]:
        """Who pays for a job that printed without being asked about."""
        own = (Share(person.payer.purses),)
        if not (one.account or one.accounting_user or person.payer.default_account):
            return own
        try:
            view = self.book.view()
            return choose_payers(person.payer, view.account, one.account, one.accounting_user)
        except LedgerError as error:
            notes.append(f"charged to {one.who.user}: {error}")
            return own


def _late(book: DatabaseBook, one: Settlement, post: Post) -> Transaction | LedgerError:
    """The reservation had expired before the paper came out: it is charged all the same."""
    request = ChargeNow(
        key=f"{post.key}:late", job=one.uuid, actor=ACTOR, memo=one.name, charges=post.charges, printed=True
    )
    (answer,) = book.apply_batch([request], moment(one.at))
    return answer


def _printed(one: Settlement, notes: Sequence[str]) -> CostRecord:
    cost = one.cost
    notes = [*(printed.note for printed in one.prints if printed.note), *notes]
    return replace(
        cost,
        printed_colour=cost.printed_colour + sum(printed.colour for printed in one.prints),
        printed_mono=cost.printed_mono + sum(printed.mono for printed in one.prints),
        printed_sheets=cost.printed_sheets + sum(printed.sheets for printed in one.prints),
        settled_attempt=max(cost.settled_attempt, one.last_attempt),
        held_for="",  # what was answered was answered for this print
        note=" ".join([*([cost.note] if cost.note else []), *notes]),
    )
