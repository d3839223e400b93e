"""The values of registered enum attributes.

Promises the numbers of IANA "IPP Registrations" (enum attribute values) and CUPS' ``printer-type`` bits, and
their keywords. RFC 8011 sections 5.2 to 5.4; PWG 5100.1 (finishings); PWG 5100.5, 5100.15 and 5100.22.
"""

from enum import IntEnum, IntFlag


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
    """``printer-state`` and ``system-state`` (RFC 8011 section 5.4.11, PWG 5100.22)."""

    IDLE = 3
    PROCESSING = 4
    STOPPED = 5


class ResourceState(KeywordEnum):
    """``resource-state`` (PWG 5100.22)."""

    PENDING = 3
    AVAILABLE = 4
    INSTALLED = 5
    CANCELED = 6
    ABORTED = 7


class TransmissionStatus(KeywordEnum):
    """``transmission-status`` of a destination (PWG 5100.15)."""

    PENDING = 3
    PENDING_RETRY = 4
    PROCESSING = 5
    CANCELED = 7
    ABORTED = 8
    COMPLETED = 9


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


class JobCollationType(KeywordEnum):
    """``job-collation-type`` (RFC 3381)."""

    OTHER = 1
    UNKNOWN = 2
    UNCOLLATED_SHEETS = 3
    COLLATED_DOCUMENTS = 4
    UNCOLLATED_DOCUMENTS = 5


class Finishing(KeywordEnum):
    """``finishings`` (RFC 8011 section 5.2.6, PWG 5100.1)."""

    NONE = 3
    STAPLE = 4
    PUNCH = 5
    COVER = 6
    BIND = 7
    SADDLE_STITCH = 8
    EDGE_STITCH = 9
    FOLD = 10
    TRIM = 11
    BALE = 12
    BOOKLET_MAKER = 13
    JOG_OFFSET = 14
    COAT = 15
    LAMINATE = 16
    STAPLE_TOP_LEFT = 20
    STAPLE_BOTTOM_LEFT = 21
    STAPLE_TOP_RIGHT = 22
    STAPLE_BOTTOM_RIGHT = 23
    EDGE_STITCH_LEFT = 24
    EDGE_STITCH_TOP = 25
    EDGE_STITCH_RIGHT = 26
    EDGE_STITCH_BOTTOM = 27
    STAPLE_DUAL_LEFT = 28
    STAPLE_DUAL_TOP = 29
    STAPLE_DUAL_RIGHT = 30
    STAPLE_DUAL_BOTTOM = 31
    STAPLE_TRIPLE_LEFT = 32
    STAPLE_TRIPLE_TOP = 33
    STAPLE_TRIPLE_RIGHT = 34
    STAPLE_TRIPLE_BOTTOM = 35
    BIND_LEFT = 50
    BIND_TOP = 51
    BIND_RIGHT = 52
    BIND_BOTTOM = 53
    TRIM_AFTER_PAGES = 60
    TRIM_AFTER_DOCUMENTS = 61
    TRIM_AFTER_COPIES = 62
    TRIM_AFTER_JOB = 63
    PUNCH_TOP_LEFT = 70
    PUNCH_BOTTOM_LEFT = 71
    PUNCH_TOP_RIGHT = 72
    PUNCH_BOTTOM_RIGHT = 73
    PUNCH_DUAL_LEFT = 74
    PUNCH_DUAL_TOP = 75
    PUNCH_DUAL_RIGHT = 76
    PUNCH_DUAL_BOTTOM = 77
    PUNCH_TRIPLE_LEFT = 78
    PUNCH_TRIPLE_TOP = 79
    PUNCH_TRIPLE_RIGHT = 80
    PUNCH_TRIPLE_BOTTOM = 81
    PUNCH_QUAD_LEFT = 82
    PUNCH_QUAD_TOP = 83
    PUNCH_QUAD_RIGHT = 84
    PUNCH_QUAD_BOTTOM = 85
    PUNCH_MULTIPLE_LEFT = 86
    PUNCH_MULTIPLE_TOP = 87
    PUNCH_MULTIPLE_RIGHT = 88
    PUNCH_MULTIPLE_BOTTOM = 89
    FOLD_ACCORDION = 90
    FOLD_DOUBLE_GATE = 91
    FOLD_GATE = 92
    FOLD_HALF = 93
    FOLD_HALF_Z = 94
    FOLD_LEFT_GATE = 95
    FOLD_LETTER = 96
    FOLD_PARALLEL = 97
    FOLD_POSTER = 98
    FOLD_RIGHT_GATE = 99
    FOLD_Z = 100
    FOLD_ENGINEERING_Z = 101


class PrinterType(IntFlag):
    """``printer-type`` and ``printer-type-mask``: CUPS' bits."""

    CLASS = 0x0000_0001
    REMOTE = 0x0000_0002
    BW = 0x0000_0004
    COLOR = 0x0000_0008
    DUPLEX = 0x0000_0010
    STAPLE = 0x0000_0020
    COPIES = 0x0000_0040
    COLLATE = 0x0000_0080
    PUNCH = 0x0000_0100
    COVER = 0x0000_0200
    BIND = 0x0000_0400
    SORT = 0x0000_0800
    SMALL = 0x0000_1000
    MEDIUM = 0x0000_2000
    LARGE = 0x0000_4000
    VARIABLE = 0x0000_8000
    IMPLICIT = 0x0001_0000
    DEFAULT = 0x0002_0000
    FAX = 0x0004_0000
    REJECTING = 0x0008_0000
    DELETE = 0x0010_0000
    NOT_SHARED = 0x0020_0000
    AUTHENTICATED = 0x0040_0000
    COMMANDS = 0x0080_0000
    DISCOVERED = 0x0100_0000
    SCANNER = 0x0200_0000
    MFP = 0x0400_0000
