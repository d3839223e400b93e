"""Which devices announce themselves on the network, by DNS-SD (RFC 6763; PWG 5100.14 section 4.2 for the
TXT keys).

Promises device URIs that :func:`plantin.delivery.parse_device_uri` lets through. What a TXT record says is
a stranger's claim: it is cut and cleaned, and only ever shown. Off unless it is started; never announces
anything.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from zeroconf import InterfaceChoice, ServiceStateChange, Zeroconf
from zeroconf.asyncio import AsyncServiceBrowser, AsyncServiceInfo, AsyncZeroconf

from plantin.core.errors import Refusal
from plantin.delivery import parse_device_uri

logger = logging.getLogger("plantin.devices")

SCHEMES: Final = {
    "_ipps._tcp.local.": "ipps",
    "_ipp._tcp.local.": "ipp",
    "_pdl-datastream._tcp.local.": "socket",
}
FOUND_MAX: Final = 10_000
TEXT_CHARACTERS_MAX: Final = 255
RESOLVE_MS: Final = 3_000


@dataclass(frozen=True, slots=True)
class Found:
    """A device that announces itself."""

    uri: str  # device-uri
    info: str  # device-info: its instance name
    make_model: str  # device-make-and-model
    device_id: str  # device-id (IEEE 1284)
    location: str  # device-location
    uuid: str


def found(
    service_type: str, name: str, host: str, port: int, properties: Mapping[bytes, bytes | None]
) -> Found | None:
    """A service instance as a device, None when it cannot be printed to.

    Args:
        service_type: like ``_ipp._tcp.local.``.
        name: the full instance name.
        host: address or name that can be connected to.
        properties: the TXT record.
    """
    scheme = SCHEMES.get(service_type)
    said = {key.lower(): value or b"" for key, value in properties.items()}
    if scheme is None or not port:
        return None
    path = "" if scheme == "socket" else "/" + quote(_text(said, b"rp").lstrip("/"))
    host = f"[{host}]" if ":" in host else host
    uri = f"{scheme}://{host}:{port}{path}"
    try:
        parse_device_uri(uri)
    except Refusal:
        return None
    return Found(
        uri=uri,
        info=_clean(name.removesuffix(f".{service_type}")),
        make_model=_text(said, b"ty") or _text(said, b"product").strip("()"),
        device_id=_device_id(said),
        location=_text(said, b"note"),
        uuid=_text(said, b"uuid"),
    )


def _device_id(said: Mapping[bytes, bytes]) -> str:
    keys = (("MFG", b"usb_mfg"), ("MDL", b"usb_mdl"), ("CMD", b"usb_cmd"))
    parts = [(key, _text(said, name)) for key, name in keys]
    return "".join(f"{key}:{value};" for key, value in parts if value)


def _text(said: Mapping[bytes, bytes], key: bytes) -> str:
    return _clean(said.get(key, b"").decode("utf-8", "replace"))


def _clean(text: str) -> str:
    return "".join(char for char in text if char.isprintable())[:TEXT_CHARACTERS_MAX]


def _nobody(uuid: str) -> bool:
    return False


class Discovery:
    """Listens for devices until it is closed.

    Args:
        interfaces: addresses of the interfaces to listen on; none: all of them.
        own: whether a UUID is that of a queue of ours, which announces itself on the same network; printing
            to it as to a device would go round in a circle.
    """

    def __init__(self, interfaces: Sequence[str] = (), own: Callable[[str], bool] = _nobody) -> None:
        self._interfaces = list(interfaces)
        self._own = own
        self._zeroconf: AsyncZeroconf | None = None
        self._browser: AsyncServiceBrowser | None = None
        self._found: dict[tuple[str, str], Found] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def seen(self) -> list[Found]:
        """The devices of others that were seen so far and have not said good-bye, by name, IPPS first."""
        order = list(SCHEMES)
        keys = sorted(self._found, key=lambda key: (key[1].lower(), order.index(key[0])))
        seen = (self._found[key] for key in keys)
        return [device for device in seen if not (device.uuid and self._own(device.uuid))]

    async def start(self) -> None:
        """Begins to listen.

        Raises:
            OSError: there is no multicast here.
        """
        interfaces = self._interfaces or InterfaceChoice.All
        self._zeroconf = AsyncZeroconf(interfaces=interfaces)
        self._browser = AsyncServiceBrowser(self._zeroconf.zeroconf, list(SCHEMES), handlers=[self._changed])

    async def close(self) -> None:
        """Stops listening."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._browser is not None:
            await self._browser.async_cancel()
        if self._zeroconf is not None:
            await self._zeroconf.async_close()
        self._browser = self._zeroconf = None

    def _changed(
        self, zeroconf: Zeroconf, service_type: str, name: str, state_change: ServiceStateChange
    ) -> None:
        key = (service_type, name)
        if state_change is ServiceStateChange.Removed:
            self._found.pop(key, None)
        elif key in self._found or len(self._found) + len(self._tasks) < FOUND_MAX:
            task = asyncio.get_running_loop().create_task(self._resolve(zeroconf, service_type, name))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _resolve(self, zeroconf: Zeroconf, service_type: str, name: str) -> None:
        info = AsyncServiceInfo(service_type, name)
        if not await info.async_request(zeroconf, RESOLVE_MS):
            return
        addresses = info.parsed_scoped_addresses()
        if not addresses or info.port is None:
            return
        # IPv4 first: link-local IPv6 addresses carry a scope that means nothing to the next machine.
        host = min(addresses, key=lambda address: ":" in address)
        device = found(service_type, name, host, info.port, info.properties)
        if device is not None:
            self._found[service_type, name] = device


async def discover(
    limit_s: float, interfaces: Sequence[str] = (), own: Callable[[str], bool] = _nobody
) -> list[Found]:
    """The devices that answer within ``limit_s`` seconds; none where there is no multicast."""
    discovery = Discovery(interfaces, own)
    try:
        await discovery.start()
        await asyncio.sleep(limit_s)
        return discovery.seen()
    except OSError as error:
        logger.warning("no discovery of devices: %s", error)
        return []
    finally:
        await discovery.close()
