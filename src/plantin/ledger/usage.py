"""The numbers that are priced: impressions, sheets, colour and mono, blank sides, finished sets.

Promises that the five numbers of a job stay apart (input pages, impressions, sheets, copies, blank sides)
and that a part-printed job counts exactly what came out, in the order of output. Never one "pages".
Impressions and media sheets are those of RFC 8011 section 5.3.18 (`job-impressions-completed`, ...).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

from .errors import InvalidRequest
from .layout import Layout, Sheet
from .sizes import Size


@dataclass(frozen=True, slots=True)
class SideCount:
    """Equal impressions: `duplex` means that the other side of the same sheet is printed too.

    `coverage_permille` is the sum over all of them, None when it was not measured.
    """

    size: Size
    colour: bool
    duplex: bool
    count: int
    coverage_permille: int | None = None


@dataclass(frozen=True, slots=True)
class SheetCount:
    """Equal sheets of paper."""

    size: Size
    count: int


@dataclass(frozen=True, slots=True)
class Usage:
    """What a job uses, or used; the input of a price."""

    sides: tuple[SideCount, ...] = ()
    sheets: tuple[SheetCount, ...] = ()
    finishings: tuple[tuple[str, int], ...] = ()
    input_pages: int = 0
    copies: int = 1
    blank_sides: int = 0

    @property
    def impressions(self) -> int:
        """Printed sides."""
        return sum(side.count for side in self.sides)

    @property
    def colour_impressions(self) -> int:
        """Printed sides that need colour."""
        return sum(side.count for side in self.sides if side.colour)

    @property
    def mono_impressions(self) -> int:
        """Printed sides in black only."""
        return self.impressions - self.colour_impressions

    @property
    def media_sheets(self) -> int:
        """Sheets of paper."""
        return sum(sheet.count for sheet in self.sheets)


@dataclass(frozen=True, slots=True)
class DeviceReport:
    """What the device says it printed; None for each number that it does not tell."""

    impressions: int | None = None
    media_sheets: int | None = None
    colour_impressions: int | None = None

    def __post_init__(self) -> None:
        for name in ("impressions", "media_sheets", "colour_impressions"):
            value = getattr(self, name)
            if value is not None and value < 0:
                raise InvalidRequest(f"the device reports {value} {name}")


def usage_of(layout: Layout) -> Usage:
    """The usage of a whole job."""
    return _count(layout, layout.impressions)


def usage_of_first(layout: Layout, impressions: int) -> Usage:
    """The usage when only the first `impressions` sides came out; more than there are counts as all."""
    return _count(layout, max(0, min(impressions, layout.impressions)))


def settle(layout: Layout, report: DeviceReport) -> Usage:
    """The usage by what the device reports, filled in from the layout where it is silent.

    Impressions lead; sheets are used when only they are told. What a device reports beyond the layout is
    counted as black, in the size of the last side (A4 when there is none), unless it reports colour.
    """
    printed = report.impressions
    if printed is None and report.media_sheets is not None:
        printed = _impressions_on(layout, report.media_sheets)
    if printed is None:
        usage = usage_of(layout)
    else:
        usage = usage_of_first(layout, printed)
        if printed > layout.impressions:
            usage = _with_excess(usage, layout, printed - layout.impressions, report.media_sheets)
    if report.colour_impressions is not None:
        usage = _recoloured(usage, min(report.colour_impressions, usage.impressions))
    return usage


def _output(layout: Layout) -> Iterator[tuple[Sheet, int]]:
    """Sheets in order of output, each with how often it comes out in a row."""
    if layout.collated:
        for _ in range(layout.copies):
            for sheet in layout.sheets:
                yield sheet, 1
    else:
        for sheet in layout.sheets:
            yield sheet, layout.copies


def _impressions_on(layout: Layout, sheets: int) -> int:
    """Impressions on the first `sheets` sheets; those beyond the layout have one each."""
    if sheets >= layout.copies * len(layout.sheets):
        return layout.impressions + sheets - layout.copies * len(layout.sheets)
    printed = 0
    times = layout.copies
    if layout.collated:
        whole, sheets = divmod(sheets, len(layout.sheets))
        printed = whole * sum(len(sheet.sides) for sheet in layout.sheets)
        times = 1
    for sheet in layout.sheets:
        taken = min(times, sheets)
        printed += taken * len(sheet.sides)
        sheets -= taken
    return printed


class _Tally:
    """Sides and sheets as they are counted."""

    def __init__(self) -> None:
        self.sides: Counter[tuple[Size, bool, bool, bool]] = Counter()
        self.coverage: Counter[tuple[Size, bool, bool, bool]] = Counter()
        self.sheets: Counter[Size] = Counter()

    def add(self, sheet: Sheet, times: int) -> None:
        if not times:
            return
        self.sheets[sheet.front.size] += times
        for side in sheet.sides:
            measured = side.coverage_permille is not None
            key = side.size, side.colour, sheet.back is not None, measured
            self.sides[key] += times
            self.coverage[key] += times * (side.coverage_permille or 0)

    def side_counts(self) -> Iterator[SideCount]:
        for key, count in self.sides.items():
            size, colour, duplex, measured = key
            yield SideCount(size, colour, duplex, count, self.coverage[key] if measured else None)


def _count(layout: Layout, impressions: int) -> Usage:
    kinds = layout.kinds()
    per_copy = sum(len(sheet.sides) * count for sheet, count in kinds)
    tally = _Tally()
    whole = impressions // per_copy if per_copy and layout.collated else 0
    if whole:
        for sheet, count in kinds:
            tally.add(sheet, whole * count)
    left = impressions - whole * per_copy
    finished = whole if layout.collated else layout.copies * (impressions == layout.impressions > 0)
    for sheet, times in _output(layout):
        if not left:
            break
        taken = min(times, left // len(sheet.sides))
        tally.add(sheet, taken)
        left -= taken * len(sheet.sides)
        if left and taken < times:
            # The front of a two-sided sheet came out, its back did not.
            tally.add(Sheet(sheet.front), 1)
            left = 0
    media_sheets = sum(tally.sheets.values())
    return Usage(
        sides=tuple(tally.side_counts()),
        sheets=tuple(SheetCount(size, count) for size, count in tally.sheets.items()),
        finishings=tuple((name, finished) for name in layout.finishings if finished),
        input_pages=layout.input_pages,
        copies=layout.copies,
        blank_sides=2 * media_sheets - impressions if layout.two_sided else 0,
    )


def _with_excess(usage: Usage, layout: Layout, impressions: int, reported_sheets: int | None) -> Usage:
    size = layout.sheets[-1].front.size if layout.sheets else Size(21000, 29700)
    if reported_sheets is None:
        sheets = (impressions + 1) // 2 if layout.two_sided else impressions
    else:
        sheets = max(0, reported_sheets - usage.media_sheets)
    return replace(
        usage,
        sides=(*usage.sides, SideCount(size, colour=False, duplex=False, count=impressions)),
        sheets=(*usage.sheets, SheetCount(size, sheets)) if sheets else usage.sheets,
    )


def _recoloured(usage: Usage, colour: int) -> Usage:
    """The same sides with exactly `colour` of them in colour; the last of the wrong kind change first."""
    wrong = usage.colour_impressions > colour
    surplus = abs(usage.colour_impressions - colour)
    sides: list[SideCount] = []
    for side in reversed(usage.sides):
        moved = min(surplus, side.count) if side.colour is wrong else 0
        surplus -= moved
        covered = side.coverage_permille
        share = None if covered is None else covered * moved // side.count
        if moved:
            sides.append(replace(side, colour=not wrong, count=moved, coverage_permille=share))
        if side.count > moved:
            rest = None if covered is None or share is None else covered - share
            sides.append(replace(side, count=side.count - moved, coverage_permille=rest))
    return replace(usage, sides=tuple(reversed(sides)))
