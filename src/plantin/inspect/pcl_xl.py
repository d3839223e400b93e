"""PCL XL (PCL 6 enhanced) in its binary bindings, inspected while it arrives.

Promises: one page per EndPage with its size, sides, copies and colour; colour from the brush and pen that
paint, from palettes, and from image data in all four compressions; bounded memory. Never: renders, reads
fonts.

Standard: HP PCL XL Feature Reference, protocol class 2.x and 3.0: stream header, tag values, attribute
numbers.
"""

import struct
from collections.abc import Callable
from typing import Any

from plantin.inspect import limits, sniff
from plantin.inspect.jpeg_colour import jpeg_is_colour
from plantin.inspect.media import A4, PCL_XL_MEDIA, Size, size_of
from plantin.inspect.pcl_colour import delta_row, packbits
from plantin.inspect.report import CannotInspect, Found, PageInfo, PageList, Settings, round_mm

_SCALARS = {0xC0: "B", 0xC1: "H", 0xC2: "I", 0xC3: "h", 0xC4: "i", 0xC5: "f"}
_UNIT_MM = {0: 25.4, 1: 1.0, 2: 0.1}
_DUPLEX = {0: "two-sided-short-edge", 1: "two-sided-long-edge"}
_COLOUR_SPACE, _PALETTE_DATA = 3, 6
_RGB_COLOUR, _PRIMARY_ARRAY = 11, 14
_MEDIA_SIZE, _ORIENTATION, _CUSTOM_SIZE, _CUSTOM_UNITS, _PAGE_COPIES = 37, 40, 47, 48, 49
_SIMPLEX, _DUPLEX_MODE = 52, 53
_COLOUR_DEPTH, _BLOCK_HEIGHT, _COLOUR_MAPPING, _COMPRESSION, _SOURCE_WIDTH = 98, 99, 100, 101, 108
_BRUSH_PAINTS = frozenset({0x86, 0xA0, 0xA1, 0x91, 0x93, 0x99, 0x95, 0xA8, 0xB9, 0xA2, 0xA3})
_STATE = ("_brush", "_pen", "_space", "_palette_colour")
_GS_DEPTH_MAX = 64


class PclXl:
    """A PCL XL part of a job, from its stream header.

    Args:
        paper: the size before the stream says one, millimetres.
        sides: the sides before the stream says, or None.
    """

    def __init__(self, paper: Size | None = None, sides: str | None = None) -> None:
        self._buffer = bytearray()
        self._pages = PageList()
        self._warnings: list[str] = []
        self._order = "<"
        self._header = True
        self._ended = False
        self._values: list[Any] = []
        self._attributes: dict[int, Any] = {}
        self._skip = 0
        self._take: Callable[[bytes], None] | None = None
        self._taken = bytearray()
        self._paper: Size = paper or A4
        self._sides = sides
        self._in_page = False
        self._orientation: Any = 0
        self._page_colour = False
        self._brush = self._pen = False
        self._space = 1
        self._palette_colour: bool | None = None
        self._stack: list[tuple[Any, ...]] = []
        self._image: dict[str, Any] = {}
        self._operators: dict[int, Callable[[], None]] = {
            0x43: self._begin_page,
            0x44: self._end_page,
            0x60: self._pop,
            0x61: self._push,
            0x63: self._set_brush,
            0x79: self._set_pen,
            0x6A: self._set_space,
            0xB0: self._begin_image,
            0xB1: self._read_image,
            0xB3: self._begin_image,
            0xB4: self._read_image,
        }

    def feed(self, data: bytes) -> bytes:
        """Takes the next octets; returns what is left over when a universal exit ended the part.

        Raises:
            CannotInspect: when the stream cannot be followed any further and held no page yet.
        """
        self._buffer += data
        position = 0
        while position < len(self._buffer) and not self._ended:
            if self._skip:
                position += self._data(position)
                continue
            step = self._step(position)
            if step == 0:
                break
            position += step
        rest = bytes(self._buffer[position:]) if self._ended else b""
        del self._buffer[: len(self._buffer) if self._ended else position]
        return rest

    def finish(self) -> Found:
        """What the part held; a page that was begun and not ended counts, with a warning."""
        if self._in_page:
            self._warnings.append(f"it ends in the middle of page {self._pages.pages + 1}")
            self._end_page()
        return Found(sniff.PCL_XL, self._pages.runs(), Settings(), tuple(self._warnings))

    def _data(self, position: int) -> int:
        chunk = self._buffer[position : position + self._skip]
        self._skip -= len(chunk)
        if self._take is not None:
            self._taken += chunk
            if not self._skip:
                take, data = self._take, bytes(self._taken)
                self._take = None
                self._taken.clear()
                take(data)
        return len(chunk)

    def _step(self, position: int) -> int:
        if self._header:
            return self._stream_header(position)
        tag = self._buffer[position]
        if tag == 0x1B:
            return self._universal_exit(position)
        if tag in (0x00, 0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x20):
            return 1
        if tag in (0xF8, 0xF9):
            return self._attribute(position, 1 if tag == 0xF8 else 2)
        if tag in (0xFA, 0xFB):
            return self._embedded(position, 4 if tag == 0xFA else 1)
        if tag >= 0xC0:
            return self._value(position, tag)
        operator = self._operators.get(tag)
        if operator is not None:
            operator()
        elif tag in _BRUSH_PAINTS:
            self._page_colour = self._page_colour or self._brush or self._pen
        elif not 0x41 <= tag <= 0xBF:
            raise CannotInspect(f"octet {tag:#04x} is no PCL XL tag, after {self._pages.pages} pages")
        if tag != 0xB1:
            self._values.clear()
            self._attributes.clear()
        return 1

    def _stream_header(self, position: int) -> int:
        end = self._buffer.find(b"\n", position)
        if end < 0:
            if len(self._buffer) - position > limits.PJL_LINE_OCTETS_MAX:
                raise CannotInspect("its PCL XL stream header does not end")
            return 0
        mark = self._buffer[position : position + 1]
        if mark == b"'":
            raise CannotInspect("it is in the ASCII binding of PCL XL, which no device takes")
        self._order = ">" if mark == b"(" else "<"
        self._header = False
        return end + 1 - position

    def _universal_exit(self, position: int) -> int:
        head = bytes(self._buffer[position : position + len(sniff.UEL)])
        if head == sniff.UEL:
            self._ended = True
            return 0
        if sniff.UEL.startswith(head):
            return 0
        raise CannotInspect(f"an escape stands between its tags, after {self._pages.pages} pages")

    def _attribute(self, position: int, size: int) -> int:
        if len(self._buffer) - position < 1 + size:
            return 0
        kind = self._order + ("B" if size == 1 else "H")
        number = int(struct.unpack_from(kind, self._buffer, position + 1)[0])
        if self._values:
            self._attributes[number] = self._values.pop()
            self._values.clear()
        return 1 + size

    def _embedded(self, position: int, size: int) -> int:
        if len(self._buffer) - position < 1 + size:
            return 0
        self._skip = struct.unpack_from(
            self._order + ("I" if size == 4 else "B"), self._buffer, position + 1
        )[0]
        if self._take is not None and self._skip > limits.STREAM_OCTETS_MAX:
            self._take = None
            self._page_colour = True
        if not self._skip:
            self._take = None
        return 1 + size

    def _value(self, position: int, tag: int) -> int:
        buffer = self._buffer
        kind = _SCALARS.get(tag & 0xC7)
        if kind is None or tag > 0xE7:
            raise CannotInspect(f"octet {tag:#04x} is no PCL XL data type, after {self._pages.pages} pages")
        start = position + 1
        shape = tag & 0xF8
        if shape == 0xC8:
            if len(buffer) - start < 3:
                return 0
            if buffer[start] not in (0xC0, 0xC1):
                raise CannotInspect(f"an array has no length, after {self._pages.pages} pages")
            wide = buffer[start] == 0xC1
            count = struct.unpack_from(self._order + ("H" if wide else "B"), buffer, start + 1)[0]
            start += 3 if wide else 2
        else:
            count = {0xC0: 1, 0xD0: 2, 0xE0: 4}.get(shape, 1)
        octets = struct.calcsize(kind) * int(count)
        if len(buffer) - start < octets:
            return 0
        if kind == "B":
            value: Any = bytes(buffer[start : start + octets])
            value = value[0] if shape == 0xC0 else value
        else:
            values = struct.unpack_from(f"{self._order}{count}{kind}", buffer, start)
            value = values[0] if shape == 0xC0 else values
        if len(self._values) < 64:
            self._values.append(value)
        return start + octets - position

    def _begin_page(self) -> None:
        given = self._attributes
        size: Size | None = None
        media = given.get(_MEDIA_SIZE)
        if isinstance(media, int):
            size = size_of(PCL_XL_MEDIA.get(media, ""))
        elif isinstance(media, bytes):
            size = size_of(media.decode("latin-1"))
        custom = given.get(_CUSTOM_SIZE)
        if isinstance(custom, tuple) and len(custom) == 2:
            unit = _UNIT_MM.get(given.get(_CUSTOM_UNITS, 0), 25.4)
            width, height = (float(v) * unit for v in custom)
            if 0 < width < 1e5 and 0 < height < 1e5:
                size = round_mm(width), round_mm(height)
        self._paper = size or self._paper
        if _SIMPLEX in given:
            self._sides = "one-sided"
        elif _DUPLEX_MODE in given:
            self._sides = _DUPLEX.get(given[_DUPLEX_MODE], "two-sided-long-edge")
        self._orientation = given.get(_ORIENTATION, 0)
        self._in_page = True
        self._page_colour = False
        self._brush = self._pen = False
        self._space, self._palette_colour = 1, None
        self._stack.clear()

    def _end_page(self) -> None:
        copies = self._attributes.get(_PAGE_COPIES)
        if not isinstance(copies, int):
            copies = None
        elif copies == 0:
            self._in_page = False
            return
        width, height = self._paper
        if self._orientation in (1, 3):
            width, height = height, width
        self._pages.add(PageInfo(self._page_colour, width, height, self._sides, copies))
        self._in_page = False

    def _push(self) -> None:
        if len(self._stack) < _GS_DEPTH_MAX:
            self._stack.append(tuple(getattr(self, name) for name in _STATE))

    def _pop(self) -> None:
        if self._stack:
            for name, value in zip(_STATE, self._stack.pop(), strict=True):
                setattr(self, name, value)

    def _source_is_colour(self) -> bool:
        given = self._attributes
        value = given.get(_RGB_COLOUR, given.get(_PRIMARY_ARRAY))
        if isinstance(value, (bytes, tuple)) and len(value) >= 3:
            return len(set(value[:3])) > 1
        # Grey levels and null sources are no colour; a raster pattern's colour counted when its data came.
        return False

    def _set_brush(self) -> None:
        self._brush = self._source_is_colour()

    def _set_pen(self) -> None:
        self._pen = self._source_is_colour()

    def _set_space(self) -> None:
        space = self._attributes.get(_COLOUR_SPACE)
        if isinstance(space, int):
            self._space = space
        palette = self._attributes.get(_PALETTE_DATA)
        if isinstance(palette, bytes):
            self._palette_colour = self._space != 1 and _rgb_is_colour(palette)

    def _begin_image(self) -> None:
        given = self._attributes
        self._image = {
            "indexed": given.get(_COLOUR_MAPPING) == 1,
            "bits": {0: 1, 1: 4, 2: 8}.get(given.get(_COLOUR_DEPTH, 2), 8),
            "width": given.get(_SOURCE_WIDTH, 0),
            "seed": b"",
        }

    def _read_image(self) -> None:
        compression = self._attributes.get(_COMPRESSION, 0)
        height = self._attributes.get(_BLOCK_HEIGHT, 1)
        self._take = None
        self._values.clear()
        self._attributes.clear()
        if self._page_colour or not self._image:
            return
        if self._image["indexed"]:
            self._page_colour = bool(self._palette_colour)
            return
        if self._space == 1:
            return
        if self._space not in (2, 5, 6) or self._image["bits"] != 8:
            self._page_colour = True
            return
        self._taken.clear()
        self._take = lambda data: self._image_data(data, compression, height)

    def _image_data(self, data: bytes, compression: int, height: int) -> None:
        octets = self._image["width"] * 3 if isinstance(self._image["width"], int) else 0
        line = (octets + 3) // 4 * 4
        if compression == 2:
            self._page_colour = jpeg_is_colour(data)
            return
        if compression == 0:
            pixels = data
        elif compression == 1:
            pixels = packbits(data)
        elif compression == 3:
            self._page_colour = self._delta_rows(data, octets, height)
            return
        else:
            self._page_colour = True
            return
        if not line:
            return
        self._page_colour = any(
            _rgb_is_colour(pixels[i : i + octets]) for i in range(0, len(pixels) - octets + 1, line)
        )

    def _delta_rows(self, data: bytes, octets: int, height: int) -> bool:
        row = bytes(octets) if height else b""
        i = 0
        for _ in range(min(height, 65_536)):
            if i + 2 > len(data):
                break
            size = struct.unpack_from(self._order + "H", data, i)[0]
            row = delta_row(row, data[i + 2 : i + 2 + size])
            i += 2 + size
            if _rgb_is_colour(row[:octets]):
                return True
        return False


def _rgb_is_colour(pixels: bytes) -> bool:
    whole = len(pixels) - len(pixels) % 3
    green = pixels[1:whole:3]
    return pixels[0:whole:3] != green or green != pixels[2:whole:3]
