"""What a queue offers when its device cannot be asked: port 9100, files, or no device at all.

Honest and complete: the document passes unchanged, so every format is taken; a RAW device gets no job
attributes, so those that it cannot hear of offer only what any printer does. A file device keeps the
attributes with the document, so it offers the usual range.
PWG 5100.7 and 5100.14 say which attributes have to be there; PWG 5101.1 names the media.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

from plantin.core.limits import COPIES_MAX
from plantin.ipp import Attribute, Collection, Range, Resolution
from plantin.ipp.attributes import (
    boolean,
    collection,
    enum,
    integer,
    keyword,
    mime,
    no_value,
    octets,
    range_,
    resolution,
    text,
    unknown,
)

FORMATS: Final = (
    "application/octet-stream",
    "application/pdf",
    "application/postscript",
    "application/vnd.hp-PCL",
    "application/vnd.hp-PCLXL",
    "application/PCLm",
    "application/vnd.cups-raw",
    "application/vnd.cups-raster",
    "application/vnd.ms-xpsdocument",
    "application/oxps",
    "image/jpeg",
    "image/png",
    "image/pwg-raster",
    "image/tiff",
    "image/urf",
    "text/plain",
)
_NO_TEMPLATE: Final = Collection((keyword("finishing-template", "none"),))
MARGIN: Final = 423
"""1/100 mm: a sixth of an inch, which every office printer can do."""
PORTRAIT, LANDSCAPE, REVERSE_LANDSCAPE, REVERSE_PORTRAIT = 3, 4, 5, 6
NO_FINISHING = 3
DRAFT, NORMAL, HIGH = 3, 4, 5


class Medium(NamedTuple):
    """A size by its PWG name; sides in 1/100 mm."""

    name: str
    x: int
    y: int


MEDIA: Final = (
    Medium("iso_a4_210x297mm", 21000, 29700),
    Medium("na_letter_8.5x11in", 21590, 27940),
    Medium("iso_a3_297x420mm", 29700, 42000),
    Medium("iso_a5_148x210mm", 14800, 21000),
    Medium("iso_a6_105x148mm", 10500, 14800),
    Medium("na_legal_8.5x14in", 21590, 35560),
    Medium("na_ledger_11x17in", 27940, 43180),
    Medium("na_executive_7.25x10.5in", 18415, 26670),
    Medium("jis_b5_182x257mm", 18200, 25700),
    Medium("na_index-4x6_4x6in", 10160, 15240),
    Medium("iso_dl_110x220mm", 11000, 22000),
    Medium("iso_c5_162x229mm", 16200, 22900),
    Medium("na_number-10_4.125x9.5in", 10477, 24130),
)
SOURCES: Final = ("auto", "main")
TYPES: Final = ("stationery", "auto")


def media_col(
    medium: Medium, *, source: str = "main", type_: str = "stationery", margin: int = MARGIN
) -> Collection:
    """One media-col with all the members that AirPrint and IPP Everywhere want (PWG 5100.7 section 6.3)."""
    size = Collection((integer("x-dimension", medium.x), integer("y-dimension", medium.y)))
    return Collection(
        (
            keyword("media-key", f"{medium.name}_{source}"),
            collection("media-size", size),
            keyword("media-size-name", medium.name),
            integer("media-bottom-margin", margin),
            integer("media-left-margin", margin),
            integer("media-right-margin", margin),
            integer("media-top-margin", margin),
            keyword("media-source", source),
            keyword("media-type", type_),
        )
    )


def media_attributes(
    media: Iterable[Medium] = MEDIA, margins: tuple[int, ...] = (MARGIN,)
) -> list[Attribute]:
    """The media part of an offer: the first medium is the default and the one that is loaded."""
    known = list(media)
    sizes = [
        Collection((integer("x-dimension", medium.x), integer("y-dimension", medium.y))) for medium in known
    ]
    return [
        keyword("media-default", known[0].name),
        keyword("media-supported", *(medium.name for medium in known)),
        keyword("media-ready", known[0].name),
        collection("media-col-default", media_col(known[0])),
        collection("media-col-ready", media_col(known[0])),
        collection("media-col-database", *(media_col(medium) for medium in known)),
        keyword(
            "media-col-supported",
            "media-bottom-margin",
            "media-left-margin",
            "media-right-margin",
            "media-size",
            "media-size-name",
            "media-source",
            "media-top-margin",
            "media-type",
        ),
        collection("media-size-supported", *sizes),
        integer("media-bottom-margin-supported", *margins),
        integer("media-left-margin-supported", *margins),
        integer("media-right-margin-supported", *margins),
        integer("media-top-margin-supported", *margins),
        keyword("media-source-supported", *SOURCES),
        keyword("media-type-supported", *TYPES),
    ]


def _raster() -> list[Attribute]:
    return [
        resolution("pwg-raster-document-resolution-supported", Resolution(300, 300), Resolution(600, 600)),
        keyword("pwg-raster-document-sheet-back", "normal"),
        keyword("pwg-raster-document-type-supported", "black_1", "sgray_8", "srgb_8"),
        keyword(
            "urf-supported",
            "V1.4",
            "CP1",
            "W8",
            "SRGB24",
            "PQ3-4-5",
            "RS300-600",
            "DM1",
            "FN3",
            "IS1-20",
            "MT1-2",
            "OB10",
        ),
        keyword("pclm-compression-method-preferred", "jpeg", "flate"),
        keyword("pclm-raster-back-side", "normal"),
        resolution("pclm-source-resolution-supported", Resolution(300, 300), Resolution(600, 600)),
        integer("pclm-strip-height-preferred", 16),
        keyword(
            "pdf-versions-supported", "adobe-1.3", "adobe-1.4", "adobe-1.5", "adobe-1.6", "iso-32000-1_2008"
        ),
        range_("pdf-k-octets-supported", Range(0, 2_147_483_647)),
        range_("jpeg-k-octets-supported", Range(0, 2_147_483_647)),
        range_("jpeg-x-dimension-supported", Range(0, 65_535)),
        range_("jpeg-y-dimension-supported", Range(1, 65_535)),
        keyword("jpeg-features-supported", "none"),
    ]


def _processing(hears_attributes: bool) -> list[Attribute]:
    """How a page is rendered (PWG 5100.13)."""
    return [
        keyword("print-color-mode-default", "auto"),
        keyword(
            "print-color-mode-supported",
            *(("auto", "color", "monochrome") if hears_attributes else ("auto",)),
        ),
        keyword("print-content-optimize-default", "auto"),
        keyword("print-content-optimize-supported", "auto"),
        keyword("print-rendering-intent-default", "auto"),
        keyword(
            "print-rendering-intent-supported",
            *(("auto", "perceptual", "relative", "relative-bpc") if hears_attributes else ("auto",)),
        ),
        keyword(
            "print-processing-attributes-supported",
            "print-color-mode",
            "print-content-optimize",
            "print-rendering-intent",
            "printer-resolution",
        ),
        keyword("print-scaling-default", "auto"),
        keyword("print-scaling-supported", "auto", "auto-fit", "fill", "fit", "none"),
    ]


def generic_offer(*, hears_attributes: bool) -> list[Attribute]:
    """The attributes that describe the device side of a queue, in the order in which they are sent.

    Args:
        hears_attributes: the job attributes reach whatever is behind the queue (a file device); a RAW device
            gets the bytes of the document and nothing else.
    """
    sides = ["one-sided"]
    if hears_attributes:
        sides += ["two-sided-long-edge", "two-sided-short-edge"]
    return [
        mime("document-format-default", "application/octet-stream"),
        mime("document-format-preferred", "application/pdf"),
        mime("document-format-supported", *FORMATS),
        keyword("pdl-override-supported", "attempted" if hears_attributes else "not-attempted"),
        boolean("color-supported", True),
        integer("pages-per-minute", 30),
        integer("pages-per-minute-color", 30),
        integer("copies-default", 1),
        range_("copies-supported", Range(1, COPIES_MAX if hears_attributes else 1)),
        enum("finishings-default", NO_FINISHING),
        enum("finishings-supported", NO_FINISHING),
        enum("finishings-ready", NO_FINISHING),
        keyword("finishing-template-supported", "none"),
        keyword("finishings-col-supported", "finishing-template"),
        collection("finishings-col-default", _NO_TEMPLATE),
        collection("finishings-col-ready", _NO_TEMPLATE),
        collection("finishings-col-database", _NO_TEMPLATE),
        octets("printer-finisher", b"type=other;unit=unknown;maxcapacity=-2;capacity=-2;index=1;"),
        text("printer-finisher-description", "none"),
        no_value("job-cancel-after-default"),  # as long as it takes, unless the administrator says otherwise
        keyword("job-sheets-default", "none"),
        keyword("job-sheets-supported", *(("none", "standard") if hears_attributes else ("none",))),
        collection("job-sheets-col-default", Collection((keyword("job-sheets", "none"),))),
        keyword("job-sheets-col-supported", "job-sheets"),
        *media_attributes(margins=(0, MARGIN) if hears_attributes else (MARGIN,)),
        no_value("orientation-requested-default"),
        enum("orientation-requested-supported", PORTRAIT, LANDSCAPE, REVERSE_LANDSCAPE, REVERSE_PORTRAIT),
        keyword("output-bin-default", "face-down"),
        keyword("output-bin-supported", "face-down"),
        octets("printer-output-tray", OUTPUT_TRAY % b"face-down"),
        octets("printer-input-tray", *(INPUT_TRAY % source.encode() for source in SOURCES)),
        enum("print-quality-default", NORMAL),
        enum("print-quality-supported", DRAFT, NORMAL, HIGH),
        resolution("printer-resolution-default", Resolution(600, 600)),
        resolution("printer-resolution-supported", Resolution(300, 300), Resolution(600, 600)),
        keyword("sides-default", "one-sided"),
        keyword("sides-supported", *sides),
        *_processing(hears_attributes),
        *_pages(hears_attributes),
        *_raster(),
        text("printer-device-id", DEVICE_ID),
        text("printer-serial-number", "not known"),
        unknown("printer-service-contact-col"),
        octets("printer-storage", b"type=hardDisk;name=spool;"),
        text("printer-storage-description", "the server's spool"),
    ]


OUTPUT_TRAY: Final = (
    b"type=unRemovableBin;maxcapacity=-2;remaining=-2;status=0;name=%b;"
    b"stackingorder=firstToLast;pagedelivery=faceDown;"
)
INPUT_TRAY: Final = (
    b"type=sheetFeedAutoRemovableTray;mediafeed=0;mediaxfeed=0;maxcapacity=-2;level=-2;status=0;name=%b;"
)
DEVICE_ID: Final = "MFG:Plantin;MDL:Queue;CMD:PDF,PS,PCL,PWGRaster,AppleRaster,JPEG;CLS:PRINTER;"


def _pages(hears_attributes: bool) -> list[Attribute]:
    return [
        integer("number-up-default", 1),
        integer("number-up-supported", *((1, 2, 4, 6, 9, 16) if hears_attributes else (1,))),
        boolean("page-ranges-supported", True),
        keyword("overrides-supported", "document-number", "document-numbers", "pages"),
        keyword("multiple-document-handling-default", "separate-documents-collated-copies"),
        keyword(
            "multiple-document-handling-supported",
            "separate-documents-uncollated-copies",
            "separate-documents-collated-copies",
        ),
    ]
