"""CUPS' own IPP Everywhere printer as the device, killed in the middle too."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

from plantin.core.model import Delivered, Outcome
from plantin.delivery import Delivery, Limits
from plantin.delivery.ipp.blob import pack
from plantin.ipp import attributes
from tests.delivery.support import FakeProgress, FakeStop, MemorySource, device, surroundings, ticket, until
from tests.peers.ippeveprinter import IppEvePrinter

PDF = b"%PDF-1.4\n" + b"% nothing to see\n" * 4000 + b"%%EOF\n"
PATIENT = Limits(poll_first=0.02, poll_most=0.2, lost_timeout=60.0, unfinished_timeout=60.0)


async def deliver(
    printer: IppEvePrinter,
    progress: FakeProgress,
    stop: FakeStop,
    *,
    limits: Limits = PATIENT,
    scheme: str = "ipp",
    wishes: bytes = b"",
) -> Delivered:
    delivery = Delivery(surroundings(limits=limits))
    uri = printer.uri.replace("ipp:", f"{scheme}:")
    try:
        return await delivery.deliver(
            ticket(device(uri), PDF, attributes=wishes), MemorySource(PDF), progress, stop
        )
    finally:
        await delivery.close()


def test_prints_over_ipp_and_ipps(ippeveprinter: IppEvePrinter) -> None:
    async def main() -> None:
        for place, scheme in enumerate(("ipp", "ipps", "http")):
            progress = FakeProgress()
            wishes = pack(
                [attributes.keyword("sides", "two-sided-long-edge"), attributes.integer("copies", 2)]
            )
            delivered = await deliver(ippeveprinter, progress, FakeStop(), scheme=scheme, wishes=wishes)
            assert (delivered.outcome, delivered.confirmed) == (Outcome.COMPLETED, True), delivered
            assert progress.sendings == 1
            assert ippeveprinter.documents[place].read_bytes() == PDF

    asyncio.run(main())


def test_counts_and_reasons_are_passed_up(ippeveprinter: IppEvePrinter) -> None:
    ippeveprinter.say("ATTR: job-impressions-completed=3", "STATE: +media-jam")
    ippeveprinter.busy()

    async def main() -> None:
        progress = FakeProgress()
        task = asyncio.create_task(deliver(ippeveprinter, progress, FakeStop()))
        await until(lambda: "media-jam-warning" in progress.reasons())
        ippeveprinter.go()
        delivered = await task
        assert (delivered.outcome, delivered.impressions) == (Outcome.COMPLETED, 3), delivered

    asyncio.run(main())


def test_a_device_that_is_busy_with_another_job_is_temporary(ippeveprinter: IppEvePrinter) -> None:
    ippeveprinter.busy()

    async def main() -> None:
        first = FakeProgress()
        task = asyncio.create_task(deliver(ippeveprinter, first, FakeStop()))
        await until(lambda: len(first.device_jobs) == 2)
        second = FakeProgress()
        delivered = await deliver(ippeveprinter, second, FakeStop())
        assert (delivered.outcome, delivered.reason) == (Outcome.TEMPORARY, "device-busy"), delivered
        assert second.sendings == 0
        ippeveprinter.go()
        assert (await task).outcome is Outcome.COMPLETED

    asyncio.run(main())


def test_a_job_that_the_device_aborts(ippeveprinter: IppEvePrinter) -> None:
    ippeveprinter.fail()

    async def main() -> None:
        delivered = await deliver(ippeveprinter, FakeProgress(), FakeStop())
        assert (delivered.outcome, delivered.reason) == (Outcome.TEMPORARY, "aborted-by-device"), delivered

    asyncio.run(main())


def test_a_wish_to_stop_cancels_it_at_the_device(ippeveprinter: IppEvePrinter) -> None:
    ippeveprinter.busy()

    async def main() -> None:
        progress, stop = FakeProgress(), FakeStop()
        task = asyncio.create_task(deliver(ippeveprinter, progress, stop))
        # A Cancel-Job that comes before its processing thread is forgotten by it: the job then completes.
        await until(lambda: any(state == 4 for state, _, _ in progress.states))
        stop.wish()
        log = ippeveprinter.folder / "ippeveprinter.log"
        await until(lambda: "Cancel-Job successful-ok" in log.read_text(errors="replace"))
        ippeveprinter.go()  # it ends a job only when its command does
        delivered = await task
        assert delivered.outcome is Outcome.CANCELED, delivered

    asyncio.run(main())


def test_killed_in_the_middle_and_back_without_a_memory(
    make_ippeveprinter: Callable[..., IppEvePrinter],
) -> None:
    printer = make_ippeveprinter("Mortal")
    printer.busy()

    async def main() -> None:
        progress = FakeProgress()
        task = asyncio.create_task(deliver(printer, progress, FakeStop()))
        await until(lambda: len(progress.device_jobs) == 2)
        printer.kill()
        await until(lambda: "connecting-to-device" in progress.reasons())
        printer.go()
        printer.start()
        delivered = await task
        assert (delivered.outcome, delivered.reason) == (Outcome.UNKNOWN, "job-lost-by-device"), delivered
        assert delivered.octets_sent == len(PDF)
        delivery = Delivery(surroundings(limits=PATIENT))
        again = await delivery.recover(ticket(device(printer.uri), PDF), progress.device_jobs[-1])
        await delivery.close()
        assert again is not None and again.outcome is Outcome.UNKNOWN

    asyncio.run(main())


def test_killed_for_good(make_ippeveprinter: Callable[..., IppEvePrinter]) -> None:
    printer = make_ippeveprinter("Gone")
    printer.busy()

    async def main() -> None:
        progress = FakeProgress()
        limits = replace(PATIENT, lost_timeout=0.5)
        task = asyncio.create_task(deliver(printer, progress, FakeStop(), limits=limits))
        await until(lambda: len(progress.device_jobs) == 2)
        printer.kill()
        delivered = await task
        assert (delivered.outcome, delivered.reason) == (Outcome.UNKNOWN, "device-lost"), delivered

    asyncio.run(main())
