"""A keep-alive HTTP connection for the load driver: one request at a time, the answer's IPP status."""

from __future__ import annotations

import asyncio
import re
import struct
import time
from collections.abc import Sequence
from typing import cast

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding: *chunked", re.IGNORECASE)


class Refused(Exception):
    """The server did not answer as it should: the text says what came."""


class Connection(asyncio.Protocol):
    """One connection. `first_octet` is the time at which the last answer began."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self.first_octet = 0.0
        self.octets = 0
        self._answer: asyncio.Future[int] | None = None
        self._writable = asyncio.Event()
        self._writable.set()
        self._loop = asyncio.get_running_loop()
        self._reset()

    def _reset(self) -> None:
        self._buffer = b""
        self._left = -1
        self._status = -1
        self._chunked = False
        self._tail = b""

    async def open(self, port: int) -> None:
        """Connect; OSError when refused."""
        await self._loop.create_connection(lambda: self, "127.0.0.1", port)

    @property
    def closed(self) -> bool:
        return self.transport is None or self.transport.is_closing()

    def close(self) -> None:
        if self.transport is not None:
            self.transport.close()

    async def ask(self, pieces: Sequence[bytes]) -> int:
        """Send a request, wait for the whole answer; its IPP status code."""
        if self.transport is None or self.transport.is_closing():
            raise Refused("the server closed the connection")
        self._reset()
        self._answer = self._loop.create_future()
        self.transport.writelines(pieces)
        return await self._answer

    async def drain(self) -> None:
        """Wait until more may be written."""
        await self._writable.wait()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are not of asyncio's class.
        self.transport = cast(asyncio.Transport, transport)

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    def connection_lost(self, exc: Exception | None) -> None:
        self.transport = None
        self._writable.set()
        self._fail(f"connection lost: {exc}")

    def _fail(self, why: str) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(Refused(why))

    def data_received(self, data: bytes) -> None:
        if self._left < 0 and not self._chunked:
            self._buffer += data
            if not self._head():
                return
            data, self._buffer = self._buffer, b""
        self.octets += len(data)
        if self._status < 0:
            self._buffer += data[:64]
            self._take_status()
        if self._chunked:
            self._tail = (self._tail + data)[-7:]
            done = self._tail.endswith(b"\r\n0\r\n\r\n")
        else:
            self._left -= len(data)
            done = self._left <= 0
        if done and self._answer is not None and not self._answer.done():
            self._answer.set_result(self._status)

    def _head(self) -> bool:
        """Take the head off the buffer; whether it was whole. 100 Continue is passed over."""
        head, end, rest = self._buffer.partition(b"\r\n\r\n")
        if not end:
            return False
        self.first_octet = time.perf_counter()
        if head.startswith(b"HTTP/1.1 100"):
            self._buffer = rest
            return self._head()
        if not head.startswith(b"HTTP/1.1 200"):
            self._fail(head.split(b"\r\n")[0].decode("latin-1"))
            self.close()
            return False
        length = _LENGTH.search(head)
        if length is not None:
            self._left = int(length[1])
        elif _CHUNKED.search(head):
            self._chunked = True
        else:
            self._fail("answer without a length")
            return False
        self.octets = 0
        self._buffer = rest
        return True

    def _take_status(self) -> None:
        """The status is in octets 2 and 3 of the message, after the first chunk's size if chunked."""
        start = 0
        if self._chunked:
            line = self._buffer.find(b"\r\n")
            if line < 0:
                return
            start = line + 2
        if len(self._buffer) >= start + 4:
            (self._status,) = struct.unpack_from(">H", self._buffer, start + 2)
