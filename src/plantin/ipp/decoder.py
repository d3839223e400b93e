"""Octets as messages, in pieces of any size.

Promises a ``Message`` or a ``ProtocolError`` and nothing else, the same for one piece and for single octets;
each error comes as soon as the octets that cause it are there; work is linear in the octets fed. Strict
unless a quirk says otherwise. Text and names that are not UTF-8 are not an error (clients send them, and
users would lose jobs): their wrong octets become question marks. Never touches the document data behind it.
RFC 8010 section 3; limits as in ``Limits``.
"""

from struct import Struct
from struct import error as StructError
from typing import Final, TypeAlias

from plantin.ipp.assembly import KNOWN_NAMES, Assembler
from plantin.ipp.attributes import Attribute
from plantin.ipp.errors import ProtocolError
from plantin.ipp.limits import DEFAULT_LIMITS, Limits
from plantin.ipp.message import Message
from plantin.ipp.quirks import STRICT, Quirks
from plantin.ipp.status import Status
from plantin.ipp.syntax import value_decoders
from plantin.ipp.tags import DELIMITER_TAG_MAX, TAGS, tag_name

Buffer: TypeAlias = bytes | bytearray | memoryview

HEAD_OCTETS: Final = 8

_HEAD: Final = Struct(">BBHi")
_TOO_LARGE: Final = Status.CLIENT_ERROR_REQUEST_ENTITY_TOO_LARGE
_TOO_LONG: Final = Status.CLIENT_ERROR_REQUEST_VALUE_TOO_LONG


class Decoder:
    """Decodes one message. Feed it until it returns it; ``remainder`` then has the first document data."""

    __slots__ = (
        "_assembler",
        "_base",
        "_decoders",
        "_error",
        "_limits",
        "_need",
        "_pending",
        "_quirks",
        "remainder",
    )

    def __init__(self, limits: Limits = DEFAULT_LIMITS, quirks: Quirks = STRICT) -> None:
        self.remainder = b""
        self._limits = limits
        self._quirks = quirks
        self._decoders = value_decoders(quirks)
        self._assembler: Assembler | None = None  # once the head is there
        self._base = 0  # offset in the message of the first pending octet
        self._pending = bytearray()
        self._need = HEAD_OCTETS  # pending octets without which there is no progress
        self._error: ProtocolError | None = None

    @property
    def head(self) -> Message | None:
        """The message as far as it is known, None before its first eight octets; for answering an error."""
        return None if self._assembler is None else self._assembler.message

    @property
    def complete(self) -> bool:
        """Whether the whole message is there."""
        return self._assembler is not None and self._assembler.done

    def feed(self, data: Buffer) -> Message | None:
        """Take some octets; the message once it is complete, None before.

        ``ProtocolError`` for what is not a message (and again for every later piece); ``RuntimeError`` when
        the message is complete already, for that is the caller's mistake.
        """
        if self._error is not None:
            raise self._error
        if self._pending:
            self._pending += data
            if len(self._pending) < self._need:
                return None
            octets = bytes(self._pending)
        else:
            octets = data if isinstance(data, bytes) else bytes(data)
        position = 0
        assembler = self._assembler
        if assembler is None:
            if len(octets) < HEAD_OCTETS:
                self._pending = bytearray(octets)
                return None
            major, minor, code, request_id = _HEAD.unpack_from(octets)
            message = Message((major, minor), code, request_id)
            assembler = self._assembler = Assembler(message, self._limits, self._quirks)
            position = HEAD_OCTETS
        elif assembler.done:
            raise RuntimeError("the message is complete")
        try:
            position = self._scan(assembler, octets, position)
        except ProtocolError as error:
            self._error = error
            raise
        if assembler.done:
            self._pending = bytearray()
            self.remainder = octets[position:]
            return assembler.message
        self._base += position
        self._pending = bytearray(octets[position:])
        return None

    def finish(self) -> Message:
        """Say that the peer has sent everything. The message; ``ProtocolError`` when it is not complete."""
        if self._error is not None:
            raise self._error
        assembler = self._assembler
        ends = self._base + len(self._pending)
        if assembler is None:
            self._error = ProtocolError("the message ends within its first eight octets", ends)
            raise self._error
        if not assembler.done:
            whole = assembler.message.groups and not assembler.in_collection and not self._pending
            if not whole or not self._quirks.no_end_tag:
                self._error = assembler.fail("the message ends before its end-of-attributes tag", ends)
                raise self._error
            assembler.close_set()
            assembler.done = True
        return assembler.message

    def _scan(self, assembler: Assembler, data: bytes, position: int) -> int:
        """Take all whole tokens from ``position``; where the first that is not whole starts, if any."""
        end = len(data)
        base = self._base
        limits = self._limits
        name_max, value_max, values_max = limits.name_octets, limits.value_octets, limits.values
        stop_max = limits.header_octets - base
        decoders = self._decoders
        known_names = KNOWN_NAMES
        new = tuple.__new__
        start = position
        if position < end and data[position] > DELIMITER_TAG_MAX and not assembler.message.groups:
            raise assembler.fail("an attribute before any group", base + position)
        while position < end:
            tag = data[position]
            if tag <= DELIMITER_TAG_MAX:
                if position >= stop_max:
                    raise self._too_much(assembler, base + position)
                assembler.delimiter(tag, base + position)
                position += 1
                if assembler.done:
                    break
                continue
            start = position + 3
            if start > end:
                break
            name_length = data[position + 1] << 8 | data[position + 2]
            if name_length > name_max:
                raise self._too_long(assembler, "name", name_length, name_max, base + position + 1)
            start += name_length + 2
            if start > end:
                break
            length = data[start - 2] << 8 | data[start - 1]
            if length > value_max:
                raise self._too_long(assembler, "value", length, value_max, base + start - 2)
            stop = start + length
            if stop > stop_max:
                raise self._too_much(assembler, base + start)
            if stop > end:
                start = stop
                break
            octets = data[start:stop]
            decode = decoders[tag]
            try:
                value = None if decode is None else decode(octets)
            except (ValueError, StructError) as error:
                raise self._bad_value(assembler, tag, octets, error, base + start) from error
            # The two usual tokens, more of a set and the first of an attribute, without a call.
            name_octets = data[position + 3 : start - 2]
            name = known_names.get(name_octets)
            if value is None or assembler.in_collection:
                assembler.token(tag, name_octets, octets, value, base + position)
            elif name is not None and assembler.attributes_left:
                assembler.close_set()
                assembler.attributes_left -= 1
                assembler.sink.append(new(Attribute, (name, TAGS[tag], (value,), None)))
            elif not name_octets and tag == assembler.set_tag and len(assembler.values) < values_max:
                assembler.values.append(value)
            else:
                assembler.token(tag, name_octets, octets, value, base + position)
            position = stop
        self._need = max(1, start - position)
        return position

    def _bad_value(
        self, assembler: Assembler, tag: int, octets: bytes, error: Exception, offset: int
    ) -> ProtocolError:
        what = "not UTF-8" if isinstance(error, UnicodeDecodeError) else str(error)
        reason = f"{tag_name(tag)} of {len(octets)} octets {octets[:20].hex()}: {what}"
        return assembler.fail(reason, offset)

    def _too_much(self, assembler: Assembler, offset: int) -> ProtocolError:
        reason = f"more than {self._limits.header_octets} octets of attributes"
        return assembler.fail(reason, offset, _TOO_LARGE)

    def _too_long(
        self, assembler: Assembler, what: str, length: int, most: int, offset: int
    ) -> ProtocolError:
        return assembler.fail(f"a {what} of {length} octets, the limit is {most}", offset, _TOO_LONG)


def decode(data: Buffer, limits: Limits = DEFAULT_LIMITS, quirks: Quirks = STRICT) -> tuple[Message, bytes]:
    """The message in ``data`` and the octets behind it; ``ProtocolError`` when there is none."""
    decoder = Decoder(limits, quirks)
    message = decoder.feed(data)
    return (decoder.finish() if message is None else message), decoder.remainder
