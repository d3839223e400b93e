"""Values, attributes, groups and messages as Python objects."""

import datetime
from typing import Any

import pytest

from plantin.ipp import (
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
)

UTC = datetime.UTC


@pytest.mark.parametrize(
    ("moment", "octets"),
    [
        (datetime.datetime(2026, 11, 23, 1, 2, 3, 456_789, UTC), "07ea0b17010203042b0000"),
        (
            datetime.datetime(
                1999, 1, 1, tzinfo=datetime.timezone(datetime.timedelta(hours=-9, minutes=-30))
            ),
            "07cf0101000000002d091e",
        ),
        (
            datetime.datetime(2000, 2, 29, tzinfo=datetime.timezone(datetime.timedelta(hours=14))),
            "07d0021d000000002b0e00",
        ),
    ],
)
def test_dates_go_both_ways(moment: datetime.datetime, octets: str) -> None:
    made = DateTime.from_datetime(moment)
    assert made.octets.hex() == octets
    back = made.to_datetime()
    assert back == moment.replace(microsecond=moment.microsecond // 100_000 * 100_000)
    assert back.utcoffset() == moment.utcoffset()
    assert str(made) == back.isoformat()


def test_naive_datetimes_are_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        DateTime.from_datetime(datetime.datetime.fromisoformat("2026-01-01T00:00:00"))


def test_leap_second() -> None:
    assert DateTime(bytes.fromhex("07e00c1f173b3c002b0000")).to_datetime().second == 59


@pytest.mark.parametrize(
    "octets",
    [
        "0000000000000000000000",
        "07ea0d17010203042b0000",  # month 13
        "07ea0217010203042e0000",  # neither + nor -
        "07ea02170102030a2b0000",  # 10 tenths
        "07ea02170102033d2b0000",
        "07ea021701023d002b0000",  # second 61
        "07ea0217010203042b003c",  # 60 minutes of zone
        "07ea0217010203042b1800",  # zone of a whole day
        "07ea",
    ],
)
def test_dates_that_do_not_exist(octets: str) -> None:
    value = DateTime(bytes.fromhex(octets))
    with pytest.raises(ValueError, match=r".+"):
        value.to_datetime()
    assert str(value) == octets


def test_resolution() -> None:
    assert str(Resolution(600, 600)) == "600dpi"
    assert str(Resolution(600, 1200, 3)) == "600x1200dpi"
    assert str(Resolution(100, 100, 4)) == "100dpcm"
    assert str(Resolution(1, 1, 9)) == "1units9"
    assert Resolution(600, 1200).dpi() == (600, 1200)
    assert Resolution(118, 236, 4).dpi() == (300, 599)


def test_range() -> None:
    assert 1 in Range(1, 3)
    assert 3 in Range(1, 3)
    assert 4 not in Range(1, 3)
    odd: object = "2"
    assert odd not in Range(1, 3)
    assert str(Range(1, 3)) == "1-3"


def test_string_with_language() -> None:
    assert str(LangStr("hallo", "de")) == "hallo"


def test_collection() -> None:
    collection = Collection((attributes.integer("x", 1, 2), attributes.no_value("y")))
    assert collection.get("x") == attributes.integer("x", 1, 2)
    assert collection.get("z") is None
    assert collection.first("x") == 1
    assert collection.first("y", 7) == 7
    assert collection.first("z") is None
    assert hash(collection) == hash(Collection(collection.attributes))


def test_attribute() -> None:
    attribute = Attribute("x", Tag.NAME, ("a", LangStr("b", "de"), 3), (Tag.NAME, 0x36, Tag.INTEGER))
    assert attribute.first == "a"
    assert attribute.strings() == ("a", "b")
    assert attribute.integers() == (3,)
    assert attribute.collections() == ()
    assert not attribute.out_of_band
    assert attribute.renamed("y") == Attribute("y", *attribute[1:])
    assert attributes.unknown("x").first is None
    assert attributes.unknown("x").out_of_band
    assert attributes.boolean("x", True).integers() == ()


def test_group_finds_attributes() -> None:
    group = Group(
        Tag.JOB_ATTRIBUTES,
        [
            attributes.integer("copies", 2, 3),
            attributes.name_lang("job-name", LangStr("Brief", "de")),
            attributes.boolean("last", True),
            attributes.no_value("none"),
            attributes.keyword("sides", "one-sided"),
            attributes.integer("copies", 9),
        ],
    )
    assert group.first("copies") == 2
    assert group.integer("copies") == 2
    assert group.integers("copies") == (2, 3)
    assert group.values("copies") == (2, 3)
    assert group.string("job-name") == "Brief"
    assert group.strings("job-name") == ("Brief",)
    assert group.string("sides") == "one-sided"
    assert group.boolean("last") is True
    assert group.integer("last") is None
    assert group.boolean("copies") is None
    assert group.string("copies") is None
    assert group.first("none", 5) == 5
    for name in ("none", "missing"):
        assert (group.values(name), group.strings(name), group.integers(name)) == ((), (), ())
        assert (group.string(name), group.integer(name), group.boolean(name)) == (None, None, None)
    assert "none" in group
    assert "missing" not in group
    assert 3 not in group
    assert len(group) == 6
    assert [attribute.name for attribute in group][-1] == "copies"


def test_group_changes() -> None:
    group = Group(Tag.PRINTER_ATTRIBUTES)
    group.add(attributes.integer("a", 1), attributes.integer("b", 1))
    assert group.integer("a") == 1
    group.put(attributes.integer("a", 2))
    group.put(attributes.integer("c", 3))
    assert group.attributes == tuple(
        attributes.integer(name, n) for name, n in (("a", 2), ("b", 1), ("c", 3))
    )
    group.remove("a")
    group.remove("missing")
    assert group.get("a") is None
    assert [attribute.name for attribute in group] == ["b", "c"]


def test_groups_compare_by_content() -> None:
    one = Group(4, [attributes.integer("a", 1)])
    assert one == Group(4, [attributes.integer("a", 1)])
    assert one != Group(2, [attributes.integer("a", 1)])
    assert one != Group(4)
    assert one != 4
    assert "printer-attributes-tag" in repr(one)
    with pytest.raises(TypeError):
        hash(one)


def test_message_groups() -> None:
    message = Message((2, 0), 0, 1)
    assert len(message.operation_attributes) == len(message.job_attributes) == 0
    assert len(message.printer_attributes) == 0
    assert message.group(Tag.JOB_ATTRIBUTES) is None
    message.add_group(Tag.OPERATION_ATTRIBUTES)
    first = message.add_group(Tag.JOB_ATTRIBUTES, [attributes.integer("job-id", 1)])
    second = message.add_group(Tag.JOB_ATTRIBUTES)
    assert message.job_attributes is first
    assert message.groups_of(Tag.JOB_ATTRIBUTES) == [first, second]


@pytest.mark.parametrize(
    ("make", "values", "tag"),
    [
        (attributes.integer, (1, -1), Tag.INTEGER),
        (attributes.enum, (Tag.NAME,), Tag.ENUM),
        (attributes.keyword, ("a",), Tag.KEYWORD),
        (attributes.text, ("a",), Tag.TEXT),
        (attributes.name, ("a",), Tag.NAME),
        (attributes.text_lang, (LangStr("a", "en"),), Tag.TEXT_WITH_LANGUAGE),
        (attributes.name_lang, (LangStr("a", "en"),), Tag.NAME_WITH_LANGUAGE),
        (attributes.uri, ("ipp://h/",), Tag.URI),
        (attributes.uri_scheme, ("ipp",), Tag.URI_SCHEME),
        (attributes.charset, ("utf-8",), Tag.CHARSET),
        (attributes.language, ("en",), Tag.NATURAL_LANGUAGE),
        (attributes.mime, ("a/b",), Tag.MIME_MEDIA_TYPE),
        (attributes.octets, (b"",), Tag.OCTET_STRING),
        (attributes.resolution, (Resolution(1, 1),), Tag.RESOLUTION),
        (attributes.range_, (Range(1, 1),), Tag.RANGE),
        (attributes.datetime_, (DateTime(b"0" * 11),), Tag.DATE_TIME),
        (attributes.collection, (Collection(),), Tag.BEGIN_COLLECTION),
    ],
)
def test_constructors(make: Any, values: tuple[Any, ...], tag: Tag) -> None:
    assert make("x", *values) == Attribute("x", tag, values)
    with pytest.raises(EncodeError, match="a set of no values"):
        make("x")


@pytest.mark.parametrize(
    ("make", "value"),
    [
        (attributes.integer, True),
        (attributes.integer, "1"),
        (attributes.boolean, 1),
        (attributes.keyword, 1),
        (attributes.octets, "a"),
        (attributes.range_, 1),
        (attributes.text_lang, "a"),
    ],
)
def test_constructors_refuse_other_types(make: Any, value: Any) -> None:
    with pytest.raises(EncodeError, match=r"x: .* cannot be"):
        make("x", value)


def test_collections_from_attributes() -> None:
    member = attributes.integer("x-dimension", 1)
    assert attributes.collection("c", [member]) == attributes.collection("c", Collection((member,)))


@pytest.mark.parametrize(
    ("make", "tag"),
    [
        (attributes.no_value, Tag.NO_VALUE),
        (attributes.unknown, Tag.UNKNOWN),
        (attributes.unsupported, Tag.UNSUPPORTED),
        (attributes.not_settable, Tag.NOT_SETTABLE),
        (attributes.delete_attribute, Tag.DELETE_ATTRIBUTE),
    ],
)
def test_out_of_band_constructors(make: Any, tag: Tag) -> None:
    assert make("x") == attributes.out_of_band("x", tag) == Attribute("x", tag, ())


def test_out_of_band_refuses_value_tags() -> None:
    with pytest.raises(EncodeError, match="integer is no out-of-band tag"):
        attributes.out_of_band("x", Tag.INTEGER)
