"""Queues without a store, described by the real describer; a network without packets."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, cast

from plantin.core.ids import DeviceId, QueueId
from plantin.core.model import DeviceRecord, QueueMode, QueueRecord
from plantin.frontends.dnssd import Announcer, Place
from plantin.frontends.dnssd.service import Service
from plantin.frontends.ipp.context import IppSettings
from plantin.frontends.ipp.directory import Directory, QueueEntry
from plantin.frontends.ipp.printer.describe import Describer
from plantin.frontends.ipp.printer.live import View
from plantin.frontends.ipp.printer.names import Base
from plantin.ipp import Attribute, encode_attribute
from plantin.spool import MemorySpool

PLACE = Place(("127.0.0.1",), 8631)
HOST = "plantin-test.local"
BASE = Base(f"{HOST}:8631", secure=True, both=True, form="ipp")


def device(*said: Attribute, uri: str = "ipp://printer.test/ipp/print", **fields: Any) -> DeviceRecord:
    """A device that answered Get-Printer-Attributes with these attributes."""
    capabilities = b"".join(encode_attribute(attribute) for attribute in said)
    return DeviceRecord(DeviceId(1), "d-uuid", "d", uri, "main", capabilities=capabilities, **fields)


def queue(number: int = 1, name: str = "", **fields: Any) -> QueueRecord:
    """A direct queue."""
    return QueueRecord(
        QueueId(number),
        f"00000000-0000-7000-8000-{number:012d}",
        name or f"q{number}",
        QueueMode.DIRECT,
        (DeviceId(1),),
        **fields,
    )


class Queues:
    """What an announcer and a describer ask of the directory."""

    def __init__(self) -> None:
        self.generation = 0
        self._entries: dict[int, QueueEntry] = {}

    def put(self, record: QueueRecord, *devices: DeviceRecord) -> None:
        """Add or replace a queue."""
        self._entries[record.id] = QueueEntry(record, devices or (device(uri="socket://printer.test"),))
        self.generation += 1

    def change(self, number: int, **fields: Any) -> None:
        """Replace some fields of a queue."""
        entry = self._entries[number]
        self.put(replace(entry.queue, **fields), *entry.devices)

    def remove(self, number: int) -> None:
        del self._entries[number]
        self.generation += 1

    def entries(self) -> Iterator[QueueEntry]:
        return iter(sorted(self._entries.values(), key=lambda entry: entry.queue.name))

    def __len__(self) -> int:
        return len(self._entries)

    def open_jobs(self, queue_id: int) -> int:
        return 0

    def printing(self, queue_id: int) -> bool:
        return False

    def is_default(self, entry: QueueEntry) -> bool:
        return True


def describer(queues: Queues, settings: IppSettings | None = None) -> Describer:
    return Describer(cast(Directory, queues), MemorySpool(), settings or IppSettings(), (2, 11), lambda: 0)


def view(
    record: QueueRecord, *devices: DeviceRecord, settings: IppSettings | None = None
) -> tuple[View, Describer]:
    """The queue as a client sees it, and who says so."""
    queues = Queues()
    queues.put(record, *devices)
    made = describer(queues, settings)
    return made.view(next(queues.entries()), BASE, spool_full=False), made


def announcer(queues: Queues, place: Callable[[], Place | None] = lambda: PLACE, **options: Any) -> Announcer:
    """An announcer of these queues that does a step every few milliseconds."""
    made = describer(queues)
    return Announcer(
        cast(Directory, queues),
        made,
        IppSettings(),
        find_place=place,
        host=HOST,
        **({"tick_s": 0.005} | options),
    )


class Network:
    """Stands for ``Responder``: what was said, who else is there, what fails."""

    def __init__(self) -> None:
        self.others: set[str] = set()
        """Names that others had first."""
        self.stronger: set[str] = set()
        """Names that others announce and are to keep."""
        self.failures: list[Exception] = []
        """What opening meets, in turn."""
        self.answering: dict[str, Service] = {}
        self.said: list[list[str]] = []
        """Names of each announcement."""
        self.goodbyes: list[list[str]] = []
        self.opened = 0
        self.closed = 0

    def __call__(self, interfaces: Sequence[str]) -> Network:
        return self

    async def open(self) -> None:
        self.opened += 1
        if self.failures:
            raise self.failures.pop(0)

    async def close(self, services: Iterable[Service]) -> None:
        self.closed += 1
        await self.remove(list(services))

    async def taken(self, services: Sequence[Service]) -> set[str]:
        await asyncio.sleep(0)
        return {service.name for service in services} & self.others

    def yields(self, service: Service) -> bool:
        return service.name in self.stronger

    def add(self, services: Iterable[Service]) -> None:
        for service in services:
            assert service.name not in self.answering
            self.answering[service.name] = service

    def say(self, services: Sequence[Service]) -> None:
        if services:
            self.said.append([service.name for service in services])

    async def remove(self, services: Sequence[Service]) -> None:
        if services:
            self.goodbyes.append([service.name for service in services])
        for service in services:
            del self.answering[service.name]

    def replace(self, before: Service, after: Service) -> None:
        assert before.name == after.name
        assert self.answering[before.name] is before
        self.answering[after.name] = after
