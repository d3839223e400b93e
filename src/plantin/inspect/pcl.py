"""PCL 5e and 5c (and the HP-GL/2 inside), inspected while it arrives.

Promises: pages as a device ejects them: form feed always, reset and universal exit only when something is
marked, paper source, size, sides and orientation changes when something is marked, and a text page that
runs over its last line; copies, sides and paper size as the stream sets them; colour by palette, foreground
and raster content. Bounded memory: one escape sequence's data at most is skipped, raster rows up to a limit
are read. Never: renders.

Standard: HP PCL 5 Printer Language Technical Reference Manual (chapters 2, 4, 5, 6), PCL 5 Color Technical
Reference Manual.
"""

import re
from collections.abc import Callable

from plantin.inspect import limits, sniff
from plantin.inspect.media import A4, PCL_PAGE_SIZES, Size, size_of
from plantin.inspect.pcl_colour import PclColour
from plantin.inspect.report import CannotInspect, Found, PageInfo, PageList, Settings

UEL = sniff.UEL
_ESC = 0x1B
_FF, _LF = 0x0C, 0x0A
_SIMPLE = frozenset(range(0x30, 0x7F))
_PLAIN = re.compile(rb"[^\x1b\x0c\x0a]+")
_MARKS = re.compile(rb"[!-\x7e\xa0-\xff]")
_VALUE = re.compile(rb"[+\-]?[0-9.]*")
_SIDES = {0: "one-sided", 1: "two-sided-long-edge", 2: "two-sided-short-edge"}
_HPGL_MARKS = re.compile(rb"(?:PD|LB|AA|AR|CI|EA|ER|EW|FP|PE|RA|RR|WG|EP)", re.IGNORECASE)
_HPGL_PEN = re.compile(rb"SP\s*(\d+)", re.IGNORECASE)
_TEXT_DATA = frozenset({(b"&p", 0x58)})


class Pcl:
    """A PCL 5 part of a job.

    Args:
        paper: the size before the stream says one (PJL PAPER), millimetres.
        sides: the sides before the stream says (PJL DUPLEX), or None.
        hpgl: True when the part begins in HP-GL/2.
    """

    def __init__(self, paper: Size | None = None, sides: str | None = None, *, hpgl: bool = False) -> None:
        self._default = (paper or A4, sides)
        self._buffer = bytearray()
        self._pages = PageList()
        self._warnings: list[str] = []
        self._colour = PclColour()
        self._skip = 0
        self._take: Callable[[bytes], None] | None = None
        self._taken = bytearray()
        self._hpgl = hpgl
        self._group = b""
        """DeskJet: after the data of a lower-case ``v`` or ``w`` the same sequence goes on."""
        self._marked = False
        self._page_colour = False
        self._landscape = False
        self._paper, self._sides = self._default
        self._copies: int | None = None
        self._line = 0.0
        self._line_height = 50.0
        self._format = sniff.HPGL if hpgl else sniff.PCL
        self.ended = False

    def feed(self, data: bytes) -> bytes:
        """Takes the next octets; returns what is left over when a universal exit ended the part.

        Raises:
            CannotInspect: when the document exceeds a limit.
        """
        self._buffer += data
        position = 0
        while position < len(self._buffer) and not self.ended:
            step = self._step(position)
            if step == 0:
                break
            position += step
        rest = bytes(self._buffer[position:]) if self.ended else b""
        del self._buffer[: len(self._buffer) if self.ended else position]
        return rest

    def finish(self) -> Found:
        """What the part held; a page that is marked and never ejected counts, as devices print it."""
        if self._marked:
            self._eject()
        return Found(self._format, self._pages.runs(), Settings(), tuple(self._warnings))

    def _step(self, position: int) -> int:
        if self._skip:
            return self._data(position)
        if self._hpgl:
            return self._plot(position)
        if self._group:
            return self._parameters(position, position, self._group)
        octet = self._buffer[position]
        if octet == _ESC:
            return self._escape(position)
        if octet == _FF:
            self._eject()
            return 1
        if octet == _LF:
            self._line_feed()
            return 1
        plain = _PLAIN.match(self._buffer, position)
        if plain is None:
            return 1
        if _MARKS.search(plain[0]):
            self._mark(self._colour.foreground_is_colour)
        return plain.end() - position

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

    def _plot(self, position: int) -> int:
        end = self._buffer.find(b"\x1b", position)
        if end == position:
            self._hpgl = False
            return self._escape(position)
        chunk = bytes(self._buffer[position : end if end >= 0 else len(self._buffer)])
        if _HPGL_MARKS.search(chunk):
            pens = [int(pen[:6]) for pen in _HPGL_PEN.findall(chunk)]
            self._mark(any(pen > 1 for pen in pens) or self._colour.foreground_is_colour)
        if self._format == sniff.HPGL and re.search(rb"PG", chunk):
            self._eject_if_marked()
        return len(chunk)

    def _escape(self, position: int) -> int:
        buffer = self._buffer
        if len(buffer) - position < 2:
            return 0
        kind = buffer[position + 1]
        if kind == 0x25:
            return self._percent(position)
        if 0x21 <= kind <= 0x2F:
            return self._parameterised(position)
        if kind == 0x45:
            self._reset()
        elif kind not in _SIMPLE:
            return 1
        return 2

    def _percent(self, position: int) -> int:
        buffer = self._buffer
        head = bytes(buffer[position : position + len(UEL)])
        if head == UEL:
            self._eject_if_marked()
            self.ended = True
            return 0
        if UEL.startswith(head):
            return 0
        match = re.compile(rb"\x1b%[+\-]?\d{0,9}").match(buffer, position)
        if match is None or match.end() >= len(buffer):
            return 0 if len(buffer) - position < 16 else 2
        self._hpgl = buffer[match.end()] == 0x42
        return match.end() + 1 - position

    def _parameterised(self, position: int) -> int:
        """``ESC X y value1 z1 value2 z2 … Z``: all of it or, when it is not complete, nothing."""
        buffer = self._buffer
        i = position + 2
        group = bytes(buffer[position + 1 : position + 2])
        if i < len(buffer) and 0x60 <= buffer[i] <= 0x7E:
            group += bytes(buffer[i : i + 1])
            i += 1
        return self._parameters(position, i, group)

    def _parameters(self, position: int, i: int, group: bytes) -> int:
        buffer = self._buffer
        commands: list[tuple[float, int]] = []
        more = b""
        while True:
            value = _VALUE.match(buffer, i)
            i = value.end() if value is not None else i
            if i >= len(buffer):
                if i - position > 64 * limits.PCL_VALUE_OCTETS_MAX:
                    self._group = b""
                    return 2
                return 0
            end = buffer[i]
            i += 1
            if not (0x40 <= end <= 0x7E):
                i -= 1
                break
            text = value[0] if value is not None else b""
            commands.append((_number(bytes(text)), end & 0x5F))
            if end <= 0x5E:
                break
            if end == 0x77 or (group == b"*b" and end == 0x76):
                more = group
                break
        ended_group, self._group = self._group, more
        for number, command in commands:
            self._command(group, number, command)
        # Nothing was there to go on with: the octet is the next command's.
        return max(i - position, 0 if ended_group else 1) or self._step(position)

    def _command(self, group: bytes, value: float, command: int) -> None:
        number = int(value)
        if command == 0x57 or (group, command) in _TEXT_DATA or (group == b"*b" and command == 0x56):
            self._begin_data(group, command, max(0, number))
        elif group == b"&l":
            self._page_control(command, number, value)
        elif group == b"*v":
            self._colour_control(command, number, value)
        elif group == b"*r":
            if command == 0x55:
                self._colour.simple_palette(number)
            elif command == 0x41:
                self._colour.start_raster()
        elif group == b"*b":
            if command == 0x4D:
                self._colour.compression(number)
            elif command == 0x59:
                self._colour.start_raster()
        elif group == b"*c" and command == 0x50:
            self._mark(self._colour.foreground_is_colour and number != 1)
        elif (group, command) in ((b"*p", 0x59), (b"&a", 0x56), (b"&a", 0x52)):
            self._move(group, command, value)

    def _begin_data(self, group: bytes, command: int, count: int) -> None:
        self._skip = count
        self._take = None
        small = count <= limits.RASTER_LINE_OCTETS_MAX
        if group == b"*b":
            if not small:
                self._mark(True)
                return
            last = command == 0x57
            self._take = lambda data: self._raster(data, last)
            if count == 0:
                self._take(b"")
                self._take = None
        elif group == b"*v" and small:
            self._take = self._colour.configure
        elif group == b"&p" and count:
            self._mark(self._colour.foreground_is_colour)

    def _raster(self, data: bytes, last: bool) -> None:
        marks, colour = self._colour.plane(data, last=last)
        if marks:
            self._mark(colour)

    def _page_control(self, command: int, number: int, value: float) -> None:
        if command == 0x58:
            self._copies = min(max(number, 1), 32767)
        elif command == 0x53:
            self._eject_if_marked()
            self._sides = _SIDES.get(number, self._sides)
        elif command == 0x41:
            self._eject_if_marked()
            self._paper = size_of(PCL_PAGE_SIZES.get(number, "")) or self._paper
        elif command == 0x4F:
            self._eject_if_marked()
            self._landscape = number % 2 == 1
        elif command == 0x48:
            self._eject_if_marked()
        elif command == 0x43:
            self._line_height = min(max(value, 0.0), 336.0) * 300 / 48
        elif command == 0x44 and number > 0:
            self._line_height = 300 / min(number, 48)

    def _colour_control(self, command: int, number: int, value: float) -> None:
        if 0x41 <= command <= 0x43:
            self._colour.component(command - 0x41, value)
        elif command == 0x49:
            self._colour.assign(number)
        elif command == 0x53:
            self._colour.choose(max(0, number))

    def _move(self, group: bytes, command: int, value: float) -> None:
        if group == b"*p":
            self._line = value
        elif command == 0x52:
            self._line = value * self._line_height
        else:
            self._line = value * 300 / 720

    def _line_feed(self) -> None:
        self._line += self._line_height
        height = self._paper[0] if self._landscape else self._paper[1]
        # Half an inch stays free at the top and at the bottom: the default text area.
        if self._line + self._line_height > height * 300 / 25.4 - 300 + 1:
            self._eject_if_marked()
            self._line = 0.0

    def _mark(self, colour: bool) -> None:
        self._marked = True
        self._page_colour = self._page_colour or colour

    def _eject_if_marked(self) -> None:
        if self._marked:
            self._eject()

    def _eject(self) -> None:
        width, height = self._paper
        if self._landscape:
            width, height = height, width
        self._pages.add(PageInfo(self._page_colour, width, height, self._sides, self._copies))
        self._marked = self._page_colour = False
        self._line = 0.0

    def _reset(self) -> None:
        self._eject_if_marked()
        self._colour.reset()
        self._paper, self._sides = self._default
        self._copies = None
        self._landscape = False
        self._line_height = 50.0
        self._line = 0.0


def _number(text: bytes) -> float:
    """A PCL value field; 0 when it is empty or makes no sense."""
    if len(text) > limits.PCL_VALUE_OCTETS_MAX:
        raise CannotInspect("a PCL command has a value of more than 32 characters")
    try:
        return min(max(float(text), -(2.0**31)), 2.0**31)
    except ValueError:
        return 0.0
