"""Attributes with a fixed name, ready to be encoded many thousand times a second.

The codec builds an attribute and then encodes it; for what every queue and every job has, this module keeps
the encoded head (tag, name) and appends the value (RFC 8010 section 3.1.4). A test holds it to the codec.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

from plantin.ipp import DateTime, Tag

_INTEGER_LENGTH: Final = b"\x00\x04"


def _head(tag: int, name: str) -> bytes:
    octets = name.encode("ascii")
    return bytes((tag,)) + len(octets).to_bytes(2, "big") + octets


def string(tag: Tag, name: str) -> Callable[[str], bytes]:
    """An encoder of one string value."""
    head = _head(tag, name)

    def encode(value: str) -> bytes:
        octets = value.encode("utf-8", "replace")
        return head + len(octets).to_bytes(2, "big") + octets

    return encode


def strings(tag: Tag, name: str) -> Callable[[Iterable[str]], bytes]:
    """An encoder of a set of strings; an empty set becomes no-value."""
    head = _head(tag, name)
    more = bytes((tag, 0, 0))
    none = _head(Tag.NO_VALUE, name) + b"\x00\x00"

    def encode(values: Iterable[str]) -> bytes:
        parts: list[bytes] = []
        for value in values:
            octets = value.encode("utf-8", "replace")
            parts += (more if parts else head, len(octets).to_bytes(2, "big"), octets)
        return b"".join(parts) if parts else none

    return encode


def integer(name: str, tag: Tag = Tag.INTEGER) -> Callable[[int], bytes]:
    """An encoder of one integer or enum."""
    head = _head(tag, name) + _INTEGER_LENGTH

    def encode(value: int) -> bytes:
        return head + value.to_bytes(4, "big", signed=True)

    return encode


def integers(name: str, tag: Tag = Tag.INTEGER) -> Callable[[Iterable[int]], bytes]:
    """An encoder of a set of integers; an empty set becomes no-value."""
    head = _head(tag, name) + _INTEGER_LENGTH
    more = bytes((tag, 0, 0)) + _INTEGER_LENGTH
    none = _head(Tag.NO_VALUE, name) + b"\x00\x00"

    def encode(values: Iterable[int]) -> bytes:
        parts: list[bytes] = []
        for value in values:
            parts += (more if parts else head, value.to_bytes(4, "big", signed=True))
        return b"".join(parts) if parts else none

    return encode


def boolean(name: str) -> Callable[[bool], bytes]:
    """An encoder of a boolean."""
    head = _head(Tag.BOOLEAN, name)
    yes, no = head + b"\x00\x01\x01", head + b"\x00\x01\x00"
    return lambda value: yes if value else no


def no_value(name: str, tag: Tag = Tag.NO_VALUE) -> bytes:
    """The attribute with an out-of-band value."""
    return _head(tag, name) + b"\x00\x00"


@lru_cache(maxsize=512)
def _date_time(second: int) -> bytes:
    return DateTime.from_datetime(datetime.fromtimestamp(second, UTC)).octets


def date_time(name: str) -> Callable[[int], bytes]:
    """An encoder of a moment given in UTC milliseconds, to the second."""
    head = _head(Tag.DATE_TIME, name) + b"\x00\x0b"
    return lambda at_ms: head + _date_time(at_ms // 1000)
