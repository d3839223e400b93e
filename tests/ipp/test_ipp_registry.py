"""Syntaxes of registered attributes, and the checks that use them."""

from typing import Any

import pytest

from plantin.ipp import (
    Attribute,
    Collection,
    DateTime,
    LangStr,
    Range,
    Resolution,
    Status,
    Tag,
    attributes,
    registry,
)
from plantin.ipp.registry import check, check_all, parse_syntax

UNSUPPORTED = Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED
TOO_LONG = Status.CLIENT_ERROR_REQUEST_VALUE_TOO_LONG
A4 = Collection((attributes.integer("x-dimension", 21000), attributes.integer("y-dimension", 29700)))

RIGHT: dict[str, Attribute] = {
    "copies": attributes.integer("copies", 1),
    "sides": attributes.keyword("sides", "one-sided"),
    "finishings": attributes.enum("finishings", 0, 3),
    "media, legacy name": attributes.keyword("media", "A4"),
    "media, name": attributes.name("media", "Briefbogen"),
    "media, name with language": attributes.name_lang("media", LangStr("Briefbogen", "de")),
    "hold until a time of day": attributes.keyword("job-hold-until", "23:59"),
    "page ranges": attributes.range_("page-ranges", Range(1, 3), Range(5, 5)),
    "resolution": attributes.resolution("printer-resolution", Resolution(600, 600)),
    "no value where it is allowed": attributes.no_value("orientation-requested"),
    "hold until a date": attributes.datetime_(
        "job-hold-until-time", DateTime(bytes.fromhex("07ea0b17010203042b0000"))
    ),
    "media-col": attributes.collection(
        "media-col", [attributes.collection("media-size", A4), attributes.keyword("media-type", "plain")]
    ),
    "member nobody knows": attributes.collection("media-col", [attributes.integer("vendor", 1)]),
    "overrides": attributes.collection(
        "overrides", [attributes.range_("pages", Range(1, 1)), attributes.keyword("sides", "one-sided")]
    ),
    "attribute nobody knows": attributes.integer("x-vendor", 1),
    "job-sheets": attributes.name("job-sheets", "none", "none"),
    "mixed": Attribute("job-sheets", Tag.KEYWORD, ("none", "acme"), (Tag.KEYWORD, Tag.NAME)),
}

WRONG: dict[str, tuple[Attribute, str, Status]] = {
    "tag": (attributes.keyword("copies", "2"), "copies must be integer, not keyword", UNSUPPORTED),
    "one of two tags": (attributes.integer("media", 1), "media must be keyword or name", UNSUPPORTED),
    "several": (attributes.integer("copies", 1, 2), "copies takes one value, not 2", UNSUPPORTED),
    "too small": (attributes.integer("copies", 0), "copies 0 is not within 1 to 2147483647", UNSUPPORTED),
    "too large": (attributes.integer("job-priority", 101), "101 is not within 1 to 100", UNSUPPORTED),
    "no value": (attributes.no_value("copies"), "must have a value, not no-value", UNSUPPORTED),
    "blank in a keyword": (attributes.keyword("sides", "one sided"), "is not a keyword", UNSUPPORTED),
    "empty keyword": (attributes.keyword("sides", ""), "is not a keyword", UNSUPPORTED),
    "keyword not ASCII": (attributes.keyword("media", "größe"), "is not a keyword", UNSUPPORTED),
    "keyword too long": (attributes.keyword("sides", "x" * 256), "256 octets, 255 is the", TOO_LONG),
    "name too long": (attributes.name("job-account-id", "é" * 128), "256 octets", TOO_LONG),
    "range backwards": (attributes.range_("page-ranges", Range(3, 1)), "3-1 is not a range", UNSUPPORTED),
    "range from 0": (attributes.range_("page-ranges", Range(0, 1)), "0-1 is not a range", UNSUPPORTED),
    "second value": (
        attributes.range_("page-ranges", Range(1, 1), Range(0, 1)),
        "0-1 is not a range",
        UNSUPPORTED,
    ),
    "resolution 0": (attributes.resolution("printer-resolution", Resolution(0, 1)), "0x1dpi", UNSUPPORTED),
    "resolution units": (
        attributes.resolution("printer-resolution", Resolution(1, 1, 5)),
        "1units5",
        UNSUPPORTED,
    ),
    "no such date": (
        attributes.datetime_("job-hold-until-time", DateTime(bytes(11))),
        "not a date that exists",
        UNSUPPORTED,
    ),
    "member": (
        attributes.collection("media-col", [attributes.keyword("media-size", "a4")]),
        "media-col: media-size must be collection, not keyword",
        UNSUPPORTED,
    ),
    "member of a member": (
        attributes.collection(
            "media-col", [attributes.collection("media-size", [attributes.integer("x-dimension", -1)])]
        ),
        "media-col: media-size: x-dimension -1 is not within",
        UNSUPPORTED,
    ),
    "override": (
        attributes.collection("overrides", [attributes.integer("sides", 1)]),
        "overrides: sides must be keyword",
        UNSUPPORTED,
    ),
}


@pytest.mark.parametrize("attribute", RIGHT.values(), ids=RIGHT)
def test_right(attribute: Attribute) -> None:
    assert check_all([attribute], registry.JOB_TEMPLATE) == []


@pytest.mark.parametrize("case", WRONG.values(), ids=WRONG)
def test_wrong(case: tuple[Attribute, str, Status]) -> None:
    attribute, reason, status = case
    (problem,) = check_all([attributes.integer("number-up", 1), attribute], registry.JOB_TEMPLATE)
    assert problem.attribute is attribute
    assert reason in problem.reason
    assert problem.status == status


OPERATION_CASES: list[tuple[Attribute, bool]] = [
    (attributes.uri("printer-uri", "ipp://h/printers/q"), True),
    (attributes.uri("printer-uri", "/"), True),
    (attributes.uri("printer-uri", "ipp://h/a b"), False),
    (attributes.charset("attributes-charset", "utf-8"), True),
    (attributes.charset("attributes-charset", "ü"), False),
    (attributes.language("attributes-natural-language", "de-de"), True),
    (attributes.language("attributes-natural-language", "klingon-sprache"), True),
    (attributes.language("attributes-natural-language", "toolonglanguage"), False),
    (attributes.mime("document-format", "application/pdf"), True),
    (attributes.mime("document-format", 'text/plain; charset="utf-8"'), True),
    (attributes.mime("document-format", "text/plain;charset=utf-8"), True),
    (attributes.mime("document-format", "pdf"), False),
    (attributes.octets("job-password", b"x" * 255), True),
    (attributes.octets("job-password", b"x" * 256), False),
    (attributes.text("message", "x" * 127), True),
    (attributes.text("message", "x" * 128), False),
    (attributes.integer("job-id", -1), True),
    (attributes.boolean("last-document", True), True),
    (attributes.keyword("requested-attributes", "all", "media-col-database"), True),
    (attributes.enum("printer-type", 0x80000000 - 1), True),
]


@pytest.mark.parametrize(("attribute", "right"), OPERATION_CASES, ids=str)
def test_operation_attributes(attribute: Attribute, right: bool) -> None:
    problem = check(attribute, registry.OPERATION[attribute.name])
    assert (problem is None) is right


def test_uri_schemes() -> None:
    syntax = registry.PRINTER["reference-uri-schemes-supported"]
    assert check(attributes.uri_scheme("x", "http", "https"), syntax) is None
    assert check(attributes.uri_scheme("x", "http:"), syntax) is not None


@pytest.mark.parametrize("cut", [False, True])
def test_long_names_are_fine_when_they_are_cut(cut: bool) -> None:
    long = [attributes.name("job-name", "x" * 300), attributes.keyword("which-jobs", "x" * 300)]
    problems = check_all(long, registry.OPERATION, cut_text=cut)
    assert [problem.attribute.name for problem in problems] == (
        ["which-jobs"] if cut else ["job-name", "which-jobs"]
    )


SYNTAXES: list[tuple[str, bool, Tag]] = [
    ("integer(1:MAX)", False, Tag.INTEGER),
    ("1setOf keyword | name(MAX)", True, Tag.KEYWORD),
    ("text", False, Tag.TEXT),
    ("name(127)", False, Tag.NAME),
    ("1setOf collection media-col", True, Tag.BEGIN_COLLECTION),
    ("dateTime | unknown | no-value", False, Tag.DATE_TIME),
    ("enum | no-value", False, Tag.ENUM),
]


@pytest.mark.parametrize(("notation", "multiple", "tag"), SYNTAXES)
def test_notation(notation: str, multiple: bool, tag: Tag) -> None:
    syntax = parse_syntax(notation)
    assert syntax.multiple is multiple
    assert syntax.tag is tag


def test_notation_details() -> None:
    (integer,) = parse_syntax("integer(0:65535)").alternatives
    assert (integer.lower, integer.upper) == (0, 65535)
    (name,) = parse_syntax("name(63)").alternatives
    assert name.octets == 63
    (longest,) = parse_syntax("text(MAX)").alternatives
    assert longest.octets == 1023
    (collection,) = parse_syntax("collection media-col").alternatives
    assert collection.members == "media-col"


@pytest.mark.parametrize("notation", ["", "integers", "integer |", "1setOf", "integer(1:2"])
def test_other_notations_are_refused(notation: str) -> None:
    with pytest.raises(ValueError, match="not a syntax"):
        parse_syntax(notation)


def test_collections_name_tables_that_exist() -> None:
    tables: list[dict[str, Any]] = [registry.JOB_TEMPLATE, registry.OPERATION, registry.PRINTER]
    for table in [*tables, *registry.MEMBERS.values()]:
        for name, syntax in table.items():
            for alternative in syntax.alternatives:
                assert not alternative.members or alternative.members in registry.MEMBERS, name


def test_defaults_have_the_syntax_of_their_attribute() -> None:
    for name, syntax in registry.JOB_TEMPLATE.items():
        default = registry.PRINTER.get(f"{name}-default")
        if default is not None:
            tags = frozenset().union(*(alternative.tags for alternative in syntax.alternatives))
            tags_default = frozenset().union(*(alternative.tags for alternative in default.alternatives))
            assert tags <= tags_default | {Tag.NO_VALUE}, name


def test_names_of_the_registry() -> None:
    names = registry.registered_names()
    assert {"copies", "printer-uri", "job-state", "media-size", "x-dimension", "notify-events"} <= names
    assert "*" not in names
    assert all(name.isascii() and " " not in name and 0 < len(name) <= 255 for name in names)
