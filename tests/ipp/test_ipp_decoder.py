"""What the strict decoder refuses, where and with which status; pieces; the end of the message."""

from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import Any, NamedTuple

import pytest

from plantin.ipp import (
    Decoder,
    Limits,
    Message,
    ProtocolError,
    Status,
    Tag,
    attributes,
    decode,
)

from . import octets as o

HEAD = o.head("2.0", 2, 1)
BAD = Status.CLIENT_ERROR_BAD_REQUEST
JOB = HEAD + b"\2"


class Refused(NamedTuple):
    octets: bytes
    reason: str
    offset: int
    status: Status = BAD


REFUSED = {
    "no group": Refused(HEAD + o.integer("copies", 1), "an attribute before any group", 8),
    "text where a message should be": Refused(
        b"GET / HTTP/1.1\r\n", "before any group", 8, Status.SERVER_ERROR_VERSION_NOT_SUPPORTED
    ),
    "reserved delimiter": Refused(HEAD + b"\0", "0x00 is reserved", 8),
    "value without a name": Refused(JOB + o.token(0x21, "", 1), "without the name", 9),
    "collection without a name": Refused(JOB + o.begin_collection(""), "without the name", 9),
    "name not ASCII": Refused(JOB + o.integer("größe", 1), "is not ASCII", 12),
    "name with a blank": Refused(JOB + o.integer("a b", 1), "blanks or control", 12),
    "name with a control character": Refused(JOB + o.integer("a\n", 1), "blanks or control", 12),
    "short integer": Refused(JOB + o.token(0x21, "n", b"\1"), "integer of 1 octets 01", 15),
    "long enum": Refused(JOB + o.token(0x23, "n", b"12345"), "enum of 5 octets", 15),
    "boolean 2": Refused(JOB + o.token(0x22, "n", b"\2"), "0 or 1", 15),
    "boolean of two octets": Refused(JOB + o.token(0x22, "n", b"\0\1"), "0 or 1", 15),
    "short dateTime": Refused(JOB + o.token(0x31, "n", b"0" * 10), "11 octets", 15),
    "short resolution": Refused(JOB + o.token(0x32, "n", b"0" * 8), "resolution of 8", 15),
    "short range": Refused(JOB + o.token(0x33, "n", b"0" * 7), "rangeOfInteger of 7", 15),
    "short extension": Refused(JOB + o.token(0x7F, "n", b"abc"), "four octets of tag", 15),
    "keyword not UTF-8": Refused(JOB + o.token(0x44, "n", b"\xff"), "not UTF-8", 15),
    "name with language, nothing": Refused(JOB + o.token(0x36, "n", b""), "do not add up", 15),
    "name with language, too short": Refused(JOB + o.token(0x36, "n", b"\0\2de"), "do not add up", 15),
    "name with language, too long": Refused(JOB + o.token(0x36, "n", b"\0\0\0\1ab"), "add up", 15),
    "language not UTF-8": Refused(JOB + o.token(0x35, "n", b"\0\1\xff\0\0"), "not UTF-8", 15),
    "no-value with octets": Refused(JOB + o.token(0x13, "n", b"x"), "octets in the out-of-band", 9),
    "out-of-band after a value": Refused(
        JOB + o.integer("n", 1) + o.token(0x12, "", b""), "n: an out-of-band value among others", 19
    ),
    "value after out-of-band": Refused(
        JOB + o.token(0x12, "n", b"") + o.token(0x21, "", 1), "n: an out-of-band value among", 15
    ),
    "memberAttrName outside": Refused(JOB + o.token(0x4A, "", "x"), "outside of a collection", 9),
    "endCollection outside": Refused(JOB + o.END_COLLECTION, "outside of a collection", 9),
    "octets in begCollection": Refused(JOB + o.token(0x34, "c", b"x"), "begCollection", 9),
    "octets in endCollection": Refused(
        JOB + o.begin_collection("c") + o.token(0x37, "", b"x"), "endCollection with", 15
    ),
    "named endCollection": Refused(
        JOB + o.begin_collection("c") + o.token(0x37, "x", b""), "inside a collection", 15
    ),
    "attribute inside a collection": Refused(
        JOB + o.begin_collection("c") + o.integer("copies", 1), "copies inside a collection", 15
    ),
    "value without a member": Refused(
        JOB + o.begin_collection("c") + o.token(0x21, "", 1), "without the name", 15
    ),
    "member without a name": Refused(
        JOB + o.begin_collection("c") + o.token(0x4A, "", ""), "member without a name", 15
    ),
    "member name not ASCII": Refused(
        JOB + o.begin_collection("c") + o.token(0x4A, "", "é"), "is not ASCII", 20
    ),
    "member without a value, then a member": Refused(
        JOB + o.begin_collection("c") + o.token(0x4A, "", "x") + o.token(0x4A, "", "y"), "must stand", 21
    ),
    "member without a value, then the end": Refused(
        JOB + o.begin_collection("c") + o.token(0x4A, "", "x") + o.END_COLLECTION, "x has no value", 21
    ),
    "group inside a collection": Refused(
        JOB + o.begin_collection("c") + b"\4", "printer-attributes-tag inside a collection", 15
    ),
    "end inside a collection": Refused(
        JOB + o.begin_collection("c") + b"\3", "end-of-attributes-tag inside a collection", 15
    ),
}


def error_of(data: bytes, size: int) -> ProtocolError:
    decoder = Decoder()
    with pytest.raises(ProtocolError) as caught:
        for start in range(0, len(data), size):
            assert decoder.feed(data[start : start + size]) is None
        decoder.finish()
    return caught.value


@pytest.mark.parametrize("size", [1, 2, 1000])
@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED)
def test_refused(case: Refused, size: int) -> None:
    error = error_of(case.octets, size)
    assert case.reason in error.reason
    assert (error.offset, error.status) == case[2:]
    assert str(error) == f"{error.reason} (at octet {error.offset})"


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED)
def test_refused_without_waiting_for_more_and_for_good(case: Refused) -> None:
    decoder = Decoder()
    with pytest.raises(ProtocolError) as caught:
        decoder.feed(case.octets)
    again: tuple[Callable[[], object], ...] = (partial(decoder.feed, b""), decoder.finish)
    for attempt in again:
        with pytest.raises(ProtocolError) as repeated:
            attempt()
        assert repeated.value is caught.value


def test_other_major_version_is_what_the_error_says() -> None:
    error = error_of(o.head("3.0", 2, 1) + b"\0", 100)
    assert error.status == Status.SERVER_ERROR_VERSION_NOT_SUPPORTED


@pytest.mark.parametrize("size", [1, 3, 1000])
def test_every_beginning_is_no_message(size: int) -> None:
    whole = HEAD + o.start() + b"\2" + o.begin_collection("media-col") + o.member("x", 0x21, 1)
    whole += o.END_COLLECTION + o.integer("copies", 1, 2) + b"\3"
    for length in range(len(whole)):
        error = error_of(whole[:length], size)
        assert "the message ends" in error.reason
        assert error.offset == length
    assert decode(whole)[0].groups_of(2)[0].integers("copies") == (1, 2)


def known(decoder: Decoder) -> tuple[Message | None, bool]:
    """The head, and whether the message is complete, looked at anew."""
    return decoder.head, decoder.complete


def test_head_is_known_early() -> None:
    decoder = Decoder()
    assert decoder.feed(HEAD[:7]) is None
    assert known(decoder) == (None, False)
    decoder.feed(HEAD[7:])
    assert known(decoder) == (Message((2, 0), 2, 1), False)
    assert decoder.feed(b"\3") is decoder.head
    assert known(decoder) == (decoder.head, True)
    assert decoder.finish() is decoder.head


def test_feeding_more_than_the_message_is_a_mistake() -> None:
    decoder = Decoder()
    decoder.feed(HEAD + b"\3")
    with pytest.raises(RuntimeError):
        decoder.feed(b"x")


def test_pieces_of_other_types_and_of_nothing() -> None:
    decoder = Decoder()
    for piece in (b"", bytearray(HEAD[:4]), b"", memoryview(HEAD[4:]), b"", bytearray(b"\1")):
        assert decoder.feed(piece) is None
    message = decoder.feed(memoryview(b"\3rest"))
    assert message is not None
    assert message.groups == [attributes.Group(Tag.OPERATION_ATTRIBUTES)]
    assert decoder.remainder == b"rest"


def test_decode_takes_any_buffer() -> None:
    assert decode(memoryview(HEAD + b"\3")) == (Message((2, 0), 2, 1), b"")
    assert decode(bytearray(HEAD + b"\3")) == (Message((2, 0), 2, 1), b"")


def test_request_id_is_signed_and_code_is_not() -> None:
    message, _ = decode(b"\2\0\xff\xff\xff\xff\xff\xfe\3")
    assert (message.code, message.request_id) == (0xFFFF, -2)


def test_unknown_tags_are_carried_through() -> None:
    data = HEAD + b"\x0e" + o.token(0x24, "i", b"\1\2") + o.token(0x5F, "s", b"\xff")
    data += o.token(0x7F, "x", b"\0\0\1\0data") + o.token(0x1A, "o", b"") + o.token(0xF0, "t", b"") + b"\3"
    message, _ = decode(data)
    assert message.groups[0].tag == 0x0E
    assert [(a.tag, a.values) for a in message.groups[0]] == [
        (0x24, (b"\1\2",)),
        (0x5F, (b"\xff",)),
        (0x7F, (b"\0\0\1\0data",)),
        (0x1A, ()),
        (0xF0, (b"",)),
    ]


def test_a_set_keeps_the_tag_of_each_value() -> None:
    data = JOB + o.keyword("media", "a") + o.token(0x42, "", "b") + o.token(0x42, "", "c")
    data += o.token(0x44, "", "d") + o.integer("copies", 1) + b"\3"
    media, copies = decode(data)[0].groups[0]
    assert media.values == ("a", "b", "c", "d")
    assert media.tags == (0x44, 0x42, 0x42, 0x44)
    assert copies.tags is None


def test_sets_of_collections_and_in_collections() -> None:
    """A set that a collection interrupts goes on behind it; Canons put one into a set of keywords."""
    inner = (
        o.begin_collection("") + o.member("x-dimension", 0x21, 1) + o.token(0x21, "", 2) + o.END_COLLECTION
    )
    data = JOB + o.keyword("media-col-supported", "media-size", "media-type") + inner
    data += o.token(0x44, "", "last") + b"\3"
    attribute = decode(data)[0].groups[0].attributes[0]
    assert attribute.strings() == ("media-size", "media-type", "last")
    assert attribute.tags == (0x44, 0x44, 0x34, 0x44)
    (collection,) = attribute.collections()
    assert collection.first("x-dimension") == 1
    assert collection.attributes[0].values == (1, 2)


def test_text_that_is_not_utf8_never_grows() -> None:
    data = JOB + o.token(0x41, "t", b"a\xff\xe2\x82b\xed\xa0\x80")
    data += o.token(0x36, "n", b"\0\2de\0\2\xc3(") + b"\3"
    group = decode(data)[0].groups[0]
    assert group.string("t") == "a??b???"
    assert group.string("n") == "?("


def test_work_is_linear_in_the_octets() -> None:
    """Counted, not timed: octets handed to the scan, for a megabyte in single octets."""

    class Counting(Decoder):
        scanned = 0

        def _scan(self, assembler: Any, data: bytes, position: int) -> int:
            Counting.scanned += len(data)
            return super()._scan(assembler, data, position)

    big = o.token(0x30, "octets", bytes(32_767)) + o.token(0x30, "", bytes(32_767))
    small = o.integer("copies", 1) * 1000
    data = HEAD + b"\2" + big * 6 + small * 6 + big * 6 + b"\3"
    decoder = Counting(Limits(header_octets=len(data)))
    for start, end in pairwise(range(len(data) + 1)):
        decoder.feed(data[start:end])
    assert decoder.complete
    assert Counting.scanned < 5 * len(data)
