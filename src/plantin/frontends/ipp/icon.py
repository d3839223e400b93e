"""The printer icon that printer-icons points at, drawn here: PNG (ISO/IEC 15948), 48, 128 and 512 pixels."""

import struct
import zlib
from functools import lru_cache
from typing import Final

SIZES: Final = (48, 128, 512)
_CLEAR: Final = b"\x00\x00\x00\x00"
_BODY: Final = b"\x3b\x4a\x5a\xff"
_PAPER: Final = b"\xf7\xf5\xee\xff"
_LINE: Final = b"\x9a\xa3\xad\xff"
_LAMP: Final = b"\x4c\xaf\x50\xff"

_BOXES: Final = (
    (0.24, 0.08, 0.76, 0.42, _PAPER),
    (0.32, 0.16, 0.68, 0.19, _LINE),
    (0.32, 0.24, 0.68, 0.27, _LINE),
    (0.10, 0.38, 0.90, 0.78, _BODY),
    (0.76, 0.46, 0.83, 0.53, _LAMP),
    (0.22, 0.62, 0.78, 0.92, _PAPER),
    (0.30, 0.70, 0.70, 0.73, _LINE),
    (0.30, 0.80, 0.58, 0.83, _LINE),
)
"""Left, top, right, bottom as fractions of the side, and the colour; later ones lie on top."""


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


@lru_cache(maxsize=len(SIZES))
def icon(size: int) -> bytes:
    """A square PNG of ``size`` pixels, one of :data:`SIZES`."""
    rows = []
    for y in range(size):
        row = [_CLEAR] * size
        for left, top, right, bottom, colour in _BOXES:
            if int(top * size) <= y < int(bottom * size):
                start, end = int(left * size), int(right * size)
                row[start:end] = [colour] * (end - start)
        rows.append(b"\x00" + b"".join(row))
    header = struct.pack(">IIBBBBB", size, size, 8, 6, 0, 0, 0)
    data = zlib.compress(b"".join(rows), 9)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")
