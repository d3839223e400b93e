"""What a job asks for, as far as it changes the count or the price of its paper, out of its IPP attributes.

Promises to take a job as it is stored: attributes that nobody understands ask for nothing. Never judges
whether a device can do it. RFC 8011 section 5.2 (copies, sides, number-up, page-ranges, media, finishings),
PWG 5100.1 (finishings, finishings-col), PWG 5100.3 (media-col, sheet-collate, imposition-template), PWG
5100.13 (print-color-mode), CUPS (page-set).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from plantin.accounting.reach import Reach
from plantin.inspect.report import Settings
from plantin.ipp import Attribute, Collection, Finishing, Group, Range, Tag
from plantin.ipp.media import media_size
from plantin.ledger.errors import InvalidRequest
from plantin.ledger.sizes import Size
from plantin.policy.decide import Changes

ONE_SIDED = "one-sided"
LONG_EDGE = "two-sided-long-edge"
SHORT_EDGE = "two-sided-short-edge"
SIDES = frozenset({ONE_SIDED, LONG_EDGE, SHORT_EDGE})
MONOCHROME = frozenset(
    {"auto-monochrome", "bi-level", "monochrome", "process-bi-level", "process-monochrome"}
)
"""Values of print-color-mode that need black only; the others leave it to the document."""
PAGE_SETS = frozenset({"all", "odd", "even"})
_UNCOLLATED = frozenset({"separate-documents-uncollated-copies"})


@dataclass(frozen=True, slots=True)
class JobTicket:
    """What the job asks for; `settings` in the words of inspection, None where the job does not say.

    `sheet_size` is the paper that the job asks for, upright; `finishings` are keywords ("staple-top-left").
    """

    settings: Settings = field(default=Settings())
    sheet_size: Size | None = None
    finishings: tuple[str, ...] = ()
    collated: bool = True
    booklet: bool = False
    """Two pages on a side, in the order of a folded booklet."""
    reach: Reach | None = None
    """Who does what of this where it prints; None: nobody knows, and all of it is taken for done."""

    def changed(
        self, *, copies: int | None = None, two_sided: bool | None = None, monochrome: bool = False
    ) -> JobTicket:
        """The ticket with what a policy changes in it; None and False leave it as it is. Of copies there are
        never more than were asked for."""
        settings = self.settings
        if copies is not None:
            settings = replace(settings, copies=min(copies, settings.copies or 1))
        if two_sided is not None:
            asked = settings.sides
            turned = asked if asked not in (None, ONE_SIDED) else LONG_EDGE
            settings = replace(settings, sides=turned if two_sided else ONE_SIDED)
        if monochrome:
            settings = replace(settings, mono_mode=True)
        return replace(self, settings=settings)

    def with_changes(self, changes: Changes) -> JobTicket:
        """The ticket after a decision."""
        return self.changed(copies=changes.copies, two_sided=changes.two_sided, monochrome=changes.monochrome)


def ticket_of(attributes: Group | Iterable[Attribute], reach: Reach | None = None) -> JobTicket:
    """The ticket of a job's attributes, for a device that it reaches so."""
    group = attributes if isinstance(attributes, Group) else Group(Tag.JOB_ATTRIBUTES, attributes)
    settings = Settings(
        copies=_positive(group.integer("copies")),
        sides=_known(group.string("sides"), SIDES),
        number_up=_positive(group.integer("number-up")),
        page_ranges=_ranges(group),
        page_set=_known(group.string("page-set"), PAGE_SETS),
        mono_mode=True if group.string("print-color-mode") in MONOCHROME else None,
    )
    booklet = group.string("imposition-template") == "signature"
    return JobTicket(settings, _sheet_size(group), _finishings(group), _collated(group), booklet, reach)


def _positive(number: int | None) -> int | None:
    return number if number is not None and number > 0 else None


def _known(word: str | None, words: frozenset[str]) -> str | None:
    return word if word in words else None


def _ranges(group: Group) -> tuple[tuple[int, int], ...] | None:
    found = tuple(
        (value.lower, value.upper)
        for value in group.values("page-ranges")
        if isinstance(value, Range) and 1 <= value.lower <= value.upper
    )
    return found or None


def _sheet_size(group: Group) -> Size | None:
    """media-col goes before media; a medium that names no size (a tray) asks for none."""
    columns = _collections(group, "media-col")
    if columns:
        for dimensions in _collections(columns[0], "media-size"):
            found = _size(dimensions.integer("x-dimension"), dimensions.integer("y-dimension"))
            if found is not None:
                return found
        name = columns[0].string("media-size-name") or columns[0].string("media-key")
    else:
        name = group.string("media")
    medium = media_size(name) if name else None
    return None if medium is None else _size(medium.x, medium.y)


def _collections(group: Group, name: str) -> list[Group]:
    """The collections of an attribute, each to be read as a group."""
    return [
        Group(group.tag, value.attributes) for value in group.values(name) if isinstance(value, Collection)
    ]


def _size(width: int | None, height: int | None) -> Size | None:
    try:
        return None if width is None or height is None else Size(width, height).upright
    except InvalidRequest:
        return None


def _finishings(group: Group) -> tuple[str, ...]:
    """Keywords, each once; finishings-col goes before finishings (PWG 5100.1 section 5.2)."""
    columns = _collections(group, "finishings-col")
    if columns:
        words = [column.string("finishing-template") for column in columns]
    else:
        words = [_finishing(number) for number in group.integers("finishings")]
    return tuple(dict.fromkeys(word for word in words if word and word != Finishing.NONE.keyword))


def _finishing(number: int) -> str:
    try:
        return Finishing(number).keyword
    except ValueError:
        return f"finishing-{number}"


def _collated(group: Group) -> bool:
    return (
        group.string("sheet-collate") != "uncollated"
        and group.string("multiple-document-handling") not in _UNCOLLATED
    )
