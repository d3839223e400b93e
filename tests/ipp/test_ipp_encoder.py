"""What the encoder writes octet for octet, and what it refuses to write."""

from typing import Any, cast

import pytest

from plantin.ipp import (
    END,
    GROUP_TAGS,
    Attribute,
    Collection,
    DateTime,
    EncodeError,
    Group,
    LangStr,
    Message,
    Range,
    Resolution,
    Tag,
    attributes,
    decode,
    encode,
    encode_attribute,
    encode_attributes,
    encode_group,
    encode_head,
)
from plantin.ipp.encoder import DEPTH_MAX

from . import octets as o

WRITTEN: dict[str, tuple[Attribute, bytes]] = {
    "integer": (attributes.integer("copies", -2), o.integer("copies", -2)),
    "enums": (attributes.enum("finishings", 3, 4), o.enum("finishings", 3, 4)),
    "true": (attributes.boolean("b", True), o.boolean("b", True)),
    "false": (attributes.boolean("b", False), o.boolean("b", False)),
    "keywords": (attributes.keyword("sides", "a", "b", "c"), o.keyword("sides", "a", "b", "c")),
    "long text": (attributes.text("t", "é" * 700), o.text("t", "é" * 700)),
    "octets": (attributes.octets("o", b"\0\xff"), o.token(0x30, "o", b"\0\xff")),
    "with language": (
        attributes.name_lang("n", LangStr("é", "fr")),
        o.token(0x36, "n", b"\0\2fr\0\2\xc3\xa9"),
    ),
    "date": (attributes.datetime_("d", DateTime(b"0" * 11)), o.token(0x31, "d", b"0" * 11)),
    "resolution": (
        attributes.resolution("r", Resolution(1, 2, 4)),
        o.token(0x32, "r", b"\0\0\0\1\0\0\0\2\4"),
    ),
    "range": (attributes.range_("r", Range(-1, 2)), o.token(0x33, "r", b"\xff\xff\xff\xff\0\0\0\2")),
    "no-value": (attributes.no_value("x"), o.token(0x13, "x", b"")),
    "collections": (
        attributes.collection("media-col", [attributes.keyword("k", "a", "b")], []),
        o.begin_collection("media-col")
        + o.member("k", 0x44, "a")
        + o.token(0x44, "", "b")
        + o.END_COLLECTION
        + o.begin_collection("")
        + o.END_COLLECTION,
    ),
    "out-of-band member": (
        attributes.collection("c", [attributes.no_value("m")]),
        o.begin_collection("c") + o.member("m", 0x13, b"") + o.END_COLLECTION,
    ),
    "mixed": (
        Attribute("m", Tag.KEYWORD, ("a", "b"), (Tag.KEYWORD, Tag.NAME)),
        o.keyword("m", "a") + o.token(0x42, "", "b"),
    ),
    "unregistered": (Attribute("u", 0x5F, (b"1", b"2")), o.token(0x5F, "u", b"1") + o.token(0x5F, "", b"2")),
    "extension": (Attribute("e", Tag.EXTENSION, (b"\0\0\1\0x",)), o.token(0x7F, "e", b"\0\0\1\0x")),
}


@pytest.mark.parametrize("case", WRITTEN.values(), ids=WRITTEN)
def test_written(case: tuple[Attribute, bytes]) -> None:
    attribute, octets = case
    assert encode_attribute(attribute) == octets


def deep(levels: int) -> Attribute:
    attribute = attributes.integer("i", 1)
    for _ in range(levels):
        attribute = attributes.collection("c", [attribute])
    return attribute


REFUSED: dict[str, tuple[Attribute, str]] = {
    "empty set": (Attribute("x", Tag.INTEGER), "integer without a value"),
    "delimiter": (Attribute("x", Tag.JOB_ATTRIBUTES, (1,)), "cannot be a value"),
    "out-of-band with a value": (Attribute("x", Tag.NO_VALUE, (1,)), "cannot be a value"),
    "member name": (Attribute("x", Tag.MEMBER_NAME, ("a",)), "cannot be a value"),
    "no such tag": (Attribute("x", 256, (1,)), "x: "),
    "integer too large": (Attribute("x", Tag.INTEGER, (2**31,)), "x: integer"),
    "integer is a string": (Attribute("x", Tag.INTEGER, ("1",)), "x: integer"),
    "boolean is an integer": (Attribute("x", Tag.BOOLEAN, (1,)), "not a bool"),
    "string is octets": (Attribute("x", Tag.KEYWORD, (b"a",)), "x: keyword"),
    "octets are a string": (Attribute("x", Tag.OCTET_STRING, ("a",)), "not bytes"),
    "string with a surrogate": (Attribute("x", Tag.TEXT, ("\ud800",)), "x: text"),
    "string is a number": (Attribute("x", Tag.TEXT, (1,)), "x: text"),
    "range is a number": (Attribute("x", Tag.RANGE, (1,)), "x: range"),
    "resolution is a range": (Attribute("x", Tag.RESOLUTION, (Range(1, 2),)), "x: resolution"),
    "date is too short": (Attribute("x", Tag.DATE_TIME, (DateTime(b"1"),)), "dateTime of 1 octets"),
    "extension is too short": (Attribute("x", Tag.EXTENSION, (b"1",)), "four octets"),
    "collection is a number": (Attribute("x", Tag.BEGIN_COLLECTION, (1,)), "x: collection"),
    "language is too long": (
        Attribute("x", Tag.NAME_WITH_LANGUAGE, (LangStr("a" * 32_760, "de-de"),)),
        "value of 32769 octets",
    ),
    "text is too long": (Attribute("x", Tag.TEXT, ("a" * 32_768,)), "value of 32768 octets"),
    "name is empty": (attributes.integer("", 1), "1 to 255"),
    "name is too long": (attributes.integer("x" * 256, 1), "1 to 255"),
    "name is not ASCII": (attributes.integer("é", 1), "ascii"),
    "name is none": (Attribute(cast("str", None), Tag.INTEGER, (1,)), "None"),
    "tags are too few": (Attribute("x", Tag.INTEGER, (1, 2), (Tag.INTEGER,)), "1 tags for 2"),
    "tags begin otherwise": (Attribute("x", Tag.INTEGER, (1,), (Tag.ENUM,)), "1 tags for 1"),
    "empty set in a collection": (
        attributes.collection("c", [Attribute("m", Tag.INTEGER)]),
        "m: integer without",
    ),
    "too deep": (deep(DEPTH_MAX + 1), "inside each other"),
}


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED)
def test_refused(case: tuple[Attribute, str]) -> None:
    attribute, reason = case
    with pytest.raises(EncodeError) as caught:
        encode_attributes([attributes.integer("copies", 1), attribute])
    assert reason in str(caught.value)


def test_values_at_the_limit_are_written() -> None:
    assert len(encode_attribute(Attribute("x", Tag.TEXT, ("a" * 32_767,)))) == 32_767 + 6
    assert encode_attribute(deep(DEPTH_MAX))
    assert encode_attribute(attributes.integer("x" * 255, 1))


@pytest.mark.parametrize(
    "head",
    [((256, 0), 0, 1), ((1,), 0, 1), ((2, 0), 0x10000, 1), ((2, 0), 0, 2**31), ((2, 0), None, 1), (2, 0, 1)],
)
def test_refused_heads(head: tuple[Any, ...]) -> None:
    with pytest.raises(EncodeError):
        encode_head(*head)


@pytest.mark.parametrize("tag", [0, Tag.END_OF_ATTRIBUTES, 0x10, Tag.INTEGER, -1])
def test_refused_groups(tag: int) -> None:
    with pytest.raises(EncodeError, match="does not start a group"):
        encode(Message((2, 0), 0, 1, [Group(tag)]))


def test_joined_blobs_are_the_message() -> None:
    leading = [attributes.charset("attributes-charset", "utf-8")]
    printer = [attributes.integer("copies-default", 1), attributes.no_value("printer-alert")]
    message = Message((2, 0), 0, 7, [Group(1, leading), Group(4, printer), Group(4)])
    blob = b"".join(encode_attribute(attribute) for attribute in printer)
    joined = encode_head((2, 0), 0, 7) + encode_group(1, leading) + GROUP_TAGS[4] + blob + GROUP_TAGS[4] + END
    assert encode(message) == joined
    assert decode(joined) == (message, b"")


def test_uniform_sets_only() -> None:
    fine = attributes.collection("c", [attributes.keyword("k", "a", "b")])
    assert attributes.require_uniform(fine) is fine
    mixed = Attribute("m", Tag.KEYWORD, ("a", "b"), (Tag.KEYWORD, Tag.NAME))
    for attribute in (mixed, attributes.collection("c", Collection((mixed,)))):
        with pytest.raises(EncodeError, match="m: a set must not mix keyword, nameWithoutLanguage"):
            attributes.require_uniform(attribute)
