"""The one table of backends, and the one object that serves every device by its URI.

Adding a protocol is a line in :data:`BACKENDS` and a class that passes tests/delivery/test_contract.py.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, Protocol

from plantin.core.errors import Refusal
from plantin.core.model import Delivered, DeviceRecord, Ticket
from plantin.core.ports import Backend, DocumentSource, Progress, Reached, Stop
from plantin.delivery import outcome
from plantin.delivery.file import FileBackend
from plantin.delivery.ipp import IppBackend
from plantin.delivery.raw import RawBackend
from plantin.delivery.surroundings import Surroundings

__all__ = ["BACKENDS", "Delivery", "OpenBackend", "Surroundings"]


class OpenBackend(Backend, Protocol):
    """A backend that holds something until it is closed."""

    async def close(self) -> None: ...


Factory = Callable[[Surroundings], OpenBackend]

BACKENDS: Final[Mapping[str, Factory]] = MappingProxyType(
    {
        "file": FileBackend,
        "socket": RawBackend,
        "raw": RawBackend,
        "ipp": IppBackend,
        "ipps": IppBackend,
        "http": IppBackend,
        "https": IppBackend,
    }
)
"""Device URI scheme -> what makes its backend."""


class Delivery:
    """All backends behind one :class:`~plantin.core.ports.Backend`; each is made when it is first needed."""

    def __init__(self, surroundings: Surroundings) -> None:
        self._surroundings = surroundings
        self._open: dict[Factory, OpenBackend] = {}

    async def reach(self, device: DeviceRecord, stop: Stop, limit_s: float) -> Reached | None:
        """See :class:`~plantin.core.ports.Backend`."""
        try:
            backend = self.backend(device)
        except Refusal:
            return None
        return await backend.reach(device, stop, limit_s)

    async def deliver(
        self,
        ticket: Ticket,
        source: DocumentSource,
        progress: Progress,
        stop: Stop,
        reached: Reached | None = None,
    ) -> Delivered:
        """One attempt by the backend of the device's URI; a URI that makes no sense is TEMPORARY: it can be
        put right while the job waits."""
        try:
            backend = self.backend(ticket.device)
        except Refusal as error:
            return outcome.temporary(error.reason, error.text)
        return await backend.deliver(ticket, source, progress, stop, reached)

    async def probe(self, device: DeviceRecord) -> tuple[str, str] | None:
        """See :class:`~plantin.core.ports.Backend`."""
        try:
            backend = self.backend(device)
        except Refusal as error:
            return error.reason, error.text
        return await backend.probe(device)

    async def recover(self, ticket: Ticket, device_job: str) -> Delivered | None:
        """See :class:`~plantin.core.ports.Backend`."""
        try:
            backend = self.backend(ticket.device)
        except Refusal as error:
            return outcome.unknown(error.reason, f"interrupted, and {error.text}", 0)
        return await backend.recover(ticket, device_job)

    async def learn(self, device: DeviceRecord, stop: Stop) -> bytes:
        """What a device says that it can do, as ``DeviceRecord.capabilities`` has it; nothing where its
        protocol does not tell, or where it does not answer: the attempt says what is wrong with it."""
        try:
            backend = self.backend(device)
        except Refusal:
            return b""
        return await backend.learn(device, stop) if isinstance(backend, IppBackend) else b""

    async def close(self) -> None:
        """Closes kept connections and lets threads go."""
        for backend in self._open.values():
            await backend.close()
        self._open.clear()
        self._surroundings.resolver.close()

    def backend(self, device: DeviceRecord) -> OpenBackend:
        """The backend of a device.

        Raises:
            Refusal: its URI or its options make no sense.
        """
        factory = BACKENDS[self._surroundings.target(device).uri.scheme]
        backend = self._open.get(factory)
        if backend is None:
            backend = self._open[factory] = factory(self._surroundings)
        return backend
