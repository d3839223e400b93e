"""Which attributes of a job, a printer and a document can be set (RFC 3380, PWG 5100.5)."""

from typing import Final

JOB_SETTABLE: Final = frozenset(
    {
        "copies",
        "finishings",
        "finishings-col",
        "job-cancel-after",
        "job-delay-output-until",
        "job-hold-until",
        "job-hold-until-time",
        "job-message-from-operator",
        "job-message-to-operator",
        "job-name",
        "job-priority",
        "media",
        "media-col",
        "multiple-document-handling",
        "number-up",
        "orientation-requested",
        "output-bin",
        "page-ranges",
        "print-color-mode",
        "print-content-optimize",
        "print-quality",
        "print-scaling",
        "printer-resolution",
        "sides",
    }
)
"""job-settable-attributes-supported."""

DOCUMENT_SETTABLE: Final = frozenset({"document-name"})
"""document-settable-attributes-supported."""

PRINTER_TEXT_SETTABLE: Final = {
    "printer-info": "info",
    "printer-location": "location",
    "printer-geo-location": "geo_location",
    "printer-organization": "organization",
    "printer-organizational-unit": "organizational_unit",
    "printer-message-from-operator": "operator_message",
}
"""printer attribute -> setting of the queue."""

PRINTER_DEFAULTS_SETTABLE: Final = frozenset(
    f"{name}-default"
    for name in (
        "copies",
        "finishings",
        "job-cancel-after",
        "media",
        "media-col",
        "multiple-document-handling",
        "number-up",
        "orientation-requested",
        "output-bin",
        "print-color-mode",
        "print-content-optimize",
        "print-quality",
        "print-rendering-intent",
        "print-scaling",
        "printer-resolution",
        "sides",
    )
)

PRINTER_SETTABLE: Final = frozenset(PRINTER_TEXT_SETTABLE) | PRINTER_DEFAULTS_SETTABLE
"""printer-settable-attributes-supported."""
