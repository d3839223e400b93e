"""From the tokens of a message to its groups, sets and collections: the half of the decoder that knows order.

Promises that tokens in a wrong order are a ``ProtocolError``, or what the quirks say. Counts groups,
attributes, values, members and depth. Never sees octets that are not a whole token.
RFC 8010 sections 3.1.1 to 3.1.7 (order of tokens), 3.5 (tags).
"""

from typing import Final, NamedTuple

from plantin.ipp.attributes import Attribute, Group
from plantin.ipp.errors import ProtocolError
from plantin.ipp.limits import Limits
from plantin.ipp.message import Message
from plantin.ipp.quirks import Quirks
from plantin.ipp.registry import registered_names
from plantin.ipp.status import Status
from plantin.ipp.tags import OUT_OF_BAND_TAG_MAX, TAGS, Tag, tag_name
from plantin.ipp.values import Collection, Value

SUPPORTED_MAJOR_VERSIONS: Final = (1, 2)
NO_SET: Final = -1
KNOWN_NAMES: Final = {name.encode(): name for name in registered_names()}

_TOO_LARGE: Final = Status.CLIENT_ERROR_REQUEST_ENTITY_TOO_LARGE
_TOO_LONG: Final = Status.CLIENT_ERROR_REQUEST_VALUE_TOO_LONG


class _Open(NamedTuple):
    """What waits for the end of a collection: where its value goes, and the set that was being read there."""

    sink: list[Attribute]
    name: str | None
    values: list[Value]
    tags: list[int] | None
    set_tag: int


class Assembler:
    """Builds one message from tokens. The decoder's scan writes the attributes without an underscore, too."""

    __slots__ = (
        "_limits",
        "_member",
        "_open",
        "_quirks",
        "_stray_at",
        "_tags",
        "attributes_left",
        "done",
        "message",
        "set_tag",
        "sink",
        "values",
    )

    def __init__(self, message: Message, limits: Limits, quirks: Quirks) -> None:
        self.message = message
        self.done = False
        self.sink: list[Attribute] = []  # where attributes go: a group's, or a collection's
        self.values: list[Value] = []  # of the last attribute of the sink once it has several, else empty
        self.set_tag = NO_SET  # the one tag of those values; NO_SET when there are none or they differ
        self.attributes_left = limits.attributes
        self._tags: list[int] | None = None  # of those values, once they differ
        self._open: list[_Open] = []
        self._member: str | None = None  # a memberAttrName whose value is to follow
        self._stray_at: int | None = None  # length of the sink when a member outside of a collection came
        self._limits = limits
        self._quirks = quirks

    def fail(
        self, reason: str, offset: int, status: Status = Status.CLIENT_ERROR_BAD_REQUEST
    ) -> ProtocolError:
        """The error to raise; of another major version, that it is one is what a server says."""
        if self.message.version[0] not in SUPPORTED_MAJOR_VERSIONS:
            # It may have another encoding: RFC 8011 section 4.1.8 wants the version named.
            status = Status.SERVER_ERROR_VERSION_NOT_SUPPORTED
        return ProtocolError(reason, offset, status)

    @property
    def in_collection(self) -> bool:
        """Whether a collection is open."""
        return bool(self._open)

    def delimiter(self, tag: int, offset: int) -> None:
        """Start a group or end the message."""
        if self._open:
            if not self._quirks.unterminated_collections:
                raise self.fail(f"{tag_name(tag)} inside a collection", offset)
            self._end_all_collections(offset)
        self.close_set()
        self._stray_at = None
        if tag == Tag.END_OF_ATTRIBUTES:
            self.done = True
            return
        if tag == 0:
            raise self.fail("the delimiter tag 0x00 is reserved", offset)
        groups = self.message.groups
        if len(groups) >= self._limits.groups:
            raise self.fail(f"more than {self._limits.groups} groups", offset, _TOO_LARGE)
        self.sink = []
        groups.append(Group.owning(TAGS[tag], self.sink))

    def token(self, tag: int, name_octets: bytes, octets: bytes, value: Value | None, offset: int) -> None:
        """Take any token but a delimiter. ``value`` is what ``octets`` mean, None when that is no value."""
        name = self.name(name_octets, offset + 3) if name_octets else None
        if self._open:
            if name is not None and not self._quirks.named_members:
                if not self._quirks.unterminated_collections:
                    raise self.fail(f"attribute {name} inside a collection", offset)
                self._end_all_collections(offset)
        elif name is None and self._stray_at == len(self.sink):
            return
        if tag == Tag.MEMBER_NAME:
            self._begin_member(name, octets, offset)
        elif tag == Tag.END_COLLECTION:
            self._end_collection(name, octets, offset)
        else:
            if name is None:
                name = self._member
            self._member = None
            if tag == Tag.BEGIN_COLLECTION:
                self._begin_collection(name, octets, offset)
                return
            if tag <= OUT_OF_BAND_TAG_MAX and octets and not self._quirks.out_of_band_octets:
                raise self.fail(f"octets in the out-of-band value {tag_name(tag)}", offset)
            self._put(name, tag, value, offset)

    def name(self, octets: bytes, offset: int) -> str:
        """The name of an attribute or a member."""
        known = KNOWN_NAMES.get(octets)
        if known is not None:
            return known
        try:
            name = octets.decode("ascii")
        except UnicodeDecodeError:
            raise self.fail(f"the name {octets!r:.80} is not ASCII", offset) from None
        if not name.isprintable() or " " in name:
            raise self.fail(f"the name {name!r:.80} has blanks or control characters", offset)
        return name

    def close_set(self) -> None:
        """Give the last attribute the values that were read after its first."""
        if self.values:
            name, tag, _, _ = self.sink[-1]
            tags = None if self._tags is None else tuple(self._tags)
            self.sink[-1] = Attribute(name, tag, tuple(self.values), tags)
            self.values = []
            self.set_tag = NO_SET
            self._tags = None

    def _put(self, name: str | None, tag: int, value: Value | None, offset: int) -> None:
        """Add a value: the first of attribute ``name``, or one more of the last. None is out-of-band."""
        if name is None:
            self._put_more(tag, value, offset)
            return
        self.close_set()
        if self._open:
            if len(self.sink) >= self._limits.members:
                reason = f"more than {self._limits.members} members of a collection"
                raise self.fail(reason, offset, _TOO_LARGE)
        elif self.attributes_left <= 0:
            raise self.fail(f"more than {self._limits.attributes} attributes", offset, _TOO_LARGE)
        else:
            self.attributes_left -= 1
        if value is not None:
            self.sink.append(Attribute(name, TAGS[tag], (value,)))
        else:
            # A value that the quirk ``empty_values`` made nothing of has the tag of its syntax here.
            self.sink.append(Attribute(name, TAGS[tag] if tag <= OUT_OF_BAND_TAG_MAX else Tag.NO_VALUE))

    def _put_more(self, tag: int, value: Value | None, offset: int) -> None:
        """Add a value to the last attribute."""
        if not self.sink:
            raise self.fail("a value without the name of an attribute", offset)
        last = self.sink[-1]
        if value is None or not last.values:
            if not self._quirks.out_of_band_in_sets:
                raise self.fail(f"{last.name}: an out-of-band value among others", offset)
            if value is not None:
                self.sink[-1] = Attribute(last.name, TAGS[tag], (value,))
            return
        values = self.values
        if not values:
            values.append(last.values[0])
            self.set_tag = last.tag
        if len(values) >= self._limits.values:
            raise self.fail(f"{last.name}: more than {self._limits.values} values", offset, _TOO_LARGE)
        if self._tags is None and tag != last.tag:
            self._tags = [last.tag] * len(values)
            self.set_tag = NO_SET
        if self._tags is not None:
            self._tags.append(TAGS[tag])
        values.append(value)

    def _begin_member(self, name: str | None, octets: bytes, offset: int) -> None:
        self.close_set()
        if not self._open:
            if not self._quirks.stray_members:
                raise self.fail("memberAttrName outside of a collection", offset)
            self._stray_at = len(self.sink)
            return
        if name is not None or self._member is not None:
            raise self.fail("memberAttrName where the value of a member must stand", offset)
        if not octets:
            raise self.fail("a member without a name", offset)
        if len(octets) > self._limits.name_octets:
            reason = f"a member name of {len(octets)} octets, the limit is {self._limits.name_octets}"
            raise self.fail(reason, offset, _TOO_LONG)
        self._member = self.name(octets, offset + 5)

    def _begin_collection(self, name: str | None, octets: bytes, offset: int) -> None:
        if octets:
            raise self.fail("octets in the value of begCollection", offset)
        if len(self._open) >= self._limits.depth:
            reason = f"more than {self._limits.depth} collections inside each other"
            raise self.fail(reason, offset, _TOO_LARGE)
        if name is not None:
            self.close_set()
        elif not self.sink:
            raise self.fail("a value without the name of an attribute", offset)
        self._open.append(_Open(self.sink, name, self.values, self._tags, self.set_tag))
        self.sink = []
        self.values = []
        self.set_tag = NO_SET
        self._tags = None

    def _end_collection(self, name: str | None, octets: bytes, offset: int) -> None:
        if not self._open:
            if self._quirks.stray_members:
                return
            raise self.fail("endCollection outside of a collection", offset)
        if name is not None or octets:
            raise self.fail("endCollection with a name or a value", offset)
        if self._member is not None:
            raise self.fail(f"member {self._member} has no value", offset)
        self.close_set()
        members = tuple(self.sink)
        self.sink, outer_name, self.values, self._tags, self.set_tag = self._open.pop()
        self._put(outer_name, Tag.BEGIN_COLLECTION, Collection(members), offset)

    def _end_all_collections(self, offset: int) -> None:
        """What a peer that never ends its collections left open; a member name without a value is dropped."""
        self._member = None
        while self._open:
            self._end_collection(None, b"", offset)
