"""Requests as recorded from real clients: what they ask for and how they say it, octet for octet.

Each function takes what differs from site to site (queue, host) and gives the body of one request.
"""

from __future__ import annotations

from tests.traps.wire import (
    CREATE_JOB,
    CUPS_GET_PRINTERS,
    GET_JOB_ATTRIBUTES,
    GET_PRINTER_ATTRIBUTES,
    INTEGER,
    KEYWORD,
    MIME,
    NAME,
    OCTETS,
    PRINT_JOB,
    SEND_DOCUMENT,
    URI,
    VALIDATE_JOB,
    attribute,
    request,
)

WINDOWS_11 = [
    "uri-authentication-supported",
    "document-format-default",
    "document-format-preferred",
    "document-format-supported",
    "ipp-versions-supported",
    "ipp-features-supported",
    "media-supported",
    "media-type-supported",
    "media-default",
    "media-col-default",
    "media-col-ready",
    "media-ready",
    "mopria-certified",
    "mopria_certified",
    "printer-dns-sd-name",
    "printer-firmware-name",
    "printer-firmware-string-version",
    "printer-device-id",
    "printer-info",
    "printer-location",
    "printer-make-and-model",
    "printer-name",
    "printer-uuid",
    "printer-uri-supported",
    "print_wfds",
    "printer-state",
    "printer-state-reasons",
    "printer-is-accepting-jobs",
    "operations-supported",
    "color-supported",
    "sides-supported",
    "sides-default",
    "copies-supported",
    "print-color-mode-supported",
    "print-quality-supported",
    "printer-resolution-supported",
    "output-bin-supported",
    "media-source-supported",
    "printer-more-info",
    "uri-security-supported",
    "job-creation-attributes-supported",
]
ANDROID = [
    "ipp-versions-supported",
    "printer-make-and-model",
    "printer-info",
    "printer-dns-sd-name",
    "printer-name",
    "printer-location",
    "printer-uuid",
    "printer-uri-supported",
    "uri-security-supported",
    "uri-authentication-supported",
    "color-supported",
    "copies-supported",
    "document-format-supported",
    "media-col-default",
    "media-default",
    "media-ready",
    "media-col-ready",
    "media-supported",
    "media-type-supported",
    "media-left-margin-supported",
    "media-right-margin-supported",
    "media-top-margin-supported",
    "media-bottom-margin-supported",
    "output-bin-supported",
    "print-color-mode-supported",
    "print-quality-supported",
    "printer-output-tray",
    "printer-resolution-supported",
    "sides-supported",
    "printer-device-id",
    "epcl-version-supported",
    "pclm-raster-back-side",
    "pclm-strip-height-preferred",
    "pclm-compression-method-preferred",
    "pclm-source-resolution-supported",
    "pwg-raster-document-sheet-back",
    "document-format-details-supported",
    "print-scaling-supported",
    "print-scaling-default",
    "job-pages-per-set-supported",
    "mopria-certified",
    "marker-colors",
    "marker-levels",
    "marker-names",
    "marker-types",
]
CUPSD_BACKEND = [
    "compression-supported",
    "copies-supported",
    "cups-version",
    "document-format-supported",
    "job-password-encryption-supported",
    "marker-colors",
    "marker-high-levels",
    "marker-levels",
    "marker-low-levels",
    "marker-message",
    "marker-names",
    "marker-types",
    "media-col-supported",
    "multiple-document-handling-supported",
    "operations-supported",
    "print-color-mode-supported",
    "printer-alert",
    "printer-alert-description",
    "printer-is-accepting-jobs",
    "printer-mandatory-job-attributes",
    "printer-state",
    "printer-state-message",
    "printer-state-reasons",
]
DEST26 = [
    "auth-info-required",
    "device-uri",
    "job-sheets-default",
    "marker-change-time",
    "marker-colors",
    "marker-high-levels",
    "marker-levels",
    "marker-low-levels",
    "marker-message",
    "marker-names",
    "marker-types",
    "printer-commands",
    "printer-defaults",
    "printer-info",
    "printer-is-accepting-jobs",
    "printer-is-shared",
    "printer-is-temporary",
    "printer-location",
    "printer-make-and-model",
    "printer-mandatory-job-attributes",
    "printer-name",
    "printer-state",
    "printer-state-change-time",
    "printer-state-reasons",
    "printer-type",
    "printer-uri-supported",
]


def windows_old_spooler(uri: str) -> bytes:
    """Get-Printer-Attributes of the Internet Printing client: IPP/1.0, request-id 11, http URI, no list."""
    return request(
        GET_PRINTER_ATTRIBUTES,
        attribute(URI, "printer-uri", uri),
        version=(1, 0),
        request_id=11,
        language="en-us",
    )


def windows_old_print(uri: str, document: bytes) -> bytes:
    """Its Print-Job: raw data without a document-format."""
    return (
        request(
            PRINT_JOB,
            attribute(URI, "printer-uri", uri),
            attribute(NAME, "requesting-user-name", "CORP\\alice"),
            attribute(NAME, "job-name", "Microsoft Word - letter.docx"),
            version=(1, 0),
            request_id=12,
            language="en-us",
        )
        + document
    )


def windows_11(uri: str) -> bytes:
    """Get-Printer-Attributes of the IPP class driver."""
    return request(
        GET_PRINTER_ATTRIBUTES,
        attribute(URI, "printer-uri", uri),
        attribute(NAME, "requesting-user-name", "alice"),
        attribute(KEYWORD, "requested-attributes", *WINDOWS_11),
        language="en-us",
    )


def chromeos() -> bytes:
    """The print server policy: CUPS-Get-Printers with a single attribute, no target and no user."""
    return request(CUPS_GET_PRINTERS, attribute(KEYWORD, "requested-attributes", "printer-description"))


def android(uri: str) -> bytes:
    """Get-Printer-Attributes of the built-in print service and of Mopria's."""
    return request(
        GET_PRINTER_ATTRIBUTES,
        attribute(URI, "printer-uri", uri),
        attribute(NAME, "requesting-user-name", "nobody"),
        attribute(KEYWORD, "requested-attributes", *ANDROID),
        language="en-us",
    )


def ios_job(operation: int, uri: str, pin: bytes = b"") -> bytes:
    """Validate-Job or Create-Job of iOS; with a PIN when one is typed."""
    secret = (
        (attribute(OCTETS, "job-password", pin), attribute(KEYWORD, "job-password-encryption", "none"))
        if pin
        else ()
    )
    return request(
        operation,
        attribute(URI, "printer-uri", uri),
        attribute(NAME, "requesting-user-name", "Anna's iPhone"),
        attribute(NAME, "job-name", "Photo"),
        attribute(MIME, "document-format", "image/urf"),
        *secret,
        job=[
            attribute(INTEGER, "copies", 1),
            attribute(KEYWORD, "sides", "one-sided"),
            attribute(KEYWORD, "print-color-mode", "color"),
            attribute(KEYWORD, "media", "iso_a4_210x297mm"),
        ],
        version=(2, 0),
    )


def send_document(uri: str, job: int, user: str, mime: str = "application/octet-stream") -> bytes:
    """Send-Document with the last document, as all of them send it; the octets come behind it."""
    return request(
        SEND_DOCUMENT,
        attribute(URI, "printer-uri", uri),
        attribute(INTEGER, "job-id", job),
        attribute(NAME, "requesting-user-name", user),
        attribute(NAME, "document-name", "document"),
        attribute(MIME, "document-format", mime),
        attribute(0x22, "last-document", True),
    )


def backend(operation: int, uri: str, job: int = 0) -> bytes:
    """One step of cupsd's ipp backend: it looks, validates, creates, and polls."""
    common = [attribute(URI, "printer-uri", uri)]
    if operation == GET_PRINTER_ATTRIBUTES:
        return request(operation, *common, attribute(KEYWORD, "requested-attributes", *CUPSD_BACKEND))
    user = attribute(NAME, "requesting-user-name", "bob")
    if operation == GET_JOB_ATTRIBUTES:
        wanted = [
            "job-id",
            "job-impressions-completed",
            "job-media-sheets-completed",
            "job-name",
            "job-originating-user-name",
            "job-state",
            "job-state-reasons",
        ]
        return request(
            operation,
            *common,
            attribute(INTEGER, "job-id", job),
            user,
            attribute(KEYWORD, "requested-attributes", *wanted),
        )
    assert operation in (VALIDATE_JOB, CREATE_JOB)
    return request(
        operation,
        *common,
        user,
        attribute(NAME, "job-name", "1 - report"),
        attribute(MIME, "document-format", "application/pdf"),
        job=[attribute(INTEGER, "copies", 1)],
    )
