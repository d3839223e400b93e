"""IPP attributes in a job's or queue's row, as plain values for people and programs."""

from typing import Any

from plantin.ipp import Attribute, Collection, LangStr, Range, Resolution
from plantin.ipp.blobs import unpack
from plantin.ipp.enums import Finishing, Orientation, PrintQuality

_ENUMS = {
    "finishings": Finishing,
    "orientation-requested": Orientation,
    "print-quality": PrintQuality,
}


def attributes_of(blob: bytes) -> dict[str, Any]:
    """The attributes by name: one value by itself, several as a list, enums by their keywords."""
    return {attribute.name: _value(attribute) for attribute in unpack(blob)} if blob else {}


def _value(attribute: Attribute) -> Any:
    values = [_plain(attribute.name, value) for value in attribute.values]
    return values[0] if len(values) == 1 else values


def _plain(name: str, value: object) -> Any:
    match value:
        case bool():
            return value
        case int():
            return _word(name, value)
        case LangStr():
            return value.text
        case Collection():
            return {member.name: _value(member) for member in value.attributes}
        case Range():
            return f"{value.lower}-{value.upper}"
        case Resolution():
            return str(value)
        case bytes():
            return value.hex()
    return str(value)


def _word(name: str, number: int) -> int | str:
    kind = _ENUMS.get(name.removesuffix("-default"))
    if kind is None:
        return number
    try:
        return kind(number).keyword
    except ValueError:
        return number
