"""What backends are given: clock, limits, folders, names, and where a trusted certificate is remembered."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from plantin.core.clock import Clock
from plantin.core.model import DeviceRecord
from plantin.delivery.options import DeviceOptions, Limits, device_options
from plantin.delivery.resolve import Resolver
from plantin.delivery.uri import DeviceUri, parse_device_uri

PinStore = Callable[[DeviceRecord, str], Awaitable[None]]
"""Stores the SHA-256 (hexadecimal) of a certificate that was trusted on first use; durable when it
returns."""


class Target(NamedTuple):
    """A device as a backend sees it."""

    uri: DeviceUri
    options: DeviceOptions


async def _forget(device: DeviceRecord, sha256: str) -> None:
    """No store: every first use is a first use."""


@dataclass(frozen=True)
class Surroundings:
    """Everything that backends share."""

    clock: Clock
    file_roots: tuple[Path, ...] = ()
    """Folders that ``file`` devices may write to."""
    limits: Limits = field(default_factory=Limits)
    resolver: Resolver = field(default_factory=Resolver)
    store_pin: PinStore = _forget
    user_agent: str = "Plantin"

    def target(self, device: DeviceRecord) -> Target:
        """The device's URI and options, taken apart (and remembered).

        Raises:
            Refusal: either makes no sense.
        """
        return _target(device.uri, device.options, self.limits, self.file_roots)


@lru_cache(maxsize=16_384)
def _target(uri: str, options: str, limits: Limits, file_roots: tuple[Path, ...]) -> Target:
    parsed = parse_device_uri(uri, file_roots=file_roots)
    return Target(parsed, device_options(parsed.query, options, limits))
