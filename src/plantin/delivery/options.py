"""How long a backend waits for what, and the options of one device that change it.

Options come from the query of the device URI (``socket://host?linger=5``) and from the device's own
``options`` (JSON object); the latter win. Every one is documented in docs/devices.md. Never guesses: an
unknown option of a URI or a value that makes no sense is refused by name. Other rooms keep keys of their
own in the JSON object; those are passed over.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Final

from plantin.core.errors import Refusal
from plantin.core.formats import read_formats
from plantin.ipp import STRICT, Quirks

SECONDS_MAX: Final = 7 * 86_400.0
BACK_CHANNEL_OCTETS_MAX: Final = 64 * 1024
"""What is kept of what a port-9100 device says; the rest is read and dropped."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Time limits of one attempt, in seconds, each settable as the option of the same name with hyphens."""

    connect_timeout: float = 10.0
    """To open the connection, name look-up and TLS included."""
    progress_timeout: float = 1800.0
    """Without one more octet taken by the device. Long, because a device out of paper stops reading."""
    stall_report: float = 10.0
    """Without progress until the device is reported as stalled."""
    linger: float = 30.0
    """Port 9100: after the last octet has arrived, for the device to close the connection."""
    answer_timeout: float = 60.0
    """IPP: for the answer to a request that is complete."""
    continue_timeout: float = 0.5
    """IPP: for "100 Continue"; devices that never send it cost this once, then it is known."""
    idle_timeout: float = 15.0
    """IPP: how long an unused connection is kept."""
    poll_first: float = 0.2
    """IPP: first pause between two looks at a running job; it doubles up to ``poll_most``."""
    poll_most: float = 2.0
    lost_timeout: float = 900.0
    """IPP: for a device that went away in the middle of a job to come back and tell what became of it."""
    unfinished_timeout: float = 120.0
    """IPP: for a job that the device calls unfinished while it is idle and has no jobs."""
    job_timeout: float = 21_600.0
    """IPP: for the device to finish a job it has taken."""


@dataclass(frozen=True, slots=True)
class DeviceOptions:
    """What one device needs: its time limits, its named quirks and the choices of its protocol."""

    limits: Limits = Limits()
    quirks: Quirks = STRICT
    early_close_ignored: bool = False
    """Port 9100: the device shuts its sending side at once; that does not mean that it is gone."""
    reset_is_close: bool = False
    """Port 9100: the device ends connections with a reset after it has taken everything."""
    sync: bool = True
    """File: fsync what was written before it counts as printed."""
    validate: bool = True
    """IPP: ask Validate-Job first where the device has it."""
    chunked: bool = False
    """IPP: documents in chunks, for devices that do not like a Content-Length."""
    formats: tuple[str, ...] = ()
    """The media types that the device takes, in lower case; none: it is asked, or takes anything."""


_TIMES: Final = {field.name.replace("_", "-"): field.name for field in fields(Limits)}
_ALIASES: Final = {"contimeout": "connect-timeout"}  # the name CUPS gives it in socket:// URIs
_FLAGS: Final = {
    "early-close-ignored": "early_close_ignored",
    "reset-is-close": "reset_is_close",
    "sync": "sync",
    "validate": "validate",
    "chunked": "chunked",
}
OPTION_NAMES: Final = (
    frozenset(_TIMES) | frozenset(_ALIASES) | frozenset(_FLAGS) | {"formats", "quirks", "waiteof"}
)
"""Every option that a device URI may carry."""


def device_options(query: Mapping[str, str], stored: str, base: Limits) -> DeviceOptions:
    """The options of a device.

    Args:
        query: of the device URI.
        stored: ``DeviceRecord.options``, a JSON object.
        base: limits where the device says nothing.

    Raises:
        Refusal: names the option and what is wrong with it.
    """
    merged: dict[str, object] = dict(query)
    merged |= {key: value for key, value in _stored(stored).items() if key in OPTION_NAMES}
    limits: dict[str, float] = {}
    flags: dict[str, bool] = {}
    quirks = STRICT
    formats: tuple[str, ...] = ()
    for given, value in merged.items():
        name = _ALIASES.get(given, given)
        if name in _TIMES:
            limits[_TIMES[name]] = _seconds(given, value)
        elif name in _FLAGS:
            flags[_FLAGS[name]] = _flag(given, value)
        elif name == "quirks":
            quirks = _quirks(value)
        elif name == "formats":
            formats = _formats(value)
        elif name == "waiteof":
            if not _flag(given, value):
                limits.setdefault("linger", 0.0)
        else:
            raise _refusal(f"there is no device option {given!r}")
    return DeviceOptions(limits=replace(base, **limits), quirks=quirks, formats=formats, **flags)


def _stored(text: str) -> dict[str, object]:
    if text in ("", "{}"):
        return {}
    try:
        found = json.loads(text)
    except ValueError as error:
        raise _refusal(f"the device's options are not JSON: {error}") from None
    if not isinstance(found, dict):
        raise _refusal("the device's options are not a JSON object")
    return found


def _seconds(name: str, value: object) -> float:
    try:
        seconds = float(value) if isinstance(value, str | int | float) else -1.0
    except ValueError:
        seconds = -1.0
    if isinstance(value, bool) or not 0.0 <= seconds <= SECONDS_MAX:
        raise _refusal(f"the device option {name} wants seconds from 0 to {SECONDS_MAX:.0f}, not {value!r}")
    return seconds


def _flag(name: str, value: object) -> bool:
    if isinstance(value, bool):
        return value
    if value in ("true", "yes", "on", "1", ""):
        return True
    if value in ("false", "no", "off", "0"):
        return False
    raise _refusal(f"the device option {name} wants true or false, not {value!r}")


def _formats(value: object) -> tuple[str, ...]:
    try:
        return read_formats(value)
    except ValueError as error:
        raise _refusal(str(error)) from None


def _quirks(value: object) -> Quirks:
    """Names such as ``any-boolean``, joined by commas or as a list."""
    names = value.split(",") if isinstance(value, str) else value
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise _refusal(f"the device option quirks wants names, not {value!r}")
    known = {field.name.replace("_", "-"): field.name for field in fields(Quirks)}
    for name in names:
        if name and name not in known:
            raise _refusal(f"there is no quirk {name!r}; there are {', '.join(sorted(known))}")
    return Quirks(**{known[name]: True for name in names if name})


def _refusal(text: str) -> Refusal:
    return Refusal("bad-device-option", text, status="client-error-bad-request")
