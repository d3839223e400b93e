"""The HTTP client against answers of every kind: an answer or Lost, and nothing else."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plantin.delivery import Limits
from plantin.delivery.http import Answer, Connection, Lost, Request, Transfer
from plantin.delivery.http.message import BODY_OCTETS_MAX, HEAD_OCTETS_MAX, LENGTH_MAX
from plantin.delivery.watch import StopWatch

BRIEF = Limits(answer_timeout=0.0, continue_timeout=0.0)
GOOD = b"HTTP/1.1 200 OK\r\nContent-Type: application/ipp\r\nContent-Length: 5\r\n\r\nhello"


class Pipe(asyncio.Transport):
    """A transport to nowhere."""

    def __init__(self) -> None:
        super().__init__()
        self.written = bytearray()
        self.aborted = False

    def write(self, data: bytes | bytearray | memoryview[Any]) -> None:
        self.written += data

    def abort(self) -> None:
        self.aborted = True

    def is_closing(self) -> bool:
        return self.aborted

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Nothing is buffered."""


def exchange(pieces: list[bytes], *, closes: bool) -> tuple[Answer | Lost, Connection, Pipe]:
    async def main() -> tuple[Answer | Lost, Connection, Pipe]:
        connection, pipe = Connection("device", "Test"), Pipe()
        connection.connection_made(pipe)
        loop = asyncio.get_running_loop()

        def feed() -> None:
            for piece in pieces:
                connection.data_received(piece)
            if closes:
                connection.connection_lost(None)

        loop.call_soon(feed)
        limits = Limits(answer_timeout=5.0 if closes else 0.01)
        try:
            found: Answer | Lost = await connection.exchange(
                Request("/ipp", "h:631", b"ask"), Transfer(), StopWatch(), limits
            )
        except Lost as lost:
            found = lost
        return found, connection, pipe

    return asyncio.run(main())


@settings(max_examples=150, deadline=None)
@given(st.lists(st.binary(max_size=60), max_size=6), st.integers(0, len(GOOD)))
def test_garbage_is_an_answer_or_lost(pieces: list[bytes], good: int) -> None:
    found, _, _ = exchange([GOOD[:good], *pieces], closes=True)
    assert isinstance(found, Answer | Lost)


@pytest.mark.parametrize("size", [1, 7, len(GOOD)])
def test_pieces_of_any_size(size: int) -> None:
    pieces = [GOOD[start : start + size] for start in range(0, len(GOOD), size)]
    found, connection, _ = exchange(pieces, closes=False)
    assert found == Answer(200, "1.1", "application/ipp", "", b"hello")
    assert connection.reusable


@pytest.mark.parametrize(
    ("answer", "body", "reusable"),
    [
        (b"HTTP/1.1 100 Continue\r\n\r\n" + GOOD, b"hello", True),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
            b"hello",
            True,
        ),
        (GOOD.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"), b"hello", False),
        (GOOD.replace(b"1.1", b"1.0"), b"hello", False),
        (b"HTTP/1.1 200 OK\r\n\r\nhello", b"hello", False),
    ],
    ids=["continue", "chunked", "close", "old", "no length"],
)
def test_answers(answer: bytes, body: bytes, reusable: bool) -> None:
    found, connection, pipe = exchange([answer], closes=False)
    assert isinstance(found, Answer) and found.body == body
    assert connection.reusable is reusable
    assert pipe.aborted is not reusable


def test_an_answer_cut_off_is_lost() -> None:
    found, _, _ = exchange([GOOD[:-1]], closes=True)
    assert isinstance(found, Lost) and found.reason == "connection-closed-by-device" and not found.silent


def test_no_answer_is_lost_in_silence() -> None:
    found, _, _ = exchange([], closes=True)
    assert isinstance(found, Lost) and found.silent


@pytest.mark.parametrize(("more", "lost"), [(0, False), (1, True)])
def test_the_longest_answer(more: int, lost: bool) -> None:
    size = BODY_OCTETS_MAX + more
    found, _, _ = exchange(
        [b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size, b"x" * size], closes=False
    )
    assert isinstance(found, Lost) is lost


@pytest.mark.parametrize(("more", "reason"), [(0, "answer-timeout"), (1, "bad-answer")])
def test_the_longest_header(more: int, reason: str) -> None:
    start = b"HTTP/1.1 200 OK\r\nX: "
    found, _, _ = exchange([start, b"x" * (HEAD_OCTETS_MAX - len(start) + more)], closes=False)
    assert isinstance(found, Lost) and found.reason == reason


@pytest.mark.parametrize(("more", "chunks"), [(0, False), (1, True)])
def test_bodies_too_long_for_a_length_go_in_chunks(more: int, chunks: bool) -> None:
    async def nothing() -> object:
        yield b""

    request = Request("/", "h", b"1234", document=nothing(), document_octets=LENGTH_MAX - 4 + more)  # type: ignore[arg-type]
    assert request.in_chunks is chunks
    assert (b"Transfer-Encoding" in request.head("x")) is chunks
