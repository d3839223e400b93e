"""The accountant: takes each job through counting, admission and settlement, in that order.

A job has work here while its books are open: behind the gate it waits to be let through; held, it is counted
so that its owner sees the price; ended, what came out is charged.

Concurrency: one loop. A job is in the hands of one task at a time (``_busy``); whoever hears of it meanwhile
marks it (``_again``), and it is looked at anew from the store. Inspections run beside each other, so a
document that takes minutes delays no other job. All writes go through the store's batch commands, which look
at the job's state again in their transaction.
"""

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from plantin.accountant.reader import DocumentReader, reports_json, reports_of
from plantin.accountant.rules import HouseRules
from plantin.accounting.admission import Asking, assess, charges_of, counts_of, price_at
from plantin.accounting.counts import Counted, Uncountable, count_all
from plantin.accounting.facts import Submission
from plantin.accounting.lines import lines_json
from plantin.accounting.rewriting import rewritten
from plantin.accounting.settlement import came_out
from plantin.accounting.ticket import JobTicket, ticket_of
from plantin.core.clock import Clock
from plantin.core.errors import PlantinError
from plantin.core.model import Gate, JobRecord, Outcome, UnknownPolicy
from plantin.core.states import JobState
from plantin.inspect.report import Inspection
from plantin.ipp import Attribute
from plantin.ipp.blobs import unpack
from plantin.ledger.price import Price
from plantin.ledger.requests import Charge, Share
from plantin.ledger.usage import Usage
from plantin.ledger.verdict import Counts, Person, Verdict
from plantin.ledger.view import View
from plantin.policy.decide import Changes
from plantin.policy.facts import QueueFacts
from plantin.store.access import Store
from plantin.store.commands import accounting as commands
from plantin.store.commands.accounting import ROUTED, Ask, Print, Settlement, Who
from plantin.store.ledger import allocations
from plantin.store.ledger.book import DatabaseBook
from plantin.store.queries import accounting as queries
from plantin.store.queries import jobs as job_queries
from plantin.store.queries import rules as rule_queries
from plantin.store.queries.accounting import Case, CostRecord, EndedAttempt

log = logging.getLogger("plantin.accountant")

_EVENTS_AT_ONCE = 2000
_CASES_AT_ONCE = 200
_SETTLED_AT_ONCE = 10
"""In one transaction: while it holds the database, no device gets its next job."""
_EXPIRED_AT_ONCE = 500
_GATHER_S = 0.01
"""Under load one look finds many jobs."""
_SCAN_S = 30.0
_TICK_S = 1.0
_ALLOCATE_S = 60.0
_TROUBLE_S = 1.0
_CLAIMS = frozenset({"claim", "loopback", "command-line"})
"""Ways to know an owner that prove nothing."""
_SHARE = 0.1
"""Of one core, for the books of jobs that nobody waits for, while others print."""
_QUIET_S = 0.5
"""Nothing has ended for so long: nobody prints, the books may have the machine."""
_PAUSE_MAX_S = 2.0


@dataclass(frozen=True, slots=True)
class Settings:
    """How the house keeps its accounts."""

    currency: str = "EUR"
    new_accounts: str = "unrestricted"
    reservation_hours: int = 24
    hold_s: int = 3 * 86_400
    """How long a job that accounting holds waits for a person."""
    at_once: int = 32
    """Jobs in hand at the same time; the workers of the pool are fewer."""


class Accountant:
    """Runs until it is cancelled."""

    def __init__(self, store: Store, reader: DocumentReader, clock: Clock, settings: Settings) -> None:
        self._store = store
        self._reader = reader
        self._clock = clock
        self._settings = settings
        self._rules = HouseRules(store)
        self._position = 0
        self._ended: dict[int, None] = {}
        self._backlog = asyncio.Event()
        self._came_at = 0.0
        self._hint = asyncio.Event()
        self._eased = asyncio.Event()
        self._waiting: dict[int, None] = {}
        """Jobs to be looked at, in the order in which they were heard of."""
        self._busy: set[int] = set()
        self._again: set[int] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._asking: dict[str, dict[int, asyncio.Event]] = {}
        """Jobs in hand that want to print, by owner: what was sent first is asked about first. The event says
        that it has been asked; the store answers in the order of the questions."""

    def hint(self) -> None:
        """Something happened: look at the event log now."""
        self._hint.set()

    def configured(self) -> None:
        """Something was configured."""
        self._rules.forget()
        self._hint.set()

    async def run(self) -> None:
        """Catches up with what is open, then follows the event log."""
        self._position = await self._store.read(job_queries.last_event)
        sides = [
            asyncio.create_task(self._clockwork(), name="accounting clock"),
            asyncio.create_task(self._keep_books(), name="bookkeeper"),
        ]
        try:
            while True:
                try:
                    await self._look()
                except PlantinError as error:
                    log.error("accounting could not read: %s", error)
                    await asyncio.sleep(_TROUBLE_S)
                except Exception:  # a defect must not end accounting for good: everybody would wait
                    log.exception("accounting could not look")
                    await asyncio.sleep(_TROUBLE_S)
                with contextlib.suppress(TimeoutError):  # not wait_for: with a hint it forgets a cancellation
                    async with asyncio.timeout(_TICK_S):
                        await self._hint.wait()
                await asyncio.sleep(_GATHER_S)
                self._hint.clear()
        finally:
            for task in [*sides, *self._tasks]:
                task.cancel()
            await asyncio.gather(*sides, *self._tasks, return_exceptions=True)

    # -- what there is to do ------------------------------------------------------------------------------

    async def _look(self) -> None:
        while True:
            news = await self._store.read(queries.news, self._position, _EVENTS_AT_ONCE)
            if news.rules:
                self._rules.forget()
            for job in news.asking:
                self._heard(job)
            for job in news.ended:
                self._ended[job] = None
            if news.ended:
                self._came_at = self._clock.monotonic()
                self._backlog.set()
            self._position, before = news.position, self._position
            await self._work()
            if news.position - before < _EVENTS_AT_ONCE:
                return

    def _heard(self, job: int) -> None:
        if job in self._busy:
            self._again.add(job)
        else:
            self._waiting[job] = None

    async def scan(self) -> None:
        """Finds work that no event told of: the law that a hint is only a hint stands on this."""
        after = 0
        self._rules.forget()  # no event may have told of them either
        while found := await self._store.read(queries.waiting, after, _CASES_AT_ONCE):
            for job in found:
                self._heard(job)
            after = found[-1]
            await self._work()
            self._eased.clear()
            if len(self._waiting) > _CASES_AT_ONCE:
                await self._eased.wait()

    async def _work(self) -> None:
        """Takes waiting jobs in hand, as many as may be."""
        while self._waiting and len(self._busy) < self._settings.at_once:
            room = self._settings.at_once - len(self._busy)
            jobs = list(self._waiting)[: min(room, _CASES_AT_ONCE)]
            for job in jobs:
                del self._waiting[job]
            self._busy.update(jobs)
            try:
                await self._rules.load()
                cases = await self._store.read(queries.cases, jobs)
            except BaseException:
                self._busy.difference_update(jobs)
                for job in jobs:
                    self._waiting[job] = None
                raise
            self._busy.difference_update(set(jobs) - {case.job.id for case in cases})
            for case in cases:
                task = asyncio.create_task(self._handle(case), name=f"account job {case.job.id}")
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
                if _asks(case.job):
                    self._asking.setdefault(case.job.owner, {})[case.job.id] = asyncio.Event()

    async def _handle(self, case: Case) -> None:
        job = case.job.id
        try:
            await self._advance(case)
        except PlantinError as error:  # the database is in trouble: the scan comes back to it
            log.error("job %s could not be accounted for: %s", job, error)
        except Exception:
            log.exception("job %s could not be accounted for", job)
        finally:
            self._busy.discard(job)
            asking = self._asking.get(case.job.owner, {})
            if job in asking:
                asking.pop(job).set()
            if not asking:
                self._asking.pop(case.job.owner, None)
            if len(self._waiting) <= _CASES_AT_ONCE:
                self._eased.set()
            if job in self._again:
                self._again.discard(job)
                self._waiting[job] = None
            self._hint.set()

    async def _keep_books(self) -> None:
        """Counts and charges jobs that printed without being asked about, many in one transaction. While
        others print it takes no more than a share of one core: paper first."""
        while True:
            await self._backlog.wait()
            began = self._clock.monotonic()
            heard = list(self._ended)[:_CASES_AT_ONCE]
            for job in heard:
                del self._ended[job]
            self._again.update(self._busy.intersection(heard))
            jobs = [job for job in heard if job not in self._busy]
            self._busy.update(jobs)
            try:
                await self._rules.load()
                cases = await self._store.read(queries.cases, jobs)
                settlements = [await self._settlement(case) for case in cases if case.job.state.terminal]
                for first in range(0, len(settlements), _SETTLED_AT_ONCE):
                    part = settlements[first : first + _SETTLED_AT_ONCE]
                    await asyncio.gather(
                        *(self._store.batch(commands.settle_batch, one) for one in part),
                        return_exceptions=True,
                    )
            except PlantinError as error:  # the scan comes back to them
                log.error("jobs could not be accounted for: %s", error)
                await asyncio.sleep(_TROUBLE_S)
            except Exception:
                log.exception("jobs could not be accounted for")
            finally:
                self._busy.difference_update(jobs)
                for job in self._again.intersection(jobs):
                    self._again.discard(job)
                    self._waiting[job] = None
                    self._hint.set()
            if not self._ended:
                self._backlog.clear()
            now = self._clock.monotonic()
            if now - self._came_at < _QUIET_S:
                await asyncio.sleep(min(_PAUSE_MAX_S, (now - began) * (1 / _SHARE - 1)))

    async def _clockwork(self) -> None:
        scanned = allocated = -_SCAN_S
        while True:
            try:
                now = self._clock.now_ms()
                if self._clock.monotonic() - scanned >= _SCAN_S:
                    await self.scan()
                    scanned = self._clock.monotonic()
                await self._store.write(commands.expire, now, _EXPIRED_AT_ONCE)
                if self._clock.monotonic() - allocated >= _ALLOCATE_S:
                    await self._store.write(_allocate, now)
                    allocated = self._clock.monotonic()
            except Exception:
                log.exception("time could not act on the accounts")
            await asyncio.sleep(_TICK_S)

    # -- one job ------------------------------------------------------------------------------------------

    async def _advance(self, case: Case) -> None:
        job = case.job
        if job.state is JobState.INCOMING or job.state in (JobState.PROCESSING, JobState.STOPPED):
            return  # what it is, or what came out, is not settled yet
        if case.attempts or job.state.terminal:
            await self._store.batch(commands.settle_batch, await self._settlement(case))
            if _asks(job):
                self._again.add(job.id)  # it wants to print once more
            return
        count = await self._count(case)
        if not _asks(job):
            cost = await self._quoted(job, count)
            if cost != case.cost:
                await self._store.batch(commands.write_costs, cost)
        else:
            ask = await self._ask(case, count)
            asking = self._asking.get(job.owner, {})
            for earlier in [event for one, event in asking.items() if one < job.id]:
                await earlier.wait()
            answer = self._store.batch(commands.admit_batch, ask)
            if job.id in asking:
                asking[job.id].set()
            if await answer is None:
                self._again.add(job.id)  # it may ask for something else now

    async def _count(self, case: Case) -> "_Count":
        """What it makes as it is asked for now. Its documents are inspected once, unless some were taken out
        of it since."""
        cost = case.cost or commands.empty_cost(case.job.id)
        reports: Sequence[Inspection] = reports_of(cost.reports)
        if not cost.counted_at or len(reports) != len(case.documents):
            reports = await self._reader.inspect(case.documents)
            cost = replace(cost, counted_at=self._clock.now_ms(), reports=reports_json(reports))
        device = case.attempts[-1].device if case.attempts else None
        ticket = ticket_of(unpack(case.job.attributes), await self._rules.reach(case.job, device))
        try:
            counted = count_all(reports, ticket)
        except Uncountable as error:
            return _Count(commands.with_counts(cost, Counts(error=str(error))), ticket, reports)
        return _Count(commands.with_counts(cost, counts_of(counted)), ticket, reports, counted)

    async def _quoted(self, job: JobRecord, count: "_Count") -> CostRecord:
        """With the price that a job which waits would have now, for its owner to see."""
        if count.counted is None:
            return count.cost
        place = await self._rules.place(job)
        groups = await self._rules.groups(job.owner)
        moment = _local(self._clock.now_ms())
        price, _ = price_at(self._rules.prices, count.counted.usage, place, moment, groups)
        if price is None:
            return count.cost
        return replace(
            count.cost, unit=price.unit.code, quote_minor=price.minor, quote_lines=lines_json(price)
        )

    async def _who(self, job: JobRecord) -> Who:
        restricted = self._settings.new_accounts == "restricted"
        return Who(job.owner, await self._rules.groups(job.owner), self._settings.currency, restricted)

    async def _ask(self, case: Case, count: "_Count") -> Ask:
        job, at, cost = case.job, self._clock.now_ms(), count.cost
        attributes = unpack(job.attributes)
        account = _text(attributes, "job-account-id")
        place = await self._rules.place(job)
        names = [document.name for document in case.documents if document.name]
        asking = Asking(
            submission=Submission(
                count.reports,
                name=job.name or (names[0] if names else None),
                spool_bytes=job.octets,
                account=account or None,
            ),
            ticket=count.ticket,
            place=place,
            moment=_local(at),
            currency=self._settings.currency,
            client=job.address,
            authenticated=job.owner_proof not in _CLAIMS,
            account=account,
            accounting_user=_text(attributes, "job-accounting-user-id"),
            answered=frozenset(cost.held_for.split()) - {ROUTED},
            routed=ROUTED in cost.held_for.split(),
            counted=count.counted,
        )
        rules = self._rules.book.of(QueueFacts(place.queue, place.device, place.device_groups, place.site))
        prices = self._rules.prices

        def answer(person: Person, view: View) -> Verdict:
            return assess(
                asking,
                person,
                rules,
                prices,
                view,
                lambda changes, ticket: _rewrite(job, changes),
            )

        until = datetime.fromtimestamp(at / 1000, UTC) + timedelta(hours=self._settings.reservation_hours)
        hold_until = at + self._settings.hold_s * 1000
        return Ask(job.id, job, cost, await self._who(job), at, until, hold_until, answer, bool(rules))

    async def _settlement(self, case: Case) -> Settlement:
        job = case.job
        count = await self._count(case)
        who = await self._who(job)
        queue = await self._rules.queue(job.queue)
        assume = queue is not None and queue.unknown_policy is UnknownPolicy.ASSUME_PRINTED
        prints = [
            await self._print(job, attempt, count, who, assume=assume)
            for attempt in case.attempts
            if attempt.sent and attempt.outcome != Outcome.TEMPORARY
        ]
        attributes = unpack(job.attributes)
        return Settlement(
            job=job.id,
            uuid=job.uuid,
            name=job.name,
            cost=count.cost,
            who=who,
            at=self._clock.now_ms(),
            prints=tuple(prints),
            last_attempt=max((attempt.id for attempt in case.attempts), default=0),
            void=job.state.terminal or job.gate is not Gate.PASSED,
            close=job.state.terminal,
            account=_text(attributes, "job-account-id"),
            accounting_user=_text(attributes, "job-accounting-user-id"),
        )

    async def _print(
        self, job: JobRecord, attempt: EndedAttempt, count: "_Count", who: Who, *, assume: bool
    ) -> Print:
        usage = came_out(
            Outcome(attempt.outcome),
            layout=None if count.counted is None else count.counted.layout,
            impressions=attempt.impressions,
            sheets=attempt.sheets,
            octets_sent=attempt.octets,
            octets=job.octets,
            assume_printed=assume,
        )
        if usage is None:
            return Print(attempt.id, note=count.cost.error or "nobody can say what came out")
        if not usage.impressions and not usage.media_sheets:
            return Print(attempt.id)
        place = await self._rules.place(job, attempt.device)
        price, unpriced = price_at(self._rules.prices, usage, place, _local(self._clock.now_ms()), who.groups)
        return Print(
            attempt.id,
            usage.colour_impressions,
            usage.mono_impressions,
            usage.media_sheets,
            self._settings.currency if price is None else price.unit.code,
            0 if price is None else price.minor,
            "[]" if price is None else lines_json(price),
            unpriced,
            price is not None,
            _charging(who, price, usage),
        )


@dataclass(frozen=True, slots=True)
class _Count:
    """What a job was counted to be."""

    cost: CostRecord
    ticket: JobTicket
    reports: Sequence[Inspection]
    counted: Counted | None = None
    """None where nobody can say; `cost` says why."""


def _asks(job: JobRecord) -> bool:
    """Whether it waits behind the gate."""
    return job.state is JobState.PENDING and job.gate is Gate.SHUT


def _charging(who: Who, price: Price | None, usage: Usage) -> "_Charging":
    return _Charging(who.currency, price, usage)


@dataclass(frozen=True, slots=True)
class _Charging:
    """What a print charges, once it is known who pays."""

    currency: str
    price: Price | None
    usage: Usage

    def __call__(self, shares: tuple[Share, ...], person: Person) -> tuple[Charge, ...]:
        return charges_of(shares, person, self.currency, self.price, self.usage)


def _rewrite(job: JobRecord, changes: Changes) -> bytes:
    return rewritten(job.attributes, changes)


def _text(attributes: Sequence[Attribute], name: str) -> str:
    for attribute in attributes:
        if attribute.name == name and attribute.strings():
            return attribute.strings()[0]
    return ""


def _local(at: int) -> datetime:
    return datetime.fromtimestamp(at / 1000).astimezone()


def _allocate(at: int) -> None:
    allocations.run(DatabaseBook(), _local(at), rule_queries.members)
