"""The worker pool: reports from other processes, the sandbox, and documents that kill, hang or starve a
worker."""

from __future__ import annotations

import asyncio
import io
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pikepdf
import pytest

from plantin.inspect import channel, limits
from plantin.inspect.engine import inspect_file
from plantin.inspect.pool import NoWorker, Pool, WorkerDied
from plantin.inspect.report import Settings, from_json, to_json
from tests.inspect.gs import FIVE_PAGES
from tests.inspect.pdfs import simple

TEXT = b"one\x0ctwo\x0cthree\n"


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    with Pool(2) as made:
        yield made


def test_a_worker_says_what_this_process_would_say(pool: Pool) -> None:
    ticket = Settings(copies=2, sides="two-sided-long-edge", page_ranges=((1, 2),), number_up=1)
    for data in (TEXT, simple(3, b"1 0 0 rg 9 9 99 99 re f"), FIVE_PAGES, b"\x00\x01", b""):
        assert pool.inspect(data, ticket) == inspect_file(io.BytesIO(data), ticket)


def test_files_descriptors_and_pipes(pool: Pool, tmp_path: Path) -> None:
    path = tmp_path / "document"
    path.write_bytes(simple(4))
    with path.open("rb") as file:
        assert pool.inspect(file).pages == 4
        file.seek(0)
        assert pool.inspect(file.fileno()).pages == 4
    source, sink = os.pipe()
    os.write(sink, simple(2))
    os.close(sink)
    assert pool.inspect(source).pages == 2
    os.close(source)


def test_asyncio(pool: Pool) -> None:
    async def many() -> list[int | None]:
        reports = await asyncio.gather(*(pool.inspect_async(simple(n)) for n in range(1, 7)))
        return [report.pages for report in reports]

    assert asyncio.run(many()) == [1, 2, 3, 4, 5, 6]


def test_inspection_while_the_document_arrives(pool: Pool) -> None:
    arrival = pool.arriving(Settings(copies=3))
    assert arrival is not None
    for i in range(len(TEXT)):
        arrival.write(TEXT[i : i + 1])
    report = arrival.finish()
    assert (report.pages, report.sheets) == (3, 9)


def test_an_arriving_document_whose_worker_has_seen_enough_does_not_block(pool: Pool) -> None:
    arrival = pool.arriving()
    assert arrival is not None
    for _ in range(64):
        arrival.write(bytes(65_536))
    assert arrival.finish().error == "could not inspect: its language is not known"


def test_arriving_says_no_when_all_workers_are_busy() -> None:
    with Pool(1) as small:
        first = small.arriving()
        assert first is not None
        assert small.arriving() is None
        first.write(b"x")
        assert first.finish().pages == 1
        again = small.arriving()
        assert again is not None
        again.abort()


def test_the_sandbox_is_in_force(pool: Pool) -> None:
    assert pool.sandbox["limits"]
    assert pool.sandbox["seccomp"]


PROBE = """
import socket, sys, json, os
from pathlib import Path
from plantin.inspect import sandbox
own, other, mine = map(Path, sys.argv[1:4])
force = sandbox.enter(own)
def attempt(action):
    try:
        action()
    except (OSError, MemoryError) as error:
        return type(error).__name__
    return "done"
print(json.dumps({
    "socket": attempt(lambda: socket.socket(socket.AF_INET)),
    "unix": attempt(lambda: socket.socket(socket.AF_UNIX)),
    "memory": attempt(lambda: bytearray(1 << 40)),
    "write": attempt(lambda: (own / "x").write_text("x")),
    "write elsewhere": attempt(lambda: (other / "x").write_text("x")),
    "read elsewhere": attempt(lambda: mine.read_text()),
    "landlock": force["landlock"],
}))
"""


def test_what_the_sandbox_takes_away(tmp_path: Path) -> None:
    own, other = tmp_path / "own", tmp_path / "other"
    own.mkdir()
    other.mkdir()
    secret = other / "secret"
    secret.write_text("secret")
    done = subprocess.run(
        [sys.executable, "-c", PROBE, own, other, secret], check=True, capture_output=True, text=True
    )
    told = json.loads(done.stdout)
    assert (told["socket"], told["unix"], told["memory"]) == (
        "PermissionError",
        "PermissionError",
        "MemoryError",
    )
    assert told["write"] == "done"
    # A kernel without Landlock leaves files to the permissions of the user that the workers run as.
    expected = "PermissionError" if told["landlock"] else "done"
    assert (told["write elsewhere"], told["read elsewhere"]) == (expected, expected)


def test_a_worker_that_is_killed_takes_nothing_with_it() -> None:
    with Pool(1) as small:
        arrival = small.arriving()
        assert arrival is not None
        arrival.write(b"some text")
        assert arrival._worker is not None
        arrival._worker.process.kill()
        report = arrival.finish()
        assert report.error == "could not inspect: the worker died of SIGKILL"
        assert report.pages is None
        assert small.inspect(TEXT).pages == 3


def test_too_much_processor_time_ends_the_worker_and_only_it() -> None:
    endless = b"%!PS\n{ } loop\n"
    with Pool(1, cpu_seconds=1, wall_seconds=30) as small:
        report = small.inspect(endless)
        assert report.pages is None
        assert "could not inspect" in report.error
        assert small.inspect(TEXT).pages == 3


def test_too_much_time_ends_the_worker() -> None:
    source, sink = os.pipe()
    with Pool(1, wall_seconds=0.5) as small:
        report = small.inspect(source)
        assert report.error == "could not inspect: it took more than 0.5 s"
        assert small.inspect(TEXT).pages == 3
    os.close(source)
    os.close(sink)


def test_a_bomb_that_wants_all_memory_is_not_inspected() -> None:
    pdf = pikepdf.Pdf.new()
    page = pdf.add_blank_page(page_size=(595, 842))
    row = b"\x00" * (1 << 20)
    squeeze = zlib.compressobj(9)
    data = b"".join(squeeze.compress(row) for _ in range(3000)) + squeeze.flush()
    data = zlib.compress(data, 9)
    filters = pikepdf.Array([pikepdf.Name.FlateDecode, pikepdf.Name.FlateDecode])
    page.obj.Contents = pikepdf.Stream(pdf, data, Filter=filters)
    out = io.BytesIO()
    pdf.save(out, compress_streams=False, stream_decode_level=pikepdf.StreamDecodeLevel.none)
    with Pool(1) as small:
        report = small.inspect(out.getvalue())
        assert report.pages is None or "damaged" in report.warnings[0]
        assert small.sandbox["limits"]
        assert small.inspect(TEXT).pages == 3


def test_workers_are_renewed_after_many_documents(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "REQUESTS_PER_WORKER", 2)
    with Pool(1) as small:
        first = small._idle[0]
        for _ in range(3):
            assert small.inspect(TEXT).pages == 3
        assert small._idle[0] is not first


def test_many_threads_share_the_workers(pool: Pool) -> None:
    answers: list[int | None] = []
    threads = [threading.Thread(target=lambda: answers.append(pool.inspect(TEXT).pages)) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [3] * 12


def test_a_message_beyond_the_limit_closes_the_channel(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        monkeypatch.setattr(limits, "ANSWER_OCTETS_MAX", 20)
        channel.send(ours, {"x": "y" * 12})
        assert channel.receive(theirs)[0] == {"x": "y" * 12}
        channel.send(ours, {"x": "y" * 13})
        with pytest.raises(channel.ChannelClosed, match="21 octets"):
            channel.receive(theirs)


def test_reports_survive_json() -> None:
    for data in (TEXT, simple(3), b"\x00", FIVE_PAGES):
        report = inspect_file(io.BytesIO(data), Settings(page_ranges=((2, 3),)))
        assert from_json(to_json(report)) == report


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_pool_with_an_idle_stop_has_no_process_before_the_first_document_nor_long_after_it() -> None:
    with Pool(2, idle_stop_s=0.2) as lazy:
        assert (lazy.running, lazy.sandbox) == (0, {})
        for _ in range(2):
            assert lazy.inspect(TEXT).pages == 3
            assert lazy.sandbox["limits"]
            until(lambda: lazy.running == 0)
        arrival = lazy.arriving()
        assert arrival is not None
        arrival.write(TEXT)
        assert arrival.finish().pages == 3


def test_one_document_after_the_other_starts_one_worker_of_many() -> None:
    with Pool(4, idle_stop_s=600) as lazy:
        for _ in range(3):
            assert lazy.inspect(TEXT).pages == 3
        assert lazy.running == 1


def test_a_pool_makes_its_folder_where_it_is_told(tmp_path: Path) -> None:
    with Pool(1, folder=tmp_path, idle_stop_s=60) as lazy:
        assert lazy.inspect(TEXT).pages == 3
        assert [path.name[:16] for path in tmp_path.iterdir()] == ["plantin-inspect-"]
    assert list(tmp_path.iterdir()) == []


def test_a_call_that_is_cancelled_ends_its_worker_and_no_other_call() -> None:
    async def cancelled(pool: Pool) -> None:
        with tempfile.TemporaryFile() as source, tempfile.TemporaryFile() as target:
            source.write(b"%!PS\n{ } loop\n")
            source.seek(0)
            step = [{"step": "postscript-to-pdf"}]
            calls = [
                asyncio.create_task(pool.convert_async(step, source.fileno(), target.fileno()))
                for _ in range(6)  # more than there are threads: some wait for a worker, some for a thread
            ]
            await asyncio.to_thread(until, lambda: bool(pool.sandbox))
            for call in calls:
                call.cancel()
            await asyncio.gather(*calls, return_exceptions=True)
            assert all(call.cancelled() for call in calls)
        assert (await pool.inspect_async(TEXT)).pages == 3

    with Pool(1, idle_stop_s=60) as pool:
        asyncio.run(cancelled(pool))


def test_who_is_to_blame_for_a_failed_conversion() -> None:
    with Pool(1, idle_stop_s=60) as pool, tempfile.TemporaryFile() as source, tempfile.TemporaryFile() as out:
        threading.Thread(target=_kill_the_busy_one, args=(pool,)).start()
        read, write = os.pipe()
        with pytest.raises(WorkerDied, match="died of SIGKILL"):
            pool.convert([], read, out.fileno())
        os.close(read)
        os.close(write)
        pool._folder = Path("/nowhere")
        with pytest.raises(NoWorker):
            pool.convert([], source.fileno(), out.fileno())


def _kill_the_busy_one(pool: Pool) -> None:
    until(lambda: bool(pool.sandbox))
    for folder in pool._folder.iterdir():
        for line in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                arguments = line.read_bytes().split(b"\0")
            except OSError:
                continue
            if str(folder).encode() in arguments:
                os.kill(int(line.parent.name), 9)
