"""What the accountant decides by: tariffs, policies, groups, places; read again when they change."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from plantin.accountant.reach import reach_of
from plantin.accounting.reach import Reach
from plantin.core.ids import DeviceId, QueueId
from plantin.core.model import DeviceRecord, JobRecord, QueueRecord
from plantin.ledger.tariffs import Place, PriceList
from plantin.policy.rules import RuleBook
from plantin.store.access import Store
from plantin.store.queries import config
from plantin.store.queries import rules as queries

K = TypeVar("K")
V = TypeVar("V")
P = TypeVar("P")


@dataclass(slots=True)
class HouseRules:
    """A cache in front of the store; :meth:`forget` empties it.

    Concurrency: used on one loop only. What was decided by rules that changed a moment later stays decided,
    as with any clerk.
    """

    store: Store
    prices: PriceList = field(default_factory=lambda: PriceList([]))
    book: RuleBook = field(default_factory=lambda: RuleBook([]))
    _fresh: bool = False
    _reading: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Nobody decides by what another task is about to read."""
    _forgotten: int = 0
    """How often all was forgotten: what was read before that is not kept after it."""
    _groups: dict[str, frozenset[str]] = field(default_factory=dict)
    _queues: dict[QueueId, QueueRecord | None] = field(default_factory=dict)
    _devices: dict[DeviceId, DeviceRecord | None] = field(default_factory=dict)
    _device_groups: dict[str, frozenset[str]] = field(default_factory=dict)

    def forget(self) -> None:
        """Something was configured: everything is read again when it is needed."""
        self._fresh = False
        self._forgotten += 1
        for cache in (self._groups, self._queues, self._devices, self._device_groups):
            cache.clear()

    async def load(self) -> None:
        """Reads tariffs and policies, if they may have changed."""
        async with self._reading:
            while not self._fresh:
                self._fresh = True
                try:
                    self.prices = PriceList(await self.store.read(queries.tariffs))
                    self.book = RuleBook(await self.store.read(queries.rules))
                except BaseException:
                    self._fresh = False
                    raise

    async def groups(self, user: str) -> frozenset[str]:
        """The groups of a person."""
        return await self._read(self._groups, user, queries.groups_of, user)

    async def queue(self, queue: QueueId) -> QueueRecord | None:
        """The queue; None when it is gone."""
        return await self._read(self._queues, queue, _queue, queue)

    async def _read(self, cache: dict[K, V], key: K, query: Callable[[P], V], parameter: P) -> V:
        if key in cache:
            return cache[key]
        before = self._forgotten
        found = await self.store.read(query, parameter)
        if before == self._forgotten:
            cache[key] = found
        return found

    async def place(self, job: JobRecord, device: DeviceId | None = None) -> Place:
        """Where a job prints, or would: the device as far as it is known (``device``, else the one it is
        bound to, else the only one of its queue)."""
        queue = await self.queue(job.queue)
        found = await self._where(job, device)
        groups = await self._groups_of(found.name) if found is not None else frozenset()
        return Place(
            found.name if found else None,
            groups,
            queue.name if queue else None,
            queue.site if queue else None,
        )

    async def reach(self, job: JobRecord, device: DeviceId | None = None) -> Reach | None:
        """Who does what the job asks of its pages, where it prints (see :meth:`place`), or on any device of
        its queue: they are offered as one."""
        queue = await self.queue(job.queue)
        where = device or job.device or next(iter(queue.devices if queue else ()), None)
        found = await self._device(where) if where is not None else None
        return reach_of(found, job.attributes) if found is not None else None

    async def _where(self, job: JobRecord, device: DeviceId | None) -> DeviceRecord | None:
        queue = await self.queue(job.queue)
        where = device or job.device
        if where is None and queue is not None and len(queue.devices) == 1:
            where = queue.devices[0]
        return await self._device(where) if where is not None else None

    async def _device(self, device: DeviceId) -> DeviceRecord | None:
        return await self._read(self._devices, device, _device, device)

    async def _groups_of(self, device: str) -> frozenset[str]:
        return await self._read(self._device_groups, device, queries.device_groups_of, device)


def _queue(queue: QueueId) -> QueueRecord | None:
    return next(iter(config.queues([queue])), None)


def _device(device: DeviceId) -> DeviceRecord | None:
    return next(iter(config.devices([device])), None)
