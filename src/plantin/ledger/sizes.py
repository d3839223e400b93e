"""Sizes of paper: ISO 216 and US names, and area for plotters.

Promises one name for a size whatever its orientation, by the dimensions of PWG 5101.1, within 2 mm on each
edge, and exact areas. Never guesses: a size without a name has none; it is priced by area or default row.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from .errors import InvalidRequest
from .limits import SIDE_LENGTH_MAX
from .money import EXACT

TOLERANCE = 200
"""Hundredths of a millimetre by which an edge may differ from the standard's."""

_ISO_A = (84100, 118900), (59400, 84100), (42000, 59400), (29700, 42000), (21000, 29700), (14800, 21000)
_SHORT_LONG: dict[str, tuple[int, int]] = {
    **{f"A{number}": edges for number, edges in enumerate(_ISO_A)},
    "A6": (10500, 14800),
    "A7": (7400, 10500),
    "B0": (100000, 141400),
    "B1": (70700, 100000),
    "B2": (50000, 70700),
    "B3": (35300, 50000),
    "B4": (25000, 35300),
    "B5": (17600, 25000),
    "B6": (12500, 17600),
    "SRA3": (32000, 45000),
    "SRA4": (22500, 32000),
    "C4": (22900, 32400),
    "C5": (16200, 22900),
    "DL": (11000, 22000),
    "JIS-B4": (25700, 36400),
    "JIS-B5": (18200, 25700),
    "Letter": (21590, 27940),
    "Legal": (21590, 35560),
    "Tabloid": (27940, 43180),
    "Executive": (18415, 26670),
    "Invoice": (13970, 21590),
    "Foolscap": (20320, 33020),
    "ANSI-C": (43180, 55880),
    "ANSI-D": (55880, 86360),
    "ANSI-E": (86360, 111760),
    "Arch-A": (22860, 30480),
    "Arch-B": (30480, 45720),
    "Arch-C": (45720, 60960),
    "Arch-D": (60960, 91440),
    "Arch-E": (91440, 121920),
}
NAMES = frozenset(_SHORT_LONG)
"""Every size name that a tariff or a policy may use."""


@dataclass(frozen=True, slots=True, order=True)
class Size:
    """A page's edges in hundredths of a millimetre, the unit of IPP's `media-size` collection."""

    width: int
    height: int

    def __post_init__(self) -> None:
        if not (0 < self.width <= SIDE_LENGTH_MAX and 0 < self.height <= SIDE_LENGTH_MAX):
            raise InvalidRequest(f"page size {self.width} x {self.height}: 1 to {SIDE_LENGTH_MAX} each")

    @property
    def name(self) -> str | None:
        """The name of the nearest standard size within the tolerance, or None."""
        return _nearest(min(self.width, self.height), max(self.width, self.height))

    @property
    def upright(self) -> Size:
        """The paper of a page: the standard size in portrait, or the same edges with the longer one upright.

        A page in landscape is on the same paper as one in portrait.
        """
        if self.name is not None:
            return Size(*_SHORT_LONG[self.name])
        return self if self.width <= self.height else Size(self.height, self.width)

    @property
    def area_m2(self) -> Decimal:
        """Exact area in square metres."""
        return Decimal(self.width * self.height).scaleb(-10, context=EXACT)

    @property
    def length_m(self) -> Decimal:
        """The longer edge in metres: what a roll is used up by."""
        return Decimal(max(self.width, self.height)).scaleb(-5, context=EXACT)

    def __str__(self) -> str:
        return self.name or f"{self.width / 100:g}x{self.height / 100:g}mm"


@lru_cache(4096)
def _nearest(short: int, long: int) -> str | None:
    near = [
        (abs(short - s) + abs(long - g), name)
        for name, (s, g) in _SHORT_LONG.items()
        if abs(short - s) <= TOLERANCE and abs(long - g) <= TOLERANCE
    ]
    return min(near)[1] if near else None


def size_named(name: str) -> Size:
    """The size of a standard name in portrait; raises `InvalidRequest` for a name that is not in `NAMES`."""
    if name not in _SHORT_LONG:
        raise InvalidRequest(f"paper size {name[:40]!r} is unknown; known are {', '.join(sorted(NAMES))}")
    return Size(*_SHORT_LONG[name])
