"""How a device takes the formats that are made here, out of its IPP capabilities. Pure.

PWG 5102.4 section 5 and 5100.14 (pwg-raster-document-…-supported), Apple's urf-supported.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from plantin.inspect import sniff
from plantin.inspect.convert.plan import TARGETS, Raster
from plantin.ipp import Group, Resolution

_USUAL_DPI: Final = 300
_FINE_DPI: Final = 600
_DPI: Final = range(36, 1201)
_URF_RESOLUTIONS: Final = re.compile(r"RS(\d{2,4}(?:-\d{2,4})*)")
_URF_BACKS: Final = {"DM1": "normal", "DM2": "flipped", "DM3": "rotated", "DM4": "manual-tumble"}


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


def targets(formats: Collection[str], rasters: Mapping[str, RasterKind | None]) -> frozenset[str]:
    """Of the formats that a device takes (canonical), those that can be made so that they fit it."""
    return frozenset(
        kind for kind in TARGETS if kind in formats and rasters.get(kind, RasterKind()) is not None
    )


def raster_kinds(said: Group) -> dict[str, RasterKind | None]:
    """The raster formats as a device takes them; None where only in a way that nothing here makes."""
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
