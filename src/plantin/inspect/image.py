"""JPEG, PNG and TIFF: frames, and whether any of their pixels is coloured.

Promises: each frame of a TIFF is a page, JPEG and PNG are one; a frame is scaled to the paper of the job,
so its page has the paper's size, turned when the frame is wider than high. Pixels are unpacked only where
the header cannot tell, and never more than the pixel limit. Never: trusts a header's claim of size.

Standards: ISO 10918-1, PNG (ISO 15948), TIFF 6.0; decoded by Pillow.
"""

import warnings
from typing import IO

from PIL import Image

from plantin.inspect import limits
from plantin.inspect.jpeg_colour import image_is_colour
from plantin.inspect.media import A4, Size
from plantin.inspect.report import CannotInspect, Found, PageInfo, PageList, Settings

_FORMATS = {"image/jpeg": ("JPEG",), "image/png": ("PNG",), "image/tiff": ("TIFF",)}


def inspect_image(file: IO[bytes], kind: str, paper: Size | None = None) -> Found:
    """The pages of an image file.

    Args:
        file: seekable, at its beginning.
        kind: one of image/jpeg, image/png, image/tiff.

    Raises:
        CannotInspect: when it cannot be decoded or is too large.
    """
    pages = PageList()
    notes: list[str] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with Image.open(file, formats=_FORMATS[kind]) as image:
                frames = getattr(image, "n_frames", 1) if kind == "image/tiff" else 1
                if frames > limits.TIFF_FRAMES_MAX:
                    raise CannotInspect(f"it has more than {limits.TIFF_FRAMES_MAX} frames")
                for number in range(frames):
                    if number:
                        image.seek(number)
                    pages.add(_frame(image, number + 1, paper or A4, notes))
        except CannotInspect:
            raise
        except Exception as error:  # noqa: BLE001  Pillow raises all kinds on damaged data
            raise CannotInspect(f"its {kind} data cannot be read: {_short(error)}") from None
    return Found(kind, pages.runs(), Settings(), tuple(notes[: limits.WARNINGS_MAX]))


def _frame(image: Image.Image, number: int, paper: Size, notes: list[str]) -> PageInfo:
    width, height = image.size
    if width * height > limits.IMAGE_PIXELS_MAX:
        raise CannotInspect(f"frame {number} has {width} x {height} pixels")
    try:
        colour = image_is_colour(image)
    except OSError as error:
        # libjpeg, libtiff: the frame is there and printable in part.
        notes.append(
            f"frame {number} is damaged ({_short(error)}); counted as colour unless its header says grey"
        )
        colour = image.mode not in ("1", "L", "LA", "I", "F")
    short, long = sorted(paper)
    return PageInfo(colour, long, short) if width > height else PageInfo(colour, short, long)


def _short(error: BaseException) -> str:
    return (str(error) or type(error).__name__).split("\n")[0][:120]
