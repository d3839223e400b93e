"""A raw port-9100 device (AppSocket) that records what it gets and can misbehave.

Each connection is served in a thread of its own, by the behaviour set at the moment it was accepted; what
arrived is kept with the times at which the connection opened, spoke last and closed.
"""

from __future__ import annotations

import contextlib
import enum
import select
import socket
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.peers.process import free_port, wait_until

PJL_STATUS = b'@PJL USTATUS DEVICE\r\nCODE=10001\r\nDISPLAY="Ready"\r\nONLINE=TRUE\r\n\x0c'
PJL_ERROR = b'@PJL USTATUS DEVICE\r\nCODE=40021\r\nDISPLAY="Paper jam, tray 2"\r\nONLINE=FALSE\r\n\x0c'
_PIECE = 65536


class Behaviour(enum.Enum):
    """What the device does with the next connections."""

    GOOD = "takes everything until the client's half-close, then closes"
    REFUSE = "does not listen: connection refused"
    SILENT = "accepts and never reads or says a word"
    RESET = "resets the connection after `octets` octets"
    RESET_AT_ONCE = "resets the connection before it read anything"
    CLOSE_AT_ONCE = "closes cleanly without reading"
    CLOSE_EARLY = "closes cleanly after `octets` octets, in the middle of the job"
    HALF_CLOSE = "shuts its sending side down at once, and reads on"
    SLOW = "reads `octets` octets every `seconds`"
    STALL = "reads `octets` octets, then no more, and keeps the connection open"
    NEVER_CLOSES = "reads everything, but never closes after the client's half-close"
    LATE_CLOSE = "closes `seconds` after the client's half-close"
    LATE_ACCEPT = "lets the connection wait `seconds` before it reads"
    STATUS = "reports a PJL status at once and after the job"
    ERROR_TEXT = "reports a PJL error in the middle of the job, and takes the rest"
    JUNK = "sends a flood of back-channel junk while it reads"


@dataclass
class Received:
    """One connection and what came over it."""

    opened: float
    data: bytearray = field(default_factory=bytearray)
    spoke: float = 0.0
    closed: float = 0.0
    half_closed: bool = False
    error: str = ""

    @property
    def complete(self) -> bool:
        """Whether the client itself ended the job (half-close or close), not a reset or the device."""
        return self.half_closed and not self.error


class Sink:
    """A device at `socket://127.0.0.1:PORT`. Set `behaviour` (and `octets`, `seconds`) at any time."""

    def __init__(
        self, behaviour: Behaviour = Behaviour.GOOD, *, octets: int = 1000, seconds: float = 0.05
    ) -> None:
        self.port = free_port()
        self.uri = f"socket://127.0.0.1:{self.port}"
        self.octets = octets
        self.seconds = seconds
        self.connections: list[Received] = []
        self._behaviour = Behaviour.REFUSE
        self._ended = threading.Event()
        self._lock = threading.Lock()
        self._listener: socket.socket | None = None
        self._links: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self.behave(behaviour)

    @property
    def behaviour(self) -> Behaviour:
        return self._behaviour

    def behave(
        self, behaviour: Behaviour, *, octets: int | None = None, seconds: float | None = None
    ) -> None:
        """Change what the next connections meet."""
        self.octets = self.octets if octets is None else octets
        self.seconds = self.seconds if seconds is None else seconds
        self._behaviour = behaviour
        if behaviour is Behaviour.REFUSE:
            self._close_listener()
        elif self._listener is None:
            self._listen()

    @property
    def jobs(self) -> list[bytes]:
        """The documents that came whole, in the order of their connections."""
        with self._lock:
            return [bytes(one.data) for one in self.connections if one.complete and one.data]

    def wait_jobs(self, count: int, seconds: float = 30.0) -> list[bytes]:
        """Wait for `count` whole documents; PeerError otherwise."""
        wait_until(lambda: len(self.jobs) >= count, f"{count} jobs at {self.uri}", seconds)
        return self.jobs

    def wait_connections(self, count: int, seconds: float = 30.0) -> list[Received]:
        """Wait until `count` connections were accepted in all."""
        wait_until(lambda: len(self.connections) >= count, f"{count} connections at {self.uri}", seconds)
        return self.connections

    def close(self) -> None:
        """Stop listening, drop all connections, end the threads."""
        self._ended.set()
        self._close_listener()
        with self._lock:
            links = list(self._links)
        for link in links:
            with contextlib.suppress(OSError):
                link.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(10)

    def __enter__(self) -> Sink:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _listen(self) -> None:
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        listener.bind(("127.0.0.1", self.port))
        listener.listen(128)
        self._listener = listener
        self._start(self._accept, listener)

    def _close_listener(self) -> None:
        if self._listener is not None:
            listener, self._listener = self._listener, None
            # close() alone would leave the kernel listening while another thread is inside accept().
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()

    def _start(self, target: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self, listener: socket.socket) -> None:
        while not self._ended.is_set():
            try:
                link, _ = listener.accept()
            except OSError:
                return
            received = Received(opened=time.monotonic())
            with self._lock:
                self.connections.append(received)
                self._links.add(link)
            self._start(self._serve, link, received, self._behaviour)

    def _serve(self, link: socket.socket, received: Received, behaviour: Behaviour) -> None:
        try:
            _SERVE[behaviour](self, link, received)
        except OSError as error:
            received.error = received.error or str(error)
        finally:
            link.close()
            received.closed = time.monotonic()
            with self._lock:
                self._links.discard(link)

    def _read(
        self,
        link: socket.socket,
        received: Received,
        *,
        at_most: int | None = None,
        piece: int = _PIECE,
        pause: float = 0.0,
    ) -> None:
        while at_most is None or len(received.data) < at_most:
            wanted = piece if at_most is None else min(piece, at_most - len(received.data))
            data = link.recv(wanted)
            if not data:
                received.half_closed = True
                return
            received.data += data
            received.spoke = time.monotonic()
            if pause and self._ended.wait(pause):
                return

    def _good(self, link: socket.socket, received: Received) -> None:
        self._read(link, received)

    def _silent(self, link: socket.socket, received: Received) -> None:
        received.error = "never read"
        self._ended.wait()

    def _reset(self, link: socket.socket, received: Received) -> None:
        self._read(link, received, at_most=self.octets)
        self._abort(link, received)

    def _reset_at_once(self, link: socket.socket, received: Received) -> None:
        self._abort(link, received)

    def _abort(self, link: socket.socket, received: Received) -> None:
        # SO_LINGER with zero seconds makes close() send RST.
        link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        received.error = "reset by the device"

    def _close_at_once(self, link: socket.socket, received: Received) -> None:
        received.error = "closed by the device"

    def _close_early(self, link: socket.socket, received: Received) -> None:
        self._read(link, received, at_most=self.octets)
        if not received.half_closed:
            received.error = "closed by the device"

    def _half_close(self, link: socket.socket, received: Received) -> None:
        link.shutdown(socket.SHUT_WR)
        self._read(link, received)

    def _slow(self, link: socket.socket, received: Received) -> None:
        self._read(link, received, piece=self.octets, pause=self.seconds)

    def _stall(self, link: socket.socket, received: Received) -> None:
        self._read(link, received, at_most=self.octets)
        if not received.half_closed:
            received.error = "stalled"
            self._ended.wait()

    def _never_closes(self, link: socket.socket, received: Received) -> None:
        self._read(link, received)
        self._ended.wait()

    def _late_close(self, link: socket.socket, received: Received) -> None:
        self._read(link, received)
        self._ended.wait(self.seconds)

    def _late_accept(self, link: socket.socket, received: Received) -> None:
        if not self._ended.wait(self.seconds):
            self._read(link, received)

    def _status(self, link: socket.socket, received: Received) -> None:
        link.sendall(PJL_STATUS)
        self._read(link, received)
        link.sendall(PJL_STATUS)

    def _error_text(self, link: socket.socket, received: Received) -> None:
        self._read(link, received, at_most=self.octets)
        link.sendall(PJL_ERROR)
        self._read(link, received)

    def _junk(self, link: socket.socket, received: Received) -> None:
        # Both directions at once, never blocking on one: a client that does not read is still served.
        flood = bytes(range(256)) * 16
        link.setblocking(False)
        while not self._ended.is_set():
            readable, writable, _ = select.select([link], [link], [], 1.0)
            if writable:
                with contextlib.suppress(BlockingIOError):
                    link.send(flood)
            if readable:
                data = link.recv(_PIECE)
                if not data:
                    received.half_closed = True
                    return
                received.data += data
                received.spoke = time.monotonic()


_SERVE: dict[Behaviour, Callable[[Sink, socket.socket, Received], None]] = {
    Behaviour.GOOD: Sink._good,
    Behaviour.SILENT: Sink._silent,
    Behaviour.RESET: Sink._reset,
    Behaviour.RESET_AT_ONCE: Sink._reset_at_once,
    Behaviour.CLOSE_AT_ONCE: Sink._close_at_once,
    Behaviour.CLOSE_EARLY: Sink._close_early,
    Behaviour.HALF_CLOSE: Sink._half_close,
    Behaviour.SLOW: Sink._slow,
    Behaviour.STALL: Sink._stall,
    Behaviour.NEVER_CLOSES: Sink._never_closes,
    Behaviour.LATE_CLOSE: Sink._late_close,
    Behaviour.LATE_ACCEPT: Sink._late_accept,
    Behaviour.STATUS: Sink._status,
    Behaviour.ERROR_TEXT: Sink._error_text,
    Behaviour.JUNK: Sink._junk,
}
