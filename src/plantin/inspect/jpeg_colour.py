"""Whether a JPEG image holds colour: one component is grey; otherwise its pixels decide, exactly.

Promises: never raises; an image that cannot be decoded counts as colour, because it claimed components
beyond grey. Bounded by the pixel limit. Standard: ISO 10918-1, decoded by Pillow (libjpeg-turbo).
"""

import io
import warnings

from PIL import Image, ImageChops

from plantin.inspect import limits

_STRIP_PIXELS = 4_000_000

Image.MAX_IMAGE_PIXELS = limits.IMAGE_PIXELS_MAX


def jpeg_is_colour(data: bytes) -> bool:
    """True when any pixel of the image needs more than black."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data)) as image:
                return image_is_colour(image)
    except Exception:  # noqa: BLE001  Pillow raises all kinds on damaged data
        return True


def image_is_colour(image: Image.Image) -> bool:
    """True when any pixel of a Pillow image is not neutral (R = G = B), or inked beyond K in CMYK.

    Raises:
        OSError, ValueError, SyntaxError, …: whatever Pillow raises on damaged data.
    """
    if image.mode == "RGB" and image.format == "JPEG":
        # The chroma planes as they are stored: half the work, and exact where they are neutral.
        image.draft("YCbCr", image.size)
    if image.mode in ("1", "L", "LA", "I", "F", "I;16", "I;16B", "La"):
        return False
    if image.mode == "P" or image.mode == "PA":
        used = image.convert("RGBA" if "transparency" in image.info else "RGB")
        return image_is_colour(used)
    if image.mode == "CMYK":
        return any(high >= 1 for _, high in _extrema(image)[:3])
    if image.mode == "YCbCr":
        chroma = [image.getchannel(plane).getextrema() for plane in (1, 2)]
        if all(extreme == (128, 128) for extreme in chroma):
            return False
    if image.mode in ("RGBA", "RGBa"):
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image.convert("RGBA"))
    if image.mode != "RGB":
        image = image.convert("RGB")
    return _rgb_is_colour(image)


def _rgb_is_colour(image: Image.Image) -> bool:
    width, height = image.size
    rows = max(1, _STRIP_PIXELS // max(width, 1))
    for top in range(0, height, rows):
        red, green, blue = image.crop((0, top, width, min(top + rows, height))).split()
        if ImageChops.difference(red, green).getbbox() is not None:
            return True
        if ImageChops.difference(green, blue).getbbox() is not None:
            return True
    return False


def _extrema(image: Image.Image) -> list[tuple[float, float]]:
    extrema: list[tuple[float, float]] = []
    for band in image.split():
        low, high = band.getextrema()
        if isinstance(low, (int, float)) and isinstance(high, (int, float)):
            extrema.append((low, high))
    return extrema
