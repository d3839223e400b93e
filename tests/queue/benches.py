"""Implementations of :class:`plantin.core.ports.QueueStore`, all with the same handles for people."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, Protocol, TypeVar

from django.db import connections

from plantin.core.ids import DeviceId, JobId, QueueId
from plantin.core.model import Hold, QueueMode
from plantin.core.ports import QueueStore
from plantin.core.states import JobEvent, JobState, Reason
from plantin.queue.durable import DurableStore
from plantin.store.commands import config, jobs
from plantin.store.queries import config as config_queries
from plantin.store.queries import jobs as job_queries
from tests.queue.records import device_record, document_record, job_record, queue_record
from tests.simulation.memory_store import MemoryStore
from tests.store.support import ALICE, T0, Database, new_job

R = TypeVar("R")


class HandClock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.at = T0

    def now_ms(self) -> int:
        return self.at

    def monotonic(self) -> float:
        return self.at / 1000


class Bench(Protocol):
    """A store under test, and what people and clients do to it."""

    clock: HandClock

    def run(self, test: Callable[[QueueStore], Coroutine[Any, Any, None]]) -> None: ...
    def device(self, name: str) -> DeviceId: ...
    def queue(self, name: str, *devices: DeviceId, mode: QueueMode = QueueMode.DIRECT) -> QueueId: ...
    def job(
        self,
        queue: QueueId,
        *,
        hold: Hold | None = None,
        device: DeviceId | None = None,
        priority: int = 50,
        expires_at: int = 0,
        attributes: bytes = b"",
    ) -> JobId: ...
    def cancel(self, job: JobId) -> None: ...
    def suspend(self, job: JobId) -> None: ...
    def hold(self, job: JobId) -> None: ...
    def release(self, job: JobId, device: DeviceId | None = None) -> None: ...
    def move(self, job: JobId, queue: QueueId) -> None: ...
    def enable(self, queue: QueueId, enabled: bool) -> None: ...
    def state(self, job: JobId) -> JobState: ...
    def reasons(self, job: JobId) -> tuple[str, ...]: ...
    def trail(self, job: JobId) -> list[str]: ...


class DurableBench:
    """The real store on a real database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._people = ThreadPoolExecutor(1)
        self.clock = HandClock()

    def run(self, test: Callable[[QueueStore], Coroutine[Any, Any, None]]) -> None:
        store = self._database.store()
        try:
            asyncio.run(test(DurableStore(store, self.clock)))
        finally:
            store.close()

    def device(self, name: str) -> DeviceId:
        return self._elsewhere(lambda: self._database.device(name).id)

    def queue(self, name: str, *devices: DeviceId, mode: QueueMode = QueueMode.DIRECT) -> QueueId:
        def make() -> QueueId:
            names = {record.id: record.name for record in config_queries.devices()}
            return self._database.queue(name, [names[device] for device in devices], mode).id

        return self._elsewhere(make)

    def job(self, queue: QueueId, **changes: Any) -> JobId:
        return self._elsewhere(lambda: self._database.accept(new_job(queue, **changes))[0])

    def cancel(self, job: JobId) -> None:
        self._write(jobs.cancel, job, ALICE)

    def suspend(self, job: JobId) -> None:
        self._write(jobs.suspend, job, ALICE)

    def hold(self, job: JobId) -> None:
        self._write(jobs.hold, job, Hold(Reason.HOLD_UNTIL), ALICE)

    def release(self, job: JobId, device: DeviceId | None = None) -> None:
        self._write(jobs.release, job, ALICE, device=device)

    def move(self, job: JobId, queue: QueueId) -> None:
        self._write(jobs.move, job, queue, ALICE)

    def enable(self, queue: QueueId, enabled: bool) -> None:
        (record,) = self._read(config_queries.queues, [queue])
        self._write(config.set_queue, record.name, enabled=enabled)

    def state(self, job: JobId) -> JobState:
        found: JobState = self._read(job_queries.job, job).state
        return found

    def reasons(self, job: JobId) -> tuple[str, ...]:
        found: tuple[str, ...] = self._read(job_queries.job, job).reasons
        return found

    def trail(self, job: JobId) -> list[str]:
        return [row.kind for row in self._read(job_queries.trail, job)]

    def _write(self, function: Callable[..., object], *args: object, **kwargs: object) -> None:
        self._elsewhere(lambda: self._database.write(function, *args, **kwargs))

    def _read(self, function: Callable[..., Any], *args: object) -> Any:
        return self._elsewhere(lambda: function(*args))

    def _elsewhere(self, function: Callable[[], R]) -> R:
        """On another thread, as another process would: Django does not talk to a database beside a loop."""
        return self._people.submit(function).result()

    def close(self) -> None:
        self._elsewhere(connections.close_all)
        self._people.shutdown()


class MemoryBench:
    """The twin that the simulation runs on."""

    def __init__(self) -> None:
        self.clock = HandClock()
        self._store = MemoryStore(self.clock)

    def run(self, test: Callable[[QueueStore], Coroutine[Any, Any, None]]) -> None:
        asyncio.run(test(self._store))

    def device(self, name: str) -> DeviceId:
        number = DeviceId(len(self._store.device_rows) + 1)
        self._store.device_rows[number] = device_record(number, name)
        self._store.record("device-added", device=number)
        return number

    def queue(self, name: str, *devices: DeviceId, mode: QueueMode = QueueMode.DIRECT) -> QueueId:
        number = QueueId(len(self._store.queue_rows) + 1)
        self._store.queue_rows[number] = queue_record(number, name, devices, mode)
        self._store.record("queue-added", queue=number)
        return number

    def job(
        self,
        queue: QueueId,
        *,
        hold: Hold | None = None,
        device: DeviceId | None = None,
        priority: int = 50,
        expires_at: int = 0,
        attributes: bytes = b"",
    ) -> JobId:
        number = JobId(len(self._store.jobs) + 1)
        state = JobState.HELD if hold else JobState.PENDING
        record = job_record(number, queue, state, device=device, priority=priority, expires_at=expires_at)
        record = replace(record, attributes=attributes)
        if hold is not None:
            record = replace(record, hold_reason=hold.reason, hold_until=hold.until, reasons=(hold.reason,))
        self._store.jobs[number] = record
        self._store.documents[number] = (document_record(number),)
        kind = JobEvent.HELD if hold else JobEvent.QUEUED
        self._store.record(kind, job=number, queue=queue, device=device, state=int(state))
        return number

    def cancel(self, job: JobId) -> None:
        if self.state(job) in (JobState.PROCESSING, JobState.STOPPED):
            reason = Reason.CANCELED_BY_USER
            self._store.apply(job, JobEvent.CANCEL_REQUESTED, stop_requested=reason)
        else:
            self._store.apply(job, JobEvent.CANCELED, reasons=(Reason.CANCELED_BY_USER,))

    def suspend(self, job: JobId) -> None:
        self._store.apply(job, JobEvent.SUSPENDED, stop_requested=Reason.SUSPENDED)

    def hold(self, job: JobId) -> None:
        self._store.apply(job, JobEvent.HELD, reasons=(Reason.HOLD_UNTIL,))

    def release(self, job: JobId, device: DeviceId | None = None) -> None:
        where = device or self._store.jobs[job].device
        self._store.apply(job, JobEvent.RELEASED, reasons=(Reason.QUEUED,), device=where)

    def move(self, job: JobId, queue: QueueId) -> None:
        self._store.apply(job, JobEvent.MOVED, queue=queue, device=None)

    def enable(self, queue: QueueId, enabled: bool) -> None:
        self._store.queue_rows[queue] = replace(self._store.queue_rows[queue], enabled=enabled)
        self._store.record("queue-state", queue=queue)

    def state(self, job: JobId) -> JobState:
        return self._store.jobs[job].state

    def reasons(self, job: JobId) -> tuple[str, ...]:
        return self._store.jobs[job].reasons

    def trail(self, job: JobId) -> list[str]:
        return self._store.trail(job)
