"""From a document's pages and a job's ticket to the paper: impressions, sheets, blank sides.

Promises: exact integer arithmetic, the same for one page and for 50,000; what the ticket says wins over
what the document says, so that copies given in both places are not multiplied. Never: I/O.

Order of the steps (RFC 8011 section 5.2, CUPS ``page-set``): page-ranges select input pages; number-up puts
them on sides, a side being coloured when one of its pages is; page-set selects sides; sides go to sheets;
copies multiply. In a two-sided job a change of paper size or of sides begins a new sheet. Copies start on a
new sheet.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from plantin.inspect.report import Found, Inspection, PageInfo, PageRun, Settings

ONE_SIDED = "one-sided"


@dataclass(frozen=True, slots=True)
class _Tally:
    colour: int = 0
    mono: int = 0
    sheets: int = 0
    blank: int = 0


def inspect_paper(found: Found, ticket: Settings | None = None) -> Inspection:
    """The paper that ``found`` makes when printed with ``ticket`` (default: the document's own wishes)."""
    asked = merge(found.settings, ticket) if ticket is not None else found.settings
    stream_says = ticket is None or ticket.sides is None
    ranges, number_up = asked.page_ranges or (), asked.number_up or 1
    page_set = asked.page_set or "all"
    input_pages = sum(run.count for run in _selected(found.page_list, ranges))
    sides_of_paper = _on_sides(found.page_list, ranges, number_up, page_set)
    page_copies = _page_copies(found, ticket)
    copies = asked.copies or page_copies or 1
    sides = asked.sides or (_common_sides(found) if stream_says else None) or ONE_SIDED
    mono_mode = bool(asked.mono_mode)
    tally = _tally(sides_of_paper, sides, copies, mono_mode, stream_says, page_copies == -1)
    if page_copies == -1:
        copies = max((r.page.copies or 1) for r in found.page_list)
    return Inspection(
        format=found.format,
        pages=found.pages,
        page_list=found.page_list,
        copies=copies,
        sides=sides,
        number_up=number_up,
        page_ranges=ranges,
        page_set=page_set,
        mono_mode=mono_mode,
        input_pages=input_pages,
        impressions_colour=tally.colour,
        impressions_mono=tally.mono,
        sheets=tally.sheets,
        blank_sides=tally.blank,
        user=asked.user,
        job_name=asked.job_name,
        warnings=found.warnings,
    )


def with_ticket(inspection: Inspection, ticket: Settings) -> Inspection:
    """The same document printed with another ticket; an inspection that failed stays as it is."""
    if not inspection.known:
        return inspection
    own = Settings(
        copies=inspection.copies,
        sides=inspection.sides,
        number_up=inspection.number_up,
        page_ranges=inspection.page_ranges or None,
        page_set=inspection.page_set,
        mono_mode=inspection.mono_mode,
        user=inspection.user,
        job_name=inspection.job_name,
    )
    # Copies of single pages stand in the page list and must not be overruled by their own maximum.
    if any(r.page.copies is not None for r in inspection.page_list):
        own = replace(own, copies=None)
    return inspect_paper(Found(inspection.format, inspection.page_list, own, inspection.warnings), ticket)


def printed_sides(inspection: Inspection) -> list[PageRun]:
    """The sides of one copy that have something on them, in the order in which they come out."""
    return _on_sides(inspection.page_list, inspection.page_ranges, inspection.number_up, inspection.page_set)


def page_copies_differ(inspection: Inspection, ticket: Settings) -> bool:
    """Whether the page stream asks for different copies of its pages, and the ticket leaves them so."""
    return ticket.copies is None and len({run.page.copies or 1 for run in inspection.page_list}) > 1


def merge(document: Settings, ticket: Settings) -> Settings:
    """``ticket`` where it says something, else ``document``."""
    return Settings(
        copies=document.copies if ticket.copies is None else ticket.copies,
        sides=document.sides if ticket.sides is None else ticket.sides,
        number_up=document.number_up if ticket.number_up is None else ticket.number_up,
        page_ranges=document.page_ranges if ticket.page_ranges is None else ticket.page_ranges,
        page_set=document.page_set if ticket.page_set is None else ticket.page_set,
        mono_mode=document.mono_mode if ticket.mono_mode is None else ticket.mono_mode,
        paper=document.paper if ticket.paper is None else ticket.paper,
        user=document.user if ticket.user is None else ticket.user,
        job_name=document.job_name if ticket.job_name is None else ticket.job_name,
    )


def _page_copies(found: Found, ticket: Settings | None) -> int | None:
    """Copies asked for page by page: the number if all pages agree, -1 if they differ, None if none says."""
    if found.settings.copies is not None or (ticket is not None and ticket.copies is not None):
        return None
    each = {r.page.copies or 1 for r in found.page_list}
    if len(each) > 1:
        return -1
    return each.pop() if each else None


def _common_sides(found: Found) -> str | None:
    asked = {r.page.sides for r in found.page_list if r.page.sides is not None}
    two_sided = sorted(asked - {ONE_SIDED})
    return two_sided[0] if two_sided else (ONE_SIDED if asked else None)


def _selected(runs: Iterable[PageRun], ranges: tuple[tuple[int, int], ...]) -> Iterable[PageRun]:
    return _select(runs, ranges) if ranges else runs


def _on_sides(
    page_list: Iterable[PageRun], ranges: tuple[tuple[int, int], ...], number_up: int, page_set: str
) -> list[PageRun]:
    sides = _selected(page_list, ranges)
    if number_up > 1:
        sides = _number_up(sides, number_up)
    if page_set in ("odd", "even"):
        sides = _page_set(sides, 1 if page_set == "odd" else 0)
    return list(sides)


def _select(runs: Iterable[PageRun], ranges: tuple[tuple[int, int], ...]) -> Iterator[PageRun]:
    """The pages whose numbers (from 1) lie in one of the ranges, in document order."""
    first = 1
    merged = _merge_ranges(ranges)
    for run in runs:
        last = first + run.count - 1
        count = sum(max(0, min(last, high) - max(first, low) + 1) for low, high in merged)
        if count:
            yield PageRun(count, run.page)
        first = last + 1


def _merge_ranges(ranges: tuple[tuple[int, int], ...]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(merged[-1][1], high))
        else:
            merged.append((low, high))
    return merged


def _number_up(runs: Iterable[PageRun], number_up: int) -> Iterator[PageRun]:
    """Sides with ``number_up`` pages each; a side has the paper of its first page."""
    side: PageInfo | None = None
    room = 0
    for run in runs:
        left = run.count
        if side is not None:
            taken = min(room, left)
            side = replace(side, colour=side.colour or run.page.colour)
            room -= taken
            left -= taken
            if room == 0:
                yield PageRun(1, side)
                side = None
        if left >= number_up:
            yield PageRun(left // number_up, run.page)
            left %= number_up
        if left:
            side, room = run.page, number_up - left
    if side is not None:
        yield PageRun(1, side)


def _page_set(runs: Iterable[PageRun], parity: int) -> Iterator[PageRun]:
    number = 1
    for run in runs:
        count = sum(1 for n in range(number, number + run.count) if n % 2 == parity)
        if count:
            yield PageRun(count, run.page)
        number += run.count


def _tally(
    runs: list[PageRun], sides: str, copies: int, mono_mode: bool, stream_says: bool, copies_differ: bool
) -> _Tally:
    colour = mono = sheets = blank = 0
    segment: tuple[object, ...] | None = None
    pending = 0
    times = copies
    for run in runs:
        page = run.page
        two_sided = ((page.sides if stream_says else None) or sides) != ONE_SIDED
        count = copies if not copies_differ else (page.copies or 1)
        if page.colour and not mono_mode:
            colour += run.count * count
        else:
            mono += run.count * count
        if not two_sided:
            sheets += (pending + 1) // 2 * times + run.count * count
            blank += pending % 2 * times
            segment, pending = None, 0
            continue
        key = (page.width_mm, page.height_mm, count)
        if key != segment:
            sheets += (pending + 1) // 2 * times
            blank += pending % 2 * times
            segment, pending, times = key, 0, count
        pending += run.count
    sheets += (pending + 1) // 2 * times
    blank += pending % 2 * times
    return _Tally(colour, mono, sheets, blank)
