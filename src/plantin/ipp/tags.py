"""Delimiter, out-of-band and value tags of an IPP message.

Promises the registered tags by their names, and the syntax name of any tag for messages to people.
Tags that are not registered are carried through as plain integers.
RFC 8010 section 3.5; RFC 3380 section 8 (not-settable, delete-attribute, admin-define); RFC 3995 and
PWG 5100.5/.22 for the later group tags.
"""

from enum import IntEnum
from typing import Final


class Tag(IntEnum):
    """A registered tag. Groups use the delimiters (0x01 to 0x0f), attributes all others."""

    OPERATION_ATTRIBUTES = 0x01
    JOB_ATTRIBUTES = 0x02
    END_OF_ATTRIBUTES = 0x03
    PRINTER_ATTRIBUTES = 0x04
    UNSUPPORTED_ATTRIBUTES = 0x05
    SUBSCRIPTION_ATTRIBUTES = 0x06
    EVENT_NOTIFICATION_ATTRIBUTES = 0x07
    RESOURCE_ATTRIBUTES = 0x08
    DOCUMENT_ATTRIBUTES = 0x09
    SYSTEM_ATTRIBUTES = 0x0A

    UNSUPPORTED = 0x10
    DEFAULT = 0x11
    UNKNOWN = 0x12
    NO_VALUE = 0x13
    NOT_SETTABLE = 0x15
    DELETE_ATTRIBUTE = 0x16
    ADMIN_DEFINE = 0x17

    INTEGER = 0x21
    BOOLEAN = 0x22
    ENUM = 0x23

    OCTET_STRING = 0x30
    DATE_TIME = 0x31
    RESOLUTION = 0x32
    RANGE = 0x33
    BEGIN_COLLECTION = 0x34
    TEXT_WITH_LANGUAGE = 0x35
    NAME_WITH_LANGUAGE = 0x36
    END_COLLECTION = 0x37

    TEXT = 0x41
    NAME = 0x42
    KEYWORD = 0x44
    URI = 0x45
    URI_SCHEME = 0x46
    CHARSET = 0x47
    NATURAL_LANGUAGE = 0x48
    MIME_MEDIA_TYPE = 0x49
    MEMBER_NAME = 0x4A

    EXTENSION = 0x7F


DELIMITER_TAG_MAX: Final = 0x0F
OUT_OF_BAND_TAG_MAX: Final = 0x1F
TEXT_TAGS: Final = frozenset({Tag.TEXT, Tag.TEXT_WITH_LANGUAGE})
NAME_TAGS: Final = frozenset({Tag.NAME, Tag.NAME_WITH_LANGUAGE})

TAGS: Final[tuple[int, ...]] = tuple(Tag(n) if n in Tag.__members__.values() else n for n in range(256))
"""Every octet as a ``Tag`` when it is registered and as ``int`` otherwise (cheaper than ``Tag(n)``)."""

_SYNTAX_NAMES: Final = {
    Tag.OPERATION_ATTRIBUTES: "operation-attributes-tag",
    Tag.JOB_ATTRIBUTES: "job-attributes-tag",
    Tag.END_OF_ATTRIBUTES: "end-of-attributes-tag",
    Tag.PRINTER_ATTRIBUTES: "printer-attributes-tag",
    Tag.UNSUPPORTED_ATTRIBUTES: "unsupported-attributes-tag",
    Tag.SUBSCRIPTION_ATTRIBUTES: "subscription-attributes-tag",
    Tag.EVENT_NOTIFICATION_ATTRIBUTES: "event-notification-attributes-tag",
    Tag.RESOURCE_ATTRIBUTES: "resource-attributes-tag",
    Tag.DOCUMENT_ATTRIBUTES: "document-attributes-tag",
    Tag.SYSTEM_ATTRIBUTES: "system-attributes-tag",
    Tag.OCTET_STRING: "octetString",
    Tag.DATE_TIME: "dateTime",
    Tag.RANGE: "rangeOfInteger",
    Tag.BEGIN_COLLECTION: "collection",
    Tag.TEXT_WITH_LANGUAGE: "textWithLanguage",
    Tag.NAME_WITH_LANGUAGE: "nameWithLanguage",
    Tag.END_COLLECTION: "endCollection",
    Tag.TEXT: "textWithoutLanguage",
    Tag.NAME: "nameWithoutLanguage",
    Tag.URI_SCHEME: "uriScheme",
    Tag.NATURAL_LANGUAGE: "naturalLanguage",
    Tag.MIME_MEDIA_TYPE: "mimeMediaType",
    Tag.MEMBER_NAME: "memberAttrName",
}


def is_delimiter(tag: int) -> bool:
    """Whether ``tag`` starts a group or ends the message."""
    return 0 <= tag <= DELIMITER_TAG_MAX


def is_out_of_band(tag: int) -> bool:
    """Whether ``tag`` stands instead of a value: unsupported, unknown, no-value and so on."""
    return DELIMITER_TAG_MAX < tag <= OUT_OF_BAND_TAG_MAX


def tag_name(tag: int) -> str:
    """The name of a tag as the standards write it, ``"0x5f"`` for one that is not registered."""
    known = TAGS[tag] if 0 <= tag < len(TAGS) else tag
    if isinstance(known, Tag):
        return _SYNTAX_NAMES.get(known) or known.name.lower().replace("_", "-")
    return f"0x{tag:02x}"
