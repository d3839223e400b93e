"""What the queue manager and the front ends ask of the rest, as Protocols. Each port has an in-memory twin in
the tests, and every implementation passes one contract suite.
"""

from collections.abc import AsyncIterator, Sequence
from typing import Protocol

from plantin.core.ids import AttemptId, DeviceId, JobId, QueueId
from plantin.core.model import (
    Delivered,
    DeviceRecord,
    DocumentRecord,
    QueueRecord,
    ReadyJob,
    Ticket,
)


class Stop(Protocol):
    """Tells a running attempt that its job shall stop."""

    @property
    def reason(self) -> str:
        """The ``job-state-reasons`` keyword of the wish to stop; empty while there is none."""
        ...

    async def wait(self) -> None:
        """Returns once there is such a wish."""
        ...


class Progress(Protocol):
    """How a backend reports while it works. Each call that is awaited is durable when it returns."""

    async def sending(self) -> None:
        """Await this after the connection stands and before the first byte of the job leaves (law 3)."""
        ...

    async def device_job(self, device_job: str) -> None:
        """The device's own identifier of the job, so that a restart can ask about it."""
        ...

    def device_state(self, state: int, reasons: Sequence[str], message: str) -> None:
        """The device said how it is (printer-state, printer-state-reasons)."""
        ...

    def printed(self, impressions: int, sheets: int) -> None:
        """Counts so far; -1 where the device does not tell."""
        ...


class DocumentSource(Protocol):
    """Gives the bytes of a document at rest."""

    def chunks(self, document: DocumentRecord) -> AsyncIterator[bytes]:
        """The document in bounded pieces.

        Raises:
            SpoolDamaged: before the first or between two pieces, when the bytes are not what was stored.
        """
        ...

    async def small(self, document: DocumentRecord) -> bytes | None:
        """The whole document if it is small (one read), else None."""
        ...


class Backend(Protocol):
    """Speaks one protocol to devices."""

    async def deliver(
        self, ticket: Ticket, source: DocumentSource, progress: Progress, stop: Stop
    ) -> Delivered:
        """One attempt. Returns the outcome; raises only on a defect of its own (or on cancellation)."""
        ...

    async def recover(self, ticket: Ticket, device_job: str) -> Delivered | None:
        """After a crash in the middle of an attempt: what became of it, as the device tells.

        None when the device has to be asked again later; outcome UNKNOWN when it cannot tell.
        """
        ...


class Interrupted(Protocol):
    """An attempt that a crash cut off."""

    ticket: Ticket
    sending: bool
    device_job: str


class QueueStore(Protocol):
    """The queue manager's view of the store: durable when a call returns."""

    async def devices(self) -> Sequence[DeviceRecord]: ...

    async def queues(self) -> Sequence[QueueRecord]: ...

    async def ready_since(self, sequence: int, limit: int) -> Sequence[tuple[int, ReadyJob]]:
        """Jobs that became ready after the store's change number ``sequence``, oldest first."""
        ...

    async def ready_for(self, queues: Sequence[QueueId], device: DeviceId, limit: int) -> Sequence[ReadyJob]:
        """The first ``limit`` ready jobs that ``device`` may take, best first."""
        ...

    async def start(self, job: JobId, device: DeviceId) -> Ticket | None:
        """PENDING -> PROCESSING with an attempt row; None if the job is no longer to be had."""
        ...

    async def sending(self, ticket: Ticket) -> None: ...

    async def device_job(self, attempt: AttemptId, device_job: str) -> None: ...

    async def finish(self, ticket: Ticket, delivered: Delivered, retry_at: int) -> None:
        """The outcome, by the state table and the queue's unknown policy."""
        ...

    async def interrupted(self) -> Sequence[Interrupted]:
        """Attempts that have no end, at start-up."""
        ...
