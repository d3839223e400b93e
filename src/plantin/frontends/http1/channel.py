"""A client's socket: octets in both directions, in the clear or in TLS, and its orderly end.

Knows nothing of HTTP. The first octet, or an Upgrade, turns the channel to TLS. Its end comes in three ways:
``close`` (what is written still goes out), ``linger`` (the same for a client that may still be sending: shut
down, wait, then close, so that no reset makes it lose the answer; RFC 9112 section 9.6) and ``abort``.
Every phase has a deadline, kept as one number that the server's sweep looks at; no channel has a timer.
"""

import asyncio
import fcntl
import ssl
import struct
import termios
from abc import abstractmethod
from enum import Enum, auto
from math import inf
from typing import TYPE_CHECKING, Final, cast

from plantin.frontends.http1.errors import ClientGone
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


ENDING: Final = frozenset((Phase.LINGER, Phase.CLOSING, Phase.CLOSED))


class Channel(asyncio.BufferedProtocol):
    """The octets of one accepted socket."""

    __slots__ = (
        "_discarded",
        "_drained",
        "_end_of_input",
        "_held_back",
        "_mark_out",
        "_paused",
        "_tls",
        "_transport",
        "_window_end",
        "_write_paused",
        "_written",
        "deadline",
        "local",
        "loop",
        "peer",
        "phase",
        "server",
    )

    def __init__(self, server: "HttpServer", loop: asyncio.AbstractEventLoop) -> None:
        self.server = server
        self.loop = loop
        self.peer = ("", 0)
        self.local = ("", 0)
        self.phase = Phase.FIRST
        self.deadline = inf
        """When the sweep has to look at this connection, on the loop's clock."""
        self._transport: asyncio.Transport | None = None
        self._tls: TlsStream | None = None
        self._paused = False
        self._held_back = False
        """Reading was paused at some time in this progress window."""
        self._end_of_input = False
        self._discarded = 0
        self._write_paused = False
        self._drained: asyncio.Future[None] | None = None
        self._written = 0
        self._mark_out = 0
        self._window_end = inf

    # What a subclass does with the channel.

    @abstractmethod
    def opened(self) -> None:
        """The socket is accepted."""

    @abstractmethod
    def octets_received(self, data: memoryview) -> None:
        """Octets have come in; ``data`` is only valid during this call."""

    @abstractmethod
    def secured(self) -> None:
        """The TLS handshake is done."""

    @abstractmethod
    def input_ended(self) -> bool:
        """The client has closed its side; whether ours stays open for an answer."""

    @abstractmethod
    def flushed(self) -> None:
        """The client has taken enough of what was written."""

    @abstractmethod
    def ending(self, reason: str) -> None:
        """No more octets will be passed on."""

    # What the transport calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self.peer = _address(transport.get_extra_info("peername"))
        self.local = _address(transport.get_extra_info("sockname"))
        self.opened()

    def get_buffer(self, sizehint: int) -> memoryview:
        return self.server.read_buffer

    def buffer_updated(self, nbytes: int) -> None:
        data = self.server.read_buffer[:nbytes]
        if self.phase in ENDING:
            self.discard(nbytes)
        elif self._tls is not None:
            self._receive_tls(self._tls, data)
        elif self.phase is Phase.FIRST and data[0] == _TLS_FIRST_OCTET:
            self.begin_tls(data)
        else:
            self.octets_received(data)

    def eof_received(self) -> bool:
        self._end_of_input = True
        return self.input_ended() and self.phase not in ENDING

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._tls = None
        self.phase = Phase.CLOSED
        self.deadline = inf
        self.ending("the connection broke")
        self._wake_writer()

    def pause_writing(self) -> None:
        self._write_paused = True

    def resume_writing(self) -> None:
        self._write_paused = False
        self._wake_writer()
        self.flushed()

    # Reading.

    def set_reading(self, on: bool) -> None:
        """Take octets from the client, or hold it back."""
        transport = self._transport
        if transport is None or transport.is_closing() or self._end_of_input or self._paused is not on:
            return
        self._paused = not on
        if on:
            transport.resume_reading()
        else:
            self._held_back = True
            transport.pause_reading()

    def discard(self, count: int) -> None:
        """Octets that nobody wants have come in; beyond the limit the client is held back."""
        self._discarded += count
        if self._discarded > self.server.limits.drain_octets:
            self.set_reading(False)

    # TLS.

    def begin_tls(self, data: bytes | memoryview) -> None:
        """From here on it is TLS, beginning with ``data``."""
        context = self.server.tls_context
        if context is None:
            self.abort()
            return
        self._tls = tls = TlsStream(context)
        self.enter(Phase.HANDSHAKE, self.server.limits.handshake_s)
        if data:
            self._receive_tls(tls, data)

    def _receive_tls(self, tls: TlsStream, data: bytes | memoryview) -> None:
        tls.receive(data)
        try:
            if not tls.established:
                done = tls.handshake()
                self.write_clear(tls.output())
                if not done:
                    return
                self.secured()
            self._decrypt(tls)
        except ssl.SSLError:
            self.server.counts.tls_failures += 1
            self.write_clear(tls.output())
            self._tls = None
            self.close()

    def _decrypt(self, tls: TlsStream) -> None:
        buffer = self.server.plain_buffer
        while self.phase not in ENDING:
            size, ended = tls.read_into(buffer)
            if size:
                self.octets_received(buffer[:size])
            if ended:
                if not self._end_of_input and not self.eof_received():
                    self.close()
                return
            if size < len(buffer):
                break
        self.write_clear(tls.output())

    # Writing.

    def write(self, data: bytes) -> None:
        """Send octets of an answer.

        Raises:
            ClientGone: there is nobody to send to.
        """
        if self._transport is None or self.phase in ENDING:
            raise ClientGone("the client left before the answer was sent")
        self.write_clear(data if self._tls is None else self._tls.send(data))

    def write_clear(self, data: bytes) -> None:
        """Send octets as they are."""
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

    # Ends.

    def linger(self) -> None:
        """Shut down our side, and close when the client has closed its own or has had its time."""
        transport = self._transport
        if transport is None or self.phase in ENDING:
            return
        self._shut(Phase.LINGER)
        if self._end_of_input or not transport.can_write_eof():
            transport.close()
            return
        self._discarded = 0
        transport.write_eof()
        self.set_reading(True)

    def close(self) -> None:
        """Close as soon as everything written has gone out."""
        if self._transport is not None and self.phase not in ENDING:
            self._shut(Phase.CLOSING)
            self._transport.close()

    def abort(self) -> None:
        """Drop the connection, whatever is still to be sent."""
        if self._transport is not None:
            self._transport.abort()

    def _shut(self, phase: Phase) -> None:
        if self._tls is not None:
            self.write_clear(self._tls.close())
        self.ending("the connection was closed")
        self.enter(phase, self.server.limits.linger_s)
        self._window_end = self.loop.time() + self.server.limits.progress_s
        self._mark_out = 0 if self._transport is None else self._written - _unsent(self._transport)

    # Time.

    def enter(self, phase: Phase, seconds: float) -> None:
        """Begin a phase that may take so long."""
        self.phase = phase
        self.deadline = self.loop.time() + seconds

    def check_write_progress(self, now: float) -> bool:
        """Whether octets wait for the client to take them; drops a client that takes none."""
        transport = self._transport
        size = 0 if transport is None else _unsent(transport)
        if not size:
            return False
        if now >= self._window_end:
            limits = self.server.limits
            sent = self._written - size
            if sent - self._mark_out < limits.write_progress_octets:
                self.server.counts.timeouts += 1
                self.abort()
            self._mark_out = sent
            self._window_end = now + limits.progress_s
        return True


def _unsent(transport: asyncio.Transport) -> int:
    """Octets that the client has not acknowledged: the transport's and the kernel's.

    A kernel takes megabytes and asks for more only when a third of them is gone; a slow client would look
    like a dead one if the transport's own buffer were all that is looked at.
    """
    sock = transport.get_extra_info("socket")
    queued = 0
    if sock is not None and sock.fileno() >= 0:
        try:
            queued = struct.unpack("i", fcntl.ioctl(sock.fileno(), termios.TIOCOUTQ, b"\0\0\0\0"))[0]
        except OSError:  # this kernel cannot tell
            queued = 0
    return transport.get_write_buffer_size() + queued


def _address(name: object) -> tuple[str, int]:
    if not isinstance(name, tuple):
        return ("", 0)
    host = str(name[0])
    return (host.removeprefix("::ffff:") if "." in host else host, int(name[1]))
