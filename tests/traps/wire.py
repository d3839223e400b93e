"""IPP requests as octets, written without the product's encoder, and the HTTP that carries them.

`request()` builds the octets of RFC 8010; `Wire` sends them over a socket exactly as given (request line,
header lines, body) and reads the answer. Answers are decoded by the product's strict decoder, after
`mixed_sets()` has read the octets on its own.
"""

from __future__ import annotations

import http.client
import socket
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from plantin.ipp import Group, Message, Tag, decode

OPERATION, JOB, PRINTER, SUBSCRIPTION = 0x01, 0x02, 0x04, 0x06
INTEGER, BOOLEAN, ENUM, OCTETS = 0x21, 0x22, 0x23, 0x30
RANGE, TEXT, NAME, KEYWORD, URI = 0x33, 0x41, 0x42, 0x44, 0x45
CHARSET, LANGUAGE, MIME = 0x47, 0x48, 0x49
DELETE_ATTRIBUTE = 0x16
_END = b"\x03"

PRINT_JOB, VALIDATE_JOB, CREATE_JOB, SEND_DOCUMENT = 0x02, 0x04, 0x05, 0x06
CANCEL_JOB, GET_JOB_ATTRIBUTES, GET_JOBS, GET_PRINTER_ATTRIBUTES = 0x08, 0x09, 0x0A, 0x0B
HOLD_JOB, RELEASE_JOB, PAUSE_PRINTER, RESUME_PRINTER, PURGE_JOBS = 0x0C, 0x0D, 0x10, 0x11, 0x12
SET_JOB_ATTRIBUTES, CANCEL_JOBS, CLOSE_JOB = 0x14, 0x38, 0x3B
CUPS_GET_DEFAULT, CUPS_GET_PRINTERS, CUPS_ADD_MODIFY_PRINTER = 0x4001, 0x4002, 0x4003
CUPS_DELETE_PRINTER, CUPS_GET_DOCUMENT = 0x4004, 0x4027

Scalar = int | str | bytes | bool | tuple[int, int]


def _octets(tag: int, value: Scalar) -> bytes:
    if isinstance(value, bool):
        return bytes([value])
    if isinstance(value, int):
        return struct.pack(">i", value)
    if isinstance(value, tuple):
        return struct.pack(">ii", *value)
    return value.encode() if isinstance(value, str) else value


def attribute(tag: int, name: str, *values: Scalar) -> bytes:
    """One attribute with all its values."""
    made = b""
    for position, value in enumerate(values):
        called = name.encode() if position == 0 else b""
        body = _octets(tag, value)
        made += struct.pack(">BH", tag, len(called)) + called + struct.pack(">H", len(body)) + body
    return made


def request(
    operation: int,
    *attributes: bytes,
    job: Sequence[bytes] | None = None,
    printer: Sequence[bytes] | None = None,
    subscription: Sequence[bytes] | None = None,
    version: tuple[int, int] = (2, 0),
    request_id: int = 1,
    charset: str = "utf-8",
    language: str = "en",
) -> bytes:
    """A request: the two leading attributes, `attributes` of the operation group, then the other groups."""
    made = struct.pack(">BBHI", *version, operation, request_id) + bytes([OPERATION])
    made += attribute(CHARSET, "attributes-charset", charset)
    made += attribute(LANGUAGE, "attributes-natural-language", language)
    made += b"".join(attributes)
    for tag, group in ((JOB, job), (PRINTER, printer), (SUBSCRIPTION, subscription)):
        if group is not None:
            made += bytes([tag]) + b"".join(group)
    return made + _END


@dataclass(frozen=True)
class Answer:
    """An HTTP response and the IPP message in it."""

    http_status: int
    headers: dict[str, str]
    body: bytes

    @property
    def message(self) -> Message:
        assert self.http_status == 200, f"HTTP {self.http_status}: {self.body[:200]!r}"
        assert self.headers.get("content-type") == "application/ipp", self.headers
        assert mixed_sets(self.body) == [], "libcups fails the whole response for these"
        message, _ = decode(self.body)
        return message

    @property
    def status(self) -> int:
        """The IPP status code."""
        return self.message.code

    @property
    def words(self) -> str:
        """The status message."""
        return self.message.operation_attributes.string("status-message") or ""

    def group(self, tag: int) -> Group:
        found = self.message.group(tag)
        assert found is not None, f"no group {tag:#x}: {self.status:#06x} {self.words}"
        return found

    @property
    def printer(self) -> Group:
        return self.group(Tag.PRINTER_ATTRIBUTES)

    @property
    def job(self) -> Group:
        return self.group(Tag.JOB_ATTRIBUTES)

    def ok(self) -> Answer:
        """Itself; AssertionError when the status is not a successful one."""
        assert self.status < 0x0100, f"{self.status:#06x} {self.words}"
        return self


def mixed_sets(body: bytes) -> list[str]:
    """Names of attributes whose values differ in tag, read from the octets (members of collections too)."""
    found, name, first, at = [], "", 0, 8
    while at < len(body) and body[at] != _END[0]:
        tag = body[at]
        at += 1
        if tag < 0x10:
            continue
        (length,) = struct.unpack_from(">H", body, at)
        called = body[at + 2 : at + 2 + length]
        at += 2 + length
        (length,) = struct.unpack_from(">H", body, at)
        at += 2 + length
        if called or tag == 0x4A:  # a memberAttrName begins a member
            name, first = called.decode() or "member", 0 if tag == 0x4A else tag
        elif tag in (0x37, 0x34):  # nested collections: judged by their members
            first = 0
        elif first == 0:
            first = tag
        elif tag != first:
            found.append(name)
    return found


def chunks(*pieces: bytes) -> bytes:
    """A chunked body of these pieces."""
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces if piece) + b"0\r\n\r\n"


class Wire:
    """One connection to HOST:PORT that sends what it is told, and can be used as long as it is kept alive."""

    def __init__(self, host: str, port: int, seconds: float = 30.0, source: str = "") -> None:
        bound = (source, 0) if source else None
        self.socket = socket.create_connection((host, port), timeout=seconds, source_address=bound)
        self.host = f"{host}:{port}"

    def send(self, octets: bytes) -> None:
        self.socket.sendall(octets)

    def read(self) -> Answer:
        """The next final answer; interim answers (100 Continue) are passed over."""
        response = http.client.HTTPResponse(self.socket, method="POST")
        response.begin()
        body = response.read()
        return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, body)

    def post(
        self,
        body: bytes,
        *,
        target: str = "/",
        headers: Iterable[str] = (),
        host: str | None = None,
        chunked: Sequence[bytes] | None = None,
        protocol: str = "HTTP/1.1",
    ) -> Answer:
        """POST `body` (or its `chunked` pieces) with Content-Type application/ipp; the answer."""
        lines = [f"POST {target} {protocol}", f"Host: {host or self.host}", "Content-Type: application/ipp"]
        length = f"Content-Length: {len(body)}" if chunked is None else "Transfer-Encoding: chunked"
        head = "\r\n".join([*lines, length, *headers, "", ""]).encode()
        self.send(head + (body if chunked is None else chunks(body, *chunked)))
        return self.read()

    def get(self, target: str) -> Answer:
        self.send(f"GET {target} HTTP/1.1\r\nHost: {self.host}\r\n\r\n".encode())
        return self.read()

    def close(self) -> None:
        self.socket.close()

    def __enter__(self) -> Wire:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
