"""What every backend promises, whatever it speaks: one suite for all of them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path

import pytest

from plantin.core.model import Outcome
from plantin.delivery import BACKENDS, Delivery
from tests.delivery.fakeprinter import FakePrinter
from tests.delivery.sink import Sink
from tests.delivery.support import FakeProgress, FakeStop, MemorySource, device, surroundings, ticket

SMALL = b"%PDF-1.7 " + b"x" * 5_000
LARGE = b"y" * 3_000_000


@dataclass
class Rig:
    """A device that works, and how to see what reached it."""

    uri: str
    printed: Callable[[], bytes]
    roots: tuple[Path, ...] = ()
    confirms: bool = False


Make = Callable[[Path], AbstractAsyncContextManager[Rig]]


@contextlib.asynccontextmanager
async def folder(path: Path) -> AsyncIterator[Rig]:
    (path / "out").mkdir()
    yield Rig(
        f"file://{path}/out/",
        lambda: b"".join(file.read_bytes() for file in sorted((path / "out").iterdir())),
        (path,),
        confirms=True,
    )


@contextlib.asynccontextmanager
async def one_file(path: Path) -> AsyncIterator[Rig]:
    yield Rig(f"file://{path}/out", (path / "out").read_bytes, (path,), confirms=True)


@contextlib.asynccontextmanager
async def raw(path: Path) -> AsyncIterator[Rig]:
    async with Sink() as sink:
        yield Rig(sink.uri, lambda: b"".join(sink.received))


def ipp(scheme: str) -> Make:
    @contextlib.asynccontextmanager
    async def rig(path: Path) -> AsyncIterator[Rig]:
        async with FakePrinter() as printer:
            yield Rig(
                printer.uri.replace("ipp:", f"{scheme}:"),
                lambda: b"".join(data for job in printer.jobs.values() for data in job.documents),
                confirms=True,
            )

    return rig


RIGS: dict[str, Make] = {
    "folder": folder,
    "one file": one_file,
    "socket": raw,
    "ipp": ipp("ipp"),
    "http": ipp("http"),
}


@pytest.fixture(params=list(RIGS))
def make(request: pytest.FixtureRequest) -> Make:
    return RIGS[request.param]


def test_every_scheme_has_a_rig_or_shares_one() -> None:
    assert set(BACKENDS) == {"file", "socket", "raw", "ipp", "ipps", "http", "https"}
    assert BACKENDS["raw"] is BACKENDS["socket"]
    assert BACKENDS["ipps"] is BACKENDS["https"] is BACKENDS["http"] is BACKENDS["ipp"]


@pytest.mark.parametrize("documents", [(SMALL,), (LARGE,), (SMALL, LARGE, b"end"), (b"",)], ids=len)
def test_every_octet_arrives_once_in_order(make: Make, documents: tuple[bytes, ...], tmp_path: Path) -> None:
    async def main() -> None:
        async with make(tmp_path) as rig:
            delivery = Delivery(surroundings(*rig.roots))
            progress, source = FakeProgress(), MemorySource(*documents)
            delivered = await delivery.deliver(
                ticket(device(rig.uri), *documents), source, progress, FakeStop()
            )
            await delivery.close()
            assert delivered.outcome is Outcome.COMPLETED, delivered
            assert delivered.confirmed is rig.confirms
            assert delivered.octets_sent == sum(map(len, documents))
            assert delivered.reason and delivered.text
            assert rig.printed() == b"".join(documents)
            assert progress.sendings == 1
            assert source.open == 0

    asyncio.run(main())


def test_a_wish_to_stop_before_the_first_octet(make: Make, tmp_path: Path) -> None:
    async def main() -> None:
        async with make(tmp_path) as rig:
            delivery = Delivery(surroundings(*rig.roots))
            for late in (False, True):
                stop = FakeStop() if late else FakeStop("job-canceled-by-user")
                progress = FakeProgress(stop_on_sending=stop) if late else FakeProgress()
                delivered = await delivery.deliver(
                    ticket(device(rig.uri), SMALL), MemorySource(SMALL), progress, stop
                )
                assert (delivered.outcome, delivered.octets_sent) == (Outcome.CANCELED, 0)
                assert delivered.reason == "job-canceled-by-user"
                assert progress.sendings == int(late)
            await delivery.close()
            with contextlib.suppress(FileNotFoundError):
                assert rig.printed() == b""

    asyncio.run(main())


def test_a_document_that_is_damaged_before_the_first_octet(make: Make, tmp_path: Path) -> None:
    async def main() -> None:
        async with make(tmp_path) as rig:
            delivery = Delivery(surroundings(*rig.roots))
            for data in (SMALL, LARGE):
                delivered = await delivery.deliver(
                    ticket(device(rig.uri), data),
                    MemorySource(data, damaged_after=0),
                    FakeProgress(),
                    FakeStop(),
                )
                assert (delivered.outcome, delivered.reason) == (Outcome.PERMANENT, "document-access-error")
                assert delivered.octets_sent == 0
            await delivery.close()

    asyncio.run(main())


def test_a_sound_device_passes_its_probe_and_prints_nothing(make: Make, tmp_path: Path) -> None:
    async def main() -> None:
        async with make(tmp_path) as rig:
            delivery = Delivery(surroundings(*rig.roots))
            assert await delivery.probe(device(rig.uri)) is None
            await delivery.close()
            assert rig.printed() == b""

    asyncio.run(main())


def test_what_was_reached_is_used_and_nothing_was_sent_on_it_before(make: Make, tmp_path: Path) -> None:
    async def main() -> None:
        async with make(tmp_path) as rig:
            delivery = Delivery(surroundings(*rig.roots))
            stop = FakeStop()
            way = await delivery.reach(device(rig.uri), stop, 5.0)
            with contextlib.suppress(FileNotFoundError):
                assert rig.printed() == b""
            delivered = await delivery.deliver(
                ticket(device(rig.uri), SMALL), MemorySource(SMALL), FakeProgress(), stop, way
            )
            assert delivered.outcome is Outcome.COMPLETED
            assert rig.printed() == SMALL
            if way is not None:
                way.close()
                way.close()
            await delivery.close()

    asyncio.run(main())


@pytest.mark.parametrize("name", [name for name in RIGS if name != "one file"])
def test_what_cannot_be_reached_is_left_to_the_attempt(name: str, tmp_path: Path) -> None:
    async def main() -> None:
        async with RIGS[name](tmp_path) as rig:
            pass
        delivery = Delivery(surroundings(*rig.roots))
        assert await delivery.reach(device(rig.uri), FakeStop(), 5.0) is None
        assert await delivery.reach(device("gopher://host"), FakeStop(), 5.0) is None
        assert await delivery.reach(device(rig.uri), FakeStop("job-canceled-by-user"), 5.0) is None
        await delivery.close()

    asyncio.run(main())


@pytest.mark.parametrize("name", [name for name in RIGS if name != "one file"])
def test_a_device_that_is_gone(name: str, tmp_path: Path) -> None:
    async def main() -> None:
        async with RIGS[name](tmp_path) as rig:
            pass
        if name == "folder":
            (tmp_path / "out").rmdir()
            (tmp_path / "out").write_text("in the way")
        delivery = Delivery(surroundings(*rig.roots))
        progress = FakeProgress()
        delivered = await delivery.deliver(
            ticket(device(rig.uri), SMALL), MemorySource(SMALL), progress, FakeStop()
        )
        failed = await delivery.probe(device(rig.uri))
        await delivery.close()
        assert (delivered.outcome, delivered.octets_sent) == (Outcome.TEMPORARY, 0)
        assert progress.sendings == 0
        assert failed is not None and failed[0] == delivered.reason and failed[1]

    asyncio.run(main())


@pytest.mark.parametrize("uri", ["gopher://host", "socket://", "file:///etc/passwd", "ipp://host:0/"])
def test_a_uri_that_makes_no_sense_waits_for_somebody_to_put_it_right(uri: str) -> None:
    async def main() -> None:
        delivery = Delivery(surroundings())
        delivered = await delivery.deliver(
            ticket(device(uri), SMALL), MemorySource(SMALL), FakeProgress(), FakeStop()
        )
        assert (delivered.outcome, delivered.reason) == (Outcome.TEMPORARY, "bad-device-uri")
        failed = await delivery.probe(device(uri))
        assert failed is not None and failed[0] == "bad-device-uri"
        recovered = await delivery.recover(ticket(device(uri), SMALL), "")
        assert recovered is not None and recovered.outcome is Outcome.UNKNOWN
        await delivery.close()

    asyncio.run(main())


def test_an_interrupted_attempt_is_never_called_unprinted_by_a_device_without_jobs(tmp_path: Path) -> None:
    async def main() -> None:
        delivery = Delivery(surroundings(tmp_path))
        for uri in (f"file://{tmp_path}/", "socket://127.0.0.1"):
            recovered = await delivery.recover(ticket(device(uri), SMALL), "")
            assert recovered is not None and recovered.outcome is Outcome.UNKNOWN
        await delivery.close()

    asyncio.run(main())
