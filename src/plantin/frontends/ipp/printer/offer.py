"""What a device, or a pool of devices, offers to clients (PWG 5100.7, 5100.13, 5100.14).

A device's own answer is taken over, without what the server does itself; what every client expects and the
device did not say is added from the generic offer. A pool offers what all of its members can do.
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final

from plantin.frontends.ipp.printer.conversions import add_conversions, add_repetition
from plantin.frontends.ipp.printer.generic import (
    INPUT_TRAY,
    OUTPUT_TRAY,
    Medium,
    generic_offer,
    media_attributes,
    media_col,
)
from plantin.inspect import ghostscript
from plantin.inspect.convert.devices import raster_kinds, targets
from plantin.inspect.convert.plan import canonical
from plantin.ipp import Attribute, Group, Range, Tag
from plantin.ipp.attributes import collection, integer, keyword, mime, octets, range_
from plantin.ipp.blobs import unpack

_CAPABILITY: Final = re.compile(r".+-(supported|default|ready|database|preferred)")
_DESCRIPTIVE: Final = frozenset(
    {
        "document-format-preferred",
        "job-constraints-supported",
        "job-resolvers-supported",
        "mopria-certified",
        "pages-per-minute",
        "pages-per-minute-color",
        "printer-device-id",
        "printer-firmware-name",
        "printer-firmware-patches",
        "printer-firmware-string-version",
        "printer-firmware-version",
        "printer-input-tray",
        "printer-mandatory-job-attributes",
        "printer-output-tray",
        "printer-serial-number",
        "pwg-raster-document-sheet-back",
        "pclm-raster-back-side",
    }
)
_NOT_THE_DEVICES: Final = re.compile(
    r"(notify|charset|natural-language|generated|ipp|uri|operations|compression|which-jobs|identify|oauth|xri"
    r"|reference-uri|document-password|multiple-operation|printer-(uri|xri|settable|get|kind|op|error|strings)"
    r"|job-(account|authorization|cancel|creation|delay|history|hold|ids|impressions|k-octets|mandatory"
    r"|media-sheets|message|password|priority|privacy|release|retain|save|settable|spooling|storage"
    r"|triggers)|port-monitor|preferred-attributes|proof|max-save|smi|fax|resource|system)(-.*)?"
)
_FORMATS: Final = "document-format-supported"
_OCTET_STREAM: Final = "application/octet-stream"
_FILE_SCHEMES: Final = frozenset({"file", "virtual"})
_SILENT: Final = frozenset({"file", "socket", "raw"})
_MEDIUM_NAME: Final = re.compile(r".*_(\d+(?:\.\d+)?)x(\d+(?:\.\d+)?)(mm|in)")
_ALL_HAVE: Final = re.compile(r".+-(supported|ready|database)")


@lru_cache(maxsize=512)
def device_offer(capabilities: bytes, scheme: str, declared: tuple[str, ...] = ()) -> tuple[Attribute, ...]:
    """The offer of one device, with what is converted for it.

    Args:
        capabilities: its answer to Get-Printer-Attributes, encoded; empty when it cannot be asked.
        scheme: the scheme of its device-uri.
        declared: the formats that its administrator says it takes (``core.formats``); none: nothing is said.
    """
    said = [attribute for attribute in unpack(capabilities) if _is_offer(attribute)]
    if not said:
        return _of_the_silent(scheme, declared)
    offer = {attribute.name: attribute for attribute in said}
    formats = offer.get(_FORMATS)
    known = formats.strings() if formats is not None else ()
    offer[_FORMATS] = mime(_FORMATS, *dict.fromkeys((_OCTET_STREAM, *known)))
    offer.setdefault("document-format-default", mime("document-format-default", _OCTET_STREAM))
    _complete_media(offer)
    _complete(offer)
    taken = {canonical(name) for name in known}
    taken &= {canonical(name) for name in declared} or taken
    kinds = raster_kinds(Group(Tag.PRINTER_ATTRIBUTES, said))
    add_conversions(offer, targets(taken, kinds), hears=True, ghostscript=_has_ghostscript())
    offered = offer[_FORMATS].strings()
    for attribute in generic_offer(hears_attributes=False):  # of formats that only the server takes
        if attribute.name.startswith(("jpeg-", "pdf-")) and attribute.name not in offer:
            kind = "image/jpeg" if attribute.name.startswith("jpeg-") else "application/pdf"
            if kind in offered and kind not in known:
                offer[attribute.name] = attribute
    return tuple(offer.values())


def _of_the_silent(scheme: str, declared: tuple[str, ...]) -> tuple[Attribute, ...]:
    """The offer of a device that cannot be asked."""
    if not declared or scheme not in _SILENT:
        return tuple(generic_offer(hears_attributes=scheme in _FILE_SCHEMES))
    offer = {attribute.name: attribute for attribute in generic_offer(hears_attributes=False)}
    formats = tuple(canonical(name) for name in declared)
    offer[_FORMATS] = mime(_FORMATS, *dict.fromkeys((_OCTET_STREAM, *formats)))
    able = targets(formats, {})
    add_conversions(offer, able, hears=False, ghostscript=_has_ghostscript())
    add_repetition(offer, formats)
    preferred = offer[_FORMATS].strings()
    if "application/pdf" not in preferred:
        offer["document-format-preferred"] = mime("document-format-preferred", formats[0])
    return tuple(offer.values())


def _has_ghostscript() -> bool:
    return ghostscript.available() is not None


def _is_offer(attribute: Attribute) -> bool:
    name = attribute.name
    if attribute.tags is not None:  # a set with mixed tags makes libcups drop the whole answer
        return False
    return (name in _DESCRIPTIVE or _CAPABILITY.fullmatch(name) is not None) and (
        _NOT_THE_DEVICES.fullmatch(name) is None
    )


def _complete(offer: dict[str, Attribute]) -> None:
    """Adds what clients insist on; a default only where its list has it."""
    for attribute in generic_offer(hears_attributes=False):
        name = attribute.name
        if name in offer or name.startswith(
            ("media", "document-format", "pwg-", "urf-", "pclm-", "jpeg-", "pdf-")
        ):
            continue
        if name == "pages-per-minute-color" and not _is_true(offer, "color-supported"):
            continue
        offer[name] = attribute
    if not _is_true(offer, "color-supported"):
        offer.pop("pages-per-minute-color", None)
    _complete_trays(offer)
    for name in [name for name in offer if name.endswith("-default")]:
        supported = offer.get(name.removesuffix("-default") + "-supported")
        default = offer[name]
        if supported is None or default.out_of_band or default.tag == Tag.BEGIN_COLLECTION:
            continue
        if name != "document-format-default" and not _within(default, supported):
            offer[name] = _first_of(name, supported)


def _complete_trays(offer: dict[str, Attribute]) -> None:
    """One printer-input-tray for each media-source and one printer-output-tray for each output-bin."""
    for name, listed, grammar in (
        ("printer-input-tray", "media-source-supported", INPUT_TRAY),
        ("printer-output-tray", "output-bin-supported", OUTPUT_TRAY),
    ):
        supported = offer.get(listed)
        known = supported.strings() if supported is not None else ()
        if known and len(offer[name].values) != len(known):
            offer[name] = octets(name, *(grammar % word.encode() for word in known))


def _is_true(offer: dict[str, Attribute], name: str) -> bool:
    attribute = offer.get(name)
    return attribute is not None and attribute.first is True


def _within(default: Attribute, supported: Attribute) -> bool:
    ranges = [value for value in supported.values if isinstance(value, Range)]
    if ranges:
        return all(any(value in one for one in ranges) for value in default.values)
    if supported.tag == Tag.BOOLEAN or (supported.tag == Tag.INTEGER and len(supported.values) == 1):
        return True  # "supported at all" and "so many levels" say nothing about one value
    return all(value in supported.values for value in default.values)


def _first_of(name: str, supported: Attribute) -> Attribute:
    first = supported.values[0]
    if isinstance(first, Range):
        return integer(name, first.lower)
    return Attribute(name, supported.tag, (first,))


def _medium(name: str) -> Medium | None:
    match = _MEDIUM_NAME.fullmatch(name)
    if match is None:
        return None
    unit = 100 if match[3] == "mm" else 2540
    return Medium(name, round(float(match[1]) * unit), round(float(match[2]) * unit))


def _complete_media(offer: dict[str, Attribute]) -> None:
    supported = offer.get("media-supported")
    media = [medium for name in (supported.strings() if supported else ()) if (medium := _medium(name))]
    if not media:
        for attribute in media_attributes():
            offer[attribute.name] = attribute
        return
    default = offer.get("media-default")
    chosen = _medium(str(default.first)) if default is not None and default.values else None
    chosen = chosen or media[0]
    offer.setdefault("media-default", keyword("media-default", chosen.name))
    offer.setdefault("media-ready", keyword("media-ready", chosen.name))
    ready = [medium for name in offer["media-ready"].strings() if (medium := _medium(name))]
    offer.setdefault("media-col-default", collection("media-col-default", media_col(chosen)))
    if "media-col-ready" not in offer and ready:
        cols = (media_col(medium, source=f"tray-{i}") for i, medium in enumerate(ready, 1))
        offer["media-col-ready"] = collection("media-col-ready", *cols)
    if "media-col-database" not in offer:
        offer["media-col-database"] = collection("media-col-database", *(media_col(m) for m in media))
    for attribute in media_attributes(media):
        offer.setdefault(attribute.name, attribute)


def pool_offer(offers: Sequence[Sequence[Attribute]], defaults: bytes) -> list[Attribute]:
    """What all members of a pool can do, with the administrator's defaults.

    Args:
        offers: one for each device; none: the generic offer.
        defaults: ``*-default`` attributes that the administrator set, encoded.
    """
    if not offers:
        shared = {attribute.name: attribute for attribute in generic_offer(hears_attributes=True)}
    else:
        shared = {attribute.name: attribute for attribute in offers[0]}
        for other in offers[1:]:
            shared = _intersection(shared, {attribute.name: attribute for attribute in other})
    for attribute in unpack(defaults):
        shared[attribute.name] = attribute
    if len(offers) > 1:
        _complete_media(shared)
        _complete(shared)
    return list(shared.values())


def _intersection(one: dict[str, Attribute], other: dict[str, Attribute]) -> dict[str, Attribute]:
    shared = {}
    for name, attribute in one.items():
        theirs = other.get(name)
        if theirs is None:
            continue
        both = _common(attribute, theirs) if _ALL_HAVE.fullmatch(name) else attribute
        if both is not None:
            shared[name] = both
    return shared


def _common(one: Attribute, other: Attribute) -> Attribute | None:
    if one == other:
        return one
    if one.tag != other.tag or one.out_of_band:
        return None
    if one.tag == Tag.BOOLEAN:
        return Attribute(one.name, one.tag, (one.first is True and other.first is True,))
    if one.tag == Tag.RANGE:
        return _common_range(one, other)
    if one.tag == Tag.INTEGER and len(one.values) == len(other.values) == 1:
        return integer(one.name, min(*one.integers(), *other.integers()))
    values = tuple(value for value in one.values if value in other.values)
    return Attribute(one.name, one.tag, values) if values else None


def _common_range(one: Attribute, other: Attribute) -> Attribute | None:
    both: list[Range] = []
    for mine in _ranges(one.values):
        for theirs in _ranges(other.values):
            lower, upper = max(mine.lower, theirs.lower), min(mine.upper, theirs.upper)
            if lower <= upper:
                both.append(Range(lower, upper))
    return range_(one.name, *both) if both else None


def _ranges(values: Iterable[object]) -> list[Range]:
    return [value for value in values if isinstance(value, Range)]
