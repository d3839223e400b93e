"""``plantin inspect``: what documents are, without an installation."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.cli.support import Cli


@pytest.fixture
def office_pdf(tmp_path: Path) -> Path:
    """Three pages of A4, the second one with a patch of red, and one of A5."""
    file = tmp_path / "office.pdf"
    pages = [Image.new("RGB", (210, 297), "white") for _ in range(3)] + [Image.new("L", (148, 210), 255)]
    for page in pages:
        page.paste(0 if page.mode == "L" else (0, 0, 0), (20, 20, 60, 60))
    pages[1].paste((200, 0, 0), (100, 100, 120, 120))
    pages[0].save(file, "PDF", save_all=True, append_images=pages[1:], resolution=25.4)
    return file


def rows(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_a_document_line_by_line(cli: Cli, office_pdf: Path) -> None:
    (row,) = rows(cli.good("inspect", office_pdf, "--json"))
    assert row["file"] == str(office_pdf) and row["format"] == "application/pdf"
    assert (row["pages"], row["colour_pages"], row["mono_pages"]) == (4, 1, 3)
    assert row["sizes"] == [
        {"name": "A4", "width_mm": 210.0, "height_mm": 297.0, "pages": 3},
        {"name": "A5", "width_mm": 148.0, "height_mm": 210.0, "pages": 1},
    ]
    assert [page["colour"] for page in row["page_list"]] == [False, True, False, False]
    assert row["page_list"][3] == {"colour": False, "width_mm": 148.0, "height_mm": 210.0}
    assert (row["impressions"], row["sheets"], row["copies"], row["blank_sides"]) == (4, 4, 1, 0)
    assert row["paper"] == ["A4", "A5"] and "error" not in row
    assert not cli.data.exists()


def test_the_paper_that_a_ticket_makes(cli: Cli, office_pdf: Path) -> None:
    asked = ("-o", "copies=2", "-o", "sides=two-sided-long-edge", "-o", "print-color-mode=monochrome")
    (row,) = rows(cli.good("inspect", office_pdf, "--json", *asked))
    assert (row["impressions"], row["sheets"], row["copies"], row["blank_sides"]) == (8, 6, 2, 4)
    assert (row["colour_pages"], row["colour_impressions"], row["mono_impressions"]) == (1, 0, 8)
    (row,) = rows(cli.good("inspect", office_pdf, "--json", "-o", "number-up=2", "-o", "page-ranges=1-3"))
    assert (row["input_pages"], row["impressions"]) == (3, 2)
    (row,) = rows(cli.good("inspect", office_pdf, "--json", "-o", "media=iso_a3_297x420mm"))
    assert row["paper"] == ["A3"]


def test_a_table_for_people(cli: Cli, office_pdf: Path, page: Path) -> None:
    head, first, second = cli.good("inspect", office_pdf, page).splitlines()
    assert head.split() == ["FORMAT", "PAGES", "COLOUR", "MONO", "SIZE", "IMPRESSIONS", "SHEETS", "FILE"]
    assert first.split() == [
        "application/pdf",
        "4",
        "1",
        "3",
        "3",
        "A4,",
        "1",
        "A5",
        "4",
        "4",
        str(office_pdf),
    ]
    assert second.split() == ["text/plain", "1", "0", "1", "A4", "1", "1", str(page)]


def test_what_cannot_be_inspected(cli: Cli, page: Path, tmp_path: Path) -> None:
    noise, empty, broken = tmp_path / "noise", tmp_path / "empty", tmp_path / "broken.pdf"
    noise.write_bytes(bytes(range(256)) * 4)
    empty.touch()
    broken.write_bytes(b"%PDF-1.7\nnothing of the kind\n%%EOF\n")
    files = [noise, page, empty, tmp_path / "missing", tmp_path, broken]
    told = cli("inspect", "--json", *files)
    assert told.code == 1
    found = rows(told.out)
    assert [row["file"] for row in found] == [str(file) for file in files]
    known = found.pop(1)
    assert known["pages"] == 1 and "error" not in known
    for row in found:
        assert row["error"] and row["page_list"] == row["sizes"] == []
        assert [row[key] for key in ("pages", "colour_pages", "mono_pages", "sheets")] == [None] * 4
    assert [row["format"] for row in found] == ["unknown"] * 4 + ["application/pdf"]
    assert [row["error"] for row in found[2:4]] == ["no such file or directory", "is a directory"]
    *lines, last = told.err.splitlines()
    assert lines == [f"plantin inspect: {row['file']}: {row['error']}" for row in found]
    assert last == "plantin: 5 files of 6 could not be inspected"
    table = cli("inspect", *files)
    assert table.code == 1 and table.err == told.err
    assert table.out.splitlines()[1].split() == ["unknown", *"??????", str(noise)]


def test_a_hundred_files_keep_their_order(cli: Cli, tmp_path: Path) -> None:
    files = []
    for number in range(100):
        file = tmp_path / f"{number}.txt"
        file.write_text("page\f" * (number % 7) + "end\n")
        files.append(file)
    found = rows(cli.good("inspect", "--json", *files))
    assert [row["file"] for row in found] == [str(file) for file in files]
    assert [row["pages"] for row in found] == [number % 7 + 1 for number in range(100)]


def test_standard_input(cli: Cli) -> None:
    (row,) = rows(cli.good("inspect", "-", "--json", stdin=b"hello\n"))
    assert (row["file"], row["format"], row["pages"], row["octets"]) == ("-", "text/plain", 1, 6)


def test_a_name_that_would_drive_a_terminal(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "a\x1b[2Jb"
    file.write_text("x\n")
    assert "\x1b" not in cli.good("inspect", file)
    (row,) = rows(cli.good("inspect", "--json", file))
    assert row["file"] == os.fspath(file)


def test_more_copies_than_anybody_counts(cli: Cli, page: Path) -> None:
    assert "copies" in cli.bad("inspect", page, "-o", "copies=none")
    told = cli("inspect", "--json", page, "-o", "copies=10000")
    assert told.code == 1
    (row,) = rows(told.out)
    assert row["pages"] == 1 and row["sheets"] is None
    assert row["error"] == "could not be counted: 10000 copies are beyond 9999"


def test_wrong_words(cli: Cli, page: Path) -> None:
    assert "missing argument" in cli.bad("inspect", code=2).lower()
    assert "is not NAME=VALUE" in cli.bad("inspect", page, "-o", "copies", code=2)
