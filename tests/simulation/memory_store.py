"""The in-memory twin of the store, as the queue manager sees it (:class:`plantin.core.ports.QueueStore`).

Durable here means: it survives a crash of the server. Every write takes a moment of simulated time, in which
others run; a crash can strike before or after a write takes effect, never in between (it is one transaction).
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from plantin.core.clock import Clock
from plantin.core.ids import AttemptId, DeviceId, JobId, QueueId
from plantin.core.model import (
    Delivered,
    DeviceRecord,
    DocumentRecord,
    JobRecord,
    Outcome,
    QueueRecord,
    ReadyJob,
    Ticket,
)
from plantin.core.outcome import end_of
from plantin.core.ports import Feed, Interrupted, Lane, Started
from plantin.core.states import JobEvent, JobState, Reason, after
from plantin.store.job_attributes import cancel_after_s


@dataclass(frozen=True)
class Event:
    """A row of the trail."""

    id: int
    at: int
    kind: str
    job: JobId | None = None
    queue: QueueId | None = None
    device: DeviceId | None = None
    state: int = 0
    text: str = ""


@dataclass
class AttemptRow:
    """A row of the attempts."""

    id: AttemptId
    job: JobId
    device: DeviceId
    sending: bool = False
    ended: bool = False
    outcome: str = ""
    device_job: str = ""
    started_at: int = 0


OWN = ("started", "sending", "device-stopped", "device-resumed", "completed", "note", "retry")


@dataclass
class MemoryStore:
    """Rows in dictionaries. ``step`` is awaited around every write: the place for delays and crashes."""

    clock: Clock
    jobs: dict[JobId, JobRecord] = field(default_factory=dict)
    ranks: dict[JobId, int] = field(default_factory=dict)
    documents: dict[JobId, tuple[DocumentRecord, ...]] = field(default_factory=dict)
    attempts: dict[AttemptId, AttemptRow] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    device_rows: dict[DeviceId, DeviceRecord] = field(default_factory=dict)
    queue_rows: dict[QueueId, QueueRecord] = field(default_factory=dict)
    step: Callable[[str], Awaitable[None]] | None = None

    async def _durably(self, name: str) -> None:
        if self.step is not None:
            await self.step(name)

    def record(self, kind: str, **columns: Any) -> None:
        self.events.append(Event(len(self.events) + 1, self.clock.now_ms(), kind, **columns))

    def apply(self, job_id: JobId, event: JobEvent, text: str = "", **changes: Any) -> JobState:
        """One event on one job, by the state table."""
        job = self.jobs[job_id]
        state = after(job.state, event)
        self.jobs[job_id] = replace(job, state=state, **changes)
        self.record(event, job=job_id, queue=job.queue, device=job.assigned, state=int(state), text=text)
        return state

    def trail(self, job_id: JobId) -> list[str]:
        return [event.kind for event in self.events if event.job == job_id]

    # -- the port -----------------------------------------------------------------------------------------

    async def devices(self, only: Sequence[DeviceId] | None = None) -> Sequence[DeviceRecord]:
        await self._durably("read")
        return [row for key, row in self.device_rows.items() if only is None or key in only]

    async def queues(self, only: Sequence[QueueId] | None = None) -> Sequence[QueueRecord]:
        await self._durably("read")
        return [row for key, row in self.queue_rows.items() if only is None or key in only]

    async def position(self) -> int:
        return len(self.events)

    async def feed(self, after_id: int, limit: int) -> Feed:
        rows = self.events[after_id : after_id + limit]
        await self._durably("read")
        ready: dict[JobId, ReadyJob] = {}
        gone: dict[JobId, None] = {}
        stops: dict[JobId, str] = {}
        for event in rows:
            if event.job is None or event.kind in OWN:
                continue
            job = self.jobs[event.job]
            if job.state is JobState.PENDING:
                ready[job.id] = self._ready(job)
                gone.pop(job.id, None)
            else:
                gone[job.id] = None
                ready.pop(job.id, None)
                if job.stop_requested and event.kind in ("cancel-requested", "suspended"):
                    stops[job.id] = job.stop_requested
        return Feed(
            after_id + len(rows),
            list(ready.values()),
            list(gone),
            list(stops.items()),
            frozenset(event.queue for event in rows if event.job is None and event.queue is not None),
            frozenset(event.device for event in rows if event.job is None and event.device is not None),
            len(rows) == limit,
        )

    def _ready(self, job: JobRecord) -> ReadyJob:
        return ReadyJob(job.id, job.queue, job.device, job.priority, self.ranks.get(job.id, job.id << 16))

    async def lanes(self) -> Sequence[Lane]:
        await self._durably("read")
        pending = (job for job in self.jobs.values() if job.state is JobState.PENDING)
        return list(dict.fromkeys(Lane(job.queue, job.device) for job in pending))

    async def ready(self, lane: Lane, limit: int) -> Sequence[ReadyJob]:
        found = [
            self._ready(job)
            for job in self.jobs.values()
            if job.state is JobState.PENDING and Lane(job.queue, job.device) == lane
        ]
        await self._durably("read")
        return sorted(found, key=lambda job: (-job.priority, job.rank))[:limit]

    def start(
        self, job: ReadyJob, device: DeviceRecord, *, sending: bool = False
    ) -> Awaitable[Started | None]:
        # It begins at once, awaited or not.
        return asyncio.ensure_future(self._start(job, device, sending=sending))

    async def _start(self, wish: ReadyJob, device: DeviceRecord, *, sending: bool) -> Started | None:
        await self._durably("before start")
        job_id, job = wish.id, self.jobs.get(wish.id)
        if job is None or job.state is not JobState.PENDING or job.queue != wish.queue:
            return None
        if job.device is not None and job.device != device.id:
            return None
        attempt = AttemptId(len(self.attempts) + 1)
        self.attempts[attempt] = AttemptRow(
            attempt, job_id, device.id, sending, started_at=self.clock.now_ms()
        )
        self.apply(
            job_id,
            JobEvent.STARTED,
            assigned=device.id,
            attempts=job.attempts + 1,
            reasons=(Reason.PRINTING,),
        )
        await self._durably("after start")
        return Started(job, self.documents[job_id], attempt)

    async def sending(self, attempt: AttemptId) -> None:
        await self._durably("before sending")
        self.attempts[attempt].sending = True
        await self._durably("after sending")

    async def not_sending(self, attempt: AttemptId) -> None:
        await self._durably("before not_sending")
        self.attempts[attempt].sending = False

    async def device_job(self, attempt: AttemptId, device_job: str) -> None:
        await self._durably("before device_job")
        self.attempts[attempt].device_job = device_job

    async def finish(self, ticket: Ticket, delivered: Delivered, retry_at: int) -> JobState:
        await self._durably("before finish")
        row = self.attempts[ticket.attempt]
        row.ended, row.outcome = True, delivered.outcome.value
        job = self.jobs[ticket.job.id]
        if job.state not in (JobState.PROCESSING, JobState.STOPPED):
            return job.state
        end = end_of(delivered, job.stop_requested, ticket.unknown_policy)
        if delivered.outcome is Outcome.UNKNOWN:
            self.apply(job.id, JobEvent.OUTCOME_UNKNOWN, delivered.text)
        state = self.apply(
            job.id,
            end.event,
            delivered.text,
            reasons=tuple(end.reasons.split()),
            message=delivered.text,
            stop_requested="",
        )
        await self._durably("after finish")
        return state

    async def stopped(self, job: JobId, stopped: bool, reasons: str, text: str) -> None:
        await self._durably("before stopped")
        wanted = JobState.PROCESSING if stopped else JobState.STOPPED
        if self.jobs[job].state is wanted:
            self.apply(job, JobEvent.DEVICE_STOPPED if stopped else JobEvent.DEVICE_RESUMED, text)

    async def interrupted(self, device: DeviceId | None = None) -> Sequence[Interrupted]:
        await self._durably("read")
        return [
            Interrupted(
                Started(self.jobs[row.job], self.documents[row.job], row.id),
                row.device,
                row.sending,
                row.device_job,
                self.ranks.get(row.job, row.job << 16),
            )
            for row in self.attempts.values()
            if not row.ended and device in (None, row.device)
        ]

    async def device_state(self, device: DeviceId, state: int, reasons: Sequence[str], message: str) -> None:
        await self._durably("before device_state")
        row = self.device_rows[device]
        self.device_rows[device] = replace(
            row, state=state, state_reasons=tuple(reasons), state_message=message
        )
        self.record("device-state", device=device)

    async def due(self) -> None:
        await self._durably("before due")
        now = self.clock.now_ms()
        for row in [one for one in self.attempts.values() if not one.ended]:
            job = self.jobs[row.job]
            limit_s = cancel_after_s(job.attributes)
            if limit_s and row.started_at + limit_s * 1000 <= now and not job.stop_requested:
                why = Reason.CANCELED_AFTER_TIMEOUT
                reasons = (*job.reasons, Reason.TO_STOP_POINT)
                self.apply(job.id, JobEvent.CANCEL_REQUESTED, stop_requested=why, reasons=reasons)
        for job in [one for one in self.jobs.values() if one.state is JobState.HELD]:
            if job.expires_at and job.expires_at <= now:
                self.apply(job.id, JobEvent.EXPIRED, reasons=(Reason.CANCELED_AFTER_TIMEOUT,))
            elif job.hold_until and job.hold_until <= now:
                self.apply(job.id, JobEvent.RELEASED, reasons=(Reason.QUEUED,), hold_until=0)
