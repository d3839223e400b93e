"""Which of a job's wishes a device can hear, and in which format a document goes to it. Pure.

Promises that a wish is sent only where the device says that it supports it (``<name>-supported``), and that
every wish that is not sent is named in ``dropped``: nothing that was asked for goes nowhere in silence. RFC
8011 section 5.2, PWG 5100.7 (media-col), 5100.13, 5101.1 (media names).
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from plantin.ipp import Attribute, Collection, Group, LangStr, Range, Tag, Value

OURS: Final = frozenset(
    {
        "client-info",
        "document-metadata",
        "job-account-id",
        "job-account-type",
        "job-accounting-user-id",
        "job-cancel-after",
        "job-delay-output-until",
        "job-delay-output-until-time",
        "job-hold-until",
        "job-hold-until-time",
        "job-mandatory-attributes",
        "job-message-from-operator",
        "job-name",
        "job-originating-user-uri",
        "job-password",
        "job-password-encryption",
        "job-priority",
        "job-release-action",
        "job-retain-until",
        "job-retain-until-interval",
        "job-retain-until-time",
        "job-storage",
        "output-device",
        "proof-copies",
        "proof-print",
        "x-plantin-stamp",
        "x-plantin-stamp-position",
    }
)
"""Wishes that Plantin itself fulfils; the device is not told of them."""
_NOTHING: Final[Mapping[str, frozenset[str | int | bool]]] = {
    "copies": frozenset({1}),
    "feed-orientation": frozenset({"long-edge-first"}),
    "finishings": frozenset({3}),
    "fit-to-page": frozenset({False}),
    "imposition-template": frozenset({"none"}),
    "job-error-sheet-when": frozenset({"never"}),
    "job-sheets": frozenset({"none"}),
    "mirror": frozenset({False}),
    "multiple-document-handling": frozenset(
        {"single-document", "separate-documents-uncollated-copies", "separate-documents-collated-copies"}
    ),
    "number-up": frozenset({1}),
    "orientation-requested": frozenset({3, 7}),
    "page-border": frozenset({"none"}),
    "page-delivery": frozenset({"system-specified"}),
    "presentation-direction-number-up": frozenset({"toright-tobottom"}),
    "print-color-mode": frozenset({"auto"}),
    "print-content-optimize": frozenset({"auto"}),
    "print-quality": frozenset({4}),
    "print-rendering-intent": frozenset({"auto"}),
    "print-scaling": frozenset({"auto"}),
    "sides": frozenset({"one-sided"}),
}
"""Values that ask for nothing: libcups sends every default along, and what is not asked for is not missed."""
_BY_NAME_ONLY: Final = frozenset({"overrides"})
_DIMENSIONS: Final = re.compile(r"_(\d+(?:\.\d+)?)x(\d+(?:\.\d+)?)(in|mm)$")
_LANGUAGES: Final = frozenset(
    {
        "application/postscript",
        "application/vnd.hp-pcl",
        "application/vnd.hp-pclxl",
        "application/vnd.cups-raw",
        "application/octet-stream",
        "text/plain",
    }
)
"""Formats that devices recognise by themselves; anything else would come out as pages of signs."""
OCTETS: Final = "application/octet-stream"


@dataclass(slots=True)
class Fitted:
    """What is sent and what is not."""

    sent: list[Attribute] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)
    """Like ``finishings=staple``."""


def fit(wishes: Iterable[Attribute], supported: Group) -> Fitted:
    """The job attributes for a device with these capabilities."""
    fitted = Fitted()
    for wish in wishes:
        if wish.name in OURS or wish.out_of_band:
            continue
        kept, dropped = _fit_one(wish, supported)
        if kept is not None:
            fitted.sent.append(kept)
        fitted.dropped += dropped
    return fitted


def format_for(document_format: str, supported: Group) -> str | None:
    """The ``document-format`` to send, None when the device does not take such a document."""
    formats = {name.lower(): name for name in supported.strings("document-format-supported")}
    plain = document_format.lower()
    if not formats:
        return document_format
    if plain in formats:
        return formats[plain]
    if OCTETS in formats and plain.partition(";")[0].strip() in _LANGUAGES:
        return formats[OCTETS]
    return None


def shown(attribute: Attribute) -> str:
    """``attribute`` for a person: ``sides=two-sided-long-edge``."""
    return f"{attribute.name}={','.join(_text(value) for value in attribute.values) or 'no value'}"


def _text(value: Value) -> str:
    if isinstance(value, Collection):
        return "{" + " ".join(shown(member) for member in value.attributes) + "}"
    return str(value)


def _fit_one(wish: Attribute, supported: Group) -> tuple[Attribute | None, list[str]]:
    allowed = supported.get(f"{wish.name}-supported")
    if allowed is None or allowed.out_of_band:
        return None, _missed(wish)
    if allowed.values == (False,):
        return None, _missed(wish)
    if wish.name in _BY_NAME_ONLY or allowed.values == (True,):
        return wish, []
    if wish.collections():
        return _members(wish, allowed)
    if wish.name == "copies":
        return _copies(wish, allowed)
    kept = tuple(value for value in wish.values if _takes(wish.name, value, allowed))
    if len(kept) == len(wish.values):
        return wish, []
    dropped = _missed(Attribute(wish.name, wish.tag, tuple(v for v in wish.values if v not in kept)))
    if not kept or wish.tags is not None:
        return None, dropped
    return Attribute(wish.name, wish.tag, kept), dropped


def _missed(wish: Attribute) -> list[str]:
    """``wish`` by name, unless it asks for nothing."""
    nothing = _NOTHING.get(wish.name, frozenset())
    plain = [value.text if isinstance(value, LangStr) else value for value in wish.values]
    return [] if plain and all(value in nothing for value in plain) else [shown(wish)]


def _copies(wish: Attribute, allowed: Attribute) -> tuple[Attribute | None, list[str]]:
    """More copies than the device makes at once: as many as it can, and it is said."""
    most = max((value.upper for value in allowed.values if isinstance(value, Range)), default=0)
    most = most or max(allowed.integers(), default=1)
    asked = wish.integers()
    if asked and asked[0] > most:
        return Attribute("copies", Tag.INTEGER, (most,)), [f"copies={asked[0]} (the device makes {most})"]
    return wish, []


def _members(wish: Attribute, allowed: Attribute) -> tuple[Attribute | None, list[str]]:
    """Collections keep the members that ``<name>-supported`` lists."""
    names = set(allowed.strings())
    if not names:
        return wish, []
    kept: list[Value] = []
    dropped: list[str] = []
    for value in wish.collections():
        members = tuple(member for member in value.attributes if member.name in names)
        dropped += [f"{wish.name}/{shown(member)}" for member in value.attributes if member.name not in names]
        if members:
            kept.append(Collection(members))
    return (Attribute(wish.name, wish.tag, tuple(kept)) if kept else None), dropped


def _takes(name: str, value: Value, allowed: Attribute) -> bool:
    if isinstance(value, LangStr):
        value = value.text
    if isinstance(value, str):
        names = allowed.strings()
        return value in names or (name == "media" and _custom(value, names))
    if isinstance(value, bool):
        return value in allowed.values
    if isinstance(value, Range):
        return any(isinstance(other, Range) and value.upper <= other.upper for other in allowed.values)
    for other in allowed.values:
        if other == value or (isinstance(other, Range) and value in other):
            return True
    return allowed.values == (value,)


def _custom(media: str, names: tuple[str, ...]) -> bool:
    """A size between the device's ``custom_min_…`` and ``custom_max_…``."""
    size = _size(media)
    smallest = [found for name in names if name.startswith("custom_min") and (found := _size(name))]
    largest = [found for name in names if name.startswith("custom_max") and (found := _size(name))]
    if size is None or not smallest or not largest:
        return False
    return all(
        min(small[side] for small in smallest) <= size[side] <= max(large[side] for large in largest)
        for side in (0, 1)
    )


def _size(media: str) -> tuple[float, float] | None:
    """Both sides in millimetres."""
    found = _DIMENSIONS.search(media)
    if found is None:
        return None
    factor = 25.4 if found[3] == "in" else 1.0
    return float(found[1]) * factor, float(found[2]) * factor
