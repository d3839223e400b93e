"""Bundles that are appended to: each group is as durable as the first, and harms none before it."""

import asyncio
import errno
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from plantin.core.errors import Temporary
from plantin.spool import Spool, SpoolLimits, Stored

from .contract import HandClock, nobody, octets, read, record
from .faults import FaultyFiles

LIMITS = SpoolLimits(free_floor=0, bundle_octets=100_000, bundle_age_s=60)


def run(tmp_path: Path, work: Callable[[Spool, FaultyFiles, HandClock], Awaitable[None]]) -> None:
    async def main() -> None:
        files, clock = FaultyFiles(tmp_path), HandClock()
        async with Spool(tmp_path / "spool", limits=LIMITS, files=files, now_ms=clock) as spool:
            await work(spool, files, clock)
        assert files.open_now() == []

    asyncio.run(main())


async def group(spool: Spool, *sizes: int) -> list[Stored]:
    return await asyncio.gather(*(spool.put(octets(size)) for size in sizes))


async def intact(spool: Spool, stored: list[Stored]) -> None:
    for each in stored:
        assert await read(spool, record(each)) == octets(each.octets)


def test_later_groups_cost_a_write_and_an_fsync(tmp_path: Path) -> None:
    async def work(spool: Spool, files: FaultyFiles, clock: HandClock) -> None:
        stored = await group(spool, 1_000, 0, 5_000)
        files.trace.clear()
        stored += await group(spool, 100, 200)
        assert [call for call, _ in files.trace] == ["write", "fsync-file"]
        assert len({each.ref.name for each in stored}) == 1
        await intact(spool, stored)

    run(tmp_path, work)


def test_groups_share_no_block(tmp_path: Path) -> None:
    async def work(spool: Spool, files: FaultyFiles, clock: HandClock) -> None:
        taken: set[int] = set()
        for sizes in ((1,), (4_095, 1), (4_096,), (4_097, 0), (10,)):
            stored = await group(spool, *sizes)
            first = min(each.ref.offset for each in stored) // 4096
            past = max(each.ref.offset + each.ref.size for each in stored)
            blocks = set(range(first, -(-past // 4096)))
            assert not blocks & taken
            taken |= blocks

    run(tmp_path, work)


def test_a_bundle_ends_when_it_is_full_or_old(tmp_path: Path) -> None:
    async def work(spool: Spool, files: FaultyFiles, clock: HandClock) -> None:
        names = []
        for size, later in ((50_000, 0), (50_000, 0), (1, 59_999), (1, 0), (1, 1), (1, 0)):
            names += [each.ref.name for each in await group(spool, size)]
            clock.ms += later
        assert [names.index(name) for name in names] == [0, 0, 2, 2, 2, 5]

    run(tmp_path, work)


@pytest.mark.parametrize("call", ["writev", "fsync-file"])
@pytest.mark.parametrize("number", [errno.EIO, errno.ENOSPC], ids=["EIO", "ENOSPC"])
def test_a_failed_append_spares_the_groups_before_it(tmp_path: Path, call: str, number: int) -> None:
    async def work(spool: Spool, files: FaultyFiles, clock: HandClock) -> None:
        stored = await group(spool, 1_000, 2_000)
        stored += await group(spool, 3_000)
        files.fail(call, number)
        failed = await asyncio.gather(spool.put(b"x"), spool.put(b"y"), return_exceptions=True)
        assert all(isinstance(each, Temporary) for each in failed)
        await intact(spool, stored)
        files.trace.clear()
        after = await group(spool, 4_000)
        assert after[0].ref.name != stored[0].ref.name
        assert not [about for _, about in files.trace if about.endswith(stored[0].ref.name)]
        await intact(spool, stored + after)
        names = {each.ref.name for each in stored + after}
        assert (await spool.sweep(names.intersection, grace_s=0, now_ms=clock.ms * 2)).removed == 0

    run(tmp_path, work)


def test_a_disk_that_fills_up_in_an_append(tmp_path: Path) -> None:
    async def work(spool: Spool, files: FaultyFiles, clock: HandClock) -> None:
        stored = await group(spool, 1_000)
        files.fail("writev", 0, partial=3_500)
        files.fail("writev", errno.ENOSPC)
        files.faults[-1].first += 1
        results = await asyncio.gather(
            *(spool.put(octets(size)) for size in (2_000, 1_000, 1_000, 10)), return_exceptions=True
        )
        kept = [each for each in results if isinstance(each, Stored)]
        assert [isinstance(each, Stored) for each in results] == [True, True, False, False]
        assert {each.ref.name for each in kept} == {stored[0].ref.name}
        after = await group(spool, 10)
        assert after[0].ref.name != stored[0].ref.name
        await intact(spool, stored + kept + after)

    run(tmp_path, work)


@pytest.mark.parametrize("harm", ["removed", "cut", "grown"])
def test_a_bundle_that_somebody_touched_is_left_alone(tmp_path: Path, harm: str) -> None:
    async def work(spool: Spool, files: FaultyFiles, clock: HandClock) -> None:
        (first,) = await group(spool, 5_000)
        path = tmp_path / "spool" / "documents" / first.ref.name
        if harm == "removed":
            path.unlink()
        else:
            with path.open("r+b") as file:
                file.truncate(100 if harm == "cut" else 100_000)
        (second,) = await group(spool, 100)
        assert second.ref.name != first.ref.name
        await intact(spool, [second])

    run(tmp_path, work)


def test_a_bundle_removed_during_a_commit_acknowledges_nothing(tmp_path: Path) -> None:
    async def work(spool: Spool, files: FaultyFiles, clock: HandClock) -> None:
        (first,) = await group(spool, 5_000)
        files.gate.clear()
        files.came.clear()
        put = asyncio.ensure_future(spool.put(b"x"))
        assert await asyncio.to_thread(files.came.wait, 60)
        (tmp_path / "spool" / "documents" / first.ref.name).unlink()
        files.gate.set()
        with pytest.raises(Temporary) as refused:
            await put
        assert "removed" in refused.value.text

    run(tmp_path, work)


def test_a_bundle_that_may_grow_is_not_removed(tmp_path: Path) -> None:
    async def work(spool: Spool, files: FaultyFiles, clock: HandClock) -> None:
        (first,) = await group(spool, 5_000)
        clock.ms += 59_000
        assert (await spool.sweep(nobody, grace_s=0, now_ms=clock.ms)).removed == 0
        assert (await spool.retire([first.ref], alive=nobody)).files == 0
        (second,) = await group(spool, 100)
        assert second.ref.name == first.ref.name
        clock.ms += 1_001
        assert (await spool.sweep(nobody, grace_s=0, now_ms=clock.ms)).removed == 1
        (third,) = await group(spool, 100)
        assert third.ref.name != first.ref.name
        await intact(spool, [third])

    run(tmp_path, work)
