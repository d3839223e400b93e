"""What the queue process does about devices besides printing: it looks at them, makes one show itself, and
tells whether one that is to be added can be reached.

The front end never touches a device. Who asks for one to identify itself (Identify-Printer), or to be reached
(``lpadmin -m everywhere``), leaves an event; this process follows the events and does it.
"""

import asyncio
import json
import logging
from collections.abc import Sequence
from typing import Final

from plantin.core.clock import Clock
from plantin.core.errors import PlantinError
from plantin.core.ids import DeviceId
from plantin.core.model import DeviceRecord
from plantin.delivery import Surroundings
from plantin.delivery.ipp import IppBackend
from plantin.devices import Looker, Report, Unseen, identify
from plantin.store.access import Store
from plantin.store.commands import config as commands
from plantin.store.commands import reaching
from plantin.store.queries import config as queries
from plantin.store.queries import directory

log = logging.getLogger("plantin.devices")

REACHED_AT_ONCE: Final = 8
"""Devices to be added that are reached at the same time."""
WAITED_FOR_S: Final = 90.0
"""How long who asked for a device to be reached waits for the answer."""
LOOK_BACK: Final = 1_000
"""Events that are searched at the start for somebody who waits."""


class StoreBook:
    """:class:`plantin.devices.DeviceBook` over the store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def devices(self) -> Sequence[DeviceRecord]:
        return await self._store.read(queries.devices)

    async def reported(self, device: DeviceId, report: Report) -> None:
        columns: dict[str, object] = {
            "state": report.state,
            "state_reasons": None if report.reasons is None else " ".join(report.reasons) or "none",
            "state_message": report.message,
            "state_at": report.at if report.state_changed else None,
            "supplies": report.supplies,
            "capabilities": report.capabilities,
            "capabilities_at": report.capabilities_at,
            "make_model": report.make_model,
        }
        known = {name: value for name, value in columns.items() if value is not None}
        # An event for all but the supplies: other processes follow the events to see what to read again.
        event = report.state_changed or report.capabilities is not None or report.make_model is not None
        await self._store.write(commands.device_reported, device, event=event, **known)


class Identifier:
    """Makes devices show themselves when an event asks for it."""

    def __init__(self, store: Store, surroundings: Surroundings) -> None:
        self._store = store
        self._backend = IppBackend(surroundings)
        self._wake = asyncio.Event()

    def hint(self) -> None:
        """The configuration changed, or somebody wants something of a device."""
        self._wake.set()

    async def run(self) -> None:
        """Follows the events until it is cancelled."""
        position = await self._store.read(directory.last_event)
        while True:
            await self._wake.wait()
            self._wake.clear()
            try:
                for wish in await self._store.read(directory.identify_wishes, position):
                    position = wish.event
                    await self._identify(wish)
            except PlantinError as error:
                log.error("devices can't be asked to show themselves now: %s", error)

    async def _identify(self, wish: directory.IdentifyWish) -> None:
        for device in await self._store.read(queries.devices, [wish.device]):
            told = json.loads(wish.text)
            try:
                await identify(self._backend, device, told["actions"], told["message"])
            except Exception as error:  # noqa: BLE001 (whatever a device does, the next wish is heard)
                log.warning("device %s does not identify itself: %s", device.name, error)

    async def close(self) -> None:
        await self._backend.close()


class Reacher:
    """Answers whether devices that are to be added can be reached."""

    def __init__(self, store: Store, surroundings: Surroundings, clock: Clock) -> None:
        self._store = store
        # Without a place for pins: there is no row yet to remember a certificate in.
        around = Surroundings(
            surroundings.clock, surroundings.file_roots, surroundings.limits, surroundings.resolver
        )
        self._looker = Looker(around)
        self._clock = clock
        self._wake = asyncio.Event()
        self._asking: set[asyncio.Task[None]] = set()
        self._turns = asyncio.Semaphore(REACHED_AT_ONCE)

    def hint(self) -> None:
        """Somebody may have asked."""
        self._wake.set()

    async def run(self) -> None:
        """Follows the events until it is cancelled."""
        # Somebody may have asked while this process was started again, and waits.
        position = max(0, await self._store.read(directory.last_event) - LOOK_BACK)
        while True:
            self._wake.clear()
            try:
                for question in await self._store.read(reaching.questions, position):
                    position = question.event
                    if self._clock.now_ms() - question.at < WAITED_FOR_S * 1000:
                        self._begin(question)
            except PlantinError as error:
                log.error("devices can't be reached for those who ask now: %s", error)
            await self._wake.wait()

    def _begin(self, question: reaching.Question) -> None:
        asking = asyncio.create_task(self._answer(question.token, question.uri), name="reach a device")
        self._asking.add(asking)
        asking.add_done_callback(self._asking.discard)

    async def _answer(self, token: str, uri: str) -> None:
        async with self._turns:
            trouble = await self._trouble_with(DeviceRecord(DeviceId(0), "", "new device", uri, ""))
        try:
            await self._store.write(reaching.answer, token, trouble, self._clock.now_ms())
        except PlantinError as error:
            log.error("that %s was reached could not be told: %s", uri, error)

    async def _trouble_with(self, device: DeviceRecord) -> str:
        try:
            await self._looker.look(device, capabilities=False)
        except Unseen as unseen:
            return unseen.text
        except Exception as error:  # a defect of ours is an answer too: somebody waits for one
            log.exception("the device at %s could not be looked at", device.uri)
            return f"{type(error).__name__}: {error}"
        return ""

    async def close(self) -> None:
        for asking in self._asking:
            asking.cancel()
        await asyncio.gather(*self._asking, return_exceptions=True)
        await self._looker.close()
