"""PostScript: Ghostscript's count wins over comments that lie; copies, sides and sizes; programs that
misbehave."""

from __future__ import annotations

import io

import pytest

from plantin.inspect import ghostscript
from plantin.inspect.engine import inspect_file
from plantin.inspect.postscript import inspect_postscript
from plantin.inspect.report import CannotInspect
from tests.inspect.gs import FIVE_PAGES

PAGE = b"100 100 50 50 rectfill showpage\n"


def letters(data: bytes) -> str:
    return "".join("c" if page.colour else "m" for page in inspect_file(io.BytesIO(data)).each_page())


def test_pages_colours_and_sizes() -> None:
    report = inspect_file(io.BytesIO(FIVE_PAGES))
    assert letters(FIVE_PAGES) == "mcmcm"
    assert report.sizes == {(209.9, 297.0): 5}
    assert (report.format, report.error) == ("application/postscript", "")


def test_comments_that_lie_are_told_and_not_believed() -> None:
    report = inspect_file(io.BytesIO(b"%!PS-Adobe-3.0\n%%Pages: 40\n%%EndComments\n%%Page: 1 1\n" + PAGE * 2))
    assert report.pages == 2
    assert report.warnings == ("its comments say 40 pages, it prints 2",)


def test_copies_sides_user_and_title() -> None:
    data = (
        b"%!PS-Adobe-3.0\n%%For: (anna)\n%%Title: (Report)\n%%EndComments\n"
        b"%%BeginFeature: *Duplex DuplexTumble\n<</Duplex true /Tumble true>>setpagedevice\n%%EndFeature\n"
        b"<</NumCopies 3>>setpagedevice\n" + PAGE * 3
    )
    report = inspect_file(io.BytesIO(data))
    assert (report.pages, report.copies, report.sides) == (3, 3, "two-sided-short-edge")
    assert (report.sheets, report.blank_sides, report.impressions) == (6, 3, 9)
    assert (report.user, report.job_name) == ("anna", "Report")


def test_number_of_copies_by_the_old_variable() -> None:
    report = inspect_file(io.BytesIO(b"%!\n/#copies 2 def\n" + PAGE))
    assert (report.pages, report.copies) == (1, 2)


def test_a_program_that_fails_keeps_the_pages_it_printed() -> None:
    report = inspect_file(io.BytesIO(b"%!PS\n" + PAGE * 2 + b"nosuchoperator\n" + PAGE))
    assert report.pages == 2
    assert "undefined" in report.warnings[0]


def test_a_program_that_prints_nothing_is_not_zero_pages() -> None:
    report = inspect_file(io.BytesIO(b"%!PS\n1 2 add pop\n"))
    assert (report.pages, report.error) == (None, "could not inspect: it prints no page")


def test_a_program_cannot_read_files_or_forge_pages() -> None:
    data = b"%!PS\n(/etc/passwd) (r) file closefile\n" + PAGE
    assert "invalidfileaccess" in inspect_file(io.BytesIO(data)).error
    forged = b"%!PS\n(%stdout) (w) file ( 0.1  0.1  0.1  0.1 CMYK OK\\n) writestring\n" + PAGE
    assert letters(forged) == "m"


def test_without_ghostscript_the_comments_are_what_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ghostscript, "available", lambda: None)
    data = b"%!PS-Adobe-3.0\n%%Pages: (atend)\n%%Page: 1 1\n%%BeginDocument: x\n%%Page: 9 9\n%%EndDocument\n"
    found = inspect_postscript(io.BytesIO(data + b"%%Page: 2 2\n%%Trailer\n%%Pages: 2\n"))
    assert found.pages == 2
    assert found.page_list[0].page.colour
    with pytest.raises(CannotInspect, match="Ghostscript is not installed"):
        inspect_postscript(io.BytesIO(b"%!PS\nshowpage\n"))
