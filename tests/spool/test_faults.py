"""Disk full and I/O errors: the documents concerned are refused with the reason, all others survive."""

import asyncio
import errno
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from plantin.core.errors import SpoolDamaged, Temporary
from plantin.spool import Spool, SpoolLimits, Stored

from .contract import HandClock, nobody, octets, read, record
from .faults import FaultyFiles

LIMITS = SpoolLimits(
    bundled_octets=4096, hop_octets=10_000, free_floor=0, cache_octets=20_000, settle_s=0, bundle_age_s=0
)
REASONS = {
    errno.ENOSPC: "spool-area-full",
    errno.EDQUOT: "spool-area-full",
    errno.EIO: "spool-error",
    errno.EROFS: "spool-error",
}
WRITING = ("open", "writev", "fsync-file", "rename", "fsync-directory", "mkdir")


def run(
    tmp_path: Path,
    work: Callable[[Spool, FaultyFiles, HandClock], Awaitable[None]],
    limits: SpoolLimits = LIMITS,
) -> None:
    async def main() -> None:
        files, clock = FaultyFiles(tmp_path), HandClock()
        async with Spool(tmp_path / "spool", limits=limits, files=files, now_ms=clock) as spool:
            await work(spool, files, clock)

    asyncio.run(main())


async def stream(spool: Spool, data: bytes) -> Stored:
    async with spool.intake() as intake:
        for at in range(0, len(data), 7_000):
            await intake.write(data[at : at + 7_000])
        return await intake.finish()


def read_bytes(path: Path) -> bytes:
    return path.read_bytes()


def unfinished(tmp_path: Path) -> list[Path]:
    return [path for path in (tmp_path / "spool" / "incoming").rglob("*") if path.is_file()]


@pytest.mark.parametrize("size", [1_000, 60_000], ids=["small", "large"])
@pytest.mark.parametrize("number", REASONS, ids=lambda number: errno.errorcode[number])
@pytest.mark.parametrize("call", WRITING)
def test_a_failure_is_temporary_and_concerns_that_document_only(
    tmp_path: Path, call: str, number: int, size: int
) -> None:
    async def work(spool: Spool, files: FaultyFiles, clock: HandClock) -> None:
        before = [await stream(spool, octets(length)) for length in (1_000, 60_000)]
        clock.ms += 600_000
        files.fail(call, number)
        with pytest.raises(Temporary) as refused:
            await stream(spool, octets(size, 1))
        assert refused.value.reason == REASONS[number]
        assert refused.value.retry_after_s > 0
        assert unfinished(tmp_path) == []
        assert (await spool.usage()).files == 2
        after = await stream(spool, octets(size, 2))
        assert await read(spool, record(after)) == octets(size, 2)
        for stored in before:
            assert await read(spool, record(stored)) == octets(stored.octets)
        assert spool.buffered == 0

    run(tmp_path, work)


def test_a_file_is_never_fsynced_again_after_a_failed_fsync(tmp_path: Path) -> None:
    async def work(spool: Spool, files: FaultyFiles, clock: HandClock) -> None:
        files.fail("fsync-file", errno.EIO, times=3)
        for size in (10, 50_000, 10):
            with pytest.raises(Temporary):
                await stream(spool, octets(size))
        await stream(spool, octets(10))
        synced = [about for call, about in files.trace if call == "fsync-file" and "/incoming/" in about]
        assert len(synced) == len(set(synced)) == 4

    run(tmp_path, work)


@pytest.mark.parametrize("whole", range(5))
def test_a_disk_that_fills_up_refuses_exactly_what_does_not_fit(tmp_path: Path, whole: int) -> None:
    async def work(spool: Spool, files: FaultyFiles, clock: HandClock) -> None:
        files.most_per_write = 1_000
        files.fail("writev", 0, partial=whole * 3_000 + 1_500)
        files.fail("writev", 0)
        files.faults[-1].first += 1
        files.faults[-1].number = errno.ENOSPC
        files.most_per_write = 1 << 30
        datas = [octets(3_000, seed) for seed in range(5)]
        results = await asyncio.gather(*(spool.put(data) for data in datas), return_exceptions=True)
        for index, (result, data) in enumerate(zip(results, datas, strict=True)):
            if index < whole:
                assert isinstance(result, Stored)
                assert await read(spool, record(result)) == data
            else:
                assert isinstance(result, Temporary)
                assert result.reason == "spool-area-full"
        assert (await spool.usage()).files == (1 if whole else 0)
        assert unfinished(tmp_path) == []

    run(tmp_path, work)


@pytest.mark.parametrize("most", [1, 7, 4096])
def test_short_writes_are_continued(tmp_path: Path, most: int) -> None:
    async def work(spool: Spool, files: FaultyFiles, clock: HandClock) -> None:
        files.most_per_write = most
        datas = [octets(size, size) for size in (0, 1, 700, 0, 701)]
        for stored, data in zip(await asyncio.gather(*map(spool.put, datas)), datas, strict=True):
            assert await read(spool, record(stored)) == data
        large = octets(5_000, 9)
        assert await read(spool, record(await stream(spool, large))) == large

    run(tmp_path, work)


def test_a_write_of_nothing_is_an_error(tmp_path: Path) -> None:
    async def work(spool: Spool, files: FaultyFiles, clock: HandClock) -> None:
        files.fail("writev", 0, partial=0)
        with pytest.raises(Temporary) as refused:
            await spool.put(b"something")
        assert refused.value.reason == "spool-error"

    run(tmp_path, work)


def test_the_floor_is_kept_free(tmp_path: Path) -> None:
    async def work(spool: Spool, files: FaultyFiles, clock: HandClock) -> None:
        files.free = 100_000 + 5_000
        small, large, last = await asyncio.gather(
            spool.put(octets(4_000)),
            spool.put(octets(4_000, 1)),
            spool.put(octets(1_000)),
            return_exceptions=True,
        )
        assert isinstance(small, Stored)
        assert isinstance(last, Stored)
        assert isinstance(large, Temporary)
        assert large.reason == "spool-area-full"
        with pytest.raises(Temporary) as refused:
            await stream(spool, octets(20_000))
        assert refused.value.reason == "spool-area-full"
        assert unfinished(tmp_path) == []
        files.free = 99_999
        with pytest.raises(Temporary):
            await spool.put(b"x")
        files.free = 100_001
        assert (await spool.put(b"x")).octets == 1

    run(tmp_path, work, SpoolLimits(bundled_octets=4096, hop_octets=10_000, free_floor=100_000))


def test_admission_follows_the_free_space(tmp_path: Path) -> None:
    async def main() -> None:
        files = FaultyFiles(tmp_path)
        files.free = 100_999
        async with Spool(
            tmp_path / "spool", limits=SpoolLimits(free_floor=100_000), files=files, free_space_age_s=0
        ) as spool:
            spool.admit(999)
            with pytest.raises(Temporary) as refused:
                spool.admit(1_000)
            assert refused.value.reason == "spool-area-full"
            with pytest.raises(Temporary):
                spool.intake(1_000)
            files.free = 200_000
            while True:
                try:
                    spool.admit(50_000)
                except Temporary:
                    await asyncio.sleep(0)
                else:
                    break

    asyncio.run(asyncio.wait_for(main(), 30))


def test_reading_failures(tmp_path: Path) -> None:
    async def work(spool: Spool, files: FaultyFiles, clock: HandClock) -> None:
        small = record(await spool.put(octets(4_000)))
        large = record(await stream(spool, octets(400_000)))
        for call, number in (("open", errno.EMFILE), ("pread", errno.EIO)):
            for document in (small, large):  # each read is the first of its spool: nothing is open yet
                async with Spool(tmp_path / "spool", limits=LIMITS, files=files) as fresh:
                    files.fail(call, number)
                    with pytest.raises(Temporary) as refused:
                        await read(fresh, document)
                    assert refused.value.reason == "spool-error"
                    assert await read(fresh, document) == octets(document.octets)

    run(tmp_path, work)


def test_a_spool_that_is_gone_as_a_whole_damages_no_document(tmp_path: Path) -> None:
    async def work(spool: Spool, files: FaultyFiles, clock: HandClock) -> None:
        document = record(await stream(spool, octets(5_000)))
        (tmp_path / "spool").rename(tmp_path / "away")
        (tmp_path / "spool").mkdir()
        with pytest.raises(Temporary) as refused:
            await read(spool, document)
        assert refused.value.reason == "spool-error"
        (tmp_path / "spool").rmdir()
        (tmp_path / "away").rename(tmp_path / "spool")
        assert await read(spool, document) == octets(5_000)

    run(tmp_path, work)


def test_damage_on_disk_is_found(tmp_path: Path) -> None:
    async def work(spool: Spool, files: FaultyFiles, clock: HandClock) -> None:
        for size in (4_000, 400_000):
            data = octets(size)
            for damage in ("missing", "short", "flipped first", "flipped last"):
                stored = await stream(spool, data)
                path = tmp_path / "spool" / "documents" / stored.ref.name
                if damage == "missing":
                    path.unlink()
                elif damage == "short":
                    path.write_bytes(data[:-1])
                else:
                    at = 0 if damage.endswith("first") else size - 1
                    path.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
                got = b""
                with pytest.raises(SpoolDamaged) as found:
                    async for piece in spool.chunks(record(stored)):
                        got += piece
                assert stored.ref.name in found.value.text
                assert got == b"" or (size == 400_000 and len(got) <= size - 4_000)
                if damage == "short":
                    assert got == b"", "sizes are checked before the first piece"
                if damage != "missing":
                    kept = Path(await spool.quarantine(stored.ref))
                    assert kept.parent.name == "quarantine"
                    assert size - len(read_bytes(kept)) == (damage == "short")

    run(tmp_path, work)


def test_upkeep_failures_are_temporary(tmp_path: Path) -> None:
    async def work(spool: Spool, files: FaultyFiles, clock: HandClock) -> None:
        small, large = await spool.put(octets(100)), await stream(spool, octets(50_000))
        clock.ms += 1
        for ref in (small.ref, large.ref):
            files.fail("unlink", errno.EIO)
            with pytest.raises(Temporary):
                await spool.retire([ref], alive=nobody)
        files.fail("unlink", errno.EIO)
        with pytest.raises(Temporary):
            await spool.sweep(nobody, grace_s=0, now_ms=clock.ms)
        for call in ("fsync-file", "writev", "rename", "fsync-directory"):
            files.fail(call, errno.ENOSPC)
            with pytest.raises(Temporary):
                await spool.quarantine(small.ref)
        assert await read(spool, record(small)) == octets(100)
        assert await read(spool, record(large)) == octets(50_000)
        assert (await spool.sweep(nobody, grace_s=0, now_ms=clock.ms)).removed == 2

    run(tmp_path, work)
