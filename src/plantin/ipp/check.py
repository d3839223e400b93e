"""Whether a decoded message is a request, or the response to one, in the form that the standard demands.

Promises the first fault with the status that answers it. Never looks at a particular operation's attributes.
RFC 8011 sections 4.1.1 (request-id), 4.1.4 (charset and language first), 4.1.7 (order, duplicates) and 4.1.8
(versions).
"""

from typing import Final, NamedTuple

from plantin.ipp.attributes import Group
from plantin.ipp.message import Message
from plantin.ipp.quirks import STRICT, Quirks
from plantin.ipp.status import Status
from plantin.ipp.tags import Tag, tag_name

CHARSETS: Final = frozenset({"utf-8", "us-ascii"})
"""Charsets that are read as they are; names of charsets count in any case."""
MAJOR_VERSIONS: Final = frozenset({1, 2})


class Fault(NamedTuple):
    """Why a message is refused; ``reason`` is fit for a status-message."""

    status: Status
    reason: str


def check_request(message: Message) -> Fault | None:
    """The first thing that makes a request illegal whatever its operation, None when there is nothing."""
    major, minor = message.version
    if major not in MAJOR_VERSIONS:
        reason = f"IPP version {major}.{minor} is not supported"
        return Fault(Status.SERVER_ERROR_VERSION_NOT_SUPPORTED, reason)
    if message.request_id < 1:
        return _bad(f"request-id {message.request_id} is not 1 or more")
    if not message.groups or message.groups[0].tag != Tag.OPERATION_ATTRIBUTES:
        return _bad("the request does not start with operation attributes")
    tags = [group.tag for group in message.groups]
    if tags != sorted(tags) or tags.count(Tag.OPERATION_ATTRIBUTES) > 1:
        return _bad("the groups of attributes are not in order")
    return _check_leading(message.groups[0]) or _check_duplicates(message.groups)


def _check_leading(group: Group) -> Fault | None:
    """attributes-charset and attributes-natural-language, in this order and before all others."""
    leading = group.attributes[:2]
    wanted = (
        ("attributes-charset", Tag.CHARSET),
        ("attributes-natural-language", Tag.NATURAL_LANGUAGE),
    )
    for position, (name, tag) in enumerate(wanted):
        attribute = leading[position] if position < len(leading) else None
        if attribute is None or attribute.name != name:
            return _bad(f"operation attribute {position + 1} is not {name}")
        if attribute.tag != tag or len(attribute.values) != 1:
            return _bad(f"{name} is not one {tag_name(tag)}")
    charset = group.string("attributes-charset") or ""
    if charset.lower() not in CHARSETS:
        return Fault(Status.CLIENT_ERROR_CHARSET_NOT_SUPPORTED, f"charset {charset:.63} is not supported")
    return None


def _check_duplicates(groups: list[Group]) -> Fault | None:
    for group in groups:
        names = [attribute.name for attribute in group]
        if len(set(names)) != len(names):
            double = next(name for name in names if names.count(name) > 1)
            return _bad(f"{double} stands twice in {tag_name(group.tag)}")
    return None


def check_response(request: Message, response: Message, quirks: Quirks = STRICT) -> Fault | None:
    """The first thing that shows that ``response`` does not answer ``request``, None when it does."""
    if response.request_id != request.request_id and not quirks.wrong_request_id:
        return _bad(f"response to request {response.request_id}, not {request.request_id}")
    # A server that does not know our version answers with its own, as RFC 8011 section 4.1.8 says.
    version_refused = response.code == Status.SERVER_ERROR_VERSION_NOT_SUPPORTED
    if response.version != request.version and not version_refused and not quirks.wrong_version_echo:
        major, minor = response.version
        asked = ".".join(map(str, request.version))
        return _bad(f"response of IPP version {major}.{minor} to a request of {asked}")
    if not response.groups or response.groups[0].tag != Tag.OPERATION_ATTRIBUTES:
        return _bad("the response does not start with operation attributes")
    return None


def _bad(reason: str) -> Fault:
    return Fault(Status.CLIENT_ERROR_BAD_REQUEST, reason)
