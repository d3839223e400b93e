"""Rendering, for the pages whose structure cannot tell: pdfium, whose pixels say grey or colour.

Promises: small bitmaps (36 dpi, no edge longer than a limit), one page at a time. A page with CMYK, CalRGB
or Lab content is judged with a tolerance, because pdfium's conversion turns pure black ink into a
near-grey; where that leaves doubt the answer is None and Ghostscript may be asked.
"""

import importlib
import io
from typing import IO, Any

from PIL import Image, ImageChops

# It ships no type information; imported by name so that strict checking stays on for the rest.
pypdfium2: Any = importlib.import_module("pypdfium2")

_PRINTING = 0x800  # FPDF_PRINTING: annotations as they print
_SCALE = 36 / 72
_EDGE_MAX = 2000
_IN_MEMORY_OCTETS = 64 * 1024 * 1024
_CLEARLY = 48
_SPECK = 2
_SPECK_PIXELS = 64


class Renderer:
    """Renders pages of one document.

    Args:
        file: seekable; stays open, and is left where it is, until ``close``.

    Raises (from the constructor):
        pypdfium2.PdfiumError: when pdfium cannot open the document.
    """

    def __init__(self, file: IO[bytes]) -> None:
        size = file.seek(0, io.SEEK_END)
        file.seek(0)
        # Octets in memory are faster; a large file stays where it is and is read piece by piece.
        source = file.read() if size <= _IN_MEMORY_OCTETS else file
        self._document = pypdfium2.PdfDocument(source)

    def close(self) -> None:
        self._document.close()

    def is_colour(self, index: int, *, exact: bool) -> bool | None:
        """Whether page ``index`` (from 0) shows colour; None when the pixels leave doubt.

        Raises:
            pypdfium2.PdfiumError: when the page cannot be loaded.
        """
        page = self._document[index]
        try:
            width, height = page.get_size()
            scale = min(_SCALE, _EDGE_MAX / max(width, height, 1))
            answer = self._look(page, scale, exact=exact)
            if answer is _SPECK:
                # A few tinted pixels may be the blur of a mark that a clip cuts off beside them: look closer.
                closer = self._look(page, min(4 * scale, 2 * _EDGE_MAX / max(width, height, 1)), exact=exact)
                return closer is not False
            return None if answer is None else bool(answer)
        finally:
            page.close()

    def _look(self, page: Any, scale: float, *, exact: bool) -> bool | int | None:
        bitmap = page.render(
            scale=scale, may_draw_forms=False, draw_annots=True, extra_flags=_PRINTING, rev_byteorder=True
        )
        try:
            return _judge(bitmap.to_pil().convert("RGB"), exact=exact)
        finally:
            bitmap.close()


def _judge(image: Image.Image, *, exact: bool) -> bool | int | None:
    """True, False, None for doubt, or ``_SPECK`` for colour in very few pixels."""
    red, green, blue = image.split()
    spread = ImageChops.lighter(
        ImageChops.lighter(ImageChops.difference(red, green), ImageChops.difference(green, blue)),
        ImageChops.difference(red, blue),
    )
    if _high(spread) <= 0:
        return False
    if exact:
        coloured = image.size[0] * image.size[1] - spread.histogram()[0]
        return _SPECK if coloured <= _SPECK_PIXELS else True
    return True if sum(spread.histogram()[_CLEARLY:]) > _SPECK_PIXELS else None


def _high(band: Image.Image) -> int:
    high = band.getextrema()[1]
    return int(high) if isinstance(high, (int, float)) else 255
