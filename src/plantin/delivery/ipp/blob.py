"""Attributes at rest: encoded one after the other, without a group tag (``JobRecord.attributes``,
``DeviceRecord.capabilities``). Pure.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from plantin.ipp import (
    END,
    RESPONSE_LIMITS,
    Attribute,
    Group,
    ProtocolError,
    Tag,
    decode,
    encode_attributes,
    encode_head,
)

_HEAD: Final = encode_head((2, 0), 0, 1)


def pack(attributes: Iterable[Attribute]) -> bytes:
    """The octets of ``attributes``."""
    return encode_attributes(attributes)


def unpack(blob: bytes, tag: int) -> Group:
    """The attributes in ``blob`` as a group with ``tag``.

    Raises:
        ProtocolError: the octets are not attributes.
    """
    if not blob:
        return Group(tag)
    message, rest = decode(_HEAD + bytes((tag,)) + blob + END, RESPONSE_LIMITS)
    if rest or len(message.groups) != 1:
        raise ProtocolError("the stored octets hold more than one group", len(_HEAD))
    return message.groups[0]


@lru_cache(maxsize=512)
def capabilities(blob: bytes) -> Group:
    """A device's capabilities, taken apart once for all its jobs; nothing of them when they cannot be
    read."""
    try:
        return unpack(blob, Tag.PRINTER_ATTRIBUTES)
    except ProtocolError:
        return Group(Tag.PRINTER_ATTRIBUTES)
