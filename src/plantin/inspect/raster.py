"""PWG raster, CUPS raster and Apple raster (URF), inspected while they arrive.

Promises: pages, sizes, sides, copies and colour from the page headers and from the pixels (an RGB page
whose pixels are all grey is grey); bounded memory: never more than one line of input is kept. A stream that
ends inside a page counts that page and says so. Never: unpacks a page into memory.

Standards: PWG 5102.4 (header and line compression), CUPS raster (cups/raster.h: versions 1 to 3, both byte
orders), Apple raster as CUPS' own reader has it.
"""

import struct
from dataclasses import dataclass
from typing import ClassVar

from plantin.inspect import limits, sniff
from plantin.inspect.report import CannotInspect, Found, PageInfo, PageList, Settings, round_mm

_GREY_SPACES = frozenset({0, 3, 12, 18, 32, 48})
_RGB_SPACES = frozenset({1, 19, 20, 34, 50})
_CMYK_SPACES = frozenset({6, 51})
_HEADER_V1 = 420
_HEADER_V2 = 1796
_SYNC = {
    b"RaS2": (">", _HEADER_V2, True),
    b"2SaR": ("<", _HEADER_V2, True),
    b"RaS3": (">", _HEADER_V2, False),
    b"3SaR": ("<", _HEADER_V2, False),
    b"RaSt": (">", _HEADER_V1, False),
    b"tSaR": ("<", _HEADER_V1, False),
}


@dataclass(frozen=True, slots=True)
class _PageHeader:
    line_octets: int
    height: int
    unit: int
    """Octets that a run repeats: one pixel, or one octet of small pixels."""
    check: str
    """How to tell colour from pixels: "grey", "rgb8", "rgb16", "cmyk8", or "colour" where nothing can."""
    packed: bool
    width_mm: float
    height_mm: float
    sides: str
    copies: int | None


class _RasterReader:
    """Header, then lines, then the next header: shared by all raster languages."""

    _format = ""
    _file_header_octets = 4

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._pages = PageList()
        self._warnings: list[str] = []
        self._page: _PageHeader | None = None
        self._lines_left = 0
        self._raw_left = 0
        self._colour = False
        self._started = False

    def feed(self, data: bytes) -> bytes:
        """Takes the next octets. Returns b"" (a raster stream has no end mark).

        Raises:
            CannotInspect: when a header makes no sense.
        """
        self._buffer += data
        position = 0
        while True:
            step = self._step(position)
            if step == 0:
                break
            position += step
        del self._buffer[:position]
        return b""

    def finish(self) -> Found:
        """What the stream held.

        Raises:
            CannotInspect: when it had no page at all.
        """
        if self._page is not None:
            self._warnings.append(f"it ends in the middle of page {self._pages.pages + 1}")
            self._end_page()
        elif self._buffer.strip(b"\x00\r\n\x1a"):
            self._warnings.append(f"{len(self._buffer)} octets follow the last page")
        if not self._pages.pages:
            raise CannotInspect("it ends before its first page")
        return Found(self._format, self._pages.runs(), Settings(), tuple(self._warnings))

    def _step(self, position: int) -> int:
        """Octets used by the next item at ``position``; 0 when more input is needed."""
        available = len(self._buffer) - position
        if not self._started:
            if available < self._file_header_octets:
                return 0
            self._file_header(bytes(self._buffer[position : position + self._file_header_octets]))
            self._started = True
            return self._file_header_octets
        page = self._page
        if page is None:
            octets = self._page_header_octets()
            if available < octets:
                return 0
            self._begin_page(self._page_header(bytes(self._buffer[position : position + octets])))
            return octets
        if page.packed:
            return self._packed_line(position, page)
        return self._raw(position, available, page)

    def _file_header(self, data: bytes) -> None:
        raise CannotInspect("it has no file header")

    def _page_header_octets(self) -> int:
        return _HEADER_V2

    def _page_header(self, data: bytes) -> _PageHeader:
        raise CannotInspect("it has no page header")

    def _begin_page(self, page: _PageHeader) -> None:
        number = self._pages.pages + 1
        if page.line_octets <= 0 or page.height <= 0:
            raise CannotInspect(f"page {number} has no pixels")
        if page.line_octets > limits.RASTER_LINE_OCTETS_MAX:
            raise CannotInspect(f"page {number} has lines of {page.line_octets} octets")
        if page.line_octets % page.unit:
            raise CannotInspect(f"page {number} has lines that end inside a pixel")
        self._page = page
        self._colour = page.check == "colour"
        self._lines_left = page.height
        self._raw_left = page.line_octets * page.height

    def _end_page(self) -> None:
        page = self._page
        if page is None:
            return
        self._page = None
        self._pages.add(PageInfo(self._colour, page.width_mm, page.height_mm, page.sides, page.copies))

    def _packed_line(self, position: int, page: _PageHeader) -> int:
        buffer, unit = self._buffer, page.unit
        end = len(buffer)
        start = position
        if position >= end:
            return 0
        repeat = buffer[position] + 1
        position += 1
        units_left = page.line_octets // unit
        runs: list[tuple[int, int]] = []
        while units_left > 0:
            if position >= end:
                return 0
            code = buffer[position]
            position += 1
            if code == 128:
                break
            if code < 128:
                units_left -= code + 1
                stop = position + unit
            else:
                units_left -= 257 - code
                stop = position + unit * (257 - code)
            if stop > end:
                return 0
            runs.append((position, stop))
            position = stop
        if units_left < 0:
            raise CannotInspect(f"page {self._pages.pages + 1} has a line longer than its header says")
        if not self._colour and page.check != "grey":
            view = bytes(buffer[start:position])
            self._colour = any(_is_colour(view[a - start : b - start], page.check) for a, b in runs)
        self._lines_left -= repeat
        if self._lines_left <= 0:
            self._end_page()
        return position - start

    def _raw(self, position: int, available: int, page: _PageHeader) -> int:
        take = min(available, self._raw_left)
        if take < self._raw_left:
            take -= take % page.unit
        if take <= 0:
            return 0
        if not self._colour and page.check != "grey":
            self._colour = _is_colour(bytes(self._buffer[position : position + take]), page.check)
        self._raw_left -= take
        if self._raw_left == 0:
            self._end_page()
        return take


def _is_colour(pixels: bytes, check: str) -> bool:
    if check == "rgb8":
        green = pixels[1::3]
        return pixels[0::3] != green or green != pixels[2::3]
    if check == "cmyk8":
        return any(any(pixels[plane::4]) for plane in range(3))
    if check == "rgb16":
        high = pixels[2::6], pixels[3::6]
        return (pixels[0::6], pixels[1::6]) != high or high != (pixels[4::6], pixels[5::6])
    return True


def _check_of(space: int, bits_per_colour: int, bits_per_pixel: int, colour_order: int) -> str:
    if space in _GREY_SPACES:
        return "grey"
    if colour_order == 0 and space in _RGB_SPACES and (bits_per_colour, bits_per_pixel) == (8, 24):
        return "rgb8"
    if colour_order == 0 and space in _RGB_SPACES and (bits_per_colour, bits_per_pixel) == (16, 48):
        return "rgb16"
    if colour_order == 0 and space in _CMYK_SPACES and (bits_per_colour, bits_per_pixel) == (8, 32):
        return "cmyk8"
    return "colour"


class PwgRaster(_RasterReader):
    """PWG raster, and CUPS raster in its three versions and two byte orders."""

    def __init__(self, kind: str = sniff.PWG_RASTER) -> None:
        super().__init__()
        self._format = kind
        self._order = ">"
        self._octets = _HEADER_V2
        self._packed = True

    def _file_header(self, data: bytes) -> None:
        try:
            self._order, self._octets, self._packed = _SYNC[data]
        except KeyError:
            raise CannotInspect(f"it begins with {data!r}, which is no raster sync word") from None

    def _page_header_octets(self) -> int:
        return self._octets

    def _page_header(self, data: bytes) -> _PageHeader:
        fields = struct.unpack_from(self._order + "105I", data)  # every 4 octets from 0 to 420

        def at(offset: int) -> int:
            return int(fields[offset // 4])

        bits_per_colour, bits_per_pixel, line_octets, order, space = (
            at(o) for o in (384, 388, 392, 396, 400)
        )
        width, height = at(372), at(376)
        check = _check_of(space, bits_per_colour, bits_per_pixel, order)
        if check == "colour" and space in _RGB_SPACES | _CMYK_SPACES and not self._warnings:
            self._warnings.append(
                "its pixels are not in an order whose grey can be told; they count as colour"
            )
        points = at(352), at(356)
        resolution = at(276), at(280)
        if all(points):
            size = points[0] * 25.4 / 72, points[1] * 25.4 / 72
        elif all(resolution):
            size = width * 25.4 / resolution[0], height * 25.4 / resolution[1]
        else:
            raise CannotInspect(f"page {self._pages.pages + 1} has neither a size nor a resolution")
        planes = (
            max(1, struct.unpack_from(self._order + "I", data, 420)[0])
            if order == 2 and len(data) > 420
            else 1
        )
        unit = (bits_per_pixel + 7) // 8 if order == 0 else max(1, (bits_per_colour + 7) // 8)
        sides = "one-sided"
        if at(272):
            sides = "two-sided-short-edge" if at(368) else "two-sided-long-edge"
        copies = at(340) if 0 < at(340) < 10_000 else None
        return _PageHeader(
            line_octets,
            min(height * min(planes, 16), 2**31),
            max(1, min(unit, 64)),
            check,
            self._packed,
            round_mm(size[0]),
            round_mm(size[1]),
            sides,
            copies,
        )


class UrfRaster(_RasterReader):
    """Apple raster."""

    _format = sniff.URF
    _file_header_octets = 12
    _SIDES: ClassVar = {2: "two-sided-short-edge", 3: "two-sided-long-edge"}
    _CHECKS: ClassVar = {
        (0, 8): "grey",
        (4, 8): "grey",
        (1, 24): "rgb8",
        (3, 24): "rgb8",
        (5, 24): "rgb8",
        (6, 32): "cmyk8",
    }

    def _file_header(self, data: bytes) -> None:
        if not data.startswith(b"UNIRAST\x00"):
            raise CannotInspect("it does not begin with UNIRAST")
        self._claimed = int.from_bytes(data[8:12], "big")

    def _page_header_octets(self) -> int:
        return 32

    def _page_header(self, data: bytes) -> _PageHeader:
        bits, space, duplex = data[0], data[1], data[2]
        width, height, resolution = struct.unpack_from(">III", data, 12)
        number = self._pages.pages + 1
        if not resolution:
            raise CannotInspect(f"page {number} has no resolution")
        if bits not in (1, 2, 4, 8, 16, 24, 32, 48, 64):
            raise CannotInspect(f"page {number} has {bits} bits per pixel")
        return _PageHeader(
            (width * bits + 7) // 8,
            height,
            max(1, bits // 8),
            self._CHECKS.get((space, bits), "grey" if space in (0, 4) else "colour"),
            True,
            round_mm(width * 25.4 / resolution),
            round_mm(height * 25.4 / resolution),
            self._SIDES.get(duplex, "one-sided"),
            None,
        )

    def finish(self) -> Found:
        """As for every raster; says so when the file header promised another number of pages."""
        found = super().finish()
        if self._claimed and self._claimed != found.pages:
            warning = f"it has {found.pages} pages, its header says {self._claimed}"
            return Found(found.format, found.page_list, found.settings, (*found.warnings, warning))
        return found
