"""After a crash in the middle of an attempt: the device is asked, and says what it knows."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from plantin.core.model import Delivered, Outcome
from plantin.delivery import Delivery
from plantin.ipp import JobState
from tests.delivery.fakeprinter import DONE, INCOMING, PENDING, PRINTING, FakePrinter
from tests.delivery.support import FakeProgress, FakeStop, MemorySource, device, surroundings, ticket

SMALL = b"%PDF-1.7 " + b"x" * 50_000


def recovered(
    prepare: Callable[[FakePrinter], str], *, name: str = "Annual report.pdf"
) -> tuple[Delivered | None, FakePrinter]:
    async def main() -> tuple[Delivered | None, FakePrinter]:
        async with FakePrinter() as printer:
            device_job = prepare(printer)
            delivery = Delivery(surroundings())
            found = await delivery.recover(ticket(device(printer.uri), SMALL, name=name), device_job)
            await delivery.close()
            return found, printer

    return asyncio.run(main())


def _job(printer: FakePrinter, *, sent: bool, name: str = "Annual report.pdf") -> str:
    job = printer.add_job(name, "ada")
    return f"{job.id} {printer.uri}/{job.id} -{' sent' if sent else ''}"


def test_ended_with_all_of_it() -> None:
    def prepare(printer: FakePrinter) -> str:
        printer.script = [DONE]
        return _job(printer, sent=True)

    delivered, _ = recovered(prepare)
    assert delivered is not None
    assert (delivered.outcome, delivered.confirmed, delivered.impressions) == (Outcome.COMPLETED, True, 2)


def test_ended_with_nobody_knows_how_much_of_it() -> None:
    def prepare(printer: FakePrinter) -> str:
        printer.script = [DONE]
        return _job(printer, sent=False)

    delivered, _ = recovered(prepare)
    assert delivered is not None
    assert (delivered.outcome, delivered.reason) == (Outcome.UNKNOWN, "incomplete-document")


@pytest.mark.parametrize("sent", [True, False])
def test_still_printing_is_asked_again_later(sent: bool) -> None:
    def prepare(printer: FakePrinter) -> str:
        printer.script = [PRINTING]
        return _job(printer, sent=sent)

    delivered, printer = recovered(prepare)
    assert delivered is None
    assert printer.job.step[0] is JobState.PROCESSING


@pytest.mark.parametrize("step", [INCOMING, PENDING])
def test_waiting_for_its_document_is_taken_back(step: object) -> None:
    def prepare(printer: FakePrinter) -> str:
        printer.script = [step]  # type: ignore[list-item]
        return _job(printer, sent=False)

    delivered, printer = recovered(prepare)
    assert delivered is not None and delivered.outcome is Outcome.TEMPORARY
    assert printer.job.step[0] is JobState.CANCELED


def test_found_by_name_when_its_id_was_not_learned() -> None:
    def prepare(printer: FakePrinter) -> str:
        printer.script = [(JobState.ABORTED, ("aborted-by-system",), 0)]
        printer.add_job("Annual report.pdf", "ada", created=10)
        printer.add_job("Annual report.pdf", "bob")
        printer.add_job("Annual report.pdf", "ada")
        return ""

    delivered, _ = recovered(prepare)
    assert delivered is not None and delivered.outcome is Outcome.TEMPORARY


def test_an_earlier_print_of_the_same_is_not_taken_for_it() -> None:
    def prepare(printer: FakePrinter) -> str:
        printer.script = [DONE]
        printer.add_job("Annual report.pdf", "ada", created=10)
        return ""

    delivered, _ = recovered(prepare)
    assert delivered is not None
    assert (delivered.outcome, delivered.reason) == (Outcome.UNKNOWN, "job-lost-by-device")


def test_an_id_that_is_somebody_elses_now() -> None:
    def prepare(printer: FakePrinter) -> str:
        printer.script = [DONE]
        return _job(printer, sent=True, name="Another")

    delivered, _ = recovered(prepare)
    assert delivered is not None
    assert (delivered.outcome, delivered.reason) == (Outcome.UNKNOWN, "job-lost-by-device")


@pytest.mark.parametrize("text", ["", "nonsense", "1", "x y z", "-1 - -"])
def test_a_stored_text_that_says_nothing(text: str) -> None:
    delivered, _ = recovered(lambda printer: text)
    assert delivered is not None and delivered.outcome is Outcome.UNKNOWN


def test_a_device_that_is_away_is_asked_again_later() -> None:
    async def main() -> None:
        async with FakePrinter() as printer:
            pass
        delivery = Delivery(surroundings())
        assert await delivery.recover(ticket(device(printer.uri), SMALL), "1 - -") is None
        await delivery.close()

    asyncio.run(main())


def test_what_an_attempt_stored_is_what_recovery_understands() -> None:
    async def main() -> None:
        async with FakePrinter() as printer:
            delivery = Delivery(surroundings())
            progress = FakeProgress()
            mine = ticket(device(printer.uri), SMALL)
            await delivery.deliver(mine, MemorySource(SMALL), progress, FakeStop())
            for stored, outcome in zip(
                progress.device_jobs, (Outcome.UNKNOWN, Outcome.COMPLETED), strict=True
            ):
                found = await delivery.recover(mine, stored)
                assert found is not None and found.outcome is outcome
            await delivery.close()

    asyncio.run(main())
