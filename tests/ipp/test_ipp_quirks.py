"""Each quirk: what strict refuses, and what the quirk makes of it; one test for each device listed."""

from dataclasses import dataclass, fields

import pytest

from plantin.ipp import (
    STRICT,
    TOLERANT,
    Attribute,
    Collection,
    Decoder,
    LangStr,
    Message,
    ProtocolError,
    Quirks,
    Tag,
    attributes,
    check_response,
    decode,
    quirks_for_model,
    quirks_named,
)
from plantin.ipp.quirks import DEVICE_QUIRKS, combine

from . import octets as o

HEAD = o.head("2.0", 0, 1)


def forgiven(body: bytes, quirks: Quirks, *, end: bytes = b"\3") -> tuple[Attribute, ...]:
    """The attributes of the first group; strict must refuse the same octets."""
    data = HEAD + b"\4" + body + end
    with pytest.raises(ProtocolError):
        decode(data)
    message, _ = decode(data, quirks=quirks)
    decoder = Decoder(quirks=quirks)
    for octet in data:
        decoder.feed(bytes((octet,)))
    assert decoder.finish() == message
    return message.groups[0].attributes


def media_size(x: int, y: int) -> Collection:
    return Collection((attributes.integer("x-dimension", x), attributes.integer("y-dimension", y)))


def test_pantum_names_the_members_themselves() -> None:
    size = o.begin_collection("media-size") + o.integer("x-dimension", 21000)
    size += o.integer("y-dimension", 29700) + o.END_COLLECTION
    body = o.begin_collection("media-col-default") + size + o.keyword("media-type", "auto", "plain")
    body += o.END_COLLECTION + o.integer("copies-default", 1)
    found = forgiven(body, quirks_for_model("Pantum M7300FDW Series"))
    media_col = Collection(
        (
            attributes.collection("media-size", media_size(21000, 29700)),
            attributes.keyword("media-type", "auto", "plain"),
        )
    )
    assert found == (
        attributes.collection("media-col-default", media_col),
        attributes.integer("copies-default", 1),
    )


def test_named_member_replaces_a_member_name_before_it() -> None:
    body = o.begin_collection("c") + o.token(0x4A, "", "a") + o.integer("b", 1) + o.END_COLLECTION
    found = forgiven(body, Quirks(named_members=True))
    assert found[0].values == (Collection((attributes.integer("b", 1),)),)


def test_kyocera_has_members_outside_of_collections() -> None:
    stray = o.token(0x4A, "", "x-dimension") + o.token(0x21, "", 1) + o.token(0x12, "", b"")
    stray += o.begin_collection("") + o.member("y", 0x21, 1) + o.END_COLLECTION + o.END_COLLECTION
    body = o.keyword("media-supported", "a", "b") + stray + o.integer("copies-default", 1, 2)
    found = forgiven(body + o.END_COLLECTION + o.token(0x21, "", 3), quirks_for_model("KYOCERA FS-4200DN KX"))
    assert found == (
        attributes.keyword("media-supported", "a", "b"),
        attributes.integer("copies-default", 1, 2, 3),
    )


def test_stray_members_end_with_their_group() -> None:
    data = HEAD + b"\4" + o.token(0x4A, "", "x") + b"\4" + o.token(0x21, "", 1)
    with pytest.raises(ProtocolError, match="without the name"):
        decode(data, quirks=Quirks(stray_members=True))


def test_canon_does_not_end_collections() -> None:
    size = o.token(0x4A, "", "media-size") + o.begin_collection("") + o.member("x-dimension", 0x21, 1)
    size += o.member("y-dimension", 0x21, 2)
    body = o.begin_collection("media-col-default") + size + o.integer("copies-default", 1)
    body += o.begin_collection("media-col-ready") + o.token(0x4A, "", "media-type")
    found = forgiven(body, quirks_for_model("Canon MF262dw II"))
    media_col = Collection((attributes.collection("media-size", media_size(1, 2)),))
    assert found == (
        attributes.collection("media-col-default", media_col),
        attributes.integer("copies-default", 1),
        attributes.collection("media-col-ready", Collection()),
    )


def test_fiery_answers_with_another_version() -> None:
    request = Message((1, 1), 0x000B, 1)
    response, _ = decode(o.head("1.0", 0, 1) + o.start() + b"\3")
    assert check_response(request, response) is not None
    assert check_response(request, response, quirks_for_model("EFI Fiery Color Server")) is None


def test_wrong_request_id() -> None:
    request = Message((2, 0), 0x000B, 1)
    response, _ = decode(o.head("2.0", 0, 2) + o.start() + b"\3")
    assert check_response(request, response) is not None
    assert check_response(request, response, Quirks(wrong_request_id=True)) is None


def test_empty_values_are_no_value() -> None:
    body = b"".join(o.token(tag, f"a{tag}", b"") for tag in (0x21, 0x22, 0x23, 0x31, 0x32, 0x33, 0x35, 0x36))
    found = forgiven(body + o.token(0x36, "n", b"\0\0\0\0"), Quirks(empty_values=True))
    assert all(attribute.tag == Tag.NO_VALUE and not attribute.values for attribute in found[:-1])
    assert found[-1].values == (LangStr("", ""),)


def test_out_of_band_octets_are_ignored() -> None:
    found = forgiven(o.token(0x12, "printer-location", b"\0"), Quirks(out_of_band_octets=True))
    assert found == (attributes.unknown("printer-location"),)


def test_out_of_band_in_sets_is_dropped() -> None:
    first = o.token(0x13, "media-ready", b"") + o.token(0x13, "", b"") + o.token(0x44, "", "a")
    later = o.keyword("media-supported", "a", "b") + o.token(0x12, "", b"") + o.token(0x44, "", "c")
    found = forgiven(first + later, Quirks(out_of_band_in_sets=True))
    assert found == (
        attributes.keyword("media-ready", "a"),
        attributes.keyword("media-supported", "a", "b", "c"),
    )


def test_any_boolean() -> None:
    assert forgiven(o.token(0x22, "color-supported", b"\xff"), Quirks(any_boolean=True)) == (
        attributes.boolean("color-supported", True),
    )
    message, _ = decode(HEAD + b"\4" + o.boolean("b", False) + b"\3", quirks=Quirks(any_boolean=True))
    assert message.groups[0].boolean("b") is False
    with pytest.raises(ProtocolError, match="one octet"):
        decode(HEAD + b"\4" + o.token(0x22, "b", b"") + b"\3", quirks=Quirks(any_boolean=True))


def test_bad_strings() -> None:
    found = forgiven(o.token(0x44, "media-source", b"F\xe4cher"), Quirks(bad_strings=True))
    assert found == (attributes.keyword("media-source", "F?cher"),)


def test_no_end_tag() -> None:
    found = forgiven(o.keyword("media-supported", "a", "b"), Quirks(no_end_tag=True), end=b"")
    assert found == (attributes.keyword("media-supported", "a", "b"),)


@pytest.mark.parametrize("rest", [b"", b"\4" + b"\x21\0", b"\4" + o.begin_collection("c")])
def test_no_end_tag_wants_whole_attributes(rest: bytes) -> None:
    with pytest.raises(ProtocolError, match="the message ends"):
        decode(HEAD + rest, quirks=Quirks(no_end_tag=True))


@dataclass
class Setting:
    text: str
    quirks: Quirks


@pytest.mark.parametrize(
    "setting",
    [
        Setting("", STRICT),
        Setting("strict", STRICT),
        Setting("no-end-tag", Quirks(no_end_tag=True)),
        Setting("canon-mf262, any-boolean", Quirks(unterminated_collections=True, any_boolean=True)),
        Setting("tolerant", TOLERANT),
    ],
    ids=lambda setting: setting.text,
)
def test_quirks_by_name(setting: Setting) -> None:
    assert quirks_named(setting.text) == setting.quirks


def test_unknown_quirk_is_named() -> None:
    with pytest.raises(ValueError, match=r"'nonsense'.*any-boolean"):
        quirks_named("strict nonsense")


def test_models_without_quirks_are_strict() -> None:
    assert quirks_for_model("HP OfficeJet Pro 8730") is STRICT


def test_each_listed_device_is_found_by_its_model_and_says_why() -> None:
    for device in DEVICE_QUIRKS:
        assert quirks_for_model(device.model.upper() + " Series") == device.quirks
        assert quirks_named(device.name) == device.quirks
        assert "https://" in device.seen


def test_nothing_forgiven_is_strict_itself() -> None:
    assert combine(Quirks(), Quirks()) is STRICT


def test_tolerant_keeps_what_identifies_the_response() -> None:
    assert not TOLERANT.wrong_request_id
    off = {field.name for field in fields(Quirks) if not getattr(TOLERANT, field.name)}
    assert off == {"wrong_request_id", "named_members"}
