"""Port 9100 against a device that misbehaves: the outcome is honest in every way it can go wrong."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace

import pytest

from plantin.core.errors import Temporary
from plantin.core.model import Delivered, DocumentRecord, Outcome
from plantin.delivery import Delivery
from tests.delivery.sink import Link, Sink, forever, good
from tests.delivery.support import (
    BRIEF,
    FakeProgress,
    FakeStop,
    MemorySource,
    device,
    surroundings,
    ticket,
    until,
)

SMALL = b"%PDF-1.7 " + b"x" * 50_000
LARGE = b"y" * 8_000_000


async def attempt(
    uri: str,
    *documents: bytes,
    progress: FakeProgress | None = None,
    stop: FakeStop | None = None,
    limits: object = BRIEF,
    options: str = "{}",
) -> Delivered:
    delivery = Delivery(surroundings(limits=limits))  # type: ignore[arg-type]
    try:
        return await delivery.deliver(
            ticket(device(uri, options=options), *documents),
            MemorySource(*documents),
            progress or FakeProgress(),
            stop or FakeStop(),
        )
    finally:
        await delivery.close()


def run(test: Callable[[], Awaitable[None]]) -> None:
    async def main() -> None:
        await test()

    asyncio.run(main())


@pytest.mark.parametrize("data", [SMALL, LARGE, b""], ids=["small", "large", "empty"])
def test_all_octets_arrive_and_it_is_never_confirmed(data: bytes) -> None:
    async def main() -> None:
        async with Sink() as sink:
            progress = FakeProgress()
            delivered = await attempt(sink.uri, data, progress=progress)
            assert (delivered.outcome, delivered.confirmed) == (Outcome.COMPLETED, False)
            assert delivered.octets_sent == len(data)
            assert sink.received == [data]
            assert progress.sendings == 1

    run(main)


def test_documents_go_in_order_on_one_connection() -> None:
    async def main() -> None:
        async with Sink() as sink:
            delivered = await attempt(sink.uri, SMALL, LARGE, b"end")
            assert delivered.outcome is Outcome.COMPLETED
            assert sink.received == [SMALL + LARGE + b"end"]

    run(main)


def test_sending_is_durable_before_the_first_octet() -> None:
    async def main() -> None:
        async with Sink() as sink:
            seen: list[int] = []

            class Slow(FakeProgress):
                async def sending(self) -> None:
                    await until(lambda: bool(sink.links))
                    for _ in range(20):
                        await asyncio.sleep(0.001)
                        seen.append(len(sink.links[0].data))
                    await super().sending()

            delivered = await attempt(sink.uri, SMALL, progress=Slow())
            assert delivered.outcome is Outcome.COMPLETED
            assert set(seen) == {0}

    run(main)


def test_refused() -> None:
    async def main() -> None:
        sock = socket.socket()
        sock.bind(("127.0.0.1", 0))  # bound, not listening: nobody else can take the port
        progress = FakeProgress()
        delivered = await attempt(f"socket://127.0.0.1:{sock.getsockname()[1]}", SMALL, progress=progress)
        sock.close()
        assert (delivered.outcome, delivered.reason) == (Outcome.TEMPORARY, "connection-refused")
        assert progress.sendings == 0
        assert "127.0.0.1" in delivered.text

    run(main)


def test_no_answer_to_the_connection() -> None:
    async def main() -> None:
        listener = socket.socket()
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port = listener.getsockname()[1]
        fillers = []
        for _ in range(4):  # the backlog is full: further handshakes get no answer
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", port))
            fillers.append(filler)
        progress = FakeProgress()
        limits = replace(BRIEF, connect_timeout=0.2)
        delivered = await attempt(f"socket://127.0.0.1:{port}", SMALL, progress=progress, limits=limits)
        for sock in [*fillers, listener]:
            sock.close()
        assert (delivered.outcome, delivered.reason) == (Outcome.TEMPORARY, "connect-timeout")
        assert progress.sendings == 0

    run(main)


def test_a_name_that_does_not_resolve() -> None:
    async def main() -> None:
        delivered = await attempt("socket://no-such-host.invalid", SMALL)
        assert (delivered.outcome, delivered.reason) == (Outcome.TEMPORARY, "name-not-resolved")

    run(main)


def test_closes_before_it_took_anything() -> None:
    async def main() -> None:
        async def script(link: Link) -> None:
            link.sock.close()

        async with Sink(script) as sink:
            progress = _WaitFor(lambda: bool(sink.links) and sink.links[0].sock.fileno() < 0)
            delivered = await attempt(sink.uri, SMALL, progress=progress)
            assert (delivered.outcome, delivered.octets_sent) == (Outcome.TEMPORARY, 0)
            assert delivered.reason == "connection-closed-by-device"

    run(main)


def test_resets_before_it_took_anything() -> None:
    async def main() -> None:
        async def script(link: Link) -> None:
            link.reset()

        async with Sink(script) as sink:
            progress = _WaitFor(lambda: bool(sink.links) and sink.links[0].sock.fileno() < 0)
            delivered = await attempt(sink.uri, SMALL, progress=progress)
            assert (delivered.outcome, delivered.octets_sent) == (Outcome.TEMPORARY, 0)
            assert delivered.reason == "connection-reset"

    run(main)


class _WaitFor(FakeProgress):
    """Holds the attempt between the connection and the first octet until the device has had its way."""

    def __init__(self, condition: Callable[[], bool]) -> None:
        super().__init__()
        self._condition = condition

    async def sending(self) -> None:
        await until(self._condition)
        await asyncio.sleep(0.02)
        await super().sending()


@pytest.mark.parametrize("octets", [1, 1000, 1_000_000])
def test_resets_in_the_middle(octets: int) -> None:
    async def main() -> None:
        async def script(link: Link) -> None:
            await link.read_some(octets)
            link.reset()

        async with Sink(script) as sink:
            delivered = await attempt(sink.uri, LARGE)
            assert delivered.outcome is Outcome.UNKNOWN
            assert delivered.reason in ("connection-reset", "connection-closed-by-device")
            assert delivered.octets_sent >= octets

    run(main)


def test_closes_in_the_middle() -> None:
    async def main() -> None:
        async def script(link: Link) -> None:
            await link.read_some(1000)

        async with Sink(script) as sink:
            delivered = await attempt(sink.uri, LARGE)
            assert delivered.outcome is Outcome.UNKNOWN
            assert delivered.octets_sent >= 1000

    run(main)


def test_resets_after_everything() -> None:
    async def main() -> None:
        async def script(link: Link) -> None:
            await link.read_all()
            link.reset()

        async with Sink(script) as sink:
            delivered = await attempt(sink.uri, SMALL)
            assert (delivered.outcome, delivered.octets_sent) == (Outcome.UNKNOWN, len(SMALL))
            trusted = await attempt(sink.uri, SMALL, options='{"reset-is-close": true}')
            assert trusted.outcome is Outcome.COMPLETED

    run(main)


def test_stops_reading_and_keeps_the_connection() -> None:
    async def main() -> None:
        async def script(link: Link) -> None:
            await link.read_some(1000)
            await forever()

        async with Sink(script, receive_buffer=4096) as sink:
            progress = FakeProgress()
            delivered = await attempt(sink.uri, LARGE, progress=progress)
            assert (delivered.outcome, delivered.reason) == (Outcome.UNKNOWN, "transfer-timeout")
            assert 1000 <= delivered.octets_sent < len(LARGE)
            assert "timed-out" in progress.reasons()

    run(main)


def test_accepts_and_never_reads() -> None:
    async def main() -> None:
        async def script(link: Link) -> None:
            await forever()

        async with Sink(script, receive_buffer=4096) as sink:
            delivered = await attempt(sink.uri, LARGE)
            assert (delivered.outcome, delivered.reason) == (Outcome.UNKNOWN, "transfer-timeout")

    run(main)


def test_a_small_job_in_the_buffer_of_a_device_that_never_reads_nor_closes_is_not_called_clean() -> None:
    async def main() -> None:
        async def script(link: Link) -> None:
            await forever()

        async with Sink(script) as sink:
            delivered = await attempt(sink.uri, b"tiny")
            assert (delivered.outcome, delivered.confirmed) == (Outcome.COMPLETED, False)
            assert delivered.reason == "job-completed-with-warnings"
            assert "did not close" in delivered.text

    run(main)


def test_slow_reader_is_waited_for() -> None:
    async def main() -> None:
        async def script(link: Link) -> None:
            got = b"x"
            while got:
                got = await link.read(200_000)
                await asyncio.sleep(0.002)

        async with Sink(script, receive_buffer=65536) as sink:
            delivered = await attempt(sink.uri, LARGE, limits=replace(BRIEF, progress_timeout=10.0))
            assert delivered.outcome is Outcome.COMPLETED
            assert sink.received == [LARGE]

    run(main)


def test_stalls_and_goes_on() -> None:
    async def main() -> None:
        go_on = asyncio.Event()

        async def script(link: Link) -> None:
            await link.read_some(1000)
            await go_on.wait()
            await link.read_all()

        class Watched(FakeProgress):
            def device_state(self, state: int, reasons: object, message: str) -> None:
                super().device_state(state, reasons, message)  # type: ignore[arg-type]
                go_on.set()

        async with Sink(script, receive_buffer=4096) as sink:
            progress = Watched()
            limits = replace(BRIEF, progress_timeout=20.0)
            delivered = await attempt(sink.uri, LARGE, progress=progress, limits=limits)
            assert delivered.outcome is Outcome.COMPLETED
            assert [state for state, _, _ in progress.states] == [5, 4, 3]

    run(main)


def test_a_success_clears_what_an_earlier_attempt_said_of_the_device() -> None:
    async def main() -> None:
        async with Sink() as sink:
            delivery = Delivery(surroundings())
            for state, said in ((5, [(3, ("none",), "")]), (3, [])):
                progress = FakeProgress()
                record = device(sink.uri, state=state)
                delivered = await delivery.deliver(
                    ticket(record, SMALL), MemorySource(SMALL), progress, FakeStop()
                )
                assert delivered.outcome is Outcome.COMPLETED
                assert progress.states == said
            await delivery.close()

    run(main)


def test_shuts_its_sending_side_at_once() -> None:
    async def main() -> None:
        async def script(link: Link) -> None:
            link.half_close()
            await link.read_all()

        async with Sink(script) as sink:
            progress = _WaitFor(lambda: bool(sink.links))
            refused = await attempt(sink.uri, SMALL, progress=progress)
            assert (refused.outcome, refused.octets_sent) == (Outcome.TEMPORARY, 0)
            assert "early-close-ignored" in refused.text
            delivered = await attempt(sink.uri + "?early-close-ignored=true", LARGE)
            assert delivered.outcome is Outcome.COMPLETED
            await until(lambda: sink.links[-1].ended)
            assert sink.received[-1] == LARGE

    run(main)


def test_shuts_its_sending_side_in_the_middle_and_takes_the_rest() -> None:
    async def main() -> None:
        async def script(link: Link) -> None:
            await link.read_some(1000)
            link.half_close()
            await link.read_all()

        async with Sink(script, receive_buffer=65536) as sink:
            delivered = await attempt(sink.uri, LARGE, limits=replace(BRIEF, progress_timeout=10.0))
            assert delivered.outcome is Outcome.COMPLETED
            await until(lambda: sink.links[-1].ended)
            assert sink.received == [LARGE]

    run(main)


def test_never_closes() -> None:
    async def main() -> None:
        async def script(link: Link) -> None:
            await link.read_all()
            await forever()

        async with Sink(script) as sink:
            delivered = await attempt(sink.uri, SMALL)
            assert (delivered.outcome, delivered.reason) == (Outcome.COMPLETED, "job-completed-with-warnings")
            hurried = await attempt(sink.uri + "?waiteof=false", SMALL)
            assert (hurried.outcome, hurried.reason) == (Outcome.COMPLETED, "job-completed-successfully")

    run(main)


def test_floods_the_back_channel() -> None:
    async def main() -> None:
        async def script(link: Link) -> None:
            flood = asyncio.create_task(link.say(b"junk \xff\x00 CODE= " * 200_000))
            await link.read_all()
            await flood

        async with Sink(script) as sink:
            delivered = await attempt(sink.uri, LARGE, limits=replace(BRIEF, linger=10.0))
            assert delivered.outcome is Outcome.COMPLETED
            assert sink.received == [LARGE]

    run(main)


def test_a_pjl_status_is_passed_up() -> None:
    async def main() -> None:
        async def script(link: Link) -> None:
            await link.read_some(1000)
            await link.say(
                b'@PJL USTATUS DEVICE\r\nCODE=40022\r\nDISPLAY="Paper jam"\r\nONLINE=FALSE\r\n\x0c'
            )
            await link.read_all()

        async with Sink(script) as sink:
            progress = FakeProgress()
            delivered = await attempt(sink.uri, SMALL, progress=progress)
            assert delivered.outcome is Outcome.COMPLETED
            assert progress.states == [(5, ("media-jam-error",), "Paper jam")]
            assert "Paper jam" in delivered.text

    run(main)


def test_stop_before_anything() -> None:
    async def main() -> None:
        async with Sink() as sink:
            progress = FakeProgress()
            stop = FakeStop("job-canceled-by-operator")
            delivered = await attempt(sink.uri, SMALL, progress=progress, stop=stop)
            assert (delivered.outcome, delivered.octets_sent) == (Outcome.CANCELED, 0)
            assert delivered.reason == "job-canceled-by-operator"
            assert (progress.sendings, sink.links) == (0, [])

    run(main)


def test_stop_between_connection_and_first_octet() -> None:
    async def main() -> None:
        async with Sink() as sink:
            stop = FakeStop()
            delivered = await attempt(sink.uri, SMALL, progress=FakeProgress(stop_on_sending=stop), stop=stop)
            assert (delivered.outcome, delivered.octets_sent) == (Outcome.CANCELED, 0)
            await until(lambda: bool(sink.links) and sink.links[0].ended)
            assert sink.received == [b""]

    run(main)


def test_stop_in_the_middle() -> None:
    async def main() -> None:
        stop = FakeStop()

        async def script(link: Link) -> None:
            await link.read_some(1000)
            stop.wish()
            await forever()

        async with Sink(script, receive_buffer=4096) as sink:
            delivered = await attempt(
                sink.uri, LARGE, stop=stop, limits=replace(BRIEF, progress_timeout=60.0)
            )
            assert delivered.outcome is Outcome.CANCELED
            assert 1000 <= delivered.octets_sent < len(LARGE)

    run(main)


def test_stop_while_it_lingers() -> None:
    async def main() -> None:
        stop = FakeStop()

        async def script(link: Link) -> None:
            await link.read_all()
            stop.wish()
            await forever()

        async with Sink(script) as sink:
            delivered = await attempt(sink.uri, SMALL, stop=stop, limits=replace(BRIEF, linger=60.0))
            assert (delivered.outcome, delivered.octets_sent) == (Outcome.CANCELED, len(SMALL))

    run(main)


def test_a_damaged_document_ends_the_job_and_the_transfer() -> None:
    async def main() -> None:
        async with Sink() as sink:
            delivery = Delivery(surroundings())
            source = MemorySource(LARGE, damaged_after=1_000_000)
            delivered = await delivery.deliver(
                ticket(device(sink.uri), LARGE), source, FakeProgress(), FakeStop()
            )
            await delivery.close()
            assert (delivered.outcome, delivered.reason) == (Outcome.PERMANENT, "document-access-error")
            assert 0 < delivered.octets_sent < len(LARGE)
            assert source.open == 0

    run(main)


@pytest.mark.parametrize("data", [SMALL, LARGE], ids=["small", "large"])
def test_a_spool_that_cannot_be_read_before_the_first_octet_costs_nothing(data: bytes) -> None:
    async def main() -> None:
        class Unreadable(MemorySource):
            async def small(self, record: DocumentRecord) -> bytes | None:
                if data is SMALL:
                    raise Temporary("spool-key-missing", "the key is missing", retry_after_s=60.0)
                return None

            async def chunks(self, record: DocumentRecord) -> AsyncIterator[bytes]:
                if record.octets:
                    raise Temporary("spool-key-missing", "the key is missing", retry_after_s=60.0)
                yield b""

        async with Sink() as sink:
            delivery = Delivery(surroundings())
            stop = FakeStop()
            way = await delivery.reach(device(sink.uri), stop, 5.0)
            assert way is not None
            delivered = await delivery.deliver(
                ticket(device(sink.uri), data), Unreadable(data), FakeProgress(), stop, way
            )
            way.close()
            await delivery.close()
            assert (delivered.outcome, delivered.reason) == (Outcome.TEMPORARY, "spool-key-missing")
            assert delivered.retry_after_s == 60.0

    run(main)


def test_a_spool_that_cannot_be_read_in_the_middle_is_unknown() -> None:
    async def main() -> None:
        class Half(MemorySource):
            async def chunks(self, record: DocumentRecord) -> AsyncIterator[bytes]:
                yield LARGE[:1000]
                raise Temporary("spool-error", "the disk cannot be read")

        async with Sink() as sink:
            delivery = Delivery(surroundings())
            delivered = await delivery.deliver(
                ticket(device(sink.uri), LARGE), Half(LARGE), FakeProgress(), FakeStop()
            )
            await delivery.close()
            assert (delivered.outcome, delivered.octets_sent) == (Outcome.UNKNOWN, 1000)
            assert delivered.reason == "spool-error"

    run(main)


@pytest.mark.parametrize("how", ["closes", "resets"])
def test_a_device_that_hangs_up_after_it_was_reached_has_taken_nothing(how: str) -> None:
    """The attempt's row says since its begin that bytes may have left; none did."""

    async def main() -> None:
        reached = asyncio.Event()

        async def script(link: Link) -> None:
            await reached.wait()
            if how == "resets":
                link.reset()
            else:
                link.sock.close()

        async with Sink(script) as sink:
            delivery = Delivery(surroundings())
            stop = FakeStop()
            way = await delivery.reach(device(sink.uri), stop, 5.0)
            assert way is not None
            reached.set()
            await until(lambda: bool(sink.links) and sink.links[0].sock.fileno() < 0)
            delivered = await delivery.deliver(
                ticket(device(sink.uri), SMALL), MemorySource(SMALL), FakeProgress(), stop, way
            )
            way.close()
            await delivery.close()
            assert (delivered.outcome, delivered.octets_sent) == (Outcome.TEMPORARY, 0)
            assert delivered.reason == f"connection-{'reset' if how == 'resets' else 'closed-by-device'}"
            assert len(sink.links) == 1

    run(main)


def test_one_connection_for_reach_and_attempt_and_none_is_left_open() -> None:
    async def main() -> None:
        async with Sink() as sink:
            delivery = Delivery(surroundings())
            for _ in range(3):
                stop = FakeStop()
                way = await delivery.reach(device(sink.uri), stop, 5.0)
                assert way is not None
                await delivery.deliver(
                    ticket(device(sink.uri), SMALL), MemorySource(SMALL), FakeProgress(), stop, way
                )
                way.close()
            unused = await delivery.reach(device(sink.uri), FakeStop(), 5.0)
            assert unused is not None
            unused.close()
            await until(lambda: len(sink.links) == 4 and all(link.ended for link in sink.links))
            assert sink.received == [SMALL, SMALL, SMALL, b""]
            await delivery.close()

    run(main)


def test_a_device_that_does_not_answer_is_not_reached_for_longer_than_allowed() -> None:
    async def main() -> None:
        listener = socket.socket()
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        fillers = []
        for _ in range(4):  # the backlog is full: further handshakes get no answer
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
            fillers.append(filler)
        uri = f"socket://127.0.0.1:{listener.getsockname()[1]}"
        delivery = Delivery(surroundings(limits=replace(BRIEF, connect_timeout=3600.0)))
        assert await delivery.reach(device(uri), FakeStop(), 0.1) is None
        await delivery.close()
        for sock in [*fillers, listener]:
            sock.close()

    run(main)


def test_one_dead_device_delays_nobody() -> None:
    async def main() -> None:
        async def dead(link: Link) -> None:
            await forever()

        async with Sink(dead, receive_buffer=4096) as stuck, Sink(good) as sound:
            limits = replace(BRIEF, progress_timeout=60.0)
            stop = FakeStop()
            waiting = [
                asyncio.create_task(attempt(stuck.uri, LARGE, limits=limits, stop=stop)) for _ in range(50)
            ]
            for _ in range(20):
                assert (await attempt(sound.uri, SMALL)).outcome is Outcome.COMPLETED
            assert not any(task.done() for task in waiting)
            stop.wish()
            assert {(await task).outcome for task in waiting} == {Outcome.CANCELED}

    run(main)


def test_probe_and_recover() -> None:
    async def main() -> None:
        delivery = Delivery(surroundings())
        async with Sink() as sink:
            assert await delivery.probe(device(sink.uri)) is None
            await until(lambda: bool(sink.links) and sink.links[0].ended)
            assert sink.received == [b""]
            recovered = await delivery.recover(ticket(device(sink.uri), SMALL), "")
            assert recovered is not None and recovered.outcome is Outcome.UNKNOWN
        failed = await delivery.probe(device(sink.uri))
        assert failed is not None and failed[0] == "connection-refused"
        await delivery.close()

    run(main)
