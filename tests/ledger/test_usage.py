"""What the paper shows: layout, counts, part-printed jobs, and what devices report."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plantin.ledger.errors import InvalidRequest
from plantin.ledger.layout import Layout, Page, PageSet, Sheet, Side, Ticket, impose
from plantin.ledger.limits import COPIES_MAX, NUMBER_UP_MAX, PAGE_RANGES_MAX, PAGES_MAX, PAPERS_MAX
from plantin.ledger.sizes import Size, size_named
from plantin.ledger.usage import DeviceReport, SideCount, Usage, settle, usage_of, usage_of_first

A3, A4, A5 = (size_named(name) for name in ("A3", "A4", "A5"))
MONO, COLOUR = Page(A4, False), Page(A4, True)
LANDSCAPE = Size(29700, 21010)


def numbers(usage: Usage) -> tuple[int, int, int, int, int]:
    """Impressions, colour, mono, sheets, blank sides."""
    colour, mono = usage.colour_impressions, usage.mono_impressions
    return usage.impressions, colour, mono, usage.media_sheets, usage.blank_sides


@pytest.mark.parametrize(
    ("pages", "ticket", "expected"),
    [
        ([MONO] * 3, Ticket(), (3, 0, 3, 3, 0)),
        ([MONO] * 3, Ticket(two_sided=True), (3, 0, 3, 2, 1)),
        ([MONO] * 4, Ticket(two_sided=True), (4, 0, 4, 2, 0)),
        ([MONO] * 3, Ticket(two_sided=True, copies=5), (15, 0, 15, 10, 5)),
        ([MONO, COLOUR, MONO], Ticket(), (3, 1, 2, 3, 0)),
        ([MONO, COLOUR, MONO], Ticket(monochrome=True), (3, 0, 3, 3, 0)),
        ([MONO, COLOUR, MONO, MONO], Ticket(number_up=2), (2, 1, 1, 2, 0)),
        ([MONO] * 9, Ticket(number_up=4, two_sided=True), (3, 0, 3, 2, 1)),
        ([MONO] * 10, Ticket(page_ranges=((2, 3), (8, 99))), (5, 0, 5, 5, 0)),
        ([MONO, COLOUR] * 5, Ticket(page_set=PageSet.ODD), (5, 0, 5, 5, 0)),
        ([MONO, COLOUR] * 5, Ticket(page_set=PageSet.EVEN), (5, 5, 0, 5, 0)),
        ([MONO, Page(A3, False), MONO], Ticket(two_sided=True), (3, 0, 3, 3, 3)),
        ([], Ticket(), (0, 0, 0, 0, 0)),
        ([MONO], Ticket(copies=3, collated=False), (3, 0, 3, 3, 0)),
        ([MONO, COLOUR] * 5, Ticket(page_ranges=((4, 6), (2, 5), (2, 2))), (5, 3, 2, 5, 0)),
        ([MONO, Page(LANDSCAPE, True)], Ticket(two_sided=True), (2, 1, 1, 1, 0)),
        (
            [Page(Size(12000, 34000), False), Page(Size(34000, 12000), False)],
            Ticket(two_sided=True),
            (2, 0, 2, 1, 0),
        ),
    ],
)
def test_pages_become_impressions_and_sheets(
    pages: list[Page], ticket: Ticket, expected: tuple[int, int, int, int, int]
) -> None:
    usage = usage_of(impose(pages, ticket))
    assert numbers(usage) == expected
    assert usage.input_pages == len(pages)
    assert usage.copies == ticket.copies


def test_an_odd_last_side_is_no_duplex_side() -> None:
    usage = usage_of(impose([MONO] * 3, Ticket(two_sided=True)))
    assert usage.sides == (
        SideCount(A4, colour=False, duplex=True, count=2),
        SideCount(A4, colour=False, duplex=False, count=1),
    )


def test_a_sheet_size_of_the_ticket_wins_over_the_pages() -> None:
    layout = impose([Page(A5, True), Page(A3, False)], Ticket(sheet_size=A4, number_up=2))
    assert layout.sheets == (Sheet(Side(A4, True)),)


def test_coverage_shrinks_with_number_up_and_is_unknown_when_a_page_is() -> None:
    pages = [Page(A4, False, 100), Page(A4, False, 300), Page(A4, False, 80), Page(A4, False)]
    layout = impose(pages, Ticket(number_up=2))
    assert [sheet.front.coverage_permille for sheet in layout.sheets] == [200, None]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"copies": 0}, "copies"),
        ({"copies": COPIES_MAX + 1}, "copies"),
        ({"number_up": 0}, "number-up"),
        ({"number_up": NUMBER_UP_MAX + 1}, "number-up"),
        ({"page_ranges": ((0, 1),)}, "page-ranges"),
        ({"page_ranges": ((1, 1),) * (PAGE_RANGES_MAX + 1)}, "page-ranges: 1001"),
        ({"page_ranges": ((3, 2),)}, "page-ranges"),
    ],
)
def test_tickets_are_checked(arguments: dict[str, int], reason: str) -> None:
    Ticket(copies=COPIES_MAX, number_up=NUMBER_UP_MAX, page_ranges=((1, 1),) * PAGE_RANGES_MAX)
    with pytest.raises(InvalidRequest, match=reason):
        Ticket(**arguments)  # type: ignore[arg-type]  # the table holds every field's type


def test_pages_are_bounded() -> None:
    class Many(list[Page]):
        def __len__(self) -> int:
            return PAGES_MAX + 1

    with pytest.raises(InvalidRequest, match="beyond"):
        impose(Many(), Ticket())


def test_paper_sizes_are_bounded() -> None:
    pages = [Page(Size(50000, 60000 + number), False) for number in range(PAPERS_MAX + 1)]
    assert len(usage_of(impose(pages[:-1], Ticket())).sheets) == PAPERS_MAX
    with pytest.raises(InvalidRequest, match="2001 different paper sizes"):
        impose(pages, Ticket())


def test_coverage_is_summed_over_equal_sides() -> None:
    pages = [Page(A4, False, 40), Page(LANDSCAPE, False, 61), Page(A4, False), Page(A4, True, 300)]
    usage = usage_of(impose(pages, Ticket(copies=2)))
    assert usage.sides == (
        SideCount(A4, colour=False, duplex=False, count=4, coverage_permille=202),
        SideCount(A4, colour=False, duplex=False, count=2),
        SideCount(A4, colour=True, duplex=False, count=2, coverage_permille=600),
    )
    moved = settle(impose(pages, Ticket(copies=2)), DeviceReport(colour_impressions=5))
    assert sum(side.coverage_permille or 0 for side in moved.sides) == 802
    assert moved.colour_impressions == 5


@pytest.mark.parametrize("collated", [True, False])
def test_many_copies_of_many_sheets_are_settled_without_a_walk(collated: bool) -> None:
    layout = impose([COLOUR, MONO, MONO] * 1000, Ticket(two_sided=True, copies=COPIES_MAX, collated=collated))
    usage = settle(layout, DeviceReport(media_sheets=COPIES_MAX * 1500 - 1))
    assert usage.media_sheets == COPIES_MAX * 1500 - 1
    assert usage.impressions == layout.impressions - 2


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        (0, (0, 0, 0, 0, 0)),
        (1, (1, 1, 0, 1, 1)),
        (2, (2, 1, 1, 1, 0)),
        (3, (3, 1, 2, 2, 1)),
        (4, (4, 2, 2, 3, 2)),
        (6, (6, 2, 4, 4, 2)),
        (7, (6, 2, 4, 4, 2)),
        (-1, (0, 0, 0, 0, 0)),
    ],
)
def test_what_came_out_counts_in_the_order_of_output(printed: int, expected: tuple[int, ...]) -> None:
    layout = impose([COLOUR, MONO, MONO], Ticket(two_sided=True, copies=2))
    assert numbers(usage_of_first(layout, printed)) == expected


@pytest.mark.parametrize(
    ("printed", "expected"),
    [(3, (3, 2, 1, 2, 1)), (4, (4, 2, 2, 2, 0)), (5, (5, 2, 3, 3, 1)), (6, (6, 2, 4, 4, 2))],
)
def test_uncollated_copies_come_sheet_by_sheet(printed: int, expected: tuple[int, ...]) -> None:
    layout = impose([COLOUR, MONO, MONO], Ticket(two_sided=True, copies=2, collated=False))
    assert numbers(usage_of_first(layout, printed)) == expected


@pytest.mark.parametrize("collated", [True, False])
def test_only_finished_sets_are_stapled(collated: bool) -> None:
    layout = impose([MONO] * 2, Ticket(copies=3, collated=collated, finishings=("staple",)))
    assert usage_of(layout).finishings == (("staple", 3),)
    assert usage_of_first(layout, 5).finishings == ((("staple", 2),) if collated else ())
    assert usage_of_first(layout, 1).finishings == ()
    assert usage_of(impose([], Ticket(finishings=("staple",), collated=collated))).finishings == ()


LAYOUT = impose([COLOUR, MONO, COLOUR], Ticket(two_sided=True, copies=2))


@pytest.mark.parametrize(
    ("report", "expected"),
    [
        (DeviceReport(), (6, 4, 2, 4, 2)),
        (DeviceReport(impressions=4), (4, 3, 1, 3, 2)),
        (DeviceReport(impressions=0), (0, 0, 0, 0, 0)),
        (DeviceReport(media_sheets=0), (0, 0, 0, 0, 0)),
        (DeviceReport(media_sheets=1), (2, 1, 1, 1, 0)),
        (DeviceReport(media_sheets=3), (5, 3, 2, 3, 1)),
        (DeviceReport(media_sheets=6), (8, 4, 4, 6, 2)),
        (DeviceReport(impressions=8), (8, 4, 4, 5, 2)),
        (DeviceReport(impressions=8, media_sheets=9), (8, 4, 4, 9, 2)),
        (DeviceReport(impressions=8, media_sheets=4), (8, 4, 4, 4, 2)),
        (DeviceReport(impressions=6, colour_impressions=1), (6, 1, 5, 4, 2)),
        (DeviceReport(impressions=6, colour_impressions=6), (6, 6, 0, 4, 2)),
        (DeviceReport(colour_impressions=99), (6, 6, 0, 4, 2)),
        (DeviceReport(impressions=8, colour_impressions=8), (8, 8, 0, 5, 2)),
    ],
)
def test_the_device_settles_the_count(report: DeviceReport, expected: tuple[int, ...]) -> None:
    assert numbers(settle(LAYOUT, report)) == expected


def test_what_a_device_reports_of_an_unknown_document_counts_as_mono_a4() -> None:
    usage = settle(Layout((), 0), DeviceReport(impressions=3))
    assert numbers(usage) == (3, 0, 3, 3, 0)
    assert usage.sides[0].size == A4


@pytest.mark.parametrize("name", ["impressions", "media_sheets", "colour_impressions"])
def test_a_report_below_zero_is_refused(name: str) -> None:
    with pytest.raises(InvalidRequest, match=name):
        DeviceReport(**{name: -1})


@given(
    st.lists(st.sampled_from([MONO, COLOUR, Page(A3, True)]), max_size=12),
    st.builds(
        Ticket,
        copies=st.integers(1, 4),
        two_sided=st.booleans(),
        number_up=st.integers(1, 4),
        collated=st.booleans(),
    ),
    st.data(),
)
def test_one_more_impression_never_counts_less(
    pages: list[Page], ticket: Ticket, data: st.DataObject
) -> None:
    layout = impose(pages, ticket)
    printed = data.draw(st.integers(0, layout.impressions))
    usage = usage_of_first(layout, printed)
    assert usage.impressions == printed
    assert usage.media_sheets * 2 >= printed
    if printed:
        less = usage_of_first(layout, printed - 1)
        assert 0 <= usage.media_sheets - less.media_sheets <= 1
        assert 0 <= usage.colour_impressions - less.colour_impressions <= 1
    if printed == layout.impressions:
        assert usage == usage_of(layout)
    if ticket.two_sided:
        assert usage.blank_sides == 2 * usage.media_sheets - printed
