"""Toner, paper and waste as the device reported them: marker-* (CUPS) and printer-supply (PWG 5100.13).

What a device did not say is left out, but for printer-supply, which IPP Everywhere wants to be there: it then
says that the level is unknown (-2 in the grammar of PWG 5100.13 section 5.6.42).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from plantin.frontends.ipp import emit
from plantin.ipp import Attribute, EncodeError, Tag, encode_attribute
from plantin.ipp.attributes import octets, text

_UNKNOWN_SUPPLY: Final = encode_attribute(
    octets("printer-supply", b"type=other;maxcapacity=-2;level=-2;class=supplyThatIsConsumed;")
)
_UNKNOWN_DESCRIPTION: Final = encode_attribute(text("printer-supply-description", "not known"))


@dataclass(frozen=True, slots=True)
class Supplies:
    """The encoded attributes of the supplies; empty bytes where the device said nothing."""

    names: bytes = b""
    types: bytes = b""
    colors: bytes = b""
    levels: bytes = b""
    low_levels: bytes = b""
    high_levels: bytes = b""
    message: bytes = b""
    change_time: bytes = b""
    supply: bytes = _UNKNOWN_SUPPLY
    description: bytes = _UNKNOWN_DESCRIPTION


NO_SUPPLIES: Final = Supplies()

_levels = emit.integers("marker-levels")
_low = emit.integers("marker-low-levels")
_high = emit.integers("marker-high-levels")
_names = emit.strings(Tag.NAME, "marker-names")
_types = emit.strings(Tag.KEYWORD, "marker-types")
_colors = emit.strings(Tag.NAME, "marker-colors")
_message = emit.string(Tag.TEXT, "marker-message")
_change = emit.integer("marker-change-time")


@lru_cache(maxsize=4096)
def supplies(text_of_device: str, at_ms: int) -> Supplies:
    """The supplies of a device from what its record holds (JSON, attribute name -> value or values)."""
    try:
        said = json.loads(text_of_device) if text_of_device else None
    except ValueError:
        return NO_SUPPLIES
    if not isinstance(said, Mapping) or not said:
        return NO_SUPPLIES
    names = _strings(said, "marker-names")
    given = _strings(said, "printer-supply")
    if given:
        words = _strings(said, "printer-supply-description")
        words = (words + given)[: len(given)]
    else:
        given, words = _from_markers(said)
    try:
        return Supplies(
            names=_names(names) if names else b"",
            types=_types(_strings(said, "marker-types")) if "marker-types" in said else b"",
            colors=_colors(_strings(said, "marker-colors")) if "marker-colors" in said else b"",
            levels=_numbers(said, "marker-levels", _levels),
            low_levels=_numbers(said, "marker-low-levels", _low),
            high_levels=_numbers(said, "marker-high-levels", _high),
            message=_message(str(said["marker-message"])) if said.get("marker-message") else b"",
            change_time=_change(at_ms // 1000) if names else b"",
            supply=_put(octets("printer-supply", *(word.encode() for word in given)), given),
            description=_put(text("printer-supply-description", *words), given) or _UNKNOWN_DESCRIPTION,
        )
    except (OverflowError, EncodeError):
        return NO_SUPPLIES


def _put(attribute: Attribute, given: list[str]) -> bytes:
    return encode_attribute(attribute) if given else b""


def _from_markers(said: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """printer-supply in the words of the markers, where the device has only those."""
    names = _strings(said, "marker-names")
    types = _strings(said, "marker-types")
    levels = _integers(said, "marker-levels")
    supply = [
        f"type={types[i] if i < len(types) else 'other'};maxcapacity=100;"
        f"level={levels[i] if i < len(levels) else -2};class=supplyThatIsConsumed;"
        for i in range(len(names))
    ]
    if not supply:
        return ["type=other;maxcapacity=-2;level=-2;class=supplyThatIsConsumed;"], ["not known"]
    return supply, names


def _strings(said: Mapping[str, Any], key: str) -> list[str]:
    value = said.get(key)
    values = value if isinstance(value, list) else [] if value is None else [value]
    return [str(item) for item in values]


def _integers(said: Mapping[str, Any], key: str) -> list[int]:
    value = said.get(key)
    values = value if isinstance(value, list) else [value]
    return [item for item in values if isinstance(item, int) and not isinstance(item, bool)]


def _numbers(said: Mapping[str, Any], key: str, encode: Any) -> bytes:
    values = _integers(said, key)
    result: bytes = encode(values) if values else b""
    return result
