"""The answer to an IPP request, and its octets (RFC 8010 section 3.4.3, RFC 8011 section 4.1.6)."""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from typing import Final

from plantin.core.limits import STATUS_MESSAGE_OCTETS_MAX
from plantin.frontends.ipp import emit
from plantin.ipp import END, Attribute, Group, Status, Tag, encode_group, encode_head
from plantin.ipp.attributes import charset, language
from plantin.ipp.text import sanitise

_OPERATION: Final = encode_group(
    Tag.OPERATION_ATTRIBUTES,
    [charset("attributes-charset", "utf-8"), language("attributes-natural-language", "en")],
)
_status_message = emit.string(Tag.TEXT, "status-message")


@dataclass(slots=True)
class Reply:
    """What an operation answers."""

    status: Status = Status.SUCCESSFUL_OK
    text: str = ""
    """status-message: one sentence for a person."""
    operation: bytes = b""
    """More operation attributes, encoded."""
    unsupported: Iterable[Attribute] = ()
    groups: bytes = b""
    """Encoded groups, each with its tag."""
    stream: AsyncIterator[bytes] | None = None
    """Groups that are too many to be held at once; they follow ``groups``."""
    document: AsyncIterator[bytes] | None = None
    """Document data behind the message (CUPS-Get-Document)."""


def head(version: tuple[int, int], request_id: int, reply: Reply) -> bytes:
    """The message up to its last group, without the end-of-attributes tag."""
    parts = [encode_head(version, reply.status, request_id), _OPERATION]
    if reply.text:
        parts.append(_status_message(sanitise(reply.text, STATUS_MESSAGE_OCTETS_MAX)))
    parts.append(reply.operation)
    unsupported = list(reply.unsupported)
    if unsupported:
        parts.append(encode_group(Tag.UNSUPPORTED_ATTRIBUTES, unsupported))
    parts.append(reply.groups)
    return b"".join(parts)


async def pieces(start: bytes, reply: Reply) -> AsyncIterator[bytes]:
    """A streamed answer in pieces."""
    if reply.stream is None:
        yield start + END
    else:
        yield start
        async for piece in reply.stream:
            yield piece
        yield END
    if reply.document is not None:
        async for piece in reply.document:
            yield piece


def group(tag: Tag, attributes: Iterable[Attribute]) -> bytes:
    """A group from attributes."""
    return encode_group(tag, attributes)


def raw_group(tag: Tag, attributes: bytes) -> bytes:
    """A group from encoded attributes."""
    return bytes((tag,)) + attributes


def no_group() -> Group:
    """An empty group, for requests that leave one out."""
    return Group(Tag.JOB_ATTRIBUTES)
