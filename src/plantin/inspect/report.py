"""What inspection says of a document: the records, their JSON form, and the error that means "cannot say".

Promises: frozen records with every number apart (law 5); a page list that stays small for 50,000 equal
pages; a document that could not be inspected says why and never says 0. Never: reads a document or does
I/O.

Terms: PWG 5100.7 / RFC 8011 (input page, impression, sheet, sides, number-up, page-ranges), CUPS
(page-set).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from plantin.inspect import limits

UNKNOWN_FORMAT = "unknown"
A4_MM = (210.0, 297.0)


class CannotInspect(Exception):
    """The document cannot be inspected. The message says what and where, without a full stop at its end."""


class Unprintable(CannotInspect):
    """The document may be sound, but what is asked of it cannot be done: none of its pages, or too many."""


@dataclass(frozen=True, slots=True)
class PageInfo:
    """One page as the document describes it."""

    colour: bool
    """It marks something that needs more than black ink."""
    width_mm: float
    height_mm: float
    sides: str | None = None
    """``sides`` that the page stream itself asks for on this page; None: it does not say."""
    copies: int | None = None
    """Copies of this page that the page stream itself asks for; None: it does not say."""


@dataclass(frozen=True, slots=True)
class PageRun:
    """Consecutive pages that are alike."""

    count: int
    page: PageInfo


@dataclass(frozen=True, slots=True)
class Settings:
    """What a document or a job asks of the device. None: it does not say."""

    copies: int | None = None
    sides: str | None = None  # "one-sided", "two-sided-long-edge", "two-sided-short-edge"
    number_up: int | None = None
    page_ranges: tuple[tuple[int, int], ...] | None = None
    page_set: str | None = None  # "all", "odd", "even"
    mono_mode: bool | None = None  # print-color-mode = monochrome
    paper: str | None = None
    """Name of the paper as the document spells it (PJL PAPER, PCL XL media name)."""
    user: str | None = None
    """Who the document says printed it (PJL USERNAME): a claim."""
    job_name: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What an analyser read from the bytes, before any job ticket."""

    format: str
    page_list: tuple[PageRun, ...]
    settings: Settings = field(default=Settings())
    warnings: tuple[str, ...] = ()

    @property
    def pages(self) -> int:
        return sum(run.count for run in self.page_list)


@dataclass(frozen=True, slots=True)
class Inspection:
    """What a document is and what paper it makes. With an ``error`` the counts are None: unknown, not 0."""

    format: str
    """Media type of the page description language, or "unknown"."""
    pages: int | None = None
    """Pages in the document."""
    page_list: tuple[PageRun, ...] = ()
    copies: int = 1
    sides: str = "one-sided"
    number_up: int = 1
    page_ranges: tuple[tuple[int, int], ...] = ()
    page_set: str = "all"
    mono_mode: bool = False
    input_pages: int | None = None
    """Pages that page-ranges select, once (not times copies)."""
    impressions_colour: int | None = None
    """Sides with at least one coloured page on them, all copies together."""
    impressions_mono: int | None = None
    sheets: int | None = None
    """Pieces of paper, all copies together."""
    blank_sides: int | None = None
    """Sides that a two-sided job leaves empty, all copies together. One-sided jobs have none."""
    user: str | None = None
    job_name: str | None = None
    warnings: tuple[str, ...] = ()
    error: str = ""
    """"" or "could not inspect: why"."""

    @property
    def known(self) -> bool:
        return self.pages is not None

    @property
    def impressions(self) -> int | None:
        if self.impressions_colour is None or self.impressions_mono is None:
            return None
        return self.impressions_colour + self.impressions_mono

    @property
    def colour_pages(self) -> int | None:
        return None if self.pages is None else sum(r.count for r in self.page_list if r.page.colour)

    @property
    def mono_pages(self) -> int | None:
        return None if self.pages is None else sum(r.count for r in self.page_list if not r.page.colour)

    @property
    def sizes(self) -> dict[tuple[float, float], int]:
        """Pages by (width, height) in millimetres, in order of first use."""
        sizes: dict[tuple[float, float], int] = {}
        for run in self.page_list:
            key = (run.page.width_mm, run.page.height_mm)
            sizes[key] = sizes.get(key, 0) + run.count
        return sizes

    def each_page(self) -> Iterator[PageInfo]:
        for run in self.page_list:
            for _ in range(run.count):
                yield run.page


class PageList:
    """Collects pages one by one into runs.

    Raises (from ``add``):
        CannotInspect: when the document has more pages or more runs than the limits allow.
    """

    def __init__(self) -> None:
        self._runs: list[PageRun] = []
        self._page: PageInfo | None = None
        self._count = 0
        self.pages = 0

    def add(self, page: PageInfo, count: int = 1) -> None:
        self.pages += count
        if self.pages > limits.PAGES_MAX:
            raise CannotInspect(f"it has more than {limits.PAGES_MAX} pages")
        if page == self._page:
            self._count += count
            return
        self._flush()
        self._page, self._count = page, count

    def _flush(self) -> None:
        if self._page is not None and self._count:
            if len(self._runs) >= limits.PAGE_RUNS_MAX:
                raise CannotInspect(f"its pages differ more than {limits.PAGE_RUNS_MAX} times")
            self._runs.append(PageRun(self._count, self._page))
        self._page, self._count = None, 0

    def extend(self, runs: Iterable[PageRun]) -> None:
        for run in runs:
            self.add(run.page, run.count)

    def runs(self) -> tuple[PageRun, ...]:
        last = (PageRun(self._count, self._page),) if self._page is not None and self._count else ()
        return (*self._runs, *last)


def round_mm(value: float) -> float:
    """Millimetres to a tenth: finer than any paper, coarse enough that equal pages compare equal."""
    return round(value, 1)


def could_not_inspect(kind: str, why: str, warnings: tuple[str, ...] = ()) -> Inspection:
    return Inspection(kind, warnings=warnings, error=f"could not inspect: {why}")


_SCALARS = (
    "format",
    "pages",
    "copies",
    "sides",
    "number_up",
    "page_set",
    "mono_mode",
    "input_pages",
    "impressions_colour",
    "impressions_mono",
    "sheets",
    "blank_sides",
    "user",
    "job_name",
    "error",
)


def to_json(inspection: Inspection) -> dict[str, Any]:
    """A JSON object that ``from_json`` turns back into an equal record; page runs as arrays."""
    data: dict[str, Any] = {name: getattr(inspection, name) for name in _SCALARS}
    data["page_ranges"] = [list(r) for r in inspection.page_ranges]
    data["warnings"] = list(inspection.warnings)
    data["page_runs"] = [
        [r.count, r.page.colour, r.page.width_mm, r.page.height_mm, r.page.sides, r.page.copies]
        for r in inspection.page_list
    ]
    return data


def from_json(data: dict[str, Any]) -> Inspection:
    """The inverse of ``to_json``.

    Raises:
        KeyError, TypeError, ValueError: when ``data`` is not what ``to_json`` makes.
    """
    return Inspection(
        **{name: data[name] for name in _SCALARS},
        page_ranges=tuple((int(a), int(b)) for a, b in data["page_ranges"]),
        warnings=tuple(data["warnings"]),
        page_list=tuple(
            PageRun(int(n), PageInfo(bool(c), float(w), float(h), sides, copies))
            for n, c, w, h, sides, copies in data["page_runs"]
        ),
    )
