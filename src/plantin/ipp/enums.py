"""The values of registered enum attributes.

Promises the numbers of IANA "IPP Registrations" (enum attribute values) and CUPS' ``printer-type`` bits, and
their keywords. RFC 8011 section 5.2 and 5.3; PWG 5100.1 (finishings); PWG 5100.11 and 5100.5.
"""

from enum import IntEnum


class KeywordEnum(IntEnum):
    """An enum whose members know the keyword that the standards write for them."""

    @property
    def keyword(self) -> str:
        """The registered keyword, such as ``pending-held``."""
        return self.name.lower().replace("_", "-")


class JobState(KeywordEnum):
    """``job-state`` (RFC 8011 section 5.3.7)."""

    PENDING = 3
    PENDING_HELD = 4
    PROCESSING = 5
    PROCESSING_STOPPED = 6
    CANCELED = 7
    ABORTED = 8
    COMPLETED = 9


class DocumentState(KeywordEnum):
    """``document-state`` (PWG 5100.5)."""

    PENDING = 3
    PROCESSING = 5
    PROCESSING_STOPPED = 6
    CANCELED = 7
    ABORTED = 8
    COMPLETED = 9


class PrinterState(KeywordEnum):
    """``printer-state`` (RFC 8011 section 5.4.11)."""

    IDLE = 3
    PROCESSING = 4
    STOPPED = 5


class Orientation(KeywordEnum):
    """``orientation-requested`` (RFC 8011 section 5.2.10, ``none``: PWG 5100.13)."""

    PORTRAIT = 3
    LANDSCAPE = 4
    REVERSE_LANDSCAPE = 5
    REVERSE_PORTRAIT = 6
    NONE = 7


class PrintQuality(KeywordEnum):
    """``print-quality`` (RFC 8011 section 5.2.13)."""

    DRAFT = 3
    NORMAL = 4
    HIGH = 5
