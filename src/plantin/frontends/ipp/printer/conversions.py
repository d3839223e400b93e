"""What a queue offers beyond its device, because documents are converted on the way (docs/inspection.md).

Promises to offer only what is done: formats out of which one of the device's can be made, and work on the
pages of such documents. A document that nothing here can work on, PCL say, goes as it is, and the outcome of
its job names what was not done. RFC 8011 sections 5.2.5 (page-ranges) and 5.2.9 (number-up), PWG 5100.3
(imposition-template, page-delivery), PWG 5100.13 (print-color-mode).
"""

from collections.abc import Collection
from typing import Final

from plantin.core.limits import COPIES_MAX
from plantin.inspect.convert.plan import NUMBER_UP, SAYS_SIDES, SEPARATORS, convertible
from plantin.inspect.sniff import PCLM
from plantin.ipp import Attribute, Range
from plantin.ipp.attributes import boolean, integer, keyword, mime, range_

FORMATS: Final = "document-format-supported"
"""PCLm is not added to it: phones that see it send nothing else, and want to know how the device likes it."""
_SIDES: Final = ("one-sided", "two-sided-long-edge", "two-sided-short-edge")
_DELIVERY: Final = ("system-specified", "same-order-face-down", "reverse-order-face-down")


def add_conversions(
    offer: dict[str, Attribute], targets: Collection[str], *, hears: bool, ghostscript: bool
) -> None:
    """Adds to ``offer`` what the server does.

    Args:
        targets: of the formats that the device takes, those that can be made (canonical).
        hears: job attributes reach the device; else the document has to say everything.
    """
    sources = convertible(targets, ghostscript=ghostscript)
    if not sources:
        return
    _add_words(offer, FORMATS, [kind for kind in sources if kind != PCLM])
    known = offer.get("number-up-supported")
    if known is None or not any(isinstance(value, Range) for value in known.values):
        numbers = dict.fromkeys((*(known.integers() if known is not None else ()), *NUMBER_UP))
        offer["number-up-supported"] = integer("number-up-supported", *sorted(numbers))
    offer.setdefault("number-up-default", integer("number-up-default", 1))
    offer["page-ranges-supported"] = boolean("page-ranges-supported", True)
    _add_words(offer, "imposition-template-supported", ("none", "signature"))
    offer.setdefault("imposition-template-default", keyword("imposition-template-default", "none"))
    _add_words(offer, "page-delivery-supported", _DELIVERY)
    offer.setdefault("page-delivery-default", keyword("page-delivery-default", "system-specified"))
    if ghostscript:
        _add_words(offer, "print-color-mode-supported", ("auto", "monochrome"))
        offer.setdefault("print-color-mode-default", keyword("print-color-mode-default", "auto"))
    if not hears and set(targets) & set(SAYS_SIDES):
        _add_words(offer, "sides-supported", _SIDES)
    _add_copies(offer)
    offer["pdl-override-supported"] = keyword("pdl-override-supported", "attempted")


def add_repetition(offer: dict[str, Attribute], formats: Collection[str]) -> None:
    """Adds copies to the offer of a device that hears no attributes, where documents can be sent again."""
    if set(formats) & set(SEPARATORS):
        _add_copies(offer)


def _add_copies(offer: dict[str, Attribute]) -> None:
    """A device that makes several copies makes them itself, as many as it can."""
    known = offer.get("copies-supported")
    most = max((value.upper for value in known.values if isinstance(value, Range)), default=1) if known else 1
    if most <= 1:
        offer["copies-supported"] = range_("copies-supported", Range(1, COPIES_MAX))
    offer.setdefault("copies-default", integer("copies-default", 1))


def _add_words(offer: dict[str, Attribute], name: str, words: Collection[str]) -> None:
    known = offer.get(name)
    there = known.strings() if known is not None else ()
    lower = {word.lower() for word in there}
    merged = (*there, *(word for word in words if word.lower() not in lower))
    offer[name] = mime(name, *merged) if name == FORMATS else keyword(name, *merged)
