"""From a document's pages and a job ticket to sheets of paper, in the order in which they come out.

Promises to count what the paper shows: n-up puts several pages on one side, two-sided puts two sides on one
sheet, a new size begins a new sheet, every copy begins a new sheet. A side is coloured when one of its pages
is. Never changes the document. The attributes are those of RFC 8011 section 5.2 and PWG 5100.3.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import islice

from .errors import InvalidRequest
from .limits import COPIES_MAX, NUMBER_UP_MAX, PAGE_RANGES_MAX, PAGES_MAX, PAPERS_MAX
from .sizes import Size


class PageSet(Enum):
    """CUPS' `page-set`: which of the selected pages print."""

    ALL = "all"
    ODD = "odd"
    EVEN = "even"


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the document: its size, whether it needs colour, and optionally its coverage.

    `coverage_permille` sums all colourants: a page that is all black has 1000; None when nobody measured.
    """

    size: Size
    colour: bool
    coverage_permille: int | None = None


@dataclass(frozen=True, slots=True)
class Ticket:
    """What the job asks for (`copies`, `sides`, `number-up`, `page-ranges`, `print-color-mode`, ...)."""

    copies: int = 1
    two_sided: bool = False
    number_up: int = 1
    page_ranges: tuple[tuple[int, int], ...] = ()
    page_set: PageSet = PageSet.ALL
    monochrome: bool = False
    sheet_size: Size | None = None
    collated: bool = True
    finishings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not 1 <= self.copies <= COPIES_MAX:
            raise InvalidRequest(f"copies: {self.copies}, 1 to {COPIES_MAX} are possible")
        if not 1 <= self.number_up <= NUMBER_UP_MAX:
            raise InvalidRequest(f"number-up: {self.number_up}, 1 to {NUMBER_UP_MAX} are possible")
        if any(not 1 <= first <= last for first, last in self.page_ranges):
            raise InvalidRequest(f"page-ranges: {self.page_ranges[:4]} are not ascending from 1")
        if len(self.page_ranges) > PAGE_RANGES_MAX:
            raise InvalidRequest(f"page-ranges: {len(self.page_ranges)}, {PAGE_RANGES_MAX} are possible")


@dataclass(frozen=True, slots=True)
class Side:
    """One printed side of a sheet: an impression."""

    size: Size
    colour: bool
    coverage_permille: int | None = None


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet of paper; `back` is None when nothing is printed on it."""

    front: Side
    back: Side | None = None

    @property
    def sides(self) -> tuple[Side, ...]:
        """The printed sides, front first."""
        return (self.front,) if self.back is None else (self.front, self.back)


@dataclass(frozen=True, slots=True)
class Layout:
    """The sheets of one copy and how many copies of them come out.

    Collated copies come set after set, others sheet after sheet. `input_pages` is the document's own count.
    """

    sheets: tuple[Sheet, ...]
    input_pages: int
    copies: int = 1
    two_sided: bool = False
    collated: bool = True
    finishings: tuple[str, ...] = ()

    @property
    def impressions(self) -> int:
        """Printed sides of all copies."""
        return self.copies * sum(len(sheet.sides) * count for sheet, count in self.kinds())

    def kinds(self) -> list[tuple[Sheet, int]]:
        """The sheets of one copy without their order: how many there are of each. Sheets that are alike are
        mostly one object, so that fifty thousand of them are counted without a look at each."""
        kinds = {id(sheet): sheet for sheet in self.sheets}
        return [(kinds[one], count) for one, count in Counter(map(id, self.sheets)).items()]


def impose(pages: Sequence[Page], ticket: Ticket) -> Layout:
    """The layout that `ticket` makes of `pages`; `InvalidRequest` beyond the limits of pages and sizes."""
    if len(pages) > PAGES_MAX:
        raise InvalidRequest(f"{len(pages)} pages are beyond {PAGES_MAX}")
    selected = _selected(pages, ticket)
    sides = _sides(selected, ticket)
    sheets = tuple(_two_sided(sides) if ticket.two_sided else (Sheet(side) for side in sides))
    papers = len({sheet.front.size for sheet in sheets})
    if papers > PAPERS_MAX:
        raise InvalidRequest(f"{papers} different paper sizes are beyond {PAPERS_MAX}")
    return Layout(
        sheets=sheets,
        input_pages=len(pages),
        copies=ticket.copies,
        two_sided=ticket.two_sided,
        collated=ticket.collated,
        finishings=ticket.finishings,
    )


def _selected(pages: Sequence[Page], ticket: Ticket) -> Iterator[Page]:
    step = {PageSet.ALL: None, PageSet.ODD: 1, PageSet.EVEN: 0}[ticket.page_set]
    done = 0
    for first, last in sorted(ticket.page_ranges or ((1, len(pages)),)):
        for number in range(max(first, done + 1), min(last, len(pages)) + 1):
            if step is None or number % 2 == step:
                yield pages[number - 1]
        done = max(done, last)


def _sides(pages: Iterator[Page], ticket: Ticket) -> Iterator[Side]:
    while group := list(islice(pages, ticket.number_up)):
        coverages = [page.coverage_permille for page in group if page.coverage_permille is not None]
        yield Side(
            size=(ticket.sheet_size or group[0].size).upright,
            colour=not ticket.monochrome and any(page.colour for page in group),
            # A page that is one of n on a side covers about 1/n of it.
            coverage_permille=sum(coverages) // ticket.number_up if len(coverages) == len(group) else None,
        )


def _two_sided(sides: Iterable[Side]) -> Iterator[Sheet]:
    front: Side | None = None
    for side in sides:
        if front is None:
            front = side
        elif front.size == side.size:
            yield Sheet(front, side)
            front = None
        else:
            yield Sheet(front)
            front = side
    if front is not None:
        yield Sheet(front)
