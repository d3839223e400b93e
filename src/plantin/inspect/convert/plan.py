"""Which steps turn a document into what a device takes. Pure.

Promises: no step when the device takes the document as it is and nothing is asked of the pages
(pass-through always wins); every plan ends in a format the device takes, or there is none and the reason is
said. PDF is the hub: everything that can be worked on becomes PDF first. Never: converts raster, PCL or
unknown languages.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from plantin.inspect import sniff

Step = dict[str, Any]
"""``{"step": name, …options}``: a row of ``steps.STEPS`` and its options, as JSON."""

NUMBER_UP = (1, 2, 4, 6, 9, 16)
_IMAGES = (sniff.JPEG, sniff.PNG, sniff.TIFF)
_TARGETS = (sniff.PDF, sniff.PWG_RASTER, sniff.URF, sniff.POSTSCRIPT, sniff.PCL_XL)
"""What can be made, best first."""


class NoPlan(Exception):
    """There is no way from the document to the device. The message says why."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is asked of the pages on the server's side."""

    page_ranges: tuple[tuple[int, int], ...] = ()
    reverse: bool = False
    number_up: int = 1
    booklet: bool = False
    grey: bool = False
    stamp: str = ""
    """Text for every page; variables in braces are already filled in."""
    stamp_place: str = "footer"  # "header", "footer", "diagonal"
    paper: tuple[float, float] = (210.0, 297.0)
    resolution: int = 300
    sides: str = "one-sided"
    copies: int = 1
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def touches_pages(self) -> bool:
        return bool(
            self.page_ranges or self.reverse or self.number_up > 1 or self.booklet or self.grey or self.stamp
        )


def plan(document_format: str, accepted: Collection[str], wishes: Wishes) -> tuple[list[Step], str]:
    """The steps, and the format they end in.

    Raises:
        NoPlan: when no steps lead to any of ``accepted``.
    """
    if document_format in accepted and not wishes.touches_pages:
        return [], document_format
    if wishes.number_up not in NUMBER_UP:
        raise NoPlan(f"{wishes.number_up} pages on a side are not offered; {NUMBER_UP} are")
    target = next((kind for kind in _TARGETS if kind in accepted), None)
    if target is None:
        raise NoPlan(f"nothing here makes any of {', '.join(sorted(accepted)) or 'no format'}")
    steps = _to_pdf(document_format, wishes)
    steps += _pages(wishes)
    if target == sniff.POSTSCRIPT:
        steps.append({"step": "pdf-to-postscript"})
    elif target == sniff.PCL_XL:
        steps.append({"step": "pdf-to-pcl-xl", "grey": wishes.grey, "resolution": wishes.resolution})
    elif target in (sniff.PWG_RASTER, sniff.URF):
        steps.append(
            {
                "step": "pdf-to-raster",
                "urf": target == sniff.URF,
                "grey": wishes.grey,
                "resolution": wishes.resolution,
                "sides": wishes.sides,
                "copies": wishes.copies,
            }
        )
    return steps, target


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


def _pages(wishes: Wishes) -> list[Step]:
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
    if wishes.grey:
        steps.append({"step": "grey"})
    return steps
