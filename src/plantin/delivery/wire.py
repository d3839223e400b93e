"""A TCP connection for port-9100 printing, on the bare non-blocking socket.

Bare because the hot path is many small jobs: one connect, one send, one shutdown, one wait for the close
cost a third of what a StreamWriter costs, and because honesty needs what transports hide: how much of what
was written the device has acknowledged (SIOCOUTQ) and the pending error of a socket whose reading side has
ended.

Every wait ends by readiness, by its time limit or by the wish to stop.
"""

import asyncio
import errno
import fcntl
import socket
import struct
import termios
from enum import Enum
from typing import Final

from plantin.core.ports import Stop
from plantin.delivery.outcome import Unreachable, unreachable
from plantin.delivery.resolve import Address, Resolver

_UNWATCHED_S: Final = 0.02
"""Waits shorter than this do not get a task that watches for the wish to stop."""


class Woke(Enum):
    """What to wait for, and why a wait ended."""

    TIME = "the time is over"
    READ = "there is something to read, or the end"
    WRITE = "there is room to write"
    EITHER = "one of the two (to wait for, never why it ended)"
    STOP = "there is a wish to stop"


_READS: Final = (Woke.READ, Woke.EITHER)
_WRITES: Final = (Woke.WRITE, Woke.EITHER)


class Wire:
    """One connection. Not for two tasks at a time; always :meth:`close` or :meth:`abort` it."""

    __slots__ = ("_future", "_loop", "_sock", "_stop", "_watcher")

    def __init__(self, sock: socket.socket, stop: Stop) -> None:
        self._loop = asyncio.get_running_loop()
        self._sock = sock
        self._stop = stop
        self._future: asyncio.Future[Woke] | None = None
        self._watcher: asyncio.Task[None] | None = None

    def send(self, data: memoryview) -> int:
        """Octets the kernel took; 0 when it takes none now.

        Raises:
            OSError: the connection is gone.
        """
        try:
            return self._sock.send(data)
        except (BlockingIOError, InterruptedError):
            return 0

    def receive(self, size: int) -> bytes | None:
        """What the device said, ``b""`` at its end, None when there is nothing now.

        Raises:
            OSError: the connection is gone.
        """
        try:
            return self._sock.recv(size)
        except (BlockingIOError, InterruptedError):
            return None

    def finish(self) -> None:
        """Half-close: tells the device that nothing follows.

        Raises:
            OSError: the connection is gone.
        """
        self._sock.shutdown(socket.SHUT_WR)

    def unacknowledged(self) -> int:
        """Octets (and the end mark) that the device's side has not acknowledged yet."""
        answer = fcntl.ioctl(self._sock.fileno(), termios.TIOCOUTQ, b"\0\0\0\0")
        return int(struct.unpack("i", answer)[0])

    def error(self) -> int:
        """The pending errno of the connection; reading it clears it."""
        return self._sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)

    async def wait(self, wanted: Woke, limit_s: float) -> Woke:
        """Until one of ``wanted`` is so, the wish to stop, or ``limit_s`` seconds."""
        if self._stop.reason:
            return Woke.STOP
        if self._watcher is None and limit_s > _UNWATCHED_S:
            woke = await self._once(wanted, _UNWATCHED_S)
            if woke is not Woke.TIME:
                return woke
            limit_s -= _UNWATCHED_S
            self._watcher = self._loop.create_task(self._watch(), name="delivery-stop")
        return await self._once(wanted, limit_s)

    async def _once(self, wanted: Woke, limit_s: float) -> Woke:
        loop, fd = self._loop, self._sock.fileno()
        future: asyncio.Future[Woke] = loop.create_future()
        self._future = future
        timer = loop.call_later(limit_s, _wake, future, Woke.TIME)
        if wanted in _READS:
            loop.add_reader(fd, _wake, future, Woke.READ)
        if wanted in _WRITES:
            loop.add_writer(fd, _wake, future, Woke.WRITE)
        try:
            return await future
        finally:
            timer.cancel()
            self._future = None
            if wanted in _READS:
                loop.remove_reader(fd)
            if wanted in _WRITES:
                loop.remove_writer(fd)

    async def _watch(self) -> None:
        await self._stop.wait()
        if self._future is not None:
            _wake(self._future, Woke.STOP)

    def close(self) -> None:
        """Ends the connection in order. Harmless when repeated."""
        if self._watcher is not None:
            self._watcher.cancel()
            self._watcher = None
        self._sock.close()

    def abort(self) -> None:
        """Ends it with a reset: what has not left yet never leaves."""
        try:
            self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        except OSError:
            pass  # it is gone already
        self.close()


def _wake(future: "asyncio.Future[Woke]", why: Woke) -> None:
    if not future.done():
        future.set_result(why)


async def connect(host: str, port: int, limit_s: float, resolver: Resolver, stop: Stop) -> Wire | None:
    """A connection to the first address of ``host`` that takes one; None when the wish to stop came first.

    Raises:
        Unreachable: no address took one within ``limit_s`` seconds, all together.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + limit_s
    where = f"{host} port {port}"
    addresses = resolver.known(host, port)
    if addresses is None:
        try:
            async with asyncio.timeout_at(deadline):
                addresses = await resolver.resolve(host, port)
        except TimeoutError:
            text = f"the name {host!r} was not resolved in {limit_s:g} s"
            raise Unreachable("connect-timeout", text) from None
    failure = Unreachable("name-not-resolved", f"the name {host!r} has no address")
    for address in addresses:
        try:
            return await _connect_one(address, deadline, where, limit_s, stop)
        except Unreachable as error:
            failure = error
    resolver.forget(host, port)
    raise failure


async def _connect_one(
    address: Address, deadline: float, where: str, limit_s: float, stop: Stop
) -> Wire | None:
    try:
        sock = socket.socket(address.family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    except OSError as error:
        raise unreachable(where, error) from None
    wire = Wire(sock, stop)
    try:
        code = sock.connect_ex(address.sockaddr)
        if code == errno.EINPROGRESS:
            woke = await wire.wait(Woke.WRITE, max(0.0, deadline - asyncio.get_running_loop().time()))
            if woke is Woke.STOP:
                wire.close()
                return None
            if woke is Woke.TIME:
                raise Unreachable("connect-timeout", f"{where} did not answer in {limit_s:g} s")
            code = wire.error()
        if code:
            raise unreachable(where, OSError(code, errno.errorcode.get(code, str(code))))
    except BaseException:
        wire.close()
        raise
    return wire
