"""Images of a PDF: whether any pixel is coloured, from the colour space if that is enough, else the data.

Promises: each image object once; unpacks only what space and palette cannot answer, bounded by the limits;
data that cannot be unpacked are UNSURE. Masks and stencils are not looked at here: they hide, they do not
colour.

Standard: ISO 32000-1 section 8.9.
"""

import io
import warnings
import zlib

import pikepdf
from PIL import Image, ImageChops

from plantin.inspect import limits
from plantin.inspect.jpeg_colour import image_is_colour
from plantin.inspect.pdf.space import Space
from plantin.inspect.pdf.verdict import Verdict

_IMAGE_OCTETS_MAX = 640 * limits.MIB
_JPEG = "/DCTDecode"
_JPX = "/JPXDecode"


def filters_of(stream: pikepdf.Object) -> list[str]:
    """The names of a stream's filters, in order."""
    value = stream.get("/Filter")
    if value is None:
        return []
    if isinstance(value, pikepdf.Array):
        return [str(name) for name in value.as_list()]
    return [str(value)]


def stream_bytes(stream: pikepdf.Object, limit: int = limits.STREAM_OCTETS_MAX) -> bytes:
    """A stream unpacked, cut at ``limit`` + 1 octets; damaged Flate data give what could be read.

    Raises:
        pikepdf.PdfError: when a filter is unknown or the data are no use.
    """
    filters = filters_of(stream)
    if filters == ["/FlateDecode"] and "/DecodeParms" not in stream:
        inflate = zlib.decompressobj()
        try:
            return inflate.decompress(stream.read_raw_bytes(), limit + 1)
        except zlib.error:
            pass
    return stream.read_bytes()


def image_verdict(image: pikepdf.Object, space: Space) -> Verdict:
    """The verdict on an image XObject or inline image whose colour space is ``space``."""
    if image.get("/ImageMask", image.get("/IM", False)):
        return Verdict.GREY
    filters = filters_of(image)
    if space.kind in ("grey", "tint") and space.judge((1.0,) * space.components) is Verdict.GREY:
        return Verdict.GREY
    if filters and filters[-1] == _JPX:
        return _decoded(image, space, jpx=True)
    if (
        space.kind == "indexed"
        and Verdict.COLOUR not in space.palette
        and Verdict.UNSURE not in space.palette
    ):
        return Verdict.GREY
    if filters and filters[-1] == _JPEG:
        return _decoded(image, space, jpx=False)
    try:
        return _plain(image, space)
    except (pikepdf.PdfError, ValueError, TypeError, RuntimeError):
        return Verdict.UNSURE


def _plain(image: pikepdf.Object, space: Space) -> Verdict:
    bits = int(image.get("/BitsPerComponent", 8))
    width, height = int(image.get("/Width", 0)), int(image.get("/Height", 0))
    octets = (width * bits * max(space.components, 1) + 7) // 8 * height
    if octets > _IMAGE_OCTETS_MAX:
        return Verdict.UNSURE
    data = stream_bytes(image, octets)[:octets]
    if space.kind == "indexed":
        return _indexed(data, bits, space)
    if bits != 8:
        return _deep(data, bits, width, space)
    if space.kind == "rgb":
        green = data[1::3][: len(data) // 3]
        same = data[0::3][: len(green)] == green and data[2::3][: len(green)] == green
        return Verdict.GREY if same else Verdict.COLOUR
    if space.kind == "cmyk":
        paper = 255 if _inverted(image) else 0
        return Verdict.COLOUR if any(data[i::4].strip(bytes([paper])) for i in range(3)) else Verdict.GREY
    if space.kind == "tint" and space.components == 1:
        paper = 255 if _inverted(image) else 0
        return space.judge((1.0,)) if data.strip(bytes([paper])) else Verdict.GREY
    return Verdict.UNSURE


def _deep(data: bytes, bits: int, width: int, space: Space) -> Verdict:
    if space.kind == "rgb" and bits == 16:
        return _plain_words(data)
    if space.kind == "rgb" and bits in (1, 2, 4) and set(data) <= {0x00, 0xFF}:
        # Only all-black and all-white octets: no pixel can differ within its components
        # except across octet borders, which equal neighbours exclude.
        row = (width * 3 * bits + 7) // 8
        rows = {data[i : i + row] for i in range(0, len(data), row)} if row else set()
        return Verdict.GREY if all(len(set(r)) <= 1 for r in rows) else Verdict.UNSURE
    return Verdict.UNSURE


def _plain_words(data: bytes) -> Verdict:
    high = [data[i::6] for i in (0, 2, 4)]
    return Verdict.GREY if high[0] == high[1] == high[2] else Verdict.COLOUR


def _indexed(data: bytes, bits: int, space: Space) -> Verdict:
    palette = space.palette
    if bits not in (1, 2, 4, 8):
        return Verdict.UNSURE
    used = set(data)
    if bits < 8:
        mask = (1 << bits) - 1
        used = {octet >> shift & mask for octet in used for shift in range(0, 8, bits)}
    return max((palette[i] if i < len(palette) else Verdict.GREY for i in used), default=Verdict.GREY)


def _inverted(image: pikepdf.Object) -> bool:
    decode = image.get("/Decode", image.get("/D"))
    return isinstance(decode, pikepdf.Array) and len(decode) >= 2 and float(decode[0]) > float(decode[1])


def _decoded(image: pikepdf.Object, space: Space, *, jpx: bool) -> Verdict:
    if len(filters_of(image)) > 1:
        return Verdict.UNSURE
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(image.read_raw_bytes())) as picture:
                return _picture(picture, image, space, jpx=jpx)
    except Exception:  # noqa: BLE001  Pillow raises all kinds on damaged data
        return Verdict.UNSURE


def _picture(picture: Image.Image, image: pikepdf.Object, space: Space, *, jpx: bool) -> Verdict:
    width, height = picture.size
    if width * height > limits.IMAGE_PIXELS_MAX:
        return Verdict.UNSURE
    if picture.mode in ("1", "L", "I;16", "I"):
        if space.kind == "indexed":
            return _indexed(picture.convert("L").tobytes(), 8, space)
        if space.kind == "tint":
            return space.judge((1.0,))
        return Verdict.GREY
    if picture.mode == "CMYK" and not jpx:
        # Pillow turns Adobe's inverted inks over; PDF leaves that to the Decode array.
        if ("adobe" in picture.info) != _inverted(image):
            picture = ImageChops.invert(picture)
        return Verdict.COLOUR if image_is_colour(picture) else Verdict.GREY
    if space.kind in ("lab", "tint", "cmyk"):
        return Verdict.UNSURE
    return Verdict.COLOUR if image_is_colour(picture) else Verdict.GREY
