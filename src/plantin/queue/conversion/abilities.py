"""What a device takes and hears, as far as it decides who works on the pages of a job. Pure.

Promises to guess nothing: a device of which nothing is known takes every document as it is. The option
``formats`` (docs/devices.md) is the last word for devices that cannot be asked, and narrows what others say.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import lru_cache
from typing import Final

from plantin.core.formats import declared_formats
from plantin.core.model import DeviceRecord
from plantin.delivery.ipp.blob import capabilities
from plantin.delivery.uri import SCHEMES
from plantin.inspect import sniff
from plantin.inspect.convert.devices import RasterKind, raster_kinds, targets
from plantin.inspect.convert.plan import canonical
from plantin.ipp import Group

_DEAF: Final = frozenset({"socket", "raw"})


class Hearing(Enum):
    """How a job's attributes reach a device."""

    IPP = "ipp"
    """With the job: those that it supports."""
    NONE = "none"
    """Not at all (port 9100, or a file device that shall be like one)."""
    BESIDE = "beside"
    """They are kept with what is printed (a file device): nothing has to be done to the pages."""


@dataclass(frozen=True, slots=True, eq=False)
class Abilities:
    """What a device takes and hears."""

    hearing: Hearing
    formats: frozenset[str] = frozenset()
    """What it takes, as ``plan.canonical`` spells it; empty: not known, it takes anything."""
    anything: bool = True
    """Documents of other formats may be sent to it all the same."""
    targets: frozenset[str] = frozenset()
    """Of ``formats``, what can be made so that it fits the device."""
    said: Group = field(default_factory=lambda: Group(0))
    """Its own capabilities."""
    rasters: Mapping[str, RasterKind] = field(default_factory=dict)
    black_only: bool = False


def abilities_of(device: DeviceRecord) -> Abilities:
    """What a device can do, remembered from job to job."""
    return _abilities(device.uri, device.options, device.capabilities)


@lru_cache(maxsize=16_384)
def _abilities(uri: str, options: str, blob: bytes) -> Abilities:
    scheme = uri.partition(":")[0].lower()
    return _of_kind(scheme, declared_formats(uri, options), b"" if scheme in _DEAF else blob)


@lru_cache(maxsize=1024)
def _of_kind(scheme: str, declared: tuple[str, ...], blob: bytes) -> Abilities:
    """Devices that are alike share their abilities."""
    names = frozenset(map(canonical, declared))
    if scheme in _DEAF or scheme == "file":
        hearing = Hearing.NONE if scheme in _DEAF or names else Hearing.BESIDE
        return Abilities(
            hearing,
            names - {sniff.OCTET_STREAM},
            not names or sniff.OCTET_STREAM in names,
            targets(names, {}),
        )
    if not blob or scheme not in SCHEMES:
        return Abilities(Hearing.IPP)
    said = capabilities(blob)
    listed = frozenset(map(canonical, said.strings("document-format-supported")))
    formats = listed & names if names else listed
    black_only = said.boolean("color-supported") is False
    rasters = raster_kinds(said)
    return Abilities(
        Hearing.IPP,
        formats - {sniff.OCTET_STREAM},
        sniff.OCTET_STREAM in formats or not listed,
        targets(formats, rasters),
        said,
        {
            kind: replace(raster, colour=raster.colour and not black_only)
            for kind, raster in rasters.items()
            if raster is not None
        },
        black_only,
    )
