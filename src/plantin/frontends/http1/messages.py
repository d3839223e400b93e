"""What a handler gets and what it gives: Request, Headers, Response.

Framing (Content-Length, Transfer-Encoding, Connection, Date) is the driver's business on both sides.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from plantin.frontends.http1.body import Body


class Headers:
    """Header fields of a request, in order, looked up without regard to case. Values are Latin-1 text."""

    __slots__ = ("first", "raw")

    def __init__(self, raw: list[tuple[bytes, bytes]]) -> None:
        self.raw = raw
        """(lower-case name, value without outer space), as they came."""
        self.first: dict[bytes, bytes] = dict(reversed(raw))
        """The first value of each name."""

    def get(self, name: str, default: str | None = None) -> str | None:
        """The first value of ``name``, or ``default``."""
        value = self.first.get(name.lower().encode("latin-1"))
        return default if value is None else value.decode("latin-1")

    def get_all(self, name: str) -> list[str]:
        """Every value of ``name``, in the order sent."""
        wanted = name.lower().encode("latin-1")
        return [value.decode("latin-1") for key, value in self.raw if key == wanted]

    def __contains__(self, name: str) -> bool:
        return name.lower().encode("latin-1") in self.first

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return ((key.decode("latin-1"), value.decode("latin-1")) for key, value in self.raw)

    def __len__(self) -> int:
        return len(self.raw)


class ConnectionInfo:
    """What the requests of one connection share, for as long as it lives."""

    __slots__ = ("_callbacks", "ended", "state")

    def __init__(self) -> None:
        self.state: dict[str, Any] = {}
        """The handler's own notes, e.g. who has authenticated on this connection."""
        self.ended = False
        """The client has closed its side or is gone; an answer may or may not still reach it."""
        self._callbacks: list[Callable[[], None]] | None = None

    def on_end(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Have ``callback`` called once when the client ends its side; returns what takes that back."""
        if self.ended:
            callback()
            return lambda: None
        if self._callbacks is None:
            self._callbacks = []
        callbacks = self._callbacks
        callbacks.append(callback)

        def remove() -> None:
            if callback in callbacks:
                callbacks.remove(callback)

        return remove

    def end(self) -> None:
        """For the driver: the client has ended its side."""
        if self.ended:
            return
        self.ended = True
        callbacks, self._callbacks = self._callbacks, None
        for callback in callbacks or ():
            callback()


@dataclass(slots=True)
class Request:
    """One request. The body is read, or left, through ``body``."""

    method: str
    target: str
    """The request target as sent."""
    path: str
    """Percent-decoded once; ``*`` for ``OPTIONS *``."""
    query: str
    """As sent, without the ``?``."""
    headers: Headers
    http_version: str
    """"1.1" or "1.0"."""
    host: str
    """The Host header, checked; "" when an HTTP/1.0 client sent none."""
    peer: tuple[str, int]
    local: tuple[str, int]
    tls: bool
    body: Body
    connection: ConnectionInfo


@dataclass(slots=True)
class Response:
    """An answer: octets (sent with Content-Length) or an iterator of them (chunked, or closed by the end)."""

    status: int = 200
    headers: Iterable[tuple[str, str]] = ()
    body: bytes | AsyncIterator[bytes] = field(default=b"")
    close: bool = False
    """Close the connection after this answer."""


Handler = Callable[[Request], Awaitable[Response]]
"""Answers a request. It may raise HttpError; anything else it raises becomes a 500 and a log line."""
