"""Epson ESC/P and ESC/P2, inspected while it arrives: at least counted, with the colour the commands tell.

Promises: a page per form feed, and one for marks that no form feed ejects; remote mode, raster and graphics
data are skipped by their own lengths, so that a form feed inside an image is no page. Never: measures line
spacing, so continuous text without form feeds counts as one page per 66 lines.

Standard: Epson ESC/P Reference Manual (December 1997), commands by name in the tables below.
"""

from collections.abc import Callable

from plantin.inspect import sniff
from plantin.inspect.media import A4, Size
from plantin.inspect.report import Found, PageInfo, PageList, Settings

_LINES = 66
_ONE_ARGUMENT = frozenset(b"!+-/3AJKNQRSUWaijklprstw xz%\x19cfIVqe")
_TWO_ARGUMENTS = frozenset(b"$\\C")
_UNTIL_NUL = frozenset(b"BDb")
_BIT_IMAGE_COLUMNS = {32: 3, 33: 3, 38: 3, 39: 3, 40: 3, 71: 6, 72: 6, 73: 6}


class EscP2:
    """An ESC/P2 document."""

    def __init__(self, paper: Size | None = None, sides: str | None = None) -> None:
        self._paper = paper or A4
        self._sides = sides
        self._buffer = bytearray()
        self._pages = PageList()
        self._skip = 0
        self._marked = self._colour = self._foreground = False
        self._lines = 0
        self._commands: dict[int, Callable[[int], int]] = {
            0x28: self._extended,
            0x2E: self._raster,
            0x2A: self._bit_image,
            0x69: self._colour_raster,
            0x40: self._reset,
        }

    def feed(self, data: bytes) -> bytes:
        """Takes the next octets.

        Raises:
            CannotInspect: when a limit is exceeded.
        """
        self._buffer += data
        position = 0
        while position < len(self._buffer):
            if self._skip:
                step = min(self._skip, len(self._buffer) - position)
                self._skip -= step
            else:
                step = self._step(position)
            if step == 0:
                break
            position += step
        del self._buffer[:position]
        return b""

    def finish(self) -> Found:
        if self._marked:
            self._eject()
        return Found(sniff.ESCP2, self._pages.runs(), Settings())

    def _step(self, position: int) -> int:
        octet = self._buffer[position]
        if octet == 0x1B:
            return self._escape(position)
        if octet == 0x0C:
            self._eject()
        elif octet == 0x0A:
            self._lines += 1
            if self._lines >= _LINES and self._marked:
                self._eject()
        elif octet > 0x20:
            self._mark()
        return 1

    def _escape(self, position: int) -> int:
        if len(self._buffer) - position < 2:
            return 0
        command = self._buffer[position + 1]
        handler = self._commands.get(command)
        if handler is not None:
            return handler(position)
        if command == 0x01:  # exit packet mode: @EJL lines up to an escape
            end = self._buffer.find(b"\x1b", position + 1)
            return end - position if end > 0 else 0
        if command == 0x72:
            if len(self._buffer) - position < 3:
                return 0
            self._foreground = self._buffer[position + 2] not in (0, 0x30)
            return 3
        if command in _UNTIL_NUL:
            end = self._buffer.find(b"\x00", position + 2)
            return end + 1 - position if end >= 0 else 0
        size = 3 if command in _ONE_ARGUMENT else 4 if command in _TWO_ARGUMENTS else 2
        return size if len(self._buffer) - position >= size else 0

    def _extended(self, position: int) -> int:
        buffer = self._buffer
        if len(buffer) - position < 5:
            return 0
        self._skip = buffer[position + 3] + 256 * buffer[position + 4]
        return 5

    def _raster(self, position: int) -> int:
        buffer = self._buffer
        if len(buffer) - position < 8:
            return 0
        mode, rows = buffer[position + 2], buffer[position + 5]
        octets = (buffer[position + 6] + 256 * buffer[position + 7] + 7) // 8
        self._mark()
        if mode == 0:
            self._skip = octets * max(rows, 1)
            return 8
        if mode == 1:
            return self._packed(position, 8, octets * max(rows, 1))
        return 8

    def _colour_raster(self, position: int) -> int:
        """``ESC i colour compression bits lines-of-octets rows``: raster in one ink."""
        buffer = self._buffer
        if len(buffer) - position < 9:
            return 0
        colour, packed = buffer[position + 2], buffer[position + 3]
        octets = buffer[position + 5] + 256 * buffer[position + 6]
        rows = buffer[position + 7] + 256 * buffer[position + 8]
        self._mark()
        self._colour = self._colour or colour & 0x0F != 0
        if packed == 1:
            return self._packed(position, 9, octets * rows)
        self._skip = octets * rows
        return 9

    def _packed(self, position: int, header: int, octets: int) -> int:
        """The size of a command whose PackBits data unpack to ``octets``; 0 while it is not complete."""
        buffer = self._buffer
        i = position + header
        while octets > 0:
            if i >= len(buffer):
                return 0
            code = buffer[i]
            if code < 128:
                octets -= code + 1
                i += code + 2
            elif code > 128:
                octets -= 257 - code
                i += 2
            else:
                i += 1
        return i - position if i <= len(buffer) else 0

    def _bit_image(self, position: int) -> int:
        buffer = self._buffer
        if len(buffer) - position < 5:
            return 0
        columns = buffer[position + 3] + 256 * buffer[position + 4]
        self._skip = columns * _BIT_IMAGE_COLUMNS.get(buffer[position + 2], 1)
        self._mark()
        return 5

    def _reset(self, position: int) -> int:
        self._foreground = False
        return 2

    def _mark(self) -> None:
        self._marked = True
        self._colour = self._colour or self._foreground

    def _eject(self) -> None:
        self._pages.add(PageInfo(self._colour, *self._paper, self._sides))
        self._marked = self._colour = False
        self._lines = 0
