"""Conditional GET of PPD files: 304 for who has it, and never for who may not have it as it is now."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from email.utils import formatdate

import pytest

from plantin.frontends.http1 import Headers, Response
from plantin.frontends.ipp.editions import Editions, conditional
from plantin.ipp.attributes import name
from tests.frontends.harness import World
from tests.frontends.test_queues import add

Serve = Callable[..., None]
NOW = 1_700_000_000_400
SECOND = NOW // 1000


def asked(**fields: str) -> Headers:
    named = [(key.replace("_", "-").encode(), value.encode()) for key, value in fields.items()]
    return Headers(named)


def at(seconds: int) -> str:
    return formatdate(seconds, usegmt=True)


def status(headers: Headers, *, seen: int = NOW, now: int = NOW + 60_000) -> int:
    edition = Editions().of("q", b"content", seen)
    return conditional(headers, Response(200, (), b"content"), edition, now).status


ETAG = Editions().of("q", b"content", NOW).etag


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        (asked(), 200),
        (asked(if_none_match=ETAG), 304),
        (asked(if_none_match=f'"other", W/{ETAG}'), 304),
        (asked(if_none_match="*"), 304),
        (asked(if_none_match='"other"'), 200),
        (asked(if_none_match='"other"', if_modified_since=at(SECOND + 60)), 200),
        (asked(if_modified_since=at(SECOND + 1)), 304),
        (asked(if_modified_since=at(SECOND + 60)), 304),
        (asked(if_modified_since=at(SECOND)), 200),  # within that second it may have been another one
        (asked(if_modified_since=at(0)), 200),
        (asked(if_modified_since="yesterday"), 200),
        (asked(if_modified_since="Mon, 99 Nov 2026 25:61:61 GMT"), 200),
        (asked(if_modified_since=""), 200),
        (asked(if_modified_since="Sun Nov  6 08:49:37 1994"), 200),
    ],
)
def test_who_has_it(headers: Headers, expected: int) -> None:
    assert status(headers) == expected


def test_a_date_that_lies_ahead_is_never_told() -> None:
    edition = Editions().of("q", b"content", NOW)
    response = conditional(asked(), Response(200, (), b"content"), edition, NOW)
    assert dict(response.headers)["Last-Modified"] == at(SECOND)


def test_an_edition_begins_when_the_content_changes() -> None:
    editions = Editions(maximum=2)
    first = editions.of("q", b"one", NOW)
    assert editions.of("q", b"one", NOW + 5000) == first
    second = editions.of("q", b"two", NOW + 5000)
    assert second.etag != first.etag and second.seen == first.seen + 5
    assert editions.of("q", b"one", NOW + 9000).seen == first.seen + 9
    for other in ("r", "s"):
        editions.of(other, b"one", NOW)
    assert editions.of("q", b"one", NOW + 20_000).seen == first.seen + 20  # forgotten, so it counts as new


def test_the_ppd_of_a_queue(serve: Serve) -> None:
    async def scenario(world: World) -> None:
        await world.add_queue()

        async def get(**fields: str) -> tuple[int, dict[str, str], bytes]:
            headers = [(key.replace("_", "-").encode(), value.encode()) for key, value in fields.items()]
            response = await world.http_request("GET", "/printers/q.ppd", headers=headers)
            assert isinstance(response.body, bytes)
            return response.status, dict(response.headers), response.body

        code, told, ppd = await get()
        assert code == 200 and ppd.startswith(b"*PPD-Adobe")
        assert told["Content-Type"] == "application/vnd.cups-ppd"
        assert await get(if_none_match=told["ETag"]) == (
            304,
            {key: told[key] for key in ("ETag", "Last-Modified", "Cache-Control")},
            b"",
        )
        later = at(world.context.clock.now_ms() // 1000 + 5)
        assert (await get(if_modified_since=later))[0] == 304
        (await add(world, "/printers/q", name("PageSize", "A5"))).ok()
        code, fresh, changed = await get(if_none_match=told["ETag"])
        assert (code, fresh["ETag"] != told["ETag"]) == (200, True)
        assert b"*DefaultPageSize: A5" in changed

    serve(scenario)


def test_over_the_wire_there_is_no_body(serve: Serve) -> None:
    async def scenario(world: World) -> None:
        await world.add_queue()
        reader, writer = await asyncio.open_connection(world.host, world.port)
        fields = b"Host: localhost\r\nIf-None-Match: *\r\nConnection: close\r\n"
        writer.write(b"GET /printers/q.ppd HTTP/1.1\r\n" + fields + b"\r\n")
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")
        writer.close()
        await writer.wait_closed()
        assert head.startswith(b"HTTP/1.1 304 ") and body == b""
        assert b"content-length" not in head.lower()

    serve(scenario)
