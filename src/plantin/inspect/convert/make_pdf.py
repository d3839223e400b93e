"""Images and text as PDF.

Promises: a JPEG's data are carried over unchanged; other images are packed without loss; an image is fitted
to the paper with its proportions kept, on a sheet turned as the image is. Text has the layout that
inspection counts (``inspect/text.py``), in Courier; characters beyond Windows-1252 print as question marks.
"""

import io
import zlib
from typing import IO

import pikepdf
from PIL import Image

from plantin.inspect import limits
from plantin.inspect.convert.pages import pdf_string
from plantin.inspect.media import Size
from plantin.inspect.report import CannotInspect
from plantin.inspect.text import LINES, Paginator, TextDecoder

_POINTS_PER_MM = 72 / 25.4
_MARGIN = 12.0
_PIECE = 256 * 1024
_LEADING = 12
_FONT_POINTS = 10
_TEXT_WIDTH = 80 * 6


def image_to_pdf(file: IO[bytes], paper: Size) -> pikepdf.Pdf:
    """One page per frame.

    Raises:
        CannotInspect: when an image cannot be read or is too large.
    """
    pdf = pikepdf.Pdf.new()
    data = file.read(limits.STREAM_OCTETS_MAX * 8 + 1)
    try:
        with Image.open(io.BytesIO(data), formats=("JPEG", "PNG", "TIFF")) as image:
            frames = getattr(image, "n_frames", 1) if image.format == "TIFF" else 1
            for number in range(min(frames, limits.TIFF_FRAMES_MAX)):
                if number:
                    image.seek(number)
                if image.size[0] * image.size[1] > limits.IMAGE_PIXELS_MAX:
                    raise CannotInspect(f"frame {number + 1} has too many pixels")
                if image.format == "JPEG" and image.mode in ("L", "RGB"):
                    stream = _jpeg(pdf, image, data)
                else:
                    stream = _packed(pdf, image)
                _place(pdf, stream, image.size, paper)
    except CannotInspect:
        raise
    except Exception as error:  # noqa: BLE001  Pillow raises all kinds on damaged data
        raise CannotInspect(f"its image data cannot be read: {str(error)[:120]}") from None
    return pdf


def _jpeg(pdf: pikepdf.Pdf, image: Image.Image, data: bytes) -> pikepdf.Stream:
    grey = image.mode == "L"
    stream = pikepdf.Stream(pdf, data)
    stream.Filter = pikepdf.Name.DCTDecode
    stream.ColorSpace = pikepdf.Name.DeviceGray if grey else pikepdf.Name.DeviceRGB
    return stream


def _packed(pdf: pikepdf.Pdf, image: Image.Image) -> pikepdf.Stream:
    if image.mode in ("RGBA", "LA", "PA", "P", "La", "RGBa"):
        rgba = image.convert("RGBA")
        flat: Image.Image = Image.alpha_composite(Image.new("RGBA", rgba.size, "white"), rgba).convert("RGB")
    elif image.mode in ("1", "L", "I", "I;16", "I;16B", "F"):
        flat = image.convert("L")
    else:
        flat = image.convert("RGB")
    stream = pikepdf.Stream(pdf, zlib.compress(flat.tobytes(), 6))
    stream.Filter = pikepdf.Name.FlateDecode
    stream.ColorSpace = pikepdf.Name.DeviceGray if flat.mode == "L" else pikepdf.Name.DeviceRGB
    return stream


def _place(pdf: pikepdf.Pdf, stream: pikepdf.Stream, pixels: tuple[int, int], paper: Size) -> None:
    stream.Type, stream.Subtype = pikepdf.Name.XObject, pikepdf.Name.Image
    stream.Width, stream.Height = pixels
    stream.BitsPerComponent = 8
    short, long = (side * _POINTS_PER_MM for side in sorted(paper))
    width, height = (long, short) if pixels[0] > pixels[1] else (short, long)
    scale = min((width - 2 * _MARGIN) / pixels[0], (height - 2 * _MARGIN) / pixels[1])
    shown = pixels[0] * scale, pixels[1] * scale
    page = pdf.add_blank_page(page_size=(width, height))
    name = page.add_resource(stream, pikepdf.Name.XObject)
    left, bottom = (width - shown[0]) / 2, (height - shown[1]) / 2
    content = f"q {shown[0]:.3f} 0 0 {shown[1]:.3f} {left:.3f} {bottom:.3f} cm {name} Do Q"
    page.contents_add(content.encode())


def text_to_pdf(file: IO[bytes], paper: Size) -> pikepdf.Pdf:
    """Text in the layout that inspection counts.

    Raises:
        CannotInspect: when it has more pages than the limit or no page.
    """
    pdf = pikepdf.Pdf.new()
    font = pdf.make_indirect(
        pikepdf.Dictionary(
            Type=pikepdf.Name.Font,
            Subtype=pikepdf.Name.Type1,
            BaseFont=pikepdf.Name.Courier,
            Encoding=pikepdf.Name.WinAnsiEncoding,
        )
    )
    resources = pdf.make_indirect(pikepdf.Dictionary(Font=pikepdf.Dictionary(F=font)))
    size = paper[0] * _POINTS_PER_MM, paper[1] * _POINTS_PER_MM
    decoder, paginator = TextDecoder(), Paginator()
    more = True
    while more:
        piece = file.read(_PIECE)
        more = bool(piece)
        for rows in paginator.feed(decoder.decode(piece, final=not more), final=not more):
            if len(pdf.pages) >= limits.PAGES_MAX:
                raise CannotInspect(f"it has more than {limits.PAGES_MAX} pages")
            page = pdf.add_blank_page(page_size=size)
            page.obj.Resources = resources
            page.obj.Contents = pikepdf.Stream(pdf, _text_page(rows, size))
    if not len(pdf.pages):
        raise CannotInspect("it has no pages")
    return pdf


def _text_page(rows: list[str], size: tuple[float, float]) -> bytes:
    left = max(0.0, (size[0] - _TEXT_WIDTH) / 2)
    top = size[1] - max(0.0, (size[1] - LINES * _LEADING) / 2) - _FONT_POINTS
    head = f"BT /F {_FONT_POINTS} Tf {_LEADING} TL {left:.2f} {top:.2f} Td\n".encode()
    return head + b"\n".join(pdf_string(row) + b" Tj T*" for row in rows) + b"\nET"
