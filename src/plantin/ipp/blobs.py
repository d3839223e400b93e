"""Encoded attributes at rest: the opaque octets in a job's or queue's row, and back.

A blob is attributes one after the other (RFC 8010 section 3.1.3) without a group tag. We wrote them
ourselves, but a damaged one must not take a request down: it reads as no attributes.
"""

from collections.abc import Iterable
from typing import Final

from plantin.ipp import (
    END,
    RESPONSE_LIMITS,
    Attribute,
    ProtocolError,
    Tag,
    decode,
    encode_attributes,
    encode_head,
)

_HEAD: Final = encode_head((2, 0), 0, 1) + bytes((Tag.JOB_ATTRIBUTES,))


def pack(attributes: Iterable[Attribute]) -> bytes:
    """The attributes as octets."""
    return encode_attributes(attributes)


def unpack(blob: bytes) -> tuple[Attribute, ...]:
    """The attributes of a blob; none when it is damaged."""
    if not blob:
        return ()
    try:
        message, _ = decode(_HEAD + blob + END, limits=RESPONSE_LIMITS)
    except ProtocolError:
        return ()
    return message.groups[0].attributes if message.groups else ()
