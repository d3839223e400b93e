"""Languages that stream: counts and colours of what Ghostscript's drivers write, of streams made by hand, and
of garbage. One piece equals octet by octet."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path
from typing import IO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plantin.inspect import limits, sniff
from plantin.inspect.media import Size
from plantin.inspect.paper import inspect_paper
from plantin.inspect.report import CannotInspect, Found
from plantin.inspect.stream import Stream
from plantin.inspect.xps import inspect_xps
from tests.inspect.gs import FIVE_PAGES, make

UEL = b"\x1b%-12345X"


def no_seekable(file: IO[bytes], kind: str, paper: Size | None) -> Found:
    if kind == sniff.XPS:
        return inspect_xps(file, kind)
    raise CannotInspect("not in this test")


def found(data: bytes, size: int = 65_536) -> Found:
    stream = Stream(no_seekable)
    for start in range(0, len(data), size):
        stream.feed(data[start : start + size])
    return stream.finish()


def letters(result: Found) -> str:
    return "".join("c" if page.colour else "m" for page in inspect_paper(result).each_page())


@pytest.mark.parametrize(
    ("device", "options", "kind", "expected"),
    [
        ("ljet4", (), sniff.PCL, "mmmmm"),
        ("ljet4d", (), sniff.PCL, "mmmmm"),
        ("laserjet", (), sniff.PCL, "mmmmm"),
        ("deskjet", (), sniff.PCL, "mmmmm"),
        ("cljet5c", (), sniff.PCL, "mcmcm"),
        ("cljet5", (), sniff.PCL, "mcmcm"),
        ("paintjet", (), sniff.PCL, "mcmcm"),
        ("cdj550", (), sniff.PCL, "mcmcm"),
        # A DeskJet 500C has no black ink beside the coloured ones: every mark takes all three.
        ("cdeskjet", (), sniff.PCL, "ccccc"),
        ("pxlmono", (), sniff.PCL_XL, "mmmmm"),
        ("pxlcolor", (), sniff.PCL_XL, "mcmcm"),
        ("epson", (), sniff.ESCP2, "mmmmm"),
        # The driver itself puts coloured inks under RGB black.
        ("stcolor", (), sniff.ESCP2, "mcccm"),
        ("xpswrite", (), sniff.XPS, "mcmcm"),
        ("pwgraster", ("-dcupsColorSpace=18", "-dcupsBitsPerColor=8"), sniff.PWG_RASTER, "mmmmm"),
        ("pwgraster", ("-dcupsColorSpace=19", "-dcupsBitsPerColor=8"), sniff.PWG_RASTER, "mcmcm"),
        ("cups", ("-dcupsColorSpace=1", "-dcupsBitsPerColor=8"), sniff.CUPS_RASTER, "mcmcm"),
        # Ghostscript's colour management, not the document, asks for four inks on the RGB black page.
        ("cups", ("-dcupsColorSpace=6", "-dcupsBitsPerColor=8"), sniff.CUPS_RASTER, "mcccm"),
        ("urf", ("-dcupsColorSpace=0", "-dcupsBitsPerColor=8"), sniff.URF, "mmmmm"),
    ],
)
def test_what_ghostscript_drivers_write(
    device: str, options: tuple[str, ...], kind: str, expected: str, tmp_path: Path
) -> None:
    result = found(make(device, tmp_path, FIVE_PAGES, *options))
    assert (result.format, letters(result)) == (kind, expected)
    for page in inspect_paper(result).each_page():
        assert abs(page.width_mm - 210) < 0.6
        assert abs(page.height_mm - 297) < 0.6


def test_sides_as_the_duplex_laserjet_driver_says_them(tmp_path: Path) -> None:
    report = inspect_paper(found(make("ljet4d", tmp_path)))
    assert (report.sides, report.sheets, report.blank_sides) == ("two-sided-long-edge", 3, 1)


PCL_CASES = [
    (b"\x1bEone\x0ctwo\x0c\x1bE", 2),
    (b"\x1bEone\x0ctwo\x1bE", 2),
    (b"\x1bEone\x0c\x0ctwo\x1bE", 3),
    (b"\x1bE\x1bE\x1bE", 0),
    (b"\x1bEone\x1b&l0Htwo\x1b&l26Athree", 3),
    (b"\x1bE" + b"line\r\n" * 66, 2),
    (b"\x1bE\x1b&l8D" + b"line\r\n" * 84, 1),
    (b"\x1bE\x1b*p100x200Yone\x1b*p300Ytwo\x0c", 1),
    (b"\x1bE\x1b&p5X\x0c\x0c\x0c\x0c\x0c\x0c", 1),
    (b"\x1bE\x1b(s6W\x0c\x0c\x0c\x0c\x0c\x0cx\x0c", 1),
    (b"\x1bE\x1b*b3W\x0c\x0c\x0c\x0c", 1),
    (b"\x1bE\x1b*b3w\x0c\x0c\x0c2W\x0c\x0c\x0c", 1),
    (b"\x1bE\x1b%0BIN;SP1;PD1,1;\x1b%0A\x0c", 1),
    (b"\x1bE\x1b%0BIN;SP1;\x1b%0A\x1bE", 0),
]


@pytest.mark.parametrize(("data", "pages"), PCL_CASES, ids=map(str, range(len(PCL_CASES))))
def test_pcl_pages(data: bytes, pages: int) -> None:
    if pages:
        assert found(data).pages == pages
    else:
        with pytest.raises(CannotInspect, match="no pages"):
            found(data)


@pytest.mark.parametrize(
    ("data", "colour"),
    [
        (b"\x1bE\x1b*r3U\x1b*v1Sred", True),
        (b"\x1bE\x1b*r3U\x1b*v0Sblack", False),
        (b"\x1bE\x1b*r3U\x1b*v7Swhite", False),
        (b"\x1bE\x1b*v6W\x00\x03\x00\x08\x08\x08\x1b*r1A\x1b*b6W\x80\x80\x80\x20\x20\x20", False),
        (b"\x1bE\x1b*v6W\x00\x03\x00\x08\x08\x08\x1b*r1A\x1b*b6W\x80\x80\x80\x20\x20\x21", True),
        (b"\x1bE\x1b*v6W\x00\x01\x08\x08\x08\x08\x1b*v10a10b10c3I\x1b*r1A\x1b*b2W\x03\x03", False),
        (b"\x1bE\x1b*v6W\x00\x01\x08\x08\x08\x08\x1b*v10a90b10c3I\x1b*r1A\x1b*b2W\x03\x03", True),
        (b"\x1bE\x1b*r-4U\x1b*r1A\x1b*b1V\xff\x1b*b1V\x00\x1b*b1V\x00\x1b*b1W\x00", False),
        (b"\x1bE\x1b*r-4U\x1b*r1A\x1b*b1V\xff\x1b*b1V\x01\x1b*b1V\x00\x1b*b1W\x00", True),
        (b"\x1bE\x1b*r-3U\x1b*r1A\x1b*b1V\xf0\x1b*b1V\xf0\x1b*b1W\xf0", False),
        (b"\x1bE\x1b*r-3U\x1b*r1A\x1b*b1V\xf0\x1b*b1V\xf0\x1b*b1W\xf8", True),
        (b"\x1bE\x1b%0BIN;SP2;PD1,1;\x1b%0A\x0c", True),
    ],
)
def test_pcl_colour(data: bytes, colour: bool) -> None:
    assert letters(found(data)) == ("c" if colour else "m")


PJL_JOB = (
    UEL + b'@PJL JOB NAME="Report"\r\n@PJL SET USERNAME="anna"\r\n@PJL SET COPIES=3\r\n@PJL SET DUPLEX=ON\r\n'
    b"@PJL SET BINDING=SHORTEDGE\r\n@PJL SET PAPER=A3\r\n@PJL SET RENDERMODE=GRAYSCALE\r\n"
    b"@PJL ENTER LANGUAGE=PCL\r\n\x1bE\x1b*r3U\x1b*v1Sone\x0ctwo\x0cthree\x0c\x1bE"
    + UEL
    + b"@PJL EOJ\r\n"
    + UEL
)


def test_pjl_around_pcl() -> None:
    report = inspect_paper(found(PJL_JOB))
    assert (report.format, report.pages, report.copies) == (sniff.PCL, 3, 3)
    assert (report.sides, report.sheets, report.blank_sides) == ("two-sided-short-edge", 6, 3)
    assert (report.user, report.job_name, report.mono_mode) == ("anna", "Report", True)
    assert (report.impressions_colour, report.impressions_mono) == (0, 9)
    assert report.sizes == {(297.0, 420.0): 3}


def test_pcl_copies_replace_those_of_pjl_and_quantity_multiplies() -> None:
    def job(pjl: bytes) -> bytes:
        return UEL + pjl + b"@PJL ENTER LANGUAGE=PCL\r\n\x1bE\x1b&l4Xone\x0c\x1bE" + UEL

    assert inspect_paper(found(job(b"@PJL SET COPIES=3\r\n"))).copies == 4
    assert inspect_paper(found(job(b"@PJL SET QTY=2\r\n"))).copies == 8


def test_parts_of_a_pjl_job_add_up() -> None:
    job = (
        UEL + b"@PJL ENTER LANGUAGE=PCL\n\x1bEa\x0c" + UEL + b"@PJL ENTER LANGUAGE=PCL\n\x1bEb\x0cc\x0c" + UEL
    )
    assert found(job).pages == 3


def test_a_language_nobody_knows_is_unknown_and_not_zero() -> None:
    stream = Stream(no_seekable)
    with pytest.raises(CannotInspect, match="language is not known"):
        stream.feed(UEL + b"@PJL ENTER LANGUAGE=ZJS\r\nJZJZ\x00\x01" + bytes(9000))
    assert stream.kind == "unknown"


def test_text_layout() -> None:
    assert found(b"hello\n").pages == 1
    assert found(b"a\n" * 60).pages == 1
    assert found(b"a\n" * 61).pages == 2
    assert found(b"x" * 80 * 60).pages == 1
    assert found(b"x" * (80 * 60 + 1)).pages == 2
    assert found(b"a\x0cb").pages == 2
    assert found(b"a\x0c").pages == 1
    assert found("ü".encode() * 80 * 60).pages == 1


def test_gzip_is_looked_through_once() -> None:
    assert found(gzip.compress(b"a\x0cb\x0c", mtime=0)).pages == 2
    with pytest.raises(CannotInspect, match="gzip"):
        found(gzip.compress(gzip.compress(b"a\x0cb\x0c", mtime=0)))


def _urf(pages: int, lines: int = 2, claimed: int | None = None) -> bytes:
    head = b"UNIRAST\x00" + struct.pack(">I", pages if claimed is None else claimed)
    page = struct.pack(">BBBB8xIIIII", 24, 1, 3, 4, 10, lines, 72, 0, 0)
    return head + (page + b"\x00\x09\x40\x40\x40" * lines) * pages


def test_urf_pages_sides_and_lies() -> None:
    result = found(_urf(3, claimed=7))
    assert letters(result) == "mmm"
    assert inspect_paper(result).sheets == 2
    assert result.warnings == ("it has 3 pages, its header says 7",)


def test_a_raster_cut_off_counts_the_page_it_is_in() -> None:
    result = found(_urf(3)[:-4])
    assert result.pages == 3
    assert result.warnings == ("it ends in the middle of page 3",)


def test_page_limit_at_n_and_one_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "PAGES_MAX", 5)
    assert found(b"x\x0c" * 5).pages == 5
    with pytest.raises(CannotInspect, match="more than 5 pages"):
        found(b"x\x0c" * 6)


def test_pjl_line_limit_at_n_and_one_more() -> None:
    start = UEL + b"@PJL\r\n"
    line = b"@PJL COMMENT "
    room = limits.PJL_LINE_OCTETS_MAX - len(line)
    assert found(start + line + b"x" * room + b"\n\x1bEone\x0c").pages == 1
    with pytest.raises(CannotInspect, match="PJL line"):
        stream = Stream(no_seekable)
        stream.feed(start + line + b"x" * (room + 1))
        stream.feed(bytes(9000))


SEEDS = [
    PJL_JOB,
    *[case[0] for case in PCL_CASES],
    _urf(2),
    b"plain text\n\tand a tab\x0cpage two\r\n",
    gzip.compress(b"a\x0cb\x0c", mtime=0),
    b"\x1b@\x1b(G\x01\x00\x01hi\x1b.\x01\x18\x18\x01\x10\x00\xff\x0c\x0cx\x0c",
    UEL + b"@PJL ENTER LANGUAGE=PCLXL\n) HP-PCL XL;3;0\n\xc0\x02\xf8%C\xd1\x00\x00\x00\x00\xf8LkD" + UEL,
    b"RaS2PwgRaster\x00" + bytes(1783) + b"\x00" * 400,
]


def outcome(data: bytes, size: int) -> object:
    try:
        return found(data, size)
    except CannotInspect as error:
        return str(error)


@pytest.mark.parametrize("data", SEEDS, ids=map(str, range(len(SEEDS))))
def test_one_piece_equals_octet_by_octet(data: bytes) -> None:
    assert outcome(data, 1) == outcome(data, 1 << 20)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(SEEDS), st.lists(st.tuples(st.integers(0, 4000), st.binary(max_size=4)), max_size=8))
def test_damage_gives_a_report_or_says_why(seed: bytes, damage: list[tuple[int, bytes]]) -> None:
    data = bytearray(seed)
    for place, octets in damage:
        position = place % len(data)
        data[position : position + len(octets)] = octets
    assert outcome(bytes(data), 7) == outcome(bytes(data), 1 << 20)


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from([b"", b"\x1bE", b"\x1b@", b"UNIRAST\x00", b"RaS2", b") HP-PCL XL;\n", UEL]), st.binary()
)
def test_garbage_gives_a_report_or_says_why(head: bytes, tail: bytes) -> None:
    assert outcome(head + tail, 3) == outcome(head + tail, 1 << 20)
