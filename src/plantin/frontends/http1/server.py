"""The HTTP/1.1 server: listens, admits, looks at deadlines, drains.

One process, one event loop (uvloop or asyncio's own). A single sweep over the open connections serves every
time limit; with nobody connected nothing runs.
"""

import asyncio
import socket
import ssl
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from plantin.frontends.http1.connection import Connection
from plantin.frontends.http1.errors import HttpError
from plantin.frontends.http1.hosts import HostCheck, HostPredicate, host_rule
from plantin.frontends.http1.limits import HttpLimits
from plantin.frontends.http1.messages import Handler, Request, Response
from plantin.frontends.tls import TlsContext

_READ_OCTETS: Final = 256 * 1024
_BACKLOG: Final = 4096
_REFUSED_LINGERING_MAX: Final = 64
_SWEEP_S_MIN: Final = 0.05
_SWEEP_S_MAX: Final = 1.0

Address = tuple[str, int]


@dataclass(slots=True)
class Counts:
    """What the server has seen since its start; for metrics."""

    accepted: int = 0
    refused: int = 0
    """Connections refused for a limit on connections."""
    requests: int = 0
    refused_requests: int = 0
    """Requests that were no HTTP, or beyond a limit."""
    timeouts: int = 0
    tls_failures: int = 0


async def _no_handler(request: Request) -> Response:
    raise HttpError(503, "the server has not been started", reason="not-started")


class HttpServer:
    """An HTTP/1.1 server for one handler; ipp, ipps, http and https on the same port."""

    def __init__(self) -> None:
        self.limits = HttpLimits()
        self.handler: Handler = _no_handler
        self.hosts = HostCheck(host_rule(()))
        self.tls_context: ssl.SSLContext | None = None
        self.counts = Counts()
        self.draining = False
        self.busy: set[Connection] = set()
        """Connections with a request in the handler's hands."""
        self.read_buffer = memoryview(bytearray(_READ_OCTETS))
        """Shared by all connections: a read is parsed before the next one begins."""
        self.plain_buffer = memoryview(bytearray(_READ_OCTETS))
        """The same for what TLS has decrypted."""
        self._connections: set[Connection] = set()
        self._per_address: dict[str, int] = {}
        self._refused: set[Connection] = set()
        self._listeners: list[asyncio.Server] = []
        self._addresses: list[Address] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._sweep_s = _SWEEP_S_MAX
        self._sweep_handle: asyncio.TimerHandle | None = None
        self._drained: asyncio.Future[None] | None = None

    async def start(
        self,
        addresses: Sequence[Address | socket.socket],
        handler: Handler,
        *,
        tls: TlsContext | None = None,
        limits: HttpLimits | None = None,
        allowed_hosts: HostPredicate | Iterable[str] = (),
        reuse_port: bool = False,
    ) -> None:
        """Listen and serve.

        Args:
            addresses: (host, port) pairs (port 0 picks a free one) or sockets that are bound already.
            handler: answers requests.
            tls: with it, TLS is spoken to those who begin with it or ask for it, on the same ports.
            allowed_hosts: names that may stand in a Host header beside IP literals and localhost, see
                ``hosts.host_rule``; or a predicate.
            reuse_port: let several processes listen on the same address.

        Raises:
            OSError: an address cannot be listened on; then none of them is.
        """
        self._loop = loop = asyncio.get_running_loop()
        self.limits = limits or HttpLimits()
        self.handler = handler
        self.tls_context = tls.context if tls is not None else None
        self.set_allowed_hosts(allowed_hosts)
        self._sweep_s = min(_SWEEP_S_MAX, max(_SWEEP_S_MIN, self.limits.shortest_s() / 4))
        sockets: list[socket.socket] = []
        try:
            for address in addresses:
                sockets += (
                    [address] if isinstance(address, socket.socket) else await _bind(address, reuse_port)
                )
            for sock in sockets:
                _keep_alive(sock)
                listener = await loop.create_server(
                    lambda: Connection(self, loop), sock=sock, backlog=_BACKLOG
                )
                self._listeners.append(listener)
        except BaseException:
            self._stop_listening()
            for sock in sockets:
                sock.close()
            raise
        self._addresses = [sock.getsockname()[:2] for sock in sockets]

    @property
    def addresses(self) -> list[Address]:
        """Where the server listens, as (numeric host, port)."""
        return list(self._addresses)

    @property
    def open_connections(self) -> int:
        """Connections that count against the limit."""
        return len(self._connections)

    @property
    def busy_connections(self) -> int:
        """Connections whose request is with the handler."""
        return len(self.busy)

    def set_allowed_hosts(self, allowed: HostPredicate | Iterable[str]) -> None:
        """Replace the names (or the predicate) that Host headers are held against."""
        self.hosts = HostCheck(allowed if callable(allowed) else host_rule(allowed))

    async def drain(self, timeout: float) -> bool:
        """Stop listening, let the requests in work end, close everything.

        Args:
            timeout: seconds after which the handlers still at work are cancelled.

        Returns:
            whether every request in work was answered in time.
        """
        self.draining = True
        self._stop_listening()
        for connection in self._all():
            connection.begin_drain()
        loop = asyncio.get_running_loop()
        in_time = True
        if self._connections or self._refused or self.busy:
            self._drained = loop.create_future()
            done, _ = await asyncio.wait([self._drained], timeout=timeout)
            in_time = bool(done)
        await self._drop_all()
        if self._sweep_handle is not None:
            self._sweep_handle.cancel()
            self._sweep_handle = None
        return in_time

    async def _drop_all(self) -> None:
        tasks = [connection.task for connection in self.busy if connection.task is not None]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.gather(*tasks, return_exceptions=True)
        for connection in self._all():
            connection.abort()
        self._drained = asyncio.get_running_loop().create_future()
        self.check_drained()
        await self._drained

    def _all(self) -> list[Connection]:
        return [*self._connections, *self._refused]

    def _stop_listening(self) -> None:
        for listener in self._listeners:
            listener.close()
        self._listeners.clear()

    # For the connections.

    def admit(self, connection: Connection) -> HttpError | None:
        """Count a new connection in; or the reason why not."""
        if self._sweep_handle is None and self._loop is not None:
            self._sweep_handle = self._loop.call_later(self._sweep_s, self._sweep)
        limits = self.limits
        host = connection.peer[0]
        there = self._per_address.get(host, 0)
        if self.draining:
            text = "the server is about to stop"
        elif len(self._connections) >= limits.connections:
            text = f"the server has {limits.connections} open connections, the most it takes"
        elif there >= limits.connections_per_address:
            text = (
                f"{host} has {limits.connections_per_address} open connections, the most one address may have"
            )
        else:
            self.counts.accepted += 1
            self._per_address[host] = there + 1
            self._connections.add(connection)
            return None
        self.counts.refused += 1
        self._refused.add(connection)
        return HttpError(503, text, reason="too-many-connections")

    def may_linger(self) -> bool:
        """Whether a refused connection can be told why; otherwise it is just dropped."""
        return len(self._refused) <= _REFUSED_LINGERING_MAX

    def forget(self, connection: Connection) -> None:
        """The connection is gone."""
        if connection in self._connections:
            self._connections.discard(connection)
            host = connection.peer[0]
            left = self._per_address[host] - 1
            if left:
                self._per_address[host] = left
            else:
                del self._per_address[host]
        else:
            self._refused.discard(connection)
        self.check_drained()

    def check_drained(self) -> None:
        """Tell ``drain`` when nothing is left."""
        waiter = self._drained
        if waiter is None or waiter.done() or self.busy or self._connections or self._refused:
            return
        waiter.set_result(None)

    def _sweep(self) -> None:
        self._sweep_handle = None
        if self._loop is None or not (self._connections or self._refused):
            return
        now = self._loop.time()
        for connection in self._all():
            if now >= connection.deadline:
                connection.on_deadline(now)
        self._sweep_handle = self._loop.call_later(self._sweep_s, self._sweep)


def _keep_alive(sock: socket.socket) -> None:
    """Find out about clients that vanished, for answers that wait long; accepted sockets inherit it."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 60)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 15)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 4)


async def _bind(address: Address, reuse_port: bool) -> list[socket.socket]:
    """Sockets for every address that the host name stands for."""
    host, port = address
    found = await asyncio.get_running_loop().getaddrinfo(
        host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )
    sockets: list[socket.socket] = []
    try:
        for family, _, _, _, name in dict.fromkeys(found):
            sock = socket.socket(family, socket.SOCK_STREAM)
            sockets.append(sock)
            sock.setblocking(False)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if reuse_port:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            if family == socket.AF_INET6:
                sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            sock.bind(name)
    except OSError as error:
        for sock in sockets:
            sock.close()
        raise OSError(error.errno, f"cannot listen on {host or '*'} port {port}: {error.strerror}") from None
    return sockets
