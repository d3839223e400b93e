"""Colour in PCL 5c: palettes, foreground colour, and raster rows in every encoding that can be read.

Promises: says "colour" when a mark needs more than black; where an encoding cannot be read it says colour
rather than grey, because an unpaid colour page is the error that nobody reports. Bounded: one row is kept,
as delta row compression needs it. Never: knows pages or commands.

Standard: HP PCL 5 Color Technical Reference, chapters 2 (palettes), 4 (CID) and 6 (raster graphics).
"""

from plantin.inspect import limits

Rgb = tuple[float, ...]

_BLACK, _WHITE = (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)
_RGB_PALETTE: tuple[Rgb, ...] = tuple((float(i & 1), float(i >> 1 & 1), float(i >> 2 & 1)) for i in range(8))
_CMY_PALETTE: tuple[Rgb, ...] = tuple(tuple(1.0 - v for v in rgb) for rgb in _RGB_PALETTE)


class PclColour:
    """The colour state of a PCL 5 stream."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """As after ESC E: two entries, white and black, and a black foreground."""
        self.palette: list[Rgb] = [_WHITE, _BLACK]
        self.foreground_is_colour = False
        self._planes = 1
        self._bits_per_index = 1
        self._pixel_mode = 0
        self._space = 0
        self._fixed = ""
        self._components: list[float] = [0.0, 0.0, 0.0]
        self._compression = 0
        self._row: dict[int, bytes] = {}
        self._plane = 0
        self._pending: list[bytes] = []

    def simple_palette(self, planes: int) -> None:
        """``ESC * r # U``: 3 RGB, 1 black, -3 CMY, -4 KCMY."""
        self._pixel_mode = 0
        self._space = 0
        self.foreground_is_colour = False
        self._fixed = {3: "rgb", -3: "cmy", -4: "kcmy"}.get(planes, "")
        self._planes = abs(planes) or 1
        self._bits_per_index = self._planes
        if planes == 3:
            self.palette = list(_RGB_PALETTE)
        elif planes == -3:
            self.palette = list(_CMY_PALETTE)
        else:
            self.palette = [_WHITE, _BLACK]

    def configure(self, data: bytes) -> None:
        """``ESC * v # W``: configure image data."""
        if len(data) < 6:
            return
        self._space, self._pixel_mode, bits = data[0], data[1], data[2]
        self._fixed = ""
        self._bits_per_index = min(max(bits, 1), 8)
        self._planes = self._bits_per_index if self._pixel_mode in (0, 2) else 1
        if self._pixel_mode == 2:
            self._planes = 3
        count = 1 << self._bits_per_index
        if count <= 2:
            self.palette = [_WHITE, _BLACK]
        else:
            base = _CMY_PALETTE if self._space == 1 else _RGB_PALETTE
            self.palette = [base[i % 8] for i in range(count)]

    def component(self, index: int, value: float) -> None:
        """``ESC * v # A|B|C``: one colour component."""
        self._components[index] = value

    def assign(self, index: int) -> None:
        """``ESC * v # I``: the components become a palette entry."""
        if 0 <= index < 256:
            while len(self.palette) <= index:
                self.palette.append(_BLACK)
            self.palette[index] = tuple(self._components)
        self._components = [0.0, 0.0, 0.0]

    def choose(self, index: int) -> None:
        """``ESC * v # S``: foreground colour."""
        self.foreground_is_colour = _chromatic(self.palette[index % len(self.palette)])

    def compression(self, method: int) -> None:
        self._compression = method

    def start_raster(self) -> None:
        self._row.clear()
        self._pending.clear()
        self._plane = 0

    def plane(self, data: bytes, *, last: bool) -> tuple[bool, bool]:
        """One plane (``ESC * b # V``) or row (``ESC * b # W``): does it mark, does it mark in colour."""
        row = self._unpack(self._plane, data)
        if row is None:
            self._plane = 0
            self._pending.clear()
            return True, self._may_be_colour()
        if self._planes > 1 and self._pixel_mode in (0, 2):
            self._pending.append(row)
            self._plane = min(self._plane + 1, 16)
            if not last:
                return False, False
            planes, self._pending = self._pending, []
            self._plane = 0
            return any(map(any, planes)), self._planes_colour(planes)
        self._plane = 0
        return any(row), any(row) and self._pixels_colour(row)

    def _may_be_colour(self) -> bool:
        if self._pixel_mode == 3 or self._fixed:
            return True
        return any(map(_chromatic, self.palette))

    def _planes_colour(self, planes: list[bytes]) -> bool:
        if self._fixed == "kcmy":
            return any(map(any, planes[1:4]))
        if not any(map(_chromatic, self.palette)) and self._pixel_mode == 0:
            return False
        size = max(map(len, planes))
        padded = {plane.ljust(size, b"\x00") for plane in planes}
        complete = len(planes) == self._planes
        return not (complete and len(padded) == 1)

    def _pixels_colour(self, row: bytes) -> bool:
        if self._pixel_mode == 3:
            if self._space not in (0, 1, 2):
                return True
            whole = len(row) - len(row) % 3
            # Octets that the sender cut from the row's end are zero, as delta row and the defaults have them.
            rest = row[whole:].ljust(3, b"\x00") if len(row) % 3 else b""
            pixels = row[:whole] + rest
            green = pixels[1::3]
            return pixels[0::3] != green or green != pixels[2::3]
        if not any(map(_chromatic, self.palette)):
            return False
        if self._bits_per_index == 8:
            return any(_chromatic(self.palette[i % len(self.palette)]) for i in set(row))
        if self._bits_per_index in (2, 4):
            per = 8 // self._bits_per_index
            mask = (1 << self._bits_per_index) - 1
            used = {o >> (self._bits_per_index * k) & mask for o in set(row) for k in range(per)}
            return any(_chromatic(self.palette[i % len(self.palette)]) for i in used)
        return any(map(_chromatic, self.palette[:2]))

    def _unpack(self, plane: int, data: bytes) -> bytes | None:
        method = self._compression
        if method == 0:
            row: bytes | None = data
        elif method == 1:
            row = _run_length(data)
        elif method == 2:
            row = packbits(data)
        elif method == 3:
            row = delta_row(self._row.get(plane, b""), data)
        elif method == 9:
            row = _replacement_delta_row(self._row.get(plane, b""), data)
        else:
            row = None
        if row is not None:
            self._row[plane] = row
        return row


def _chromatic(rgb: Rgb) -> bool:
    return len(set(rgb)) > 1


def _run_length(data: bytes) -> bytes:
    return b"".join(bytes([data[i + 1]]) * (data[i] + 1) for i in range(0, len(data) - 1, 2))


def packbits(data: bytes) -> bytes:
    """TIFF PackBits, bounded by the limits; what cannot be read is left out."""
    out = bytearray()
    i = 0
    while i < len(data) and len(out) < limits.RASTER_LINE_OCTETS_MAX * 64:
        code = data[i]
        i += 1
        if code < 128:
            out += data[i : i + code + 1]
            i += code + 1
        elif code > 128:
            out += data[i : i + 1] * (257 - code)
            i += 1
    return bytes(out)


def delta_row(seed: bytes, data: bytes) -> bytes:
    """One row in delta row compression over the row before it."""
    row = bytearray(seed)
    position = i = 0
    while i < len(data):
        command = data[i]
        i += 1
        count = (command >> 5) + 1
        offset = command & 31
        if offset == 31:
            while i < len(data):
                more = data[i]
                i += 1
                offset += more
                if more != 255:
                    break
        position += offset
        if position + count > limits.RASTER_LINE_OCTETS_MAX:
            break
        if len(row) < position + count:
            row.extend(bytes(position + count - len(row)))
        chunk = data[i : i + count]
        row[position : position + len(chunk)] = chunk
        position += count
        i += count
    return bytes(row)


def _replacement_delta_row(seed: bytes, data: bytes) -> bytes:
    """Method 9: delta row with run lengths (DeskJet Technical Reference)."""
    row = bytearray(seed)
    position = i = 0
    while i < len(data):
        command = data[i]
        packed = command & 0x80 != 0
        offset, count = (command >> 5 & 3, command & 31) if packed else (command >> 3 & 15, command & 7)
        i += 1
        if offset == (3 if packed else 15):
            more, i = _extended(data, i)
            offset += more
        if count == (31 if packed else 7):
            more, i = _extended(data, i)
            count += more
        count += 2 if packed else 1
        position += offset
        if position + count > limits.RASTER_LINE_OCTETS_MAX:
            break
        if len(row) < position + count:
            row.extend(bytes(position + count - len(row)))
        chunk = data[i : i + 1] * count if packed else data[i : i + count]
        row[position : position + len(chunk)] = chunk
        i += 1 if packed else count
        position += count
    return bytes(row)


def _extended(data: bytes, i: int) -> tuple[int, int]:
    """A count that goes on while its octets are 255, and where it ends."""
    total = 0
    while i < len(data):
        octet = data[i]
        i += 1
        total += octet
        if octet != 255:
            break
    return total, i
