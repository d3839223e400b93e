"""Octets as messages, in pieces of any size.

Promises a ``Message`` or a ``ProtocolError`` and nothing else, the same for one piece and for single octets;
each error comes as soon as the octets that cause it are there; work is linear in the octets fed. Strict
unless a quirk says otherwise. Text and names that are not UTF-8 are not an error (clients send them, and
users would lose jobs): their wrong octets become question marks. Never touches the document data behind it.
RFC 8010 section 3; limits as in ``Limits``.
"""

from struct import Struct
from struct import error as StructError
from typing import Final, NamedTuple, TypeAlias

from plantin.ipp.attributes import Attribute, Group
from plantin.ipp.errors import ProtocolError
from plantin.ipp.limits import DEFAULT_LIMITS, Limits
from plantin.ipp.message import Message
from plantin.ipp.quirks import STRICT, Quirks
from plantin.ipp.registry import registered_names
from plantin.ipp.status import Status
from plantin.ipp.syntax import value_decoders
from plantin.ipp.tags import DELIMITER_TAG_MAX, OUT_OF_BAND_TAG_MAX, TAGS, Tag, tag_name
from plantin.ipp.values import Collection, Value

HEAD_OCTETS: Final = 8
SUPPORTED_MAJOR_VERSIONS: Final = (1, 2)

_HEAD: Final = Struct(">BBHi")
_TOO_LARGE: Final = Status.CLIENT_ERROR_REQUEST_ENTITY_TOO_LARGE
_TOO_LONG: Final = Status.CLIENT_ERROR_REQUEST_VALUE_TOO_LONG
_known_names: Final = {name.encode(): name for name in registered_names()}


Buffer: TypeAlias = bytes | bytearray | memoryview


class _Open(NamedTuple):
    """What waits for the end of a collection: where its value goes, and the set that was being read there."""

    sink: list[Attribute]
    name: str | None
    values: list[Value] | None
    tags: list[int] | None


class Decoder:
    """Decodes one message. Feed it until it returns it; ``remainder`` then has the first document data."""

    __slots__ = (
        "_attributes_left",
        "_base",
        "_decoders",
        "_done",
        "_error",
        "_in_group",
        "_limits",
        "_member",
        "_message",
        "_need",
        "_open",
        "_pending",
        "_quirks",
        "_sink",
        "_stray_at",
        "_tags",
        "_values",
        "remainder",
    )

    def __init__(self, limits: Limits = DEFAULT_LIMITS, quirks: Quirks = STRICT) -> None:
        self.remainder = b""
        self._limits = limits
        self._quirks = quirks
        self._decoders = value_decoders(quirks)
        self._attributes_left = limits.attributes
        self._base = 0  # offset in the message of the first pending octet
        self._pending = bytearray()
        self._need = HEAD_OCTETS  # pending octets without which there is no progress
        self._message: Message | None = None
        self._done = False
        self._error: ProtocolError | None = None
        self._in_group = False
        self._sink: list[Attribute] = []  # where attributes go: a group's, or a collection's
        self._values: list[Value] | None = None  # of the last attribute of the sink, once it has several
        self._tags: list[int] | None = None  # of those values, once they differ
        self._open: list[_Open] = []
        self._member: str | None = None  # a memberAttrName whose value is to follow
        self._stray_at: int | None = None  # length of the sink when a member outside of a collection came

    @property
    def head(self) -> Message | None:
        """The message as far as it is known, None before its first eight octets; for answering an error."""
        return self._message

    @property
    def complete(self) -> bool:
        """Whether the whole message is there."""
        return self._done

    def feed(self, data: Buffer) -> Message | None:
        """Take some octets; the message once it is complete, None before.

        ``ProtocolError`` for what is not a message (and again for every later piece); ``RuntimeError`` when
        the message is complete already, for that is the caller's mistake.
        """
        if self._error is not None:
            raise self._error
        if self._done:
            raise RuntimeError("the message is complete")
        if self._pending:
            self._pending += data
            if len(self._pending) < self._need:
                return None
            octets = bytes(self._pending)
        else:
            octets = data if isinstance(data, bytes) else bytes(data)
        position = 0
        if self._message is None:
            if len(octets) < HEAD_OCTETS:
                self._pending = bytearray(octets)
                return None
            major, minor, code, request_id = _HEAD.unpack_from(octets)
            self._message = Message((major, minor), code, request_id)
            position = HEAD_OCTETS
        try:
            position = self._scan(octets, position)
        except ProtocolError as error:
            self._error = error
            raise
        if self.complete:
            self.remainder = octets[position:]
            return self._message
        self._base += position
        self._pending = bytearray(octets[position:])
        return None

    def finish(self) -> Message:
        """Say that the peer has sent everything. The message; ``ProtocolError`` when it is not complete."""
        if self._error is not None:
            raise self._error
        message = self._message
        if message is not None and self._done:
            return message
        ends = self._base + len(self._pending)
        whole = message is not None and message.groups and not self._pending and not self._open
        if message is not None and whole and self._quirks.no_end_tag:
            self._close_set()
            self._done = True
            return message
        self._error = self._fail("the message ends before its end-of-attributes tag", ends)
        raise self._error

    def _fail(
        self, reason: str, offset: int, status: Status = Status.CLIENT_ERROR_BAD_REQUEST
    ) -> ProtocolError:
        message = self._message
        if message is not None and message.version[0] not in SUPPORTED_MAJOR_VERSIONS:
            # Another major version may have another encoding: RFC 8011 section 4.1.8 wants this said.
            status = Status.SERVER_ERROR_VERSION_NOT_SUPPORTED
        return ProtocolError(reason, offset, status)

    def _scan(self, data: bytes, position: int) -> int:
        """Take all whole tokens from ``position``; where the first that is not whole starts, if any."""
        end = len(data)
        base = self._base
        limits = self._limits
        name_max, value_max = limits.name_octets, limits.value_octets
        stop_max = limits.header_octets - base
        decoders = self._decoders
        names = _known_names
        new = tuple.__new__
        sink = self._sink
        start = position
        while position < end:
            tag = data[position]
            if tag <= DELIMITER_TAG_MAX:
                if position >= stop_max:
                    raise self._too_large(base + position)
                self._delimiter(tag, base + position)
                position += 1
                if self._done:
                    break
                sink = self._sink
                continue
            start = position + 3
            if start > end:
                break
            name_length = data[position + 1] << 8 | data[position + 2]
            if name_length > name_max:
                raise self._too_long("name", name_length, name_max, base + position + 1)
            start += name_length + 2
            if start > end:
                break
            length = data[start - 2] << 8 | data[start - 1]
            if length > value_max:
                raise self._too_long("value", length, value_max, base + start - 2)
            stop = start + length
            if stop > stop_max:
                raise self._too_large(base + start)
            if stop > end:
                start = stop
                break
            decode = decoders[tag]
            octets = data[start:stop]
            if not name_length or decode is None or self._open:
                self._token(tag, data[position + 3 : start - 2], octets, base + position)
                sink = self._sink
            else:
                # The usual token, the first value of an attribute, without a call for each step.
                name_octets = data[position + 3 : start - 2]
                name = names.get(name_octets) or self._name(name_octets, base + position + 3)
                try:
                    value = decode(octets)
                except (ValueError, StructError) as error:
                    raise self._bad_value(tag, octets, error, base + start) from error
                if self._values is not None:
                    self._close_set()
                if value is None or not self._attributes_left or not self._in_group:
                    self._put(name, tag, value, base + position)
                else:
                    self._attributes_left -= 1
                    sink.append(new(Attribute, (name, TAGS[tag], (value,), None)))
            position = stop
        self._need = max(1, start - position)
        return position

    def _delimiter(self, tag: int, offset: int) -> None:
        """Start a group or end the message."""
        message = self._message
        assert message is not None  # there are no tokens before the head
        if self._open:
            if not self._quirks.unterminated_collections:
                raise self._fail(f"{tag_name(tag)} inside a collection", offset)
            self._end_all_collections(offset)
        if self._values is not None:
            self._close_set()
        self._stray_at = None
        if tag == Tag.END_OF_ATTRIBUTES:
            self._done = True
            return
        if tag == 0:
            raise self._fail("the delimiter tag 0x00 is reserved", offset)
        if len(message.groups) >= self._limits.groups:
            raise self._fail(f"more than {self._limits.groups} groups", offset, _TOO_LARGE)
        self._sink = []
        self._in_group = True
        message.groups.append(Group.owning(TAGS[tag], self._sink))

    def _token(self, tag: int, name_octets: bytes, octets: bytes, offset: int) -> None:
        """Any token but a delimiter: additional and out-of-band values, collections and what is in them."""
        name = self._name(name_octets, offset + 3) if name_octets else None
        if name is not None and self._open and not self._quirks.named_members:
            if not self._quirks.unterminated_collections:
                raise self._fail(f"attribute {name} inside a collection", offset)
            self._end_all_collections(offset)
        if name is None and self._stray_at is not None and not self._open:
            if self._stray_at == len(self._sink):
                return
            self._stray_at = None
        if tag == Tag.MEMBER_NAME:
            self._begin_member(name, octets, offset)
        elif tag == Tag.END_COLLECTION:
            self._end_collection(name, octets, offset)
        else:
            if name is None:
                name, self._member = self._member, None
            else:
                self._member = None
            if tag == Tag.BEGIN_COLLECTION:
                self._begin_collection(name, octets, offset)
            elif tag <= OUT_OF_BAND_TAG_MAX:
                if octets and not self._quirks.out_of_band_octets:
                    raise self._fail(f"octets in the out-of-band value {tag_name(tag)}", offset)
                self._put(name, tag, None, offset)
            else:
                decode = self._decoders[tag]
                assert decode is not None  # only the tags above have none
                try:
                    value = decode(octets)
                except (ValueError, StructError) as error:
                    raise self._bad_value(tag, octets, error, offset) from error
                self._put(name, tag, value, offset)

    def _put(self, name: str | None, tag: int, value: Value | None, offset: int) -> None:
        """Add a value: the first of attribute ``name``, or one more of the last. None is out-of-band."""
        if not self._in_group:
            raise self._fail("an attribute before any group", offset)
        if value is None and tag > OUT_OF_BAND_TAG_MAX:
            tag = Tag.NO_VALUE
        if name is None:
            self._put_more(tag, value, offset)
            return
        if self._values is not None:
            self._close_set()
        if self._open:
            if len(self._sink) >= self._limits.members:
                reason = f"more than {self._limits.members} members of a collection"
                raise self._fail(reason, offset, _TOO_LARGE)
        elif self._attributes_left <= 0:
            raise self._fail(f"more than {self._limits.attributes} attributes", offset, _TOO_LARGE)
        else:
            self._attributes_left -= 1
        self._sink.append(Attribute(name, TAGS[tag], () if value is None else (value,)))

    def _put_more(self, tag: int, value: Value | None, offset: int) -> None:
        """Add a value to the last attribute."""
        if not self._sink:
            raise self._fail("a value without the name of an attribute", offset)
        last = self._sink[-1]
        if value is None or not last.values:
            if not self._quirks.out_of_band_in_sets:
                raise self._fail(f"{last.name}: an out-of-band value among others", offset)
            if value is not None:
                self._sink[-1] = Attribute(last.name, TAGS[tag], (value,))
            return
        values = self._values
        if values is None:
            values = self._values = [last.values[0]]
        if len(values) >= self._limits.values:
            reason = f"{last.name}: more than {self._limits.values} values"
            raise self._fail(reason, offset, _TOO_LARGE)
        if self._tags is None and tag != last.tag:
            self._tags = [last.tag] * len(values)
        if self._tags is not None:
            self._tags.append(TAGS[tag])
        values.append(value)

    def _close_set(self) -> None:
        """Give the last attribute the values that were read after its first."""
        values, tags = self._values, self._tags
        if values is not None:
            last = self._sink[-1]
            self._sink[-1] = Attribute(
                last.name, last.tag, tuple(values), None if tags is None else tuple(tags)
            )
            self._values = self._tags = None

    def _begin_member(self, name: str | None, octets: bytes, offset: int) -> None:
        if not self._open:
            if not self._quirks.stray_members or not self._in_group:
                raise self._fail("memberAttrName outside of a collection", offset)
            if self._values is not None:
                self._close_set()
            self._stray_at = len(self._sink)
            return
        if name is not None or self._member is not None:
            raise self._fail("memberAttrName where the value of a member must stand", offset)
        if not 0 < len(octets) <= self._limits.name_octets:
            reason = f"a member name of {len(octets)} octets, 1 to {self._limits.name_octets} are allowed"
            raise self._fail(reason, offset, _TOO_LONG if octets else Status.CLIENT_ERROR_BAD_REQUEST)
        self._member = _known_names.get(octets) or self._name(octets, offset + 5)

    def _begin_collection(self, name: str | None, octets: bytes, offset: int) -> None:
        if octets:
            raise self._fail("octets in the value of begCollection", offset)
        if len(self._open) >= self._limits.depth:
            reason = f"more than {self._limits.depth} collections inside each other"
            raise self._fail(reason, offset, _TOO_LARGE)
        if name is None and not self._sink:
            raise self._fail("a value without the name of an attribute", offset)
        if name is not None and self._values is not None:
            self._close_set()
        self._open.append(_Open(self._sink, name, self._values, self._tags))
        self._sink = []
        self._values = self._tags = None

    def _end_collection(self, name: str | None, octets: bytes, offset: int) -> None:
        if not self._open:
            if self._quirks.stray_members and self._in_group:
                return
            raise self._fail("endCollection outside of a collection", offset)
        if name is not None or octets:
            raise self._fail("endCollection with a name or a value", offset)
        if self._member is not None:
            raise self._fail(f"member {self._member} has no value", offset)
        if self._values is not None:
            self._close_set()
        members = tuple(self._sink)
        self._sink, outer_name, self._values, self._tags = self._open.pop()
        self._put(outer_name, Tag.BEGIN_COLLECTION, Collection(members), offset)

    def _end_all_collections(self, offset: int) -> None:
        """What a peer that never ends its collections left open; a member name without a value is dropped."""
        self._member = None
        while self._open:
            self._end_collection(None, b"", offset)

    def _name(self, octets: bytes, offset: int) -> str:
        try:
            name = octets.decode("ascii")
        except UnicodeDecodeError:
            raise self._fail(f"the name {octets!r:.80} is not ASCII", offset) from None
        if not name.isprintable() or " " in name:
            raise self._fail(f"the name {name!r:.80} has blanks or control characters", offset)
        return name

    def _bad_value(self, tag: int, octets: bytes, error: Exception, offset: int) -> ProtocolError:
        if isinstance(error, UnicodeDecodeError):
            error = ValueError("not UTF-8")
        return self._fail(f"{tag_name(tag)} of {len(octets)} octets {octets.hex()[:40]}: {error}", offset)

    def _too_large(self, offset: int) -> ProtocolError:
        return self._fail(f"more than {self._limits.header_octets} octets of attributes", offset, _TOO_LARGE)

    def _too_long(self, what: str, length: int, most: int, offset: int) -> ProtocolError:
        return self._fail(f"a {what} of {length} octets, the limit is {most}", offset, _TOO_LONG)


def decode(data: Buffer, limits: Limits = DEFAULT_LIMITS, quirks: Quirks = STRICT) -> tuple[Message, bytes]:
    """The message in ``data`` and the octets behind it; ``ProtocolError`` when there is none."""
    decoder = Decoder(limits, quirks)
    message = decoder.feed(data)
    return (decoder.finish() if message is None else message), decoder.remainder
