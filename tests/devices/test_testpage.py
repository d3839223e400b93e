"""The test page: a real file in each format, whatever stands on it."""

from __future__ import annotations

import re

import pytest

from plantin.devices import TEST_FORMATS, format_of_test_page, make_test_page

FACTS = {"Device": "hall (2nd)", "URI": "ipp://h\\x/", "Odd": "Grüße\n\x1b%-12345X" + "x" * 200}


@pytest.mark.parametrize(
    ("supported", "chosen"),
    [
        ((), "application/pdf"),
        (("Application/PDF",), "application/pdf"),
        (("application/postscript", "text/plain"), "application/postscript"),
        (("text/plain;charset=utf-8",), "text/plain"),
        (("image/urf",), None),
    ],
)
def test_the_best_format(supported: tuple[str, ...], chosen: str | None) -> None:
    assert format_of_test_page(supported) == chosen


@pytest.mark.parametrize("document_format", TEST_FORMATS)
def test_what_stands_on_it_cannot_break_it(document_format: str) -> None:
    page = make_test_page(document_format, FACTS)
    assert b"Plantin test page" in page
    assert b"hall" in page
    assert b"\x1b" not in page


def test_the_pdf_finds_its_own_objects() -> None:
    page = make_test_page("application/pdf", FACTS)
    start = int(page.rsplit(b"startxref\n", 1)[1].split()[0])
    assert page[start:].startswith(b"xref\n")
    entries = re.findall(rb"^(\d{10}) 00000 n $", page[start:], re.MULTILINE)
    assert len(entries) == 6
    for number, place in enumerate(entries, 1):
        assert page[int(place) :].startswith(b"%d 0 obj" % number)
    (length,) = re.findall(rb"/Length (\d+) >>", page)
    content = page.split(b"stream\n", 1)[1].split(b"\nendstream")[0]
    assert len(content) == int(length)
    assert rb"hall \(2nd\)" in content
    assert rb"ipp://h\\x/" in content


def test_another_format() -> None:
    with pytest.raises(KeyError):
        make_test_page("image/urf", {})
