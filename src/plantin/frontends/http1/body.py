"""The request body as a handler reads it: bounded pieces, with back-pressure on the client.

Promises that no more than the read high water mark and one read of the socket are in memory, and that
``100 Continue`` is sent when the handler first waits for the body and never before, or at the latest with a
good answer.
"""

import asyncio
from typing import Protocol

from plantin.core.errors import PlantinError
from plantin.frontends.http1.errors import BodyTooLarge

_PIECE_COST = 64
"""Octets that a piece costs beyond its length, so that a body of one-octet chunks is held back in time."""


class BodySource(Protocol):
    """The connection, as its body sees it."""

    def body_wanted(self, body: "Body") -> None:
        """The handler waits for octets."""

    def body_taken(self, body: "Body") -> None:
        """The handler has taken everything that was buffered."""


class Body:
    """The octets of one request. One reader at a time."""

    __slots__ = (
        "_cost",
        "_error",
        "_pieces",
        "_source",
        "_waiter",
        "awaits_continue",
        "complete",
        "discarding",
        "length",
        "octets",
        "owes_continue",
    )

    def __init__(self, source: BodySource, length: int | None, awaits_continue: bool) -> None:
        self.length = length
        """Content-Length; None when the body is chunked."""
        self.octets = 0
        """Octets that have come in so far."""
        self.complete = length == 0
        """Whether the last octet has come in; it may still be waiting to be taken."""
        self.awaits_continue = awaits_continue and not self.complete
        """The client waits for ``100 Continue`` before it sends."""
        self.owes_continue = awaits_continue
        """``100 Continue`` was asked for and not sent so far, even if the body came without it."""
        self.discarding = False
        self._source = source
        self._pieces: list[bytes] = []
        self._cost = 0
        self._error: PlantinError | None = None
        self._waiter: asyncio.Future[None] | None = None

    @property
    def buffered(self) -> int:
        """What the octets that wait to be taken cost in memory."""
        return self._cost

    @property
    def error(self) -> PlantinError | None:
        """Why the rest will never come, or None."""
        return self._error

    def take_buffered(self) -> bytes:
        """Everything that is already here, without waiting; ``b""`` when nothing is."""
        pieces = self._pieces
        if not pieces:
            return b""
        data = pieces[0] if len(pieces) == 1 else b"".join(pieces)
        pieces.clear()
        self._cost = 0
        if not self.complete:
            self._source.body_taken(self)
        return data

    async def read_chunk(self) -> bytes:
        """The next octets, as they come; ``b""`` at the end.

        Raises:
            HttpError: the client's framing is broken (400), or it is too slow (408).
            ClientGone: the client left in the middle of the body.
        """
        while not self._pieces:
            if self.discarding:
                raise RuntimeError("the request body was read after the answer was given")
            if self._error is not None:
                raise self._error
            if self.complete:
                return b""
            if self._waiter is not None:
                raise RuntimeError("a request body has one reader at a time")
            self._source.body_wanted(self)
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
        return self.take_buffered()

    async def read_all(self, limit: int) -> bytes:
        """The whole body.

        Args:
            limit: octets; a longer body is refused without reading more of it.

        Raises:
            BodyTooLarge: it has more than ``limit`` octets.
            HttpError, ClientGone: as read_chunk.
        """
        if self.length is not None and self.length > limit:
            raise BodyTooLarge(limit)
        pieces: list[bytes] = []
        size = 0
        while piece := await self.read_chunk():
            size += len(piece)
            if size > limit:
                raise BodyTooLarge(limit)
            if self.complete and not pieces and not self._pieces and self._error is None:
                return piece
            pieces.append(piece)
        return b"".join(pieces)

    def feed(self, piece: bytes) -> None:
        """For the driver: octets have come in."""
        # RFC 9110 lets a server leave out 100 once octets have come. libcups sends the IPP part at once and
        # then waits a second for the 100 all the same, before it sends the document: so it is always sent.
        self.octets += len(piece)
        if self.discarding:
            return
        self._pieces.append(piece)
        self._cost += len(piece) + _PIECE_COST
        self._wake()

    def finish(self) -> None:
        """For the driver: the last octet has come in."""
        self.complete = True
        self.awaits_continue = False
        self._wake()

    def fail(self, error: PlantinError) -> None:
        """For the driver: the rest will never come."""
        if not self.complete and self._error is None:
            self._error = error
            self._wake()

    def discard(self) -> None:
        """For the driver: the handler is done; what is left is thrown away."""
        self.discarding = True
        self._pieces.clear()
        self._cost = 0
        self._wake()

    def _wake(self) -> None:
        waiter = self._waiter
        if waiter is not None and not waiter.done():
            waiter.set_result(None)
