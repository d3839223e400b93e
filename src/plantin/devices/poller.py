"""Follows thousands of devices: who is looked at when, and what of it is worth writing down.

Promises a bounded number of looks in flight, turns spread by jitter, dead devices asked ever more seldom,
and a write only for a change (so that ten thousand idle devices cost the store nothing). Devices that
cannot be asked (port 9100, folders) are looked at only on request. A hint makes a turn come sooner; the
schedule never depends on it.
"""

import asyncio
import heapq
import logging
import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Protocol, TypeVar

from plantin.core.clock import Clock
from plantin.core.errors import PlantinError
from plantin.core.ids import DeviceId
from plantin.core.model import DeviceRecord
from plantin.devices.look import Look, Unseen

logger = logging.getLogger("plantin.devices")

T = TypeVar("T")

STOPPED: Final = 5
PROCESSING: Final = 4
OFFLINE: Final = "offline-report"


@dataclass(frozen=True, slots=True)
class Report:
    """What changed about a device; None: no change."""

    at: int
    """UTC milliseconds of the look."""
    state: int | None = None
    reasons: tuple[str, ...] | None = None
    message: str | None = None
    supplies: str | None = None
    capabilities: bytes | None = None
    capabilities_at: int | None = None
    make_model: str | None = None

    @property
    def state_changed(self) -> bool:
        """The state or its reasons changed: people should see it in the trail."""
        return self.state is not None or self.reasons is not None

    @property
    def empty(self) -> bool:
        return self == Report(self.at)


class DeviceBook(Protocol):
    """Where devices stand and what they said is written down."""

    async def devices(self) -> Sequence[DeviceRecord]:
        """All devices of this node."""
        ...

    async def reported(self, device: DeviceId, report: Report) -> None:
        """Writes down what changed; durable when it returns."""
        ...


class Looks(Protocol):
    """How devices are looked at (:class:`~plantin.devices.look.Looker`)."""

    def asks(self, device: DeviceRecord) -> bool: ...

    async def look(self, device: DeviceRecord, *, capabilities: bool) -> Look: ...


@dataclass(frozen=True, slots=True)
class PollSettings:
    """Times in seconds."""

    idle_s: float = 60.0
    """Between two looks at a device that is idle and well."""
    busy_s: float = 10.0
    """Between two looks at one that prints or is in trouble."""
    dead_first_s: float = 30.0
    """After the first look that failed; it doubles with each that follows."""
    dead_most_s: float = 600.0
    capabilities_s: float = 6 * 3600.0
    """Age at which the capabilities are read again."""
    scan_s: float = 30.0
    """How often the list of devices is read without a hint."""
    in_flight: int = 64
    """Looks at the same time."""
    jitter: float = 0.2
    """Each turn comes up to this part sooner or later."""


@dataclass(slots=True)
class _Turn:
    """A device's place in the schedule."""

    device: DeviceRecord
    due: float
    failures: int = 0
    running: bool = False
    written: float = -1.0
    """When a change of it was last written."""
    wanted: bool = False
    """Asked for while it was being looked at."""
    waiters: list["asyncio.Future[None]"] = field(default_factory=list)


class Poller:
    """Looks at every device in turn. Run :meth:`run` as a task; cancel it to end.

    Args:
        book: the devices.
        looks: how they are looked at.
        clock: for the times that are written down.
        chance: spreads the turns.
    """

    def __init__(
        self,
        book: DeviceBook,
        looks: Looks,
        clock: Clock,
        settings: PollSettings | None = None,
        *,
        chance: random.Random | None = None,
    ) -> None:
        self._book = book
        self._looks = looks
        self._clock = clock
        self._settings = settings or PollSettings()
        self._chance = chance or random.Random()
        self._turns: dict[DeviceId, _Turn] = {}
        self._heap: list[tuple[float, DeviceId]] = []
        self._wake = asyncio.Event()
        self._stale = True
        self._tasks: set[asyncio.Task[None]] = set()

    def hint(self) -> None:
        """The devices may have changed: their list is read again soon."""
        self._stale = True
        self._wake.set()

    async def soon(self, device: DeviceId) -> None:
        """Looks at ``device`` now, of whatever kind it is, and returns when it was looked at.

        Only while :meth:`run` runs. Returns at once when there is no such device.
        """
        if device not in self._turns:
            await self._read_devices()
        turn = self._turns.get(device)
        if turn is None:
            return
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        turn.waiters.append(done)
        turn.wanted = True
        self._schedule(turn, asyncio.get_running_loop().time())
        self._wake.set()
        await done

    async def run(self) -> None:
        """Until it is canceled."""
        loop = asyncio.get_running_loop()
        next_scan = loop.time()
        try:
            while True:
                self._wake.clear()
                if self._stale or loop.time() >= next_scan:
                    await self._read_devices()
                    next_scan = loop.time() + self._settings.scan_s
                self._start_due(loop.time())
                limit = next_scan if not self._heap else min(next_scan, self._heap[0][0])
                if len(self._tasks) >= self._settings.in_flight:
                    limit = next_scan
                try:
                    async with asyncio.timeout_at(limit):
                        await self._wake.wait()
                except TimeoutError:
                    pass
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            for turn in self._turns.values():
                self._answer(turn)

    async def _read_devices(self) -> None:
        self._stale = False
        began = asyncio.get_running_loop().time()
        try:
            devices = await self._book.devices()
        except PlantinError as error:
            logger.warning("devices cannot be read: %s", error)
            self._stale = True
            return
        now = asyncio.get_running_loop().time()
        present = {device.id: device for device in devices}
        for gone in self._turns.keys() - present.keys():
            self._answer(self._turns.pop(gone))
        for device_id, device in present.items():
            turn = self._turns.get(device_id)
            if turn is None:
                turn = self._turns[device_id] = _Turn(device, 0.0)
                if self._looks.asks(device):
                    spread = self._chance.random() if device.capabilities else 0.0
                    self._schedule(turn, now + spread * self._settings.idle_s)
            elif device.uri != turn.device.uri:
                turn.device, turn.failures = device, 0
                if self._looks.asks(device):
                    self._schedule(turn, now)
            elif not turn.running and turn.written < began:
                turn.device = device  # else what was read may be older than what we know

    def _schedule(self, turn: _Turn, due: float) -> None:
        turn.due = due
        heapq.heappush(self._heap, (due, turn.device.id))

    def _start_due(self, now: float) -> None:
        while self._heap and self._heap[0][0] <= now and len(self._tasks) < self._settings.in_flight:
            due, device_id = heapq.heappop(self._heap)
            turn = self._turns.get(device_id)
            if turn is None or turn.due != due or turn.running:
                continue  # an older entry of a device that was scheduled anew, or is being looked at
            turn.running = True
            turn.wanted = False
            waiters, turn.waiters = turn.waiters, []
            task = asyncio.create_task(self._take(turn, waiters), name=f"look at {turn.device.name}")
            self._tasks.add(task)
            task.add_done_callback(self._ended)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        self._wake.set()
        if not task.cancelled() and task.exception() is not None:
            logger.error("a look at a device failed", exc_info=task.exception())

    async def _take(self, turn: _Turn, waiters: "list[asyncio.Future[None]]") -> None:
        wait_s = self._settings.dead_most_s
        try:
            wait_s = await self._look(turn)
        finally:
            turn.running = False
            for waiter in waiters:
                if not waiter.done():
                    waiter.set_result(None)
            now = asyncio.get_running_loop().time()
            if turn.wanted:
                self._schedule(turn, now)
            elif self._looks.asks(turn.device):
                spread = 1 + self._settings.jitter * (2 * self._chance.random() - 1)
                self._schedule(turn, now + wait_s * spread)

    async def _look(self, turn: _Turn) -> float:
        """Looks and writes; seconds until the next turn."""
        device = turn.device
        now = self._clock.now_ms()
        age_s = (now - device.capabilities_at) / 1000
        wants = not device.capabilities or age_s >= self._settings.capabilities_s
        try:
            seen = await self._looks.look(device, capabilities=wants and self._looks.asks(device))
        except Unseen as unseen:
            turn.failures += 1
            await self._write(turn, _offline(device, unseen, now))
            return min(
                self._settings.dead_first_s * (1 << min(turn.failures - 1, 16)), self._settings.dead_most_s
            )
        turn.failures = 0
        await self._write(turn, _changes(device, seen, now))
        well = seen.status.state != STOPPED and seen.status.state != PROCESSING
        return self._settings.idle_s if well else self._settings.busy_s

    async def _write(self, turn: _Turn, report: Report) -> None:
        if report.empty or self._turns.get(turn.device.id) is not turn:
            return
        try:
            await self._book.reported(turn.device.id, report)
        except PlantinError as error:
            logger.warning("device %s: its state cannot be written: %s", turn.device.name, error)
            return
        turn.written = asyncio.get_running_loop().time()
        turn.device = _after(turn.device, report)

    @staticmethod
    def _answer(turn: _Turn) -> None:
        for waiter in turn.waiters:
            if not waiter.done():
                waiter.set_result(None)
        turn.waiters.clear()


def _offline(device: DeviceRecord, unseen: Unseen, now: int) -> Report:
    return Report(
        now,
        state=_if_new(device.state, STOPPED),
        reasons=_if_new(device.state_reasons, (OFFLINE,)),
        message=_if_new(device.state_message, unseen.text),
    )


def _changes(device: DeviceRecord, seen: Look, now: int) -> Report:
    status = seen.status
    capabilities = seen.capabilities or None
    return Report(
        now,
        state=_if_new(device.state, status.state),
        reasons=_if_new(device.state_reasons, status.reasons),
        message=_if_new(device.state_message, status.message),
        supplies=_if_new(device.supplies, status.supplies),
        capabilities=_if_new(device.capabilities, capabilities) if capabilities else None,
        capabilities_at=now if capabilities else None,
        make_model=_if_new(device.make_model, seen.make_model) if seen.make_model else None,
    )


def _if_new(old: T, new: T) -> T | None:
    return None if old == new else new


def _after(device: DeviceRecord, report: Report) -> DeviceRecord:
    """The record as it is once ``report`` is written."""
    state_at = report.at if report.state_changed else device.state_at
    return replace(
        device,
        state=_or(report.state, device.state),
        state_reasons=_or(report.reasons, device.state_reasons),
        state_message=_or(report.message, device.state_message),
        state_at=state_at,
        supplies=_or(report.supplies, device.supplies),
        capabilities=_or(report.capabilities, device.capabilities),
        capabilities_at=_or(report.capabilities_at, device.capabilities_at),
        make_model=_or(report.make_model, device.make_model),
    )


def _or(new: T | None, old: T) -> T:
    return old if new is None else new
