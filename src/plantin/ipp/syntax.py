"""How the octets of one value become a Python value, for each value tag.

Promises a value or a ``ValueError`` (``struct.error`` for a wrong length of integers) that says what is
wrong. Tags that are not registered keep their octets. Never looks at more than one value.
RFC 8010 section 3.9; RFC 8011 section 5.1.
"""

from collections.abc import Callable
from functools import lru_cache
from struct import Struct
from typing import Final, TypeAlias

from plantin.ipp.quirks import STRICT, Quirks
from plantin.ipp.tags import OUT_OF_BAND_TAG_MAX, Tag
from plantin.ipp.values import DATE_TIME_OCTETS, DateTime, LangStr, Range, Resolution, Value

ValueDecoder: TypeAlias = Callable[[bytes], Value | None]
"""None as a value stands for no-value, which only the quirk ``empty_values`` makes."""

_UNPACK_INTEGER: Final = Struct(">i").unpack
_UNPACK_RANGE: Final = Struct(">ii").unpack
_UNPACK_RESOLUTION: Final = Struct(">iib").unpack
_EXTENSION_TAG_OCTETS: Final = 4


def _integer(octets: bytes) -> int:
    number: int = _UNPACK_INTEGER(octets)[0]
    return number


def _boolean(octets: bytes) -> bool:
    if octets == b"\1":
        return True
    if octets == b"\0":
        return False
    raise ValueError("a boolean is one octet, 0 or 1")


def _any_boolean(octets: bytes) -> bool:
    if len(octets) != 1:
        raise ValueError("a boolean is one octet")
    return octets != b"\0"


def _date_time(octets: bytes) -> DateTime:
    if len(octets) != DATE_TIME_OCTETS:
        raise ValueError(f"a dateTime has {DATE_TIME_OCTETS} octets")
    return DateTime(octets)


def _resolution(octets: bytes) -> Resolution:
    return Resolution._make(_UNPACK_RESOLUTION(octets))


def _range(octets: bytes) -> Range:
    return Range._make(_UNPACK_RANGE(octets))


def _octets(octets: bytes) -> bytes:
    return octets


def _extension(octets: bytes) -> bytes:
    if len(octets) < _EXTENSION_TAG_OCTETS:
        raise ValueError("an extension value starts with four octets of tag")
    return octets


_string: Final[Callable[[bytes], str]] = bytes.decode


def _text(octets: bytes) -> str:
    """One question mark for what is not UTF-8, so that it never gets longer than it was."""
    try:
        return octets.decode()
    except UnicodeDecodeError:
        return octets.decode("utf-8", "replace").replace("\N{REPLACEMENT CHARACTER}", "?")


def _lang_str(octets: bytes) -> LangStr:
    middle = 2 + int.from_bytes(octets[:2], "big")
    start = middle + 2
    if len(octets) < start or start + int.from_bytes(octets[middle:start], "big") != len(octets):
        raise ValueError("lengths of language and text do not add up")
    return LangStr(_text(octets[start:]), octets[2:middle].decode())


def _or_no_value(decode: ValueDecoder) -> ValueDecoder:
    def decode_or_no_value(octets: bytes) -> Value | None:
        return decode(octets) if octets else None

    return decode_or_no_value


_FIXED_LENGTH: Final[dict[int, ValueDecoder]] = {
    Tag.INTEGER: _integer,
    Tag.ENUM: _integer,
    Tag.BOOLEAN: _boolean,
    Tag.DATE_TIME: _date_time,
    Tag.RESOLUTION: _resolution,
    Tag.RANGE: _range,
    Tag.TEXT_WITH_LANGUAGE: _lang_str,
    Tag.NAME_WITH_LANGUAGE: _lang_str,
}
_STRINGS: Final = (
    Tag.KEYWORD,
    Tag.URI,
    Tag.URI_SCHEME,
    Tag.CHARSET,
    Tag.NATURAL_LANGUAGE,
    Tag.MIME_MEDIA_TYPE,
)


@lru_cache(maxsize=64)
def _table(quirks: Quirks) -> tuple[ValueDecoder | None, ...]:
    table: list[ValueDecoder | None] = [None] * (OUT_OF_BAND_TAG_MAX + 1)
    table += [_octets] * (256 - len(table))
    table[Tag.BEGIN_COLLECTION] = table[Tag.END_COLLECTION] = table[Tag.MEMBER_NAME] = None
    table[Tag.EXTENSION] = _extension
    table[Tag.TEXT] = table[Tag.NAME] = _text
    for tag in _STRINGS:
        table[tag] = _text if quirks.bad_strings else _string
    fixed = dict(_FIXED_LENGTH)
    if quirks.any_boolean:
        fixed[Tag.BOOLEAN] = _any_boolean
    for fixed_tag, decode in fixed.items():
        table[fixed_tag] = _or_no_value(decode) if quirks.empty_values else decode
    return tuple(table)


_STRICT_TABLE: Final = _table(STRICT)


def value_decoders(quirks: Quirks) -> tuple[ValueDecoder | None, ...]:
    """For each of the 256 tags what decodes its value; None for tags that have no value of their own."""
    return _STRICT_TABLE if quirks is STRICT else _table(quirks)
