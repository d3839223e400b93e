"""Test documents made from nothing: PDF, PostScript, JPEG, PNG and text, and a folder with the suites' names.

All are real documents that interpreters take, small, and the same on every run. The raster formats are in
`rasters`.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from tests.peers.rasters import COLOUR_TYPES, pwg_raster, urf

SIZES = {"letter": (612, 792), "legal": (612, 1008), "a4": (595, 842), "a3": (842, 1191), "4x6": (288, 432)}
"""Media by name: width and length in points."""

RESOLUTIONS = (150, 180, 300, 360, 600, 720)
"""All that ipp-everywhere.test names: it does not even start when one of the files is missing."""


def pdf(
    pages: int = 1,
    *,
    size: str = "letter",
    title: str = "Plantin test",
    colour: Collection[int] = (),
    compress: bool = False,
) -> bytes:
    """A PDF 1.4 of `pages` pages of text; the pages in `colour` (from 1) also have a red bar."""
    width, length = SIZES[size]
    kids = " ".join(f"{4 + 2 * page} 0 R" for page in range(pages))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {pages} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for page in range(1, pages + 1):
        text = f"BT /F1 24 Tf 72 {length - 72} Td ({title}: page {page} of {pages}) Tj ET\n"
        if page in colour:
            text += f"1 0 0 rg 72 {length - 144} 144 36 re f\n"
        content, filters = text.encode(), ""
        if compress:
            content, filters = zlib.compress(content), "/Filter /FlateDecode "
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {width} {length}] /Contents {3 + 2 * page} 0 R "
            "/Resources << /Font << /F1 3 0 R >> >> >>".encode()
        )
        objects.append(f"<< {filters}/Length {len(content)} >>\nstream\n".encode() + content + b"\nendstream")
    return _pdf_file(objects, title)


def _pdf_file(objects: list[bytes], title: str) -> bytes:
    data = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    offsets = []
    for number, body in enumerate([*objects, f"<< /Title ({title}) >>".encode()], 1):
        offsets.append(len(data))
        data += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
    start = len(data)
    data += f"xref\n0 {len(offsets) + 1}\n0000000000 65535 f \n".encode()
    data += b"".join(f"{offset:010d} 00000 n \n".encode() for offset in offsets)
    trailer = f"<< /Size {len(offsets) + 1} /Root 1 0 R /Info {len(offsets)} 0 R >>"
    data += f"trailer\n{trailer}\nstartxref\n{start}\n%%EOF\n".encode()
    return bytes(data)


def postscript(pages: int = 1, *, size: str = "letter", title: str = "Plantin test") -> bytes:
    """A DSC-conforming PostScript level 2 document."""
    width, length = SIZES[size]
    head = (
        f"%!PS-Adobe-3.0\n%%Title: {title}\n%%Pages: {pages}\n%%BoundingBox: 0 0 {width} {length}\n"
        "%%LanguageLevel: 2\n%%EndComments\n%%BeginSetup\n"
        f"<< /PageSize [{width} {length}] >> setpagedevice\n%%EndSetup\n"
    )
    body = "".join(
        f"%%Page: {page} {page}\n/Helvetica findfont 24 scalefont setfont 72 {length - 72} moveto "
        f"({title}: page {page} of {pages}) show showpage\n"
        for page in range(1, pages + 1)
    )
    return (head + body + "%%Trailer\n%%EOF\n").encode()


def text(lines: int = 60) -> bytes:
    """Plain text, UTF-8 with letters beyond ASCII."""
    return "".join(
        f"{line:4d}  Plantin prüft größer ça va Ελληνικά\n" for line in range(1, lines + 1)
    ).encode()


def png(width: int = 64, height: int = 64, *, colour: bool = True) -> bytes:
    """An 8-bit PNG with a gradient."""
    rows = bytearray()
    for y in range(height):
        rows.append(0)
        for x in range(width):
            rows += bytes((x * 255 // width, y * 255 // height, 128) if colour else (x * 255 // width,))

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2 if colour else 0, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(rows))) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


# JPEG (ITU-T T.81, baseline). Every 8x8 block is of one colour, so that only its DC coefficient is coded: no
# cosine transform is needed for a picture that every decoder takes.
_DC_BITS = (0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0)  # T.81 table K.3
_DC_CODES = (
    *((0b00, 2), (0b010, 3), (0b011, 3), (0b100, 3), (0b101, 3), (0b110, 3)),
    *((0b1110, 4), (0b11110, 5), (0b111110, 6), (0b1111110, 7), (0b11111110, 8), (0b111111110, 9)),
)
_AC_BITS = (1,) + (0,) * 15  # one code, 0: end of block


def jpeg(width: int = 600, height: int = 900, *, colour: bool = True) -> bytes:
    """A baseline JFIF picture of colour (or grey) squares, 4:4:4."""
    parts = 3 if colour else 1
    frame = struct.pack(">BHHB", 8, height, width, parts)
    frame += b"".join(bytes((part, 0x11, 0)) for part in range(1, parts + 1))
    scan = bytes((parts,)) + b"".join(bytes((part, 0)) for part in range(1, parts + 1)) + b"\x00\x3f\x00"
    return b"".join(
        (
            b"\xff\xd8",
            _segment(0xE0, b"JFIF\x00\x01\x01\x01" + struct.pack(">HHBB", 150, 150, 0, 0)),
            _segment(0xDB, b"\x00" + b"\x08" * 64),
            _segment(0xC0, frame),
            _segment(0xC4, b"\x00" + bytes(_DC_BITS) + bytes(range(12))),
            _segment(0xC4, b"\x10" + bytes(_AC_BITS) + b"\x00"),
            _segment(0xDA, scan),
            _entropy(_squares(width, height, colour), parts),
            b"\xff\xd9",
        )
    )


def _segment(marker: int, data: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(data) + 2) + data


def _squares(width: int, height: int, colour: bool) -> Iterator[tuple[int, ...]]:
    """Per block its DC levels in quantiser steps: Y, and Cb and Cr when in colour."""
    columns, rows = -(-width // 8), -(-height // 8)
    for row in range(rows):
        for column in range(columns):
            luma = (row * 97 // rows + column * 97 // columns) % 128 - 64
            yield (luma, column * 100 // columns - 50, row * 100 // rows - 50) if colour else (luma,)


def _entropy(blocks: Iterable[tuple[int, ...]], parts: int) -> bytes:
    out = bytearray()
    bits, count = 0, 0
    before = [0] * parts
    for levels in blocks:
        for part, level in enumerate(levels):
            difference, before[part] = level - before[part], level
            size = abs(difference).bit_length()
            code, length = _DC_CODES[size]
            value = difference if difference >= 0 else difference + (1 << size) - 1
            bits = (((bits << length | code) << size) | value) << 1  # and the one-bit end of block, 0
            count += length + size + 1
            while count >= 8:
                count -= 8
                octet = bits >> count & 0xFF
                out.append(octet)
                if octet == 0xFF:
                    out.append(0)
            bits &= (1 << count) - 1
    if count:
        last = (bits << (8 - count)) | ((1 << (8 - count)) - 1)
        out += b"\xff\x00" if last == 0xFF else bytes((last,))
    return bytes(out)


def write_documents(folder: Path, *, resolutions: Collection[int] = RESOLUTIONS) -> Path:
    """Write every sample the public ipptool suites look for, under their names; the folder itself."""
    folder.mkdir(parents=True, exist_ok=True)
    for size in ("letter", "a4"):
        (folder / f"document-{size}.pdf").write_bytes(pdf(4, size=size))
        (folder / f"onepage-{size}.pdf").write_bytes(pdf(1, size=size))
        (folder / f"document-{size}.ps").write_bytes(postscript(4, size=size))
        (folder / f"onepage-{size}.ps").write_bytes(postscript(1, size=size))
        for colour_type in ("sgray-8", "srgb-8"):
            (folder / f"onepage-{size}-300-{colour_type}.urf").write_bytes(
                urf(1, SIZES[size], resolution=300, colour_type=colour_type)
            )
    (folder / "vector.pdf").write_bytes(pdf(1, colour=(1,)))
    (folder / "color.jpg").write_bytes(jpeg())
    (folder / "gray.jpg").write_bytes(jpeg(colour=False))
    (folder / "testfile.txt").write_bytes(text())
    for resolution in resolutions:
        for colour_type in COLOUR_TYPES:
            _write_rasters(folder, resolution, colour_type)
    return folder


def _write_rasters(folder: Path, resolution: int, colour_type: str) -> None:
    # Two conventions are in use: Debian's suites and the newer self-certification suites.
    nested = folder / f"pwg-raster-samples-{resolution}dpi" / colour_type
    nested.mkdir(parents=True, exist_ok=True)
    for name, pages, size in (
        ("onepage-letter", 1, "letter"),
        ("onepage-a4", 1, "a4"),
        ("document-letter", 4, "letter"),
        ("document-a4", 4, "a4"),
        ("color.jpg-4x6", 1, "4x6"),
        ("gray.jpg-4x6", 1, "4x6"),
    ):
        data = pwg_raster(pages, SIZES[size], resolution=resolution, colour_type=colour_type)
        (nested / f"{name}-{colour_type}-{resolution}dpi.pwg").write_bytes(data)
        (folder / f"{name}-{resolution}-{colour_type}.pwg").write_bytes(data)
