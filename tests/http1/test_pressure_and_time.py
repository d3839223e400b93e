"""Back-pressure both ways, slow clients, limits on connections, idle crowds, draining."""

import asyncio
import contextlib
import resource
import socket
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

import pytest

from plantin.frontends.http1 import ClientGone, HttpError, HttpLimits, HttpServer, Request, Response
from tests.http1.support import HOST, Client, echo, get, post, serving, until

Run = Callable[[Coroutine[Any, Any, None]], None]

SHORT = HttpLimits(
    first_octet_s=0.5, handshake_s=0.5, head_s=0.5, idle_s=0.5, progress_s=0.5, linger_s=0.5, drain_s=0.5
)
MIB = 1 << 20


def small_socket(port: int) -> socket.socket:
    """A connected socket whose receive buffer is as small as the system allows."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.connect(("127.0.0.1", port))
    sock.setblocking(False)
    return sock


def test_a_slow_handler_holds_its_client_back(run: Run) -> None:
    go_on = asyncio.Event()
    highest = 0
    total = 0

    async def handler(request: Request) -> Response:
        nonlocal highest, total
        await go_on.wait()
        while piece := await request.body.read_chunk():
            total += len(piece)
            await asyncio.sleep(0)
            highest = max(highest, request.body.buffered)
        return Response()

    async def main() -> None:
        async with serving(handler) as site, site.client() as client:
            sent = 0

            async def flood() -> None:
                nonlocal sent
                await client.send(f"POST / HTTP/1.1\r\n{HOST}Content-Length: {64 * MIB}\r\n\r\n")
                for _ in range(64):
                    await client.send(b"x" * MIB)
                    sent += 1

            flooding = asyncio.create_task(flood())
            await until(lambda: site.server.counts.requests == 1, "the handler began")
            before = -1
            while before != sent:
                before = sent
                await asyncio.sleep(0.2)
            assert sent < 40, "the client was not held back"
            go_on.set()
            await flooding
            assert (await client.answer()).status == 200
            assert total == 64 * MIB
            assert highest < MIB

    run(main())


def test_a_slow_client_holds_the_handler_back(run: Run) -> None:
    made = 0

    async def handler(request: Request) -> Response:
        async def pieces() -> AsyncIterator[bytes]:
            nonlocal made
            for _ in range(1000):
                made += 1
                yield b"x" * 65_536

        return Response(200, (), pieces())

    async def main() -> None:
        loop = asyncio.get_running_loop()
        async with serving(handler) as site:
            with small_socket(site.port) as sock:
                await loop.sock_sendall(sock, get().encode().replace(b"1.1", b"1.0"))
                before = -1
                while before != made:
                    before = made
                    await asyncio.sleep(0.2)
                assert 0 < made < 500, "the handler was not held back"
                size = 0
                while octets := await loop.sock_recv(sock, 1 << 20):
                    size += len(octets)
                assert made == 1000
                assert size > 1000 * 65_536

    run(main())


def test_a_slow_client_cannot_pile_up_answers(run: Run) -> None:
    async def handler(request: Request) -> Response:
        return Response(200, (), b"x" * 250_000)

    async def main() -> None:
        loop = asyncio.get_running_loop()
        async with serving(handler, limits=HttpLimits(pipelined_requests=1000)) as site:
            with small_socket(site.port) as sock:
                await loop.sock_sendall(sock, get().encode() * 500)
                before = -1
                while before != site.server.counts.requests:
                    before = site.server.counts.requests
                    await asyncio.sleep(0.2)
                assert 0 < site.server.counts.requests < 250
                size = 0
                while size < 500 * 250_000:
                    size += len(await loop.sock_recv(sock, 1 << 20))
                assert site.server.counts.requests == 500

    run(main())


@pytest.mark.parametrize(
    ("octets", "answers"),
    [
        (b"", []),
        (b"\x16", []),
        (b"GET / HTTP/1.1\r\nHo", [408]),
        (b"\r\n", [408]),
        (get().encode(), [200]),
        (get().encode() + b"GET /", [200, 408]),
        (post(b"x" * 100)[:-1], [408]),
        (post(b"x" * 100).replace(b"/", b"/left", 1)[:-1], [404]),
    ],
    ids=["nothing", "tls", "head", "blank", "idle", "next-head", "body", "rest"],
)
def test_slow_clients_are_cut_off(run: Run, octets: bytes, answers: list[int]) -> None:
    async def handler(request: Request) -> Response:
        if request.path == "/left":
            return Response(404)
        return await echo(request)

    async def main() -> None:
        async with serving(handler, limits=SHORT) as site, site.client() as client:
            await client.send(octets)
            assert [(await client.answer()).status for _ in answers] == answers
            assert await client.ended()
            await until(lambda: site.server.open_connections == 0, "the connection is gone")
            assert site.server.counts.timeouts >= (0 if octets == b"\x16" else 1)

    run(main())


def test_a_body_that_drips_is_cut_off_and_one_that_flows_is_not(run: Run) -> None:
    limits = HttpLimits(progress_s=1, body_progress_octets=1000)

    async def main() -> None:
        async with serving(echo, limits=limits) as site:
            async with site.client() as client:
                await client.send(post(b"x" * 100_000)[:-100_000])

                async def drip() -> None:
                    with contextlib.suppress(ConnectionError):
                        while True:
                            await client.send(b"x")
                            await asyncio.sleep(0.02)

                dripping = asyncio.create_task(drip())
                answer = await client.answer()
                assert answer.status == 408
                assert answer.body == b"less than 1000 octets of the request body came in 1 s\n"
                dripping.cancel()
                await asyncio.gather(dripping, return_exceptions=True)
            async with site.client() as client:
                await client.send(post(b"x" * 100_000)[:-100_000])
                for _ in range(100):
                    await client.send(b"x" * 1000)
                    await asyncio.sleep(0.01)
                assert (await client.answer()).status == 200

    run(main())


def test_a_slow_handler_is_not_the_fault_of_the_client(run: Run) -> None:
    async def handler(request: Request) -> Response:
        await asyncio.sleep(1.5)
        return await echo(request)

    async def main() -> None:
        async with serving(handler, limits=SHORT) as site:
            async with site.client() as client:
                answer = await client.ask(post(b"x" * 3_000_000))
                assert len(answer.body) > 3_000_000
            async with site.client() as client:
                head = f"POST / HTTP/1.1\r\n{HOST}Expect: 100-continue\r\nContent-Length: 3\r\n\r\n"
                await client.send(head)
                assert (await client.answer()).status == 100
                await client.send("abc")
                assert (await client.answer()).status == 200
            assert site.server.counts.timeouts == 0

    run(main())


@pytest.mark.parametrize("streamed", [True, False])
@pytest.mark.parametrize("last", [True, False])
def test_a_client_that_takes_no_answer_is_dropped(run: Run, streamed: bool, last: bool) -> None:
    outcome: list[str] = []

    async def handler(request: Request) -> Response:
        async def pieces() -> AsyncIterator[bytes]:
            try:
                for _ in range(1000):
                    yield b"x" * 65_536
            finally:
                outcome.append("closed")

        if streamed:
            return Response(200, (), pieces(), close=last)
        return Response(200, (), b"x" * 20_000_000, close=last)

    async def main() -> None:
        loop = asyncio.get_running_loop()
        async with serving(handler, limits=SHORT) as site:
            with small_socket(site.port) as sock:
                await loop.sock_sendall(sock, get().encode())
                await until(lambda: site.server.counts.requests == 1, "the request came")
                await until(lambda: site.server.open_connections == 0, "the connection is gone")
                await until(lambda: not site.server.busy, "the handler ended")
            assert outcome == (["closed"] if streamed else [])

    run(main())


def test_a_client_that_takes_its_answer_slowly_is_not_dropped(run: Run) -> None:
    size = 3_000_000
    limits = HttpLimits(progress_s=0.6, linger_s=0.1)

    async def handler(request: Request) -> Response:
        return Response(200, (), b"x" * size, close=True)

    async def main() -> None:
        loop = asyncio.get_running_loop()
        async with serving(handler, limits=limits) as site:
            with small_socket(site.port) as sock:
                await loop.sock_sendall(sock, get().encode())
                got = 0
                while octets := await loop.sock_recv(sock, 40_000):
                    got += len(octets)
                    await asyncio.sleep(0.003)
                assert got > size

    run(main())


def test_limit_of_connections(run: Run) -> None:
    async def main() -> None:
        async with (
            serving(echo, limits=HttpLimits(connections=3)) as site,
            contextlib.AsyncExitStack() as stack,
        ):
            clients = [await stack.enter_async_context(site.client()) for _ in range(3)]
            await until(lambda: site.server.open_connections == 3, "three are in")
            async with site.client() as client:
                answer = await client.ask(get())
                assert answer.status == 503
                assert answer.body == b"the server has 3 open connections, the most it takes\n"
                assert await client.ended()
            assert site.server.counts.refused == 1
            for client in clients:
                assert (await client.ask(get())).status == 200
            await clients[0].close()
            await until(lambda: site.server.open_connections == 2, "one has left")
            async with site.client() as client:
                assert (await client.ask(get())).status == 200

    run(main())


def test_limit_of_connections_per_address(run: Run) -> None:
    async def main() -> None:
        limits = HttpLimits(connections_per_address=2)
        async with serving(echo, limits=limits) as site, contextlib.AsyncExitStack() as stack:
            for _ in range(2):
                client = await stack.enter_async_context(site.client())
                assert (await client.ask(get())).status == 200
            async with site.client() as client:
                answer = await client.ask(get())
                assert answer.status == 503
                assert answer.body.startswith(b"127.0.0.1 has 2 open connections")
            async with site.client(local_addr=("127.0.0.2", 0)) as client:
                assert (await client.ask(get())).status == 200

    run(main())


def test_a_flood_of_refused_connections_is_dropped(run: Run) -> None:
    async def main() -> None:
        limits = HttpLimits(connections=1, linger_s=60)
        async with serving(echo, limits=limits) as site, contextlib.AsyncExitStack() as stack:
            for _ in range(200):
                await stack.enter_async_context(site.client())
            await until(lambda: site.server.counts.refused == 199, "all were refused")
            assert len(site.server._refused) <= 65

    run(main())


def test_two_thousand_idle_connections(run: Run) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(8192, hard)), hard))
    count = 2000

    async def main() -> None:
        limits = HttpLimits(connections_per_address=count)
        sockets: list[socket.socket] = []
        async with serving(echo, limits=limits) as site:
            try:
                for number in range(count):
                    sock = socket.create_connection(("127.0.0.1", site.port))
                    sockets.append(sock)
                    if number % 2:
                        sock.sendall(get().encode())
                    if number % 50 == 0:
                        await asyncio.sleep(0)
                await until(lambda: site.server.counts.requests == count // 2, "half of them asked")
                await until(lambda: site.server.open_connections == count, "all are open")
                async with site.client(local_addr=("127.0.0.2", 0)) as client:
                    for _ in range(100):
                        assert (await client.ask(get())).status == 200
            finally:
                for sock in sockets:
                    sock.close()
            await until(lambda: site.server.open_connections == 0, "all have left")
            assert site.server._per_address == {}

    run(main())


def test_draining_lets_requests_end_and_closes_the_rest(run: Run) -> None:
    go_on = asyncio.Event()

    async def handler(request: Request) -> Response:
        if request.path == "/slow":
            await go_on.wait()
        return await echo(request)

    async def main() -> None:
        async with (
            serving(handler) as site,
            site.client() as fresh,
            site.client() as idle,
            site.client() as busy,
            site.client() as sending,
        ):
            assert (await idle.ask(get())).status == 200
            await busy.send(get("/slow") + get("/next"))
            await sending.send(post(b"abc")[:-2])
            await until(lambda: len(site.server.busy) == 2, "both are busy")
            draining = asyncio.create_task(site.server.drain(60))
            assert await fresh.ended()
            assert await idle.ended()
            with pytest.raises(OSError, match=r"refused|Connect call failed"):
                await asyncio.open_connection("127.0.0.1", site.port)
            assert not draining.done()
            go_on.set()
            assert (await busy.answer()).body == b"GET /slow "
            last = await busy.answer()
            assert (last.body, last.headers["connection"]) == (b"GET /next ", "close")
            await sending.send(b"bc")
            assert (await sending.answer()).body == b"POST / abc"
            assert await busy.ended()
            assert await draining

    run(main())


def test_draining_has_an_end(run: Run) -> None:
    cancelled: list[bool] = []

    async def handler(request: Request) -> Response:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.append(True)
            raise
        return Response()

    async def main() -> None:
        async with serving(handler) as site, site.client() as client:
            await client.send(get())
            await until(lambda: len(site.server.busy) == 1, "it is busy")
            assert not await site.server.drain(0.05)
            assert cancelled == [True]
            assert await client.ended()
            assert site.server.open_connections == 0

    run(main())


def test_listening(run: Run) -> None:
    async def main() -> None:
        server = HttpServer()
        bound = socket.socket()
        bound.bind(("127.0.0.1", 0))
        await server.start([("localhost", 0), bound], echo)
        try:
            assert bound.getsockname() in server.addresses
            for host, port in server.addresses:
                client = Client(*await asyncio.open_connection(host, port))
                assert (await client.ask(get())).status == 200
                await client.close()
            other = HttpServer()
            with pytest.raises(OSError, match=r"cannot listen on 127\.0\.0\.1 port"):
                await other.start([("127.0.0.1", 0), ("127.0.0.1", server.addresses[-1][1])], echo)
            assert other.addresses == []
        finally:
            assert await server.drain(5)

    run(main())


def test_a_handler_error_keeps_its_status_while_the_body_comes(run: Run) -> None:
    async def handler(request: Request) -> Response:
        raise HttpError(401, "who are you", reason="unauthorized")

    async def main() -> None:
        async with serving(handler) as site, site.client() as client:
            await client.send(post(b"x" * 500_000))
            assert (await client.answer()).status == 401
            await client.send(post(b"y"))
            assert (await client.answer()).status == 401

    run(main())


def test_writing_to_a_client_that_left(run: Run) -> None:
    caught: list[str] = []

    async def handler(request: Request) -> Response:
        async def pieces() -> AsyncIterator[bytes]:
            try:
                while True:
                    yield b"x" * 65_536
            except GeneratorExit:
                caught.append("stopped")
                raise

        return Response(200, (), pieces())

    async def main() -> None:
        async with serving(handler) as site:
            async with site.client() as client:
                await client.send(get())
                await client.reader.readexactly(100)
                client.writer.transport.abort()
            await until(lambda: caught == ["stopped"], "the stream was stopped")

    run(main())
    assert issubclass(ClientGone, Exception)
