"""Conversions: what comes out is rendered (pdfium, Ghostscript) and inspected, not believed."""

from __future__ import annotations

import importlib
import io
import os
import struct
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageChops

from plantin.inspect import limits, sniff
from plantin.inspect.convert import steps
from plantin.inspect.convert.pages import booklet_order
from plantin.inspect.convert.plan import NoPlan, Wishes, canonical, convertible, plan
from plantin.inspect.convert.raster import pack_line
from plantin.inspect.engine import inspect_file
from plantin.inspect.pool import Pool, TooMuch, WorkerFailed
from plantin.inspect.report import CannotInspect, Inspection, Unprintable
from tests.inspect.gs import FIVE_PAGES
from tests.inspect.pdfs import simple

pypdfium2: Any = importlib.import_module("pypdfium2")

SHADES = [0.9, 0.7, 0.5, 0.3, 0.1]


def shaded(pages: int = 5, rotate: int = 0) -> bytes:
    """Pages filled with their own shade of grey, a black mark in the lower left corner."""
    pdf = pikepdf.Pdf.new()
    for i in range(pages):
        page = pdf.add_blank_page(page_size=(600, 800))
        page.obj.Rotate = rotate
        content = f"{SHADES[i % 5]} g 0 0 600 800 re f 0 g 0 0 60 80 re f"
        page.obj.Contents = pikepdf.Stream(pdf, content.encode())
    out = io.BytesIO()
    pdf.save(out)
    return out.getvalue()


def convert(data: bytes, *chain: dict[str, Any]) -> bytes:
    out = io.BytesIO()
    steps.run(chain, io.BytesIO(data), out)
    return out.getvalue()


def look(data: bytes) -> Inspection:
    return inspect_file(io.BytesIO(data))


def render(data: bytes, index: int, scale: float = 0.25) -> Image.Image:
    document = pypdfium2.PdfDocument(data)
    try:
        image: Image.Image = document[index].render(scale=scale).to_pil().convert("L")
        return image
    finally:
        document.close()


def shade_at(image: Image.Image, across: float, down: float) -> float:
    value = image.getpixel((int(across * (image.size[0] - 1)), int(down * (image.size[1] - 1))))
    assert isinstance(value, (int, float))
    return round(value / 255, 1)


def test_pages_are_selected_in_order_and_in_reverse() -> None:
    out = convert(shaded(), {"step": "select", "ranges": [[4, 5], [2, 2]], "reverse": False})
    assert [shade_at(render(out, i), 0.5, 0.5) for i in range(3)] == [0.7, 0.3, 0.1]
    out = convert(shaded(), {"step": "select", "ranges": [], "reverse": True})
    assert [shade_at(render(out, i), 0.5, 0.5) for i in range(5)] == SHADES[::-1]
    with pytest.raises(CannotInspect, match="select none of its 5 pages"):
        convert(shaded(), {"step": "select", "ranges": [[6, 9]]})


@pytest.mark.parametrize("rotate", [0, 180])
def test_four_up_reads_left_to_right_and_down(rotate: int) -> None:
    out = convert(shaded(rotate=rotate), {"step": "number-up", "number": 4})
    report = look(out)
    assert (report.pages, len(report.sizes)) == (2, 1)
    image = render(out, 0)
    cells = [shade_at(image, x, y) for y in (0.25, 0.75) for x in (0.25, 0.75)]
    assert cells == SHADES[:4]
    assert shade_at(render(out, 1), 0.25, 0.25) == SHADES[4]
    # The black corner of the first cell: lower left, or upper right when the page is shown upside down.
    corner = (0.02, 0.48) if rotate == 0 else (0.48, 0.02)
    assert shade_at(image, *corner) == 0.0


def test_two_up_lies_on_its_side() -> None:
    out = convert(shaded(), {"step": "number-up", "number": 2})
    report = look(out)
    assert report.pages == 3
    (width, height) = next(iter(report.sizes))
    assert width > height
    image = render(out, 0)
    assert (shade_at(image, 0.3, 0.5), shade_at(image, 0.7, 0.5)) == (SHADES[0], SHADES[1])


@pytest.mark.parametrize(("number", "sides"), [(6, 1), (9, 1), (16, 1)])
def test_many_up(number: int, sides: int) -> None:
    assert look(convert(shaded(), {"step": "number-up", "number": number})).pages == sides


def test_booklet_order() -> None:
    assert booklet_order(8) == [(7, 0), (1, 6), (5, 2), (3, 4)]
    assert booklet_order(5) == [(-1, 0), (1, -1), (-1, 2), (3, 4)]
    out = convert(shaded(5), {"step": "booklet"})
    assert look(out).pages == 4
    last = render(out, 3)
    assert (shade_at(last, 0.3, 0.5), shade_at(last, 0.7, 0.5)) == (SHADES[3], SHADES[4])
    first = render(out, 0)
    assert (shade_at(first, 0.2, 0.5), shade_at(first, 0.7, 0.5)) == (1.0, SHADES[0])


@given(st.integers(1, 60))
def test_a_booklet_has_every_page_once(pages: int) -> None:
    order = booklet_order(pages)
    assert sorted(i for pair in order for i in pair if i >= 0) == list(range(pages))
    assert len(order) % 2 == 0


@pytest.mark.parametrize("place", ["footer", "header", "diagonal"])
def test_a_stamp_marks_every_page_and_can_be_read(place: str, tmp_path: Path) -> None:
    out = convert(
        simple(2, b"q 5 0 0 5 0 0 cm"), {"step": "stamp", "text": "anna (j42) Müller", "place": place}
    )
    path = tmp_path / "stamped.pdf"
    path.write_bytes(out)
    text = subprocess.run(["pdftotext", path, "-"], check=True, capture_output=True, text=True).stdout
    if place != "diagonal":
        assert text.count("anna (j42) Müller") == 2
    for index in range(2):
        box = ImageChops.invert(render(out, index)).getbbox()
        assert box is not None
        assert (box[1] > 190) == (place == "footer")


def test_grey_takes_the_colour_away() -> None:
    coloured = simple(2, b"1 0 0 rg 100 100 300 300 re f")
    assert look(coloured).colour_pages == 2
    out = convert(coloured, {"step": "grey"})
    report = look(out)
    assert (report.pages, report.colour_pages) == (2, 0)
    assert 0.0 < shade_at(render(out, 0), 0.4, 0.7) < 1.0


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF"])
def test_images_fill_the_paper_in_their_own_direction(kind: str) -> None:
    wide = Image.new("RGB", (300, 100), (0, 0, 0))
    out = io.BytesIO()
    wide.save(out, kind)
    pdf = convert(out.getvalue(), {"step": "image-to-pdf", "paper": [210.0, 297.0]})
    assert look(pdf).sizes == {(297.0, 210.0): 1}
    image = render(pdf, 0)
    assert shade_at(image, 0.5, 0.5) == 0.0
    assert shade_at(image, 0.5, 0.05) == 1.0


def test_every_frame_of_a_tiff_is_a_page_and_transparency_is_paper() -> None:
    frames = [Image.new("L", (50, 80), shade) for shade in (0, 128, 255)]
    out = io.BytesIO()
    frames[0].save(out, "TIFF", save_all=True, append_images=frames[1:])
    assert look(out.getvalue()).pages == 3
    pdf = convert(out.getvalue(), {"step": "image-to-pdf", "paper": [210.0, 297.0]})
    assert [shade_at(render(pdf, i), 0.5, 0.5) for i in range(3)] == [0.0, 0.5, 1.0]
    clear = io.BytesIO()
    Image.new("RGBA", (10, 10), (255, 0, 0, 0)).save(clear, "PNG")
    report = look(convert(clear.getvalue(), {"step": "image-to-pdf", "paper": [210.0, 297.0]}))
    assert report.colour_pages == 0
    assert look(clear.getvalue()).colour_pages == 0


@pytest.mark.parametrize(
    "text", ["one\x0ctwo\n", "a\n" * 61, "Grüße (1)\n\ttab\n" * 40, "x" * 5000, "\x0c\x0c"]
)
def test_text_makes_the_pages_that_inspection_counts(text: str) -> None:
    data = text.encode()
    pdf = convert(data, {"step": "text-to-pdf", "paper": [210.0, 297.0]})
    assert look(pdf).pages == look(data).pages


def test_text_can_be_read_again(tmp_path: Path) -> None:
    path = tmp_path / "text.pdf"
    path.write_bytes(convert(b"Hello (world)\\\nsecond", {"step": "text-to-pdf", "paper": [210.0, 297.0]}))
    text = subprocess.run(
        ["pdftotext", "-layout", path, "-"], check=True, capture_output=True, text=True
    ).stdout
    assert [line.strip() for line in text.split("\n")][:2] == ["Hello (world)\\", "second"]


def unpack(data: bytes, width: int, height: int, pixel: int) -> bytes:
    """The other direction of the raster compression, by the letter of PWG 5102.4."""
    out, i = bytearray(), 0
    while len(out) < width * height * pixel:
        repeat, line = data[i] + 1, bytearray()
        i += 1
        while len(line) < width * pixel:
            code = data[i]
            i += 1
            if code < 128:
                line += data[i : i + pixel] * (code + 1)
                i += pixel
            else:
                line += data[i : i + pixel * (257 - code)]
                i += pixel * (257 - code)
        out += line * repeat
    assert i == len(data)
    return bytes(out)


@given(st.lists(st.sampled_from([b"aaa", b"abc", b"\x00\x00\x00"]), min_size=1, max_size=400), st.booleans())
def test_packed_lines_unpack(pixels: list[bytes], grey: bool) -> None:
    line = b"".join(pixels)
    size = 1 if grey else 3
    assert unpack(b"\x00" + pack_line(line, size), len(line) // size, 1, size) == line


@pytest.mark.parametrize(("urf", "head"), [(False, 4 + 1796), (True, 12 + 32)])
@pytest.mark.parametrize("grey", [False, True])
def test_raster_shows_what_pdfium_shows(urf: bool, head: int, grey: bool) -> None:
    data = simple(1, b"0.5 g 100 100 200 200 re f 0 0 1 rg 300 300 50 50 re f 0 g 10 w 0 0 m 500 700 l S")
    out = convert(data, {"step": "pdf-to-raster", "urf": urf, "grey": grey, "resolution": 72})
    pixel = 1 if grey else 3
    document = pypdfium2.PdfDocument(data)
    options = {"grayscale": True} if grey else {"rev_byteorder": True}
    expected = document[0].render(scale=1, may_draw_forms=False, extra_flags=0x800, **options).to_pil()
    document.close()
    width, height = expected.size
    assert unpack(out[head:], width, height, pixel) == expected.convert("L" if grey else "RGB").tobytes()
    report = look(out)
    assert (report.format, report.pages) == (sniff.URF if urf else sniff.PWG_RASTER, 1)
    assert report.colour_pages == (0 if grey else 1)
    (size,) = report.sizes
    assert abs(size[0] - 209.9) < 0.5
    assert abs(size[1] - 297.0) < 0.5


def test_raster_says_sides_and_copies() -> None:
    step = {
        "step": "pdf-to-raster",
        "urf": False,
        "resolution": 72,
        "sides": "two-sided-short-edge",
        "copies": 2,
    }
    report = look(convert(simple(3), step))
    assert (report.sides, report.copies, report.sheets) == ("two-sided-short-edge", 2, 4)


def test_postscript_and_pcl_xl_by_ghostscript() -> None:
    pdf = convert(FIVE_PAGES, {"step": "postscript-to-pdf"})
    assert (look(pdf).format, look(pdf).pages, look(pdf).colour_pages) == (sniff.PDF, 5, 2)
    again = look(convert(pdf, {"step": "pdf-to-postscript"}))
    assert (again.format, again.pages, again.colour_pages) == (sniff.POSTSCRIPT, 5, 2)
    pcl = look(convert(pdf, {"step": "pdf-to-pcl-xl", "resolution": 150}))
    assert (pcl.format, pcl.pages, pcl.colour_pages) == (sniff.PCL_XL, 5, 2)
    with pytest.raises(CannotInspect, match="Ghostscript ended"):
        convert(b"%!PS\nnosuchoperator\n", {"step": "postscript-to-pdf"})


PJL = b"\x1b%-12345X@PJL JOB\r\n@PJL ENTER LANGUAGE=POSTSCRIPT\r\n"


def test_pjl_around_postscript_is_no_obstacle() -> None:
    postscript = convert(shaded(3), {"step": "pdf-to-postscript"})
    wrapped = PJL + postscript + b"\x04\x1b%-12345X@PJL EOJ\r\n\x1b%-12345X"
    assert look(convert(wrapped, {"step": "postscript-to-pdf"})).pages == 3
    out = convert(wrapped, {"step": "postscript-sides", "sides": "two-sided-short-edge"})
    assert out.startswith(PJL + b"%!PS\n")
    assert out.endswith(wrapped[len(PJL) :])
    assert (look(out).pages, look(out).sides) == (3, "two-sided-short-edge")


@pytest.mark.parametrize("sides", ["one-sided", "two-sided-long-edge", "two-sided-short-edge"])
def test_postscript_and_pcl_xl_say_the_sides_and_can_be_grey(sides: str) -> None:
    data = simple(3, b"1 0 0 rg 100 100 300 300 re f")
    for kind in (sniff.POSTSCRIPT, sniff.PCL_XL):
        for grey in (False, True):
            chain, made = plan(sniff.PDF, {kind}, Wishes(sides=sides, grey=grey))
            report = look(convert(data, *chain))
            assert (report.format, report.pages, report.sides) == (made, 3, sides)
            assert report.colour_pages == (0 if grey else 3)


@pytest.mark.parametrize(
    ("even", "shades"), [(False, SHADES[:3] * 2), (True, [*SHADES[:3], 1.0, *SHADES[:3]])]
)
def test_copies_are_whole_sets_that_begin_on_their_own_sheet(even: bool, shades: list[float]) -> None:
    out = convert(shaded(3), {"step": "copies", "number": 2, "even": even})
    assert [shade_at(render(out, i), 0.5, 0.5) for i in range(len(shades))] == shades
    assert look(out).pages == len(shades)
    assert len(out) < 2 * len(shaded(3))


def test_copies_have_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "PAGES_MAX", 6)
    convert(shaded(3), {"step": "copies", "number": 2})
    with pytest.raises(Unprintable, match="3 copies of its 3 pages are more than 6 pages"):
        convert(shaded(3), {"step": "copies", "number": 3})


def raster_page(out: bytes, page: int = 0) -> Image.Image:
    """A page of a grey PWG raster stream as an image."""
    at = 4
    while True:
        width, height = struct.unpack_from(">II", out, at + 372)
        end, lines = at + 1796, 0
        rows = bytearray()
        while lines < height:
            repeat, line = out[end] + 1, bytearray()
            end += 1
            while len(line) < width:
                code = out[end]
                run = out[end + 1 : end + 2] * (code + 1) if code < 128 else out[end + 1 : end + 258 - code]
                end += 2 if code < 128 else 258 - code
                line += run
            rows += line * repeat
            lines += repeat
        if page == 0:
            return Image.frombytes("L", (width, height), bytes(rows))
        at, page = end, page - 1


def test_a_page_that_lies_on_its_side_is_turned_and_fitted_to_the_paper() -> None:
    pdf = pikepdf.Pdf.new()
    page = pdf.add_blank_page(page_size=(1200, 800))
    page.obj.Contents = pikepdf.Stream(pdf, b"0.5 g 0 0 1200 800 re f 0 g 0 0 120 80 re f")
    data = io.BytesIO()
    pdf.save(data)
    step = {"step": "pdf-to-raster", "grey": True, "resolution": 72}
    image = raster_page(convert(data.getvalue(), step))
    assert image.size == (800, 1200)
    assert (shade_at(image, 0.98, 0.98), shade_at(image, 0.02, 0.5)) == (0.0, 0.5)
    image = raster_page(convert(data.getvalue(), {**step, "paper": [210.0, 297.0]}))
    assert image.size == (595, 842)
    assert [shade_at(image, x, 0.98) for x in (0.01, 0.5, 0.94)] == [1.0, 0.5, 0.0]
    small = raster_page(convert(simple(1, b"0 g 0 0 9999 9999 re f"), {**step, "paper": [297.0, 420.0]}))
    assert small.size == (842, 1191)
    assert [shade_at(small, 0.5, y) for y in (0.05, 0.5, 0.95)] == [1.0, 0.0, 1.0]


@pytest.mark.parametrize(
    ("sides", "back", "mark", "transforms"),
    [
        ("one-sided", "rotated", (0, 1), (1, 1)),
        ("two-sided-long-edge", "normal", (0, 1), (1, 1)),
        ("two-sided-long-edge", "rotated", (1, 0), (-1, -1)),
        ("two-sided-long-edge", "flipped", (0, 0), (1, -1)),
        ("two-sided-long-edge", "manual-tumble", (0, 1), (1, 1)),
        ("two-sided-short-edge", "rotated", (0, 1), (1, 1)),
        ("two-sided-short-edge", "flipped", (1, 1), (-1, 1)),
        ("two-sided-short-edge", "manual-tumble", (1, 0), (-1, -1)),
    ],
)
def test_the_back_of_a_sheet_is_turned_as_the_device_wants_it(
    sides: str, back: str, mark: tuple[int, int], transforms: tuple[int, int]
) -> None:
    step = {"step": "pdf-to-raster", "grey": True, "resolution": 72, "sides": sides, "sheet_back": back}
    out = convert(shaded(2), step)
    assert shade_at(raster_page(out), 0.02, 0.98) == 0.0
    assert shade_at(raster_page(out, 1), 0.02 + 0.96 * mark[0], 0.02 + 0.96 * mark[1]) == 0.0
    second = out.index(b"PwgRaster", 100)
    assert struct.unpack_from(">ii", out, second + 456) == transforms


def test_pass_through_wins() -> None:
    for kind in (sniff.PDF, sniff.PCL, sniff.PWG_RASTER, "application/vnd.unheard-of"):
        assert plan(kind, {kind, sniff.PDF}, Wishes()) == ([], kind)


def test_plans() -> None:
    def names(kind: str, accepted: set[str], wishes: Wishes) -> list[str]:
        return [str(step["step"]) for step in plan(kind, accepted, wishes)[0]]

    assert names(sniff.PDF, {sniff.URF}, Wishes()) == ["pdf-to-raster"]
    assert names(sniff.POSTSCRIPT, {sniff.PCL_XL}, Wishes()) == ["postscript-to-pdf", "pdf-to-pcl-xl"]
    assert names(sniff.JPEG, {sniff.PDF}, Wishes(stamp="x")) == ["image-to-pdf", "stamp"]
    everything = Wishes(page_ranges=((1, 2),), number_up=4, stamp="x", grey=True)
    assert names(sniff.PDF, {sniff.PDF}, everything) == ["select", "number-up", "stamp", "grey"]
    two_sided = Wishes(sides="two-sided-long-edge")
    assert names(sniff.PDF, {sniff.PDF, sniff.PCL_XL}, two_sided) == ["pdf-to-pcl-xl"]
    assert names(sniff.PDF, {sniff.PDF}, two_sided) == []
    assert names(sniff.POSTSCRIPT, {sniff.PDF, sniff.POSTSCRIPT}, two_sided) == ["postscript-sides"]
    assert names(sniff.PDF, {sniff.POSTSCRIPT}, two_sided) == ["pdf-to-postscript", "postscript-sides"]
    assert names(sniff.PDF, {sniff.PDF}, Wishes(copies=2)) == ["copies"]
    assert names(sniff.PDF, {sniff.URF}, Wishes(copies=2)) == ["copies", "pdf-to-raster"]
    assert names(sniff.PDF, {sniff.PCL_XL}, Wishes(copies=2)) == ["pdf-to-pcl-xl"]
    for kind in (sniff.PCL, sniff.POSTSCRIPT, sniff.TEXT):
        assert names(kind, {kind, sniff.PDF}, Wishes(copies=2)) == []
    assert names(sniff.JPEG, {sniff.JPEG, sniff.PDF}, Wishes(copies=2)) == ["image-to-pdf", "copies"]
    assert names(sniff.PDF, {sniff.PCL_XL}, everything)[-1] == "pdf-to-pcl-xl"
    assert "grey" not in names(sniff.PDF, {sniff.PCL_XL}, everything)
    for kind, target in ((sniff.POSTSCRIPT, sniff.PDF), (sniff.PDF, sniff.PDF)):
        with pytest.raises(NoPlan, match="Ghostscript is not installed"):
            plan(kind, {target}, Wishes(grey=True), ghostscript=False)
    with pytest.raises(NoPlan, match=r"converts application/vnd\.hp-PCL"):
        plan(sniff.PCL, {sniff.PDF}, Wishes())
    with pytest.raises(NoPlan, match="makes any of"):
        plan(sniff.PDF, {sniff.PCL}, Wishes())
    with pytest.raises(NoPlan, match="3 pages on a side"):
        plan(sniff.PDF, {sniff.PDF}, Wishes(number_up=3))


def test_what_can_be_turned_into_what() -> None:
    every = {sniff.PDF, sniff.PCLM, sniff.POSTSCRIPT, sniff.JPEG, sniff.PNG, sniff.TIFF, sniff.TEXT}
    for kind in (sniff.PDF, sniff.PWG_RASTER, sniff.URF, sniff.POSTSCRIPT, sniff.PCL_XL):
        assert set(convertible({kind, sniff.PCL})) == every
        for source in every:
            assert plan(source, {kind}, Wishes())[1] == kind
    assert convertible({sniff.PCL, sniff.JPEG, sniff.OCTET_STREAM}) == ()
    assert convertible({sniff.POSTSCRIPT}, ghostscript=False) == ()
    assert set(convertible({sniff.URF}, ghostscript=False)) == every - {sniff.POSTSCRIPT}
    assert canonical("Application/VND.hp-pclxl; x=y") == sniff.PCL_XL
    assert canonical("Application/Unheard-Of") == "application/unheard-of"


def test_a_result_beyond_the_room_there_is() -> None:
    data = shaded(2)
    chain, _ = plan(sniff.PDF, {sniff.PWG_RASTER}, Wishes(resolution=72))
    with Pool(1) as pool, tempfile.TemporaryFile() as source, tempfile.TemporaryFile() as target:
        source.write(data)
        source.flush()
        size = len(convert(data, *chain))
        for octets in (size - 1, size):
            source.seek(0)
            target.seek(0)
            target.truncate()
            if octets < size:
                with pytest.raises(TooMuch, match="larger than the room"):
                    pool.convert(chain, source.fileno(), target.fileno(), octets)
            else:
                pool.convert(chain, source.fileno(), target.fileno(), octets)
        assert os.fstat(target.fileno()).st_size == size
        source.seek(0)
        with pytest.raises(TooMuch, match="select none of its 2 pages"):
            pool.convert([{"step": "select", "ranges": [[3, 3]]}], source.fileno(), target.fileno())


def test_conversion_in_a_worker() -> None:
    chain, kind = plan(sniff.PDF, {sniff.PWG_RASTER}, Wishes(page_ranges=((2, 3),), resolution=72))
    assert kind == sniff.PWG_RASTER
    with Pool(1) as pool, tempfile.TemporaryFile() as source, tempfile.TemporaryFile() as target:
        source.write(shaded())
        source.seek(0)
        pool.convert(chain, source.fileno(), target.fileno())
        target.seek(0)
        assert look(target.read()).pages == 2
        with pytest.raises(WorkerFailed, match="beyond repair"):
            pool.convert([{"step": "booklet"}], target.fileno(), source.fileno())
        source.seek(0)
        postscript, _ = plan(sniff.PDF, {sniff.POSTSCRIPT}, Wishes())
        source.truncate(0)
        source.write(shaded(2))
        source.seek(0)
        target.seek(0)
        target.truncate()
        pool.convert(postscript, source.fileno(), target.fileno())
        target.seek(0)
        assert look(target.read()).pages == 2
