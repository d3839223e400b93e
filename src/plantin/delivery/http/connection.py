"""One HTTP/1.1 connection to a device, as an asyncio protocol.

Promises back-pressure in both directions, a bounded answer, and that an answer that comes before the
request is complete ends the sending. Copes with what devices do: HTTP/1.0, no "100 Continue", answers
without a length that end with the connection. One exchange at a time. RFC 9112; RFC 8010 section 3.4 and
appendix.
"""

import asyncio
from typing import Final, cast

import httptools

from plantin.core.errors import SpoolDamaged
from plantin.delivery.http.message import BODY_OCTETS_MAX, HEAD_OCTETS_MAX, Answer, Lost, Request, Transfer
from plantin.delivery.options import Limits
from plantin.delivery.pieces import close_pieces
from plantin.delivery.watch import StopWatch

_WRITE_BUFFER_OCTETS: Final = 128 * 1024


class Connection(asyncio.Protocol):
    """A connection; made by the pool."""

    def __init__(self, where: str, user_agent: str) -> None:
        self.where = where
        self.used = 0
        """Exchanges that began on it."""
        self.reusable = False
        """The last exchange ended in order and both sides keep the connection."""
        self.ignores_expect = False
        self._user_agent = user_agent
        self._transport: asyncio.Transport | None = None
        self._lost: Lost | None = None
        self._room: asyncio.Future[None] | None = None
        self._go: asyncio.Future[None] | None = None
        self._answer: asyncio.Future[Answer] | None = None
        self._clear()

    def _clear(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._body = bytearray()
        self._head_octets = 0
        self._octets = 0
        self._in_body = False
        self._measured = False
        self._keeps = False
        self._content_type = ""
        self._location = ""

    @property
    def transport(self) -> asyncio.Transport:
        assert self._transport is not None
        return self._transport

    @property
    def open(self) -> bool:
        return self._transport is not None and self._lost is None and not self._transport.is_closing()

    def close(self) -> None:
        """Ends it at once; what was not sent yet is dropped."""
        self.reusable = False
        if self._transport is not None:
            self._transport.abort()

    async def exchange(
        self, request: Request, transfer: Transfer, watch: StopWatch, limits: Limits
    ) -> Answer:
        """Sends ``request`` and reads the answer. Closes the connection unless both ended in order.

        Raises:
            Lost: it came to nothing; ``transfer`` says how far the document got.
            Stopped: the wish to stop came first.
            SpoolDamaged: the document is not what was stored.
        """
        self.used += 1
        self.reusable = False
        self._clear()
        answered: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._answer = answered
        try:
            await self._send(request, transfer, watch, limits)
            answer = await self._wait(answered, limits.answer_timeout, watch, "did not answer")
            self.reusable = self._reusable(request, transfer)
            return answer
        finally:
            self._answer = None
            self._go = None
            if answered.done() and not answered.cancelled():
                answered.exception()
            if not self.reusable:
                self.close()

    async def _send(self, request: Request, transfer: Transfer, watch: StopWatch, limits: Limits) -> None:
        head = request.head(self._user_agent)
        message = _chunk(request.message) if request.in_chunks else request.message
        if request.document is None:
            self._write(head + message)
            return
        try:
            if request.expect:
                self._write(head)
                await self._continue(watch, limits)
                if self._answered:
                    return
                self._write(message)
            else:
                self._write(head + message)
            await self._document(request, transfer, watch, limits)
        finally:
            await close_pieces(request.document)

    async def _continue(self, watch: StopWatch, limits: Limits) -> None:
        """Until the device says "100 Continue" or answers; devices that know no such thing say nothing."""
        self._go = asyncio.get_running_loop().create_future()
        try:
            await watch.wait(self._go, limits.continue_timeout)
        except TimeoutError:
            self.ignores_expect = True

    async def _document(self, request: Request, transfer: Transfer, watch: StopWatch, limits: Limits) -> None:
        assert request.document is not None
        async for piece in request.document:
            await self._drained(request, watch, limits)
            if self._answered:
                return
            watch.check()
            if piece:
                self._write(_chunk(piece) if request.in_chunks else piece)
                transfer.octets += len(piece)
        await self._drained(request, watch, limits)
        if self._answered:
            return
        if request.in_chunks:
            self._write(b"0\r\n\r\n")
        elif transfer.octets != request.document_octets:
            raise SpoolDamaged(f"the document has {transfer.octets} octets and not {request.document_octets}")
        transfer.complete = True

    async def _drained(self, request: Request, watch: StopWatch, limits: Limits) -> None:
        """Until the device takes more, or answers."""
        left_s = limits.progress_timeout
        while self._room is not None and not self._answered:
            piece_s = min(left_s, limits.stall_report)
            try:
                await watch.wait(self._room, piece_s)
            except TimeoutError:
                left_s -= piece_s
                if left_s <= 0:
                    raise Lost(
                        "transfer-timeout", f"{self.where} took nothing for {limits.progress_timeout:g} s"
                    ) from None
                if request.stalled is not None:
                    await request.stalled()
        if self._lost is not None and not self._answered:
            raise self._lost

    async def _wait(
        self, answered: "asyncio.Future[Answer]", limit_s: float, watch: StopWatch, failure: str
    ) -> Answer:
        try:
            return await watch.wait(answered, limit_s)
        except TimeoutError:
            pass
        if self._in_body and not self._measured and self._body:
            return self._made()  # no length and no close: what came is all there is
        raise Lost("answer-timeout", f"{self.where} {failure} in {limit_s:g} s", silent=not self._octets)

    @property
    def _answered(self) -> bool:
        return self._answer is not None and self._answer.done()

    def _reusable(self, request: Request, transfer: Transfer) -> bool:
        sent = request.document is None or transfer.complete
        return sent and self.open and self._measured and self._keeps

    def _write(self, data: bytes) -> None:
        if self._lost is not None:
            raise self._lost
        self.transport.write(data)

    def _fail(self, reason: str, text: str) -> None:
        self._end(Lost(reason, f"{self.where} {text}", silent=not self._octets))
        self.close()

    def _end(self, lost: Lost) -> None:
        if self._lost is None:
            self._lost = lost
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(lost)
        self._wake()

    def _wake(self) -> None:
        """Whoever waits for room or for "continue" looks again."""
        if self._go is not None and not self._go.done():
            self._go.set_result(None)
        if self._room is not None:
            if not self._room.done():
                self._room.set_result(None)
            self._room = None

    # what asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.set_write_buffer_limits(high=_WRITE_BUFFER_OCTETS)

    def data_received(self, data: bytes) -> None:
        if self._answer is None:
            self.close()  # an answer to nothing: whatever it is, this connection is not to be used again
            return
        self._octets += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            if not self._answered:
                self._fail("bad-answer", f"does not speak HTTP: {error}")
            return
        if not self._in_body:
            self._head_octets += len(data)
            if self._head_octets > HEAD_OCTETS_MAX:
                self._fail("bad-answer", f"sends more than {HEAD_OCTETS_MAX} octets of header")

    def eof_received(self) -> bool:
        return False

    def connection_lost(self, error: Exception | None) -> None:
        if self._in_body and not self._measured and error is None and not self._answered:
            if self._answer is not None:
                self._answer.set_result(self._made())
            self._wake()
        if error is None:
            text = "closed the connection" + (" in the middle of its answer" if self._octets else "")
            lost = Lost("connection-closed-by-device", f"{self.where} {text}", silent=not self._octets)
        else:
            lost = Lost("connection-lost", f"{self.where}: {error}", silent=not self._octets)
        self._end(lost)

    def pause_writing(self) -> None:
        if self._room is None:
            self._room = asyncio.get_running_loop().create_future()

    def resume_writing(self) -> None:
        if self._room is not None:
            if not self._room.done():
                self._room.set_result(None)
            self._room = None

    # what httptools calls

    def on_message_begin(self) -> None:
        self._body.clear()
        self._in_body = False
        self._measured = False
        self._content_type = self._location = ""

    def on_header(self, name: bytes, value: bytes) -> None:
        lower = name.lower()
        if lower == b"content-type":
            self._content_type = value.decode("latin-1").partition(";")[0].strip().lower()
        elif lower == b"location":
            self._location = value.decode("latin-1")
        elif lower == b"content-length" or (lower == b"transfer-encoding" and b"chunked" in value.lower()):
            self._measured = True

    def on_headers_complete(self) -> None:
        self._in_body = self._parser.get_status_code() >= 200

    def on_body(self, body: bytes) -> None:
        self._body += body
        if len(self._body) > BODY_OCTETS_MAX:
            self._fail("bad-answer", f"answers with more than {BODY_OCTETS_MAX} octets")

    def on_message_complete(self) -> None:
        status = self._parser.get_status_code()
        if status < 200:
            if self._go is not None and not self._go.done():
                self._go.set_result(None)
            return
        if status in (204, 304):
            self._measured = True
        self._keeps = self._parser.should_keep_alive()
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(self._made())
        self._wake()

    def _made(self) -> Answer:
        return Answer(
            self._parser.get_status_code(),
            self._parser.get_http_version(),
            self._content_type,
            self._location,
            bytes(self._body),
        )


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)
