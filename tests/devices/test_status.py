"""What is read from a device's answer, and what is kept of it."""

from __future__ import annotations

import json

import pytest

from plantin.core.limits import TEXT_OCTETS_MAX
from plantin.delivery.ipp.blob import unpack
from plantin.delivery.ipp.jobs import REASONS_MAX
from plantin.devices.capabilities import summary, to_keep
from plantin.devices.status import SUPPLIES_OCTETS_MAX, read_status
from plantin.ipp import Attribute, Group, Range, Resolution, Tag
from plantin.ipp import attributes as a


def printer(*given: Attribute) -> Group:
    return Group(Tag.PRINTER_ATTRIBUTES, given)


def test_a_full_answer() -> None:
    status = read_status(
        printer(
            a.enum("printer-state", 5),
            a.keyword("printer-state-reasons", "media-empty-error", "marker-supply-low-warning"),
            a.text("printer-state-message", "Load A4"),
            a.boolean("printer-is-accepting-jobs", False),
            a.integer("queued-job-count", 3),
            a.name("marker-names", "Black", "Cyan"),
            a.integer("marker-levels", 7, 80),
            a.octets("printer-supply", b"type=toner;level=7;"),
            a.integer("printer-impressions-completed", 12345),
        )
    )
    assert (status.state, status.message, status.accepting, status.queued) == (5, "Load A4", False, 3)
    assert status.reasons == ("media-empty-error", "marker-supply-low-warning")
    assert json.loads(status.supplies) == {
        "marker-names": ["Black", "Cyan"],
        "marker-levels": [7, 80],
        "printer-supply": ["type=toner;level=7;"],
    }
    assert (status.impressions, status.sheets) == (12345, -1)


def test_an_empty_answer_invents_nothing() -> None:
    status = read_status(printer())
    assert (status.state, status.reasons, status.message, status.supplies) == (3, ("none",), "", "")
    assert (status.accepting, status.queued, status.impressions, status.sheets) == (True, -1, -1, -1)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (("none",), ("none",)),
        (("none", "paused"), ("paused",)),
        (("paused", "paused"), ("paused",)),
        (("two words", "<b>", "", "x" * 128, "\x1b[2J", "media-jam-error"), ("media-jam-error",)),
    ],
)
def test_reasons(given: tuple[str, ...], expected: tuple[str, ...]) -> None:
    assert read_status(printer(a.keyword("printer-state-reasons", *given))).reasons == expected


def test_limits_on_what_is_kept_of_a_status() -> None:
    for count, kept in ((REASONS_MAX, REASONS_MAX), (REASONS_MAX + 1, REASONS_MAX)):
        reasons = (f"reason-{number}" for number in range(count))
        assert len(read_status(printer(a.keyword("printer-state-reasons", *reasons))).reasons) == kept
    long = "x" * (TEXT_OCTETS_MAX + 1)
    assert len(read_status(printer(a.text("printer-state-message", long))).message) == TEXT_OCTETS_MAX
    most = SUPPLIES_OCTETS_MAX - len('{"marker-message":[""]}')
    assert read_status(printer(a.text("marker-message", "x" * most))).supplies != ""
    assert read_status(printer(a.text("marker-message", "x" * (most + 1)))).supplies == ""


def test_capabilities_leave_out_what_changes_and_what_names_the_machine() -> None:
    stays = [
        a.mime("document-format-supported", "application/pdf"),
        a.range_("copies-supported", Range(1, 9)),
        a.text("printer-make-and-model", "ACME 9000"),
        a.text("printer-device-id", "MFG:ACME;"),
        a.keyword("job-impressions-supported", "x"),
    ]
    goes = [
        a.enum("printer-state", 3),
        a.keyword("printer-state-reasons", "none"),
        a.integer("printer-up-time", 5),
        a.integer("queued-job-count", 0),
        a.integer("marker-levels", 5),
        a.octets("printer-supply", b"x"),
        a.octets("printer-input-tray", b"x"),
        a.integer("printer-impressions-completed", 7),
        a.integer("printer-config-change-time", 7),
        a.uri("printer-uuid", "urn:uuid:1"),
        a.name("printer-name", "hall"),
        a.text("printer-location", "hall"),
        a.uri("printer-uri-supported", "ipp://h/"),
    ]
    blob = to_keep(printer(*goes, *stays))
    assert {kept.name for kept in unpack(blob, Tag.PRINTER_ATTRIBUTES)} == {kept.name for kept in stays}
    assert to_keep(printer(*reversed(stays))) == blob


def test_a_summary_for_people() -> None:
    shown = summary(
        to_keep(
            printer(
                a.text("printer-make-and-model", "ACME 9000"),
                a.boolean("color-supported", True),
                a.keyword("sides-supported", "one-sided"),
                a.resolution("printer-resolution-supported", Resolution(600, 600), Resolution(600, 1200)),
                a.enum("finishings-supported", 3),
            )
        )
    )
    assert (shown.make_model, shown.color, shown.sides) == ("ACME 9000", True, ("one-sided",))
    assert (shown.resolutions, shown.finishings, shown.formats) == (("600dpi", "600x1200dpi"), (3,), ())
    assert summary(b"").color is None
