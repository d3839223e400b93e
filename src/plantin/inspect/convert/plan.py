"""Which steps turn a document into what a device takes. Pure.

Promises: no step when the device takes the document as it is and nothing is asked of the pages
(pass-through always wins); every plan ends in a format the device takes, or there is none and the reason is
said. PDF is the hub: everything that can be worked on becomes PDF first. Never: converts raster, PCL or
unknown languages.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from plantin.inspect import sniff

Step = dict[str, Any]
"""``{"step": name, …options}``: a row of ``steps.STEPS`` and its options, as JSON."""

NUMBER_UP: Final = (1, 2, 4, 6, 9, 16)
ONE_SIDED: Final = "one-sided"
_IMAGES: Final = (sniff.JPEG, sniff.PNG, sniff.TIFF)
_RASTERS: Final = (sniff.PWG_RASTER, sniff.URF)
TARGETS: Final = (sniff.PDF, *_RASTERS, sniff.POSTSCRIPT, sniff.PCL_XL)
"""What can be made, best first."""
SOURCES: Final = (sniff.PDF, sniff.PCLM, sniff.POSTSCRIPT, *_IMAGES, sniff.TEXT)
"""What can be worked on."""
SAYS_SIDES: Final = (*_RASTERS, sniff.POSTSCRIPT, sniff.PCL_XL)
"""Formats in which a document says that it is printed on both sides."""
SEPARATORS: Final[Mapping[str, bytes]] = MappingProxyType(
    {
        sniff.POSTSCRIPT: b"\x04",
        sniff.PCL: b"\x1bE" + sniff.UEL,
        sniff.PCL_XL: sniff.UEL,
        sniff.PJL: sniff.UEL,
        sniff.TEXT: b"\x0c",
    }
)
"""Formats that a port-9100 device takes several times in a row, and what goes between two copies: the end of
file (PLRM 3 section 3.8.1), PCL's reset, PJL's exit, a form feed. Anything else is copied page by page."""
_BY_GHOSTSCRIPT: Final = frozenset({sniff.POSTSCRIPT, sniff.PCL_XL})
_CANONICAL: Final = MappingProxyType(
    {
        kind.lower(): kind
        for kind in (
            *SOURCES,
            *TARGETS,
            *SEPARATORS,
            sniff.CUPS_RASTER,
            sniff.HPGL,
            sniff.XPS,
            sniff.OPEN_XPS,
        )
    }
)


class NoPlan(Exception):
    """There is no way from the document to the device. The message says why."""


@dataclass(frozen=True, slots=True)
class Raster:
    """How a device takes one of the raster formats."""

    resolution: int = 300
    """Dots per inch, both ways."""
    colour: bool = True
    sheet_back: str = "normal"
    """``pwg-raster-document-sheet-back``: how the back of a sheet has to be turned."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is asked of the document on the server's side."""

    page_ranges: tuple[tuple[int, int], ...] = ()
    reverse: bool = False
    number_up: int = 1
    booklet: bool = False
    grey: bool = False
    stamp: str = ""
    """Text for every page; variables in braces are already filled in."""
    stamp_place: str = "footer"  # "header", "footer", "diagonal"
    paper: tuple[float, float] = (210.0, 297.0)
    """Millimetres: the paper for images and text."""
    fit: bool = False
    """Raster pages are made on ``paper``, larger pages shrunk to it."""
    resolution: int = 300
    sides: str = ONE_SIDED
    """To be said in the document itself, where its format can: nothing else tells the device."""
    sides_beside: str = ONE_SIDED
    """They go to the device with the job; formats that always say sides have to say the same."""
    copies: int = 1
    """To be made out of one document."""
    rasters: Mapping[str, Raster] = field(default_factory=dict, hash=False)
    """How the device takes raster formats; ``Raster`` with ``resolution`` where it does not say."""

    @property
    def said_sides(self) -> str:
        return self.sides if self.sides != ONE_SIDED else self.sides_beside

    @property
    def touches_pages(self) -> bool:
        """Something is asked that changes what stands on the pages, or their order."""
        return bool(
            self.page_ranges or self.reverse or self.number_up > 1 or self.booklet or self.grey or self.stamp
        )


def canonical(media_type: str) -> str:
    """A media type as this package spells it: lower case, where it is not known here."""
    bare = media_type.partition(";")[0].strip().lower()
    return _CANONICAL.get(bare, bare)


def convertible(accepted: Iterable[str], *, ghostscript: bool = True) -> tuple[str, ...]:
    """The formats of documents that can be turned into one of ``accepted`` (canonical); none when nothing of
    it can be made."""
    targets = [kind for kind in TARGETS if kind in set(accepted) and _makes(kind, ghostscript)]
    return tuple(kind for kind in SOURCES if targets and _makes(kind, ghostscript))


def plan(
    document_format: str, accepted: Collection[str], wishes: Wishes, *, ghostscript: bool = True
) -> tuple[list[Step], str]:
    """The steps, and the format they end in. Copies of a format in ``SEPARATORS`` are no step: who sends the
    document repeats it.

    Raises:
        NoPlan: when no steps lead to any of ``accepted``.
    """
    if document_format in accepted and not wishes.touches_pages:
        if _already_says(document_format, wishes):
            return [], document_format
        if document_format == sniff.POSTSCRIPT:
            return [_postscript_sides(wishes)], document_format
    if wishes.number_up not in NUMBER_UP:
        raise NoPlan(f"{wishes.number_up} pages on a side are not offered; {NUMBER_UP} are")
    target = _target(document_format, accepted, wishes, ghostscript)
    if document_format == target and not wishes.touches_pages and wishes.copies == 1:
        return [], document_format  # nothing that the device takes can say the sides
    if not _makes(document_format, ghostscript) or (wishes.grey and target == sniff.PDF and not ghostscript):
        raise NoPlan("Ghostscript is not installed")
    steps = _to_pdf(document_format, wishes)
    steps += _pages(wishes, target)
    steps += _from_pdf(target, wishes)
    return steps, target


def _already_says(document_format: str, wishes: Wishes) -> bool:
    return wishes.sides == ONE_SIDED and (wishes.copies == 1 or document_format in SEPARATORS)


def _makes(kind: str, ghostscript: bool) -> bool:
    return ghostscript or kind not in _BY_GHOSTSCRIPT


def _target(document_format: str, accepted: Collection[str], wishes: Wishes, ghostscript: bool) -> str:
    able = [kind for kind in TARGETS if kind in accepted and _makes(kind, ghostscript)]
    if not able:
        raise NoPlan(f"nothing here makes any of {', '.join(sorted(accepted)) or 'no format'}")
    if wishes.sides != ONE_SIDED:
        able = [kind for kind in able if kind in SAYS_SIDES] or able
        return document_format if document_format in able else able[0]
    return able[0]


def _to_pdf(document_format: str, wishes: Wishes) -> list[Step]:
    paper = list(wishes.paper)
    if document_format in (sniff.PDF, sniff.PCLM):
        return []
    if document_format == sniff.POSTSCRIPT:
        return [{"step": "postscript-to-pdf"}]
    if document_format in _IMAGES:
        return [{"step": "image-to-pdf", "paper": paper}]
    if document_format == sniff.TEXT:
        return [{"step": "text-to-pdf", "paper": paper}]
    raise NoPlan(f"nothing here converts {document_format}")


def _pages(wishes: Wishes, target: str) -> list[Step]:
    steps: list[Step] = []
    if wishes.page_ranges or wishes.reverse:
        ranges = [list(pair) for pair in wishes.page_ranges]
        steps.append({"step": "select", "ranges": ranges, "reverse": wishes.reverse})
    if wishes.booklet:
        steps.append({"step": "booklet"})
    elif wishes.number_up > 1:
        steps.append({"step": "number-up", "number": wishes.number_up})
    if wishes.stamp:
        steps.append({"step": "stamp", "text": wishes.stamp, "place": wishes.stamp_place})
    if wishes.grey and target == sniff.PDF:
        steps.append({"step": "grey"})
    if wishes.copies > 1 and target not in SEPARATORS:
        even = wishes.said_sides != ONE_SIDED
        steps.append({"step": "copies", "number": wishes.copies, "even": even})
    return steps


def _from_pdf(target: str, wishes: Wishes) -> list[Step]:
    if target == sniff.POSTSCRIPT:
        made: list[Step] = [{"step": "pdf-to-postscript", "grey": wishes.grey}]
        return made if wishes.sides == ONE_SIDED else [*made, _postscript_sides(wishes)]
    if target == sniff.PCL_XL:
        step = {"step": "pdf-to-pcl-xl", "grey": wishes.grey, "resolution": wishes.resolution}
        return [{**step, "sides": wishes.said_sides}]
    if target not in _RASTERS:
        return []
    raster = wishes.rasters.get(target, Raster(wishes.resolution))
    return [
        {
            "step": "pdf-to-raster",
            "urf": target == sniff.URF,
            "grey": wishes.grey or not raster.colour,
            "resolution": raster.resolution,
            "sides": wishes.said_sides,
            "sheet_back": raster.sheet_back,
            "paper": list(wishes.paper) if wishes.fit else None,
        }
    ]


def _postscript_sides(wishes: Wishes) -> Step:
    return {"step": "postscript-sides", "sides": wishes.sides}
