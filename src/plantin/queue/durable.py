"""The queue manager's port to the real store (:class:`plantin.core.ports.QueueStore`)."""

from collections.abc import Awaitable, Sequence

from plantin.core.clock import Clock
from plantin.core.ids import AttemptId, DeviceId, JobId, QueueId
from plantin.core.model import Delivered, DeviceRecord, JobRecord, QueueRecord, ReadyJob, Ticket
from plantin.core.ports import Feed, Interrupted, Lane, Started
from plantin.core.states import JobState
from plantin.store.access import Store
from plantin.store.commands import config, delivery, jobs
from plantin.store.queries import config as config_queries
from plantin.store.queries import delivery as delivery_queries
from plantin.store.queries import jobs as job_queries

DUE_AT_ONCE = 500
_NEVER = 0


class DurableStore:
    """Reads and writes through :class:`plantin.store.access.Store`; see the port for what each call promises.

    Args:
        timed_out: what becomes of a created job whose documents never came
            (``multiple-operation-time-out-action``).
    """

    def __init__(self, store: Store, clock: Clock, *, timed_out: str = "abort-job") -> None:
        self._store = store
        self._clock = clock
        self._timed_out = timed_out

    async def devices(self, only: Sequence[DeviceId] | None = None) -> Sequence[DeviceRecord]:
        return await self._store.read(config_queries.devices, only)

    async def queues(self, only: Sequence[QueueId] | None = None) -> Sequence[QueueRecord]:
        return await self._store.read(config_queries.queues, only)

    async def position(self) -> int:
        return await self._store.read(job_queries.last_event)

    async def feed(self, after: int, limit: int) -> Feed:
        return await self._store.read(delivery_queries.feed, after, limit)

    async def lanes(self) -> Sequence[Lane]:
        return await self._store.read(delivery_queries.lanes)

    async def ready(self, lane: Lane, limit: int) -> Sequence[ReadyJob]:
        return await self._store.read(delivery_queries.ready, lane, limit)

    def start(
        self, job: ReadyJob, device: DeviceRecord, *, sending: bool = False
    ) -> Awaitable[Started | None]:
        wish = delivery.Start(job.id, job.queue, device.id, device.name, self._clock.now_ms(), sending)
        return self._store.batch(delivery.start_batch, wish)

    def sending(self, attempt: AttemptId) -> Awaitable[None]:
        return self._store.batch(delivery.sending_batch, (attempt, self._clock.now_ms()))

    def not_sending(self, attempt: AttemptId) -> Awaitable[None]:
        return self._store.batch(delivery.sending_batch, (attempt, _NEVER))

    def device_job(self, attempt: AttemptId, device_job: str) -> Awaitable[None]:
        return self._store.batch(delivery.device_job_batch, (attempt, device_job[:1023]))

    def finish(self, ticket: Ticket, delivered: Delivered, retry_at: int) -> Awaitable[JobState]:
        end = delivery.Finish(ticket, delivered, self._clock.now_ms(), retry_at)
        return self._store.batch(delivery.finish_batch, end)

    def stopped(self, job: JobId, stopped: bool, reasons: str, text: str) -> Awaitable[None]:
        return self._store.batch(delivery.stopped_batch, (job, self._clock.now_ms(), stopped, reasons, text))

    async def interrupted(self, device: DeviceId | None = None) -> Sequence[Interrupted]:
        return await self._store.read(delivery_queries.interrupted, device)

    async def device_state(self, device: DeviceId, state: int, reasons: Sequence[str], message: str) -> None:
        await self._store.write(
            config.device_reported,
            device,
            event=True,
            state=state,
            state_reasons=" ".join(reasons) or "none",
            state_message=message,
            state_at=self._clock.now_ms(),
        )

    async def due(self) -> None:
        while True:
            done = await self._store.write(jobs.due, self._clock.now_ms(), DUE_AT_ONCE, self._time_out_action)
            if done < DUE_AT_ONCE:
                return

    def _time_out_action(self, job: JobRecord) -> str:
        return self._timed_out
