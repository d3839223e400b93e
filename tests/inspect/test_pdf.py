"""PDF: the same verdict as Ghostscript's inkcov page by page, sizes as pdfinfo has them, hostile files."""

from __future__ import annotations

import gzip
import io
import re
import subprocess
from pathlib import Path

import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plantin.inspect import ghostscript, limits
from plantin.inspect.paper import inspect_paper
from plantin.inspect.pdf.document import Work, inspect_pdf
from plantin.inspect.report import CannotInspect, Found
from tests.inspect.gs import inkcov
from tests.inspect.pdfs import simple, write_random, write_traps


def found(data: bytes, work: Work | None = None) -> Found:
    return inspect_pdf(io.BytesIO(data), ghostscript.pdf_pages, work)


def letters(result: Found) -> str:
    return "".join("c" if page.colour else "m" for page in inspect_paper(result).each_page())


def test_every_trap_has_inkcovs_verdict(tmp_path: Path) -> None:
    path = tmp_path / "traps.pdf"
    names = write_traps(path)
    ours, theirs = letters(found(path.read_bytes())), inkcov(path)
    assert len(theirs) == len(names)
    assert {n: a for n, a, b in zip(names, ours, theirs, strict=True) if a != b} == {}


def test_most_pages_are_decided_by_structure(tmp_path: Path) -> None:
    path = tmp_path / "traps.pdf"
    names = write_traps(path)
    work = Work()
    found(path.read_bytes(), work)
    assert work.structure + work.visible + work.rendered == len(names)
    assert work.rendered < len(names) / 2


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_random_pages_have_inkcovs_verdict(seed: int, tmp_path: Path) -> None:
    path = tmp_path / "random.pdf"
    contents = write_random(path, seed, 150)
    ours, theirs = letters(found(path.read_bytes())), inkcov(path)
    assert [(c, a) for c, a, b in zip(contents, ours, theirs, strict=True) if a != b] == []


SHIPPED = sorted(
    path
    for folder, pattern in (("/usr/share/cups/data", "*.pdf"), ("/usr/share/doc", "*/*.pdf*"))
    for path in Path(folder).glob(pattern)
    if path.stat().st_size < 700_000 and path.name.endswith((".pdf", ".pdf.gz"))
)[:12]


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_documents_that_debian_ships(path: Path, tmp_path: Path) -> None:
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    copy = tmp_path / "copy.pdf"
    copy.write_bytes(data)
    result = found(data)
    assert letters(result) == inkcov(copy)
    assert result.pages == _pdfinfo_pages(copy)


def _pdfinfo(path: Path, *options: str) -> str:
    return subprocess.run(["pdfinfo", *options, path], check=True, capture_output=True, text=True).stdout


def _pdfinfo_pages(path: Path) -> int:
    match = re.search(r"^Pages:\s+(\d+)", _pdfinfo(path), re.MULTILINE)
    assert match is not None
    return int(match[1])


def test_sizes_with_rotation_crop_and_user_unit(tmp_path: Path) -> None:
    pdf = pikepdf.Pdf.new()
    for media, crop, rotate in (
        ([0, 0, 595, 842], None, 0),
        ([0, 0, 595, 842], None, 90),
        ([0, 0, 595, 842], [100, 100, 400, 500], 270),
        ([-10, -10, 832, 585], [-50, -50, 2000, 2000], 180),
        ([0, 0, 2384, 3370], None, 0),
    ):
        page = pdf.add_blank_page()
        page.obj.MediaBox = media
        page.obj.Rotate = rotate
        if crop is not None:
            page.obj.CropBox = crop
    path = tmp_path / "sizes.pdf"
    pdf.save(path)
    out = _pdfinfo(path, "-f", "1", "-l", "99")
    expected = []
    turned = [int(n) for n in re.findall(r"rot:\s+(\d+)", out)]
    for (width, height), turn in zip(re.findall(r"size:\s+([\d.]+) x ([\d.]+)", out), turned, strict=True):
        size = (round(float(width) * 25.4 / 72, 1), round(float(height) * 25.4 / 72, 1))
        expected.append(size[::-1] if turn % 180 else size)
    pages = [(p.width_mm, p.height_mm) for p in inspect_paper(found(path.read_bytes())).each_page()]
    assert pages == expected


def test_user_unit_scales_the_page() -> None:
    pdf = pikepdf.Pdf.new()
    pdf.add_blank_page(page_size=(595, 842)).obj.UserUnit = 2
    out = io.BytesIO()
    pdf.save(out, min_version="1.6")
    assert inspect_paper(found(out.getvalue())).sizes == {(419.8, 594.1): 1}


def test_annotations_count_as_they_print(tmp_path: Path) -> None:
    pdf = pikepdf.Pdf.new()
    red = {"Rect": [100, 100, 300, 300], "C": [1, 0, 0], "Border": [0, 0, 2]}
    for flags, subtype, appearance in (
        (0, "/Link", False),
        (4, "/Link", False),
        (6, "/Link", False),
        (4, "/Square", True),
        (0, "/Square", True),
        (6, "/Square", True),
    ):
        page = pdf.add_blank_page(page_size=(595, 842))
        note = pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name(subtype), F=flags, **red)
        if appearance:
            form = {"Subtype": pikepdf.Name.Form, "BBox": [0, 0, 200, 200]}
            note.AP = pikepdf.Dictionary(N=pikepdf.Stream(pdf, b"1 0 0 rg 0 0 200 200 re f", **form))
        page.obj.Annots = pikepdf.Array([pdf.make_indirect(note)])
    path = tmp_path / "notes.pdf"
    pdf.save(path)
    assert letters(found(path.read_bytes())) == inkcov(path) == "mcmcmm"


@pytest.mark.parametrize("options", [{"linearize": True}, {"qdf": True}, {"compress_streams": False}])
def test_forms_of_the_same_file(options: dict[str, bool]) -> None:
    assert letters(found(simple(3, b"1 0 0 rg 9 9 99 99 re f", **options))) == "ccc"


def test_encryption_with_an_empty_user_password_is_read_and_with_another_is_not() -> None:
    opened = simple(2, encryption=pikepdf.Encryption(owner="secret", user=""))
    assert found(opened).pages == 2
    locked = simple(2, encryption=pikepdf.Encryption(owner="secret", user="secret"))
    with pytest.raises(CannotInspect, match="encrypted"):
        found(locked)


def test_inherited_resources_and_boxes() -> None:
    pdf = pikepdf.Pdf.new()
    page = pdf.add_blank_page(page_size=(595, 842))
    page.obj.Contents = pikepdf.Stream(pdf, b"/S cs 1 scn 100 100 99 99 re f")
    pdf.Root.Pages.MediaBox = pikepdf.Array([0, 0, 842, 1191])
    space = [pikepdf.Name.Separation, pikepdf.Name.Black, pikepdf.Name.DeviceGray]
    function = pikepdf.Dictionary(FunctionType=2, Domain=[0, 1], C0=[1], C1=[0], N=1)
    pdf.Root.Pages.Resources = pikepdf.Dictionary(
        ColorSpace=pikepdf.Dictionary(S=pikepdf.Array([*space, function]))
    )
    del page.obj.MediaBox
    out = io.BytesIO()
    pdf.save(out)
    report = inspect_paper(found(out.getvalue()))
    assert (report.colour_pages, report.sizes) == (0, {(297.0, 420.2): 1})


def test_fifty_thousand_pages_make_a_short_report() -> None:
    result = found(simple(50_000, object_stream_mode=pikepdf.ObjectStreamMode.generate))
    assert result.pages == 50_000
    assert len(result.page_list) == 1


def _raw(*objects: str) -> bytes:
    """A PDF without a cross-reference table: readers rebuild it."""
    body = "".join(f"{i} 0 obj\n{text}\nendobj\n" for i, text in enumerate(objects, 1))
    return f"%PDF-1.4\n{body}trailer\n<</Root 1 0 R /Size {len(objects) + 1}>>\n%%EOF\n".encode("latin-1")


def _stream(data: str, entries: str = "") -> str:
    return f"<<{entries} /Length {len(data)}>>\nstream\n{data}\nendstream"


FORM_PAGE = (
    "<</Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
    " /Resources <</XObject <</F 5 0 R>>>>>>"
)
CATALOG = "<</Type /Catalog /Pages 2 0 R>>"
ONE_PAGE = "<</Type /Pages /Kids [3 0 R] /Count 1>>"


def test_a_page_count_of_a_thousand_million_is_not_believed() -> None:
    lie = ONE_PAGE.replace("/Count 1", "/Count 1000000000")
    page = "<</Type /Page /Parent 2 0 R /MediaBox [0 0 595 842]>>"
    assert found(_raw(CATALOG, lie, page)).pages == 1


def test_a_loop_in_the_page_tree_ends() -> None:
    with pytest.raises(CannotInspect):
        found(_raw(CATALOG, "<</Type /Pages /Kids [2 0 R] /Count 1>>"))


def test_a_form_that_draws_itself_ends() -> None:
    form = _stream("1 0 0 rg 100 100 99 99 re f /F Do", "/Subtype /Form /BBox [0 0 600 600]")
    assert letters(found(_raw(CATALOG, ONE_PAGE, FORM_PAGE, _stream("/F Do"), form))) == "c"


def test_forms_nested_too_deep_are_refused() -> None:
    depth = limits.FORM_DEPTH_MAX + 2
    forms = [
        _stream("/F Do", f"/Subtype /Form /BBox [0 0 9 9] /Resources <</XObject <</F {6 + i} 0 R>>>>")
        for i in range(depth)
    ]
    last = _stream("0 g", "/Subtype /Form /BBox [0 0 9 9]")
    with pytest.raises(CannotInspect, match="nested"):
        found(_raw(CATALOG, ONE_PAGE, FORM_PAGE, _stream("/F Do"), *forms, last))
    assert found(_raw(CATALOG, ONE_PAGE, FORM_PAGE, _stream("/F Do"), *forms[:-3], last)).pages == 1


def test_a_stream_that_unpacks_beyond_the_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "DOCUMENT_UNPACKED_OCTETS_MAX", 100_000)
    content = b"0 g 100 100 200 200 re f" + b" " * 49_976
    assert found(simple(2, content)).pages == 2
    with pytest.raises(CannotInspect, match="unpack beyond"):
        found(simple(3, content))


def test_junk_before_and_after() -> None:
    assert found(b"junk\n" * 100 + simple(2) + b"\x1b%-12345X").pages == 2


def test_a_file_cut_off_is_repaired_as_far_as_it_goes() -> None:
    whole = simple(5, b"1 0 0 rg 9 9 99 99 re f", compress_streams=False)
    assert found(whole[: len(whole) - 300]).pages == 5
    with pytest.raises(CannotInspect, match=r"beyond repair|no pages|page tree"):
        found(whole[:30])


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 1 << 30), st.binary(min_size=1, max_size=6)), max_size=10),
    st.integers(0, 9),
)
def test_damage_gives_a_report_or_says_why(damage: list[tuple[int, bytes]], cut: int) -> None:
    data = bytearray(TRAPS)
    for place, octets in damage:
        position = place % len(data)
        data[position : position + len(octets)] = octets
    try:
        result = found(bytes(data[: len(data) - cut * 500]))
    except CannotInspect as error:
        assert str(error)
    else:
        assert result.pages > 0


def _traps() -> bytes:
    content = b"q /I gs 1 0 0 rg 9 9 99 99 re f [(a(b)c) 3] TJ /X Do BI /W 1 ID x EI << /A >> <41> /P scn Q"
    return simple(3, content, compress_streams=False)


TRAPS = _traps()
