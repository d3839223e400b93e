"""Paper arithmetic against a plain page-by-page model, and the cases that other print servers get wrong."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from plantin.inspect.paper import inspect_paper, with_ticket
from plantin.inspect.report import Found, PageInfo, PageList, PageRun, Settings

A4, A3 = (210.0, 297.0), (297.0, 420.0)


def document(pages: str, settings: Settings | None = None) -> Found:
    """``c``/``m``: A4 in colour or not, ``C``/``M``: A3."""
    listed = PageList()
    for letter in pages:
        listed.add(PageInfo(letter in "cC", *(A3 if letter.isupper() else A4)))
    return Found("application/pdf", listed.runs(), settings or Settings())


def numbers(pages: str, ticket: Settings) -> tuple[int | None, ...]:
    report = inspect_paper(document(pages), ticket)
    return (
        report.input_pages,
        report.impressions_colour,
        report.impressions_mono,
        report.sheets,
        report.blank_sides,
    )


def test_the_five_numbers_are_apart() -> None:
    duplex = "two-sided-long-edge"
    assert numbers("mcm", Settings()) == (3, 1, 2, 3, 0)
    assert numbers("mcm", Settings(copies=2)) == (3, 2, 4, 6, 0)
    assert numbers("mcm", Settings(sides=duplex)) == (3, 1, 2, 2, 1)
    assert numbers("mcm", Settings(sides=duplex, copies=5)) == (3, 5, 10, 10, 5)
    assert numbers("mcmmm", Settings(number_up=2)) == (5, 1, 2, 3, 0)
    assert numbers("mcmmm", Settings(number_up=2, sides=duplex, copies=2)) == (5, 2, 4, 4, 2)
    assert numbers("mcmmm", Settings(page_ranges=((2, 3), (3, 9)))) == (4, 1, 3, 4, 0)
    assert numbers("mcmcm", Settings(page_set="even")) == (5, 2, 0, 2, 0)
    assert numbers("mcmcm", Settings(page_set="odd", sides=duplex)) == (5, 0, 3, 2, 1)
    assert numbers("ccc", Settings(mono_mode=True)) == (3, 0, 3, 3, 0)
    # A change of paper cannot share a sheet.
    assert numbers("mMMm", Settings(sides=duplex)) == (4, 0, 4, 3, 2)
    assert numbers("mmm", Settings(page_ranges=((7, 9),))) == (0, 0, 0, 0, 0)


def test_copies_in_the_document_and_in_the_ticket_are_not_multiplied() -> None:
    found = document("mm", Settings(copies=3))
    assert inspect_paper(found).sheets == 6
    assert inspect_paper(found, Settings(copies=3)).sheets == 6
    assert inspect_paper(found, Settings(copies=1)).sheets == 2


def test_copies_of_single_pages() -> None:
    runs = (PageRun(2, PageInfo(False, *A4, None, 3)), PageRun(1, PageInfo(True, *A4, None, 1)))
    report = inspect_paper(Found("application/vnd.hp-PCLXL", runs))
    assert (report.impressions_mono, report.impressions_colour, report.sheets, report.copies) == (6, 1, 7, 3)
    assert inspect_paper(Found("x", runs), Settings(copies=2)).sheets == 6


def test_sides_that_change_within_the_stream() -> None:
    runs = (
        PageRun(3, PageInfo(False, *A4, "two-sided-long-edge")),
        PageRun(2, PageInfo(False, *A4, "one-sided")),
    )
    report = inspect_paper(Found("image/pwg-raster", runs))
    assert (report.sheets, report.blank_sides, report.sides) == (4, 1, "two-sided-long-edge")
    assert inspect_paper(Found("image/pwg-raster", runs), Settings(sides="one-sided")).sheets == 5


TICKETS = st.builds(
    Settings,
    copies=st.none() | st.integers(1, 5),
    sides=st.sampled_from([None, "one-sided", "two-sided-long-edge", "two-sided-short-edge"]),
    number_up=st.sampled_from([None, 1, 2, 4, 9]),
    page_ranges=st.none()
    | st.lists(st.tuples(st.integers(1, 12), st.integers(0, 12)), min_size=1, max_size=3).map(
        lambda pairs: tuple((a, a + b) for a, b in pairs)
    ),
    page_set=st.sampled_from([None, "all", "odd", "even"]),
    mono_mode=st.sampled_from([None, False, True]),
)


def model(pages: str, ticket: Settings) -> tuple[int, ...]:
    """Page by page, side by side, sheet by sheet."""
    chosen = [
        letter
        for number, letter in enumerate(pages, 1)
        if ticket.page_ranges is None or any(low <= number <= high for low, high in ticket.page_ranges)
    ]
    n = ticket.number_up or 1
    sides = [chosen[i : i + n] for i in range(0, len(chosen), n)]
    if ticket.page_set in ("odd", "even"):
        sides = sides[0 if ticket.page_set == "odd" else 1 :: 2]
    colour = mono = sheets = blank = 0
    open_size: bool | None = None
    for side in sides:
        if not ticket.mono_mode and any(letter in "cC" for letter in side):
            colour += 1
        else:
            mono += 1
        size = side[0].isupper()
        if ticket.sides in (None, "one-sided"):
            sheets += 1
        elif open_size is not None and open_size == size:
            open_size = None
            blank -= 1
        else:
            sheets += 1
            blank += 1
            open_size = size
    times = ticket.copies or 1
    return len(chosen), colour * times, mono * times, sheets * times, blank * times


@given(st.text("cmCM", min_size=1, max_size=24), TICKETS)
def test_against_the_model(pages: str, ticket: Settings) -> None:
    assert numbers(pages, ticket) == model(pages, ticket)


@given(st.text("cmCM", min_size=1, max_size=24), TICKETS, TICKETS)
def test_a_later_ticket_replaces_what_it_names(pages: str, first: Settings, second: Settings) -> None:
    once = inspect_paper(document(pages), first)
    twice = with_ticket(once, second)
    names = ("copies", "sides", "number_up", "page_ranges", "page_set", "mono_mode")
    merged = Settings(
        **{n: getattr(second, n) if getattr(second, n) is not None else getattr(first, n) for n in names}
    )
    assert twice == inspect_paper(document(pages), merged)


def test_runs_stay_short_and_counts_add_up() -> None:
    report = inspect_paper(document("m" * 500 + "c" + "M" * 20))
    assert [run.count for run in report.page_list] == [500, 1, 20]
    assert (report.colour_pages, report.mono_pages) == (1, 520)
    assert report.sizes == {A4: 501, A3: 20}
    assert len(list(report.each_page())) == 521
