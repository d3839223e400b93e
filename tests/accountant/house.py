"""A house with the real accountant over a real store, a reader that makes the documents up, and a device that
prints what the test says. The accountant may be killed and started again at any moment."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, ParamSpec, TypeVar, cast

from plantin.accountant.accountant import Accountant, Settings
from plantin.accountant.reader import DocumentReader
from plantin.core.ids import JobId
from plantin.core.model import (
    Delivered,
    DeviceRecord,
    DocumentRecord,
    JobRecord,
    Outcome,
    QueueRecord,
    Ticket,
)
from plantin.core.ports import Started
from plantin.inspect.paper import inspect_paper
from plantin.inspect.report import Found, Inspection, PageInfo, PageRun, could_not_inspect
from plantin.ipp import Attribute, Tag
from plantin.ipp.blobs import pack, unpack
from plantin.ledger.transactions import Kind, Layer, Transaction
from plantin.store.access import Store
from plantin.store.commands import accept, delivery
from plantin.store.ledger import journal
from plantin.store.ledger.book import DatabaseBook
from plantin.store.queries import accounting as queries
from plantin.store.queries import config
from plantin.store.queries import delivery as delivery_queries
from plantin.store.queries import jobs as job_queries
from tests.store.support import T0, Database, document, new_job

P = ParamSpec("P")
R = TypeVar("R")
PATIENCE_S = 30.0
RIDDLE = "riddle"
"""The name of a document that nobody can count."""


class Inside:
    """A database for the helpers of the store's tests, to be used inside a unit of work."""

    def write(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        return function(*args, **kwargs)


class HeldClock:
    """Tells the time that the test sets; what is measured in seconds runs as ever."""

    def __init__(self) -> None:
        self.now = T0 + 1000

    def now_ms(self) -> int:
        self.now += 1
        return self.now

    def monotonic(self) -> float:
        return time.monotonic()


class MadeUpReader:
    """Every document has as many pages as its name says. Stumbles now and then, as chance has it."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self.stumbles = 0.0
        self.slow: dict[str, asyncio.Event] = {}
        """Documents that take until the event."""
        self.inspected: list[str] = []

    async def inspect(self, documents: Sequence[DocumentRecord]) -> list[Inspection]:
        for one in documents:
            if one.name in self.slow:
                await self.slow[one.name].wait()
        await asyncio.sleep(self._chance.random() * 0.004)
        if self._chance.random() < self.stumbles:
            raise RuntimeError("the worker died, as it does in tests")
        self.inspected += [one.name for one in documents]
        return [report(one.name) for one in documents]


def report(name: str) -> Inspection:
    if name == RIDDLE:
        return could_not_inspect("application/pdf", "nobody understands it")
    return inspect_paper(Found("application/pdf", (PageRun(int(name), PageInfo(False, 210.0, 297.0)),)))


def copies(number: int) -> bytes:
    return pack([Attribute("copies", Tag.INTEGER, (number,))])


@dataclass
class House:
    """What the tests act on."""

    store: Store
    queue: QueueRecord
    device: DeviceRecord
    chance: random.Random
    clock: HeldClock = field(default_factory=HeldClock)
    settings: Settings = field(default_factory=Settings)
    accountant: Accountant | None = None

    def __post_init__(self) -> None:
        self.reader = MadeUpReader(self.chance)
        self._task: asyncio.Task[None] | None = None

    # -- the accountant -----------------------------------------------------------------------------------

    def start(self) -> None:
        reader = cast(DocumentReader, self.reader)
        self.accountant = Accountant(self.store, reader, self.clock, self.settings)
        self._task = asyncio.create_task(self.accountant.run())

    async def kill(self) -> None:
        """It forgets everything that it had in mind; what it has given to the store is done all the same."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        self._task = self.accountant = None

    def hint(self, jobs: bool, config: bool) -> None:
        if self.accountant is not None:
            if config:
                self.accountant.configured()
            self.accountant.hint()

    async def until(self, what: str, happened: Callable[[], Awaitable[bool]]) -> None:
        end = time.monotonic() + PATIENCE_S
        while not await happened():
            assert time.monotonic() < end, f"never happened: {what}"
            await asyncio.sleep(0.01)

    async def settled(self) -> None:
        """Until there is nothing left for accounting to do."""

        async def done() -> bool:
            waiting = await self.read(queries.waiting, 0, 10_000)
            cases = await self.read(queries.cases, waiting)
            return not any(case.attempts or case.job.state.terminal or asks(case.job) for case in cases)

        await self.until("all is accounted for", done)

    # -- the store ----------------------------------------------------------------------------------------

    async def write(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        return await self.store.write(function, *args, **kwargs)

    async def read(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        return await self.store.read(function, *args, **kwargs)

    async def job(self, job: JobId) -> JobRecord:
        return await self.read(job_queries.job, job)

    async def balance(self, account: str) -> tuple[int, int]:
        found = await self.read(DatabaseBook().balance, account)
        return found.booked, found.reserved

    async def booked(self, uuid: str) -> list[Transaction]:
        return list(await self.read(journal.of_job, uuid))

    async def submit(self, owner: str, name: str, **changes: Any) -> JobId:
        papers = (document(name=name, octets=1000),)
        fields: dict[str, Any] = {"owner": owner, "documents": papers, "created_at": self.clock.now_ms()}
        wish = new_job(self.queue, **{**fields, **changes})
        return await self.store.batch(accept.accept_batch, wish)

    # -- the device ---------------------------------------------------------------------------------------

    async def begin(self, job: JobId) -> Started | None:
        """The job goes to the device, if it may."""
        record = await self.job(job)
        wish = delivery.Start(
            job, record.queue, self.device.id, self.device.name, self.clock.now_ms(), sending=True
        )
        return await self.store.batch(delivery.start_batch, wish)

    async def ready(self) -> list[JobId]:
        found = []
        for lane in await self.read(delivery_queries.lanes):
            found += [one.id for one in await self.read(delivery_queries.ready, lane, 100)]
        return found

    async def end(self, started: Started, outcome: Outcome = Outcome.COMPLETED, **told: Any) -> None:
        told = {"octets_sent": 1000} | told
        delivered = Delivered(outcome, "because", f"it was {outcome.value}", **told)
        ticket = Ticket(started.job, "q1", started.documents, self.device, started.attempt)
        finish = delivery.Finish(ticket, delivered, self.clock.now_ms())
        await self.store.batch(delivery.finish_batch, finish)

    async def prints(self, job: JobId, outcome: Outcome = Outcome.COMPLETED, **told: Any) -> None:
        started = await self.begin(job)
        assert started is not None
        await self.end(started, outcome, **told)


def asks(job: JobRecord) -> bool:
    return job.state == 3 and job.gate == 1


def copies_of(job: JobRecord) -> int:
    for attribute in unpack(job.attributes):
        if attribute.name == "copies":
            return int(str(attribute.values[0]))
    return 1


def charged(transactions: Sequence[Transaction]) -> int:
    """What the house earned with a job, minor units of money."""
    return sum(
        posting.amount
        for one in transactions
        for posting in one.postings
        if posting.account == "revenue:EUR" and posting.layer is Layer.BOOKED
    )


def reserved(transactions: Sequence[Transaction]) -> int:
    """What is reserved for a job now."""
    ended = {one.refers_to for one in transactions if one.kind in (Kind.POST, Kind.VOID, Kind.EXPIRE)}
    return sum(
        posting.amount
        for one in transactions
        if one.kind is Kind.RESERVE and one.number not in ended
        for posting in one.postings
        if posting.account == "revenue:EUR"
    )


@contextlib.asynccontextmanager
async def house(
    database: Database, queue: QueueRecord, seed: int = 0, **settings: Any
) -> AsyncIterator[House]:
    """An open house with this queue on device d1; its accountant is started by `start`."""
    loop = asyncio.get_running_loop()
    made: House | None = None

    def committed(jobs: bool, config: bool) -> None:
        if made is not None:
            loop.call_soon_threadsafe(made.hint, jobs, config)

    store = database.store(committed=committed, readers=2)
    device = await store.read(config.device, "d1")
    made = House(store, queue, device, random.Random(seed), settings=Settings(**settings))
    try:
        yield made
    finally:
        await made.kill()
        await asyncio.to_thread(store.close)
