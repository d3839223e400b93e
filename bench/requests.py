"""IPP requests encoded ahead of time (RFC 8010), so that the driver spends nothing on them."""

from __future__ import annotations

import struct
from collections.abc import Iterable

MARK = b"PLANTIN-BENCH "
_INTEGER, _BOOLEAN, _ENUM = 0x21, 0x22, 0x23
_NAME, _KEYWORD, _URI, _CHARSET, _LANGUAGE, _MIME = 0x42, 0x44, 0x45, 0x47, 0x48, 0x49
# What lpstat and the print dialogs ask of every queue.
DESTINATION = (
    *("auth-info-required", "device-uri", "job-sheets-default", "marker-change-time", "marker-colors"),
    *("marker-high-levels", "marker-levels", "marker-low-levels", "marker-message", "marker-names"),
    *("marker-types", "printer-commands", "printer-defaults", "printer-info", "printer-is-accepting-jobs"),
    *("printer-is-shared", "printer-is-temporary", "printer-location", "printer-make-and-model"),
    *("printer-mandatory-job-attributes", "printer-name", "printer-state", "printer-state-change-time"),
    *("printer-state-reasons", "printer-type", "printer-uri-supported"),
)


def _attribute(tag: int, name: str, *values: bytes) -> bytes:
    out = b""
    for number, value in enumerate(values):
        key = name.encode() if number == 0 else b""
        out += struct.pack(">BH", tag, len(key)) + key + struct.pack(">H", len(value)) + value
    return out


def _keywords(name: str, values: Iterable[str]) -> bytes:
    return _attribute(_KEYWORD, name, *(value.encode() for value in values))


def message(operation: int, *attributes: bytes, printer: bytes = b"") -> bytes:
    """A request: the operation attributes, then a printer group if given."""
    head = struct.pack(">HHI", 0x0200, operation, 1) + b"\x01"
    head += _attribute(_CHARSET, "attributes-charset", b"utf-8")
    head += _attribute(_LANGUAGE, "attributes-natural-language", b"en")
    return head + b"".join(attributes) + (b"\x04" + printer if printer else b"") + b"\x03"


def post(path: str, body_octets: int) -> bytes:
    """The head of an HTTP request whose body is that long."""
    return (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/ipp\r\n"
        f"Content-Length: {body_octets}\r\n\r\n"
    ).encode()


def print_job(queue: str, octets: int) -> bytes:
    """Head of a Print-Job whose document, `document(number)` and `filling(octets)`, has that many octets."""
    ipp = message(
        0x0002,
        _attribute(_URI, "printer-uri", f"ipp://localhost/printers/{queue}".encode()),
        _attribute(_NAME, "requesting-user-name", b"bench"),
        _attribute(_NAME, "job-name", b"bench"),
        _attribute(_MIME, "document-format", b"application/octet-stream"),
    )
    return post(f"/printers/{queue}", len(ipp) + octets) + ipp


def filling(octets: int) -> bytes:
    """What follows `document(number)` in a document of that many octets."""
    return bytes((at * 31 + at // 256) & 0xFF for at in range(octets - len(document(0))))


def document(number: int) -> bytes:
    """The beginning of a document: a printer reset, then the job's own mark."""
    return b"\x1bE" + MARK + b"%012d\n" % number


def number_of(start: bytes) -> int:
    """The number in a document's beginning, or -1."""
    found = start.find(MARK)
    digits = start[found + len(MARK) : found + len(MARK) + 12] if found >= 0 else b""
    return int(digits) if len(digits) == 12 and digits.isdigit() else -1


def get_printers() -> bytes:
    """CUPS-Get-Printers of all queues, as lpstat asks."""
    body = message(0x4002, _keywords("requested-attributes", DESTINATION))
    return post("/", len(body)) + body


def get_jobs(queue: str, which: str = "not-completed", limit: int = 100) -> bytes:
    """Get-Jobs of a queue."""
    body = message(
        0x000A,
        _attribute(_URI, "printer-uri", f"ipp://localhost/printers/{queue}".encode()),
        _attribute(_INTEGER, "limit", struct.pack(">i", limit)),
        _keywords("which-jobs", (which,)),
        _keywords("requested-attributes", ("job-id", "job-name", "job-originating-user-name", "job-state")),
    )
    return post(f"/printers/{queue}", len(body)) + body


def add_queue(queue: str, device_uri: str) -> bytes:
    """CUPS-Add-Modify-Printer of a raw queue that accepts jobs."""
    body = message(
        0x4003,
        _attribute(_URI, "printer-uri", f"ipp://localhost/printers/{queue}".encode()),
        _attribute(_NAME, "requesting-user-name", b"root"),
        _attribute(_NAME, "ppd-name", b"raw"),
        printer=_attribute(_URI, "device-uri", device_uri.encode())
        + _attribute(_BOOLEAN, "printer-is-accepting-jobs", b"\x01")
        + _attribute(_ENUM, "printer-state", struct.pack(">i", 3)),
    )
    return post("/admin/", len(body)) + body
