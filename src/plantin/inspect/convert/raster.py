"""PDF as PWG raster or Apple raster (URF): pdfium renders, this file packs.

Promises: one page in memory at a time, every line packed by the rules of the standard, equal lines sent
once. The stream's own page headers carry resolution, size, sides and copies. Never: dithers or manages
colour.

Standards: PWG 5102.4 sections 4 (file), 4.2 (page header), 4.3.1 (bitmap compression); Apple raster.
"""

import importlib
import re
import struct
from dataclasses import dataclass
from typing import IO, Any

from PIL import Image

from plantin.inspect.report import CannotInspect

# It ships no type information; imported by name so that strict checking stays on for the rest.
pypdfium2: Any = importlib.import_module("pypdfium2")

_RUNS = {1: re.compile(rb"(.)\1{0,127}", re.DOTALL), 3: re.compile(rb"(...)\1{0,127}", re.DOTALL)}
_SRGB, _SGRAY = 19, 18
_PIXELS_MAX = 200_000_000
_PRINTING = 0x800  # FPDF_PRINTING


@dataclass(frozen=True, slots=True)
class RasterOptions:
    """What the device wants."""

    urf: bool = False
    grey: bool = False
    resolution: int = 300
    """Dots per inch, both ways."""
    sides: str = "one-sided"
    copies: int = 1


def pdf_to_raster(source: IO[bytes], target: IO[bytes], options: RasterOptions) -> int:
    """Writes a whole raster stream; returns the number of pages.

    Raises:
        CannotInspect: when pdfium cannot open the document or a page would be too large.
    """
    if not 36 <= options.resolution <= 1200:
        raise CannotInspect(f"{options.resolution} dots per inch are not offered")
    try:
        document = pypdfium2.PdfDocument(source.read())
    except pypdfium2.PdfiumError as error:
        raise CannotInspect(f"pdfium cannot open it: {error}") from None
    try:
        count = len(document)
        if options.urf:
            target.write(b"UNIRAST\x00" + struct.pack(">I", count))
        else:
            target.write(b"RaS2")
        for index in range(count):
            image = _render(document, index, options)
            header = _urf_header if options.urf else _pwg_header
            target.write(header(image, options, count))
            _write_lines(image, target)
        return count
    finally:
        document.close()


def _render(document: Any, index: int, options: RasterOptions) -> Image.Image:
    page = document[index]
    try:
        scale = options.resolution / 72
        width, height = page.get_size()
        if width * height * scale * scale > _PIXELS_MAX:
            raise CannotInspect(f"page {index + 1} would have more than {_PIXELS_MAX} pixels")
        bitmap = page.render(
            scale=scale,
            grayscale=options.grey,
            rev_byteorder=not options.grey,
            may_draw_forms=False,
            extra_flags=_PRINTING,
        )
        try:
            image: Image.Image = bitmap.to_pil()
            return image.convert("L" if options.grey else "RGB")
        finally:
            bitmap.close()
    finally:
        page.close()


def _write_lines(image: Image.Image, target: IO[bytes]) -> None:
    width, height = image.size
    pixel = len(image.getbands())
    stride = width * pixel
    data = image.tobytes()
    y = 0
    while y < height:
        line = data[y * stride : (y + 1) * stride]
        repeat = 1
        while repeat < 256 and y + repeat < height:
            start = (y + repeat) * stride
            if data[start : start + stride] != line:
                break
            repeat += 1
        target.write(bytes([repeat - 1]) + pack_line(line, pixel))
        y += repeat


def pack_line(line: bytes, pixel: int) -> bytes:
    """One line in PWG 5102.4's run lengths: ``n`` repeats a pixel n + 1 times, ``257 - n`` leads n pixels."""
    out = bytearray()
    singles = bytearray()
    for match in _RUNS[pixel].finditer(line):
        run = match.end() - match.start()
        if run == pixel:
            singles += match[0]
            if len(singles) == 128 * pixel:
                out.append(129)
                out += singles
                singles.clear()
            continue
        if singles:
            _flush(out, singles, pixel)
        out.append(run // pixel - 1)
        out += match[1]
    if singles:
        _flush(out, singles, pixel)
    return bytes(out)


def _flush(out: bytearray, singles: bytearray, pixel: int) -> None:
    count = len(singles) // pixel
    out.append(257 - count if count > 1 else 0)
    out += singles
    singles.clear()


def _pwg_header(image: Image.Image, options: RasterOptions, pages: int) -> bytes:
    width, height = image.size
    pixel = len(image.getbands())
    header = bytearray(1796)
    header[0:9] = b"PwgRaster"

    def put(offset: int, *values: int) -> None:
        struct.pack_into(f">{len(values)}I", header, offset, *values)

    duplex = options.sides != "one-sided"
    put(272, int(duplex))
    put(276, options.resolution, options.resolution)
    put(340, max(1, options.copies))
    put(352, round(width * 72 / options.resolution), round(height * 72 / options.resolution))
    put(368, int(options.sides == "two-sided-short-edge"))
    put(372, width, height)
    put(384, 8, 8 * pixel, width * pixel, 0, _SGRAY if pixel == 1 else _SRGB)
    put(420, pixel)
    put(452, pages, 1, 1)
    return bytes(header)


def _urf_header(image: Image.Image, options: RasterOptions, pages: int) -> bytes:
    pixel = len(image.getbands())
    duplex = {"two-sided-short-edge": 2, "two-sided-long-edge": 3}.get(options.sides, 1)
    kind = (8, 0) if pixel == 1 else (24, 1)
    return struct.pack(">BBBB8xIIIII", *kind, duplex, 4, *image.size, options.resolution, 0, 0)
