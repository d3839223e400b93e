"""The TXT record of a queue (RFC 6763 section 6; Bonjour Printing 1.2.1; PWG 5100.14 section 4.2.3; AirPrint,
Mopria and CUPS keys), told from the same attributes as Get-Printer-Attributes.

Clients choose by the TXT record and then ask; where the two differ, they list a queue and do not print.
"""

import logging
from collections.abc import Iterable, Mapping
from typing import Final

from plantin.frontends.ipp.printer.live import View, make_and_model, printer_type
from plantin.frontends.ipp.printer.names import quoted
from plantin.frontends.ipp.printer.profile import Table
from plantin.frontends.ipp.printer.state import IDLE, STOPPED
from plantin.ipp.media import MediaSize, is_custom_limit, parse_media_name
from plantin.ipp.text import sanitise

logger = logging.getLogger("plantin.dnssd")

STRING_OCTETS_MAX: Final = 255
"""One ``key=value`` (RFC 6763 section 6.1)."""
RECORD_OCTETS_MAX: Final = 1_300
"""The whole record: it has to fit into one packet (RFC 6763 section 6.2)."""
PRIORITY: Final = 50
"""Of several queues with one name, the smallest is preferred; all are alike here."""
_PREFERRED: Final = ("application/pdf", "image/pwg-raster", "image/urf", "image/jpeg", "application/PCLm")
"""First in ``pdl``, which may have to be cut: what AirPrint, Mopria and IPP Everywhere look for."""
_REMOTE: Final = 0x2
_NOT_SHARED, _DEFAULT = 0x200000, 0x20000
_FLAGS: Final = {
    "Color": 0x8,
    "Duplex": 0x10,
    "Copies": 0x40,
    "Collate": 0x80,
    "Staple": 0x20,
    "Punch": 0x100,
    "Bind": 0x400,
}
"""Capabilities as bits of printer-type (CUPS)."""
_PAPERS: Final = (
    ("<legal-A4", MediaSize(20_999, 29_699)),
    ("legal-A4", MediaSize(21_590, 35_560)),
    ("tabloid-A3", MediaSize(29_700, 43_180)),
    ("isoC-A2", MediaSize(45_800, 64_800)),
)


def text_record(view: View, server: Table) -> dict[str, str]:
    """The keys and values, the most wanted first; cut so that they fit.

    Args:
        view: the queue; its base is how the announcement's own host name and port are told.
        server: the attributes that all queues have alike.
    """
    queue, profile = view.entry.queue, view.profile
    location = queue.location or (view.entry.devices[0].location if view.entry.devices else "")
    model = make_and_model(view.entry)
    bits = printer_type(view) & ~(_NOT_SHARED | _DEFAULT) | _REMOTE
    said = {
        "txtvers": "1",
        "qtotal": "1",
        "rp": f"ipp/print/{quoted(queue.name)}",
        "ty": model,
        "product": f"({model})",
        "note": location,
        "pdl": _listed(3, _formats(profile.strings("document-format-supported"))),
        "UUID": queue.uuid,
        "URF": _listed(3, profile.strings("urf-supported")),
        **{key: "T" if bits & bit else "F" for key, bit in _FLAGS.items()},
        "PaperMax": paper_max(profile.strings("media-supported")),
        "kind": _listed(4, server.attributes["printer-kind"].strings()),
        "TLS": "1.3" if view.settings.tls else "",
        "air": "none",
        "priority": f"{PRIORITY}",
        "adminurl": view.base.page(queue),
        "mopria-certified": _first(profile, "mopria-certified"),
        **_device_id(_first(profile, "printer-device-id")),
        "Fax": "F",
        "Scan": "F",
        "printer-type": f"{bits:#X}".replace("X", "x"),
        "printer-state": f"{STOPPED if view.state.stopped else IDLE}",
    }
    return fitted({key: value for key, value in said.items() if value or key == "note"})


def fitted(said: Mapping[str, str]) -> dict[str, str]:
    """As much of it as a TXT record takes: long values are cut, the last keys are left out."""
    fits: dict[str, str] = {}
    octets = 0
    for key, text in said.items():
        value = sanitise(text, STRING_OCTETS_MAX - len(key) - 1)
        octets += 1 + len(key) + 1 + len(value.encode())
        if octets > RECORD_OCTETS_MAX:
            logger.debug("the TXT record of %s ends before %s", said.get("rp", ""), key)
            break
        fits[key] = value
    return fits


def paper_max(names: Iterable[str]) -> str:
    """The largest paper in the classes of Bonjour Printing, told by the media-supported names."""
    sizes = [size for name in names if not is_custom_limit(name) and (size := parse_media_name(name))]
    if not sizes:
        return ""
    short = max(min(size.x, size.y) for size in sizes)
    long = max(max(size.x, size.y) for size in sizes)
    for name, limit in _PAPERS:
        if short <= limit.x and long <= limit.y:
            return name
    return ">isoC-A2"


def _formats(known: Iterable[str]) -> list[str]:
    formats = list(known)
    return [one for one in _PREFERRED if one in formats] + [one for one in formats if one not in _PREFERRED]


def _listed(key_octets: int, words: Iterable[str]) -> str:
    """Words with commas between them, whole words only."""
    room = STRING_OCTETS_MAX - key_octets - 1
    text = ""
    for word in words:
        longer = f"{text},{word}" if text else word
        if len(longer.encode()) > room:
            break
        text = longer
    return text


def _first(table: Table, name: str) -> str:
    attribute = table.attributes.get(name)
    values = attribute.strings() if attribute is not None else ()
    return values[0] if values else ""


def _device_id(text: str) -> dict[str, str]:
    """usb_MFG and usb_MDL, by which clients find a driver, from an IEEE 1284 device id."""
    pairs = (part.partition(":")[::2] for part in text.split(";"))
    said = {key.strip().upper(): value.strip() for key, value in pairs}
    maker = said.get("MFG") or said.get("MANUFACTURER", "")
    model = said.get("MDL") or said.get("MODEL", "")
    return {"usb_MFG": maker, "usb_MDL": model}
