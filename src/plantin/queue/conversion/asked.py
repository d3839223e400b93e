"""What a job asks of its pages, out of its IPP attributes. Pure.

Promises to take a job as it is stored: what nobody understands asks for nothing. RFC 8011 section 5.2
(copies, sides, number-up, page-ranges, media), PWG 5100.3 (imposition-template, page-delivery, media-col),
PWG 5100.13 (print-color-mode). ``x-plantin-stamp`` and ``x-plantin-stamp-position`` are Plantin's own: a
policy puts them into a job, no client can, and no device is told of them.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Final

from plantin.core.limits import COPIES_MAX, PAGE_RANGES_MAX, STAMP_CHARACTERS_MAX
from plantin.delivery.ipp.blob import unpack
from plantin.inspect.convert.plan import ONE_SIDED
from plantin.ipp import Attribute, Collection, Group, ProtocolError, Range, Tag
from plantin.ipp.media import media_size

STAMP: Final = "x-plantin-stamp"
"""text: written on every page, its variables filled in already."""
STAMP_POSITION: Final = "x-plantin-stamp-position"
"""keyword: "top", "bottom" (where there is none) or "diagonal"."""
_PLACES: Final = {"top": "header", "bottom": "footer", "diagonal": "diagonal"}
_NAMES: Final = re.compile(
    rb"number-up|page-ranges|page-delivery|imposition-template|print-color-mode|copies|sides|x-plantin-stamp"
)
_MONOCHROME: Final = frozenset(
    {"auto-monochrome", "monochrome", "process-monochrome", "bi-level", "process-bi-level"}
)
_TWO_SIDED: Final = frozenset({"two-sided-long-edge", "two-sided-short-edge"})
_HIGH_QUALITY: Final = 5


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """What a job asks for; as it is here, nothing."""

    number_up: int = 1
    page_ranges: tuple[tuple[int, int], ...] = ()
    reverse: bool = False
    booklet: bool = False
    monochrome: bool = False
    copies: int = 1
    sides: str = ONE_SIDED
    stamp: str = ""
    stamp_place: str = "footer"
    paper: tuple[float, float] | None = None
    """Millimetres; None: the job does not say."""
    fine: bool = False
    """print-quality is high."""
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    """All attributes of the job, by name."""
    nothing: bool = True
    """Nothing is asked of the pages."""


NOTHING: Final = Asked()


def asked_of(attributes: bytes) -> Asked:
    """What the attributes of a job ask of its pages; the paper too, but only when something is asked."""
    return all_asked_of(attributes) if attributes and _NAMES.search(attributes) else NOTHING


@lru_cache(maxsize=4096)
def all_asked_of(attributes: bytes) -> Asked:
    """What the attributes of a job ask for, with the paper, for documents that have to be made."""
    try:
        group = unpack(attributes, Tag.JOB_ATTRIBUTES)
    except ProtocolError:
        return NOTHING
    sides = group.string("sides")
    stamp = (group.string(STAMP) or "")[:STAMP_CHARACTERS_MAX].strip()
    asked = Asked(
        number_up=max(1, group.integer("number-up") or 1),
        page_ranges=_ranges(group),
        reverse=(group.string("page-delivery") or "").startswith("reverse-order"),
        booklet=group.string("imposition-template") == "signature",
        monochrome=group.string("print-color-mode") in _MONOCHROME,
        copies=min(max(1, group.integer("copies") or 1), COPIES_MAX),
        sides=sides if sides in _TWO_SIDED else ONE_SIDED,
        stamp=stamp,
        stamp_place=_PLACES.get(group.string(STAMP_POSITION) or "bottom", "footer"),
        paper=_paper(group),
        fine=group.integer("print-quality") == _HIGH_QUALITY,
        attributes={attribute.name: attribute for attribute in group},
    )
    something = (
        asked.page_ranges or asked.reverse or asked.booklet or asked.monochrome or asked.stamp
        or asked.number_up > 1 or asked.copies > 1 or asked.sides != ONE_SIDED
    )  # fmt: skip
    return replace(asked, nothing=not something)


def _ranges(group: Group) -> tuple[tuple[int, int], ...]:
    ranges = [value for value in group.values("page-ranges") if isinstance(value, Range)]
    good = [(value.lower, value.upper) for value in ranges if 1 <= value.lower <= value.upper]
    return tuple(good[:PAGE_RANGES_MAX])


def _paper(group: Group) -> tuple[float, float] | None:
    """media-col goes before media; a medium that names no size asks for none."""
    for value in group.values("media-col"):
        if isinstance(value, Collection):
            size = value.first("media-size")
            if isinstance(size, Collection):
                return _millimetres(size.first("x-dimension"), size.first("y-dimension"))
            return named_paper(value.first("media-size-name"))
    return named_paper(group.string("media"))


def named_paper(name: object) -> tuple[float, float] | None:
    """The size of a medium by its name, millimetres."""
    size = media_size(name) if isinstance(name, str) else None
    return None if size is None else _millimetres(size.x, size.y)


def _millimetres(x: object, y: object) -> tuple[float, float] | None:
    if isinstance(x, int) and isinstance(y, int) and x > 0 and y > 0:
        return x / 100, y / 100
    return None
