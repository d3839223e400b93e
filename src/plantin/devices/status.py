"""How a device is: state, reasons, supplies, counters (RFC 8011 section 5.4.11, PWG 5100.13, CUPS
marker-*). Pure.

Never invents: what the device does not say is left out of the supplies, and counters are -1.
"""

import json
from dataclasses import dataclass
from typing import Final

from plantin.delivery.ipp.jobs import keywords, sentence
from plantin.ipp import Attribute, Group, PrinterState

STATUS_REQUESTED: Final = (
    "printer-state",
    "printer-state-reasons",
    "printer-state-message",
    "printer-is-accepting-jobs",
    "queued-job-count",
    "printer-impressions-completed",
    "printer-media-sheets-completed",
    "marker-colors",
    "marker-high-levels",
    "marker-levels",
    "marker-low-levels",
    "marker-message",
    "marker-names",
    "marker-types",
    "printer-supply",
    "printer-supply-description",
    "printer-input-tray",
    "printer-output-tray",
    "printer-alert",
    "printer-alert-description",
)
_SUPPLIES: Final = tuple(name for name in STATUS_REQUESTED if name.startswith(("marker-", "printer-supply")))
SUPPLIES_OCTETS_MAX: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class DeviceStatus:
    """How a device is, as it last said."""

    state: int  # printer-state
    reasons: tuple[str, ...]  # printer-state-reasons; ("none",) when there are none
    message: str  # printer-state-message
    accepting: bool  # printer-is-accepting-jobs
    queued: int  # queued-job-count; -1: not known
    supplies: str
    """JSON object: attribute name -> list of values (marker-*, printer-supply*); empty text: it said
    nothing."""
    impressions: int  # printer-impressions-completed; -1: not known
    sheets: int  # printer-media-sheets-completed; -1: not known


def read_status(printer: Group) -> DeviceStatus:
    """The status in the printer group of a Get-Printer-Attributes answer."""
    state = printer.integer("printer-state")
    if state not in (PrinterState.IDLE, PrinterState.PROCESSING, PrinterState.STOPPED):
        state = PrinterState.IDLE
    return DeviceStatus(
        state=int(state),
        reasons=keywords(printer.strings("printer-state-reasons")) or ("none",),
        message=sentence(printer.string("printer-state-message")),
        accepting=printer.boolean("printer-is-accepting-jobs") is not False,
        queued=_count(printer.integer("queued-job-count")),
        supplies=_supplies(printer),
        impressions=_count(printer.integer("printer-impressions-completed")),
        sheets=_count(printer.integer("printer-media-sheets-completed")),
    )


def _count(value: int | None) -> int:
    return value if value is not None and value >= 0 else -1


def _supplies(printer: Group) -> str:
    said = {name: values for name in sorted(_SUPPLIES) if (values := _plain(printer.get(name)))}
    if not said:
        return ""
    text = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
    return text if len(text.encode()) <= SUPPLIES_OCTETS_MAX else ""


def _plain(attribute: Attribute | None) -> list[str | int]:
    """Values as JSON has them; printer-supply is an octetString of ASCII."""
    plain: list[str | int] = []
    for value in attribute.values if attribute is not None else ():
        if isinstance(value, bytes):
            plain.append(value.decode("utf-8", "replace"))
        elif isinstance(value, int):
            plain.append(int(value))
        else:
            plain.append(str(value))
    return plain
