"""One client connection: an asyncio protocol that joins transport, TLS, parser and handler.

It answers requests in the order they came, one at a time, and holds the client back while the handler
lags. A last answer to a client that still sends is followed by a shutdown and a short wait, not by a close:
closing with unread octets would send a reset, and the client could lose the answer (RFC 9112 section 9.6).
Every phase has a deadline, kept as one number that the server's sweep looks at; there is no timer per
connection.

It never cancels a handler because its client left: the handler may be half way through accepting a job.
"""

import asyncio
import ssl
from collections import deque
from enum import Enum, auto
from math import inf
from typing import TYPE_CHECKING, Final, cast

from plantin.frontends.http1.body import Body
from plantin.frontends.http1.encode import CONTINUE, SWITCH_TO_TLS, encode_refusal
from plantin.frontends.http1.errors import ClientGone, HttpError
from plantin.frontends.http1.exchange import serve
from plantin.frontends.http1.messages import ConnectionInfo, Request
from plantin.frontends.http1.parser import Head, RequestParser
from plantin.frontends.http1.tls_stream import TlsStream

if TYPE_CHECKING:
    from plantin.frontends.http1.server import HttpServer

_TLS_FIRST_OCTET: Final = 0x16
"""ContentType handshake, RFC 8446 section 5.1; no HTTP method begins with it."""


class Phase(Enum):
    """What the connection is waiting for, and so what its deadline means."""

    FIRST = auto()
    """The first octet."""
    HANDSHAKE = auto()
    IDLE = auto()
    """The next request of a kept-alive connection."""
    HEAD = auto()
    """The rest of a header."""
    BUSY = auto()
    """The handler; the deadline is the end of a progress window."""
    FLUSH = auto()
    """The client to take an answer, before the next request is begun."""
    DRAIN = auto()
    """The rest of a body that nobody wants."""
    LINGER = auto()
    """The client to see the last answer."""
    CLOSING = auto()
    """The transport to send what it has and close."""
    CLOSED = auto()


_BEFORE_HTTP: Final = frozenset((Phase.FIRST, Phase.HANDSHAKE))
_PAST_HTTP: Final = frozenset((Phase.LINGER, Phase.CLOSING, Phase.CLOSED))


class Connection(asyncio.BufferedProtocol):
    """The driver's side of one accepted socket."""

    def __init__(self, server: "HttpServer", loop: asyncio.AbstractEventLoop) -> None:
        self.server = server
        self.info = ConnectionInfo()
        self.peer = ("", 0)
        self.local = ("", 0)
        self.phase = Phase.FIRST
        self.deadline = inf
        """When the sweep has to look at this connection, on the loop's clock."""
        self.task: asyncio.Task[None] | None = None
        self.loop = loop
        self._transport: asyncio.Transport | None = None
        self._tls: TlsStream | None = None
        self._parser: RequestParser | None = None
        self._fault: HttpError | None = None
        self._inflow: Body | None = None
        self._current: Request | None = None
        self._upgrading: Request | None = None
        self._waiting: deque[Request] = deque()
        self._paused = False
        self._held_back = False
        self._end_of_input = False
        self._write_paused = False
        self._drained: asyncio.Future[None] | None = None
        self._discarded = 0
        self._written = 0
        self._mark_in = 0
        self._mark_out = 0
        self._window_end = inf

    # What the transport calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = tcp = cast(asyncio.Transport, transport)
        self.peer = _address(transport.get_extra_info("peername"))
        self.local = _address(transport.get_extra_info("sockname"))
        limits = self.server.limits
        refusal = self.server.admit(self)
        if refusal is None:
            tcp.set_write_buffer_limits(high=limits.write_high_water_octets)
            self._enter(Phase.FIRST, limits.first_octet_s)
        elif self.server.may_linger():
            self._refuse(refusal)
        else:
            tcp.abort()

    def get_buffer(self, sizehint: int) -> memoryview:
        return self.server.read_buffer

    def buffer_updated(self, nbytes: int) -> None:
        data = self.server.read_buffer[:nbytes]
        if self._tls is not None:
            self._receive_tls(data)
        elif self.phase is Phase.FIRST and data[0] == _TLS_FIRST_OCTET:
            self._begin_tls(data)
        else:
            self._receive(data)

    def eof_received(self) -> bool:
        self._end_of_input = True
        inflow, self._inflow = self._inflow, None
        if inflow is not None:
            self._parser = None
            inflow.fail(ClientGone("the client closed the connection in the middle of the request body"))
        self.info.end()
        return self._current is not None and self.phase is not Phase.DRAIN and self.phase not in _PAST_HTTP

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._parser = None
        self._tls = None
        self.phase = Phase.CLOSED
        self.deadline = inf
        self._waiting.clear()
        inflow, self._inflow = self._inflow, None
        if inflow is not None:
            inflow.fail(ClientGone("the connection broke in the middle of the request body"))
        self._wake_writer()
        self.info.end()
        self.server.forget(self)

    def pause_writing(self) -> None:
        self._write_paused = True

    def resume_writing(self) -> None:
        self._write_paused = False
        self._wake_writer()
        if self.phase is Phase.FLUSH:
            self._next()

    # Reading.

    def _receive(self, data: memoryview) -> None:
        """Octets of HTTP, in the clear or decrypted."""
        parser = self._parser
        phase = self.phase
        if phase is Phase.FIRST:
            parser = self._parser = self._new_parser()
            self._enter(Phase.HEAD, self.server.limits.head_s)
        elif phase is Phase.IDLE:
            self._enter(Phase.HEAD, self.server.limits.head_s)
        if parser is None or phase in _PAST_HTTP:
            self._discard(len(data))
            return
        try:
            parser.feed(data)
        except HttpError as error:
            self._parse_failed(error)
        if self._upgrading is not None and self._current is self._upgrading:
            self._upgrade()
        self._adjust_reading()

    def _new_parser(self) -> RequestParser:
        server = self.server
        offered = self._tls is None and server.tls_context is not None
        return RequestParser(self, server.limits, server.hosts, tls_upgrade=offered)

    def _discard(self, count: int) -> None:
        self._discarded += count
        if self._discarded > self.server.limits.drain_octets:
            self._set_reading(False)

    def _parse_failed(self, error: HttpError) -> None:
        if self.phase in _PAST_HTTP:
            return
        self.server.counts.refused_requests += 1
        self._parser = None
        inflow, self._inflow = self._inflow, None
        if inflow is not None:
            inflow.fail(error)
            if self.phase is Phase.DRAIN:
                self._linger()
            return
        self._fault = error
        if self._current is None:
            self._refuse(error)

    def _adjust_reading(self) -> None:
        if self.phase in _PAST_HTTP:
            return
        inflow = self._inflow
        hold = (
            bool(self._waiting)
            or (self._parser is None and self.phase not in _BEFORE_HTTP)
            or (inflow is not None and inflow.buffered >= self.server.limits.read_high_water_octets)
        )
        if hold is not self._paused:
            self._set_reading(not hold)

    def _set_reading(self, on: bool) -> None:
        transport = self._transport
        if transport is None or transport.is_closing() or self._end_of_input or self._paused is not on:
            return
        self._paused = not on
        if on:
            transport.resume_reading()
        else:
            self._held_back = True
            transport.pause_reading()

    # What the parser calls, from within feed.

    def head_received(self, head: Head) -> None:
        if self.phase in _PAST_HTTP:
            return
        if len(self._waiting) >= self.server.limits.pipelined_requests:
            raise HttpError(400, "too many pipelined requests wait for an answer", reason="pipelining")
        body = Body(self, head.length, head.expects_continue)
        request = Request(
            head.method,
            head.target,
            head.path,
            head.query,
            head.headers,
            head.http_version,
            head.host,
            self.peer,
            self.local,
            self._tls is not None,
            body,
            self.info,
        )
        if not body.complete:
            self._inflow = body
        if head.upgrades_to_tls:
            self._upgrading = request
        if self._current is None:
            self._begin(request)
        else:
            self._waiting.append(request)

    def body_received(self, piece: bytes) -> None:
        inflow = self._inflow
        if inflow is None:
            return
        inflow.feed(piece)
        if inflow.discarding:
            self._discarded += len(piece)
            if self._discarded > self.server.limits.drain_octets:
                self._linger()

    def message_ended(self) -> None:
        inflow, self._inflow = self._inflow, None
        if inflow is None:
            return
        inflow.finish()
        if self.phase is Phase.DRAIN:
            self._next()

    # What a body asks for.

    def body_wanted(self, body: Body) -> None:
        if body.awaits_continue:
            body.awaits_continue = False
            self._mark_in = body.octets
            self.deadline = self.loop.time() + self.server.limits.progress_s
            self.write(CONTINUE)

    def body_taken(self, body: Body) -> None:
        self._adjust_reading()

    # TLS.

    def _begin_tls(self, data: bytes | memoryview) -> None:
        context = self.server.tls_context
        if context is None:
            self.abort()
            return
        self._tls = TlsStream(context)
        self._enter(Phase.HANDSHAKE, self.server.limits.handshake_s)
        if data:
            self._receive_tls(data)

    def _upgrade(self) -> None:
        """Go over to TLS as RFC 2817 has it; the request is answered there."""
        rest = self._parser.rest if self._parser is not None else b""
        self._parser = None
        self._write_clear(SWITCH_TO_TLS)
        self._begin_tls(rest)

    def _receive_tls(self, data: bytes | memoryview) -> None:
        tls = self._tls
        if tls is None or self.phase in _PAST_HTTP:
            self._discard(len(data))
            return
        tls.receive(data)
        try:
            if not tls.established:
                done = tls.handshake()
                self._write_clear(tls.output())
                if not done:
                    return
                self._tls_established()
            self._decrypt(tls)
        except ssl.SSLError:
            self.server.counts.tls_failures += 1
            self._write_clear(tls.output())
            self._tls = None
            self._close()

    def _tls_established(self) -> None:
        request, self._upgrading = self._upgrading, None
        if request is None:
            self._enter(Phase.FIRST, self.server.limits.first_octet_s)
            return
        self._parser = self._new_parser()
        request.tls = True
        self._dispatch(request)

    def _decrypt(self, tls: TlsStream) -> None:
        buffer = self.server.plain_buffer
        while True:
            size, ended = tls.read_into(buffer)
            if size:
                self._receive(buffer[:size])
            if ended:
                if not self._end_of_input and not self.eof_received():
                    self._close()
                return
            if size < len(buffer) or self.phase in _PAST_HTTP:
                break
        self._write_clear(tls.output())

    # Writing.

    def write(self, data: bytes) -> None:
        """Send octets of an answer.

        Raises:
            ClientGone: there is nobody to send to.
        """
        if self._transport is None or self.phase in _PAST_HTTP:
            raise ClientGone("the client left before the answer was sent")
        self._write_clear(data if self._tls is None else self._tls.send(data))

    def _write_clear(self, data: bytes) -> None:
        transport = self._transport
        if data and transport is not None:
            self._written += len(data)
            transport.write(data)

    async def drained(self) -> None:
        """Wait until the client has taken enough for more to be sent.

        Raises:
            ClientGone: it never will.
        """
        if self._write_paused and self._transport is not None:
            self._drained = self.loop.create_future()
            try:
                await self._drained
            finally:
                self._drained = None
        if self._transport is None:
            raise ClientGone("the client left in the middle of the answer")

    def _wake_writer(self) -> None:
        if self._drained is not None and not self._drained.done():
            self._drained.set_result(None)

    # The course of requests.

    def _begin(self, request: Request) -> None:
        self._current = request
        if request is not self._upgrading:
            self._dispatch(request)
        elif self._parser is not None and self._parser.stopped:
            self._upgrade()

    def _dispatch(self, request: Request) -> None:
        now = self.loop.time()
        self.phase = Phase.BUSY
        self.deadline = self._window_end = now + self.server.limits.progress_s
        self._mark_in = request.body.octets
        self._mark_out = self._written
        self.server.busy.add(self)
        self.server.counts.requests += 1
        self.task = self.loop.create_task(serve(self, request))

    def must_close_after(self, request: Request) -> bool:
        """Whether the answer to ``request`` has to be the last one."""
        if self._waiting or self._fault is not None:
            return False
        parser = self._parser
        if parser is None or not parser.keep_alive or self._end_of_input or self.server.draining:
            return True
        body = request.body
        if body.complete:
            return False
        # A client that was not told to continue may send the body or not: nobody can say what comes next.
        rest = 0 if body.length is None else body.length - body.octets
        return body.awaits_continue or rest > self.server.limits.drain_octets

    def answered(self, request: Request, close: bool) -> None:
        """The whole answer is with the transport."""
        self.task = None
        self.server.busy.discard(self)
        self.server.check_drained()
        if self._transport is None:
            return
        body = request.body
        if close:
            if body.complete and self._inflow is None and not self._waiting:
                self._close()
            else:
                self._linger()
        elif not body.complete and self._inflow is body:
            body.discard()
            self._discarded = 0
            self._enter(Phase.DRAIN, self.server.limits.drain_s)
            self._adjust_reading()
        else:
            self._next()

    def _next(self) -> None:
        limits = self.server.limits
        if self._write_paused:
            self._enter(Phase.FLUSH, limits.progress_s)
            return
        self._current = None
        if self._waiting:
            self._begin(self._waiting.popleft())
            self._adjust_reading()
        elif self._fault is not None:
            self._refuse(self._fault)
        elif self._end_of_input or self.server.draining or self._parser is None or self._parser.stopped:
            self._close()
        else:
            if self._parser.started:
                self._enter(Phase.HEAD, limits.head_s)
            else:
                self._enter(Phase.IDLE, limits.idle_s)
            if self._paused:
                self._adjust_reading()

    def _refuse(self, error: HttpError) -> None:
        """Answer what is not a request, and end."""
        data = encode_refusal(error)
        self._write_clear(data if self._tls is None else self._tls.send(data))
        self._linger()

    # Ends.

    def _linger(self) -> None:
        transport = self._transport
        if transport is None or self.phase in _PAST_HTTP:
            return
        self._shut(Phase.LINGER)
        if self._end_of_input or not transport.can_write_eof():
            transport.close()
            return
        self._discarded = 0
        transport.write_eof()
        self._set_reading(True)

    def _close(self) -> None:
        if self._transport is not None and self.phase not in _PAST_HTTP:
            self._shut(Phase.CLOSING)
            self._transport.close()

    def _shut(self, phase: Phase) -> None:
        if self._tls is not None:
            self._write_clear(self._tls.close())
        self._parser = None
        inflow, self._inflow = self._inflow, None
        if inflow is not None:
            inflow.fail(ClientGone("the connection was closed in the middle of the request body"))
        self._enter(phase, self.server.limits.linger_s)
        self._window_end = self.loop.time() + self.server.limits.progress_s

    def abort(self) -> None:
        """Drop the connection, whatever is still to be sent."""
        if self._transport is not None:
            self._transport.abort()

    def begin_drain(self) -> None:
        """Close now if nothing is in work; otherwise the answer in work is the last one."""
        if self._current is None and not (self._parser is not None and self._parser.started):
            self._close()

    # Time.

    def _enter(self, phase: Phase, seconds: float) -> None:
        self.phase = phase
        self.deadline = self.loop.time() + seconds

    def on_deadline(self, now: float) -> None:
        """The sweep found the deadline passed."""
        limits = self.server.limits
        phase = self.phase
        if phase is Phase.BUSY:
            self._check_body_progress()
            self._check_write_progress(now)
            self.deadline = now + limits.progress_s
            return
        if phase in (Phase.FLUSH, Phase.LINGER, Phase.CLOSING) and self._check_write_progress(now):
            self.deadline = now + limits.linger_s
            return
        if phase is not Phase.LINGER and phase is not Phase.CLOSING:
            self.server.counts.timeouts += 1
        if phase is Phase.HEAD:
            most = limits.head_s
            self._refuse(HttpError(408, f"the request header took more than {most:g} s", reason="slow"))
        elif phase is Phase.DRAIN:
            self._linger()
        elif phase is Phase.IDLE:
            self._close()
        else:
            self.abort()

    def _check_body_progress(self) -> None:
        inflow = self._inflow
        if inflow is None or inflow.awaits_continue:
            return
        limits = self.server.limits
        if not self._held_back and inflow.octets - self._mark_in < limits.body_progress_octets:
            self.server.counts.timeouts += 1
            self._inflow = self._parser = None
            least, window = limits.body_progress_octets, limits.progress_s
            text = f"less than {least} octets of the request body came in {window:g} s"
            inflow.fail(HttpError(408, text, reason="slow"))
            return
        self._mark_in = inflow.octets
        self._held_back = self._paused

    def _check_write_progress(self, now: float) -> bool:
        """Whether octets wait for the client to take them; drops a client that takes none."""
        if self._transport is None:
            return False
        size = self._transport.get_write_buffer_size()
        if not size:
            return False
        if now >= self._window_end:
            sent = self._written - size
            if sent - self._mark_out < self.server.limits.write_progress_octets:
                self.server.counts.timeouts += 1
                self.abort()
            self._mark_out = sent
            self._window_end = now + self.server.limits.progress_s
        return True


def _address(name: object) -> tuple[str, int]:
    if not isinstance(name, tuple):
        return ("", 0)
    host = str(name[0])
    return (host.removeprefix("::ffff:") if "." in host else host, int(name[1]))
