"""A port-9100 device in process, that does what its script says and remembers what it got."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable
from types import TracebackType

Script = Callable[["Link"], Awaitable[None]]


class Link:
    """One connection as the device sees it."""

    def __init__(self, sock: socket.socket) -> None:
        self._loop = asyncio.get_running_loop()
        self.sock = sock
        self.data = bytearray()
        self.ended = False
        self.broken = False

    async def read(self, size: int = 65536) -> bytes:
        got = await self._loop.sock_recv(self.sock, size)
        self.data += got
        self.ended = self.ended or not got
        return got

    async def read_all(self) -> None:
        while await self.read():
            pass

    async def read_some(self, octets: int) -> None:
        while len(self.data) < octets and await self.read(min(65536, octets - len(self.data))):
            pass

    async def say(self, data: bytes) -> None:
        await self._loop.sock_sendall(self.sock, data)

    def half_close(self) -> None:
        self.sock.shutdown(socket.SHUT_WR)

    def reset(self) -> None:
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()


async def good(link: Link) -> None:
    """Takes everything, then closes."""
    await link.read_all()


async def forever() -> None:
    await asyncio.Event().wait()


class Sink:
    """Listens at ``uri`` inside ``async with``; each connection runs ``script``, then is closed."""

    def __init__(self, script: Script = good, *, receive_buffer: int = 0) -> None:
        self.script = script
        self.links: list[Link] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._listener = socket.socket()
        if receive_buffer:
            self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen(64)
        self._listener.setblocking(False)
        self.port = int(self._listener.getsockname()[1])
        self.uri = f"socket://127.0.0.1:{self.port}"

    async def __aenter__(self) -> Sink:
        asyncio.get_running_loop().add_reader(self._listener.fileno(), self._accept)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.get_running_loop().remove_reader(self._listener.fileno())
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for link in self.links:
            link.sock.close()  # of tasks too that were canceled before they began
        self._listener.close()

    def _accept(self) -> None:
        sock, _ = self._listener.accept()
        sock.setblocking(False)
        link = Link(sock)
        self.links.append(link)
        task = asyncio.create_task(self._serve(link))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, link: Link) -> None:
        try:
            await self.script(link)
        except OSError:
            link.broken = True
        finally:
            link.sock.close()

    @property
    def received(self) -> list[bytes]:
        return [bytes(link.data) for link in self.links]
