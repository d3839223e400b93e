"""The poller: everybody gets a turn, dead devices seldom, nobody more than the bounded number at once."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from dataclasses import replace

from plantin.core.errors import Temporary
from plantin.core.ids import DeviceId
from plantin.core.model import DeviceRecord
from plantin.devices import DeviceStatus, Look, Poller, PollSettings, Report, Unseen
from tests.delivery.support import SystemClock, device, until

IDLE = DeviceStatus(3, ("none",), "", True, 0, "", -1, -1)
SWIFT = PollSettings(
    idle_s=0.02,
    busy_s=0.01,
    dead_first_s=0.05,
    dead_most_s=60.0,
    capabilities_s=3600.0,
    scan_s=0.05,
    in_flight=4,
)
SLOW = replace(SWIFT, idle_s=3600.0, busy_s=3600.0, dead_first_s=3600.0, dead_most_s=3600.0)


class Book:
    """Devices in memory."""

    def __init__(self, *records: DeviceRecord) -> None:
        self.records = {record.id: record for record in records}
        self.reports: list[tuple[DeviceId, Report]] = []
        self.failures = 0

    async def devices(self) -> Sequence[DeviceRecord]:
        await asyncio.sleep(0)
        return list(self.records.values())

    async def reported(self, device_id: DeviceId, report: Report) -> None:
        await asyncio.sleep(0)
        if self.failures:
            self.failures -= 1
            raise Temporary("store-away", "the store is away")
        self.reports.append((device_id, report))
        record = self.records[device_id]
        self.records[device_id] = replace(
            record,
            state=record.state if report.state is None else report.state,
            state_reasons=record.state_reasons if report.reasons is None else report.reasons,
            state_message=record.state_message if report.message is None else report.message,
            supplies=record.supplies if report.supplies is None else report.supplies,
            capabilities=report.capabilities or record.capabilities,
            make_model=report.make_model or record.make_model,
            capabilities_at=report.capabilities_at or record.capabilities_at,
        )


class Eyes:
    """Looks that the test decides about."""

    def __init__(self) -> None:
        self.status = IDLE
        self.dead: set[DeviceId] = set()
        self.looks: list[tuple[DeviceId, bool]] = []
        self.running = self.most = 0
        self.hold: asyncio.Event | None = None

    def asks(self, record: DeviceRecord) -> bool:
        return record.uri.startswith("ipp")

    async def look(self, record: DeviceRecord, *, capabilities: bool) -> Look:
        self.looks.append((record.id, capabilities))
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            await asyncio.sleep(0.001)
            if self.hold is not None:
                await self.hold.wait()
            if record.id in self.dead:
                raise Unseen("connection-refused", "refuses connections")
            return Look(self.status, b"can do" if capabilities else None, "ACME 9000")
        finally:
            self.running -= 1

    def count(self, number: int) -> int:
        return sum(1 for device_id, _ in self.looks if device_id == number)


def records(count: int) -> list[DeviceRecord]:
    return [device(f"ipp://192.0.2.{number}/", id=DeviceId(number)) for number in range(1, count + 1)]


async def polling(poller: Poller, condition: object) -> None:
    task = asyncio.create_task(poller.run())
    try:
        await until(condition)
        assert not task.done()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def make(book: Book, eyes: Eyes, settings: PollSettings = SWIFT) -> Poller:
    return Poller(book, eyes, SystemClock(), settings, chance=random.Random(1))


def test_everybody_gets_turns_and_few_at_a_time() -> None:
    async def main() -> None:
        book, eyes = Book(*records(50)), Eyes()
        await polling(make(book, eyes), lambda: all(eyes.count(number) >= 3 for number in range(1, 51)))
        assert eyes.most == SWIFT.in_flight

    asyncio.run(main())


def test_only_changes_are_written() -> None:
    async def main() -> None:
        book, eyes = Book(*records(1)), Eyes()
        await polling(make(book, eyes), lambda: eyes.count(1) >= 10)
        (report,) = [report for _, report in book.reports]
        assert (report.capabilities, report.make_model) == (b"can do", "ACME 9000")
        assert not report.state_changed
        eyes.status = replace(IDLE, state=5, reasons=("media-jam-error",), message="Jam", supplies="{}")
        await polling(make(book, eyes), lambda: len(book.reports) >= 2)
        _, changed = book.reports[1]
        assert (changed.state, changed.reasons, changed.supplies) == (5, ("media-jam-error",), "{}")
        assert changed.state_changed and changed.capabilities is None

    asyncio.run(main())


def test_capabilities_are_asked_for_once_in_a_long_while() -> None:
    async def main() -> None:
        book, eyes = Book(*records(1)), Eyes()
        await polling(make(book, eyes), lambda: eyes.count(1) >= 10)
        assert [wanted for _, wanted in eyes.looks].count(True) == 1

    asyncio.run(main())


def test_a_dead_device_is_asked_ever_more_seldom_and_delays_nobody() -> None:
    async def main() -> None:
        book, eyes = Book(*records(2)), Eyes()
        eyes.dead.add(DeviceId(1))
        await polling(make(book, eyes), lambda: eyes.count(2) >= 40)
        assert eyes.count(1) < eyes.count(2) / 2
        (report,) = [report for number, report in book.reports if number == 1]
        assert (report.state, report.reasons) == (5, ("offline-report",))
        assert report.message == "refuses connections"

    asyncio.run(main())


def test_it_comes_back() -> None:
    async def main() -> None:
        book, eyes = Book(*records(1)), Eyes()
        eyes.dead.add(DeviceId(1))
        poller = make(book, eyes)
        task = asyncio.create_task(poller.run())
        await until(lambda: book.records[DeviceId(1)].state == 5)
        eyes.dead.clear()
        await poller.soon(DeviceId(1))
        await until(lambda: book.records[DeviceId(1)].state == 3)
        assert book.records[DeviceId(1)].state_reasons == ("none",)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(main())


def test_a_write_that_fails_is_made_up_for() -> None:
    async def main() -> None:
        book, eyes = Book(*records(1)), Eyes()
        book.failures = 2
        await polling(make(book, eyes), lambda: bool(book.reports))
        assert book.reports[0][1].capabilities == b"can do"

    asyncio.run(main())


def test_devices_that_cannot_be_asked_are_looked_at_on_request_only() -> None:
    async def main() -> None:
        raw = device("socket://192.0.2.9", id=DeviceId(9))
        book, eyes = Book(*records(1), raw), Eyes()
        poller = make(book, eyes)
        task = asyncio.create_task(poller.run())
        await until(lambda: eyes.count(1) >= 5)
        assert eyes.count(9) == 0
        await poller.soon(DeviceId(9))
        assert eyes.looks.count((DeviceId(9), False)) == 1
        await poller.soon(DeviceId(404))
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(main())


def test_soon_does_not_wait_for_the_schedule_nor_loses_a_request_during_a_look() -> None:
    async def main() -> None:
        book, eyes = Book(*records(1)), Eyes()
        poller = make(book, eyes, SLOW)
        task = asyncio.create_task(poller.run())
        await until(lambda: eyes.count(1) == 1 and not eyes.running)
        await poller.soon(DeviceId(1))
        assert eyes.count(1) == 2
        eyes.hold = asyncio.Event()
        first = asyncio.create_task(poller.soon(DeviceId(1)))
        await until(lambda: eyes.running == 1)
        second = asyncio.create_task(poller.soon(DeviceId(1)))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        eyes.hold.set()
        await first
        await second
        assert eyes.count(1) == 4
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(main())


def test_new_and_removed_devices() -> None:
    async def main() -> None:
        book, eyes = Book(*records(1)), Eyes()
        poller = make(book, eyes, SLOW)
        task = asyncio.create_task(poller.run())
        await until(lambda: eyes.count(1) == 1)
        book.records[DeviceId(2)] = device("ipp://192.0.2.2/", id=DeviceId(2))
        poller.hint()
        await until(lambda: eyes.count(2) == 1)
        book.records[DeviceId(2)] = device("ipp://192.0.2.22/", id=DeviceId(2))
        poller.hint()
        await until(lambda: eyes.count(2) == 2)
        del book.records[DeviceId(1)]
        poller.hint()
        await until(lambda: not poller._stale)
        looks = eyes.count(1)
        await poller.soon(DeviceId(1))
        assert eyes.count(1) == looks
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(main())


def test_an_end_leaves_nobody_waiting() -> None:
    async def main() -> None:
        book, eyes = Book(*records(1)), Eyes()
        eyes.hold = asyncio.Event()
        poller = make(book, eyes, SLOW)
        task = asyncio.create_task(poller.run())
        await until(lambda: eyes.running == 1)
        waiting = asyncio.create_task(poller.soon(DeviceId(1)))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await waiting

    asyncio.run(main())
