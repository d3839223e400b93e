"""From inspected documents and a ticket to the five numbers and to the layout that is priced and settled.

Promises that what is shown (`Counted`) and what is priced (`layout`) are the same numbers, whether a document
is counted for a policy, for a quote or for the charge; that several documents of one job each begin on a new
sheet; and that what cannot be counted raises `Uncountable` and is never 0. The order of the steps is that of
`inspect.paper` (RFC 8011 section 5.2, CUPS page-set).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from plantin.accounting.reach import reaching
from plantin.accounting.ticket import ONE_SIDED, SHORT_EDGE, JobTicket, ticket_of
from plantin.core.errors import Refusal
from plantin.inspect import sniff
from plantin.inspect.paper import page_copies_differ, printed_sides, with_ticket
from plantin.inspect.report import UNKNOWN_FORMAT, Inspection, PageInfo, PageRun, Settings
from plantin.ledger.layout import Layout, Sheet, Side
from plantin.ledger.limits import COPIES_MAX, PAGES_MAX, PAPERS_MAX, SIDE_LENGTH_MAX
from plantin.ledger.sizes import Size
from plantin.ledger.usage import Usage, usage_of

__all__ = ["Counted", "JobTicket", "Uncountable", "count", "count_all", "ticket_of"]

SIZED_BY_TICKET = frozenset({sniff.PDF, sniff.PCLM, sniff.JPEG, sniff.PNG, sniff.TIFF, sniff.TEXT})
"""Formats whose paper the job chooses; the others tell the device themselves which paper to take."""


class Uncountable(Refusal):
    """Nobody can say what paper this makes; the sentence says why."""

    def __init__(self, text: str) -> None:
        super().__init__("uncountable", text)


@dataclass(frozen=True)
class Counted:
    """The paper of a job. The numbers are those of the design, each apart; all but the first two are of all
    copies together."""

    pages: int
    """Pages in the documents."""
    input_pages: int
    """Pages that page-ranges select."""
    copies: int
    two_sided: bool
    blank_sides: int
    layout: Layout

    @cached_property
    def usage(self) -> Usage:
        """What is priced when everything comes out; `ledger.usage.settle(layout, report)` when not."""
        return replace(usage_of(self.layout), copies=self.copies, blank_sides=self.blank_sides)

    @property
    def impressions(self) -> int:
        return self.usage.impressions

    @property
    def colour_impressions(self) -> int:
        return self.usage.colour_impressions

    @property
    def mono_impressions(self) -> int:
        return self.usage.mono_impressions

    @property
    def sheets(self) -> int:
        return self.usage.media_sheets

    @property
    def paper_sizes(self) -> frozenset[str]:
        """Names of the sizes of paper used ("A4", "100x150mm")."""
        return frozenset(str(sheet.size) for sheet in self.usage.sheets)


def count(inspection: Inspection, ticket: JobTicket | None = None) -> Counted:
    """The paper of one document; see `count_all`."""
    return count_all([inspection], ticket)


def count_all(inspections: Sequence[Inspection], ticket: JobTicket | None = None) -> Counted:
    """The paper that a job's documents make together.

    Raises:
        Uncountable: a document could not be inspected or is beyond the limits, or there is none.
    """
    if not inspections:
        raise Uncountable("the job has no document")
    asked = _done(ticket or JobTicket(), inspections)
    parts = [_count(inspection, asked) for inspection in inspections]
    if len(parts) == 1:
        return parts[0]
    same = len({part.layout.copies for part in parts}) == 1
    sheets = [sheet for part in parts for sheet in (part.layout.sheets if same else _spread(part.layout))]
    _within(len(sheets), PAGES_MAX, "sheets")
    copies = max(part.copies for part in parts)
    layout = Layout(
        sheets=tuple(sheets),
        input_pages=sum(part.input_pages for part in parts),
        copies=parts[0].layout.copies if same else 1,
        two_sided=any(part.two_sided for part in parts),
        collated=asked.collated,
        finishings=asked.finishings,
    )
    return Counted(
        pages=sum(part.pages for part in parts),
        input_pages=layout.input_pages,
        copies=copies,
        two_sided=layout.two_sided,
        blank_sides=sum(part.blank_sides for part in parts),
        layout=layout,
    )


def _done(asked: JobTicket, inspections: Sequence[Inspection]) -> JobTicket:
    """What of the ticket somebody does."""
    if asked.reach is None:
        return asked
    formats = [one.format for one in inspections]
    settings, booklet = reaching(asked.settings, asked.booklet, formats, asked.reach)
    return replace(asked, settings=settings, booklet=booklet)


def _count(inspection: Inspection, asked: JobTicket) -> Counted:
    if inspection.pages is None:
        unread = inspection.format == UNKNOWN_FORMAT
        raise Uncountable(
            inspection.error or ("nobody here reads its language" if unread else "its pages are unknown")
        )
    _within(inspection.pages, PAGES_MAX, "pages")
    settings = _beside_own_copies(inspection, asked.settings)
    pages = _on_paper(inspection, asked)
    selected = with_ticket(pages, settings).input_pages
    if asked.booklet:
        pages, settings = _as_booklet(pages, settings)
    paper = with_ticket(pages, settings)
    _within(paper.copies, COPIES_MAX, "copies")
    by_page = page_copies_differ(paper, settings)
    sheets: list[Sheet] = []
    for sheet, times in _sheets(paper, asked, by_page):
        _within(len(sheets) + times, PAGES_MAX, "sheets")
        sheets += [sheet] * times
    _within(len({sheet.front.size for sheet in sheets}), PAPERS_MAX, "sizes of paper")
    layout = Layout(
        sheets=tuple(sheets),
        input_pages=selected or 0,
        copies=1 if by_page else paper.copies,
        two_sided=paper.sides != ONE_SIDED,
        collated=asked.collated,
        finishings=asked.finishings,
    )
    return Counted(
        pages=inspection.pages,
        input_pages=layout.input_pages,
        copies=paper.copies,
        two_sided=layout.two_sided,
        blank_sides=paper.blank_sides or 0,
        layout=layout,
    )


def _as_booklet(inspection: Inspection, asked: Settings) -> tuple[Inspection, Settings]:
    """The sides of a folded booklet in the place of its pages: on each the page that comes `i`-th and the one
    that comes `i`-th from the end, on both sides of the paper."""
    alone = replace(asked, number_up=1, page_set="all")
    pages = [run.page for run in printed_sides(with_ticket(inspection, alone)) for _ in range(run.count)]
    padded = -(-len(pages) // 4) * 4
    sides = []
    for number, inner in enumerate(pages[: padded // 2]):
        outer = pages[padded - 1 - number] if padded - 1 - number < len(pages) else inner
        sides.append(PageRun(1, replace(pages[0], colour=inner.colour or outer.colour)))
    turned = asked.sides if asked.sides not in (None, ONE_SIDED) else SHORT_EDGE
    whole = replace(alone, sides=turned, page_ranges=None)
    return replace(inspection, page_list=tuple(sides), page_ranges=(), number_up=1, page_set="all"), whole


def _beside_own_copies(inspection: Inspection, asked: Settings) -> Settings:
    """Clients say "copies: 1" with every job, and what a document itself says of its copies (PCL, PJL, a page
    header) reaches the device all the same: fewer copies than that are nobody's."""
    fewer = asked.copies is not None and asked.copies < inspection.copies
    return replace(asked, copies=None) if fewer else asked


def _within(number: int, most: int, what: str) -> None:
    if number > most:
        raise Uncountable(f"could not be counted: {number} {what} are beyond {most}")


def _spread(layout: Layout) -> Iterator[Sheet]:
    """All copies of a layout, one after the other."""
    _within(len(layout.sheets) * layout.copies, PAGES_MAX, "sheets")
    for _ in range(layout.copies):
        yield from layout.sheets


def _on_paper(inspection: Inspection, asked: JobTicket) -> Inspection:
    """The document with the sheet that each page comes out on in the place of the page's own size."""
    chosen = asked.sheet_size if inspection.format in SIZED_BY_TICKET else None
    known: dict[PageInfo, PageInfo] = {}
    runs = []
    for run in inspection.page_list:
        page = known.get(run.page)
        if page is None:
            size = chosen or _size(run.page)
            page = replace(run.page, width_mm=size.width / 100, height_mm=size.height / 100)
            known[run.page] = page
        runs.append(PageRun(run.count, page))
    return replace(inspection, page_list=tuple(runs))


def _size(page: PageInfo) -> Size:
    width, height = (
        min(max(round(edge * 100), 1), SIDE_LENGTH_MAX) for edge in (page.width_mm, page.height_mm)
    )
    return Size(width, height).upright


def _sheets(paper: Inspection, asked: JobTicket, by_page: bool) -> Iterator[tuple[Sheet, int]]:
    """The sheets of one copy in their order, each with how often it comes out in a row."""
    stream_says = asked.settings.sides is None
    sides: dict[PageInfo, Side] = {}
    waiting: list[Side] = []
    last: tuple[Size, int] | None = None
    for run in printed_sides(paper):
        page = run.page
        side = sides.get(page)
        if side is None:
            side = sides[page] = Side(_size(page), page.colour and not paper.mono_mode)
        two_sided = ((page.sides if stream_says else None) or paper.sides) != ONE_SIDED
        times = (page.copies or 1) if by_page else 1
        key = (side.size, times) if two_sided else None
        if last is not None and key != last:
            yield from _backed(waiting, last[1])
            waiting = []
        last = key
        if two_sided:
            waiting += [side] * run.count
        else:
            yield Sheet(side), run.count * times
    if last is not None:
        yield from _backed(waiting, last[1])


def _backed(sides: list[Side], times: int) -> Iterator[tuple[Sheet, int]]:
    """Sides on both sides of sheets; equal sheets are one object."""
    known: dict[tuple[Side, Side | None], Sheet] = {}
    for place in range(0, len(sides), 2):
        pair = sides[place], sides[place + 1] if place + 1 < len(sides) else None
        yield known.setdefault(pair, Sheet(*pair)), times
