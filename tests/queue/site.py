"""A site with a queue manager on made-up time: the twin store, and devices that do what a test says."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from plantin.core.errors import PlantinError, SpoolDamaged
from plantin.core.ids import DeviceId, JobId, QueueId
from plantin.core.model import (
    Delivered,
    DeviceRecord,
    DocumentRecord,
    Outcome,
    QueueMode,
    QueueRecord,
    ReadyJob,
    Ticket,
)
from plantin.core.ports import DocumentSource, Feed, Lane, Progress, Reached, Stop
from plantin.core.states import JobEvent, JobState, Reason
from plantin.queue.backoff import Backoff
from plantin.queue.manager import QueueManager
from plantin.queue.settings import QueueSettings
from tests.queue.records import device_record, document_record, job_record, queue_record
from tests.simulation.loop import SimulatedClock, SimulatedLoop
from tests.simulation.memory_store import MemoryStore

SETTINGS = QueueSettings(backoff=Backoff(1.0, max_s=60.0), scan_s=1.0, due_s=1.0, recover_s=10.0)
PRINTED = Delivered(Outcome.COMPLETED, "job-completed-successfully", "printed")
OFF = Delivered(Outcome.TEMPORARY, "connection-refused", "it is off")
REFUSED = Delivered(Outcome.PERMANENT, "unsupported-document-format", "it can't print this")
LOST = Delivered(Outcome.UNKNOWN, "connection-reset", "the connection broke")


@dataclass(eq=False)
class Way:
    """A connection on which nothing has been sent."""

    machine: str
    open: bool = True

    def close(self) -> None:
        self.open = False


@dataclass
class Machine:
    """What a device does, and what was done to it."""

    seconds: float = 10.0
    """How long it prints one job."""
    up: bool = True
    outcomes: list[Delivered | Exception] = field(default_factory=list)
    """What comes of the next attempts; when it is empty all goes well."""
    before_end: Callable[[Progress, Stop], Coroutine[Any, Any, None]] | None = None
    answers: list[Delivered | Exception | None] = field(default_factory=list)
    """What it says when it is asked about an interrupted job."""
    sent: list[int] = field(default_factory=list)
    at: list[float] = field(default_factory=list)
    probes: list[float] = field(default_factory=list)
    asked: list[tuple[int, str]] = field(default_factory=list)
    busy: bool = False
    reachable: bool = False
    """It can be reached before an attempt begins."""
    reach_s: float = 0.0
    """How long that takes."""
    reach_error: Exception | None = None
    ways: list[Way] = field(default_factory=list)
    """Every connection that was made so."""
    used: list[Reached | None] = field(default_factory=list)
    """What the attempts were given."""


class Machines:
    """:class:`plantin.core.ports.Backend` for all of them."""

    def __init__(self) -> None:
        self.of: dict[str, Machine] = {}

    async def reach(self, device: DeviceRecord, stop: Stop, limit_s: float) -> Reached | None:
        machine = self.of[device.name]
        if machine.reach_error is not None:
            raise machine.reach_error
        if not machine.reachable or not machine.up:
            return None
        assert not machine.busy, f"{device.name} takes one connection at a time"
        assert not any(way.open for way in machine.ways), f"{device.name} takes one connection at a time"
        way = Way(device.name)
        machine.ways.append(way)
        await asyncio.sleep(machine.reach_s)
        return way

    async def deliver(
        self,
        ticket: Ticket,
        source: DocumentSource,
        progress: Progress,
        stop: Stop,
        reached: Reached | None = None,
    ) -> Delivered:
        machine = self.of[ticket.device.name]
        assert not machine.busy, f"two jobs at once on {ticket.device.name}"
        machine.busy = True
        machine.used.append(reached)
        if isinstance(reached, Way):
            assert reached.open and reached.machine == ticket.device.name
        try:
            return await self._deliver(machine, ticket, progress, stop)
        finally:
            machine.busy = False

    async def _deliver(self, machine: Machine, ticket: Ticket, progress: Progress, stop: Stop) -> Delivered:
        machine.at.append(asyncio.get_running_loop().time())
        machine.sent.append(ticket.job.id)
        if not machine.up:
            return OFF
        outcome = machine.outcomes.pop(0) if machine.outcomes else PRINTED
        if isinstance(outcome, Delivered) and outcome.outcome in (Outcome.TEMPORARY, Outcome.PERMANENT):
            return outcome
        await progress.sending()
        if machine.before_end is not None:
            await machine.before_end(progress, stop)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), machine.seconds)
            return Delivered(Outcome.CANCELED, stop.reason, "stopped in the middle")
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    async def probe(self, device: DeviceRecord) -> tuple[str, str] | None:
        machine = self.of[device.name]
        machine.probes.append(asyncio.get_running_loop().time())
        return None if machine.up else ("connection-refused", "it is off")

    async def recover(self, ticket: Ticket, device_job: str) -> Delivered | None:
        machine = self.of[ticket.device.name]
        machine.asked.append((ticket.job.id, device_job))
        answer = machine.answers.pop(0) if machine.answers else LOST
        if isinstance(answer, Exception):
            raise answer
        return answer


class NoSource:
    """The machines need no documents."""

    def chunks(self, document: DocumentRecord) -> AsyncIterator[bytes]:
        raise AssertionError("nobody reads here")

    async def small(self, document: DocumentRecord) -> bytes | None:
        raise AssertionError("nobody reads here")


class WatchedStore(MemoryStore):
    """The twin, with figures about what was asked of it, and with errors to order."""

    def __init__(self, clock: SimulatedClock) -> None:
        super().__init__(clock)
        self.asked: list[str] = []
        self.rows_read = 0
        self.failing: dict[str, list[Exception]] = {}
        self.taking: dict[str, float] = {}
        """How many seconds a step takes."""

    async def _durably(self, name: str) -> None:
        self.asked.append(name)
        await asyncio.sleep(self.taking.get(name, 0.001))
        if self.failing.get(name):
            raise self.failing[name].pop(0)

    async def queues(self, only: Sequence[QueueId] | None = None) -> Sequence[QueueRecord]:
        if self.failing.get("queues"):
            raise self.failing["queues"].pop(0)
        return await super().queues(only)

    async def ready(self, lane: Lane, limit: int) -> Sequence[ReadyJob]:
        found = await super().ready(lane, limit)
        self.rows_read += len(found)
        return found

    async def feed(self, after_id: int, limit: int) -> Feed:
        if self.failing.get("feed"):
            raise self.failing["feed"].pop(0)
        return await super().feed(after_id, limit)


class Site:
    """Everything of one test. Times are seconds since its beginning."""

    def __init__(self) -> None:
        self.loop = SimulatedLoop()
        self.clock = SimulatedClock(self.loop)
        self.store = WatchedStore(self.clock)
        self.machines = Machines()
        self.damaged: list[tuple[int, str]] = []
        self._life: asyncio.Task[None] | None = None
        self.manager = self.new_manager()

    # -- things -------------------------------------------------------------------------------------------

    def device(self, name: str, **changes: Any) -> DeviceId:
        number = DeviceId(len(self.store.device_rows) + 1)
        self.store.device_rows[number] = device_record(number, name, **changes)
        self.machines.of.setdefault(name, Machine())
        self.store.record("device-added", device=number)
        return number

    def queue(
        self, name: str, *devices: DeviceId, mode: QueueMode = QueueMode.DIRECT, **changes: Any
    ) -> QueueId:
        number = QueueId(len(self.store.queue_rows) + 1)
        self.store.queue_rows[number] = queue_record(number, name, devices, mode, **changes)
        self.store.record("queue-added", queue=number)
        return number

    def machine(self, name: str) -> Machine:
        return self.machines.of[name]

    def job(
        self,
        queue: QueueId,
        *,
        held: bool = False,
        device: DeviceId | None = None,
        priority: int = 50,
        hint: bool = True,
        **changes: Any,
    ) -> JobId:
        number = JobId(len(self.store.jobs) + 1)
        state = JobState.HELD if held else JobState.PENDING
        self.store.jobs[number] = job_record(
            number, queue, state, device=device, priority=priority, **changes
        )
        self.store.documents[number] = (document_record(number),)
        kind = JobEvent.HELD if held else JobEvent.QUEUED
        self.store.record(kind, job=number, queue=queue, device=device, state=int(state))
        if hint:
            self.manager.hint()
        return number

    def jobs(self, queue: QueueId, count: int) -> list[JobId]:
        return [self.job(queue) for _ in range(count)]

    # -- people -------------------------------------------------------------------------------------------

    def does(self, job: JobId, event: JobEvent, **changes: Any) -> None:
        self.store.apply(job, event, **changes)
        self.manager.hint()

    def cancel(self, job: JobId) -> None:
        if self.state(job) in (JobState.PROCESSING, JobState.STOPPED):
            self.does(job, JobEvent.CANCEL_REQUESTED, stop_requested=Reason.CANCELED_BY_USER)
        else:
            self.does(job, JobEvent.CANCELED, reasons=(Reason.CANCELED_BY_USER,))

    def release(self, job: JobId, device: DeviceId | None = None) -> None:
        self.does(job, JobEvent.RELEASED, reasons=(Reason.QUEUED,), device=device)

    def set_queue(self, queue: QueueId, **changes: Any) -> None:
        self.store.queue_rows[queue] = replace(self.store.queue_rows[queue], **changes)
        self.store.record("queue-changed", queue=queue)
        self.manager.hint()

    def set_device(self, device: DeviceId, kind: str = "device-changed", **changes: Any) -> None:
        self.store.device_rows[device] = replace(self.store.device_rows[device], **changes)
        self.store.record(kind, device=device)
        self.manager.hint()

    def remove_device(self, device: DeviceId) -> None:
        del self.store.device_rows[device]
        self.store.record("device-removed", device=device)
        self.manager.hint()

    def remove_queue(self, queue: QueueId) -> None:
        for job in [one.id for one in self.store.jobs.values() if one.queue == queue]:
            del self.store.jobs[job]
        self.store.events = [
            replace(event, kind="note") if event.job and event.job not in self.store.jobs else event
            for event in self.store.events
        ]
        del self.store.queue_rows[queue]
        self.store.record("queue-removed", queue=queue)
        self.manager.hint()

    # -- what is ------------------------------------------------------------------------------------------

    def state(self, job: JobId) -> JobState:
        return self.store.jobs[job].state

    def states(self, jobs: Sequence[JobId]) -> list[JobState]:
        return [self.state(job) for job in jobs]

    def trail(self, job: JobId) -> list[str]:
        return self.store.trail(job)

    def is_sending(self, job: JobId) -> bool:
        """Its first byte may have left."""
        return any(row.job == job and row.sending and not row.ended for row in self.store.attempts.values())

    def now(self) -> float:
        return self.loop.time()

    # -- running ------------------------------------------------------------------------------------------

    def new_manager(self) -> QueueManager:
        async def damaged(ticket: Ticket, error: SpoolDamaged) -> None:
            self.damaged.append((ticket.job.id, error.text))

        return QueueManager(
            self.store,
            lambda device: self.machines,
            NoSource(),
            self.clock,
            SETTINGS,
            lambda: 0.5,
            damaged=damaged,
        )

    def run(self, story: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """The server runs, the story is told, the server ends."""

        async def main() -> None:
            await self.start()
            try:
                await story()
            finally:
                await self.crash()

        self.run_alone(main)

    def run_alone(self, main: Callable[[], Coroutine[Any, Any, None]]) -> None:
        asyncio.set_event_loop(self.loop)
        try:
            self.loop.run_until_complete(main())
        finally:
            self.loop.run_until_complete(self.loop.shutdown_asyncgens())
            self.loop.close()
            asyncio.set_event_loop(None)

    async def start(self) -> None:
        """A server begins its life on what is in the store."""
        self.manager = self.new_manager()
        await self.manager.start()
        self._life = asyncio.create_task(self.manager.run())

    async def crash(self) -> None:
        """The server is gone, in the middle of whatever it did."""
        while tasks := asyncio.all_tasks() - {asyncio.current_task()}:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        if self._life is not None and not self._life.cancelled():
            self._life.result()

    async def cut_off(
        self, job: JobId, device: DeviceId, *, sending: bool = False, device_job: str = ""
    ) -> None:
        """The server before this one began an attempt and died."""
        record = self.store.jobs[job]
        wish = ReadyJob(job, record.queue, record.device, record.priority, job << 16)
        started = await self.store.start(wish, self.store.device_rows[device])
        assert started is not None
        if sending:
            await self.store.sending(started.attempt)
        if device_job:
            await self.store.device_job(started.attempt, device_job)

    async def until(self, done: Callable[[], bool], seconds: float = 3600.0) -> None:
        """Waits, in made-up time, until it is so.

        Raises:
            AssertionError: it is not so by then.
        """
        deadline = self.now() + seconds
        while not done():
            assert self.now() < deadline, f"not within {seconds} s: {self.store.jobs}"
            await asyncio.sleep(0.1)

    async def ended(self, *jobs: JobId) -> None:
        await self.until(lambda: all(self.state(job).terminal for job in jobs))


class Broken(PlantinError):
    """The database is in trouble."""

    def __init__(self) -> None:
        super().__init__("store-error", "the database could not take it")
