"""The course of requests on one connection: parsed, answered in order, one at a time.

Holds the client back while the handler lags, and the handler while the client lags. It never cancels a
handler because its client left: the handler may be half way through accepting a job.
"""

import asyncio
import logging
from collections import deque
from typing import TYPE_CHECKING, Final

from plantin.frontends.http1.body import Body
from plantin.frontends.http1.channel import ENDING, Channel, Phase
from plantin.frontends.http1.encode import CONTINUE, SWITCH_TO_TLS, encode_refusal
from plantin.frontends.http1.errors import ClientGone, HttpError
from plantin.frontends.http1.exchange import serve
from plantin.frontends.http1.messages import ConnectionInfo, Request
from plantin.frontends.http1.parser import Head, RequestParser

if TYPE_CHECKING:
    from plantin.frontends.http1.server import HttpServer

logger = logging.getLogger("plantin.http1")

_BEFORE_HTTP: Final = frozenset((Phase.FIRST, Phase.HANDSHAKE))


class Connection(Channel):
    """The driver's side of one client connection."""

    __slots__ = (
        "_current",
        "_fault",
        "_inflow",
        "_mark_in",
        "_parser",
        "_upgrading",
        "_waiting",
        "info",
        "task",
    )

    def __init__(self, server: "HttpServer", loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(server, loop)
        self.info = ConnectionInfo()
        self.task: asyncio.Task[None] | None = None
        """The handler at work."""
        self._parser: RequestParser | None = None
        """None before the first octet, and after the last request."""
        self._fault: HttpError | None = None
        """What is to be answered after the requests that wait, to octets that are no request."""
        self._inflow: Body | None = None
        """The body that is coming in."""
        self._current: Request | None = None
        self._upgrading: Request | None = None
        self._waiting: deque[Request] = deque()
        self._mark_in = 0

    # The channel.

    def opened(self) -> None:
        limits = self.server.limits
        refusal = self.server.admit(self)
        if refusal is not None:
            if self.server.may_linger():
                self._refuse(refusal)
            else:
                self.abort()
            return
        if self._transport is not None:
            self._transport.set_write_buffer_limits(high=limits.write_high_water_octets)
        self.enter(Phase.FIRST, limits.first_octet_s)

    def octets_received(self, data: memoryview) -> None:
        parser = self._parser
        phase = self.phase
        if phase is Phase.FIRST:
            parser = self._parser = self._new_parser()
            self.enter(Phase.HEAD, self.server.limits.head_s)
        elif phase is Phase.IDLE:
            self.enter(Phase.HEAD, self.server.limits.head_s)
        if parser is None or parser.stopped:
            self.discard(len(data))
            return
        try:
            parser.feed(data)
        except HttpError as error:
            self._parse_failed(error)
        if self._upgrading is not None and self._current is self._upgrading:
            self._upgrade()
        self._adjust_reading()

    def secured(self) -> None:
        request, self._upgrading = self._upgrading, None
        if request is None:
            self.enter(Phase.FIRST, self.server.limits.first_octet_s)
            return
        self._parser = self._new_parser()
        request.tls = True
        self._dispatch(request)

    def input_ended(self) -> bool:
        if self._inflow is not None:
            self._parser = None
            self._fail_inflow(
                ClientGone("the client closed the connection in the middle of the request body")
            )
        self.info.end()
        return self._current is not None and self.phase not in (Phase.DRAIN, Phase.HANDSHAKE)

    def flushed(self) -> None:
        if self.phase is Phase.FLUSH:
            self._next()

    def ending(self, reason: str) -> None:
        self._parser = None
        self._fail_inflow(ClientGone(f"{reason} in the middle of the request body"))
        if self.phase is Phase.CLOSED:
            self._waiting.clear()
            self.info.end()
            self.server.forget(self)

    # Reading.

    def _new_parser(self) -> RequestParser:
        server = self.server
        offered = self._tls is None and server.tls_context is not None
        return RequestParser(self, server.limits, server.hosts, tls_upgrade=offered)

    def _parse_failed(self, error: HttpError) -> None:
        if self.phase in ENDING:
            return
        self.server.counts.refused_requests += 1
        logger.debug("%s port %d: %s", *self.peer, error.text)
        self._parser = None
        if self._inflow is not None:
            self._fail_inflow(error)
            if self.phase is Phase.DRAIN:
                self.linger()
            return
        self._fault = error
        if self._current is None:
            self._refuse(error)

    def _fail_inflow(self, error: HttpError | ClientGone) -> None:
        inflow, self._inflow = self._inflow, None
        if inflow is not None:
            inflow.fail(error)

    def _adjust_reading(self) -> None:
        if self.phase in ENDING:
            return
        inflow = self._inflow
        hold = (
            bool(self._waiting)
            or (self._parser is None and self.phase not in _BEFORE_HTTP)
            or (inflow is not None and inflow.buffered >= self.server.limits.read_high_water_octets)
        )
        if hold is not self._paused:
            self.set_reading(not hold)

    # What the parser calls, from within feed.

    def head_received(self, head: Head) -> None:
        if self.phase in ENDING:
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
                self.linger()

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
            body.awaits_continue = body.owes_continue = False
            self._mark_in = body.octets
            self.deadline = self.loop.time() + self.server.limits.progress_s
            self.write(CONTINUE)

    def body_taken(self, body: Body) -> None:
        self._adjust_reading()

    # The course of requests.

    def _begin(self, request: Request) -> None:
        self._current = request
        if request is not self._upgrading:
            self._dispatch(request)
        elif self._parser is not None and self._parser.stopped:
            self._upgrade()

    def _upgrade(self) -> None:
        """Go over to TLS as RFC 2817 has it; the request is answered there."""
        rest = self._parser.rest if self._parser is not None else b""
        self._parser = None
        self.write_clear(SWITCH_TO_TLS)
        self.begin_tls(rest)

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
        if self._parser is None and not self._waiting and self._fault is None:
            close = True  # the input broke off while the answer was on its way
        if close:
            more = self._waiting or (self._parser is not None and self._parser.started)
            if body.complete and self._inflow is None and not more:
                self.close()
            else:
                self.linger()
        elif not body.complete and self._inflow is body:
            body.discard()
            self._discarded = 0
            self.enter(Phase.DRAIN, self.server.limits.drain_s)
            self._adjust_reading()
        else:
            self._next()

    def _next(self) -> None:
        limits = self.server.limits
        if self._write_paused:
            self.enter(Phase.FLUSH, limits.progress_s)
            return
        self._current = None
        if self._waiting:
            self._begin(self._waiting.popleft())
            self._adjust_reading()
        elif self._fault is not None:
            self._refuse(self._fault)
        elif self._end_of_input or self.server.draining or self._parser is None or self._parser.stopped:
            self.close()
        else:
            if self._parser.started:
                self.enter(Phase.HEAD, limits.head_s)
            else:
                self.enter(Phase.IDLE, limits.idle_s)
            if self._paused:
                self._adjust_reading()

    def _refuse(self, error: HttpError) -> None:
        """Answer what is not a request, and end."""
        data = encode_refusal(error)
        self.write_clear(data if self._tls is None else self._tls.send(data))
        self.linger()

    def begin_drain(self) -> None:
        """Close now if nothing is in work; otherwise the answer in work is the last one."""
        if self._current is None and not (self._parser is not None and self._parser.started):
            self.close()

    def on_deadline(self, now: float) -> None:
        """The sweep found the deadline passed."""
        limits = self.server.limits
        phase = self.phase
        if phase is Phase.BUSY:
            self._check_body_progress()
            self.check_write_progress(now)
            self.deadline = now + limits.progress_s
            return
        if phase in (Phase.FLUSH, Phase.LINGER, Phase.CLOSING) and self.check_write_progress(now):
            self.deadline = now + limits.linger_s
            return
        if phase is not Phase.LINGER and phase is not Phase.CLOSING:
            self.server.counts.timeouts += 1
        if phase is Phase.HEAD:
            most = limits.head_s
            self._refuse(HttpError(408, f"the request header took more than {most:g} s", reason="slow"))
        elif phase is Phase.DRAIN:
            self.linger()
        elif phase is Phase.IDLE:
            self.close()
        else:
            self.abort()

    def _check_body_progress(self) -> None:
        inflow = self._inflow
        if inflow is None or inflow.awaits_continue:
            return
        limits = self.server.limits
        if not self._held_back and inflow.octets - self._mark_in < limits.body_progress_octets:
            self.server.counts.timeouts += 1
            self._parser = None
            least, window = limits.body_progress_octets, limits.progress_s
            text = f"less than {least} octets of the request body came in {window:g} s"
            self._fail_inflow(HttpError(408, text, reason="slow"))
            return
        self._mark_in = inflow.octets
        self._held_back = self._paused
