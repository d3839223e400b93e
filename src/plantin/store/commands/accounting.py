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
from plantin.ledger.quotas import PageKind
from plantin.ledger.requests import Charge, ChargeNow, Expire, Post, Request, Reserve, Share, Void
from plantin.ledger.transactions import Transaction
from plantin.ledger.verdict import Answer, Counts, Person, Verdict
from plantin.ledger.view import View
from plantin.store import sql
from plantin.store.commands.events import EventRow, record
from plantin.store.commands.jobs import Actor, transition
from plantin.store.ledger import people
from plantin.store.ledger.book import DatabaseBook
from plantin.store.queries import accounting as queries
from plantin.store.queries import gate
from plantin.store.queries import jobs as job_queries
from plantin.store.queries.accounting import COST_COLUMNS, CostRecord

ACTOR = "accounting"
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
    """Puts these rows in the place of what was known of their jobs. A batch command."""
    sql.insert("store_job_cost", COST_COLUMNS, [astuple(row) for row in rows], replacing="job")
    return [None] * len(rows)


# -- before printing --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ask:
    """A counted job that wants to print."""

    job: JobId
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
    """Answers each in its turn. None: it does not ask any more (canceled, held, moved meanwhile).

    Where no rule looks at balances, the prices of many jobs are reserved together: the ledger takes them in
    their order, so that each reservation sees those before it.
    """
    jobs = job_queries.jobs_by_id([ask.job for ask in asks], lock=True)
    counter = _Counter()
    open_asks = [
        (ask, job)
        for ask in asks
        if (job := jobs.get(ask.job)) is not None and job.state is JobState.PENDING and job.gate is Gate.SHUT
    ]
    position = 0
    while position < len(open_asks):
        end = position + 1
        while end < len(open_asks) and not (open_asks[position][0].alone or open_asks[end][0].alone):
            end += 1
        counter.answer(open_asks[position:end])
        position = end
    return [counter.answers.get(ask.job) for ask in asks]


class _Counter:
    """Admits jobs within one transaction; what is asked of a person once is known for the next."""

    def __init__(self) -> None:
        self._book = DatabaseBook()
        self._houses: set[str] = set()
        self._people: dict[str, Person] = {}
        self.answers: dict[JobId, Answer] = {}

    def answer(self, together: Sequence[tuple[Ask, JobRecord]]) -> None:
        """Answers jobs that may be answered together."""
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
                cost = replace(cost, reservation=reserved.number, charges=_charges_json(verdict.charges))
            final = _refused(verdict, reserved) if isinstance(reserved, LedgerError) else verdict
            if final.answer is Answer.ADMITTED and final.attributes is None:
                passed.append((ask, job, final))
            else:
                _answer(ask, job, final)
            held_for = {Answer.HELD: final.reason, Answer.ROUTED: ROUTED}.get(final.answer, "")
            rows.append(replace(cost, held_for=held_for))
            self.answers[ask.job] = final.answer
        _pass(passed)
        write_costs(rows)

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


def _noted(cost: CostRecord, verdict: Verdict) -> CostRecord:
    cost = replace(cost, admission=verdict.explain, held_for="")
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


def _charges_json(charges: Sequence[Charge]) -> str:
    """Who pays for what, as it was decided: what comes out is charged to the same purses."""
    return json.dumps(
        [[one.unit, [[list(share.purses), share.weight] for share in one.shares]] for one in charges],
        ensure_ascii=False,
    )


def payers_in(text: str) -> dict[str, tuple[Share, ...]]:
    """The payers by unit out of what :func:`_charges_json` wrote."""
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


def settle_batch(settlements: Sequence[Settlement]) -> Sequence[Exception | None]:
    """Charges what came out, restores what was reserved for more, and closes the books of jobs that ended."""
    book = DatabaseBook()
    known: dict[str, Person | LedgerError] = {}
    plans = [_plan(book, one, known) for one in settlements]
    asked = [
        (request, _moment(one.at))
        for one, plan in zip(settlements, plans, strict=True)
        for _, request in plan
    ]
    answers = iter(book.apply_each(asked))
    rows = []
    for one, plan in zip(settlements, plans, strict=True):
        cost = _printed(one)
        for charge, request in plan:
            answer = next(answers)
            if isinstance(answer, ReservationClosed) and isinstance(request, Post):
                answer = _late(book, one, request)
            if isinstance(answer, LedgerError):
                cost = replace(cost, note=f"{cost.note} not charged: {answer}".strip())
            elif charge is not None:
                cost = replace(
                    cost, cost_minor=cost.cost_minor + charge.minor, cost_lines=charge.lines, unit=charge.unit
                )
            if isinstance(request, Post | Void):
                cost = replace(cost, reservation=0)
        rows.append(cost)
    write_costs(rows)
    _close([one.job for one in settlements if one.close])
    return [None] * len(settlements)


def _plan(
    book: DatabaseBook, one: Settlement, known: dict[str, Person | LedgerError]
) -> list[tuple[Print | None, Request]]:
    """The requests of one settlement, each with the print that it charges."""
    plan: list[tuple[Print | None, Request]] = []
    reservation = one.cost.reservation
    payers = payers_in(one.cost.charges) if reservation else {}
    for printed in one.prints:
        if printed.charges is None:
            continue
        person = known.get(one.who.user)
        if person is None:
            try:
                person = person_of(book, one.who)
            except LedgerError as error:
                person = error
            known[one.who.user] = person
        if isinstance(person, LedgerError):
            continue
        if reservation:
            quotas = tuple(
                (PageKind(unit), shares[0].purses[0])
                for unit, shares in payers.items()
                if unit in PageKind._value2member_map_
            )
            person = replace(person, quotas=quotas)
        shares = payers.get(printed.unit or one.who.currency) or (Share(person.payer.purses),)
        charges = printed.charges(shares, person)
        if not charges:
            continue
        for unit in {charge.unit for charge in charges} | {one.who.currency}:
            people.ensure_house(book, unit)
        common = {"job": one.uuid, "actor": ACTOR, "memo": one.name}
        if reservation:
            key = f"job:{one.uuid}:post:{printed.attempt}"
            plan.append((printed, Post(key=key, reservation=reservation, charges=charges, **common)))
            reservation = 0
        else:
            key = f"job:{one.uuid}:charge:{printed.attempt}"
            plan.append((printed, ChargeNow(key=key, charges=charges, printed=True, **common)))
    if reservation and one.void:
        key = f"job:{one.uuid}:void:{reservation}"
        plan.append((None, Void(key=key, job=one.uuid, actor=ACTOR, memo=one.name, reservation=reservation)))
    return plan


def _late(book: DatabaseBook, one: Settlement, post: Post) -> Transaction | LedgerError:
    """The reservation had expired before the paper came out: it is charged all the same."""
    request = ChargeNow(
        key=f"{post.key}:late", job=one.uuid, actor=ACTOR, memo=one.name, charges=post.charges, printed=True
    )
    (answer,) = book.apply_batch([request], _moment(one.at))
    return answer


def _printed(one: Settlement) -> CostRecord:
    cost = one.cost
    notes = [printed.note for printed in one.prints if printed.note]
    return replace(
        cost,
        printed_colour=cost.printed_colour + sum(printed.colour for printed in one.prints),
        printed_mono=cost.printed_mono + sum(printed.mono for printed in one.prints),
        printed_sheets=cost.printed_sheets + sum(printed.sheets for printed in one.prints),
        settled_attempt=max(cost.settled_attempt, one.last_attempt),
        note=" ".join([*([cost.note] if cost.note else []), *notes]),
    )


def _close(jobs: Sequence[JobId]) -> None:
    if jobs:
        sql.execute(
            f"UPDATE store_job SET books_closed = %s WHERE id IN ({sql.marks(jobs)}) AND state >= 7",
            [True, *jobs],
        )


# -- time -------------------------------------------------------------------------------------------------


def expire(at: int, limit: int) -> int:
    """Restores reservations whose time is over; their jobs have to ask again. Those of jobs that are on a
    device right now are left to their settlement."""
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
    free = [number for number in due if number not in of or of[number][2] not in (5, 6)]
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
    """Writes down what accounts that are made on demand are, where the acceptance looks for it."""
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
