"""A server under test, and a client that says exactly what it is told to."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

from plantin.frontends.http1 import Handler, HttpLimits, HttpServer, Request, Response
from plantin.frontends.tls import TlsContext

HOST = "Host: localhost\r\n"


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


class Client:
    """One connection. Everything is octets; nothing is added."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def send(self, text: str | bytes) -> None:
        self.writer.write(text.encode("latin-1") if isinstance(text, str) else text)
        await self.writer.drain()

    async def head(self) -> tuple[int, dict[str, str]]:
        lines = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        fields = (line.partition(":") for line in lines[1:] if line)
        return int(lines[0].split(" ")[1]), {name.lower(): value.strip() for name, _, value in fields}

    async def answer(self, *, has_body: bool = True) -> Answer:
        status, headers = await self.head()
        if not has_body or status in (100, 101, 204, 304):
            return Answer(status, headers, b"")
        if headers.get("transfer-encoding") == "chunked":
            return Answer(status, headers, await self.chunked())
        if "content-length" in headers:
            return Answer(status, headers, await self.reader.readexactly(int(headers["content-length"])))
        return Answer(status, headers, await self.reader.read())

    async def chunked(self) -> bytes:
        body = b""
        while size := int(await self.reader.readuntil(b"\r\n"), 16):
            body += await self.reader.readexactly(size)
            assert await self.reader.readexactly(2) == b"\r\n"
        assert await self.reader.readexactly(2) == b"\r\n"
        return body

    async def ask(self, text: str | bytes) -> Answer:
        await self.send(text)
        return await self.answer()

    async def ended(self) -> bool:
        """Waits for the server to end the connection; whether it sent nothing more before."""
        try:
            return await self.reader.read() == b""
        except ConnectionError:
            return True

    async def close(self) -> None:
        self.writer.close()
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            await self.writer.wait_closed()


@dataclass
class Site:
    """A running server and how to reach it."""

    server: HttpServer
    port: int

    @contextlib.asynccontextmanager
    async def client(self, **options: Any) -> AsyncIterator[Client]:
        client = Client(*await asyncio.open_connection("127.0.0.1", self.port, **options))
        try:
            yield client
        finally:
            await client.close()


@contextlib.asynccontextmanager
async def serving(
    handler: Handler,
    *,
    limits: HttpLimits | None = None,
    tls: TlsContext | None = None,
    allowed_hosts: tuple[str, ...] = (),
) -> AsyncIterator[Site]:
    """A server on loopback for as long as the block lasts."""
    server = HttpServer()
    await server.start([("127.0.0.1", 0)], handler, limits=limits, tls=tls, allowed_hosts=allowed_hosts)
    try:
        yield Site(server, server.addresses[0][1])
    finally:
        await server.drain(20)


async def until(condition: Callable[[], bool], what: str) -> None:
    """Polls; fails when it takes too long."""
    for _ in range(3000):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError(f"never: {what}")


async def echo(request: Request) -> Response:
    """What came in: method, path and body."""
    body = await request.body.read_all(1 << 24)
    return Response(
        200, [("Content-Type", "text/plain")], f"{request.method} {request.path} ".encode() + body
    )


def post(body: bytes = b"", path: str = "/", extra: str = "") -> bytes:
    """A POST with Content-Length."""
    head = f"POST {path} HTTP/1.1\r\n{HOST}Content-Length: {len(body)}\r\n{extra}\r\n"
    return head.encode("latin-1") + body


def get(path: str = "/", extra: str = "") -> str:
    return f"GET {path} HTTP/1.1\r\n{HOST}{extra}\r\n"
