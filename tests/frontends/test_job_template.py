"""Job template attributes against a profile: kept, translated, refused."""

from __future__ import annotations

import pytest

from plantin.frontends.ipp import IppSettings
from plantin.frontends.ipp.job_template import Template, read_template, require_supported
from plantin.frontends.ipp.printer.generic import generic_offer
from plantin.frontends.ipp.printer.profile import Profile
from plantin.frontends.ipp.printer.server_wide import server_wide
from plantin.frontends.ipp.refusals import BadRequest, Unsupported
from plantin.ipp import Attribute, LangStr, Range, Resolution, Tag
from plantin.ipp.attributes import (
    boolean,
    enum,
    integer,
    keyword,
    name,
    name_lang,
    no_value,
    range_,
    resolution,
)
from plantin.ipp.blobs import pack, unpack

FILE = Profile(generic_offer(hears_attributes=True))
RAW = Profile(generic_offer(hears_attributes=False))
SERVER = {attribute.name: attribute for attribute in server_wide(IppSettings(), (2,))}


def read(*attributes: Attribute, profile: Profile = FILE) -> Template:
    return read_template(attributes, profile, SERVER)


def kept(*attributes: Attribute, profile: Profile = FILE) -> dict[str, Attribute]:
    return {attribute.name: attribute for attribute in read(*attributes, profile=profile).attributes}


def refused(*attributes: Attribute, profile: Profile = FILE) -> dict[str, Attribute]:
    return {attribute.name: attribute for attribute in read(*attributes, profile=profile).unsupported}


@pytest.mark.parametrize(
    "attribute",
    [
        integer("copies", 9999),
        keyword("sides", "two-sided-short-edge"),
        enum("print-quality", 5),
        resolution("printer-resolution", Resolution(600, 600)),
        range_("page-ranges", Range(1, 3), Range(5, 5)),
        keyword("media", "iso_a4_210x297mm"),
        integer("number-up", 4),
        name("job-account-id", "1234"),
        integer("job-cancel-after", 60),
    ],
)
def test_what_is_supported_is_kept(attribute: Attribute) -> None:
    template = read(attribute)
    assert template.attributes == (attribute,)
    assert not template.unsupported
    assert unpack(template.encoded) == (attribute,)


@pytest.mark.parametrize(
    "attribute",
    [
        integer("copies", 10_000),
        keyword("sides", "three-sided"),
        enum("finishings", 0),
        enum("finishings", 99),
        resolution("printer-resolution", Resolution(1, 1)),
        range_("page-ranges", Range(5, 6), Range(1, 2)),
        keyword("media", "iso_b9_44x62mm"),
        keyword("media", "no-such-paper"),
        integer("number-up", 3),
        keyword("job-hold-until", "next-year"),
        keyword("job-sheets", "classified"),
    ],
)
def test_what_is_not_supported_goes_back_with_its_value(attribute: Attribute) -> None:
    template = read(attribute)
    assert template.unsupported == (attribute,)
    assert not template.attributes


def test_unknown_attributes_go_back_without_a_value() -> None:
    for attribute in (boolean("fit-to-page", True), keyword("x-vendor", "y"), keyword("print-darkness", "z")):
        back = read(attribute).unsupported[0]
        assert (back.name, back.tag) == (attribute.name, Tag.UNSUPPORTED)


def test_sets_keep_what_they_can() -> None:
    both = enum("finishings", 3, 99)
    assert kept(both)["finishings"].integers() == (3,)
    assert refused(both)["finishings"].integers() == (99,)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("A4", "iso_a4_210x297mm"),
        ("a4", "iso_a4_210x297mm"),
        ("iso-a4", "iso_a4_210x297mm"),
        ("Letter", "na_letter_8.5x11in"),
        ("na-letter", "na_letter_8.5x11in"),
        ("main", "main"),
    ],
)
def test_old_media_names(said: str, meant: str) -> None:
    assert kept(keyword("media", said))["media"].strings() == (meant,)
    assert kept(name("media", said))["media"].strings() == (meant,)


def test_words_of_libcups_for_options_it_does_not_know() -> None:
    assert kept(name("number-up", "2"))["number-up"] == integer("number-up", 2)
    assert kept(name("print-quality", "4"))["print-quality"] == enum("print-quality", 4)
    assert kept(name_lang("sides", LangStr("one-sided", "en")))["sides"].tag == Tag.KEYWORD
    assert refused(name("number-up", "many"))


@pytest.mark.parametrize(
    "attribute",
    [boolean("copies", True), integer("copies", 1, 2), integer("sides", 1), boolean("media", False)],
)
def test_a_wrong_syntax_is_a_bad_request(attribute: Attribute) -> None:
    with pytest.raises(BadRequest, match=attribute.name) as caught:
        read(attribute)
    assert caught.value.attributes == (attribute,)


def test_twice_is_a_bad_request() -> None:
    with pytest.raises(BadRequest, match="twice"):
        read(integer("copies", 1), integer("copies", 2))


def test_no_value_asks_for_nothing() -> None:
    template = read(no_value("orientation-requested"), no_value("job-account-id"))
    assert not template.attributes
    assert not template.unsupported


def test_columns() -> None:
    template = read(
        integer("copies", 3),
        integer("job-priority", 70),
        keyword("job-hold-until", "night"),
        name("output-device", "north"),
    )
    assert (template.copies, template.priority, template.hold_keyword) == (3, 70, "night")
    assert template.output_device == "north"
    echoed = read(keyword("job-hold-until", "no-hold"), keyword("job-delay-output-until", "no-delay-output"))
    assert echoed.hold_keyword in ("no-hold", "no-delay-output")
    assert refused(integer("job-priority", 101))


def test_a_raw_device_hears_nothing() -> None:
    assert refused(keyword("sides", "two-sided-long-edge"), profile=RAW)
    assert refused(integer("copies", 2), profile=RAW)
    assert not refused(integer("copies", 1), keyword("sides", "one-sided"), profile=RAW)


def test_an_administrators_defaults_fill_in() -> None:
    defaults = pack(
        [keyword("sides-default", "two-sided-long-edge"), keyword("media-default", "iso_a5_148x210mm")]
    )
    profile = Profile(generic_offer(hears_attributes=True), defaults)
    filled = kept(integer("copies", 1), profile=profile)
    assert filled["sides"].strings() == ("two-sided-long-edge",)
    assert filled["media"].strings() == ("iso_a5_148x210mm",)
    assert kept(keyword("sides", "one-sided"), profile=profile)["sides"].strings() == ("one-sided",)


def test_the_same_group_is_read_once() -> None:
    group = (integer("copies", 2), keyword("sides", "one-sided"))
    assert read(*group) is read(*group)


def test_fidelity() -> None:
    template = read(keyword("sides", "three-sided"), boolean("fit-to-page", True), integer("copies", 1))
    require_supported(template, fidelity=False, mandatory=())
    with pytest.raises(Unsupported, match="sides, fit-to-page"):
        require_supported(template, fidelity=True, mandatory=())
    with pytest.raises(Unsupported, match="sides") as caught:
        require_supported(template, fidelity=False, mandatory=["sides"])
    assert [attribute.name for attribute in caught.value.attributes] == ["sides"]
    require_supported(template, fidelity=False, mandatory=["copies"])
