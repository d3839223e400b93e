"""Two processes and a device that is not there yet: one asks whether it can be reached, the other tells."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from plantin.delivery import Surroundings
from plantin.service import devices
from plantin.service.clock import SystemClock
from plantin.service.devices import Reacher
from plantin.service.reaching import LIMIT_S, trouble_with
from plantin.store.access import Store
from plantin.store.commands import reaching
from tests.delivery.fakeprinter import FakePrinter
from tests.delivery.sink import Sink
from tests.store.fixtures import database_of_kind, migrated_sqlite
from tests.store.support import Database

__all__ = ["migrated_sqlite"]
CLOCK = SystemClock()
Test = Callable[[Store], Awaitable[None]]


@pytest.fixture
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    with database_of_kind("sqlite", request, tmp_path) as found:
        yield found


def run(database: Database, test: Test, *, before: Test | None = None, answering: bool = True) -> None:
    """Runs a test beside the process that answers."""

    async def main() -> None:
        loop = asyncio.get_running_loop()
        wake: list[Callable[[], None]] = []
        store = database.store(
            committed=lambda jobs, config: [loop.call_soon_threadsafe(one) for one in wake]
        )
        if before is not None:
            await before(store)
        reacher = Reacher(store, Surroundings(CLOCK), CLOCK)
        wake.append(reacher.hint)
        working = asyncio.create_task(reacher.run()) if answering else None
        try:
            await test(store)
        finally:
            if working is not None:
                working.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await working
            await reacher.close()
            wake.clear()
            await loop.run_in_executor(None, store.close)

    asyncio.run(main())


def test_a_device_that_is_there(database: Database) -> None:
    async def test(store: Store) -> None:
        async with Sink() as sink, FakePrinter() as printer:
            assert await trouble_with(store, CLOCK, sink.uri) == ""
            assert await trouble_with(store, CLOCK, printer.uri) == ""
            assert printer.jobs == {}

    run(database, test)


def test_many_ask_at_once(database: Database) -> None:
    async def test(store: Store) -> None:
        async with Sink() as sink:
            asked = [sink.uri if number % 2 else "socket://no-such-host.invalid" for number in range(20)]
            told = await asyncio.gather(*(trouble_with(store, CLOCK, uri) for uri in asked))
            assert [answer == "" for answer in told] == [number % 2 == 1 for number in range(20)]
            assert "no-such-host.invalid" in told[0]

    run(database, test)


@pytest.mark.parametrize("uri", ["ipp://127.0.0.1:{}/ipp/print", "socket://127.0.0.1:{}"])
def test_a_device_that_is_not_there(database: Database, uri: str) -> None:
    async def test(store: Store) -> None:
        with socket.socket() as nobody:
            nobody.bind(("127.0.0.1", 0))  # bound, not listening: nobody else can take the port
            told = await trouble_with(store, CLOCK, uri.format(nobody.getsockname()[1]))
        assert "refuses connections" in told

    run(database, test)


@pytest.mark.parametrize("uri", ["gopher://host", "file:///etc/passwd", "ipp://"])
def test_a_uri_that_makes_no_sense(database: Database, uri: str) -> None:
    async def test(store: Store) -> None:
        assert await trouble_with(store, CLOCK, uri)

    run(database, test)


def test_who_asked_while_nobody_listened_is_answered(database: Database) -> None:
    async def ask(store: Store) -> None:
        await store.write(reaching.ask, "long ago", "socket://no-such-host.invalid", 0)
        await store.write(reaching.ask, "now", "socket://no-such-host.invalid", CLOCK.now_ms())

    async def test(store: Store) -> None:
        deadline = CLOCK.monotonic() + 60
        answers: dict[str, str] = {}
        while not answers and CLOCK.monotonic() < deadline:
            await asyncio.sleep(0.01)
            answers = await store.read(reaching.answers, 0)
        assert list(answers) == ["now"]

    run(database, test, before=ask)


def test_nobody_answers(database: Database) -> None:
    async def test(store: Store) -> None:
        told = await trouble_with(store, CLOCK, "socket://127.0.0.1", 0.0)
        assert "does not answer" in told

    run(database, test, answering=False)


def test_both_wait_equally_long() -> None:
    assert LIMIT_S == devices.WAITED_FOR_S
