"""Requests and answers on real sockets, on both loops."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

import pytest

from plantin.frontends.http1 import BodyTooLarge, HttpError, HttpLimits, Request, Response
from tests.http1.support import HOST, echo, get, post, serving, until

Run = Callable[[Coroutine[Any, Any, None]], None]


def test_one_request_and_then_another(run: Run) -> None:
    async def main() -> None:
        async with serving(echo) as site, site.client() as client:
            first = await client.ask(post(b"abc", "/a"))
            assert (first.status, first.body) == (200, b"POST /a abc")
            assert first.headers["content-type"] == "text/plain"
            assert first.headers["content-length"] == "11"
            assert first.headers["date"].endswith("GMT")
            assert "connection" not in first.headers
            assert (await client.ask(get("/b%20c?d"))).body == b"GET /b c "
            assert site.server.counts.accepted == 1
            assert site.server.counts.requests == 2
            assert site.server.open_connections == 1

    run(main())


def test_octet_by_octet(run: Run) -> None:
    async def main() -> None:
        chunked = f"POST /c HTTP/1.1\r\n{HOST}Transfer-Encoding: chunked\r\n\r\n"
        chunked += "3;x\r\nabc\r\n1\r\nd\r\n0\r\nT: u\r\n\r\n"
        async with serving(echo) as site, site.client() as client:
            for octets, wanted in ((post(b"abc"), b"POST / abc"), (chunked.encode(), b"POST /c abcd")):
                for at in range(len(octets)):
                    await client.send(octets[at : at + 1])
                    await asyncio.sleep(0)
                assert (await client.answer()).body == wanted

    run(main())


def test_pipelined_requests_are_answered_in_order(run: Run) -> None:
    turns: list[str] = []

    async def slowly(request: Request) -> Response:
        turns.append(f"begin {request.path}")
        await asyncio.sleep(0.01)
        answer = await echo(request)
        turns.append(f"end {request.path}")
        return answer

    async def main() -> None:
        async with serving(slowly) as site, site.client() as client:
            await client.send(b"".join(post(b"x" * n, f"/{n}") for n in range(20)))
            for n in range(20):
                assert (await client.answer()).body == b"POST /%d " % n + b"x" * n
            assert turns == [f"{word} /{n}" for n in range(20) for word in ("begin", "end")]

    run(main())


def test_limit_of_pipelined_requests(run: Run) -> None:
    async def main() -> None:
        async with serving(echo, limits=HttpLimits(pipelined_requests=5)) as site:
            async with site.client() as client:
                await client.send("".join(get(f"/{n}") for n in range(6)))
                assert [(await client.answer()).body for _ in range(6)] == [b"GET /%d " % n for n in range(6)]
            async with site.client() as client:
                await client.send("".join(get(f"/{n}") for n in range(7)))
                statuses = [(await client.answer()).status for _ in range(7)]
                assert statuses == [200] * 6 + [400]
                assert await client.ended()

    run(main())


def test_a_malformed_request_after_good_ones(run: Run) -> None:
    async def main() -> None:
        async with serving(echo) as site, site.client() as client:
            await client.send(post(b"a") + b"rubbish\r\n\r\n")
            assert (await client.answer()).body == b"POST / a"
            refused = await client.answer()
            assert refused.status == 501
            assert refused.headers["connection"] == "close"
            assert refused.body == b"the request method is not known\n"
            assert await client.ended()
            assert site.server.counts.refused_requests == 1

    run(main())


@pytest.mark.parametrize("keep", [True, False])
def test_http_1_0(run: Run, keep: bool) -> None:
    async def main() -> None:
        async with serving(echo) as site, site.client() as client:
            extra = "Connection: keep-alive\r\n" if keep else ""
            await client.send(f"POST /a HTTP/1.0\r\nContent-Length: 1\r\n{extra}\r\nb")
            answer = await client.answer()
            assert answer.body == b"POST /a b"
            assert answer.headers["connection"] == ("keep-alive" if keep else "close")
            if keep:
                assert (await client.ask(get("/c"))).status == 200
            else:
                assert await client.ended()

    run(main())


def test_connection_close(run: Run) -> None:
    async def main() -> None:
        async with serving(echo) as site, site.client() as client:
            answer = await client.ask(get("/", "Connection: close\r\n"))
            assert answer.headers["connection"] == "close"
            assert await client.ended()

    run(main())


def test_the_handler_may_close(run: Run) -> None:
    async def handler(request: Request) -> Response:
        return Response(200, (), b"bye", close=True)

    async def main() -> None:
        async with serving(handler) as site, site.client() as client:
            assert (await client.ask(get())).headers["connection"] == "close"
            assert await client.ended()

    run(main())


def test_a_client_that_shuts_down_its_side_gets_its_answers(run: Run) -> None:
    async def handler(request: Request) -> Response:
        await asyncio.sleep(0.05)
        return await echo(request)

    async def main() -> None:
        async with serving(handler) as site, site.client() as client:
            await client.send(post(b"a") + post(b"b"))
            client.writer.write_eof()
            assert (await client.answer()).body == b"POST / a"
            assert (await client.answer()).body == b"POST / b"
            assert await client.ended()

    run(main())


async def stream(request: Request) -> Response:
    async def pieces() -> AsyncIterator[bytes]:
        for n in range(5):
            yield b"" if n == 3 else b"%d" % n * 1000
            await asyncio.sleep(0)

    return Response(200, (), pieces())


WHOLE = b"".join(b"%d" % n * 1000 for n in (0, 1, 2, 4))


def test_streamed_answers(run: Run) -> None:
    async def main() -> None:
        async with serving(stream) as site:
            async with site.client() as client:
                for _ in range(2):
                    answer = await client.ask(get())
                    assert answer.headers["transfer-encoding"] == "chunked"
                    assert answer.body == WHOLE
            async with site.client() as client:
                await client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
                answer = await client.answer()
                assert answer.headers["connection"] == "close"
                assert answer.body == WHOLE

    run(main())


def test_a_long_answer_in_one_piece(run: Run) -> None:
    body = bytes(range(256)) * 20_000

    async def handler(request: Request) -> Response:
        return Response(200, (), body)

    async def main() -> None:
        async with serving(handler) as site, site.client() as client:
            for _ in range(2):
                assert (await client.ask(get())).body == body

    run(main())


def test_answers_without_a_body(run: Run) -> None:
    async def handler(request: Request) -> Response:
        if request.path == "/stream":
            return await stream(request)
        return Response(204 if request.path == "/204" else 200, (), b"" if request.path == "/204" else b"abc")

    async def main() -> None:
        async with serving(handler) as site, site.client() as client:
            await client.send(f"HEAD / HTTP/1.1\r\n{HOST}\r\n")
            assert (await client.answer(has_body=False)).headers["content-length"] == "3"
            await client.send(f"HEAD /stream HTTP/1.1\r\n{HOST}\r\n")
            assert (await client.answer(has_body=False)).headers["transfer-encoding"] == "chunked"
            assert "content-length" not in (await client.ask(get("/204"))).headers
            assert (await client.ask(get())).body == b"abc"

    run(main())


def test_continue_is_sent_although_a_part_of_the_body_has_come(run: Run) -> None:
    """libcups sends the IPP part without waiting, then waits a second before it sends the document."""

    async def handler(request: Request) -> Response:
        part = request.body.take_buffered() or await request.body.read_chunk()
        return Response(200, (), part + await request.body.read_all(100))

    async def main() -> None:
        async with serving(handler) as site, site.client() as client:
            head = f"POST / HTTP/1.1\r\n{HOST}Expect: 100-continue\r\nContent-Length: 6\r\n\r\n"
            await client.send(head + "ipp")
            assert (await client.head())[0] == 100
            await client.send("doc")
            assert (await client.answer()).body == b"ippdoc"

    run(main())


def test_expect_100_continue(run: Run) -> None:
    asked = asyncio.Event()

    async def handler(request: Request) -> Response:
        if request.path == "/no":
            return Response(401, (), b"who are you")
        before = request.body.take_buffered()
        await asked.wait()
        return Response(200, (), before + await request.body.read_all(100))

    async def main() -> None:
        async with serving(handler) as site:
            async with site.client() as client:
                head = f"POST /yes HTTP/1.1\r\n{HOST}Expect: 100-Continue\r\nContent-Length: 3\r\n\r\n"
                await client.send(head)
                await until(lambda: site.server.counts.requests == 1, "the handler began")
                waiting = asyncio.create_task(client.head())
                await asyncio.sleep(0.02)
                assert not waiting.done()
                asked.set()
                assert (await waiting)[0] == 100
                await client.send("abc")
                assert (await client.answer()).body == b"abc"
                await client.send(head + "def")
                answer = await client.answer()
                if answer.status == 100:
                    answer = await client.answer()
                assert answer.body == b"def"
            async with site.client() as client:
                await client.send(head.replace("/yes", "/no"))
                answer = await client.answer()
                assert answer.status == 401
                assert answer.headers["connection"] == "close"
                assert await client.ended()

    run(main())


def test_a_rest_that_is_left_unread_is_thrown_away(run: Run) -> None:
    async def handler(request: Request) -> Response:
        if request.path == "/left":
            return Response(404, (), b"no")
        return await echo(request)

    async def main() -> None:
        async with serving(handler) as site, site.client() as client:
            octets = post(b"x" * 100_000, "/left")
            for _ in range(3):
                await client.send(octets[:50_000])
                answer = await client.answer()
                assert answer.status == 404
                assert "connection" not in answer.headers
                await client.send(octets[50_000:] + post(b"y"))
                assert (await client.answer()).body == b"POST / y"
            assert site.server.counts.accepted == 1

    run(main())


@pytest.mark.parametrize("chunked", [False, True])
def test_an_early_answer_reaches_a_client_that_goes_on_sending(run: Run, chunked: bool) -> None:
    async def handler(request: Request) -> Response:
        raise BodyTooLarge(10)

    async def main() -> None:
        limits = HttpLimits(drain_octets=100_000, linger_s=0.5)
        async with serving(handler, limits=limits) as site, site.client() as client:
            framing = "Transfer-Encoding: chunked" if chunked else "Content-Length: 50000000"
            await client.send(f"POST / HTTP/1.1\r\n{HOST}{framing}\r\n\r\n")
            piece = b"10000\r\n" + b"x" * 0x10000 + b"\r\n" if chunked else b"x" * 0x10000

            async def flood() -> None:
                for _ in range(700):
                    await client.send(piece)

            flooding = asyncio.create_task(flood())
            answer = await client.answer()
            assert answer.status == 413
            assert answer.body == b"the request body has more than 10 octets, the most taken here\n"
            assert await client.reader.read() == b""
            flooding.cancel()
            await asyncio.gather(flooding, return_exceptions=True)
            client.writer.transport.abort()

    run(main())


def test_read_all_has_a_limit(run: Run) -> None:
    async def handler(request: Request) -> Response:
        return Response(200, (), b"%d" % len(await request.body.read_all(1000)))

    async def main() -> None:
        async with serving(handler) as site, site.client() as client:
            chunked = f"POST / HTTP/1.1\r\n{HOST}Transfer-Encoding: chunked\r\n\r\n"
            assert (await client.ask(post(b"x" * 1000))).body == b"1000"
            assert (
                await client.ask(chunked.encode() + b"3e8\r\n" + b"x" * 1000 + b"\r\n0\r\n\r\n")
            ).body == b"1000"
            answer = await client.ask(post(b"x" * 1001))
            assert answer.status == 413
            answer = await client.ask(chunked.encode() + b"3e9\r\n" + b"x" * 1001 + b"\r\n0\r\n\r\n")
            assert answer.status == 413

    run(main())


def test_a_body_in_pieces(run: Run) -> None:
    sizes: list[int] = []

    async def handler(request: Request) -> Response:
        count = len(request.body.take_buffered())
        while piece := await request.body.read_chunk():
            sizes.append(len(piece))
            count += len(piece)
        assert request.body.complete
        assert request.body.octets == count
        assert await request.body.read_chunk() == b""
        return Response(200, (), b"%d" % count)

    async def main() -> None:
        async with serving(handler) as site, site.client() as client:
            for _ in range(2):
                assert (await client.ask(post(b"x" * 5_000_000))).body == b"5000000"
            assert max(sizes) <= 512 * 1024

    run(main())


def test_bad_framing_within_a_body_reaches_the_handler(run: Run) -> None:
    caught: list[int] = []

    async def handler(request: Request) -> Response:
        try:
            while await request.body.read_chunk():
                pass
        except HttpError as error:
            caught.append(error.status)
            raise
        return Response()

    async def main() -> None:
        async with serving(handler) as site, site.client() as client:
            await client.send(
                f"POST / HTTP/1.1\r\n{HOST}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nxyz\r\n"
            )
            answer = await client.answer()
            assert answer.status == 400
            assert answer.body.startswith(b"the request is malformed: ")
            assert await client.ended()
            assert caught == [400]

    run(main())


def test_a_client_that_leaves_within_a_body(run: Run) -> None:
    ended: list[str] = []

    async def handler(request: Request) -> Response:
        request.connection.on_end(lambda: ended.append("told"))
        try:
            await request.body.read_all(1000)
        finally:
            ended.append("failed")
        return Response()

    async def main() -> None:
        async with serving(handler) as site:
            async with site.client() as client:
                await client.send(post(b"x" * 100)[:-10])
                await until(lambda: site.server.counts.requests == 1, "the handler began")
            await until(lambda: sorted(ended) == ["failed", "told"], "the handler was told")
            await until(lambda: site.server.open_connections == 0, "the connection was closed")

    run(main())


def test_a_handler_is_not_cancelled_when_its_client_leaves(run: Run) -> None:
    gone = asyncio.Event()
    finished: list[bool] = []

    async def handler(request: Request) -> Response:
        request.connection.on_end(gone.set)
        await gone.wait()
        await asyncio.sleep(0.01)
        finished.append(request.connection.ended)
        return Response(200, (), b"x" * 1_000_000)

    async def main() -> None:
        async with serving(handler) as site:
            async with site.client() as client:
                await client.send(get())
                await until(lambda: site.server.counts.requests == 1, "the handler began")
            await until(lambda: finished == [True], "the handler came to its end")

    run(main())


def test_what_a_handler_may_do_wrong(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    async def handler(request: Request) -> Response:
        if request.path == "/raise":
            raise RuntimeError("a secret")
        if request.path == "/split":
            return Response(200, [("X", "a\r\nSet-Cookie: b")])
        if request.path == "/own":
            return Response(200, [("Content-Length", "5")])
        raise HttpError(403, "not you")

    async def main() -> None:
        async with serving(handler) as site, site.client() as client:
            for path in ("/raise", "/split", "/own"):
                answer = await client.ask(get(path))
                assert answer.status == 500
                assert answer.body == b"the server failed to answer this request\n"
                assert "set-cookie" not in answer.headers
            answer = await client.ask(get("/forbidden"))
            assert (answer.status, answer.body) == (403, b"not you\n")

    with caplog.at_level(logging.ERROR, "plantin.http1"):
        run(main())
    assert len(caplog.records) == 3


def test_an_answer_that_breaks_off_is_not_taken_for_a_whole_one(
    run: Run, caplog: pytest.LogCaptureFixture
) -> None:
    async def handler(request: Request) -> Response:
        async def pieces() -> AsyncIterator[bytes]:
            yield b"abc"
            raise RuntimeError

        return Response(200, (), pieces())

    async def main() -> None:
        async with serving(handler) as site, site.client() as client:
            with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
                await client.ask(get())

    with caplog.at_level(logging.CRITICAL, "plantin.http1"):
        run(main())


def test_the_state_of_a_connection(run: Run) -> None:
    async def handler(request: Request) -> Response:
        count = request.connection.state["count"] = request.connection.state.get("count", 0) + 1
        return Response(
            200, (), f"{count} {request.peer} {request.local[1]} {request.tls} {request.host}".encode()
        )

    async def main() -> None:
        async with serving(handler) as site:
            for _ in range(2):
                async with site.client() as client:
                    for count in (1, 2):
                        peer = client.writer.get_extra_info("sockname")
                        wanted = f"{count} {peer} {site.port} False localhost"
                        assert (await client.ask(get())).body == wanted.encode()

    run(main())


def test_host_headers_are_checked(run: Run) -> None:
    async def main() -> None:
        async with serving(echo, allowed_hosts=("print.example.org",)) as site:
            for value, status in (
                ("print.example.org:1", 200),
                ("localhost:0", 200),
                ("127.0.0.1", 200),
                ("evil.example.org", 421),
                ("a b", 400),
            ):
                async with site.client() as client:
                    answer = await client.ask(f"GET / HTTP/1.1\r\nHost: {value}\r\n\r\n")
                    assert answer.status == status
                    if status != 200:
                        assert await client.ended()

    run(main())


def test_reading_after_the_answer_is_refused(run: Run) -> None:
    kept: list[Request] = []

    async def handler(request: Request) -> Response:
        kept.append(request)
        return Response()

    async def main() -> None:
        async with serving(handler) as site, site.client() as client:
            await client.send(post(b"x" * 10)[:-5])
            assert (await client.answer()).status == 200
            with pytest.raises(RuntimeError, match="after the answer"):
                await kept[0].body.read_chunk()

    run(main())


def test_limit_of_the_rest_that_is_thrown_away(run: Run) -> None:
    async def handler(request: Request) -> Response:
        return Response(404)

    async def main() -> None:
        async with serving(handler, limits=HttpLimits(drain_octets=1000)) as site:
            for octets, connection in ((1000, None), (1001, "close")):
                async with site.client() as client:
                    await client.send(post(b"x" * octets)[:-octets])
                    answer = await client.answer()
                    assert answer.headers.get("connection") == connection
                    if connection is None:
                        assert (await client.ask(b"x" * octets + get().encode())).status == 404
                    else:
                        assert await client.ended()
            async with site.client() as client:
                await client.send(f"POST / HTTP/1.1\r\n{HOST}Transfer-Encoding: chunked\r\n\r\n")
                assert (await client.answer()).status == 404
                await client.send(b"3e9\r\n" + b"x" * 1001)
                assert await client.ended()

    run(main())


def test_octets_after_a_last_request_are_not_read_without_end(run: Run) -> None:
    go_on = asyncio.Event()

    async def handler(request: Request) -> Response:
        await go_on.wait()
        return Response()

    async def main() -> None:
        async with serving(handler) as site, site.client() as client:
            await client.send(get("/", "Connection: close\r\n"))
            sent = 0

            async def flood() -> None:
                nonlocal sent
                for _ in range(100):
                    await client.send(b"x" * 1_000_000)
                    sent += 1

            flooding = asyncio.create_task(flood())
            before = -1
            while before != sent:
                before = sent
                await asyncio.sleep(0.2)
            assert sent < 50
            go_on.set()
            assert (await client.answer()).status == 200
            flooding.cancel()
            await asyncio.gather(flooding, return_exceptions=True)

    run(main())


def test_continue_comes_before_a_good_answer_at_the_latest(run: Run) -> None:
    """libcups' cupsGetDevices takes the header for the body when no 100 came before it."""

    async def handler(request: Request) -> Response:
        await request.body.read_all(100)
        return Response(200 if request.path == "/good" else 404, (), b"answer")

    async def main() -> None:
        async with serving(handler) as site:
            for path, first in (("/good", 100), ("/bad", 404)):
                async with site.client() as client:
                    head = f"POST {path} HTTP/1.1\r\n{HOST}Expect: 100-continue\r\nContent-Length: 3\r\n\r\n"
                    await client.send(head + "abc")
                    assert (await client.head())[0] == first
                    if first == 100:
                        assert (await client.answer()).body == b"answer"

    run(main())
