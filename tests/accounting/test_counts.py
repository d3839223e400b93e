"""What is counted is what inspection counts, and what is priced is what is counted."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plantin.accounting.counts import Counted, JobTicket, Uncountable, count, count_all
from plantin.inspect.paper import inspect_paper, with_ticket
from plantin.inspect.report import Found, Inspection, PageInfo, PageRun, Settings, could_not_inspect
from plantin.ledger.limits import COPIES_MAX, PAGES_MAX
from plantin.ledger.sizes import Size, size_named
from plantin.ledger.usage import DeviceReport, settle

A4, A3, LETTER = (210.0, 297.0), (297.0, 420.0), (215.9, 279.4)
PDF = "application/pdf"
PWG = "image/pwg-raster"


def page(colour: bool = False, size: tuple[float, float] = A4, **stream: str | int | None) -> PageInfo:
    return PageInfo(colour, *size, **stream)  # type: ignore[arg-type]


def document(*pages: PageInfo, kind: str = PDF, **document_settings: object) -> Inspection:
    runs = tuple(PageRun(1, one) for one in pages)
    return inspect_paper(Found(kind, runs, Settings(**document_settings)))  # type: ignore[arg-type]


def ticket(**asked: object) -> JobTicket:
    return JobTicket(Settings(**asked))  # type: ignore[arg-type]


def numbers(counted: Counted) -> tuple[int, ...]:
    return (
        counted.input_pages,
        counted.colour_impressions,
        counted.mono_impressions,
        counted.sheets,
        counted.copies,
        counted.blank_sides,
    )


def numbers_of_inspection(report: Inspection) -> tuple[int | None, ...]:
    return (
        report.input_pages,
        report.impressions_colour,
        report.impressions_mono,
        report.sheets,
        report.copies,
        report.blank_sides,
    )


def test_five_numbers_stay_five() -> None:
    report = document(page(), page(True), page(), page(), page(True))
    counted = count(report, ticket(copies=3, sides="two-sided-long-edge", number_up=2))
    assert counted.pages == counted.input_pages == 5
    assert (counted.impressions, counted.colour_impressions, counted.mono_impressions) == (9, 6, 3)
    assert (counted.sheets, counted.copies, counted.blank_sides) == (6, 3, 3)
    assert counted.two_sided and counted.paper_sizes == {"A4"}


def test_the_ticket_changes_nothing_that_it_does_not_name() -> None:
    report = document(page(), page(), copies=4, sides="two-sided-short-edge")
    assert numbers(count(report)) == (2, 0, 8, 4, 4, 0)
    assert numbers(count(report, ticket(copies=6))) == (2, 0, 12, 6, 6, 0)
    assert numbers(count(report, ticket(sides="one-sided"))) == (2, 0, 8, 8, 4, 0)


def test_a_page_in_landscape_is_on_the_same_paper() -> None:
    report = document(page(), page(size=(297.0, 210.0)), page(size=(209.6, 296.9)))
    counted = count(report, ticket(sides="two-sided-long-edge"))
    assert (counted.sheets, counted.blank_sides, counted.paper_sizes) == (2, 1, {"A4"})


def test_the_job_chooses_the_paper_of_a_pdf_but_not_of_a_raster() -> None:
    asked = replace(ticket(sides="two-sided-long-edge"), sheet_size=size_named("A4"))
    pages = page(), page(size=A3), page(size=LETTER)
    of_pdf, of_raster = count(document(*pages), asked), count(document(*pages, kind=PWG), asked)
    assert (of_pdf.sheets, of_pdf.paper_sizes) == (2, {"A4"})
    assert (of_raster.sheets, of_raster.paper_sizes) == (3, {"A4", "A3", "Letter"})


def test_copies_of_single_pages() -> None:
    report = document(page(True, copies=2), page(copies=3), kind=PWG)
    counted = count(report)
    assert (counted.colour_impressions, counted.mono_impressions, counted.sheets) == (2, 3, 5)
    assert (counted.copies, counted.layout.copies) == (3, 1)
    assert numbers(count(report, ticket(copies=4))) == (2, 4, 4, 8, 4, 0)


def test_a_document_s_own_copies_are_not_hidden_behind_the_one_that_every_client_asks_for() -> None:
    report = document(page(), page(), copies=4, kind="application/vnd.hp-PCL")
    for asked in (1, 3, None):
        assert numbers(count(report, ticket(copies=asked))) == (2, 0, 8, 8, 4, 0)
    by_page = document(page(True, copies=2), page(copies=3), kind=PWG)
    assert numbers(count(by_page, ticket(copies=1))) == numbers(count(by_page))
    assert numbers(count(document(page()), ticket(copies=1))) == (1, 0, 1, 1, 1, 0)


def test_monochrome_makes_every_side_black() -> None:
    counted = count(document(page(True), page()), ticket(mono_mode=True))
    assert (counted.colour_impressions, counted.mono_impressions) == (0, 2)


def test_several_documents_each_begin_on_a_new_sheet() -> None:
    odd = document(page(), page(True), page())
    counted = count_all([odd, odd], ticket(copies=2, sides="two-sided-long-edge"))
    assert numbers(counted) == (6, 4, 8, 8, 2, 4)
    assert counted.pages == 6 and counted.layout.copies == 2


def test_documents_with_copies_of_their_own() -> None:
    counted = count_all([document(page(), page(), copies=2), document(page(True), copies=3)])
    assert (counted.mono_impressions, counted.colour_impressions, counted.sheets) == (4, 3, 7)
    assert (counted.copies, counted.layout.copies) == (3, 1)


def test_what_cannot_be_counted_is_not_nothing() -> None:
    broken = could_not_inspect(PDF, "it is encrypted")
    with pytest.raises(Uncountable, match="could not inspect: it is encrypted"):
        count(broken)
    with pytest.raises(Uncountable, match="it is encrypted"):
        count_all([document(page()), broken])
    with pytest.raises(Uncountable, match="no document"):
        count_all([])
    with pytest.raises(Uncountable, match="nobody here reads its language"):
        count(Inspection("unknown"))


def test_limits() -> None:
    assert count(document(page()), ticket(copies=COPIES_MAX)).sheets == COPIES_MAX
    with pytest.raises(Uncountable, match=f"{COPIES_MAX + 1} copies are beyond {COPIES_MAX}"):
        count(document(page()), ticket(copies=COPIES_MAX + 1))
    many = inspect_paper(Found(PDF, (PageRun(PAGES_MAX + 1, page()),)))
    with pytest.raises(Uncountable, match="pages are beyond"):
        count(many)
    spread = [document(*[page()] * 201, copies=copies) for copies in (5_000, 4_999)]
    with pytest.raises(Uncountable, match="sheets are beyond"):
        count_all(spread)


def test_part_of_it_came_out() -> None:
    counted = count(document(page(True), page(), page()), ticket(copies=2, sides="two-sided-long-edge"))
    usage = settle(counted.layout, DeviceReport(impressions=4))
    assert (usage.colour_impressions, usage.mono_impressions, usage.media_sheets) == (2, 2, 3)


SIZES = st.sampled_from([A4, A3, LETTER, (90.0, 90.0)])
SIDES = st.sampled_from([None, "one-sided", "two-sided-long-edge", "two-sided-short-edge"])
PAGES = st.lists(
    st.builds(
        lambda count, colour, size, sides, copies: PageRun(
            count, PageInfo(colour, *size, sides=sides, copies=copies)
        ),
        st.integers(1, 5),
        st.booleans(),
        SIZES,
        st.none() | SIDES,
        st.none() | st.integers(1, 3),
    ),
    max_size=6,
)
RANGES = st.none() | st.lists(
    st.tuples(st.integers(1, 12), st.integers(0, 6)).map(lambda pair: (pair[0], sum(pair))), min_size=1
).map(tuple)
ASKED = st.builds(
    Settings,
    copies=st.none() | st.integers(1, 4),
    sides=SIDES,
    number_up=st.sampled_from([None, 1, 2, 4, 6]),
    page_ranges=RANGES,
    page_set=st.sampled_from([None, "all", "odd", "even"]),
    mono_mode=st.sampled_from([None, True, False]),
)


def at_least_its_own(report: Inspection, asked: Settings) -> Settings:
    fewer = asked.copies is not None and asked.copies < report.copies
    return replace(asked, copies=None) if fewer else asked


@settings(max_examples=300, deadline=None)
@given(PAGES, ASKED)
def test_the_layout_has_the_numbers_of_inspection(runs: list[PageRun], asked: Settings) -> None:
    report = inspect_paper(Found(PDF, tuple(runs)))
    counted = count(report, JobTicket(asked))
    assert numbers(counted) == numbers_of_inspection(with_ticket(report, at_least_its_own(report, asked)))


@settings(max_examples=100, deadline=None)
@given(PAGES, ASKED, st.sampled_from(["A4", "A3", "Letter"]))
def test_one_size_of_paper_is_one_size_of_paper(runs: list[PageRun], asked: Settings, name: str) -> None:
    report = inspect_paper(Found(PDF, tuple(runs)))
    counted = count(report, JobTicket(asked, sheet_size=size_named(name)))
    assert counted.paper_sizes <= {name}
    same = tuple(replace(run, page=replace(run.page, width_mm=1.0, height_mm=1.0)) for run in runs)
    expected = with_ticket(inspect_paper(Found(PDF, same)), at_least_its_own(report, asked))
    assert numbers(counted) == numbers_of_inspection(expected)


@pytest.mark.parametrize("edges", [(0.0, 0.0), (0.001, 5.0), (10.0**9, 2.0)])
def test_absurd_pages_are_some_paper(edges: tuple[float, float]) -> None:
    (sheet,) = count(document(page(size=edges))).layout.sheets
    assert isinstance(sheet.front.size, Size)
