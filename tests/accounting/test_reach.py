"""What is asked of the pages is counted where somebody does it, and only there; booklets."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from plantin.accountant.reach import reach_of
from plantin.accounting.counts import Counted, count, count_all
from plantin.accounting.reach import Reach
from plantin.accounting.ticket import JobTicket, ticket_of
from plantin.core.ids import AttemptId, DeviceId, JobId, QueueId
from plantin.core.model import DeviceRecord, Ticket
from plantin.core.states import JobState
from plantin.inspect import sniff
from plantin.inspect.convert.devices import targets
from plantin.inspect.convert.pages import booklet_order
from plantin.inspect.report import Inspection, Settings
from plantin.ipp import Attribute, Range, Tag
from plantin.ipp.attributes import boolean, keyword, mime, range_
from plantin.ipp.blobs import pack
from plantin.queue.conversion.decide import decide
from tests.accounting.test_counts import document, numbers, page, ticket
from tests.queue.records import device_record, document_record, job_record

PDF, PS, PCL, PWG, TEXT = sniff.PDF, sniff.POSTSCRIPT, sniff.PCL, sniff.PWG_RASTER, sniff.TEXT


def deaf(*formats: str) -> Reach:
    """A port-9100 device that takes these; none: nobody knows."""
    return Reach(frozenset(formats), targets(formats, {}))


NOTHING_SAID, TAKES_PS, TAKES_PCL = deaf(), deaf(PS), deaf(PCL, PS)
ASKED = Settings(page_ranges=((1, 2),), number_up=2)
EIGHT = 8


def eight(kind: str, **document_settings: object) -> Inspection:
    return document(*[page(number == 1) for number in range(EIGHT)], kind=kind, **document_settings)


def sides(kind: str, reach: Reach | None, settings: Settings) -> tuple[int, int]:
    counted = count(eight(kind), JobTicket(settings, reach=reach))
    return counted.impressions, counted.sheets


@pytest.mark.parametrize(
    ("kind", "reach", "expected"),
    [
        (PDF, None, 1),
        (PCL, None, 1),  # nobody knows the device
        (PDF, NOTHING_SAID, 1),
        (PS, NOTHING_SAID, 1),
        (PCL, NOTHING_SAID, EIGHT),
        (PWG, NOTHING_SAID, EIGHT),
        (TEXT, NOTHING_SAID, EIGHT),
        (TEXT, TAKES_PS, 1),
        (PDF, TAKES_PS, 1),
        (PCL, TAKES_PCL, EIGHT),
        ("unknown/thing", TAKES_PCL, EIGHT),
    ],
)
def test_work_on_pages_is_counted_where_it_is_done(kind: str, reach: Reach | None, expected: int) -> None:
    assert sides(kind, reach, ASKED)[0] == expected


def test_colour_stays_colour_where_nobody_makes_it_black() -> None:
    black = Settings(mono_mode=True)
    found = [
        count(eight(kind), JobTicket(black, reach=NOTHING_SAID)).colour_impressions for kind in (PDF, PCL)
    ]
    assert found == [0, 1]


def test_both_sides_where_the_document_can_say_it() -> None:
    both = Settings(sides="two-sided-long-edge")
    found = {
        kind: [sides(kind, reach, both)[1] for reach in (NOTHING_SAID, TAKES_PS, TAKES_PCL)]
        for kind in (PDF, PS, PCL)
    }
    assert found == {PDF: [8, 4, 4], PS: [4, 4, 4], PCL: [8, 8, 8]}


def test_copies_are_sent_again_or_made() -> None:
    thrice = Settings(copies=3)
    assert [sides(kind, NOTHING_SAID, thrice)[0] for kind in (PDF, PS, PCL, TEXT, PWG)] == [24, 24, 24, 24, 8]


def test_what_is_not_done_for_one_document_is_done_for_none() -> None:
    both = [eight(PDF), eight(PCL)]
    assert count_all(both, JobTicket(ASKED, reach=NOTHING_SAID)).impressions == 2 * EIGHT
    assert count_all([both[0]] * 2, JobTicket(ASKED, reach=NOTHING_SAID)).impressions == 2


# -- against what delivery does ---------------------------------------------------------------------------

CHOICES = {
    "page-ranges": Attribute("page-ranges", Tag.RANGE, (Range(1, 3),)),
    "number-up": Attribute("number-up", Tag.INTEGER, (4,)),
    "copies": Attribute("copies", Tag.INTEGER, (3,)),
    "print-color-mode": Attribute("print-color-mode", Tag.KEYWORD, ("monochrome",)),
    "sides": Attribute("sides", Tag.KEYWORD, ("two-sided-long-edge",)),
    "imposition-template": Attribute("imposition-template", Tag.KEYWORD, ("signature",)),
}
WISHES = [one for size in range(1, 4) for one in itertools.combinations(CHOICES, size)]


def device_of(formats: tuple[str, ...]) -> DeviceRecord:
    options = f'{{"formats": "{",".join(formats)}"}}' if formats else "{}"
    return device_record(DeviceId(1), "hall", options=options)


@pytest.mark.parametrize("formats", [(), (PDF,), (PS,), (PCL,), (PCL, TEXT, PDF), (PS, PWG)])
@pytest.mark.parametrize("kind", [PDF, PS, PCL, TEXT, PWG, sniff.JPEG])
def test_delivery_and_accounting_agree(kind: str, formats: tuple[str, ...]) -> None:
    """Where delivery says that it leaves something undone, it is not counted; where it does it, it is."""
    for names in WISHES:
        attributes = [CHOICES[name] for name in names]
        job = job_record(JobId(1), QueueId(1), JobState.PROCESSING, attributes=pack(attributes))
        paper = replace(document_record(job.id), format=kind, declared_format=kind)
        delivered = Ticket(job, "q1", (paper,), device_of(formats), AttemptId(1))
        decision = decide(delivered, ghostscript=True)
        if decision is not None and decision.refusal:
            continue
        undone = " ".join(decision.notes if decision else ())
        counted = count(eight(kind), ticket_of(attributes, deaf(*formats)))
        plain = count(eight(kind))
        assert agrees(names, undone, counted, plain), (names, undone)


def agrees(names: tuple[str, ...], undone: str, counted: Counted, plain: Counted) -> bool:
    pages = [name for name in names if name != "sides"]
    if any(name in undone for name in pages):
        return numbers(counted) == numbers(plain)
    done = 3 if "page-ranges" in names else EIGHT
    if "imposition-template" in names:
        done = 2 * -(-done // 4)
    elif "number-up" in names:
        done = -(-done // 4)
    expected = done * (3 if "copies" in names else 1)
    colour = 0 if "print-color-mode" in names else 3 if "copies" in names else 1
    return (counted.impressions, counted.colour_impressions) == (expected, colour)


# -- devices that hear ------------------------------------------------------------------------------------

ABLE = (
    mime("document-format-supported", PDF, PWG, PCL),
    boolean("page-ranges-supported", True),
    range_("copies-supported", Range(1, 9)),
    keyword("sides-supported", "one-sided", "two-sided-long-edge"),
)
"""It can neither put several pages on a side nor leave the colour out."""


def heard(kind: str, *attributes: Attribute, said: tuple[Attribute, ...] = ABLE) -> tuple[int, int, int]:
    device = device_record(DeviceId(1), "hall", uri="ipp://hall.test/ipp/print", capabilities=pack(said))
    counted = count(eight(kind), ticket_of(attributes, reach_of(device, pack(attributes))))
    return counted.impressions, counted.colour_impressions, counted.sheets


def test_what_the_device_does_is_counted_whatever_the_document_is() -> None:
    for kind in (PDF, PWG, PCL):
        assert heard(kind, CHOICES["page-ranges"], CHOICES["copies"], CHOICES["sides"]) == (9, 3, 6)


def test_what_the_server_does_for_it_is_counted_where_it_can() -> None:
    work = CHOICES["number-up"], CHOICES["print-color-mode"]
    assert [heard(kind, *work) for kind in (PDF, PWG, PCL)] == [(2, 0, 2), (8, 1, 8), (8, 1, 8)]
    ranged = CHOICES["page-ranges"], CHOICES["number-up"]
    assert [heard(kind, *ranged) for kind in (PDF, PWG)] == [(1, 1, 1), (3, 1, 3)]


def test_sides_go_with_the_job_or_nowhere() -> None:
    one_sided = (mime("document-format-supported", PDF),)
    assert heard(PDF, CHOICES["sides"], said=one_sided)[2] == 8


def test_what_a_rule_asks_for_is_known_beside_the_job() -> None:
    mono = (*ABLE, keyword("print-color-mode-supported", "auto", "monochrome"))
    device = device_record(DeviceId(1), "hall", uri="ipp://hall.test/", capabilities=pack(mono))
    asked = ticket_of([], reach_of(device, b"")).changed(two_sided=True, monochrome=True)
    counted = count(eight(PWG), asked)
    assert (counted.colour_impressions, counted.sheets) == (0, 4)


def test_more_copies_than_the_device_makes_are_taken_for_made() -> None:
    many = Attribute("copies", Tag.INTEGER, (12,))
    assert [heard(kind, many)[0] for kind in (PDF, PCL)] == [96, 96]


def test_a_device_that_has_no_colour() -> None:
    black = (*ABLE, boolean("color-supported", False))
    assert heard(PWG, CHOICES["print-color-mode"], said=black)[1] == 0


def test_a_device_that_nobody_has_looked_at() -> None:
    for uri in ("ipp://hall.test/", "file:///var/out"):
        assert reach_of(device_record(DeviceId(1), "hall", uri=uri), b"") is None
    written = reach_of(device_record(DeviceId(1), "hall", uri=f"file:///var/out?formats={PS}"), b"")
    assert written is not None and written.formats == {PS} and not written.hears


# -- booklets ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("pages", range(1, 14))
def test_a_booklet_is_folded_out_of_as_few_sheets_as_hold_it(pages: int) -> None:
    report = document(*[page(number == 2) for number in range(pages)])
    counted = count(report, JobTicket(Settings(copies=2), booklet=True))
    drawn = [pair for pair in booklet_order(pages) if max(pair) >= 0]
    coloured = [pair for pair in drawn if 2 in pair and pages > 2]
    assert counted.impressions == 2 * len(drawn)
    assert counted.sheets == 2 * -(-pages // 4)
    assert counted.colour_impressions == 2 * len(coloured)
    assert (counted.pages, counted.input_pages, counted.copies) == (pages, pages, 2)


def test_a_booklet_of_some_pages() -> None:
    asked = Settings(page_ranges=((2, 6),), number_up=4)
    counted = count(eight(PDF), JobTicket(asked, booklet=True))
    assert numbers(counted) == (5, 1, 3, 2, 1, 0)


def test_the_ticket_asks_for_a_booklet() -> None:
    signature = [CHOICES["imposition-template"]]
    assert ticket_of(signature).booklet and not ticket_of([]).booklet
    none = Attribute("imposition-template", Tag.KEYWORD, ("none",))
    assert not ticket_of([none]).booklet


def test_nothing_to_fold() -> None:
    counted = count(document(page()), replace(ticket(page_ranges=((5, 6),)), booklet=True))
    assert (counted.impressions, counted.sheets) == (0, 0)
