"""The jobs of the crash tests: documents that name their job, and the requests that carry them (RFC 8010)."""

from __future__ import annotations

import random
import struct
from dataclasses import dataclass

MARK = b"\x1bE%%CRASH "
HEAD_OCTETS = len(MARK) + 20 + 1
_FILLING = random.Random(4711).randbytes(1 << 20)
_INTEGER, _BOOLEAN = 0x21, 0x22
_NAME, _URI, _CHARSET, _LANGUAGE, _MIME = 0x42, 0x45, 0x47, 0x48, 0x49
PRINT_JOB, CREATE_JOB, SEND_DOCUMENT, RELEASE_JOB = 0x0002, 0x0005, 0x0006, 0x000D
GET_PRINTER_ATTRIBUTES = 0x000B


def job_name(number: int) -> str:
    """job-name of job `number`, by which its row is found again."""
    return f"crash-{number}"


def parts(number: int) -> tuple[bytes, ...]:
    """The documents of job `number`: always the same, no two jobs alike; small, bundled and streamed ones."""
    dice = random.Random(number)
    kind = dice.random()
    octets = dice.randrange(100, 40_000)
    if kind > 0.7:
        octets = dice.randrange(40_000, 250_000)
    if kind > 0.95:
        octets = dice.randrange(300_000, 700_000)
    begin = dice.randrange(len(_FILLING) - octets)
    whole = MARK + b"%012d %07d\n" % (number, octets) + _FILLING[begin : begin + octets]
    if dice.random() < 0.5:
        return (whole,)
    cut = dice.randrange(1, len(whole))
    return whole[:cut], whole[cut:]


def document(number: int) -> bytes:
    """What the device shall get of job `number`: its documents one after the other."""
    return b"".join(parts(number))


def number_of(data: bytes | bytearray) -> int:
    """The job that a device's data belong to, -1 when they do not say."""
    digits = bytes(data[len(MARK) : len(MARK) + 12])
    return int(digits) if data.startswith(MARK) and len(digits) == 12 and digits.isdigit() else -1


def _attribute(tag: int, name: str, value: bytes) -> bytes:
    return struct.pack(">BH", tag, len(name)) + name.encode() + struct.pack(">H", len(value)) + value


def request(operation: int, queue: str, *more: bytes) -> bytes:
    """The IPP part of a request to a queue."""
    return (
        struct.pack(">HHI", 0x0200, operation, 1)
        + b"\x01"
        + _attribute(_CHARSET, "attributes-charset", b"utf-8")
        + _attribute(_LANGUAGE, "attributes-natural-language", b"en")
        + _attribute(_URI, "printer-uri", f"ipp://localhost/printers/{queue}".encode())
        + b"".join(more)
        + b"\x03"
    )


_USER = _attribute(_NAME, "requesting-user-name", b"crash")
_FORMAT = _attribute(_MIME, "document-format", b"application/octet-stream")


def print_job(queue: str, number: int) -> bytes:
    """Print-Job of job `number`, its document to follow."""
    return request(PRINT_JOB, queue, _USER, _attribute(_NAME, "job-name", job_name(number).encode()), _FORMAT)


def create_job(queue: str, number: int) -> bytes:
    """Create-Job of job `number`."""
    return request(CREATE_JOB, queue, _USER, _attribute(_NAME, "job-name", job_name(number).encode()))


def send_document(queue: str, job: int, *, last: bool) -> bytes:
    """Send-Document to the job with that job-id, its document to follow."""
    return request(
        SEND_DOCUMENT,
        queue,
        _job(job),
        _USER,
        _FORMAT,
        _attribute(_BOOLEAN, "last-document", b"\x01" if last else b"\x00"),
    )


def release_job(queue: str, job: int) -> bytes:
    """Release-Job of the job with that job-id."""
    return request(RELEASE_JOB, queue, _job(job), _USER)


def get_printer_attributes(queue: str) -> bytes:
    """Get-Printer-Attributes, all of them."""
    return request(GET_PRINTER_ATTRIBUTES, queue, _USER)


def _job(job: int) -> bytes:
    return _attribute(_INTEGER, "job-id", struct.pack(">i", job))


@dataclass(frozen=True)
class Answer:
    """What the server said."""

    status: int
    job_id: int
    message: str
    body: bytes

    @property
    def ok(self) -> bool:
        return self.status < 0x0100


def answer(body: bytes) -> Answer:
    """Status, job-id and status-message of an IPP answer, found by their encoding."""
    (status,) = struct.unpack_from(">H", body, 2)
    job = _value(body, _INTEGER, "job-id")
    message = _value(body, 0x41, "status-message")
    return Answer(status, struct.unpack(">i", job)[0] if job else 0, message.decode(), body)


def _value(body: bytes, tag: int, name: str) -> bytes:
    head = struct.pack(">BH", tag, len(name)) + name.encode()
    at = body.find(head)
    if at < 0:
        return b""
    (octets,) = struct.unpack_from(">H", body, at + len(head))
    return body[at + len(head) + 2 : at + len(head) + 2 + octets]
