"""Printer attributes that differ from queue to queue, encoded as fast as they can be.

``STABLE`` ones change only with the queue's entry in the directory and are cached with it; ``VOLATILE`` ones
(state, clocks, counts) are made for each answer. RFC 8011 section 5.4, PWG 5100.9, .13, CUPS.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from plantin.core.model import QueueMode
from plantin.frontends.ipp import emit
from plantin.frontends.ipp.context import IppSettings
from plantin.frontends.ipp.directory import QueueEntry
from plantin.frontends.ipp.icon import SIZES
from plantin.frontends.ipp.printer.names import Base, dns_sd_name, quoted
from plantin.frontends.ipp.printer.profile import Profile
from plantin.frontends.ipp.printer.state import IDLE, PROCESSING, STOPPED, QueueState, alerts
from plantin.frontends.ipp.printer.supplies import Supplies
from plantin.ipp import Tag
from plantin.ipp.text import truncate
from plantin.store.commands.cups_admin import CLASS_MEMBERS


@dataclass(slots=True)
class View:
    """One queue as one client sees it now."""

    entry: QueueEntry
    profile: Profile
    state: QueueState
    supplies: Supplies
    base: Base
    settings: IppSettings
    now_ms: int
    open_jobs: int = 0
    printing: bool = False
    is_default: bool = False
    spool_full: bool = False

    @property
    def printer_state(self) -> int:
        """printer-state."""
        if self.state.stopped and not self.pausing:
            return STOPPED
        return PROCESSING if self.printing else IDLE

    @property
    def pausing(self) -> bool:
        """Whether the queue is stopped behind the job that prints just now (RFC 3998 section 3.2.1)."""
        return self.printing and self.state.pausing

    @property
    def reasons(self) -> tuple[str, ...]:
        """printer-state-reasons."""
        reasons = self.state.reasons
        if self.pausing:
            reasons = tuple("moving-to-paused" if reason == "paused" else reason for reason in reasons)
        if self.spool_full:
            return (*(reason for reason in reasons if reason != "none"), "spool-area-full")
        return reasons

    @property
    def accepting(self) -> bool:
        """printer-is-accepting-jobs."""
        queue = self.entry.queue
        return queue.accepting and not queue.shutdown and not queue.deactivated


Encode = Callable[[View], bytes]

_name = emit.string(Tag.NAME, "printer-name")
_dns_name = emit.string(Tag.NAME, "printer-dns-sd-name")
_info = emit.string(Tag.TEXT, "printer-info")
_location = emit.string(Tag.TEXT, "printer-location")
_make = emit.string(Tag.TEXT, "printer-make-and-model")
_uuid = emit.string(Tag.URI, "printer-uuid")
_id = emit.integer("printer-id")
_uris = emit.strings(Tag.URI, "printer-uri-supported")
_security = emit.strings(Tag.KEYWORD, "uri-security-supported")
_authentication = emit.strings(Tag.KEYWORD, "uri-authentication-supported")
_device_uri = emit.string(Tag.URI, "device-uri")
_type = emit.integer("printer-type", Tag.ENUM)
_shared = emit.boolean("printer-is-shared")
_more_info = emit.string(Tag.URI, "printer-more-info")
_supply_info = emit.string(Tag.URI, "printer-supply-info-uri")
_icons = emit.strings(Tag.URI, "printer-icons")
_organization = emit.string(Tag.TEXT, "printer-organization")
_unit = emit.string(Tag.TEXT, "printer-organizational-unit")
_geo = emit.string(Tag.URI, "printer-geo-location")
_no_geo = emit.no_value("printer-geo-location", Tag.UNKNOWN)
_operator = emit.string(Tag.TEXT, "printer-message-from-operator")
_error_policy = emit.string(Tag.NAME, "printer-error-policy")
_allowed = emit.strings(Tag.NAME, "requesting-user-name-allowed")
_denied = emit.strings(Tag.NAME, "requesting-user-name-denied")
_config_time = emit.integer("printer-config-change-time")
_config_date = emit.date_time("printer-config-change-date-time")
_state_time = emit.integer("printer-state-change-time")
_state_date = emit.date_time("printer-state-change-date-time")
_alert = emit.strings(Tag.TEXT, "printer-alert-description")
_detail = emit.strings(Tag.TEXT, "printer-detailed-status-messages")
_members = emit.strings(Tag.NAME, "member-names")
_member_uris = emit.strings(Tag.URI, "member-uris")
_device_uuid = emit.string(Tag.URI, "device-uuid")
_output_devices = emit.strings(Tag.NAME, "output-device-supported")
_strings_uri = emit.string(Tag.URI, "printer-strings-uri")
_message_time = emit.integer("printer-message-time")
_message_date = emit.date_time("printer-message-date-time")
_mode = emit.string(Tag.KEYWORD, "plantin-queue-mode")
_devices = emit.strings(Tag.NAME, "plantin-device-names")
_state = emit.integer("printer-state", Tag.ENUM)
_reasons = emit.strings(Tag.KEYWORD, "printer-state-reasons")
_message = emit.string(Tag.TEXT, "printer-state-message")
_accepting = emit.boolean("printer-is-accepting-jobs")
_up_time = emit.integer("printer-up-time")
_current_time = emit.date_time("printer-current-time")
_queued = emit.integer("queued-job-count")

_CLASS, _REJECTING, _NOT_SHARED, _DEFAULT = 0x1, 0x80000, 0x200000, 0x20000
DEVICES_SHOWN_MAX: Final = 100
TEXT_OCTETS: Final = 127
"""printer-info, -location and -make-and-model are text(127)."""


def printer_type(view: View) -> int:
    """The bits of printer-type (CUPS)."""
    queue = view.entry.queue
    bits = view.profile.printer_type
    bits |= _CLASS if queue.is_class else 0
    bits |= 0 if view.accepting else _REJECTING
    bits |= 0 if queue.shared else _NOT_SHARED
    return bits | (_DEFAULT if view.is_default else 0)


def make_and_model(entry: QueueEntry) -> str:
    """printer-make-and-model of a queue: its device's, or what sort of pool it is."""
    if len(entry.devices) == 1:
        device = entry.devices[0]
        if device.make_model:
            return device.make_model
        return "Local Raw Printer" if not device.capabilities else "Plantin IPP Queue"
    return "Plantin Find-Me Queue" if entry.queue.mode is QueueMode.FIND_ME else "Plantin Pool"


def public_device_uri(uri: str) -> str:
    """A device-uri without the password that may stand in it."""
    scheme, separator, rest = uri.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}{separator}{host.rpartition('@')[2]}{slash}{path}"


def _device_uri_of(view: View) -> bytes:
    devices = view.entry.devices
    if len(devices) == 1:
        return _device_uri(public_device_uri(devices[0].uri))
    return _device_uri(f"plantin:/queues/{view.entry.queue.name}")


def _alerts_of(view: View) -> bytes:
    codes, _ = alerts(view.state.reasons)
    head = b"\x30" + len(b"printer-alert").to_bytes(2, "big") + b"printer-alert"
    parts: list[bytes] = []
    for code in codes:
        parts += (b"\x30\x00\x00" if parts else head, len(code).to_bytes(2, "big"), code)
    return b"".join(parts)


def _member_names(view: View) -> list[str]:
    """The members of a class as they were named; its devices, when it was made otherwise."""
    named = json.loads(view.entry.queue.options or "{}").get(CLASS_MEMBERS)
    return [str(name) for name in named] if named else [device.name for device in view.entry.devices]


def _class_only(encode: Encode) -> Encode:
    return lambda view: encode(view) if view.entry.queue.is_class else b""


STABLE: Final[dict[str, Encode]] = {
    "printer-name": lambda v: _name(v.entry.queue.name),
    "printer-dns-sd-name": lambda v: _dns_name(dns_sd_name(v.entry.queue)),
    "printer-info": lambda v: _info(truncate(v.entry.queue.info or v.entry.queue.name, TEXT_OCTETS)),
    "printer-location": lambda v: _location(
        truncate(
            v.entry.queue.location or (v.entry.devices[0].location if v.entry.devices else ""), TEXT_OCTETS
        )
    ),
    "printer-make-and-model": lambda v: _make(truncate(make_and_model(v.entry), TEXT_OCTETS)),
    "printer-uuid": lambda v: _uuid(f"urn:uuid:{v.entry.queue.uuid}"),
    "device-uuid": lambda v: _device_uuid(
        f"urn:uuid:{(v.entry.devices[0] if len(v.entry.devices) == 1 else v.entry.queue).uuid}"
    ),
    "output-device-supported": lambda v: _output_devices(
        truncate(device.name, TEXT_OCTETS) for device in v.entry.devices[:DEVICES_SHOWN_MAX]
    ),
    "printer-strings-uri": lambda v: _strings_uri(f"{v.base.web}/strings/en.strings"),
    "printer-message-time": lambda v: _message_time(v.entry.queue.config_at // 1000),
    "printer-message-date-time": lambda v: _message_date(v.entry.queue.config_at),
    "printer-id": lambda v: _id(v.entry.queue.id),
    "printer-uri-supported": lambda v: _uris(v.base.queue_uris(v.entry.queue)),
    "uri-security-supported": lambda v: _security(v.base.securities()),
    "uri-authentication-supported": lambda v: _authentication(
        ("requesting-user-name",) * len(v.base.securities())
    ),
    "device-uri": _device_uri_of,
    "printer-is-shared": lambda v: _shared(v.entry.queue.shared),
    "printer-more-info": lambda v: _more_info(v.base.page(v.entry.queue)),
    "printer-supply-info-uri": lambda v: _supply_info(v.base.page(v.entry.queue)),
    "printer-icons": lambda v: _icons(f"{v.base.web}/icons/printer-{size}.png" for size in SIZES),
    "printer-organization": lambda v: _organization(v.entry.queue.organization or v.settings.organization),
    "printer-organizational-unit": lambda v: _unit(
        v.entry.queue.organizational_unit or v.settings.organizational_unit
    ),
    "printer-geo-location": lambda v: (
        _geo(v.entry.queue.geo_location) if v.entry.queue.geo_location else _no_geo
    ),
    "printer-message-from-operator": lambda v: _operator(
        truncate(v.entry.queue.operator_message, TEXT_OCTETS)
    ),
    "printer-error-policy": lambda v: _error_policy(v.entry.queue.error_policy),
    "requesting-user-name-allowed": lambda v: (
        _allowed(v.entry.queue.allowed_users) if v.entry.queue.allowed_users else b""
    ),
    "requesting-user-name-denied": lambda v: (
        _denied(v.entry.queue.denied_users) if v.entry.queue.denied_users else b""
    ),
    "printer-config-change-time": lambda v: _config_time(v.entry.queue.config_at // 1000),
    "printer-config-change-date-time": lambda v: _config_date(v.entry.queue.config_at),
    "printer-state-change-time": lambda v: _state_time(v.state.changed_at // 1000),
    "printer-state-change-date-time": lambda v: _state_date(v.state.changed_at),
    "printer-is-accepting-jobs": lambda v: _accepting(v.accepting),
    "printer-state-message": lambda v: _message(truncate(v.state.message, 1023)),
    "printer-alert": _alerts_of,
    "printer-alert-description": lambda v: _alert(alerts(v.state.reasons)[1]),
    "printer-detailed-status-messages": lambda v: _detail((truncate(v.state.message or "none", 1023),)),
    "member-names": _class_only(lambda v: _members(_member_names(v))),
    "member-uris": _class_only(
        lambda v: _member_uris(
            f"ipp://{v.base.authority}/printers/{quoted(name)}" for name in _member_names(v)
        )
    ),
    "marker-change-time": lambda v: v.supplies.change_time,
    "marker-colors": lambda v: v.supplies.colors,
    "marker-high-levels": lambda v: v.supplies.high_levels,
    "marker-levels": lambda v: v.supplies.levels,
    "marker-low-levels": lambda v: v.supplies.low_levels,
    "marker-message": lambda v: v.supplies.message,
    "marker-names": lambda v: v.supplies.names,
    "marker-types": lambda v: v.supplies.types,
    "printer-supply": lambda v: v.supplies.supply,
    "printer-supply-description": lambda v: v.supplies.description,
    "plantin-queue-mode": lambda v: _mode(v.entry.queue.mode.value),
    "plantin-device-names": lambda v: _devices(device.name for device in v.entry.devices[:DEVICES_SHOWN_MAX]),
}
"""name -> encoder; what depends only on the directory's entry and the base."""

VOLATILE: Final[dict[str, Encode]] = {
    "printer-type": lambda v: _type(printer_type(v)),
    "printer-state": lambda v: _state(v.printer_state),
    "printer-state-reasons": lambda v: _reasons(v.reasons),
    "printer-up-time": lambda v: _up_time(v.now_ms // 1000),
    "printer-current-time": lambda v: _current_time(v.now_ms),
    "queued-job-count": lambda v: _queued(v.open_jobs),
}
"""name -> encoder; what may differ from one second to the next.

printer-up-time is Unix time, as in CUPS: time-at-creation of a job is on the same base, has to survive a
restart, and lpstat prints it as a date.
"""
