"""What the queue manager and the front ends ask of the rest, as Protocols. Each port has an in-memory twin in
the tests, and every implementation passes one contract suite.
"""

from collections.abc import AsyncIterator, Awaitable, Sequence
from typing import NamedTuple, Protocol

from plantin.core.ids import AttemptId, DeviceId, JobId, QueueId
from plantin.core.model import (
    Delivered,
    DeviceRecord,
    DocumentRecord,
    JobRecord,
    QueueRecord,
    ReadyJob,
    Ticket,
)
from plantin.core.states import JobState


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

    async def not_sending(self) -> None:
        """What was reached for this attempt has been let go unused, and :meth:`sending` will be said anew: a
        crash until then costs no paper."""
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


class Reached(Protocol):
    """An open way to a device on which nothing has been sent."""

    def close(self) -> None:
        """Lets it go. Harmless when repeated."""
        ...


class Backend(Protocol):
    """Speaks one protocol to devices."""

    async def reach(self, device: DeviceRecord, stop: Stop, limit_s: float) -> Reached | None:
        """Opens the way to the device before the attempt begins, where the protocol gains by it.

        With it the begin of the attempt and the leave to send are one write. None where there is nothing to
        gain or the device could not be reached within ``limit_s`` seconds: :meth:`deliver` then does it all,
        and says what is wrong.
        """
        ...

    async def deliver(
        self,
        ticket: Ticket,
        source: DocumentSource,
        progress: Progress,
        stop: Stop,
        reached: Reached | None = None,
    ) -> Delivered:
        """One attempt. Returns the outcome; raises only on a defect of its own (or on cancellation).

        Args:
            reached: what :meth:`reach` gave for this attempt; whoever asked for it closes it.
        """
        ...

    async def probe(self, device: DeviceRecord) -> tuple[str, str] | None:
        """Whether the device takes connections: None if so, else a reason keyword and a sentence.

        Sends nothing that could print. The queue manager asks this of a device that failed, before it begins
        another attempt.
        """
        ...

    async def recover(self, ticket: Ticket, device_job: str) -> Delivered | None:
        """After a crash in the middle of an attempt: what became of it, as the device tells.

        None when the device has to be asked again later; outcome UNKNOWN when it cannot tell.
        """
        ...


class Feed(NamedTuple):
    """What happened since the last look, as far as the queue manager cares."""

    position: int
    """The id of the last event that was looked at."""
    ready: Sequence[ReadyJob]
    """Jobs that are pending now."""
    gone: Sequence[JobId]
    """Jobs that are not pending any more."""
    stops: Sequence[tuple[JobId, str]]
    """Running jobs that shall stop, with the reason."""
    queues: frozenset[QueueId]
    """Queues that were added, changed or removed."""
    devices: frozenset[DeviceId]
    more: bool
    """There is more to be read at once."""


class Lane(NamedTuple):
    """A line of jobs: those of one queue for any of its devices, or for one device."""

    queue: QueueId
    device: DeviceId | None


class Started(NamedTuple):
    """An attempt that has begun, durably."""

    job: JobRecord
    documents: tuple[DocumentRecord, ...]
    attempt: AttemptId


class Interrupted(NamedTuple):
    """An attempt that a crash cut off."""

    started: Started
    device: DeviceId
    sending: bool
    """The first byte may have left: paper can exist."""
    device_job: str
    rank: int
    """The job's order within its priority."""


class QueueStore(Protocol):
    """The queue manager's view of the store: durable when a call returns."""

    async def devices(self, only: Sequence[DeviceId] | None = None) -> Sequence[DeviceRecord]:
        """All devices, or those of ``only`` that exist."""
        ...

    async def queues(self, only: Sequence[QueueId] | None = None) -> Sequence[QueueRecord]:
        """All queues, or those of ``only`` that exist."""
        ...

    async def position(self) -> int:
        """The id of the newest event."""
        ...

    async def feed(self, after: int, limit: int) -> Feed:
        """What happened after the event ``after``."""
        ...

    async def lanes(self) -> Sequence[Lane]:
        """The lines in which jobs are pending."""
        ...

    async def ready(self, lane: Lane, limit: int) -> Sequence[ReadyJob]:
        """The first ``limit`` pending jobs of a line, best first."""
        ...

    def start(
        self, job: ReadyJob, device: DeviceRecord, *, sending: bool = False
    ) -> Awaitable[Started | None]:
        """PENDING -> PROCESSING with an attempt row; None if the job is no longer to be had (there).

        Args:
            sending: the device has been reached, its first byte may leave as soon as this is durable.
        """
        ...

    def sending(self, attempt: AttemptId) -> Awaitable[None]: ...

    def not_sending(self, attempt: AttemptId) -> Awaitable[None]:
        """Takes back what :meth:`start` or :meth:`sending` wrote, before the first byte has left."""
        ...

    def device_job(self, attempt: AttemptId, device_job: str) -> Awaitable[None]: ...

    def finish(self, ticket: Ticket, delivered: Delivered, retry_at: int) -> Awaitable[JobState]:
        """The outcome, by the state table and the queue's unknown policy; the state that follows."""
        ...

    def stopped(self, job: JobId, stopped: bool, reasons: str, text: str) -> Awaitable[None]:
        """The device stopped in the middle of the job, or went on."""
        ...

    async def interrupted(self, device: DeviceId | None = None) -> Sequence[Interrupted]:
        """Attempts that have no end, oldest first: at start-up all of them were cut off."""
        ...

    async def device_state(self, device: DeviceId, state: int, reasons: Sequence[str], message: str) -> None:
        """How a device is, as an attempt found it."""
        ...

    async def due(self) -> None:
        """Lets time act on jobs: hold-until, expiry, unfinished ones."""
        ...
