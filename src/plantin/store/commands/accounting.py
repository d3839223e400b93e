"""What accounting writes: counts, the answer to a job that wants to print, and what it cost in the end.

Each of these is one transaction with the ledger's entries and the job's trail: a job is admitted exactly when
its price is reserved, and its books are closed exactly when what it used is charged. Only the accounting
process calls them, so nobody else changes the rows of ``store_job_cost``.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass, replace
from datetime import UTC, datetime

from plantin.core.ids import JobId
from plantin.core.model import Gate, JobRecord
from plantin.core.states import JobEvent, JobState, Reason, after
from plantin.ledger.errors import InsufficientFunds, LedgerError, ReservationClosed
from plantin.ledger.payer import choose_payers
from plantin.ledger.quotas import PageKind
from plantin.ledger.requests import Charge, ChargeNow, Expire, Post, Request, Reserve, Share, Void
from plantin.ledger.transactions import Transaction
from plantin.ledger.verdict import Answer, Counts, Person, Verdict
from plantin.ledger.view import View
from plantin.store import sql
from plantin.store.commands import books
from plantin.store.commands.events import EventRow, record
from plantin.store.commands.jobs import Actor, transition
from plantin.store.ledger import people
from plantin.store.ledger.book import DatabaseBook
from plantin.store.queries import accounting as queries
from plantin.store.queries import gate
from plantin.store.queries import jobs as job_queries
from plantin.store.queries.accounting import COST_COLUMNS, CostRecord
from plantin.store.queries.why import ACCOUNTING

ACTOR = ACCOUNTING
ROUTED = "routed"
"""What stands in ``held_for`` once the rules have sent a job to another queue."""


@dataclass(frozen=True, slots=True)
class Who:
    """Whose accounts are asked."""

    user: str
    groups: frozenset[str]
    currency: str
    new_restricted: bool
    """What their account is when it is made now."""


def person_of(book: DatabaseBook, who: Who) -> Person:
    """The person as the accounts know them; their personal account is made if it is missing.

    Raises:
        LedgerError: nobody of this name can have an account.
    """
    create = people.personal(who.user, who.currency, restricted=who.new_restricted)
    payer = people.payer_of(book, who.user, who.groups, unit=who.currency, create=create)
    view = book.view()
    accounts = [view.account(purse) for purse in payer.purses]
    return Person(
        payer,
        tuple(people.quotas_of(book, who.user)),
        any(account.restricted for account in accounts if account.id == payer.user),
        sum(view.balance(account.id).available for account in accounts),
    )


def empty_cost(job: JobId) -> CostRecord:
    """The accounting of a job of which nothing is known."""
    return CostRecord(
        job, 0, "", "[]", -1, -1, 1, -1, -1, -1, -1, "", -1, "[]", "", "", "", 0, 0, 0, 0, 0, 0, "[]", ""
    )


def with_counts(cost: CostRecord, counts: Counts) -> CostRecord:
    return replace(
        cost,
        error=counts.error,
        pages=counts.pages,
        input_pages=counts.input_pages,
        copies=counts.copies,
        impressions_colour=counts.impressions_colour,
        impressions_mono=counts.impressions_mono,
        sheets=counts.sheets,
        blank_sides=counts.blank_sides,
    )


def write_costs(rows: Sequence[CostRecord]) -> Sequence[Exception | None]:
    """Puts these rows in the place of what was known of their jobs; jobs that were purged meanwhile have
    none. A batch command."""
    there = books.existing([row.job for row in rows])
    kept = [astuple(row) for row in rows if row.job in there]
    sql.insert("store_job_cost", COST_COLUMNS, kept, replacing="job")
    return [None] * len(rows)


# -- before printing --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ask:
    """A counted job that wants to print."""

    job: JobId
    seen: JobRecord
    """As it was when it was counted and the rules for it were chosen."""
    cost: CostRecord
    who: Who
    at: int
    reservation_until: datetime
    hold_until: int
    """When a job that is held now expires."""
    assess: Callable[[Person, View], Verdict]
    alone: bool
    """Rules are asked, which may look at balances: it sees what those before it reserved."""


def admit_batch(asks: Sequence[Ask]) -> Sequence[Answer | Exception | None]:
    """Answers each in its turn. None: it does not ask any more, or for something else (canceled, held, moved,
    changed meanwhile).

    Where no rule looks at balances, the prices of many jobs are reserved together: the ledger takes them in
    their order, so that each reservation sees those before it.
    """
    jobs = job_queries.jobs_by_id([ask.job for ask in asks], lock=True)
    counter = _Counter()
    open_asks = [
        (ask, job) for ask in asks if (job := jobs.get(ask.job)) is not None and _still_asks(ask, job)
    ]
    position = 0
    while position < len(open_asks):
        end = position + 1
        while end < len(open_asks) and not (open_asks[position][0].alone or open_asks[end][0].alone):
            end += 1
        counter.answer(open_asks[position:end])
        position = end
    return [counter.answers.get(ask.job) for ask in asks]


def _still_asks(ask: Ask, job: JobRecord) -> bool:
    return job.state is JobState.PENDING and job.gate is Gate.SHUT and _wanted(job) == _wanted(ask.seen)


def _wanted(job: JobRecord) -> tuple[object, ...]:
    """What the answer is about."""
    return job.queue, job.device, job.name, job.attributes, job.copies, job.documents, job.octets


class _Counter:
    """Admits jobs within one transaction; what is asked of a person once is known for the next."""

    def __init__(self) -> None:
        self._book = DatabaseBook()
        self._houses: set[str] = set()
        self._people: dict[str, Person] = {}
        self.answers: dict[JobId, Answer] = {}

    def answer(self, together: Sequence[tuple[Ask, JobRecord]]) -> None:
        """Answers jobs that may be answered together."""
        self._let_go(together)
        view = self._book.view()
        verdicts = [self._verdict(ask, view) for ask, _ in together]
        asked = [
            (ask, job, verdict)
            for (ask, job), verdict in zip(together, verdicts, strict=True)
            if verdict.answer is Answer.ADMITTED and verdict.charges
        ]
        for ask, _, verdict in asked:
            self._ensure({ask.who.currency, *(charge.unit for charge in verdict.charges)})
        requests = [(_reserve(ask, job, verdict), _moment(ask.at)) for ask, job, verdict in asked]
        done = dict(zip((ask.job for ask, _, _ in asked), self._book.apply_each(requests), strict=True))
        rows = []
        passed: list[tuple[Ask, JobRecord, Verdict]] = []
        for (ask, job), verdict in zip(together, verdicts, strict=True):
            reserved = done.get(ask.job)
            cost = _noted(ask.cost, verdict)
            if isinstance(reserved, Transaction):
                cost = replace(cost, reservation=reserved.number)
            final = _refused(verdict, reserved) if isinstance(reserved, LedgerError) else verdict
            if final.answer is Answer.ADMITTED and final.attributes is None:
                passed.append((ask, job, final))
            else:
                _answer(ask, job, final)
            if final.answer is Answer.ADMITTED:
                cost = replace(cost, charges=self._payers_json(ask, final))
            rows.append(replace(cost, held_for=_held_for(ask.cost.held_for, final)))
            self.answers[ask.job] = final.answer
        _pass(passed)
        write_costs(rows)

    def _let_go(self, together: Sequence[tuple[Ask, JobRecord]]) -> None:
        """Ends what is reserved for jobs as they asked before."""
        open_ones = [(ask, job) for ask, job in together if ask.cost.reservation]
        self._book.apply_each(
            [(_void(job, ask.cost.reservation), _moment(ask.at)) for ask, job in open_ones]
        )  # one that is closed already is as good

    def _payers_json(self, ask: Ask, verdict: Verdict) -> str:
        """Who pays for what, as it was decided: what comes out is charged to the same purses."""
        person = self._people[ask.who.user]
        payers = [(verdict.unit or ask.who.currency, verdict.payers)]
        payers += [(kind.value, (Share((account,)),)) for kind, account in person.quotas]
        return json.dumps(
            [[unit, [[list(share.purses), share.weight] for share in shares]] for unit, shares in payers],
            ensure_ascii=False,
        )

    def _verdict(self, ask: Ask, view: View) -> Verdict:
        try:
            person = self._people.get(ask.who.user)
            if person is None or ask.alone:
                person = self._people[ask.who.user] = person_of(self._book, ask.who)
            return ask.assess(person, view)
        except LedgerError as error:
            return Verdict(Answer.HELD, Reason.ACCOUNT_INFO, str(error))

    def _ensure(self, units: set[str]) -> None:
        for unit in units - self._houses:
            people.ensure_house(self._book, unit)
            self._houses.add(unit)


def _refused(verdict: Verdict, error: LedgerError) -> Verdict:
    """The rules let it print and the ledger does not."""
    reason = Reason.ACCOUNT_LIMIT if isinstance(error, InsufficientFunds) else Reason.ACCOUNT_INFO
    return replace(verdict, answer=Answer.HELD, reason=reason, message=str(error))


def _reserve(ask: Ask, job: JobRecord, verdict: Verdict) -> Reserve:
    return Reserve(
        key=f"job:{job.uuid}:reserve:{ask.at}",
        job=job.uuid,
        actor=ACTOR,
        memo=job.name,
        charges=verdict.charges,
        expires_at=ask.reservation_until,
    )


def _pass(passed: Sequence[tuple[Ask, JobRecord, Verdict]]) -> None:
    """Opens the gate for jobs of which nothing else changes."""
    state = after(JobState.PENDING, JobEvent.ADMITTED)
    sql.update(
        "store_job",
        "id",
        {"message": "text"},
        [(job.id, verdict.message) for _, job, verdict in passed],
        extra=f"gate = {int(Gate.PASSED)}, reasons = '{Reason.QUEUED}'",
    )
    record(
        EventRow(
            ask.at,
            JobEvent.ADMITTED,
            job.id,
            job.queue,
            job.device,
            state,
            Reason.QUEUED,
            ACTOR,
            verdict.message,
        )
        for ask, job, verdict in passed
    )


def _void(job: JobRecord, reservation: int) -> Void:
    key = f"job:{job.uuid}:void:{reservation}"
    return Void(key=key, job=job.uuid, actor=ACTOR, memo=job.name, reservation=reservation)


_ANSWERABLE = frozenset({Reason.POLICY_HOLD, Reason.TO_BE_CONFIRMED, Reason.ACCOUNT_INFO, ROUTED})


def _held_for(before: str, verdict: Verdict) -> str:
    """For what accounting has held the job, as far as a person's release answers it; in another queue
    everything is asked anew."""
    if verdict.answer is Answer.ROUTED:
        return ROUTED
    if verdict.answer is not Answer.HELD:
        return ""
    held = {*before.split(), verdict.reason} & _ANSWERABLE
    if Reason.POLICY_HOLD in held:  # who let that go has seen the question
        held.discard(Reason.TO_BE_CONFIRMED)
    return " ".join(sorted(held))


def _noted(cost: CostRecord, verdict: Verdict) -> CostRecord:
    cost = replace(cost, admission=verdict.explain, reservation=0)
    if verdict.counts is not None:
        cost = with_counts(cost, verdict.counts)
    if verdict.unit:
        cost = replace(
            cost, unit=verdict.unit, quote_minor=verdict.quote_minor, quote_lines=verdict.quote_lines
        )
    return cost


def _answer(ask: Ask, job: JobRecord, verdict: Verdict) -> None:
    actor = Actor(ACTOR, ask.at)
    match verdict.answer:
        case Answer.ADMITTED:
            columns: dict[str, object] = {"gate": int(Gate.PASSED)}
            if verdict.attributes is not None:
                columns["attributes"] = verdict.attributes
            if verdict.copies is not None:
                columns["copies"] = verdict.copies
            transition(job, JobEvent.ADMITTED, actor, verdict.message, reasons=Reason.QUEUED, **columns)
        case Answer.DENIED:
            transition(
                job,
                JobEvent.ABORTED,
                actor,
                verdict.message,
                reasons=Reason.ABORTED_BY_SYSTEM,
                completed_at=ask.at,
                due_at=0,
            )
        case Answer.ROUTED if (queue := _queue_id(verdict.route_to)) is not None:
            transition(job, JobEvent.MOVED, actor, verdict.message, queue_id=queue, device_id=None)
        case Answer.ROUTED:
            text = f"the rules send it to queue {verdict.route_to}, which does not exist"
            _hold(ask, job, Reason.POLICY_HOLD, text)
        case Answer.HELD:
            _hold(ask, job, verdict.reason, verdict.message)


def _hold(ask: Ask, job: JobRecord, reason: str, text: str) -> None:
    transition(
        job,
        JobEvent.HELD,
        Actor(ACTOR, ask.at),
        text,
        reasons=reason,
        hold_reason=reason,
        hold_until=0,
        expires_at=ask.hold_until,
        due_at=ask.hold_until,
    )


def _queue_id(name: str) -> int | None:
    for found in sql.select("SELECT id FROM store_queue WHERE name = %s", [name], lambda row: int(row[0])):
        return found
    return None


def payers_in(text: str) -> dict[str, tuple[Share, ...]]:
    """The payers by unit, as the admission wrote them down."""
    return {
        unit: tuple(Share(tuple(purses), weight) for purses, weight in shares)
        for unit, shares in (json.loads(text) if text else [])
    }


# -- after printing ---------------------------------------------------------------------------------------


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
                (request, _moment(one.at))
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
        if not printed.priced and not people.quotas_of(self.book, one.who.user):
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
    (answer,) = book.apply_batch([request], _moment(one.at))
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


# -- time -------------------------------------------------------------------------------------------------


def expire(at: int, limit: int) -> int:
    """Restores reservations whose time is over; their jobs have to ask again. Those of jobs that are on a
    device right now, or have ended and are about to be charged, are left to their settlement."""
    book = DatabaseBook()
    due = book.due(_moment(at), limit)
    if not due:
        return 0
    rows = sql.select(
        "SELECT c.reservation, j.id, j.state, j.uuid FROM store_job_cost c JOIN store_job j ON j.id = c.job "
        f"WHERE c.reservation IN ({sql.marks(due)})",
        list(due),
        lambda row: row,
    )
    of = {int(row[0]): row for row in rows}
    free = [number for number in due if number not in of or of[number][2] in (2, 3, 4)]
    book.apply_batch(
        [
            Expire(
                key=f"reservation:{number}:expire",
                job=of[number][3] if number in of else "",
                actor=ACTOR,
                reservation=number,
            )
            for number in free
        ],
        _moment(at),
    )
    jobs = [of[number][1] for number in free if number in of]
    if jobs:
        marks = sql.marks(jobs)
        sql.execute(f"UPDATE store_job SET gate = 1 WHERE id IN ({marks}) AND gate = 2", jobs)
        sql.execute(f"UPDATE store_job_cost SET reservation = 0 WHERE job IN ({marks})", jobs)
    return len(free)


def keep_new_accounts(what: str) -> None:
    """Writes down what accounts that are made on demand are, where the acceptance looks for it.

    Where nobody keeps accounts any more, nothing waits behind the gate; where somebody does again, all that
    waits is asked about, and what printed meanwhile is not charged.
    """
    before = gate.new_accounts()
    if what == gate.OFF:
        sql.execute("UPDATE store_job SET gate = 0 WHERE state < 7 AND gate = 1", [])
    elif before == gate.OFF:
        sql.execute("UPDATE store_job SET gate = 1 WHERE state < 5 AND gate = 0", [])
        sql.execute(
            "UPDATE store_job SET books_closed = %s WHERE state >= 7 AND books_closed = %s "
            "AND id NOT IN (SELECT job FROM store_job_cost WHERE reservation > 0)",
            [True, False],
        )
    sql.execute("DELETE FROM store_setting WHERE name = %s", [gate.NEW_ACCOUNTS])
    sql.insert("store_setting", ("name", "value"), [(gate.NEW_ACCOUNTS, what)])


def _moment(at: int) -> datetime:
    return datetime.fromtimestamp(at / 1000, UTC)


__all__ = [
    "Ask",
    "Print",
    "Settlement",
    "Who",
    "admit_batch",
    "empty_cost",
    "expire",
    "keep_new_accounts",
    "person_of",
    "queries",
    "settle_batch",
    "with_counts",
    "write_costs",
]
