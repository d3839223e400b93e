"""IPP devices that behave and that lie: the outcome says what is known, nothing prints twice in silence."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from plantin.core.model import Delivered, Outcome
from plantin.delivery import Delivery, Limits
from plantin.delivery.ipp.blob import pack
from plantin.ipp import JobState, Operation, Status, attributes
from tests.delivery.fakeprinter import DONE, INCOMING, PENDING, PRINTING, STOPPED, FakePrinter, Seen
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
LARGE = b"y" * 12_000_000
ABORTED = JobState.ABORTED


def run(test: Callable[[], Awaitable[None]]) -> None:
    async def main() -> None:
        await test()

    asyncio.run(main())


async def attempt(
    printer: FakePrinter,
    *documents: bytes,
    progress: FakeProgress | None = None,
    stop: FakeStop | None = None,
    limits: Limits = BRIEF,
    options: str = "{}",
    document_format: str = "application/pdf",
    source: MemorySource | None = None,
    **job: Any,
) -> Delivered:
    delivery = Delivery(surroundings(limits=limits))
    try:
        return await delivery.deliver(
            ticket(device(printer.uri, options=options), *documents, document_format=document_format, **job),
            source or MemorySource(*documents),
            progress or FakeProgress(),
            stop or FakeStop(),
        )
    finally:
        await delivery.close()


@pytest.mark.parametrize("chunked", ["false", "true"])
@pytest.mark.parametrize("data", [SMALL, LARGE, b""], ids=["small", "large", "empty"])
def test_a_job_is_created_sent_and_followed_to_its_end(data: bytes, chunked: str) -> None:
    async def main() -> None:
        async with FakePrinter() as printer:
            progress = FakeProgress()
            delivered = await attempt(printer, data, progress=progress, options=f'{{"chunked": {chunked}}}')
            assert (delivered.outcome, delivered.confirmed) == (Outcome.COMPLETED, True), delivered
            assert delivered.reason == "job-completed-successfully"
            assert (delivered.octets_sent, delivered.impressions, delivered.sheets) == (len(data), 2, 2)
            assert printer.job.documents == [data]
            assert (printer.job.name, printer.job.user) == ("Annual report.pdf", "ada")
            assert printer.job.formats == ["application/pdf"]
            assert progress.log == ["device_job", "sending", "device_job"]
            assert progress.device_jobs[-1].endswith(" sent")
            assert progress.counts[-1] == (2, 2)

    run(main)


def test_one_connection_serves_job_after_job() -> None:
    async def main() -> None:
        async with FakePrinter() as printer:
            delivery = Delivery(surroundings())
            for _ in range(5):
                delivered = await delivery.deliver(
                    ticket(device(printer.uri), SMALL), MemorySource(SMALL), FakeProgress(), FakeStop()
                )
                assert delivered.outcome is Outcome.COMPLETED
            assert printer.connections == 1
            await delivery.close()

    run(main)


def test_a_kept_connection_that_died_is_replaced() -> None:
    async def main() -> None:
        async with FakePrinter() as printer:
            delivery = Delivery(surroundings())
            for _ in range(3):
                delivered = await delivery.deliver(
                    ticket(device(printer.uri), SMALL), MemorySource(SMALL), FakeProgress(), FakeStop()
                )
                assert delivered.outcome is Outcome.COMPLETED
                await printer.stop()
                await printer.start()
            assert len(printer.jobs) == 3
            await delivery.close()

    run(main)


def test_documents_of_one_job_go_in_order() -> None:
    async def main() -> None:
        async with FakePrinter() as printer:
            delivered = await attempt(printer, SMALL, b"two", LARGE)
            assert delivered.outcome is Outcome.COMPLETED
            assert printer.job.documents == [SMALL, b"two", LARGE]
            assert printer.job.whole

    run(main)


def test_a_device_without_several_documents_gets_several_jobs() -> None:
    async def main() -> None:
        async with FakePrinter() as printer:
            printer.multiple_documents = False
            delivered = await attempt(printer, SMALL, b"two")
            assert (delivered.outcome, delivered.impressions) == (Outcome.COMPLETED, 4)
            assert delivered.octets_sent == len(SMALL) + 3
            assert [job.documents for job in printer.jobs.values()] == [[SMALL], [b"two"]]

    run(main)


def test_busy_after_the_first_of_several_jobs_is_unknown() -> None:
    async def main() -> None:
        async with FakePrinter() as printer:
            printer.multiple_documents = False

            def second_is_busy(seen: Seen) -> None:
                if seen.operation == Operation.CREATE_JOB and printer.jobs:
                    printer.refuse[Operation.CREATE_JOB] = [Status.SERVER_ERROR_BUSY]

            printer.on_request = second_is_busy
            delivered = await attempt(printer, SMALL, b"two")
            assert (delivered.outcome, delivered.reason) == (Outcome.UNKNOWN, "device-busy")
            assert "were printed before" in delivered.text

    run(main)


@pytest.mark.parametrize("known", [True, False], ids=["says so", "says otherwise"])
def test_no_create_job(known: bool) -> None:
    async def main() -> None:
        async with FakePrinter() as printer:
            if known:
                printer.operations = [
                    code
                    for code in printer.operations
                    if code not in (Operation.CREATE_JOB, Operation.SEND_DOCUMENT)
                ]
            else:
                printer.refuse[Operation.CREATE_JOB] = [Status.SERVER_ERROR_OPERATION_NOT_SUPPORTED]
            progress = FakeProgress()
            delivered = await attempt(printer, SMALL, progress=progress)
            assert (delivered.outcome, delivered.confirmed) == (Outcome.COMPLETED, True), delivered
            assert printer.job.documents == [SMALL]
            assert progress.sendings == 1
            assert Operation.PRINT_JOB in printer.operations_seen()

    run(main)


def test_http_1_0() -> None:
    async def main() -> None:
        async with FakePrinter() as printer:
            printer.http10 = True
            printer.answers_continue = False
            delivered = await attempt(printer, LARGE, options='{"chunked": true}')
            assert (delivered.outcome, delivered.confirmed) == (Outcome.COMPLETED, True), delivered
            assert printer.job.documents == [LARGE]
            sent = [seen for seen in printer.seen if seen.operation == Operation.SEND_DOCUMENT]
            assert "transfer-encoding" not in sent[0].headers

    run(main)


def test_never_says_continue_and_is_asked_once() -> None:
    async def main() -> None:
        async with FakePrinter() as printer:
            printer.answers_continue = False
            delivery = Delivery(surroundings())
            for _ in range(2):
                delivered = await delivery.deliver(
                    ticket(device(printer.uri), SMALL), MemorySource(SMALL), FakeProgress(), FakeStop()
                )
                assert delivered.outcome is Outcome.COMPLETED
            await delivery.close()
            asked = [
                "expect" in seen.headers for seen in printer.seen if seen.operation == Operation.SEND_DOCUMENT
            ]
            assert asked == [True, False]

    run(main)


def test_answers_without_a_length() -> None:
    async def main() -> None:
        async with FakePrinter() as printer:
            printer.answers_length = False
            delivered = await attempt(printer, SMALL)
            assert (delivered.outcome, delivered.confirmed) == (Outcome.COMPLETED, True), delivered

    run(main)


@pytest.mark.parametrize("version", [(1, 1), (1, 0)])
def test_an_old_ipp_version_is_found_and_kept(version: tuple[int, int]) -> None:
    async def main() -> None:
        async with FakePrinter() as printer:
            printer.only_version = version
            delivered = await attempt(printer, SMALL)
            assert delivered.outcome is Outcome.COMPLETED
            refused = [seen for seen in printer.seen if seen.message.version != version]
            assert len(refused) == (1 if version == (1, 1) else 2)

    run(main)


def test_a_wrong_version_in_answers_is_believed() -> None:
    async def main() -> None:
        async with FakePrinter() as printer:
            printer.version = (1, 0)
            assert (await attempt(printer, SMALL)).outcome is Outcome.COMPLETED

    run(main)


def test_a_wrong_request_id_is_refused_unless_it_is_known() -> None:
    async def main() -> None:
        async with FakePrinter() as printer:
            printer.request_id_shift = 1
            delivered = await attempt(printer, SMALL)
            assert (delivered.outcome, delivered.reason) == (Outcome.TEMPORARY, "bad-answer")
            assert "wrong-request-id" in delivered.text
            known = await attempt(printer, SMALL, options='{"quirks": ["wrong-request-id"]}')
            assert known.outcome is Outcome.COMPLETED

    run(main)


@pytest.mark.parametrize(
    ("status", "outcome", "reason"),
    [
        (Status.SERVER_ERROR_BUSY, Outcome.TEMPORARY, "device-busy"),
        (Status.SERVER_ERROR_NOT_ACCEPTING_JOBS, Outcome.TEMPORARY, "device-not-accepting-jobs"),
        (Status.SERVER_ERROR_DEVICE_ERROR, Outcome.TEMPORARY, "device-error"),
        (Status.SERVER_ERROR_INTERNAL_ERROR, Outcome.TEMPORARY, "device-temporary-error"),
        (Status.CLIENT_ERROR_NOT_AUTHORIZED, Outcome.TEMPORARY, "device-refuses-access"),
        (
            Status.CLIENT_ERROR_DOCUMENT_FORMAT_NOT_SUPPORTED,
            Outcome.PERMANENT,
            "unsupported-document-format",
        ),
        (Status.CLIENT_ERROR_ACCOUNT_LIMIT_REACHED, Outcome.PERMANENT, "account-limit-reached"),
    ],
)
@pytest.mark.parametrize("operation", [Operation.VALIDATE_JOB, Operation.CREATE_JOB])
def test_refused_before_a_document_left(
    operation: Operation, status: Status, outcome: Outcome, reason: str
) -> None:
    async def main() -> None:
        async with FakePrinter() as printer:
            printer.refuse[operation] = [status]
            progress = FakeProgress()
            delivered = await attempt(printer, SMALL, progress=progress)
            assert (delivered.outcome, delivered.reason, delivered.octets_sent) == (outcome, reason, 0)
            assert f"says {status.keyword}" in delivered.text
            assert progress.sendings == 0

    run(main)


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (401, "device-wants-authentication"),
        (404, "device-path-not-found"),
        (301, "device-redirects"),
        (426, "device-wants-tls"),
        (500, "device-http-error"),
    ],
)
def test_http_refusals_before_a_document_left(status: int, reason: str) -> None:
    async def main() -> None:
        async with FakePrinter() as printer:
            printer.http_status[Operation.CREATE_JOB] = [status]
            delivered = await attempt(printer, SMALL)
            assert (delivered.outcome, delivered.reason) == (Outcome.TEMPORARY, reason)
            assert str(status) in delivered.text

    run(main)


def test_http_500_to_the_document_and_the_job_never_had_it() -> None:
    async def main() -> None:
        async with FakePrinter() as printer:
            printer.http_status[Operation.SEND_DOCUMENT] = [500]
            printer.script = [INCOMING]
            delivered = await attempt(printer, SMALL)
            assert (delivered.outcome, delivered.reason) == (Outcome.TEMPORARY, "device-http-error")
            assert printer.job.step[0] is JobState.CANCELED

    run(main)


def test_http_500_to_the_document_and_it_prints_all_the_same() -> None:
    async def main() -> None:
        async with FakePrinter() as printer:
            printer.http_status[Operation.SEND_DOCUMENT] = [500]
            delivered = await attempt(printer, SMALL)
            assert (delivered.outcome, delivered.confirmed) == (Outcome.COMPLETED, True)

    run(main)


def test_closes_in_the_middle_of_the_document_before_printing() -> None:
    async def main() -> None:
        async with FakePrinter() as printer:
            printer.cut_at[Operation.SEND_DOCUMENT] = 1_000_000
            printer.script = [INCOMING]
            delivered = await attempt(printer, LARGE)
            assert delivered.outcome is Outcome.TEMPORARY, delivered
            assert printer.job.step[0] is JobState.CANCELED

    run(main)


def test_closes_in_the_middle_of_the_document_while_printing() -> None:
    async def main() -> None:
        async with FakePrinter() as printer:
            printer.cut_at[Operation.SEND_DOCUMENT] = 1_000_000
            printer.script = [PRINTING]
            delivered = await attempt(printer, LARGE)
            assert delivered.outcome is Outcome.UNKNOWN, delivered
            assert 0 < delivered.octets_sent <= len(LARGE)

    run(main)


def test_calls_half_a_document_completed() -> None:
    async def main() -> None:
        async with FakePrinter() as printer:
            printer.cut_at[Operation.SEND_DOCUMENT] = 1_000_000
            printer.script = [DONE]
            delivered = await attempt(printer, LARGE)
            assert (delivered.outcome, delivered.reason) == (Outcome.UNKNOWN, "incomplete-document")

    run(main)


def test_closes_in_the_middle_of_its_answer() -> None:
    async def main() -> None:
        async with FakePrinter() as printer:
            printer.cut_answer[Operation.SEND_DOCUMENT] = 1
            delivered = await attempt(printer, SMALL)
            assert (delivered.outcome, delivered.confirmed) == (Outcome.COMPLETED, True)
            assert len(printer.jobs) == 1

    run(main)


def test_print_job_whose_answer_is_lost_is_found_by_name() -> None:
    async def main() -> None:
        async with FakePrinter() as printer:
            printer.operations = [code for code in printer.operations if code != Operation.CREATE_JOB]
            printer.add_job("Annual report.pdf", "ada", created=500)  # an earlier print of the same
            printer.cut_answer[Operation.PRINT_JOB] = 1
            progress = FakeProgress()
            delivered = await attempt(printer, SMALL, progress=progress)
            assert (delivered.outcome, delivered.confirmed) == (Outcome.COMPLETED, True), delivered
            assert progress.device_jobs[0].startswith("2 ")

    run(main)


def test_print_job_that_nobody_knows_of_is_unknown() -> None:
    async def main() -> None:
        async with FakePrinter() as printer:
            printer.operations = [code for code in printer.operations if code != Operation.CREATE_JOB]
            printer.cut_at[Operation.PRINT_JOB] = 100_000
            delivered = await attempt(printer, LARGE)
            assert delivered.outcome is Outcome.UNKNOWN

    run(main)


def test_canceled_at_the_panel_while_it_is_sent() -> None:
    async def main() -> None:
        async with FakePrinter() as printer:
            printer.script = [(JobState.CANCELED, ("job-canceled-by-operator",), 0)]
            printer.refuse[Operation.SEND_DOCUMENT] = [Status.SERVER_ERROR_JOB_CANCELED]
            delivered = await attempt(printer, SMALL)
            assert (delivered.outcome, delivered.reason) == (Outcome.CANCELED, "job-canceled-at-device")

    run(main)


def test_garbage_instead_of_ipp() -> None:
    async def main() -> None:
        async with FakePrinter() as printer:
            printer.garbage[Operation.GET_PRINTER_ATTRIBUTES] = b"<html>Lighttpd</html>"
            delivered = await attempt(printer, SMALL)
            assert (delivered.outcome, delivered.reason) == (Outcome.TEMPORARY, "bad-answer")
            assert "octet" in delivered.text

    run(main)


def test_refused_connection() -> None:
    async def main() -> None:
        async with FakePrinter() as printer:
            pass
        progress = FakeProgress()
        delivered = await attempt(printer, SMALL, progress=progress)
        assert (delivered.outcome, delivered.reason) == (Outcome.TEMPORARY, "connection-refused")
        assert progress.sendings == 0

    run(main)


def test_stops_in_the_middle_and_goes_on() -> None:
    async def main() -> None:
        async with FakePrinter() as printer:
            printer.script = [PRINTING, STOPPED, STOPPED, PRINTING, DONE]
            printer.printer_state = (5, ("media-jam-error",), "Jam in tray 2")

            def clear(seen: Seen) -> None:
                if printer.jobs and printer.job.at >= 4:
                    printer.printer_state = (3, ("none",), "")

            printer.on_request = clear
            progress = FakeProgress()
            delivered = await attempt(printer, SMALL, progress=progress)
            assert delivered.outcome is Outcome.COMPLETED
            assert (5, ("media-jam-error",), "Jam in tray 2") in progress.states
            assert progress.states[-1] == (3, ("none",), "")

    run(main)


@pytest.mark.parametrize(
    ("step", "outcome", "reason"),
    [
        ((ABORTED, ("aborted-by-system",), 0), Outcome.TEMPORARY, "aborted-by-device"),
        ((ABORTED, ("aborted-by-system",), 3), Outcome.UNKNOWN, "aborted-by-device"),
        ((ABORTED, ("aborted-by-system",), -1), Outcome.UNKNOWN, "aborted-by-device"),
        ((ABORTED, ("document-format-error",), 0), Outcome.PERMANENT, "document-format-error"),
        (
            (ABORTED, ("aborted-by-system", "document-unprintable-error"), 0),
            Outcome.PERMANENT,
            "document-unprintable-error",
        ),
        ((JobState.CANCELED, ("job-canceled-by-user",), 1), Outcome.CANCELED, "job-canceled-at-device"),
        (
            (JobState.COMPLETED, ("job-completed-with-errors",), 1),
            Outcome.COMPLETED,
            "job-completed-with-errors",
        ),
    ],
)
def test_how_the_device_ends_a_job(step: Any, outcome: Outcome, reason: str) -> None:
    async def main() -> None:
        async with FakePrinter() as printer:
            printer.script = [PENDING, PRINTING, step]
            delivered = await attempt(printer, SMALL)
            assert (delivered.outcome, delivered.reason) == (outcome, reason)
            assert delivered.impressions == step[2]
            assert delivered.device_reasons == step[1]

    run(main)


def test_never_completes_while_it_is_idle() -> None:
    async def main() -> None:
        async with FakePrinter() as printer:
            printer.script = [PRINTING]
            printer.printer_state = (3, ("none",), "")
            printer.queued = 0
            delivered = await attempt(printer, SMALL)
            assert (delivered.outcome, delivered.reason) == (Outcome.UNKNOWN, "device-never-finished")

    run(main)


def test_never_completes_while_it_works() -> None:
    async def main() -> None:
        async with FakePrinter() as printer:
            printer.script = [PRINTING]
            delivered = await attempt(printer, SMALL, limits=replace(BRIEF, job_timeout=0.3))
            assert (delivered.outcome, delivered.reason) == (Outcome.UNKNOWN, "device-never-finished")

    run(main)


def test_completes_late() -> None:
    async def main() -> None:
        async with FakePrinter() as printer:
            printer.script = [PENDING, *[PRINTING] * 12, DONE]
            delivered = await attempt(printer, SMALL)
            assert delivered.outcome is Outcome.COMPLETED

    run(main)


def test_forgets_the_job() -> None:
    async def main() -> None:
        async with FakePrinter() as printer:
            printer.script = [PRINTING]

            def forget(seen: Seen) -> None:
                if seen.operation == Operation.GET_JOB_ATTRIBUTES and printer.jobs and printer.job.at > 2:
                    printer.jobs.clear()

            printer.on_request = forget
            delivered = await attempt(printer, SMALL)
            assert (delivered.outcome, delivered.reason) == (Outcome.UNKNOWN, "job-lost-by-device")
            assert delivered.impressions == 1

    run(main)


def test_restarts_and_gives_our_job_id_to_somebody_else() -> None:
    async def main() -> None:
        async with FakePrinter() as printer:
            printer.script = [PRINTING]

            def swap(seen: Seen) -> None:
                if seen.operation == Operation.GET_JOB_ATTRIBUTES and printer.job.at > 1:
                    printer.job.name, printer.job.user = "Another", "bob"
                    printer.job.script = [DONE]

            printer.on_request = swap
            delivered = await attempt(printer, SMALL)
            assert (delivered.outcome, delivered.reason) == (Outcome.UNKNOWN, "job-lost-by-device")

    run(main)


def test_goes_away_in_the_middle_and_comes_back() -> None:
    async def main() -> None:
        async with FakePrinter() as printer:
            printer.script = [PRINTING]
            progress = FakeProgress()
            limits = replace(BRIEF, lost_timeout=30.0)
            task = asyncio.create_task(attempt(printer, SMALL, progress=progress, limits=limits))
            await until(lambda: bool(printer.jobs) and printer.job.at > 1)
            await printer.stop()
            await until(lambda: "connecting-to-device" in progress.reasons())
            printer.job.script = [DONE]
            await printer.start()
            delivered = await task
            assert (delivered.outcome, delivered.confirmed) == (Outcome.COMPLETED, True)

    run(main)


def test_goes_away_for_good() -> None:
    async def main() -> None:
        async with FakePrinter() as printer:
            printer.script = [PRINTING]
            task = asyncio.create_task(attempt(printer, SMALL))
            await until(lambda: bool(printer.jobs) and printer.job.at > 1)
            await printer.stop()
            delivered = await task
            assert (delivered.outcome, delivered.reason) == (Outcome.UNKNOWN, "device-lost")
            assert delivered.octets_sent == len(SMALL)
            await printer.start()

    run(main)


def test_stop_before_anything() -> None:
    async def main() -> None:
        async with FakePrinter() as printer:
            delivered = await attempt(printer, SMALL, stop=FakeStop("job-canceled-by-operator"))
            assert (delivered.outcome, delivered.reason) == (Outcome.CANCELED, "job-canceled-by-operator")
            assert printer.seen == []

    run(main)


def test_stop_at_the_first_octet_takes_the_empty_job_back() -> None:
    async def main() -> None:
        async with FakePrinter() as printer:
            printer.script = [INCOMING]
            stop = FakeStop()
            delivered = await attempt(printer, SMALL, progress=FakeProgress(stop_on_sending=stop), stop=stop)
            assert (delivered.outcome, delivered.octets_sent) == (Outcome.CANCELED, 0)
            assert printer.job.step[0] is JobState.CANCELED
            assert printer.job.documents == []

    run(main)


def test_stop_in_the_middle_of_the_document() -> None:
    async def main() -> None:
        async with FakePrinter() as printer:
            printer.script = [PRINTING]
            printer.hold_reading = asyncio.Event()
            stop = FakeStop()

            def wish(seen: Seen) -> None:
                if seen.operation == Operation.SEND_DOCUMENT:
                    asyncio.get_running_loop().call_later(0.05, stop.wish)

            printer.on_request = wish
            delivered = await attempt(printer, LARGE, stop=stop, limits=replace(BRIEF, progress_timeout=30.0))
            assert (delivered.outcome, delivered.reason) == (Outcome.CANCELED, "job-canceled-by-user")
            assert 0 < delivered.octets_sent < len(LARGE)
            assert printer.job.step[0] is JobState.CANCELED

    run(main)


def test_stop_while_it_prints_cancels_at_the_device() -> None:
    async def main() -> None:
        async with FakePrinter() as printer:
            printer.script = [PRINTING]
            printer.on_cancel = [PRINTING, *printer.on_cancel]
            stop = FakeStop()
            task = asyncio.create_task(attempt(printer, SMALL, stop=stop))
            await until(lambda: bool(printer.jobs) and printer.job.at > 1)
            stop.wish("job-canceled-by-operator")
            delivered = await task
            assert (delivered.outcome, delivered.reason) == (Outcome.CANCELED, "job-canceled-by-operator")
            assert delivered.impressions == 1

    run(main)


def test_stop_too_late_is_completed() -> None:
    async def main() -> None:
        async with FakePrinter() as printer:
            printer.script = [PRINTING]
            printer.on_cancel = [PRINTING, DONE]
            stop = FakeStop()
            task = asyncio.create_task(attempt(printer, SMALL, stop=stop))
            await until(lambda: bool(printer.jobs) and printer.job.at > 1)
            stop.wish()
            assert (await task).outcome is Outcome.COMPLETED

    run(main)


def test_stop_while_the_device_is_away() -> None:
    async def main() -> None:
        async with FakePrinter() as printer:
            printer.script = [PRINTING]
            stop = FakeStop()
            progress = FakeProgress()
            limits = replace(BRIEF, lost_timeout=60.0, answer_timeout=0.3)
            task = asyncio.create_task(attempt(printer, SMALL, stop=stop, progress=progress, limits=limits))
            await until(lambda: bool(printer.jobs) and printer.job.at > 1)
            await printer.stop()
            await until(lambda: "connecting-to-device" in progress.reasons())
            stop.wish()
            delivered = await task
            assert (delivered.outcome, delivered.octets_sent) == (Outcome.CANCELED, len(SMALL))
            assert "could not be told" in delivered.text
            await printer.start()

    run(main)


def test_takes_no_more_of_the_document() -> None:
    async def main() -> None:
        async with FakePrinter() as printer:
            printer.script = [PRINTING]
            printer.hold_reading = asyncio.Event()
            printer.printer_state = (5, ("media-empty-error",), "Load paper")
            progress = FakeProgress()
            delivered = await attempt(printer, LARGE, progress=progress)
            assert (delivered.outcome, delivered.reason) == (Outcome.UNKNOWN, "transfer-timeout")
            assert (5, ("media-empty-error",), "Load paper") in progress.states

    run(main)


def test_wishes_are_sent_where_the_device_hears_them_and_named_where_not() -> None:
    async def main() -> None:
        async with FakePrinter() as printer:
            wishes = pack(
                [
                    attributes.integer("copies", 3),
                    attributes.keyword("sides", "two-sided-short-edge"),
                    attributes.enum("finishings", 4),
                    attributes.keyword("job-hold-until", "no-hold"),
                ]
            )
            delivered = await attempt(printer, SMALL, attributes=wishes)
            assert delivered.outcome is Outcome.COMPLETED
            assert [wish.name for wish in printer.job.attributes] == ["copies"]
            assert "the device cannot: sides=two-sided-short-edge, finishings=4" in delivered.text

    run(main)


def test_wishes_that_the_device_refuses_after_all_are_left_out() -> None:
    async def main() -> None:
        async with FakePrinter() as printer:
            code = Operation.VALIDATE_JOB
            printer.refuse[code] = [Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED]
            printer.unsupported[code] = (attributes.integer("copies", 3),)
            delivered = await attempt(printer, SMALL, attributes=pack([attributes.integer("copies", 3)]))
            assert delivered.outcome is Outcome.COMPLETED
            assert printer.job.attributes == ()
            assert "copies (refused by the device)" in delivered.text

    run(main)


@pytest.mark.parametrize(
    ("document_format", "sent"),
    [
        ("application/pdf", "application/pdf"),
        ("application/vnd.hp-PCL", "application/octet-stream"),
        ("application/octet-stream", "application/octet-stream"),
        ("image/jpeg", None),
    ],
)
def test_formats(document_format: str, sent: str | None) -> None:
    async def main() -> None:
        async with FakePrinter() as printer:
            delivered = await attempt(printer, SMALL, document_format=document_format)
            if sent is None:
                assert (delivered.outcome, delivered.reason) == (
                    Outcome.PERMANENT,
                    "unsupported-document-format",
                )
                assert printer.jobs == {}
            else:
                assert printer.job.formats == [sent]

    run(main)


def test_a_document_damaged_in_the_middle_takes_the_job_back() -> None:
    async def main() -> None:
        async with FakePrinter() as printer:
            printer.script = [INCOMING]
            source = MemorySource(LARGE, damaged_after=1_000_000)
            delivered = await attempt(printer, LARGE, source=source)
            assert (delivered.outcome, delivered.reason) == (Outcome.PERMANENT, "document-access-error")
            assert source.open == 0
            assert printer.job.step[0] is JobState.CANCELED

    run(main)


def test_capabilities_that_are_known_are_not_asked_again() -> None:
    async def main() -> None:
        async with FakePrinter() as printer:
            blob = pack(
                [
                    attributes.enum("operations-supported", *printer.operations),
                    attributes.mime("document-format-supported", "application/pdf"),
                ]
            )
            delivery = Delivery(surroundings())
            delivered = await delivery.deliver(
                ticket(device(printer.uri, capabilities=blob), SMALL),
                MemorySource(SMALL),
                FakeProgress(),
                FakeStop(),
            )
            await delivery.close()
            assert delivered.outcome is Outcome.COMPLETED
            assert printer.operations_seen()[0] == Operation.VALIDATE_JOB

    run(main)
