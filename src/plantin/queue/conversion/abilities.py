"""What a device takes and hears, as far as it decides who works on the pages of a job. Pure.

Promises to guess nothing: a device of which nothing is known takes every document as it is. The option
``formats`` (docs/devices.md) is the last word for devices that cannot be asked, and narrows what others say.
PWG 5102.4 section 5 and 5100.14 (pwg-raster-document-…-supported), Apple's urf-supported.
"""

import re
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
from plantin.inspect.convert.plan import TARGETS, Raster, canonical
from plantin.ipp import Group, Resolution

_USUAL_DPI: Final = 300
_FINE_DPI: Final = 600
_DPI: Final = range(36, 1201)
_URF_RESOLUTIONS: Final = re.compile(r"RS(\d{2,4}(?:-\d{2,4})*)")
_URF_BACKS: Final = {"DM1": "normal", "DM2": "flipped", "DM3": "rotated", "DM4": "manual-tumble"}
_DEAF: Final = frozenset({"socket", "raw"})


class Hearing(Enum):
    """How a job's attributes reach a device."""

    IPP = "ipp"
    """With the job: those that it supports."""
    NONE = "none"
    """Not at all (port 9100, or a file device that shall be like one)."""
    BESIDE = "beside"
    """They are kept with what is printed (a file device): nothing has to be done to the pages."""


@dataclass(frozen=True, slots=True)
class RasterKind:
    """How a device takes one raster format."""

    resolutions: tuple[int, ...] = (_USUAL_DPI,)
    """Dots per inch, the same both ways, rising; never empty."""
    colour: bool = True
    sheet_back: str = "normal"

    def raster(self, *, fine: bool) -> Raster:
        """At the usual resolution, or at the one for high quality."""
        wanted = _FINE_DPI if fine else _USUAL_DPI
        resolution = next((dpi for dpi in self.resolutions if dpi >= wanted), self.resolutions[-1])
        return Raster(resolution, self.colour, self.sheet_back)


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
            _targets(names, {}),
        )
    if not blob or scheme not in SCHEMES:
        return Abilities(Hearing.IPP)
    said = capabilities(blob)
    listed = frozenset(map(canonical, said.strings("document-format-supported")))
    formats = listed & names if names else listed
    black_only = said.boolean("color-supported") is False
    rasters = _rasters(said)
    return Abilities(
        Hearing.IPP,
        formats - {sniff.OCTET_STREAM},
        sniff.OCTET_STREAM in formats or not listed,
        _targets(formats, rasters),
        said,
        {
            kind: replace(raster, colour=raster.colour and not black_only)
            for kind, raster in rasters.items()
            if raster is not None
        },
        black_only,
    )


def _targets(formats: frozenset[str], rasters: Mapping[str, RasterKind | None]) -> frozenset[str]:
    return frozenset(kind for kind in formats & set(TARGETS) if rasters.get(kind, RasterKind()) is not None)


def _rasters(said: Group) -> dict[str, RasterKind | None]:
    """The raster formats as the device takes them; None where only in a way that nothing here makes."""
    return {sniff.PWG_RASTER: _pwg(said), sniff.URF: _urf(said)}


def _pwg(said: Group) -> RasterKind | None:
    types = said.strings("pwg-raster-document-type-supported")
    if types and not {"srgb_8", "sgray_8"} & set(types):
        return None
    values = said.values("pwg-raster-document-resolution-supported")
    square = {
        value.dpi()[0]
        for value in values
        if isinstance(value, Resolution) and value.dpi()[0] == value.dpi()[1] and value.dpi()[0] in _DPI
    }
    if values and not square:
        return None
    back = said.string("pwg-raster-document-sheet-back") or "normal"
    return RasterKind(tuple(sorted(square)) or (_USUAL_DPI,), not types or "srgb_8" in types, back)


def _urf(said: Group) -> RasterKind | None:
    words = said.strings("urf-supported")
    if words and not {"W8", "SRGB24"} & set(words):
        return None
    found = next((match for word in words if (match := _URF_RESOLUTIONS.fullmatch(word))), None)
    resolutions = [int(dpi) for dpi in found[1].split("-") if int(dpi) in _DPI] if found else [_USUAL_DPI]
    if not resolutions:
        return None
    back = next((_URF_BACKS[word] for word in words if word in _URF_BACKS), "normal")
    return RasterKind(tuple(sorted(resolutions)), not words or "SRGB24" in words, back)
