"""What the queue process does about devices besides printing: it looks at them, and makes one show itself.

The front end never touches a device. Who asks for one to identify itself (Identify-Printer) leaves an event;
this process follows the events and does it.
"""

import asyncio
import json
import logging
from collections.abc import Sequence

from plantin.core.errors import PlantinError
from plantin.core.ids import DeviceId
from plantin.core.model import DeviceRecord
from plantin.delivery import Surroundings
from plantin.delivery.ipp import IppBackend
from plantin.devices import Report, identify
from plantin.store.access import Store
from plantin.store.commands import config as commands
from plantin.store.queries import config as queries
from plantin.store.queries import directory

log = logging.getLogger("plantin.devices")


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
