"""What a device can do: the part of its Get-Printer-Attributes answer that does not change by itself. Pure.

The capabilities at rest are IPP attributes, one after the other, without a group tag. What changes by
itself (state, levels, counters, clocks) and what names the one machine (uuid, name, addresses) is left out,
so that they change only when the device does, and a floor full of one model has one blob. What a pool of
devices offers, and what a queue offers whose device cannot be asked, the IPP front end derives from these
blobs.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from plantin.delivery.ipp.blob import capabilities, pack
from plantin.ipp import Group, Resolution

CAPABILITIES_REQUESTED: Final = ("all", "media-col-database")
CAPABILITIES_OCTETS_MAX: Final = 4 * 1024 * 1024
_CHANGES: Final = re.compile(
    r"(marker-.*|printer-supply.*|printer-state.*|printer-alert.*|printer-.*-(time|date-time)|printer-up-time"
    r"|printer-(impressions|media-sheets|pages|client)-completed.*|printer-(detailed-)?status-.*"
    r"|queued-job-count"
    r"|printer-is-accepting-jobs|printer-(input|output)-tray|printer-config-change.*|printer-message-.*"
    r"|job-(impressions|k-octets|media-sheets)-completed)"
)
_NAMES_THE_MACHINE: Final = frozenset(
    {
        "device-uuid",
        "printer-dns-sd-name",
        "printer-geo-location",
        "printer-icons",
        "printer-info",
        "printer-location",
        "printer-more-info",
        "printer-name",
        "printer-organization",
        "printer-organizational-unit",
        "printer-serial-number",
        "printer-strings-uri",
        "printer-supply-info-uri",
        "printer-uri-supported",
        "printer-uuid",
        "printer-xri-supported",
    }
)


def to_keep(printer: Group) -> bytes:
    """The capabilities in a printer group, to be stored; empty when they are larger than any device's."""
    kept = [
        attribute
        for attribute in printer
        if attribute.name not in _NAMES_THE_MACHINE and not _CHANGES.fullmatch(attribute.name)
    ]
    blob = pack(sorted(kept, key=lambda attribute: attribute.name))
    return blob if len(blob) <= CAPABILITIES_OCTETS_MAX else b""


@dataclass(frozen=True, slots=True)
class Summary:
    """Capabilities for a person. Empty and None where the device does not say."""

    make_model: str  # printer-make-and-model
    formats: tuple[str, ...]  # document-format-supported
    color: bool | None  # color-supported
    sides: tuple[str, ...]  # sides-supported
    media: tuple[str, ...]  # media-supported
    resolutions: tuple[str, ...]  # printer-resolution-supported
    finishings: tuple[int, ...]  # finishings-supported
    ipp_versions: tuple[str, ...]  # ipp-versions-supported
    operations: tuple[int, ...]  # operations-supported


@lru_cache(maxsize=512)
def summary(blob: bytes) -> Summary:
    """The stored capabilities of a device, for a person."""
    said = capabilities(blob)
    return Summary(
        make_model=said.string("printer-make-and-model") or "",
        formats=said.strings("document-format-supported"),
        color=said.boolean("color-supported"),
        sides=said.strings("sides-supported"),
        media=said.strings("media-supported"),
        resolutions=tuple(
            str(value)
            for value in said.values("printer-resolution-supported")
            if isinstance(value, Resolution)
        ),
        finishings=said.integers("finishings-supported"),
        ipp_versions=said.strings("ipp-versions-supported"),
        operations=said.integers("operations-supported"),
    )
