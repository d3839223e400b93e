"""One device as the queue manager sees it: what it may take, what it is doing, why it is left alone."""

import asyncio
from dataclasses import dataclass, field

from plantin.core.ids import JobId, QueueId
from plantin.core.model import DeviceRecord
from plantin.core.ports import Interrupted


class StopToken:
    """Says to a running attempt that its job shall stop (:class:`plantin.core.ports.Stop`)."""

    def __init__(self) -> None:
        self._event = asyncio.Event()
        self._reason = ""

    @property
    def reason(self) -> str:
        return self._reason

    async def wait(self) -> None:
        await self._event.wait()

    def set(self, reason: str) -> None:
        self._reason = self._reason or reason
        self._event.set()


@dataclass(slots=True, eq=False)
class Destination:
    """A device, the queues that feed it, and its worker while there is work.

    ``worker`` is None exactly while nothing is to be done; the manager starts one when a job comes. All
    fields are touched on the loop only, and between two awaits a worker leaves them consistent.
    """

    device: DeviceRecord
    queues: dict[QueueId, None] = field(default_factory=dict)
    worker: asyncio.Task[None] | None = None
    recheck: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when there is a reason to try a device in trouble before its back-off ends."""
    running: JobId | None = None
    stop: StopToken | None = None
    failures: int = 0
    """Temporary failures in a row; 0 while all is well."""
    retry_at: float = 0.0
    """Monotonic time before which it is left alone."""
    trouble: str = ""
    """Why it is left alone."""
    cuts: list[Interrupted] = field(default_factory=list)
    """Attempts on it that were cut off and have no end yet; nothing else goes to it before they have."""
    gone: bool = False
    """The device was removed; its worker ends after the job it has."""
