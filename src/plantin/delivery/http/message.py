"""A request, its answer, and how far a document got on its way."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Final

HEAD_OCTETS_MAX: Final = 64 * 1024
BODY_OCTETS_MAX: Final = 16 * 1024 * 1024
LENGTH_MAX: Final = 2**31 - 1
"""Devices keep Content-Length in 32 bits; longer bodies go chunked."""


class Lost(Exception):
    """The exchange came to nothing: connection lost, time over, or an answer that cannot be read.

    Args:
        reason: a keyword.
        text: one sentence.
        silent: no octet of an answer had come.
    """

    def __init__(self, reason: str, text: str, *, silent: bool = False) -> None:
        super().__init__(text)
        self.reason = reason
        self.text = text
        self.silent = silent


@dataclass(slots=True)
class Transfer:
    """How far the document of a request got. Lives longer than the exchange, whatever becomes of it."""

    octets: int = 0
    """Octets of the document that were handed to the connection."""
    complete: bool = False
    """All of it was."""


@dataclass(slots=True)
class Request:
    """A POST of an IPP message, with a document or without."""

    path: str
    host: str
    """For the Host header."""
    message: bytes
    document: AsyncIterator[bytes] | None = None
    document_octets: int = 0
    chunked: bool = False
    expect: bool = True
    """Ask for "100 Continue" before the document goes."""
    stalled: Callable[[], Awaitable[None]] | None = None
    """Called each time the device takes nothing for a while."""

    def head(self, user_agent: str) -> bytes:
        """Request line and header fields."""
        lines = [
            f"POST {self.path} HTTP/1.1",
            f"Host: {self.host}",
            f"User-Agent: {user_agent}",
            "Content-Type: application/ipp",
        ]
        if self.in_chunks:
            lines.append("Transfer-Encoding: chunked")
        else:
            lines.append(f"Content-Length: {len(self.message) + self.document_octets}")
        if self.document is not None and self.expect:
            lines.append("Expect: 100-continue")
        return "\r\n".join([*lines, "", ""]).encode("latin-1")

    @property
    def in_chunks(self) -> bool:
        return self.document is not None and (
            self.chunked or len(self.message) + self.document_octets > LENGTH_MAX
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP response, read to its end."""

    status: int
    version: str
    content_type: str
    location: str
    body: bytes
