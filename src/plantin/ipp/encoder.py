"""Messages and attributes as octets.

Promises exactly the octets that RFC 8010 section 3 prescribes, or ``EncodeError``; what it makes, the strict
decoder takes. Attributes that mix value tags are written as they came (see ``attributes.require_uniform``).
A server joins ``encode_head``, a group tag, blobs it has cached and ``END`` and gets the same octets as
``encode``. Never checks that an attribute belongs where it stands.
"""

from collections.abc import Callable, Iterable
from struct import Struct
from struct import error as StructError
from typing import Any, Final

from plantin.ipp.attributes import Attribute
from plantin.ipp.errors import EncodeError
from plantin.ipp.message import Message
from plantin.ipp.registry import registered_names
from plantin.ipp.tags import DELIMITER_TAG_MAX, OUT_OF_BAND_TAG_MAX, Tag, tag_name
from plantin.ipp.values import DATE_TIME_OCTETS

NAME_OCTETS_MAX: Final = 255
VALUE_OCTETS_MAX: Final = 32_767
DEPTH_MAX: Final = 32

END: Final = b"\x03"
"""The end-of-attributes tag; document data follows it."""
GROUP_TAGS: Final = tuple(bytes((tag,)) for tag in range(DELIMITER_TAG_MAX + 1))
"""The octet that starts a group, by its tag."""

_HEAD: Final = Struct(">BBHi").pack
_INTEGER: Final = Struct(">Hi").pack
_RANGE: Final = Struct(">Hii").pack
_RESOLUTION: Final = Struct(">Hiib").pack
_LENGTHS: Final = tuple(length.to_bytes(2, "big") for length in range(1024))
_TAG_OCTETS: Final = tuple(bytes((tag,)) for tag in range(256))
_MORE: Final = tuple(bytes((tag, 0, 0)) for tag in range(256))
"""Tag and empty name of a second value."""
_BEGIN_MEMBER: Final = b"\x4a\0\0"
_END_COLLECTION: Final = b"\x37\0\0\0\0"

_known_names: Final = {name: _LENGTHS[len(name)] + name.encode() for name in registered_names()}


def encode_head(version: tuple[int, int], code: int, request_id: int) -> bytes:
    """The first eight octets: version, operation-id or status-code, request-id."""
    try:
        return _HEAD(version[0], version[1], code, request_id)
    except (StructError, TypeError, IndexError) as error:
        raise EncodeError(f"head {version!r} {code!r} {request_id!r}: {error}") from error


def encode(message: Message) -> bytes:
    """The whole message with its end-of-attributes tag; ``EncodeError`` when it cannot be written."""
    parts = [encode_head(message.version, message.code, message.request_id)]
    for group in message.groups:
        _put_group(parts, group.tag, group)
    parts.append(END)
    return b"".join(parts)


def encode_group(tag: int, attributes: Iterable[Attribute]) -> bytes:
    """A group: its tag and its attributes."""
    parts: list[bytes] = []
    _put_group(parts, tag, attributes)
    return b"".join(parts)


def encode_attribute(attribute: Attribute) -> bytes:
    """One attribute with all its values."""
    return encode_attributes((attribute,))


def encode_attributes(attributes: Iterable[Attribute]) -> bytes:
    """Attributes one after the other, without a group tag."""
    parts: list[bytes] = []
    _put_attributes(parts, attributes)
    return b"".join(parts)


def _put_group(parts: list[bytes], tag: int, attributes: Iterable[Attribute]) -> None:
    if not 0 < tag <= DELIMITER_TAG_MAX or tag == Tag.END_OF_ATTRIBUTES:
        raise EncodeError(f"{tag_name(tag)} does not start a group")
    parts.append(GROUP_TAGS[tag])
    _put_attributes(parts, attributes)


def _put_attributes(parts: list[bytes], attributes: Iterable[Attribute]) -> None:
    put = parts.append
    known_names = _known_names
    encoders = _ENCODERS
    for attribute in attributes:
        name, tag, values, tags = attribute
        try:
            encoded = encoders[tag]
            head = known_names.get(name) or _name(name)
            put(_TAG_OCTETS[tag])
            put(head)
            if tags is None and encoded is not None and values:
                put(encoded(values[0]))
                if len(values) > 1:
                    more = _MORE[tag]
                    for value in values[1:]:
                        put(more)
                        put(encoded(value))
            else:
                del parts[-2:]
                _put_special(parts, head, attribute, 0)
        except (StructError, UnicodeError, TypeError, AttributeError, IndexError, ValueError) as error:
            if isinstance(error, EncodeError):
                raise
            raise EncodeError(f"{name}: {tag_name(tag)} {values!r:.200}: {error}") from error


def _put_special(parts: list[bytes], head: bytes, attribute: Attribute, depth: int) -> None:
    """Out-of-band values, sets that mix tags and collections. ``head`` is the name with its length."""
    name, tag, values, tags = attribute
    if not values:
        if not DELIMITER_TAG_MAX < tag <= OUT_OF_BAND_TAG_MAX:
            raise EncodeError(f"{name}: {tag_name(tag)} without a value")
        parts += (_TAG_OCTETS[tag], head, b"\0\0")
        return
    if tags is not None and (len(tags) != len(values) or tags[0] != tag):
        raise EncodeError(f"{name}: {len(tags)} tags for {len(values)} values")
    for position, value in enumerate(values):
        value_tag = tag if tags is None else tags[position]
        parts.append(_TAG_OCTETS[value_tag])
        parts.append(b"\0\0" if position else head)
        encoded = _ENCODERS[value_tag]
        if encoded is not None:
            parts.append(encoded(value))
        elif value_tag == Tag.BEGIN_COLLECTION:
            _put_members(parts, name, value, depth + 1)
        else:
            raise EncodeError(f"{name}: {tag_name(value_tag)} cannot be a value")


def _put_members(parts: list[bytes], name: str, value: Any, depth: int) -> None:
    if depth > DEPTH_MAX:
        raise EncodeError(f"{name}: more than {DEPTH_MAX} collections inside each other")
    parts.append(b"\0\0")
    for member in value.attributes:
        parts.append(_BEGIN_MEMBER)
        parts.append(_known_names.get(member.name) or _name(member.name))
        _put_special(parts, b"\0\0", member, depth)
    parts.append(_END_COLLECTION)


def _name(name: str) -> bytes:
    """Length and octets of a name that is not registered."""
    octets = name.encode("ascii")
    if not 0 < len(octets) <= NAME_OCTETS_MAX:
        raise EncodeError(f"{name!r:.80}: a name has 1 to {NAME_OCTETS_MAX} octets")
    return _LENGTHS[len(octets)] + octets


def _length(octets: bytes) -> bytes:
    if len(octets) > VALUE_OCTETS_MAX:
        raise EncodeError(f"a value of {len(octets)} octets; {VALUE_OCTETS_MAX} is the most")
    return len(octets).to_bytes(2, "big")


def _string(value: Any) -> bytes:
    octets: bytes = value.encode()
    size = len(octets)
    return (_LENGTHS[size] if size < 1024 else _length(octets)) + octets


def _integer(value: Any) -> bytes:
    return _INTEGER(4, value)


def _boolean(value: Any) -> bytes:
    if value is True:
        return b"\0\1\1"
    if value is False:
        return b"\0\1\0"
    raise TypeError("not a bool")


def _octets(value: Any) -> bytes:
    if type(value) is not bytes:
        raise TypeError("not bytes")
    return _length(value) + value


def _extension(value: Any) -> bytes:
    if len(value) < 4:
        raise EncodeError("an extension value starts with four octets of tag")
    return _octets(value)


def _date_time(value: Any) -> bytes:
    if len(value.octets) != DATE_TIME_OCTETS:
        raise EncodeError(f"a dateTime of {len(value.octets)} octets")
    return b"\0\x0b" + bytes(value.octets)


def _resolution(value: Any) -> bytes:
    x, y, units = value
    return _RESOLUTION(9, x, y, units)


def _range(value: Any) -> bytes:
    lower, upper = value
    return _RANGE(8, lower, upper)


def _lang_str(value: Any) -> bytes:
    language = _string(value.language)
    octets = language + _string(value.text)
    return _length(octets) + octets


def _encoders() -> tuple[Callable[[Any], bytes] | None, ...]:
    """For each tag what encodes a value with its length; None for tags that have none or need more."""
    table: list[Callable[[Any], bytes] | None] = [None] * (OUT_OF_BAND_TAG_MAX + 1)
    table += [_octets] * (256 - len(table))
    table[Tag.BEGIN_COLLECTION] = table[Tag.END_COLLECTION] = table[Tag.MEMBER_NAME] = None
    table[Tag.INTEGER] = table[Tag.ENUM] = _integer
    table[Tag.BOOLEAN] = _boolean
    table[Tag.DATE_TIME] = _date_time
    table[Tag.RESOLUTION] = _resolution
    table[Tag.RANGE] = _range
    table[Tag.TEXT_WITH_LANGUAGE] = table[Tag.NAME_WITH_LANGUAGE] = _lang_str
    table[Tag.EXTENSION] = _extension
    for tag in (Tag.TEXT, Tag.NAME, Tag.KEYWORD, Tag.URI, Tag.URI_SCHEME):
        table[tag] = _string
    for tag in (Tag.CHARSET, Tag.NATURAL_LANGUAGE, Tag.MIME_MEDIA_TYPE):
        table[tag] = _string
    return tuple(table)


_ENCODERS: Final = _encoders()
