"""Clients that print without pause and remember what was acknowledged."""

from __future__ import annotations

import asyncio
import itertools
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.crash import work
from tests.crash.poll import until

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
ANSWER_S = 60.0


class Lost(Exception):
    """The connection ended before the answer was whole."""


class Connection:
    """A keep-alive connection to the server, opened when it is needed."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def ask(self, ipp: bytes, document: bytes = b"") -> work.Answer:
        """Send a request and read its answer; Lost when there is none."""
        try:
            async with asyncio.timeout(ANSWER_S):
                return work.answer(await self._ask(ipp, document))
        except (OSError, EOFError) as error:
            self.close()
            raise Lost(str(error)) from None

    async def _ask(self, ipp: bytes, document: bytes) -> bytes:
        if self._writer is None or self._reader is None:
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        head = (
            "POST /ipp/print HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/ipp\r\n"
            f"Content-Length: {len(ipp) + len(document)}\r\n\r\n"
        )
        self._writer.write(head.encode() + ipp + document)
        await self._writer.drain()
        answer = await self._reader.readuntil(b"\r\n\r\n")
        length = _LENGTH.search(answer)
        if not answer.startswith(b"HTTP/1.1 200") or length is None:
            raise OSError(answer.split(b"\r\n")[0].decode("latin-1"))
        return await self._reader.readexactly(int(length[1]))

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()
        self._reader = self._writer = None


@dataclass
class Wish:
    """A job that a client wanted printed."""

    number: int
    queue: str
    operation: int
    job_id: int = 0
    acknowledged: bool = False
    """All of it: successful-ok to Print-Job or to the last Send-Document."""


@dataclass
class Clients:
    """So many clients, each with one job in flight at a time."""

    port: int
    queues: Sequence[str]
    seed: int
    pause_s: float = 0.06
    wishes: dict[int, Wish] = field(default_factory=dict)
    acknowledged: int = 0
    refused: list[str] = field(default_factory=list)
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    _stopping: bool = False

    async def run(self, count: int) -> None:
        """Until `stop`."""
        await asyncio.gather(*(self._client(index) for index in range(count)))

    def stop(self) -> None:
        """Let each client end its job in flight."""
        self._stopping = True

    async def _client(self, index: int) -> None:
        dice = random.Random(f"{self.seed} {index}")
        connection = Connection(self.port)
        while not self._stopping:
            operation = dice.choice((work.PRINT_JOB, work.PRINT_JOB, work.CREATE_JOB))
            wish = Wish(next(self._numbers), dice.choice(self.queues), operation)
            self.wishes[wish.number] = wish
            try:
                await self.print(connection, wish)
            except Lost:
                await asyncio.sleep(0.05)
            await asyncio.sleep(dice.random() * self.pause_s)
        connection.close()

    async def print(self, connection: Connection, wish: Wish) -> None:
        """One job, by Print-Job or by Create-Job and Send-Document; Lost when the server went away."""
        if wish.operation == work.PRINT_JOB:
            ipp = work.print_job(wish.queue, wish.number)
            self._heard(wish, await connection.ask(ipp, work.document(wish.number)), last=True)
            return
        if not self._heard(wish, await connection.ask(work.create_job(wish.queue, wish.number)), last=False):
            return
        papers = work.parts(wish.number)
        for place, paper in enumerate(papers, 1):
            last = place == len(papers)
            ipp = work.send_document(wish.queue, wish.job_id, last=last)
            if not self._heard(wish, await connection.ask(ipp, paper), last=last):
                return

    def _heard(self, wish: Wish, answer: work.Answer, *, last: bool) -> bool:
        if not answer.ok:
            self.refused.append(f"job {wish.number}: {answer.status:#06x} {answer.message}")
            return False
        wish.job_id = wish.job_id or answer.job_id
        if last:
            wish.acknowledged = True
            self.acknowledged += 1
        return True

    async def progress(self, more: int = 1, seconds: float = 60.0) -> None:
        """Wait until so many more jobs were acknowledged."""
        wanted = self.acknowledged + more
        await until("a job is taken", lambda: self.acknowledged >= wanted, seconds)
