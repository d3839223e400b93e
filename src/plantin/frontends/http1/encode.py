"""Answers into octets (RFC 9112 sections 4, 6 and 7)."""

import time
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus

from plantin.frontends.http1.errors import HttpError
from plantin.frontends.http1.messages import Response

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
SWITCH_TO_TLS = (
    b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: TLS/1.2, HTTP/1.1\r\n\r\n"
)
LAST_CHUNK = b"0\r\n\r\n"

_STATUS_LINES = {
    status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n" for status in HTTPStatus if status >= 200
}
_OURS = frozenset(("content-length", "transfer-encoding", "connection", "date", "keep-alive", "trailer"))
_BODILESS = frozenset((204, 304))


@lru_cache(maxsize=2)
def _date_line(at: int) -> str:
    return f"Date: {formatdate(at, usegmt=True)}\r\n"


def has_no_body(status: int) -> bool:
    """Whether an answer of this status never has a body, not even an empty one with a length."""
    return status in _BODILESS


def encode_head(response: Response, framing: str, connection: str) -> bytes:
    """The status line and the header.

    Args:
        framing: the Content-Length or Transfer-Encoding line with its CRLF, or "".
        connection: "", "close" or "keep-alive".

    Raises:
        ValueError: the handler gave a header that is the driver's, or that holds a line end.
    """
    lines = [
        _STATUS_LINES.get(response.status) or f"HTTP/1.1 {response.status} \r\n",
        _date_line(int(time.time())),
    ]
    count = 3
    for name, value in response.headers:
        if name.lower() in _OURS:
            raise ValueError(f"the header {name} is set by the HTTP driver")
        lines.append(f"{name}: {value}\r\n")
        count += 1
    lines.append(framing)
    if connection:
        lines.append(f"Connection: {connection}\r\n")
        count += 1
    lines.append("\r\n")
    text = "".join(lines)
    count += 1 if framing else 0
    if text.count("\n") != count or text.count("\r") != count or "\0" in text:
        raise ValueError("a response header holds a line end or a NUL")
    return text.encode("latin-1")


def encode_chunk(piece: bytes) -> bytes:
    """``piece`` (not empty) as one chunk."""
    return b"%x\r\n%b\r\n" % (len(piece), piece)


def error_response(error: HttpError) -> Response:
    """One line of text that says what is wrong."""
    return Response(
        error.status,
        (("Content-Type", "text/plain; charset=utf-8"), ("Cache-Control", "no-store")),
        f"{error.text}\n".encode("utf-8", "backslashreplace"),
    )


def encode_refusal(error: HttpError) -> bytes:
    """The whole answer to what is not a request; the connection ends with it."""
    response = error_response(error)
    body = response.body
    assert isinstance(body, bytes)
    return encode_head(response, f"Content-Length: {len(body)}\r\n", "close") + body
