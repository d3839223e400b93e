"""The queues and devices as the front end sees them: in memory, by name and by id, following the store.

Promises that ten thousand queues load in a fraction of a second, that a look-up costs a dictionary access,
and that an entry never changes: a change replaces it, so whatever was derived from an entry may be kept
with it. The store's event feed says what to read again; a slower scan by version finds what the feed did
not say. It never writes, and never asks the store for anything on the path of a request that it can answer
itself.
"""

import asyncio
import contextlib
import logging
from collections.abc import Iterable, Iterator
from dataclasses import replace
from time import monotonic
from typing import Any, Final

from plantin.core.errors import PlantinError
from plantin.core.ids import DeviceId
from plantin.core.model import DeviceRecord, QueueRecord
from plantin.store.access import Store
from plantin.store.queries import config
from plantin.store.queries import directory as queries

logger = logging.getLogger("plantin.ipp")

_FOLLOW_S: Final = 2.0
"""The feed is read at least this often; a hint makes it sooner."""
_SCAN_S: Final = 30.0
_ACTIVITY_FRESH_S: Final = 0.5
_ACTIVITY_STALE_S: Final = 3.0


class QueueEntry:
    """A queue with its devices, and what the front end derived from them (``derived``)."""

    __slots__ = ("derived", "devices", "queue")

    def __init__(self, queue: QueueRecord, devices: tuple[DeviceRecord, ...]) -> None:
        self.queue = queue
        self.devices = devices
        self.derived: dict[str, Any] | None = None


class Directory:
    """All queues and devices of this server. One instance for one event loop.

    Call :meth:`load` before the first request, keep :meth:`follow` running, and :meth:`hint` it when another
    process may have changed something.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._queues: dict[str, QueueEntry] = {}
        self._names: dict[int, str] = {}
        self._devices: dict[int, DeviceRecord] = {}
        self._devices_by_name: dict[str, int] = {}
        self._fed_by: dict[int, set[int]] = {}
        self._blobs: dict[bytes, bytes] = {}
        self._chosen = ""
        self._last_event = 0
        self._stamp = queries.Stamp()
        self._version = 0
        self._wanted = asyncio.Event()
        self._reading = asyncio.Lock()
        self._open_jobs: dict[int, int] = {}
        self._printing: frozenset[int] = frozenset()
        self._activity_event = -1
        self._activity_at = float("-inf")
        self._counting: asyncio.Task[None] | None = None
        self.generation = 0
        """Grows with every change that became visible."""

    # Looking up

    def queue(self, name: str) -> QueueEntry | None:
        """The queue called ``name``."""
        return self._queues.get(name)

    def by_id(self, queue_id: int) -> QueueEntry | None:
        """The queue with this id."""
        return self._queues.get(self._names.get(queue_id, ""))

    def device(self, device_id: int) -> DeviceRecord | None:
        """The device with this id."""
        return self._devices.get(device_id)

    def device_named(self, name: str) -> DeviceRecord | None:
        """The device called ``name``."""
        return self._devices.get(self._devices_by_name.get(name, -1))

    def device_at(self, uri: str) -> DeviceRecord | None:
        """The first device with this device-uri."""
        return next((device for device in self._devices.values() if device.uri == uri), None)

    def default(self) -> QueueEntry | None:
        """What ``/ipp/print`` is: the default queue, or the first one when none was chosen."""
        chosen = self._queues.get(self._chosen)
        return chosen or (self.by_id(min(self._names)) if self._names else None)

    def is_default(self, entry: QueueEntry) -> bool:
        """Whether clients are told that it is the default queue: it was chosen, or is the only one.

        As in CUPS, a job that names no queue must not end at just any of many.
        """
        return entry.queue.name == self._chosen or (not self._chosen and len(self._queues) == 1)

    def entries(self) -> Iterator[QueueEntry]:
        """Every queue as it is now, by name; safe while the directory changes."""
        queues = self._queues
        return (queues[name] for name in sorted(queues) if name in queues)

    def devices(self) -> list[DeviceRecord]:
        """Every device."""
        return list(self._devices.values())

    def __len__(self) -> int:
        return len(self._queues)

    # Following

    async def load(self) -> None:
        """Reads everything."""
        last = await self._store.read(queries.last_event)
        devices = await self._store.read(config.devices)
        queues = await self._store.read(config.queues)
        self._chosen = await self._store.read(config.chosen_default_queue)
        for device in devices:
            self._put_device(device)
        for queue in queues:
            self._put_queue(queue)
        self._last_event = last

    async def follow(self) -> None:
        """Keeps up with the store until it is cancelled."""
        next_scan = monotonic() + _SCAN_S
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_FOLLOW_S):
                    await self._wanted.wait()
            self._wanted.clear()
            try:
                await self.refresh()
                if monotonic() >= next_scan:
                    next_scan = monotonic() + _SCAN_S
                    async with self._reading:
                        await self._scan()
            except PlantinError as error:
                logger.warning("the directory could not be read again: %s", error.text)
                await asyncio.sleep(_FOLLOW_S)

    def hint(self) -> None:
        """Something may have changed. Call it on the event loop; it costs nothing when nothing did."""
        self._wanted.set()

    async def refresh(self) -> None:
        """Reads what changed; after it, everything that was committed before the call is visible."""
        async with self._reading:
            await self._read_changes()

    async def _read_changes(self) -> None:
        changes = await self._store.read(queries.changes_after, self._last_event)
        if changes.queues or changes.devices:
            devices = await self._store.read(config.devices, sorted(changes.devices))
            queues = await self._store.read(config.queues, sorted(changes.queues))
            self._chosen = await self._store.read(config.chosen_default_queue)
            self._forget(changes.queues - {queue.id for queue in queues})
            self._forget_devices(changes.devices - {device.id for device in devices})
            self._take(devices, queues)
        self._last_event = changes.last_event

    async def _scan(self) -> None:
        newer_devices = await self._store.read(queries.devices_newer, self._stamp)
        newer_queues = await self._store.read(queries.queues_newer, self._version)
        self._forget(self._names.keys() - await self._store.read(queries.queue_ids))
        self._forget_devices(self._devices.keys() - await self._store.read(queries.device_ids))
        self._chosen = await self._store.read(config.chosen_default_queue)
        if newer_devices or newer_queues:
            devices = await self._store.read(config.devices, newer_devices)
            queues = await self._store.read(config.queues, newer_queues)
            self._take(devices, queues)

    def _take(self, devices: Iterable[DeviceRecord], queues: Iterable[QueueRecord]) -> None:
        for device in devices:
            self._put_device(device)
        for queue in queues:
            self._put_queue(queue)
        self.generation += 1

    def _put_device(self, device: DeviceRecord) -> None:
        if device.capabilities:  # equal capabilities are kept once: whole floors have the same machine
            shared = self._blobs.setdefault(device.capabilities, device.capabilities)
            device = replace(device, capabilities=shared)
        old = self._devices.get(device.id)
        if old is not None and old.name != device.name:
            self._devices_by_name.pop(old.name, None)
        self._devices[device.id] = device
        self._devices_by_name[device.name] = device.id
        stamp = self._stamp
        self._stamp = queries.Stamp(
            max(stamp.version, device.version),
            max(stamp.state_at, device.state_at),
            max(stamp.capabilities_at, device.capabilities_at),
        )
        for queue_id in self._fed_by.get(device.id, ()):
            entry = self.by_id(queue_id)
            if entry is not None:
                self._queues[entry.queue.name] = QueueEntry(entry.queue, self._devices_of(entry.queue))

    def _devices_of(self, queue: QueueRecord) -> tuple[DeviceRecord, ...]:
        return tuple(self._devices[device] for device in queue.devices if device in self._devices)

    def _put_queue(self, queue: QueueRecord) -> None:
        self._forget([queue.id])
        self._queues[queue.name] = QueueEntry(queue, self._devices_of(queue))
        self._names[queue.id] = queue.name
        self._version = max(self._version, queue.version)
        for device in queue.devices:
            self._fed_by.setdefault(device, set()).add(queue.id)

    def _forget(self, ids: Iterable[int]) -> None:
        for queue_id in list(ids):
            name = self._names.pop(queue_id, None)
            entry = self._queues.pop(name, None) if name is not None else None
            if entry is not None:
                for device in entry.queue.devices:
                    self._fed_by.get(device, set()).discard(queue_id)

    def _forget_devices(self, ids: Iterable[int]) -> None:
        for device_id in list(ids):
            device = self._devices.pop(DeviceId(device_id), None)
            if device is not None:
                self._devices_by_name.pop(device.name, None)

    # How busy the queues are

    async def count(self) -> None:
        """Makes ``open_jobs`` and ``printing`` no older than a few seconds; usually returns at once."""
        age = monotonic() - self._activity_at
        if age < _ACTIVITY_FRESH_S:
            return
        if self._counting is None:
            self._counting = asyncio.create_task(self._count())
        if age > _ACTIVITY_STALE_S:
            await asyncio.shield(self._counting)

    async def _count(self) -> None:
        try:
            last = await self._store.read(queries.last_event)
            if last != self._activity_event:
                activity = await self._store.read(queries.activity)
                self._open_jobs = activity.open_jobs
                self._printing = activity.printing
                self._activity_event = activity.last_event
            self._activity_at = monotonic()
        except PlantinError as error:
            logger.warning("the jobs could not be counted: %s", error.text)
        finally:
            self._counting = None

    def open_jobs(self, queue_id: int) -> int:
        """``queued-job-count`` of a queue, as of the last count."""
        return self._open_jobs.get(queue_id, 0)

    def printing(self, queue_id: int) -> bool:
        """Whether a job of the queue is on a device, as of the last count."""
        return queue_id in self._printing
