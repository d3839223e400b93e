"""What of a job's wishes reaches a device, and that the rest is named."""

from __future__ import annotations

import pytest

from plantin.delivery.ipp.blob import capabilities, pack, unpack
from plantin.delivery.ipp.fit import fit, format_for
from plantin.delivery.ipp.jobs import DeviceJob
from plantin.ipp import Attribute, Collection, Group, LangStr, ProtocolError, Range, Resolution, Tag
from plantin.ipp import attributes as a

DEVICE = Group(
    Tag.PRINTER_ATTRIBUTES,
    [
        a.range_("copies-supported", Range(1, 99)),
        a.keyword("sides-supported", "one-sided", "two-sided-long-edge"),
        a.keyword("media-supported", "iso_a4_210x297mm", "custom_min_76x127mm", "custom_max_216x356mm"),
        a.keyword("media-col-supported", "media-size", "media-type"),
        a.enum("finishings-supported", 3, 4),
        a.enum("print-quality-supported", 4, 5),
        a.boolean("page-ranges-supported", True),
        a.boolean("imposition-template-supported", False),
        a.integer("number-up-supported", 1, 2, 4),
        a.resolution("printer-resolution-supported", Resolution(600, 600)),
        a.no_value("output-bin-supported"),
        a.keyword("overrides-supported", "pages", "document-numbers"),
        a.name("job-sheets-supported", "none", "standard"),
    ],
)


@pytest.mark.parametrize(
    "wish",
    [
        a.integer("copies", 99),
        a.keyword("sides", "one-sided"),
        a.keyword("media", "iso_a4_210x297mm"),
        a.keyword("media", "custom_note_100x150mm"),
        a.keyword("media", "na_letter_8.5x11in"),
        a.enum("finishings", 3),
        a.range_("page-ranges", Range(1, 3), Range(5, 5)),
        a.integer("number-up", 2),
        a.resolution("printer-resolution", Resolution(600, 600)),
        a.collection("media-col", Collection((a.keyword("media-type", "stationery"),))),
        a.collection("overrides", Collection((a.range_("pages", Range(1, 1)),))),
        a.name_lang("job-sheets", LangStr("standard", "en")),
    ],
    ids=lambda wish: wish.name,
)
def test_sent_as_it_is(wish: Attribute) -> None:
    fitted = fit([wish], DEVICE)
    assert (fitted.sent, fitted.dropped) == ([wish], [])


@pytest.mark.parametrize(
    ("wish", "dropped"),
    [
        (a.keyword("sides", "two-sided-short-edge"), ["sides=two-sided-short-edge"]),
        (a.keyword("media", "iso_a3_297x420mm"), ["media=iso_a3_297x420mm"]),
        (a.keyword("media", "A4"), ["media=A4"]),
        (a.integer("number-up", 3), ["number-up=3"]),
        (a.keyword("output-bin", "face-down"), ["output-bin=face-down"]),
        (a.keyword("imposition-template", "signature"), ["imposition-template=signature"]),
        (a.boolean("fit-to-page", True), ["fit-to-page=True"]),
        (
            a.collection("cover-front", Collection((a.keyword("media", "x"),))),
            ["cover-front={media=x}"],
        ),
    ],
    ids=lambda value: value.name if isinstance(value, Attribute) else "",
)
def test_not_sent_and_named(wish: Attribute, dropped: list[str]) -> None:
    fitted = fit([wish], DEVICE)
    assert (fitted.sent, fitted.dropped) == ([], dropped)


@pytest.mark.parametrize(
    "wish",
    [
        a.keyword("job-hold-until", "no-hold"),
        a.integer("job-priority", 50),
        a.no_value("media"),
        a.keyword("multiple-document-handling", "single-document"),
        a.enum("orientation-requested", 3),
        a.boolean("mirror", False),
        a.keyword("print-color-mode", "auto"),
    ],
    ids=lambda wish: wish.name,
)
def test_not_sent_because_it_is_ours_or_asks_for_nothing(wish: Attribute) -> None:
    fitted = fit([wish], DEVICE)
    assert (fitted.sent, fitted.dropped) == ([], [])


def test_a_part_of_a_set() -> None:
    fitted = fit([a.enum("finishings", 3, 7, 4)], DEVICE)
    assert fitted.sent == [a.enum("finishings", 3, 4)]
    assert fitted.dropped == ["finishings=7"]


def test_members_that_the_device_does_not_know() -> None:
    wish = a.collection(
        "media-col", Collection((a.keyword("media-type", "labels"), a.keyword("media-color", "blue")))
    )
    fitted = fit([wish], DEVICE)
    assert fitted.sent == [a.collection("media-col", Collection((a.keyword("media-type", "labels"),)))]
    assert fitted.dropped == ["media-col/media-color=blue"]


def test_more_copies_than_it_makes() -> None:
    fitted = fit([a.integer("copies", 100)], DEVICE)
    assert fitted.sent == [a.integer("copies", 99)]
    assert fitted.dropped == ["copies=100 (the device makes 99)"]


@pytest.mark.parametrize(
    ("formats", "document", "sent"),
    [
        ((), "image/urf", "image/urf"),
        (("application/PDF",), "application/pdf", "application/PDF"),
        (("application/octet-stream",), "application/postscript", "application/octet-stream"),
        (("application/octet-stream",), "application/pdf", None),
        (("application/pdf",), "application/octet-stream", None),
    ],
)
def test_formats(formats: tuple[str, ...], document: str, sent: str | None) -> None:
    group = Group(Tag.PRINTER_ATTRIBUTES, [a.mime("document-format-supported", *formats)] if formats else [])
    assert format_for(document, group) == sent


def test_attributes_at_rest() -> None:
    wishes = (a.integer("copies", 2), a.keyword("sides", "one-sided"))
    assert unpack(pack(wishes), Tag.JOB_ATTRIBUTES).attributes == wishes
    assert len(unpack(b"", Tag.JOB_ATTRIBUTES)) == 0
    with pytest.raises(ProtocolError):
        unpack(b"\x21\x00", Tag.JOB_ATTRIBUTES)
    with pytest.raises(ProtocolError):
        unpack(pack(wishes) + b"\x02" + pack(wishes), Tag.JOB_ATTRIBUTES)
    assert len(capabilities(b"damaged")) == 0


@pytest.mark.parametrize(
    "job", [DeviceJob(5), DeviceJob(5, "ipp://h/5", "urn:uuid:x"), DeviceJob(5, uuid="u", sent=True)]
)
def test_the_text_of_a_devices_job(job: DeviceJob) -> None:
    assert DeviceJob.parse(str(job)) == job
