"""PDF as PWG raster or Apple raster (URF): pdfium renders, this file packs.

Promises: one page in memory at a time, every line packed by the rules of the standard, equal lines sent
once. The stream's own page headers carry resolution, size, sides and copies. A page that lies on its side is
turned upright, since paper is fed so; the back of a sheet is turned as the device wants it. Never: dithers or
manages colour.

Standards: PWG 5102.4 sections 4 (file), 4.2 (page header), 4.3.1 (bitmap compression) and 5.4
(pwg-raster-document-sheet-back); Apple raster.
"""

import importlib
import re
import struct
from dataclasses import dataclass
from typing import IO, Any

from PIL import Image

from plantin.inspect.report import CannotInspect, Unprintable

# It ships no type information; imported by name so that strict checking stays on for the rest.
pypdfium2: Any = importlib.import_module("pypdfium2")

_PIECES = {
    1: re.compile(rb"(.)\1{1,127}|(?:(.)(?!\2)){1,128}", re.DOTALL),
    3: re.compile(rb"(...)\1{1,127}|(?:(...)(?!\2)){1,128}", re.DOTALL),
}
"""By octets of a pixel: a run of equal pixels, or pixels none of which is like the next."""
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
    sheet_back: str = "normal"  # pwg-raster-document-sheet-back
    paper: tuple[float, float] | None = None
    """Millimetres: pages are put in the middle of it, shrunk to it where they are larger; None: each page is
    its own paper."""

    def back(self, index: int) -> tuple[int, int]:
        """How page ``index`` (from 0) is turned, across and along the feed: 1 or -1."""
        if self.sides == "one-sided" or index % 2 == 0:
            return 1, 1
        tumble = self.sides == "two-sided-short-edge"
        if self.sheet_back == "flipped":
            return (-1, 1) if tumble else (1, -1)
        if (self.sheet_back == "manual-tumble" and tumble) or (self.sheet_back == "rotated" and not tumble):
            return -1, -1
        return 1, 1


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
            across, along = options.back(index)
            image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if across < 0 else image
            image = image.transpose(Image.Transpose.FLIP_TOP_BOTTOM) if along < 0 else image
            target.write(header(image, options, count, across, along))
            _write_lines(image, target)
        return count
    finally:
        document.close()


def _render(document: Any, index: int, options: RasterOptions) -> Image.Image:
    page = document[index]
    try:
        dots = scale = options.resolution / 72
        width, height = page.get_size()
        sheet = _sheet(width, height, options)
        if options.paper is not None:
            short, long = max(min(width, height), 1.0), max(width, height, 1.0)
            scale *= min(1.0, sheet[0] / short, sheet[1] / long)
        if max(width * height * scale**2, sheet[0] * sheet[1] * dots**2) > _PIXELS_MAX:
            raise Unprintable(f"page {index + 1} would have more than {_PIXELS_MAX} pixels")
        bitmap = page.render(
            scale=scale,
            grayscale=options.grey,
            rev_byteorder=not options.grey,
            may_draw_forms=False,
            extra_flags=_PRINTING,
        )
        try:
            drawn: Image.Image = bitmap.to_pil()
            image = drawn.convert("L" if options.grey else "RGB")
        finally:
            bitmap.close()
    finally:
        page.close()
    if width > height:
        image = image.transpose(Image.Transpose.ROTATE_90)
    return image if options.paper is None else _centred(image, sheet, options.resolution)


def _sheet(width: float, height: float, options: RasterOptions) -> tuple[float, float]:
    """The paper for a page, upright, in points."""
    if options.paper is not None:
        width, height = (side * 72 / 25.4 for side in options.paper)
    return min(width, height), max(width, height)


def _centred(image: Image.Image, sheet: tuple[float, float], resolution: int) -> Image.Image:
    width, height = (round(side * resolution / 72) for side in sheet)
    if abs(image.size[0] - width) <= 2 and abs(image.size[1] - height) <= 2:
        return image
    canvas = Image.new(image.mode, (width, height), "white")
    canvas.paste(image, ((width - image.size[0]) // 2, (height - image.size[1]) // 2))
    return canvas


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
    for match in _PIECES[pixel].finditer(line):
        count = (match.end() - match.start()) // pixel
        run = match[1]
        if run is not None:
            out.append(count - 1)
            out += run
        else:
            out.append(257 - count if count > 1 else 0)
            out += match[0]
    return bytes(out)


def _pwg_header(image: Image.Image, options: RasterOptions, pages: int, across: int, along: int) -> bytes:
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
    put(452, pages, across & 0xFFFFFFFF, along & 0xFFFFFFFF)
    return bytes(header)


def _urf_header(image: Image.Image, options: RasterOptions, pages: int, across: int, along: int) -> bytes:
    pixel = len(image.getbands())
    duplex = {"two-sided-short-edge": 2, "two-sided-long-edge": 3}.get(options.sides, 1)
    kind = (8, 0) if pixel == 1 else (24, 1)
    return struct.pack(">BBBB8xIIIII", *kind, duplex, 4, *image.size, options.resolution, 0, 0)
