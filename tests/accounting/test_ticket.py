"""A job's IPP attributes as a ticket."""

from __future__ import annotations

import pytest

from plantin.accounting.ticket import JobTicket, ticket_of
from plantin.inspect.report import Settings
from plantin.ipp import Attribute, Collection, Finishing, Group, Range, Tag
from plantin.ipp.attributes import collection, enum, integer, keyword, name, range_
from plantin.ledger.sizes import Size, size_named
from plantin.policy.decide import Changes


def media_col(*members: Attribute) -> Attribute:
    return collection("media-col", Collection(members))


def media_size(x: int, y: int) -> Attribute:
    return collection("media-size", Collection((integer("x-dimension", x), integer("y-dimension", y))))


def test_a_job_that_asks_for_nothing() -> None:
    assert ticket_of([]) == JobTicket() == ticket_of(Group(Tag.JOB_ATTRIBUTES))


def test_all_of_it() -> None:
    found = ticket_of(
        [
            integer("copies", 3),
            keyword("sides", "two-sided-short-edge"),
            integer("number-up", 2),
            range_("page-ranges", Range(1, 3), Range(7, 9)),
            keyword("page-set", "odd"),
            keyword("print-color-mode", "monochrome"),
            keyword("media", "iso_a3_297x420mm"),
            enum("finishings", Finishing.STAPLE_TOP_LEFT, Finishing.PUNCH, Finishing.PUNCH),
            keyword("multiple-document-handling", "separate-documents-uncollated-copies"),
        ]
    )
    assert found.settings == Settings(
        copies=3,
        sides="two-sided-short-edge",
        number_up=2,
        page_ranges=((1, 3), (7, 9)),
        page_set="odd",
        mono_mode=True,
    )
    assert (found.sheet_size, found.collated) == (size_named("A3"), False)
    assert found.finishings == ("staple-top-left", "punch")


@pytest.mark.parametrize("mode", ["auto", "color", "highlight", "nonsense"])
def test_modes_that_leave_colour_to_the_document(mode: str) -> None:
    assert ticket_of([keyword("print-color-mode", mode)]) == JobTicket()


@pytest.mark.parametrize(
    "attribute",
    [
        integer("copies", 0),
        integer("number-up", -1),
        keyword("copies", "two"),
        keyword("sides", "three-sided"),
        keyword("page-set", "prime"),
        keyword("page-ranges", "1-2"),
        range_("page-ranges", Range(0, 0)),
        keyword("media", "tray-2"),
        media_col(),
        media_col(media_size(0, 29700)),
        media_col(keyword("media-type", "stationery")),
        enum("finishings", Finishing.NONE),
        Attribute("sides", Tag.NO_VALUE),
    ],
    ids=str,
)
def test_what_says_nothing_asks_for_nothing(attribute: Attribute) -> None:
    assert ticket_of([attribute]) == JobTicket()


def test_media_col_goes_before_media() -> None:
    media = keyword("media", "na_letter_8.5x11in")
    assert ticket_of([media, media_col(media_size(29700, 21000))]).sheet_size == size_named("A4")
    assert ticket_of([media, media_col(keyword("media-size-name", "iso_a5_148x210mm"))]).sheet_size == (
        size_named("A5")
    )
    assert ticket_of([media_col(media_size(10000, 15000))]).sheet_size == Size(10000, 15000)


@pytest.mark.parametrize("word", ["A4", "iso-a4", "iso-a4-white", "iso_a4_210x297mm"])
def test_a_medium_has_many_names(word: str) -> None:
    assert ticket_of([name("media", word)]).sheet_size == size_named("A4")


def test_finishings_col_goes_before_finishings() -> None:
    columns = [Collection((keyword("finishing-template", word),)) for word in ("fold-half", "none")]
    found = ticket_of([enum("finishings", 4), collection("finishings-col", *columns)])
    assert found.finishings == ("fold-half",)
    assert ticket_of([enum("finishings", 4, 12345)]).finishings == ("staple", "finishing-12345")


def test_what_a_policy_changes() -> None:
    asked = ticket_of([integer("copies", 9), keyword("sides", "two-sided-short-edge")])
    assert asked.with_changes(Changes()) == asked
    changed = asked.with_changes(Changes(copies=2, monochrome=True, two_sided=True)).settings
    assert (changed.copies, changed.mono_mode, changed.sides) == (2, True, "two-sided-short-edge")
    assert asked.changed(two_sided=False).settings.sides == "one-sided"
    assert JobTicket().changed(two_sided=True).settings.sides == "two-sided-long-edge"
