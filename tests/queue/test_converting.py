"""Documents on their way to devices that cannot take them or do what is asked: what arrives is rendered."""

from __future__ import annotations

import asyncio
import contextlib
import io
import os
import re
import struct
import subprocess
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from plantin.core.errors import Temporary
from plantin.core.model import Delivered, DeviceRecord, Outcome, Ticket
from plantin.core.ports import Reached
from plantin.delivery import Delivery, Limits
from plantin.delivery.ipp.blob import pack
from plantin.inspect import sniff
from plantin.inspect.engine import inspect_file
from plantin.inspect.pool import NoWorker, TooMuch, WorkerDied, WorkerFailed
from plantin.inspect.report import Inspection
from plantin.ipp import Attribute, Operation, Range
from plantin.ipp.attributes import integer, keyword, range_, text
from plantin.queue.conversion import Converting, Workshop
from plantin.queue.conversion.workshop import Unfit
from tests.delivery.fakeprinter import FakePrinter
from tests.delivery.sink import Link, Sink
from tests.delivery.support import (
    FakeProgress,
    FakeStop,
    MemorySource,
    device,
    document,
    surroundings,
    ticket,
    until,
)
from tests.inspect.pdfs import simple
from tests.inspect.test_convert import shade_at, shaded
from tests.peers.ippeveprinter import IppEvePrinter

PATIENT = Limits(poll_first=0.02, poll_most=0.2, lost_timeout=60.0, unfinished_timeout=60.0, linger=10.0)
ENDLESS = b"%!PS\n{ } loop\n"
RED = simple(2, b"1 0 0 rg 100 100 300 300 re f")
PCL_TEXT = b"\x1bE" + b"some PCL text " * 50_000 + b"\x0c"


class Rig:
    """Everything between the queue manager and the devices."""

    def __init__(self, folder: Path) -> None:
        self.delivery = Delivery(surroundings(folder, limits=PATIENT))
        self.workshop = Workshop(folder / "conversion", idle_stop_s=60)
        self.converting = Converting(self.delivery, self.workshop, learn=self.delivery.learn)
        self.progress = FakeProgress()
        self.stop = FakeStop()

    async def print(
        self,
        target: DeviceRecord | str,
        *documents: bytes,
        asks: tuple[Attribute, ...] = (),
        reached: Reached | None = None,
        source: MemorySource | None = None,
    ) -> Delivered:
        record = device(target) if isinstance(target, str) else target
        made = as_sniffed(ticket(record, *documents, attributes=pack(asks)), *documents)
        source = source or MemorySource(*documents)
        delivered = await self.converting.deliver(made, source, self.progress, self.stop, reached)
        assert source.open == 0
        return delivered


def as_sniffed(made: Ticket, *documents: bytes) -> Ticket:
    kinds = [sniff.sniff(data[: sniff.HEAD_OCTETS]) for data in documents]
    return replace(
        made,
        documents=tuple(replace(one, format=kind) for one, kind in zip(made.documents, kinds, strict=True)),
    )


@contextlib.asynccontextmanager
async def rig(folder: Path) -> AsyncIterator[Rig]:
    made = Rig(folder)
    try:
        yield made
    finally:
        await made.converting.close()
        await made.delivery.close()


def look(data: bytes) -> Inspection:
    return inspect_file(io.BytesIO(data))


def drawn(data: bytes, folder: Path) -> list[Image.Image]:
    """The pages of a PDF or PostScript document as Ghostscript draws them, grey, 36 dpi."""
    source = folder / "drawn"
    source.write_bytes(data)
    pages = folder / "pages"
    pages.mkdir(exist_ok=True)
    for old in pages.iterdir():
        old.unlink()
    command = ["gs", "-q", "-dSAFER", "-dBATCH", "-dNOPAUSE", "-sDEVICE=pnggray", "-r36"]
    subprocess.run([*command, f"-sOutputFile={pages}/%04d.png", source], check=True, capture_output=True)
    return [Image.open(path).convert("L") for path in sorted(pages.iterdir())]


def words(data: bytes, folder: Path) -> str:
    """The text of a PDF."""
    (folder / "words.pdf").write_bytes(data)
    command = ["pdftotext", str(folder / "words.pdf"), "-"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def raster(data: bytes) -> list[Image.Image]:
    """The pages of a PWG raster stream."""
    pages, at = [], 4
    while at < len(data):
        width, height, *_, bits = struct.unpack_from(">IIIII", data, at + 372)
        pixel = bits // 8
        at += 1796
        rows = bytearray()
        while len(rows) < width * height * pixel:
            repeat, line = data[at] + 1, bytearray()
            at += 1
            while len(line) < width * pixel:
                code = data[at]
                run = pixel if code < 128 else (257 - code) * pixel
                line += data[at + 1 : at + 1 + run] * (code + 1 if code < 128 else 1)
                at += 1 + run
            rows += line * repeat
        pages.append(Image.frombytes("L" if pixel == 1 else "RGB", (width, height), bytes(rows)).convert("L"))
    return pages


def alike(some: list[Image.Image], others: list[Image.Image]) -> bool:
    """The same pages, seen from afar."""
    return len(some) == len(others) and all(
        abs(a - b) < 24
        for one, other in zip(some, others, strict=True)
        for a, b in zip(_afar(one), _afar(other), strict=True)
    )


def _afar(page: Image.Image) -> bytes:
    return page.resize((6, 8), Image.Resampling.BOX).tobytes()


def run(work: Callable[[Rig], Any], folder: Path) -> None:
    async def main() -> None:
        async with rig(folder) as made:
            await work(made)

    asyncio.run(main())


# -- formats --------------------------------------------------------------------------------------------


def test_pdf_to_a_printer_of_pwg_raster(
    make_ippeveprinter: Callable[..., IppEvePrinter], tmp_path: Path
) -> None:
    printer = make_ippeveprinter("Raster", formats=("image/pwg-raster",))
    data = shaded(3)

    async def work(made: Rig) -> None:
        asks = (range_("page-ranges", Range(1, 2)), integer("copies", 2), text("x-plantin-stamp", "anna"))
        delivered = await made.print(printer.uri, data, asks=asks)
        assert (delivered.outcome, delivered.confirmed) == (Outcome.COMPLETED, True), delivered
        assert made.progress.sendings == 1
        assert delivered.octets_sent == printer.documents[0].stat().st_size

    run(work, tmp_path)
    out = printer.documents[0].read_bytes()
    assert (look(out).format, look(out).copies) == (sniff.PWG_RASTER, 1)
    # It makes one copy of a raster document and no more, so that the server made two.
    assert alike(raster(out), drawn(data, tmp_path)[:2] * 2)
    log = (printer.folder / "ippeveprinter.log").read_text(errors="replace")
    assert "x-plantin-stamp" not in log


@pytest.mark.parametrize("grey", [False, True])
def test_pdf_to_a_postscript_printer_on_port_9100(grey: bool, tmp_path: Path) -> None:
    async def work(made: Rig) -> None:
        async with Sink() as sink:
            asks: tuple[Attribute, ...] = (keyword("sides", "two-sided-long-edge"),)
            asks += (keyword("print-color-mode", "monochrome"),) if grey else ()
            delivered = await made.print(f"{sink.uri}?formats={sniff.POSTSCRIPT}", RED, asks=asks)
            assert delivered.outcome is Outcome.COMPLETED, delivered
            (out,) = sink.received
            assert out.startswith(b"%!PS\n<< /Duplex true /Tumble false >> setpagedevice\n%!PS-Adobe")
            assert (look(out).colour_pages, look(out).sides) == (0 if grey else 2, "two-sided-long-edge")
            assert alike(drawn(out, tmp_path), drawn(RED, tmp_path))

    run(work, tmp_path)


def test_pdf_to_a_pcl_xl_printer_on_port_9100(tmp_path: Path) -> None:
    async def work(made: Rig) -> None:
        async with Sink() as sink:
            target = device(sink.uri, options='{"formats": ["application/vnd.hp-PCLXL"]}')
            asks = (keyword("sides", "two-sided-short-edge"), integer("copies", 2))
            delivered = await made.print(target, RED, asks=asks)
            assert delivered.outcome is Outcome.COMPLETED, delivered
            (out,) = sink.received
            once = (len(out) - len(sniff.UEL)) // 2
            assert out == out[:once] + sniff.UEL + out[:once]
            report = look(out[:once])
            assert (report.format, report.pages, report.colour_pages) == (sniff.PCL_XL, 2, 2)
            assert (report.sides, report.sizes) == ("two-sided-short-edge", {(210.0, 297.0): 2})

    run(work, tmp_path)


def test_postscript_pictures_and_text_to_a_printer_of_pdf(tmp_path: Path) -> None:
    picture = io.BytesIO()
    noise = Image.effect_noise((900, 1200), 80)
    noise.save(picture, "JPEG", quality=95)
    letter = b"Guten Tag\n" * 61
    postscript = b"%!PS\n0.5 setgray 100 100 200 200 rectfill showpage\n"

    async def work(made: Rig) -> None:
        async with FakePrinter() as printer:
            documents = (postscript, picture.getvalue(), letter, RED)
            delivered = await made.print(printer.uri, *documents)
            assert delivered.outcome is Outcome.COMPLETED, delivered
            sent = printer.job.documents
            assert [look(one).format for one in sent] == [sniff.PDF] * 4
            assert printer.job.formats == [sniff.PDF] * 4
            assert len(sent[1]) > 256 * 1024
            assert sent[3] == RED
            # It was asked once what it can do, before the first look of the poller.
            assert printer.operations_seen()[:2] == [
                Operation.GET_PRINTER_ATTRIBUTES,
                Operation.VALIDATE_JOB,
            ]
            assert delivered.octets_sent == sum(map(len, sent))
            assert alike(drawn(sent[0], tmp_path), drawn(postscript, tmp_path))
            (page,) = drawn(sent[1], tmp_path)
            assert abs(sum(page.resize((1, 1), Image.Resampling.BOX).tobytes()) - 140) < 30
            assert look(sent[2]).pages == 2

    run(work, tmp_path)


# -- pages ----------------------------------------------------------------------------------------------


def test_number_up_and_page_ranges_for_a_printer_of_pdf_on_port_9100(tmp_path: Path) -> None:
    async def work(made: Rig) -> None:
        async with Sink() as sink:
            asks = (integer("number-up", 2), range_("page-ranges", Range(2, 4)), integer("copies", 2))
            delivered = await made.print(f"{sink.uri}?formats={sniff.PDF}", shaded(), asks=asks)
            assert (delivered.outcome, delivered.octets_sent) == (Outcome.COMPLETED, len(sink.received[0]))
            pages = drawn(sink.received[0], tmp_path)
            assert len(pages) == 4
            shades = [[shade_at(page, x, 0.5) for x in (0.3, 0.7)] for page in pages]
            assert shades == [[0.7, 0.5], [0.3, 1.0]] * 2

    run(work, tmp_path)


def test_grey_and_a_stamp_with_its_variables_filled_in(tmp_path: Path) -> None:
    async def work(made: Rig) -> None:
        async with Sink() as sink:
            asks = (
                keyword("print-color-mode", "monochrome"),
                text("x-plantin-stamp", "anna, 2031-02-03, Café (job 7)"),
                keyword("x-plantin-stamp-position", "top"),
            )
            delivered = await made.print(sink.uri, RED, asks=asks)
            assert (delivered.outcome, "not done" in delivered.text) == (Outcome.COMPLETED, False)
            (out,) = sink.received
            assert (look(out).pages, look(out).colour_pages) == (2, 0)
            assert words(out, tmp_path).count("anna, 2031-02-03, Café (job 7)") == 2

    run(work, tmp_path)


def test_copies_of_what_passes_are_read_again_and_nothing_is_made(tmp_path: Path) -> None:
    async def work(made: Rig) -> None:
        async with Sink() as sink:
            target = f"{sink.uri}?formats={sniff.PCL}"
            delivered = await made.print(target, PCL_TEXT, asks=(integer("copies", 3),))
            between = b"\x1bE" + sniff.UEL
            assert sink.received == [between.join([PCL_TEXT] * 3)]
            assert delivered.octets_sent == len(sink.received[0])
            assert not (tmp_path / "conversion").exists()

    run(work, tmp_path)


def test_what_nobody_does_is_named(tmp_path: Path) -> None:
    async def work(made: Rig) -> None:
        async with Sink() as sink:
            delivered = await made.print(sink.uri, PCL_TEXT, asks=(text("x-plantin-stamp", "anna"),))
            assert delivered.outcome is Outcome.COMPLETED
            assert "; not done: stamp (nothing here makes any of application/vnd.hp-PCL)" in delivered.text
            assert sink.received == [PCL_TEXT]

    run(work, tmp_path)


def test_what_passes_costs_nothing(tmp_path: Path) -> None:
    async def work(made: Rig) -> None:
        async with Sink() as sink:
            for target in (sink.uri, f"{sink.uri}?formats={sniff.PDF}"):
                way = await made.converting.reach(device(target), made.stop, 5.0)
                assert way is not None
                delivered = await made.print(target, RED, reached=way, asks=(integer("copies", 1),))
                assert delivered.outcome is Outcome.COMPLETED
            assert sink.received == [RED, RED]
            assert made.progress.log == ["sending", "sending"]
            assert not (tmp_path / "conversion").exists()

    run(work, tmp_path)


# -- law 3 ----------------------------------------------------------------------------------------------


def test_what_was_reached_is_let_go_before_a_conversion(tmp_path: Path) -> None:
    async def work(made: Rig) -> None:
        async with Sink() as sink:
            way = await made.converting.reach(device(sink.uri), made.stop, 5.0)
            assert way is not None
            asks = (text("x-plantin-stamp", "anna"),)
            delivered = await made.print(sink.uri, RED, asks=asks, reached=way)
            assert delivered.outcome is Outcome.COMPLETED
            assert made.progress.log == ["not_sending", "sending"]
            assert [bool(data) for data in sink.received] == [False, True]
            # The next job is probably like it; one that passes makes the way free again.
            assert await made.converting.reach(device(sink.uri), made.stop, 5.0) is None
            assert (await made.print(sink.uri, RED)).outcome is Outcome.COMPLETED
            way = await made.converting.reach(device(sink.uri), made.stop, 5.0)
            assert way is not None
            way.close()

    run(work, tmp_path)


@pytest.mark.parametrize(
    ("data", "asks", "reason", "words"),
    [
        (b"%PDF-1.7\nbroken" + bytes(100), (), "document-format-error", "document 1 cannot be made into"),
        (b"%!PS\nnosuchoperator\n", (), "document-format-error", "Ghostscript ended"),
        (
            RED,
            (range_("page-ranges", Range(3, 9)),),
            "document-unprintable-error",
            "page-ranges select none of its 2 pages",
        ),
    ],
    ids=["pdf", "postscript", "ranges"],
)
def test_a_conversion_that_fails(
    data: bytes, asks: tuple[Attribute, ...], reason: str, words: str, tmp_path: Path
) -> None:
    async def work(made: Rig) -> None:
        async with Sink() as sink, FakePrinter() as printer:
            printer.formats = ("image/urf",)
            for target in (f"{sink.uri}?formats=image/urf", printer.uri):
                delivered = await made.print(target, data, asks=asks)
                assert (delivered.outcome, delivered.reason) == (Outcome.PERMANENT, reason), delivered
                assert words in delivered.text
            assert made.progress.sendings == 0
            assert sink.links == []
            assert set(printer.operations_seen()) == {Operation.GET_PRINTER_ATTRIBUTES}

    run(work, tmp_path)


def test_what_nobody_can_make_is_refused(tmp_path: Path) -> None:
    async def work(made: Rig) -> None:
        async with Sink() as sink, FakePrinter() as printer:
            printer.formats = ("application/pdf",)
            for target in (f"{sink.uri}?formats={sniff.PDF}", printer.uri):
                delivered = await made.print(target, PCL_TEXT)
                assert delivered.outcome is Outcome.PERMANENT
                assert delivered.reason == "unsupported-document-format"
                assert "application/vnd.hp-PCL" in delivered.text
            assert (made.progress.sendings, sink.links) == (0, [])

    run(work, tmp_path)


def test_a_wish_to_stop_ends_a_conversion(tmp_path: Path) -> None:
    async def work(made: Rig) -> None:
        async with Sink() as sink:
            target = f"{sink.uri}?formats={sniff.PDF}"
            task = asyncio.create_task(made.print(target, ENDLESS))
            await until(lambda: made.workshop._pool is not None and bool(made.workshop._pool.sandbox))
            made.stop.wish("job-canceled-by-user")
            delivered = await task
            assert (delivered.outcome, delivered.reason) == (Outcome.CANCELED, "job-canceled-by-user")
            assert (made.progress.sendings, sink.links) == (0, [])
            made.stop = FakeStop()
            # Its worker is gone, and the next document gets another.
            postscript = b"%!PS\nshowpage\n"
            assert (await made.print(target, postscript)).outcome is Outcome.COMPLETED
            assert look(sink.received[0]).pages == 1

    run(work, tmp_path)


def test_an_attempt_that_is_canceled_as_a_task_leaves_nothing_behind(tmp_path: Path) -> None:
    async def work(made: Rig) -> None:
        task = asyncio.create_task(made.print(f"socket://127.0.0.1?formats={sniff.PDF}", ENDLESS))
        await until(lambda: made.workshop._pool is not None and bool(made.workshop._pool.sandbox))
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    run(work, tmp_path)
    assert list((tmp_path / "conversion").iterdir()) == []


def test_a_document_that_cannot_be_read(tmp_path: Path) -> None:
    async def work(made: Rig) -> None:
        target = f"socket://127.0.0.1?formats={sniff.URF}"
        delivered = await made.print(target, RED, source=MemorySource(RED, damaged_after=0))
        assert (delivered.outcome, delivered.reason) == (Outcome.PERMANENT, "document-access-error")

    run(work, tmp_path)


class Fate:
    """A pool whose next conversions end as a test says."""

    def __init__(self, *ends: Exception | bytes) -> None:
        self.ends = list(ends)

    async def convert_async(self, steps: object, source: int, target: int, octets: int) -> None:
        end = self.ends.pop(0)
        if isinstance(end, Exception):
            raise end
        os.write(target, end)

    def close(self) -> None:
        pass


@pytest.mark.parametrize(
    ("ends", "error", "reason"),
    [
        ((WorkerDied("killed"), b"made"), None, ""),
        ((WorkerDied("killed"), WorkerDied("again")), Unfit, "document-unprintable-error"),
        ((TooMuch("it took too long"),), Unfit, "document-unprintable-error"),
        ((WorkerFailed("it is damaged"),), Unfit, "document-format-error"),
        ((b"",), Unfit, "document-format-error"),
        ((NoWorker("no memory"),), Temporary, "conversion-not-possible-now"),
    ],
)
def test_how_a_conversion_can_end(
    ends: tuple[Exception | bytes, ...], error: type[Exception] | None, reason: str, tmp_path: Path
) -> None:
    async def work(made: Rig) -> None:
        made.workshop._pool = fate = Fate(*ends)  # type: ignore[assignment]
        (tmp_path / "conversion").mkdir()
        source = MemorySource(RED)
        if error is None:
            with await made.workshop.make(document(1, RED), source, []) as file:
                file.seek(0)
                assert file.read() == b"made"
        else:
            with pytest.raises(error) as caught:
                await made.workshop.make(document(1, RED), source, [])
            assert caught.value.reason == reason  # type: ignore[attr-defined]
        assert fate.ends == []
        assert list((tmp_path / "conversion").iterdir()) == []

    run(work, tmp_path)


def test_a_full_disk_is_not_the_fault_of_the_device(tmp_path: Path) -> None:
    async def main() -> None:
        made = Rig(tmp_path)
        made.workshop = Workshop(tmp_path / "conversion", free_floor=1 << 62)
        made.converting = Converting(made.delivery, made.workshop)
        delivered = await made.print(f"socket://127.0.0.1?formats={sniff.URF}", RED)
        assert (delivered.outcome, delivered.reason) == (Outcome.TEMPORARY, "spool-area-full")
        assert delivered.device_reasons == ("other-warning",)
        await made.converting.close()
        await made.delivery.close()

    asyncio.run(main())


def test_files_on_the_way_have_no_name(tmp_path: Path) -> None:
    seen: list[str] = []

    async def look_around(link: Link) -> None:
        folder = tmp_path / "conversion"
        seen.extend(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
        await link.read_all()

    async def work(made: Rig) -> None:
        async with Sink(look_around) as sink:
            delivered = await made.print(f"{sink.uri}?formats={sniff.URF}", RED)
            assert delivered.outcome is Outcome.COMPLETED
            assert (tmp_path / "conversion").stat().st_mode & 0o077 == 0

    run(work, tmp_path)
    assert [
        name for name in seen if not re.fullmatch(r"plantin-inspect-\w+/worker-\w+/\.?\w*cache.*", name)
    ] == []


def test_what_a_crash_left_is_cleared(tmp_path: Path) -> None:
    workshop = Workshop(tmp_path / "conversion")
    workshop.clear()
    (tmp_path / "conversion" / "plantin-inspect-x" / "worker-y").mkdir(parents=True)
    workshop.clear()
    assert list(tmp_path.iterdir()) == []
