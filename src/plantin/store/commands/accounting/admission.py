"""The answer to a counted job that wants to print, in one transaction with what it reserves."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from plantin.core.ids import JobId
from plantin.core.model import Gate, JobRecord
from plantin.core.states import JobEvent, JobState, Reason, after
from plantin.ledger.errors import InsufficientFunds, LedgerError
from plantin.ledger.requests import Reserve, Share, Void
from plantin.ledger.transactions import Transaction
from plantin.ledger.verdict import Answer, Person, Verdict
from plantin.ledger.view import View
from plantin.store import sql
from plantin.store.commands.accounting.costs import (
    ACTOR,
    ROUTED,
    Who,
    moment,
    person_of,
    with_counts,
    write_costs,
)
from plantin.store.commands.events import EventRow, record
from plantin.store.commands.jobs import Actor, transition
from plantin.store.ledger import people
from plantin.store.ledger.book import DatabaseBook
from plantin.store.queries import jobs as job_queries
from plantin.store.queries.accounting import CostRecord


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
        requests = [(_reserve(ask, job, verdict), moment(ask.at)) for ask, job, verdict in asked]
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
            [(_void(job, ask.cost.reservation), moment(ask.at)) for ask, job in open_ones]
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
                columns["copies"] = min(verdict.copies, job.copies)
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
