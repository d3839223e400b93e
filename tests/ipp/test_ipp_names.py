"""Numbers and names against the registry: tags, operations, status codes, enums."""

from enum import IntEnum

import pytest

from plantin.ipp import (
    Finishing,
    JobCollationType,
    JobState,
    Operation,
    Orientation,
    PrinterState,
    PrinterType,
    PrintQuality,
    ResourceState,
    Status,
    Tag,
    TransmissionStatus,
    is_client_error,
    is_delimiter,
    is_out_of_band,
    is_server_error,
    is_successful,
    operation_name,
    status_name,
    tag_name,
)
from plantin.ipp.enums import DocumentState, KeywordEnum

TAGS = {
    0x01: "operation-attributes-tag",
    0x03: "end-of-attributes-tag",
    0x09: "document-attributes-tag",
    0x0A: "system-attributes-tag",
    0x10: "unsupported",
    0x12: "unknown",
    0x13: "no-value",
    0x15: "not-settable",
    0x16: "delete-attribute",
    0x17: "admin-define",
    0x21: "integer",
    0x30: "octetString",
    0x33: "rangeOfInteger",
    0x34: "collection",
    0x36: "nameWithLanguage",
    0x41: "textWithoutLanguage",
    0x49: "mimeMediaType",
    0x4A: "memberAttrName",
    0x5F: "0x5f",
    0x100: "0x100",
}


@pytest.mark.parametrize(("tag", "name"), TAGS.items())
def test_tag_names(tag: int, name: str) -> None:
    assert tag_name(tag) == name


def test_kinds_of_tags() -> None:
    assert [tag for tag in range(-1, 256) if is_delimiter(tag)] == list(range(16))
    assert [tag for tag in range(-1, 256) if is_out_of_band(tag)] == list(range(16, 32))


OPERATIONS = {
    0x0002: "Print-Job",
    0x0003: "Print-URI",
    0x000B: "Get-Printer-Attributes",
    0x001C: "Get-Notifications",
    0x0039: "Cancel-My-Jobs",
    0x003B: "Close-Job",
    0x003C: "Identify-Printer",
    0x0043: "Fetch-Job",
    0x0049: "Update-Output-Device-Attributes",
    0x005B: "Get-System-Attributes",
    0x005F: "Register-Output-Device",
    0x0066: "Get-User-Printer-Attributes",
    0x4001: "CUPS-Get-Default",
    0x400C: "CUPS-Get-PPDs",
    0x400F: "CUPS-Get-PPD",
    0x4027: "CUPS-Get-Document",
    0x4711: "0x4711",
}


@pytest.mark.parametrize(("code", "name"), OPERATIONS.items())
def test_operation_names(code: int, name: str) -> None:
    assert operation_name(code) == name


def test_operations_that_the_levels_demand() -> None:
    """IPP/1.1 to 2.2, the document object, INFRA, System Service and CUPS, by number."""
    demanded = {*range(0x02, 0x0F), *range(0x10, 0x1D), 0x1E, 0x20, *range(0x22, 0x32), *range(0x33, 0x50)}
    demanded |= {*range(0x50, 0x68), *range(0x4001, 0x4010), 0x4027, 0x4028}
    assert set(map(int, Operation)) == demanded
    assert Operation.CUPS_GET_PPDS.keyword == "CUPS-Get-PPDs"


STATUS = {
    0x0000: "successful-ok",
    0x0001: "successful-ok-ignored-or-substituted-attributes",
    0x0007: "successful-ok-events-complete",
    0x0400: "client-error-bad-request",
    0x0408: "client-error-request-entity-too-large",
    0x040A: "client-error-document-format-not-supported",
    0x0410: "client-error-compression-error",
    0x0415: "client-error-too-many-subscriptions",
    0x0418: "client-error-document-password-error",
    0x041E: "client-error-account-limit-reached",
    0x0420: "client-error-not-fetchable",
    0x0501: "server-error-operation-not-supported",
    0x0506: "server-error-not-accepting-jobs",
    0x0507: "server-error-busy",
    0x050A: "server-error-printer-is-deactivated",
    0x050C: "server-error-too-many-documents",
    0x0599: "0x0599",
}


@pytest.mark.parametrize(("code", "name"), STATUS.items())
def test_status_names(code: int, name: str) -> None:
    assert status_name(code) == name


def test_kinds_of_status() -> None:
    for status in Status:
        word = status.keyword.partition("-")[0]
        kinds = (is_successful(status), is_client_error(status), is_server_error(status))
        assert kinds == (word == "successful", word == "client", word == "server")


ENUMS: list[tuple[KeywordEnum, int, str]] = [
    (JobState.PENDING_HELD, 4, "pending-held"),
    (JobState.COMPLETED, 9, "completed"),
    (DocumentState.PENDING, 3, "pending"),
    (PrinterState.STOPPED, 5, "stopped"),
    (ResourceState.INSTALLED, 5, "installed"),
    (TransmissionStatus.PENDING_RETRY, 4, "pending-retry"),
    (Orientation.REVERSE_PORTRAIT, 6, "reverse-portrait"),
    (PrintQuality.HIGH, 5, "high"),
    (JobCollationType.COLLATED_DOCUMENTS, 4, "collated-documents"),
    (Finishing.STAPLE_TOP_LEFT, 20, "staple-top-left"),
    (Finishing.PUNCH_MULTIPLE_BOTTOM, 89, "punch-multiple-bottom"),
    (Finishing.FOLD_ENGINEERING_Z, 101, "fold-engineering-z"),
]


@pytest.mark.parametrize(("member", "number", "keyword"), ENUMS)
def test_enums(member: KeywordEnum, number: int, keyword: str) -> None:
    assert (int(member), member.keyword) == (number, keyword)


@pytest.mark.parametrize("registered", [Tag, Operation, Status, Finishing, JobState])
def test_no_number_has_two_names(registered: type[IntEnum]) -> None:
    assert len(registered) == len(registered.__members__)


def test_printer_type_bits() -> None:
    assert PrinterType.COLOR | PrinterType.DUPLEX | PrinterType.COPIES == 0x58
    assert int(PrinterType.REJECTING) == 0x80000
    assert [bit.value for bit in PrinterType] == [1 << n for n in range(27)]
