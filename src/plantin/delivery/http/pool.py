"""Kept connections, a few for each device.

Promises that a connection is used by one exchange at a time, that unused ones are closed after a while, and
that a TLS connection was checked against the device's certificate before anybody gets it.
"""

import asyncio
import socket
import ssl
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from plantin.core.model import DeviceRecord
from plantin.delivery.http.connection import Connection
from plantin.delivery.http.tls import Trust
from plantin.delivery.outcome import Unreachable, unreachable
from plantin.delivery.resolve import Address
from plantin.delivery.surroundings import Surroundings, Target
from plantin.delivery.watch import StopWatch

KEPT_PER_DEVICE: Final = 2
KNOWN_MAX: Final = 20_000
_Key = tuple[str, int, bool, str]


@dataclass(slots=True)
class Known:
    """What earlier exchanges taught about a device's HTTP and IPP."""

    expect: bool = True
    """It answers "Expect: 100-continue"."""
    http11: bool = True
    """It has spoken HTTP/1.1: chunked bodies may be used."""
    version: tuple[int, int] = (2, 0)
    """The highest IPP version that it takes."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A device and where it listens."""

    device: DeviceRecord
    target: Target

    @property
    def key(self) -> _Key:
        uri = self.target.uri
        return uri.host, uri.port, uri.tls, self.device.tls_pin if uri.tls else ""

    @property
    def where(self) -> str:
        return f"{self.target.uri.host} port {self.target.uri.port}"


class Pool:
    """Connections to all devices that speak IPP."""

    def __init__(self, surroundings: Surroundings) -> None:
        self._surroundings = surroundings
        self._trust = Trust(surroundings.store_pin)
        self._kept: dict[_Key, list[tuple[Connection, asyncio.TimerHandle]]] = {}
        self._known: OrderedDict[_Key, Known] = OrderedDict()

    @property
    def user_agent(self) -> str:
        return self._surroundings.user_agent

    def known(self, endpoint: Endpoint) -> Known:
        """What is known of the device; may be changed in place."""
        known = self._known.get(endpoint.key)
        if known is None:
            known = self._known[endpoint.key] = Known()
            if len(self._known) > KNOWN_MAX:
                self._known.popitem(last=False)
        return known

    async def take(self, endpoint: Endpoint, watch: StopWatch, *, fresh: bool = False) -> Connection:
        """A connection to use and then to :meth:`give` back.

        Args:
            fresh: not one that was kept.

        Raises:
            Unreachable: none came about.
            Stopped: the wish to stop came first.
        """
        kept = self._kept.get(endpoint.key, [])
        while kept:
            connection, timer = kept.pop()
            timer.cancel()
            if connection.open and not fresh:
                return connection
            connection.close()
        return await self._connect(endpoint, watch)

    def give(self, endpoint: Endpoint, connection: Connection) -> None:
        """Takes a connection back: kept if it can be, else closed."""
        kept = self._kept.setdefault(endpoint.key, [])
        if not connection.reusable or not connection.open or len(kept) >= KEPT_PER_DEVICE:
            connection.close()
            if not kept:
                del self._kept[endpoint.key]
            return
        seconds = endpoint.target.options.limits.idle_timeout
        timer = asyncio.get_running_loop().call_later(seconds, self._expire, endpoint.key, connection)
        kept.append((connection, timer))

    async def close(self) -> None:
        """Closes every kept connection."""
        for kept in self._kept.values():
            for connection, timer in kept:
                timer.cancel()
                connection.close()
        self._kept.clear()
        await asyncio.sleep(0)

    def _expire(self, key: _Key, connection: Connection) -> None:
        kept = [entry for entry in self._kept.get(key, []) if entry[0] is not connection]
        connection.close()
        if kept:
            self._kept[key] = kept
        else:
            self._kept.pop(key, None)

    async def _connect(self, endpoint: Endpoint, watch: StopWatch) -> Connection:
        limit_s = endpoint.target.options.limits.connect_timeout
        try:
            return await watch.run(self._try_all(endpoint), limit_s)
        except TimeoutError:
            text = f"{endpoint.where} did not answer in {limit_s:g} s"
            raise Unreachable("connect-timeout", text) from None

    async def _try_all(self, endpoint: Endpoint) -> Connection:
        uri = endpoint.target.uri
        resolver = self._surroundings.resolver
        failure = Unreachable("name-not-resolved", f"the name {uri.host!r} has no address")
        for address in await resolver.resolve(uri.host, uri.port):
            try:
                return await self._try(endpoint, address)
            except OSError as error:
                failure = unreachable(endpoint.where, error)
        resolver.forget(uri.host, uri.port)
        raise failure

    async def _try(self, endpoint: Endpoint, address: Address) -> Connection:
        loop = asyncio.get_running_loop()
        uri = endpoint.target.uri
        sock = socket.socket(address.family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            await loop.sock_connect(sock, address.sockaddr)
            transport, connection = await loop.create_connection(
                lambda: Connection(endpoint.where, self.user_agent),
                sock=sock,
                ssl=self._trust.context if uri.tls else None,
                server_hostname=uri.host if uri.tls else None,
            )
        except ssl.SSLError as error:
            sock.close()
            raise Unreachable("tls-failed", f"{endpoint.where} and TLS: {error.reason or error}") from None
        except BaseException:
            sock.close()
            raise
        if uri.tls:
            shown = transport.get_extra_info("ssl_object")
            try:
                await self._trust.check(endpoint.device, endpoint.where, shown.getpeercert(binary_form=True))
            except BaseException:
                transport.abort()
                raise
        return connection
