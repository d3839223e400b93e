"""CUPS-Get-Devices (CUPS "Implementation of IPP"): lpinfo -v."""

from collections.abc import AsyncIterator, Iterator
from typing import Final, NamedTuple

from plantin.frontends.ipp.call import Call
from plantin.frontends.ipp.printer.live import public_device_uri
from plantin.frontends.ipp.reply import Reply, group
from plantin.frontends.ipp.requested import PRINTER_GROUPS
from plantin.ipp import Tag
from plantin.ipp.attributes import keyword, text, uri
from plantin.ipp.text import truncate


class _Device(NamedTuple):
    uri: str
    info: str
    make_model: str
    device_id: str
    location: str
    kind: str


_SCHEMES: Final = (
    _Device("socket", "AppSocket/HP JetDirect", "Unknown", "", "", "network"),
    _Device("ipp", "Internet Printing Protocol (ipp)", "Unknown", "", "", "network"),
    _Device("ipps", "Internet Printing Protocol (ipps)", "Unknown", "", "", "network"),
    _Device("file", "Folder of this server", "Unknown", "", "", "file"),
)


async def handle(call: Call) -> Reply:
    """Lists what devices can be added by, what discovery has seen, and the devices that are there."""
    call.require_operator("listing devices")
    include = call.keywords("include-schemes")
    exclude = call.keywords("exclude-schemes")
    kind = call.keyword("device-class")
    limit = call.integer("limit")
    wanted = call.wanted(PRINTER_GROUPS, ("all",))
    groups: list[bytes] = []
    for device in _devices(call):
        scheme = device.uri.partition(":")[0]
        if (include and scheme not in include) or scheme in exclude:
            continue
        if kind is not None and kind != device.kind:
            continue
        if limit is not None and limit > 0 and len(groups) >= limit:
            break
        attributes = (
            keyword("device-class", device.kind),
            text("device-id", truncate(device.device_id, 127)),
            text("device-info", truncate(device.info, 127)),
            text("device-location", truncate(device.location, 127)),
            text("device-make-and-model", truncate(device.make_model, 127)),
            uri("device-uri", device.uri),
        )
        groups.append(group(Tag.PRINTER_ATTRIBUTES, [one for one in attributes if one.name in wanted]))
    return Reply(stream=_one_by_one(groups))


async def _one_by_one(groups: list[bytes]) -> AsyncIterator[bytes]:
    """libcups reads this answer as it trickles in, and finds no device in one with a Content-Length."""
    for one in groups:
        yield one


def _devices(call: Call) -> Iterator[_Device]:
    yield from _SCHEMES
    seen = set()
    own = {entry.queue.uuid for entry in call.context.directory.entries()}
    for found in call.context.discovered():
        if found.uuid in own:  # our own announcement: no device, but a way back to here
            continue
        seen.add(found.uri)
        yield _Device(found.uri, found.info, found.make_model, found.device_id, found.location, "network")
    for device in call.context.directory.devices():
        if device.uri not in seen:
            kind = "file" if device.uri.startswith("file:") else "network"
            yield _Device(
                public_device_uri(device.uri),
                device.info or device.name,
                device.make_model or "Unknown",
                "",
                device.location,
                kind,
            )
