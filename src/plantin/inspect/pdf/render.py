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
_CLEARLY = 48


class Renderer:
    """Renders pages of one document.

    Raises (from the constructor):
        pypdfium2.PdfiumError: when pdfium cannot open the document.
    """

    def __init__(self, file: IO[bytes] | bytes) -> None:
        self._document = pypdfium2.PdfDocument(file if isinstance(file, bytes) else io.BytesIO(file.read()))

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
            bitmap = page.render(
                scale=scale, may_draw_forms=False, draw_annots=True, extra_flags=_PRINTING, rev_byteorder=True
            )
            try:
                return _judge(bitmap.to_pil().convert("RGB"), exact=exact)
            finally:
                bitmap.close()
        finally:
            page.close()


def _judge(image: Image.Image, *, exact: bool) -> bool | None:
    red, green, blue = image.split()
    spread = max(
        _high(ImageChops.difference(red, green)),
        _high(ImageChops.difference(green, blue)),
        _high(ImageChops.difference(red, blue)),
    )
    if exact:
        return spread > 0
    if spread <= 0:
        return False
    return True if spread >= _CLEARLY else None


def _high(band: Image.Image) -> int:
    high = band.getextrema()[1]
    return int(high) if isinstance(high, (int, float)) else 255
