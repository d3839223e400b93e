"""One device as the queue manager sees it: what it may take, what it is doing, why it is left alone."""

import asyncio
from dataclasses import dataclass, field
from heapq import heappop, heappush

from plantin.core.ids import JobId
from plantin.core.model import DeviceRecord
from plantin.core.ports import Interrupted, Lane
from plantin.queue.lanes import Key


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


class Bell:
    """An :class:`asyncio.Event` that costs nothing until somebody waits; every device has one."""

    __slots__ = ("_event", "_rung")

    def __init__(self) -> None:
        self._rung = False
        self._event: asyncio.Event | None = None

    def set(self) -> None:
        self._rung = True
        if self._event is not None:
            self._event.set()

    def clear(self) -> None:
        self._rung = False
        if self._event is not None:
            self._event.clear()

    async def wait(self) -> None:
        """Returns once it has been rung."""
        if self._rung:
            return
        if self._event is None:
            self._event = asyncio.Event()
        await self._event.wait()


class Offers:
    """The lanes that have something for one device, ordered by their best job.

    Entries are never corrected in place: a lane that has changed is offered again, and an entry that is no
    longer true is found out when it comes to the top. So a device that thousands of queues feed pays for the
    lanes with jobs only, and logarithmically.
    """

    __slots__ = ("_heap", "_keys", "_pushed")

    def __init__(self) -> None:
        self._heap: list[tuple[Key, int, Lane]] = []
        self._pushed = 0
        self._keys: dict[Lane, Key] = {}

    def offer(self, lane: Lane, key: Key) -> None:
        """The lane has jobs, the best of which is ``key``."""
        known = self._keys.get(lane)
        if known is None or key < known:
            self._keys[lane] = key
            self._pushed += 1  # decides between equals, which can't be compared otherwise
            heappush(self._heap, (key, self._pushed, lane))

    def top(self) -> tuple[Key, Lane] | None:
        """The best entry, true or not."""
        while self._heap:
            key, _, lane = self._heap[0]
            if self._keys.get(lane) == key:
                return key, lane
            heappop(self._heap)  # the lane was offered again since, with a better job
        return None

    def drop(self) -> None:
        """Takes the best entry away."""
        _, _, lane = heappop(self._heap)
        del self._keys[lane]


@dataclass(slots=True, eq=False)
class Destination:
    """A device, the queues that feed it, and its worker while there is work.

    ``worker`` is None exactly while nothing is to be done; the manager starts one when a job comes. All
    fields are touched on the loop only, and between two awaits a worker leaves them consistent.
    """

    device: DeviceRecord
    worker: asyncio.Task[None] | None = None
    recheck: Bell = field(default_factory=Bell)
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
    offers: Offers = field(default_factory=Offers)
    """The lanes with jobs that it may take, best first."""
    gone: bool = False
    """The device was removed; its worker ends after the job it has."""
