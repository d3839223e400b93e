"""Whatever comes in, in whatever order: only well framed answers go out, and every connection ends."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Coroutine
from math import inf
from typing import Any

import httptools
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plantin.frontends.http1 import HttpError, HttpLimits, HttpServer, Request, Response
from plantin.frontends.http1.connection import Connection
from plantin.frontends.tls import TlsContext, server_tls
from tests.http1.support import echo, get, serving, until
from tests.http1.test_parser import VOCABULARY, garbage

Run = Callable[[Coroutine[Any, Any, None]], None]


@pytest.fixture(scope="session")
def tls(tmp_path_factory: pytest.TempPathFactory) -> TlsContext:
    return server_tls(tmp_path_factory.mktemp("tls"), ("localhost",))


class FakeTransport(asyncio.Transport):
    """Keeps what is written; obeys as a real transport does."""

    def __init__(self, protocol: Connection) -> None:
        super().__init__({"peername": ("192.0.2.1", 1), "sockname": ("192.0.2.2", 2)})
        self.protocol = protocol
        self.output = b""
        self.reading = True
        self.closed = False
        self.aborted = False
        self.shut = False
        self.clogged = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        assert not self.shut, "written after the shutdown"
        if not self.closed:
            self.output += bytes(data)

    def pause_reading(self) -> None:
        assert self.reading
        self.reading = False

    def resume_reading(self) -> None:
        assert not self.reading
        self.reading = True

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        assert high

    def get_write_buffer_size(self) -> int:
        return 100 if self.clogged else 0

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        self.shut = True

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        if not self.closed:
            self.closed = True
            asyncio.get_running_loop().call_soon(self.protocol.connection_lost, None)

    def abort(self) -> None:
        self.aborted = True
        self.close()

    def receive(self, data: bytes) -> None:
        while data and self.reading and not self.closed:
            buffer = self.protocol.get_buffer(-1)
            size = min(len(data), len(buffer))
            buffer[:size] = data[:size]
            self.protocol.buffer_updated(size)
            data = data[size:]

    def end(self) -> None:
        if self.reading and not self.closed and not self.protocol.eof_received():
            self.close()


async def moody(request: Request) -> Response:
    """Behaves in a different way for every length of the target."""
    mood = len(request.target) % 5
    if mood == 0:
        return Response(200, (), request.body.take_buffered())
    if mood == 1:
        return await echo(request)
    if mood == 2:
        await asyncio.sleep(0)
        raise HttpError(418, "no")
    if mood == 3:
        return Response(404, close=True)

    async def pieces() -> AsyncIterator[bytes]:
        while piece := await request.body.read_chunk():
            yield piece

    return Response(200, (), pieces())


async def settle() -> None:
    for _ in range(6):
        await asyncio.sleep(0)


def pass_time(connection: Connection) -> None:
    if connection.deadline != inf:
        connection.on_deadline(connection.deadline)


def check_output(output: bytes) -> None:
    class Answers:
        pass

    parser = httptools.HttpResponseParser(Answers())
    try:
        parser.feed_data(output)
    except httptools.HttpParserUpgrade:
        pass  # what follows is TLS


async def play(events: list[bytes | str], tls: TlsContext | None) -> None:
    loop = asyncio.get_running_loop()
    problems: list[dict[str, Any]] = []
    loop.set_exception_handler(lambda _, context: problems.append(context))
    server = HttpServer()
    server.handler = moody
    server.limits = HttpLimits(pipelined_requests=3, drain_octets=50, read_high_water_octets=100)
    server.tls_context = None if tls is None else tls.context
    server.set_allowed_hosts(["*"])
    connection = Connection(server, loop)
    transport = FakeTransport(connection)
    connection.connection_made(transport)
    for event in events:
        if isinstance(event, bytes):
            transport.receive(event)
        elif event == "turn":
            await settle()
        elif event == "time":
            pass_time(connection)
        elif event == "end":
            transport.end()
        elif not transport.closed and transport.clogged is (event == "flush"):
            transport.clogged = not transport.clogged
            connection.pause_writing() if transport.clogged else connection.resume_writing()
    for _ in range(100):
        await settle()
        if transport.closed:
            break
        pass_time(connection)
    await settle()
    assert transport.closed, f"the connection never ends: {connection.phase}"
    assert not server.busy
    assert server.open_connections == 0
    assert not problems
    check_output(transport.output)


HAPPENINGS = st.sampled_from(["turn", "turn", "time", "end", "clog", "flush"])
WHOLE = [
    "GET /aa HTTP/1.1\r\nHost: x\r\n\r\n",
    "POST /{} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n" + "x" * 100,
    "POST /{} HTTP/1.1\r\nHost: x\r\nContent-Length: 90\r\nExpect: 100-continue\r\n\r\n" + "x" * 90,
    "POST /{} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n3\r\nabc\r\n0\r\n\r\n",
    "POST /{} HTTP/1.0\r\nContent-Length: 10\r\nConnection: keep-alive\r\n\r\n0123456789",
    "GET /{} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: TLS/1.2\r\n\r\n",
    "POST /{} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 3\r\n\r\nabc",
]
requests = st.builds(
    lambda text, mood: text.replace("{}", "m" * mood).encode(), st.sampled_from(WHOLE), st.integers(0, 4)
)


@st.composite
def cut_requests(draw: st.DrawFn) -> list[bytes]:
    octets = b"".join(draw(st.lists(requests, min_size=1, max_size=6)))
    cut = draw(st.integers(1, 200))
    end = draw(st.one_of(st.just(len(octets)), st.integers(0, len(octets))))
    return [octets[at : at + cut] for at in range(0, end, cut)]


mixes = st.lists(
    st.one_of(cut_requests(), garbage.map(lambda g: [g]), HAPPENINGS.map(lambda h: [h])), max_size=12
)


@settings(max_examples=400, deadline=None)
@given(mix=mixes, secure=st.booleans())
def test_any_order_of_events(tls: TlsContext, mix: list[list[bytes | str]], secure: bool) -> None:
    events = [event for part in mix for event in part]
    with asyncio.Runner() as runner:
        runner.run(play(events, tls if secure else None))


def test_garbage_on_the_socket_never_kills_the_server(run: Run, tls: TlsContext) -> None:
    chance = random.Random(20240229)
    words = [word.encode("latin-1") for word in VOCABULARY.split("|")]

    def rubbish() -> bytes:
        if chance.random() < 0.3:
            return b"\x16" * chance.randint(0, 1) + chance.randbytes(chance.randint(1, 3000))
        return b"".join(chance.choices(words, k=chance.randint(1, 60)))

    async def main() -> None:
        async with serving(moody, tls=tls, allowed_hosts=("*",)) as site:

            async def one() -> None:
                async with site.client() as client:
                    await client.send(rubbish())
                    await asyncio.sleep(0)
                    await client.send(rubbish())
                    if chance.random() < 0.5:
                        client.writer.write_eof()
                        await client.reader.read()

            for _ in range(40):
                await asyncio.gather(*(one() for _ in range(20)), return_exceptions=True)
                async with site.client() as client:
                    assert (await client.ask(get("/mmmmm"))).status == 200
            await until(lambda: site.server.open_connections == 0, "all connections are gone")
            assert not site.server.busy

    run(main())
