"""One look at a device: over IPP its status (and capabilities), at port 9100 and in folders whether it is
there.

Promises an answer or a reason within the device's time limits. Never prints.
"""

from dataclasses import dataclass
from typing import Final

from plantin.core.errors import Refusal
from plantin.core.model import DeviceRecord
from plantin.delivery import Delivery, Surroundings
from plantin.delivery.http import Lost
from plantin.delivery.ipp import HttpRefused, IppBackend, IppLink, IppRefused
from plantin.delivery.outcome import Unreachable
from plantin.delivery.watch import StopWatch
from plantin.devices.capabilities import CAPABILITIES_REQUESTED, to_keep
from plantin.devices.status import STATUS_REQUESTED, DeviceStatus, read_status
from plantin.ipp import Group, Operation, attributes

IPP_SCHEMES: Final = frozenset({"ipp", "ipps", "http", "https"})
_IS_THERE: Final = DeviceStatus(3, ("none",), "", True, -1, "", -1, -1)


class Unseen(Exception):
    """The device could not be looked at."""

    def __init__(self, reason: str, text: str) -> None:
        super().__init__(text)
        self.reason = reason
        self.text = text


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen."""

    status: DeviceStatus
    capabilities: bytes | None
    """To be stored; None when they were not asked for."""
    make_model: str = ""
    info: str = ""
    location: str = ""


class Looker:
    """Looks at devices of every kind; keeps connections of its own.

    Args:
        surroundings: as for delivery.
    """

    def __init__(self, surroundings: Surroundings) -> None:
        self._surroundings = surroundings
        self._delivery = Delivery(surroundings)
        self._ipp = IppBackend(surroundings)

    def asks(self, device: DeviceRecord) -> bool:
        """Whether the device can be asked for its status; others are only there or not."""
        return device.uri.partition(":")[0].lower() in IPP_SCHEMES

    async def look(self, device: DeviceRecord, *, capabilities: bool) -> Look:
        """What the device says.

        Args:
            capabilities: ask for those too; much longer an answer.

        Raises:
            Unseen: it says nothing, or nothing that can be read.
        """
        if not self.asks(device):
            failed = await self._delivery.probe(device)
            if failed is not None:
                raise Unseen(*failed)
            return Look(_IS_THERE, None)
        watch = StopWatch()
        try:
            link = self._ipp.link(device)
            printer = await _everything(link, watch) if capabilities else await _status(link, watch)
        except (Refusal, Unreachable, Lost, HttpRefused) as error:
            raise Unseen(error.reason, error.text) from None
        except IppRefused as refused:
            raise Unseen("device-refuses-to-tell", refused.text) from None
        finally:
            watch.close()
        return Look(
            read_status(printer),
            to_keep(printer) if capabilities else None,
            printer.string("printer-make-and-model") or "",
            printer.string("printer-info") or "",
            printer.string("printer-location") or "",
        )

    async def close(self) -> None:
        """Closes kept connections."""
        await self._ipp.close()
        await self._delivery.close()


async def _status(link: IppLink, watch: StopWatch) -> Group:
    return await _ask(link, watch, STATUS_REQUESTED)


async def _everything(link: IppLink, watch: StopWatch) -> Group:
    try:
        return await _ask(link, watch, CAPABILITIES_REQUESTED)
    except IppRefused:
        return await _ask(link, watch, ("all",))  # devices older than media-col-database


async def _ask(link: IppLink, watch: StopWatch, requested: tuple[str, ...]) -> Group:
    response = await link.ask(
        Operation.GET_PRINTER_ATTRIBUTES,
        watch,
        attributes.keyword("requested-attributes", *requested),
    )
    return response.printer_attributes
