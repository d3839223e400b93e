"""PWG Raster (PWG 5102.4) and Apple's URF written by hand: pages of coloured bars on white.

Both formats share the line coding: a repeat count for the line, then runs of a repeated unit or of literal
units, a unit being a pixel or, below 8 bits a pixel, an octet.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

Run = tuple[bytes, int]
"""A unit and how often it comes in a row."""


@dataclass(frozen=True)
class ColourType:
    """A pwg-raster-document-type: cupsColorSpace, number of colours, bits of each, and the bars' units."""

    space: int
    colours: int
    bits: int
    white: bytes
    bars: tuple[bytes, ...]
    urf_space: int = -1


COLOUR_TYPES = {
    "black-1": ColourType(3, 1, 1, b"\x00", (b"\xff", b"\xaa", b"\xf0")),
    "sgray-8": ColourType(18, 1, 8, b"\xff", (b"\x00", b"\x55", b"\xaa"), urf_space=0),
    "srgb-8": ColourType(
        19, 3, 8, b"\xff" * 3, (b"\xff\x00\x00", b"\x00\xff\x00", b"\x00\x00\xff"), urf_space=1
    ),
    "srgb-16": ColourType(
        19,
        3,
        16,
        b"\xff" * 6,
        (b"\xff\xff\x00\x00\x00\x00", b"\x00\x00\xff\xff\x00\x00", b"\x00\x00\x00\x00\xff\xff"),
    ),
    "cmyk-8": ColourType(
        6, 4, 8, b"\x00" * 4, (b"\xff\x00\x00\x00", b"\x00\xff\x00\x00", b"\x00\x00\x00\xff")
    ),
}


def _line(runs: Sequence[Run], repeat: int) -> bytes:
    """The same line `repeat` (1 to 256) times."""
    out = bytearray((repeat - 1,))
    for unit, count in runs:
        for start in range(0, count, 128):
            out.append(min(128, count - start) - 1)
            out += unit
    return bytes(out)


def _bitmap(units: int, height: int, colour_type: ColourType, page: int) -> bytes:
    """A page: white margins of an eighth, bars between them, moved a little from page to page."""
    margin = units // 8
    blank = [(colour_type.white, units)]
    out = bytearray()
    row, step = 0, max(1, height // 16)
    while row < height:
        repeat = min(step, height - row, 256)
        band = row // step
        runs: list[Run] = blank
        if 2 <= band < 14 and band % 2 == 0:
            bar = colour_type.bars[(band // 2 + page) % len(colour_type.bars)]
            runs = [(colour_type.white, margin), (bar, units - 2 * margin), (colour_type.white, margin)]
        out += _line(runs, repeat)
        row += repeat
    return bytes(out)


def _geometry(size: tuple[int, int], resolution: int, kind: ColourType) -> tuple[int, int, int, int]:
    """Width and height in pixels, octets per line, coding units per line."""
    width, height = size[0] * resolution // 72, size[1] * resolution // 72
    octets = (width * kind.colours * kind.bits + 7) // 8
    return width, height, octets, width if kind.bits >= 8 else octets


def pwg_raster(
    pages: int = 1,
    size: tuple[int, int] = (612, 792),
    *,
    resolution: int = 300,
    colour_type: str = "black-1",
    two_sided: bool = False,
) -> bytes:
    """A PWG Raster stream; `size` in points, `colour_type` a key of COLOUR_TYPES."""
    kind = COLOUR_TYPES[colour_type]
    width, height, octets, units = _geometry(size, resolution, kind)
    header = bytearray(1796)

    def put(offset: int, *values: int) -> None:
        struct.pack_into(f">{len(values)}I", header, offset, *values)

    header[0:9] = b"PwgRaster"
    put(272, int(two_sided))
    put(276, resolution, resolution)
    put(340, 1)
    put(352, *size)
    put(372, width, height)
    put(384, kind.bits, kind.bits * kind.colours, octets)
    put(400, kind.space)
    put(420, kind.colours)
    put(452, pages)
    put(456, 1, 1)
    put(464, 0, 0, width, height)
    put(484, 4)
    name = {
        (612, 792): b"na_letter_8.5x11in",
        (595, 842): b"iso_a4_210x297mm",
        (288, 432): b"na_index-4x6_4x6in",
    }
    label = name.get(size, b"custom_test")
    header[1732 : 1732 + len(label)] = label
    body = b"".join(bytes(header) + _bitmap(units, height, kind, page) for page in range(pages))
    return b"RaS2" + body


def urf(
    pages: int = 1,
    size: tuple[int, int] = (612, 792),
    *,
    resolution: int = 300,
    colour_type: str = "srgb-8",
    two_sided: bool = False,
) -> bytes:
    """An Apple raster (UNIRAST) stream of 8-bit grey or RGB pages."""
    kind = COLOUR_TYPES[colour_type]
    width, height, _, units = _geometry(size, resolution, kind)
    head = struct.pack(
        ">BBBBIIIIIII",
        *(kind.bits * kind.colours, kind.urf_space, 3 if two_sided else 1, 4),
        *(0, 0, width, height, resolution, 0, 0),
    )
    body = b"".join(head + _bitmap(units, height, kind, page) for page in range(pages))
    return b"UNIRAST\x00" + struct.pack(">I", pages) + body
