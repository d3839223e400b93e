"""Who does what a job asks for: the device, the server, or nobody."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from plantin.core.formats import declared_formats, read_formats
from plantin.core.limits import DEVICE_FORMATS_MAX
from plantin.core.model import DeviceRecord, Ticket
from plantin.delivery.ipp.blob import pack, unpack
from plantin.inspect import sniff
from plantin.inspect.convert.devices import RasterKind
from plantin.inspect.convert.plan import Raster
from plantin.ipp import Attribute, Collection, Range, Resolution, Tag
from plantin.ipp.attributes import (
    boolean,
    collection,
    enum,
    integer,
    keyword,
    mime,
    range_,
    resolution,
    text,
)
from plantin.queue.conversion.abilities import Hearing, abilities_of
from plantin.queue.conversion.asked import NOTHING, all_asked_of, asked_of
from plantin.queue.conversion.decide import Decision, decide
from tests.delivery.support import device, ticket

PDF, PS, PXL, PCL = sniff.PDF, sniff.POSTSCRIPT, sniff.PCL_XL, sniff.PCL
ALL_PAGES = (
    integer("number-up", 4),
    range_("page-ranges", Range(2, 3), Range(5, 5)),
    keyword("print-color-mode", "monochrome"),
    keyword("page-delivery", "reverse-order-face-down"),
    integer("copies", 3),
    keyword("sides", "two-sided-long-edge"),
    text("x-plantin-stamp", "anna"),
)


def raw(*formats: str) -> DeviceRecord:
    return device("socket://10.0.0.1" + (f"?formats={','.join(formats)}" if formats else ""))


def ipp(*formats: str, more: tuple[Attribute, ...] = ()) -> DeviceRecord:
    said = pack([*([mime("document-format-supported", *formats)] if formats else []), *more])
    return device("ipp://10.0.0.1/ipp/print", capabilities=said)


def job(target: DeviceRecord, *formats: str, asks: tuple[Attribute, ...] = (), declared: str = "") -> Ticket:
    made = ticket(target, *(b"x" for _ in formats), attributes=pack(asks))
    documents = tuple(
        replace(one, format=kind, declared_format=declared)
        for one, kind in zip(made.documents, formats, strict=True)
    )
    return replace(made, documents=documents)


def decided(*arguments: Any, ghostscript: bool = True, **more: Any) -> Decision | None:
    return decide(job(*arguments, **more), ghostscript=ghostscript)


def must(*arguments: Any, **more: Any) -> Decision:
    decision = decided(*arguments, **more)
    assert decision is not None
    return decision


def steps(decision: Decision, place: int = 0) -> list[str]:
    return [str(step["step"]) for step in decision.works[place].steps]


def left(decision: Decision) -> list[str]:
    return [attribute.name for attribute in unpack(decision.attributes, Tag.JOB_ATTRIBUTES)]


# -- pass-through wins ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "asks", [(), (integer("copies", 1), keyword("sides", "one-sided"), keyword("media", "iso_a4_210x297mm"))]
)
@pytest.mark.parametrize(
    "target",
    [raw(), raw(PDF), raw("APPLICATION/pdf"), device("file:///x/"), device(f"file:///x/?formats={PDF}"),
     ipp(PDF), ipp("Application/PDF", sniff.OCTET_STREAM), device("ipp://10.0.0.1/"), ipp()],
    ids=lambda target: f"{target.uri} {len(target.capabilities)}",
)  # fmt: skip
def test_what_a_device_takes_and_can_is_not_touched(
    target: DeviceRecord, asks: tuple[Attribute, ...]
) -> None:
    assert decided(target, PDF, asks=asks) is None


@pytest.mark.parametrize("kind", [PDF, PCL, "application/vnd.unheard-of", sniff.OCTET_STREAM])
def test_without_knowledge_everything_passes(kind: str) -> None:
    for target in (raw(), device("file:///x/"), device("ipp://10.0.0.1/")):
        assert decided(target, kind) is None


def test_a_file_device_keeps_the_wishes_beside_what_is_printed() -> None:
    assert decided(device("file:///x/"), PDF, asks=ALL_PAGES[:-1]) is None
    assert steps(must(device("file:///x/"), PDF, asks=ALL_PAGES)) == ["stamp"]


def test_what_an_ipp_device_does_itself_is_left_to_it() -> None:
    able = (
        integer("number-up-supported", 1, 2, 4),
        boolean("page-ranges-supported", True),
        keyword("print-color-mode-supported", "auto", "monochrome"),
        keyword("page-delivery-supported", "reverse-order-face-down"),
        range_("copies-supported", Range(1, 99)),
        keyword("sides-supported", "one-sided", "two-sided-long-edge"),
    )
    assert decided(ipp(PDF, more=able), PDF, asks=ALL_PAGES[:-1]) is None
    decision = must(ipp(PDF, more=able), PDF, asks=ALL_PAGES)
    assert steps(decision) == ["stamp"]
    assert decision.works[0].format == PDF
    assert left(decision) == [one.name for one in ALL_PAGES]


# -- the server ---------------------------------------------------------------------------------------------


def test_what_an_ipp_device_cannot_is_done_and_not_asked_of_it() -> None:
    decision = must(ipp(PDF), PDF, asks=ALL_PAGES)
    assert steps(decision) == ["select", "number-up", "stamp", "grey", "copies"]
    assert decision.works[0].steps[0] == {"step": "select", "ranges": [[2, 3], [5, 5]], "reverse": True}
    # The device is asked for the sides all the same, and says itself that it cannot.
    assert left(decision) == ["sides", "x-plantin-stamp"]


@pytest.mark.parametrize("work", [integer("number-up", 2), keyword("imposition-template", "signature")])
def test_ranges_are_of_the_document_s_pages_not_of_what_is_made_of_them(work: Attribute) -> None:
    able = (boolean("page-ranges-supported", True),)
    ranges = range_("page-ranges", Range(2, 3))
    assert decided(ipp(PDF, more=able), PDF, asks=(ranges,)) is None
    decision = must(ipp(PDF, more=able), PDF, asks=(ranges, work))
    assert steps(decision)[0] == "select" and "page-ranges" not in left(decision)


def test_more_copies_than_the_device_makes() -> None:
    able = (range_("copies-supported", Range(1, 9)),)
    assert decided(ipp(PDF, more=able), PDF, asks=(integer("copies", 9),)) is None
    assert steps(must(ipp(PDF, more=able), PDF, asks=(integer("copies", 10),))) == ["copies"]
    # Nothing here makes copies of PCL inside one IPP document: the device makes as many as it can.
    assert decided(ipp(PCL, more=able), PCL, asks=(integer("copies", 10),)) is None


def test_a_port_9100_device_has_everything_done_for_it() -> None:
    decision = must(raw(PDF), PDF, asks=ALL_PAGES)
    assert steps(decision) == ["select", "number-up", "stamp", "grey", "copies"]
    assert decision.notes == ("sides=two-sided-long-edge (the document cannot say it to this device)",)
    decision = must(raw(PDF, PS), PDF, asks=ALL_PAGES)
    assert steps(decision) == ["select", "number-up", "stamp", "pdf-to-postscript", "postscript-sides"]
    assert (decision.works[0].repeat, decision.works[0].separator) == (3, b"\x04")
    assert decision.notes == ()
    decision = must(raw(PXL), PS, asks=ALL_PAGES)
    assert decision.works[0].steps[-1] == {
        "step": "pdf-to-pcl-xl",
        "grey": True,
        "resolution": 300,
        "sides": "two-sided-long-edge",
    }


def test_copies_of_what_passes_are_only_sent_again() -> None:
    for kind in (PCL, PXL, PS, sniff.TEXT):
        decision = must(raw(kind), kind, asks=(integer("copies", 2),))
        assert (steps(decision), decision.works[0].repeat) == ([], 2)
        assert decision.works[0].separator
    assert steps(must(raw(PDF), PDF, asks=(integer("copies", 2),))) == ["copies"]


def test_a_port_9100_device_of_unknown_language_gets_its_documents_in_theirs() -> None:
    ranges = (range_("page-ranges", Range(1, 2)),)
    assert steps(must(raw(), PDF, asks=ranges)) == ["select"]
    assert steps(must(raw(), PS, asks=ranges)) == ["postscript-to-pdf", "select", "pdf-to-postscript"]
    decision = must(raw(), PCL, asks=ranges)
    assert (decision.makes_something, decision.notes) == (
        False,
        ("page-ranges (nothing here makes any of application/vnd.hp-PCL)",),
    )


@pytest.mark.parametrize("hearing", ["raw", "ipp"])
def test_a_booklet_is_printed_so_that_it_can_be_folded(hearing: str) -> None:
    fold = (keyword("imposition-template", "signature"),)
    if hearing == "raw":
        decision = must(raw(PS), PDF, asks=fold)
        assert steps(decision) == ["booklet", "pdf-to-postscript", "postscript-sides"]
        assert decision.works[0].steps[-1]["sides"] == "two-sided-short-edge"
        return
    able = (keyword("sides-supported", "one-sided", "two-sided-short-edge"),)
    decision = must(ipp(PDF, more=able), PDF, asks=(*fold, keyword("sides", "one-sided")))
    assert steps(decision) == ["booklet"]
    assert unpack(decision.attributes, Tag.JOB_ATTRIBUTES).string("sides") == "two-sided-short-edge"
    assert left(must(ipp(PDF), PDF, asks=fold)) == []


def test_a_device_that_prints_black_only_needs_no_grey() -> None:
    black = ipp(PDF, more=(boolean("color-supported", False),))
    decision = must(black, PDF, asks=(keyword("print-color-mode", "monochrome"),))
    assert (decision.makes_something, left(decision)) == (False, [])


def test_a_driver_that_wrote_for_the_device_is_trusted() -> None:
    target = raw(PDF)
    assert decided(target, PCL, declared="application/vnd.cups-raw") is None
    asks = (integer("number-up", 2), text("x-plantin-stamp", "anna"))
    decision = must(target, PDF, asks=asks, declared="application/vnd.cups-raw")
    assert steps(decision) == ["stamp"]


# -- formats ------------------------------------------------------------------------------------------------


def test_a_document_becomes_what_the_device_takes() -> None:
    assert steps(must(ipp(sniff.PWG_RASTER), PDF)) == ["pdf-to-raster"]
    assert steps(must(ipp(sniff.URF, sniff.JPEG), PS)) == ["postscript-to-pdf", "pdf-to-raster"]
    assert steps(must(ipp(sniff.URF, sniff.JPEG), sniff.PNG)) == ["image-to-pdf", "pdf-to-raster"]
    assert decided(ipp(sniff.URF, sniff.JPEG), sniff.JPEG) is None
    assert steps(must(raw(PXL), PDF)) == ["pdf-to-pcl-xl"]
    decision = must(raw(PDF), PDF, sniff.TEXT)
    assert (steps(decision), steps(decision, 1)) == ([], ["text-to-pdf"])


def test_octet_stream_is_the_last_resort() -> None:
    both = (PDF, sniff.OCTET_STREAM)
    assert steps(must(ipp(*both), PS)) == ["postscript-to-pdf"]
    assert decided(ipp(*both), PCL) is None
    assert decided(ipp(*both), PS, ghostscript=False) is None
    assert decided(raw(*both), PCL) is None


def test_what_nobody_can_make_is_refused_by_those_who_cannot_say_so() -> None:
    decision = must(raw(PDF), PCL)
    assert "the device takes application/pdf" in decision.refusal
    assert "application/vnd.hp-PCL" in decision.refusal
    assert must(device("file:///x/?formats=image/urf"), sniff.OCTET_STREAM).refusal
    # An IPP device says it itself.
    assert decided(ipp(PDF), PCL) is None


def test_the_option_narrows_what_a_device_says() -> None:
    target = replace(ipp(PDF, sniff.PWG_RASTER), options='{"formats": ["image/pwg-raster"]}')
    assert steps(must(target, PDF)) == ["pdf-to-raster"]


def test_the_paper_of_what_is_made() -> None:
    small = Collection((integer("x-dimension", 14800), integer("y-dimension", 21000)))
    a3 = keyword("media-size-name", "iso_a3_297x420mm")
    for asks, paper in (
        ((), [210.0, 297.0]),
        ((keyword("media", "na_letter_8.5x11in"),), [215.9, 279.4]),
        ((collection("media-col", Collection((collection("media-size", small),))),), [148.0, 210.0]),
        ((collection("media-col", Collection((a3,))),), [297.0, 420.0]),
        ((keyword("media", "tray-1"),), [210.0, 297.0]),
    ):  # fmt: skip
        assert must(raw(PDF), sniff.JPEG, asks=asks).works[0].steps[0]["paper"] == paper
        made = must(raw(sniff.URF), PDF, asks=asks).works[0].steps[0]
        assert made["paper"] == (None if paper == [210.0, 297.0] else paper)
    said = ipp(PDF, more=(keyword("media-default", "na_letter_8.5x11in"),))
    assert must(said, sniff.JPEG).works[0].steps[0]["paper"] == [215.9, 279.4]


def test_raster_as_the_device_wants_it() -> None:
    more = (
        resolution("pwg-raster-document-resolution-supported", Resolution(600, 600), Resolution(200, 200)),
        keyword("pwg-raster-document-type-supported", "black_1", "sgray_8"),
        keyword("pwg-raster-document-sheet-back", "rotated"),
        keyword("urf-supported", "V1.4", "SRGB24", "RS300-1200", "DM4"),
        keyword("sides-supported", "one-sided", "two-sided-long-edge"),
        integer("number-up-supported", 1, 2, 4),
    )
    target = ipp(sniff.PWG_RASTER, sniff.URF, more=more)
    abilities = abilities_of(target)
    assert abilities.rasters == {
        sniff.PWG_RASTER: RasterKind((200, 600), colour=False, sheet_back="rotated"),
        sniff.URF: RasterKind((300, 1200), sheet_back="manual-tumble"),
    }
    assert abilities.rasters[sniff.URF].raster(fine=False) == Raster(300, sheet_back="manual-tumble")
    assert abilities.rasters[sniff.URF].raster(fine=True).resolution == 1200
    asks = (keyword("sides", "two-sided-long-edge"), integer("number-up", 2), enum("print-quality", 5))
    decision = must(target, PDF, asks=asks)
    # Who draws the pages also puts them on their sides.
    assert steps(decision) == ["number-up", "pdf-to-raster"]
    assert decision.works[0].steps[1] == {
        "step": "pdf-to-raster",
        "urf": False,
        "grey": True,
        "resolution": 600,
        "sides": "two-sided-long-edge",
        "sheet_back": "rotated",
        "paper": None,
    }
    assert left(decision) == ["sides", "print-quality"]
    single = must(ipp(sniff.PWG_RASTER), PDF, asks=asks).works[0].steps[-1]
    assert (single["sides"], single["resolution"]) == ("one-sided", 300)


def test_raster_that_nothing_here_makes() -> None:
    black = keyword("pwg-raster-document-type-supported", "black_1", "cmyk_8")
    oblong = resolution("pwg-raster-document-resolution-supported", Resolution(600, 300))
    for more in (black, oblong):
        assert decided(ipp(sniff.PWG_RASTER, more=(more,)), PDF) is None
        assert steps(must(ipp(sniff.PWG_RASTER, sniff.URF, more=(more,)), PDF)) == ["pdf-to-raster"]
    assert decided(ipp(sniff.URF, more=(keyword("urf-supported", "CMYK32"),)), PDF) is None


# -- nobody -------------------------------------------------------------------------------------------------


def test_no_page_is_half_done() -> None:
    asks = (integer("number-up", 2), integer("copies", 2), text("x-plantin-stamp", "anna"))
    decision = must(raw(PDF, PCL), PDF, PCL, asks=asks)
    assert (steps(decision), steps(decision, 1)) == (["stamp"], [])
    assert decision.notes == ("copies, number-up, stamp (nothing here converts application/vnd.hp-PCL)",)
    decision = must(ipp(PDF, PCL), PDF, PCL, asks=asks)
    assert decision.notes == ("stamp (nothing here converts application/vnd.hp-PCL)",)
    assert left(decision) == [one.name for one in asks]  # the device says what it cannot


def test_without_ghostscript() -> None:
    grey = (keyword("print-color-mode", "monochrome"),)
    decision = must(raw(PDF), PDF, asks=grey, ghostscript=False)
    assert decision.notes == ("print-color-mode (Ghostscript is not installed)",)
    assert "Ghostscript" in must(raw(PDF), PS, ghostscript=False).refusal


# -- reading ------------------------------------------------------------------------------------------------


def test_what_asks_for_nothing() -> None:
    assert asked_of(b"") is NOTHING
    assert asked_of(pack([keyword("media", "iso_a4_210x297mm")])) is NOTHING
    assert asked_of(b"copies and garbage") is NOTHING
    for asks in (
        (integer("copies", 1), integer("number-up", 1), keyword("sides", "one-sided")),
        (integer("copies", -3), keyword("sides", "three-sided"), range_("page-ranges", Range(0, 9))),
        (keyword("print-color-mode", "color"), keyword("page-delivery", "same-order-face-down")),
        (text("x-plantin-stamp", "  "), integer("page-ranges", 3)),
    ):
        assert all_asked_of(pack(asks)).nothing


def test_limits_of_what_is_asked() -> None:
    asked = all_asked_of(pack([text("x-plantin-stamp", "x" * 600), integer("copies", 99_999)]))
    assert (len(asked.stamp), asked.copies) == (500, 9_999)
    ranges = range_("page-ranges", *(Range(2 * i, 2 * i) for i in range(1, 102)))
    assert len(all_asked_of(pack([ranges])).page_ranges) == 100


@pytest.mark.parametrize(
    ("position", "place"), [("top", "header"), ("bottom", "footer"), ("diagonal", "diagonal"), ("", "footer")]
)
def test_where_the_stamp_stands(position: str, place: str) -> None:
    asks: list[Attribute] = [text("x-plantin-stamp", "anna")]
    asks += [keyword("x-plantin-stamp-position", position)] if position else []
    assert all_asked_of(pack(asks)).stamp_place == place


def test_how_the_option_is_written() -> None:
    assert read_formats("application/PDF, image/urf,,application/pdf") == ("application/pdf", "image/urf")
    assert declared_formats("socket://h", "{}") == ()
    assert declared_formats("socket://h?formats=image/urf", '{"formats": "application/pdf"}') == (
        "application/pdf",
    )
    assert declared_formats("socket://h?formats=application/pdf,image/urf", "") == (
        "application/pdf",
        "image/urf",
    )
    for bad in ('{"formats": 5}', '{"formats": "pdf"}', '{"formats"', '["formats"]'):
        assert declared_formats("socket://h", bad) == ()
    many = [f"a/b{i}" for i in range(DEVICE_FORMATS_MAX + 1)]
    assert len(read_formats(many[1:])) == DEVICE_FORMATS_MAX
    with pytest.raises(ValueError, match="65 media types; 64 is the most"):
        read_formats(many)
    for wrong in ("pdf", "a/b c", 5, [5], "a/"):
        with pytest.raises(ValueError, match="wants media types"):
            read_formats(wrong)


def test_devices_that_are_alike_share_what_is_known_of_them() -> None:
    one = abilities_of(raw(PDF))
    assert one.hearing is Hearing.NONE
    assert abilities_of(device(f"socket://10.0.0.2?formats={PDF}")) is one
