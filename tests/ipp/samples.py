"""Messages as real clients and devices send them, by hand, with what they mean.

The shapes were recorded from lp, lpadmin, cancel, Samba, pycups and the CUPS ipp backend; those of Windows,
ChromeOS, Android and iOS follow their sources and published traces.
"""

from typing import Any, NamedTuple

from . import octets as o

Expected = list[tuple[int, list[tuple[str, tuple[Any, ...]]]]]
"""Groups by tag, attributes by name with their values as strings and numbers."""

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
WINDOWS_11 = [
    "uri-authentication-supported",
    "document-format-default",
    "document-format-preferred",
    "document-format-supported",
    "ipp-versions-supported",
    "media-supported",
    "media-type-supported",
    "mopria-certified",
    "mopria_certified",
    "printer-dns-sd-name",
    "printer-firmware-name",
    "printer-firmware-string-version",
    "printer-device-id",
    "printer-info",
    "printer-make-and-model",
    "printer-uuid",
    "print_wfds",
    "media-default",
    "media-col-ready",
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
    "output-bin-supported",
    "print-color-mode-supported",
    "print-quality-supported",
    "printer-output-tray",
    "printer-resolution-supported",
    "sides-supported",
    "printer-device-id",
    "epcl-version-supported",
    "pclm-raster-back-side",
    "pwg-raster-document-sheet-back",
    "document-format-details-supported",
    "print-scaling-supported",
    "job-pages-per-set-supported",
    "mopria-certified",
]


class Sample(NamedTuple):
    octets: bytes
    version: tuple[int, int]
    code: int
    request_id: int
    groups: Expected
    document: bytes = b""


def _leading(*more: tuple[str, tuple[Any, ...]], language: str = "en") -> tuple[int, Any]:
    charset = ("attributes-charset", ("utf-8",))
    return 1, [charset, ("attributes-natural-language", (language,)), *more]


def lp_create_job() -> Sample:
    target = "ipp://localhost:16330/printers/q"
    octets = (
        o.head("2.0", 0x0005, 4)
        + o.start()
        + o.uri("printer-uri", target)
        + o.name("requesting-user-name", "anna")
        + o.name("job-name", "Bericht für März.pdf")
        + b"\2"
        + o.integer("copies", 2)
        + o.enum("finishings", 0)
        + o.keyword("job-hold-until", "23:59")
        + o.integer("job-priority", 70)
        + o.name("job-sheets", "none", "none")
        + o.keyword("media", "A4")
        + o.integer("number-up", 1)
        + o.one_set(0x33, "page-ranges", b"\0\0\0\1\0\0\0\3", b"\0\0\0\5\0\0\0\5")
        + o.keyword("print-color-mode", "monochrome")
        + o.keyword("sides", "one-sided")
        + o.boolean("fit-to-page", True)
        + o.END
    )
    operation = _leading(
        ("printer-uri", (target,)),
        ("requesting-user-name", ("anna",)),
        ("job-name", ("Bericht für März.pdf",)),
    )
    job: list[tuple[str, tuple[Any, ...]]] = [
        ("copies", (2,)),
        ("finishings", (0,)),
        ("job-hold-until", ("23:59",)),
        ("job-priority", (70,)),
        ("job-sheets", ("none", "none")),
        ("media", ("A4",)),
        ("number-up", (1,)),
        ("page-ranges", ((1, 3), (5, 5))),
        ("print-color-mode", ("monochrome",)),
        ("sides", ("one-sided",)),
        ("fit-to-page", (True,)),
    ]
    return Sample(octets, (2, 0), 5, 4, [operation, (2, job)])


def lp_send_document() -> Sample:
    target = "ipp://localhost:16330/printers/q"
    octets = (
        o.head("2.0", 0x0006, 5)
        + o.start()
        + o.uri("printer-uri", target)
        + o.integer("job-id", 17)
        + o.name("requesting-user-name", "anna")
        + o.name("document-name", "bericht.pdf")
        + o.mime("document-format", "application/octet-stream")
        + o.boolean("last-document", True)
        + o.END
    )
    operation = _leading(
        ("printer-uri", (target,)),
        ("job-id", (17,)),
        ("requesting-user-name", ("anna",)),
        ("document-name", ("bericht.pdf",)),
        ("document-format", ("application/octet-stream",)),
        ("last-document", (True,)),
    )
    document = b"%PDF-1.7\n\x03\x01 not attributes"
    return Sample(octets + document, (2, 0), 6, 5, [operation], document)


def lpstat_get_printers() -> Sample:
    octets = (
        o.head("2.0", 0x4002, 2)
        + o.start(language="en-us")
        + o.name("requesting-user-name", "anna")
        + o.keyword("requested-attributes", *DEST26)
        + o.END
    )
    operation = _leading(
        ("requesting-user-name", ("anna",)), ("requested-attributes", tuple(DEST26)), language="en-us"
    )
    return Sample(octets, (2, 0), 0x4002, 2, [operation])


def cancel_all() -> Sample:
    octets = (
        o.head("2.0", 0x0038, 9)
        + o.start()
        + o.uri("printer-uri", "ipp://localhost/printers/")
        + o.integer("job-id", -1)
        + o.name("requesting-user-name", "root")
        + o.boolean("purge-jobs", False)
        + o.END
    )
    operation = _leading(
        ("printer-uri", ("ipp://localhost/printers/",)),
        ("job-id", (-1,)),
        ("requesting-user-name", ("root",)),
        ("purge-jobs", (False,)),
    )
    return Sample(octets, (2, 0), 0x38, 9, [operation])


def lpadmin_remove_default() -> Sample:
    target = "ipp://localhost/printers/q"
    octets = (
        o.head("2.0", 0x4003, 3)
        + o.start()
        + o.uri("printer-uri", target)
        + o.name("requesting-user-name", "root")
        + b"\4"
        + o.token(0x16, "media-default", b"")
        + o.END
    )
    operation = _leading(("printer-uri", (target,)), ("requesting-user-name", ("root",)))
    return Sample(octets, (2, 0), 0x4003, 3, [operation, (4, [("media-default", ())])])


def lp_mail_subscription() -> Sample:
    octets = (
        o.head("2.0", 0x0005, 4)
        + o.start()
        + o.uri("printer-uri", "ipp://localhost/printers/q")
        + b"\2"
        + o.integer("copies", 1)
        + b"\6"
        + o.uri("notify-recipient-uri", "mailto:anna@host")
        + o.END
    )
    operation = _leading(("printer-uri", ("ipp://localhost/printers/q",)))
    subscription = (6, [("notify-recipient-uri", ("mailto:anna@host",))])
    return Sample(octets, (2, 0), 5, 4, [operation, (2, [("copies", (1,))]), subscription])


def samba_print_job() -> Sample:
    octets = (
        o.head("1.1", 0x0002, 1)
        + o.start()
        + o.uri("printer-uri", "ipp://localhost:631/printers/raw1")
        + o.name("requesting-user-name", "DOM\\anna")
        + o.name("job-originating-host-name", "pc17")
        + o.name("job-name", "smbprn.00000001 Vertrag")
        + o.END
    )
    operation = _leading(
        ("printer-uri", ("ipp://localhost:631/printers/raw1",)),
        ("requesting-user-name", ("DOM\\anna",)),
        ("job-originating-host-name", ("pc17",)),
        ("job-name", ("smbprn.00000001 Vertrag",)),
    )
    return Sample(octets + b"\x1b%-12345X", (1, 1), 2, 1, [operation], b"\x1b%-12345X")


def windows_old() -> Sample:
    target = "http://server:8631/printers/q"
    octets = o.head("1.0", 0x000B, 11) + o.start(language="en-us") + o.uri("printer-uri", target) + o.END
    operation = _leading(("printer-uri", (target,)), language="en-us")
    return Sample(octets, (1, 0), 0x0B, 11, [operation])


def windows_name_not_utf8() -> Sample:
    octets = (
        o.head("1.0", 0x0002, 12)
        + o.start()
        + o.uri("printer-uri", "http://server:8631/printers/q")
        + o.token(0x42, "job-name", b"M\xfcller \xe4\xf6\xfc")
        + o.END
    )
    operation = _leading(("printer-uri", ("http://server:8631/printers/q",)), ("job-name", ("M?ller ???",)))
    return Sample(octets, (1, 0), 2, 12, [operation])


def windows_11() -> Sample:
    target = "ipp://server:8631/ipp/print/q"
    octets = (
        o.head("2.0", 0x000B, 2)
        + o.start(language="en-us")
        + o.uri("printer-uri", target)
        + o.keyword("requested-attributes", *WINDOWS_11)
        + o.END
    )
    operation = _leading(
        ("printer-uri", (target,)), ("requested-attributes", tuple(WINDOWS_11)), language="en-us"
    )
    return Sample(octets, (2, 0), 0x0B, 2, [operation])


def chromeos_print_server() -> Sample:
    octets = (
        o.head("2.0", 0x4002, 1)
        + o.start(language="en-us")
        + o.keyword("requested-attributes", "printer-description")
        + o.END
    )
    operation = _leading(("requested-attributes", ("printer-description",)), language="en-us")
    return Sample(octets, (2, 0), 0x4002, 1, [operation])


def android_get_printer_attributes() -> Sample:
    target = "ipps://printer.local:631/ipp/print"
    octets = (
        o.head("2.0", 0x000B, 1)
        + o.start()
        + o.uri("printer-uri", target)
        + o.name("requesting-user-name", "")
        + o.keyword("requested-attributes", *ANDROID)
        + o.END
    )
    operation = _leading(
        ("printer-uri", (target,)),
        ("requesting-user-name", ("",)),
        ("requested-attributes", tuple(ANDROID)),
    )
    return Sample(octets, (2, 0), 0x0B, 1, [operation])


def ios_print_job() -> Sample:
    """A PIN, media-col with a size inside, and the format that AirPrint prefers."""
    target = "ipps://printer.local.:631/ipp/print"
    media_size = (
        o.token(0x4A, "", "media-size")
        + o.begin_collection("")
        + o.member("x-dimension", 0x21, 21000)
        + o.member("y-dimension", 0x21, 29700)
        + o.END_COLLECTION
    )
    octets = (
        o.head("2.0", 0x0005, 6)
        + o.start()
        + o.uri("printer-uri", target)
        + o.name("requesting-user-name", "Annas iPhone")
        + o.name("job-name", "Foto 📷")
        + o.token(0x30, "job-password", b"1234")
        + o.keyword("job-password-encryption", "none")
        + b"\2"
        + o.begin_collection("media-col")
        + media_size
        + o.member("media-source", 0x44, "auto")
        + o.member("media-type", 0x44, "stationery")
        + o.END_COLLECTION
        + o.enum("print-quality", 4)
        + o.token(0x32, "printer-resolution", b"\0\0\1\x2c\0\0\1\x2c\3")
        + o.END
    )
    operation = _leading(
        ("printer-uri", (target,)),
        ("requesting-user-name", ("Annas iPhone",)),
        ("job-name", ("Foto 📷",)),
        ("job-password", (b"1234",)),
        ("job-password-encryption", ("none",)),
    )
    size = {"x-dimension": (21000,), "y-dimension": (29700,)}
    media_col = {"media-size": (size,), "media-source": ("auto",), "media-type": ("stationery",)}
    job = [
        ("media-col", (media_col,)),
        ("print-quality", (4,)),
        ("printer-resolution", ((300, 300, 3),)),
    ]
    return Sample(octets, (2, 0), 5, 6, [operation, (2, job)])


def pycups_subscription() -> Sample:
    octets = (
        o.head("2.0", 0x0016, 3)
        + o.start()
        + o.uri("printer-uri", "ipp://localhost/")
        + b"\6"
        + o.keyword("notify-events", "all")
        + o.keyword("notify-pull-method", "ippget")
        + o.name("requesting-user-name", "anna")
        + o.END
    )
    subscription = [
        ("notify-events", ("all",)),
        ("notify-pull-method", ("ippget",)),
        ("requesting-user-name", ("anna",)),
    ]
    return Sample(
        octets, (2, 0), 0x16, 3, [_leading(("printer-uri", ("ipp://localhost/",))), (6, subscription)]
    )


def get_jobs_response() -> Sample:
    """Repeated job groups, no-value, a name with a language, a date and a group without attributes."""
    jobs = b"".join(
        b"\2"
        + o.integer("job-id", number)
        + o.token(0x36, "job-name", b"\0\2de\0\4Brie")
        + o.token(0x13, "time-at-completed", b"")
        + o.token(0x31, "date-time-at-creation", b"\x07\xea\x0b\x17\x01\x02\x03\x04+\x01\x00")
        for number in (1, 2)
    )
    octets = o.head("2.0", 0, 8) + o.start() + jobs + b"\2" + o.END
    date = ("2026-11-23T01:02:03.400000+01:00",)
    job_groups: Expected = [
        (
            2,
            [
                ("job-id", (number,)),
                ("job-name", (("Brie", "de"),)),
                ("time-at-completed", ()),
                ("date-time-at-creation", date),
            ],
        )
        for number in (1, 2)
    ]
    return Sample(octets, (2, 0), 0, 8, [_leading(), *job_groups, (2, [])])


SAMPLES = {
    maker.__name__.replace("_", "-"): maker()
    for maker in (
        lp_create_job,
        lp_send_document,
        lpstat_get_printers,
        cancel_all,
        lpadmin_remove_default,
        lp_mail_subscription,
        samba_print_job,
        windows_old,
        windows_name_not_utf8,
        windows_11,
        chromeos_print_server,
        android_get_printer_attributes,
        ios_print_job,
        pycups_subscription,
        get_jobs_response,
    )
}
