"""The port-9100 devices of the benchmark: ten listeners that note the number and the time of each job."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Sequence

from bench.requests import number_of
from tests.peers.process import free_port

_KEPT = 512


class _Link(asyncio.BufferedProtocol):
    def __init__(self, devices: Devices) -> None:
        self._devices = devices
        self._octets = 0
        self._start = b""

    def get_buffer(self, sizehint: int) -> bytearray:
        # One buffer for all: its content is looked at before the next read.
        return self._devices.buffer

    def buffer_updated(self, nbytes: int) -> None:
        if len(self._start) < _KEPT:
            self._start += bytes(self._devices.buffer[: min(nbytes, _KEPT)])
        self._octets += nbytes
        self._devices.octets += nbytes

    def eof_received(self) -> bool:
        self._devices.took(number_of(self._start), self._octets)
        return False


class Devices:
    """`count` devices. `arrived` maps a job's number to the time of its last octet, `size` to its octets."""

    def __init__(self, count: int = 10) -> None:
        self.ports = [free_port() for _ in range(count)]
        self.buffer = bytearray(1 << 18)
        self.octets = 0
        self._servers: list[asyncio.Server] = []
        self.clear()

    def clear(self) -> None:
        """Forget what came."""
        self.arrived: dict[int, float] = {}
        self.twice: list[int] = []
        self.strange: list[tuple[int, int]] = []
        self.expected_octets = -1

    @property
    def uris(self) -> Sequence[str]:
        """One per port."""
        return [f"socket://127.0.0.1:{port}" for port in self.ports]

    def uri(self, number: int) -> str:
        """The address of the device with that number; thousands of addresses share the ports."""
        return f"socket://127.10.{number // 250}.{number % 250 + 1}:{self.ports[number % len(self.ports)]}"

    async def open(self) -> None:
        """Listen."""
        loop = asyncio.get_running_loop()
        for port in self.ports:
            listener = socket.socket()
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            # All of 127.0.0.0/8, and nothing but loopback.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"lo")
            listener.bind(("0.0.0.0", port))
            self._servers.append(await loop.create_server(lambda: _Link(self), sock=listener, backlog=512))

    async def close(self) -> None:
        for server in self._servers:
            server.close()
        self._servers.clear()

    def took(self, number: int, octets: int) -> None:
        """A connection ended."""
        if octets == 0:
            return
        if number < 0 or octets < self.expected_octets:
            self.strange.append((number, octets))
        elif number in self.arrived:
            self.twice.append(number)
        else:
            self.arrived[number] = time.perf_counter()
