"""The TXT record says what Get-Printer-Attributes says, and fits."""

from __future__ import annotations

import pytest

from plantin.frontends.dnssd.text import (
    RECORD_OCTETS_MAX,
    STRING_OCTETS_MAX,
    fitted,
    paper_max,
    text_record,
)
from plantin.frontends.ipp.context import IppSettings
from plantin.frontends.ipp.printer.live import printer_type
from plantin.ipp import Attribute, Range
from plantin.ipp.attributes import boolean, enum, keyword, mime, range_, text
from tests.dnssd.support import device, queue, view

OFFICE = (
    mime("document-format-supported", "image/urf", "application/pdf", "image/pwg-raster", "image/jpeg"),
    boolean("color-supported", True),
    keyword("sides-supported", "one-sided", "two-sided-long-edge", "two-sided-short-edge"),
    range_("copies-supported", Range(1, 99)),
    enum("finishings-supported", 3, 4, 5, 7),
    keyword("media-supported", "iso_a4_210x297mm", "iso_a3_297x420mm"),
    keyword("urf-supported", "V1.4", "CP1", "W8", "RS300-600"),
    text("printer-device-id", "MFG:ACME;MDL:9000;CMD:PDF;"),
    text("mopria-certified", "1.3"),
)


def record(*said: Attribute, settings: IppSettings | None = None, **fields: object) -> dict[str, str]:
    found, made = view(
        queue(7, "hall", **fields),
        device(*said, make_model="ACME 9000", location="Ground floor"),
        settings=settings,
    )
    return text_record(found, made.server)


def test_all_keys_of_a_full_device() -> None:
    said = record(*OFFICE, info="The hall")
    assert said == {
        "txtvers": "1",
        "qtotal": "1",
        "rp": "ipp/print/hall",
        "ty": "ACME 9000",
        "product": "(ACME 9000)",
        "note": "Ground floor",
        # The last of them are converted by the server.
        "pdl": "application/pdf,image/pwg-raster,image/urf,image/jpeg,application/octet-stream"
        ",application/postscript,image/png,image/tiff,text/plain",
        "UUID": "00000000-0000-7000-8000-000000000007",
        "URF": "V1.4,CP1,W8,RS300-600",
        "Color": "T",
        "Duplex": "T",
        "Copies": "T",
        "Collate": "T",
        "Staple": "T",
        "Punch": "T",
        "Bind": "T",
        "PaperMax": "tabloid-A3",
        "kind": "document",
        "TLS": "1.3",
        "air": "none",
        "priority": "50",
        "adminurl": "https://plantin-test.local:8631/printers/hall",
        "mopria-certified": "1.3",
        "usb_MFG": "ACME",
        "usb_MDL": "9000",
        "Fax": "F",
        "Scan": "F",
        "printer-type": "0x75fe".upper().replace("X", "x"),
        "printer-state": "3",
    }


def test_it_agrees_with_the_attributes() -> None:
    found, made = view(queue(), device(*OFFICE))
    said = text_record(found, made.server)
    formats = found.profile.strings("document-format-supported")
    assert set(said["pdl"].split(",")) <= set(formats)
    assert said["URF"].split(",") == list(found.profile.strings("urf-supported"))
    assert (said["Color"] == "T") is (found.profile.attributes["color-supported"].first is True)
    bits = int(said["printer-type"], 16)
    assert bits & printer_type(found) == printer_type(found) & ~0x220000
    assert bits & 0x2, "it is another machine's queue to whoever reads this"


def test_a_plain_device() -> None:
    said = record(
        mime("document-format-supported", "application/pdf"),
        boolean("color-supported", False),
        keyword("sides-supported", "one-sided"),
        range_("copies-supported", Range(1, 1)),
        enum("finishings-supported", 3),
        keyword("media-supported", "na_letter_8.5x11in"),
    )
    assert {said[key] for key in ("Color", "Duplex", "Staple", "Punch", "Bind")} == {"F"}
    assert {said[key] for key in ("Copies", "Collate")} == {"T"}, "the server makes them"
    assert said["PaperMax"] == "legal-A4"
    assert "mopria-certified" not in said


def test_a_raw_device_has_a_full_record() -> None:
    found, made = view(queue(), device(uri="socket://printer.test"))
    said = text_record(found, made.server)
    assert {"application/pdf", "image/pwg-raster", "image/jpeg"} <= set(said["pdl"].split(","))
    assert said["URF"] and said["ty"]


def test_the_queues_own_words_and_state() -> None:
    said = record(*OFFICE, location="Room 3", enabled=False)
    assert (said["note"], said["printer-state"]) == ("Room 3", "5")


def test_without_tls() -> None:
    said = record(*OFFICE, settings=IppSettings(tls=False))
    assert "TLS" not in said


def test_a_name_is_a_path_segment() -> None:
    found, made = view(queue(1, "Büro 3"), device(*OFFICE))
    assert text_record(found, made.server)["rp"] == "ipp/print/B%C3%BCro%203"


@pytest.mark.parametrize(
    ("names", "largest"),
    [
        (["iso_a5_148x210mm"], "<legal-A4"),
        (["iso_a4_210x297mm", "na_legal_8.5x14in"], "legal-A4"),
        (["na_ledger_11x17in"], "tabloid-A3"),
        (["iso_a2_420x594mm"], "isoC-A2"),
        (["iso_a0_841x1189mm", "iso_a4_210x297mm"], ">isoC-A2"),
        (["custom_max_1000x1000in", "iso_a4_210x297mm"], "legal-A4"),
        (["no-size", ""], ""),
        ([], ""),
    ],
)
def test_paper_classes(names: list[str], largest: str) -> None:
    assert paper_max(names) == largest


def test_long_values_are_cut_between_words_and_characters() -> None:
    many = [f"application/x-{number:03d}" for number in range(100)]
    said = record(mime("document-format-supported", *many, "image/jpeg"), location="ü" * 500)
    assert all(len(f"{key}={value}".encode()) <= STRING_OCTETS_MAX for key, value in said.items())
    assert said["pdl"].startswith("image/jpeg,") and said["pdl"].split(",")[-1] in many
    assert set(said["note"]) == {"ü"}


@pytest.mark.parametrize("over", [0, 1])
def test_the_record_at_its_limit(over: int) -> None:
    wanted = {f"k{number}": "x" * 252 for number in range(5)}  # 5 times (1 + 2 + 1 + 252) = 1280
    wanted["zz"] = "y" * (RECORD_OCTETS_MAX - 1280 - 4 + over)
    assert ("zz" in fitted(wanted)) is not bool(over)


@pytest.mark.parametrize("over", [0, 1])
def test_a_string_at_its_limit(over: int) -> None:
    value = "x" * (STRING_OCTETS_MAX - 2 + over)
    assert len(fitted({"k": value})["k"]) == STRING_OCTETS_MAX - 2


def test_control_characters_are_taken_out() -> None:
    assert fitted({"ty": "a\x00b\r\nc"})["ty"] == "a b c"
