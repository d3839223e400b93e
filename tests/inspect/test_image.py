"""Images: grey in every disguise is grey, one coloured pixel is colour, damage and bombs say so."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from PIL import Image

from plantin.inspect import limits
from plantin.inspect.engine import inspect_file


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def one_pixel(mode: str, ground: object, pixel: object) -> Image.Image:
    image = Image.new(mode, (40, 30), ground)
    image.putpixel((39, 29), pixel)
    return image


@pytest.mark.parametrize(
    ("data", "colour"),
    [
        (encoded(Image.new("L", (9, 9), 100), "JPEG"), False),
        (encoded(Image.new("RGB", (9, 9), (100, 100, 100)), "JPEG"), False),
        (encoded(Image.new("RGB", (9, 9), (100, 0, 100)), "JPEG"), True),
        (encoded(Image.new("CMYK", (9, 9), (0, 0, 0, 90)), "JPEG"), False),
        (encoded(Image.new("CMYK", (9, 9), (90, 0, 0, 90)), "JPEG"), True),
        (encoded(Image.new("RGB", (9, 9), (7, 7, 7)), "PNG"), False),
        (encoded(one_pixel("RGB", (7, 7, 7), (7, 7, 8)), "PNG"), True),
        (encoded(one_pixel("RGBA", (7, 7, 7, 255), (255, 0, 0, 0)), "PNG"), False),
        (encoded(one_pixel("RGBA", (7, 7, 7, 255), (255, 0, 0, 30)), "PNG"), True),
        (encoded(one_pixel("RGB", (7, 7, 7), (255, 0, 0)).convert("P"), "PNG"), True),
        (encoded(Image.new("L", (9, 9), 7).convert("P"), "PNG"), False),
        (encoded(Image.new("1", (9, 9)), "TIFF", compression="group4"), False),
        (encoded(Image.new("RGB", (9, 9), (0, 90, 0)), "TIFF", compression="tiff_lzw"), True),
    ],
)
def test_colour(data: bytes, colour: bool) -> None:
    report = inspect_file(io.BytesIO(data))
    assert (report.pages, report.colour_pages) == (1, int(colour))


def test_each_frame_of_a_tiff_is_judged() -> None:
    frames = [Image.new("RGB", (9, 9), colour) for colour in ((1, 1, 1), (200, 0, 0), (9, 9, 9))]
    data = encoded(frames[0], "TIFF", save_all=True, append_images=frames[1:])
    report = inspect_file(io.BytesIO(data))
    assert [page.colour for page in report.each_page()] == [False, True, False]


def test_the_paper_is_turned_as_the_image_is() -> None:
    data = encoded(Image.new("L", (90, 9)), "PNG")
    assert inspect_file(io.BytesIO(data), None, (297.0, 420.0)).sizes == {(420.0, 297.0): 1}


def png_claiming(width: int, height: int) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = (
        zlib.compress(b"\x00" * (height * (3 * width + 1))) if width * height < 10_000 else zlib.compress(b"")
    )
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def test_pixel_limit_at_n_and_one_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "IMAGE_PIXELS_MAX", 900)
    assert inspect_file(io.BytesIO(png_claiming(30, 30))).pages == 1
    assert "30 x 31 pixels" in inspect_file(io.BytesIO(png_claiming(30, 31))).error


def test_a_claim_of_four_thousand_million_pixels_is_refused_before_anything_is_unpacked() -> None:
    report = inspect_file(io.BytesIO(png_claiming(65_535, 65_535)))
    assert report.pages is None
    assert report.error.startswith("could not inspect")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF"])
def test_a_file_cut_off_is_counted_or_says_why(kind: str) -> None:
    data = encoded(Image.effect_noise((200, 200), 90).convert("RGB"), kind)
    for part in (3, 10, 30, 60):
        report = inspect_file(io.BytesIO(data[: len(data) * part // 100]))
        assert report.pages == 1 or report.error
