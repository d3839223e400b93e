"""What the accountant decides by: tariffs, policies, groups, places; read again when they change."""

import logging
from dataclasses import dataclass, field

from plantin.core.ids import DeviceId, QueueId
from plantin.core.model import DeviceRecord, JobRecord, QueueRecord
from plantin.ledger.tariffs import Place, PriceList
from plantin.policy.rules import RuleBook
from plantin.store.access import Store
from plantin.store.queries import config
from plantin.store.queries import rules as queries

log = logging.getLogger("plantin.accountant")


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
    _groups: dict[str, frozenset[str]] = field(default_factory=dict)
    _queues: dict[QueueId, QueueRecord] = field(default_factory=dict)
    _devices: dict[DeviceId, DeviceRecord] = field(default_factory=dict)
    _device_groups: dict[str, frozenset[str]] = field(default_factory=dict)

    def forget(self) -> None:
        """Something was configured: everything is read again when it is needed."""
        self._fresh = False
        for cache in (self._groups, self._queues, self._devices, self._device_groups):
            cache.clear()

    async def load(self) -> None:
        """Reads tariffs and policies, if they may have changed."""
        if self._fresh:
            return
        self._fresh = True
        try:
            self.prices = PriceList(await self.store.read(queries.tariffs))
            self.book = RuleBook(await self.store.read(queries.rules))
        except BaseException:
            self._fresh = False
            raise

    async def groups(self, user: str) -> frozenset[str]:
        """The groups of a person."""
        if user not in self._groups:
            self._groups[user] = await self.store.read(queries.groups_of, user)
        return self._groups[user]

    async def queue(self, queue: QueueId) -> QueueRecord | None:
        """The queue; None when it is gone."""
        if queue not in self._queues:
            for found in await self.store.read(config.queues, [queue]):
                self._queues[queue] = found
        return self._queues.get(queue)

    async def place(self, job: JobRecord, device: DeviceId | None = None) -> Place:
        """Where a job prints, or would: the device as far as it is known (``device``, else the one it is
        bound to, else the only one of its queue)."""
        queue = await self.queue(job.queue)
        where = device or job.device
        if where is None and queue is not None and len(queue.devices) == 1:
            where = queue.devices[0]
        found = await self._device(where) if where is not None else None
        groups = await self._groups_of(found.name) if found is not None else frozenset()
        return Place(
            found.name if found else None,
            groups,
            queue.name if queue else None,
            queue.site if queue else None,
        )

    async def _device(self, device: DeviceId) -> DeviceRecord | None:
        if device not in self._devices:
            for found in await self.store.read(config.devices, [device]):
                self._devices[device] = found
        return self._devices.get(device)

    async def _groups_of(self, device: str) -> frozenset[str]:
        if device not in self._device_groups:
            self._device_groups[device] = await self.store.read(queries.device_groups_of, device)
        return self._device_groups[device]
