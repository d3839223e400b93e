"""What the local spool does beyond the contract: its directory, sharing it, back-pressure, cheap reads."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from plantin.core.errors import Permanent, SpoolDamaged, Temporary
from plantin.core.model import SpoolRef
from plantin.spool import Spool, SpoolLimits, Stored
from plantin.spool.layout import NAME, shard_of, time_of

from .contract import T0, HandClock, everybody, nobody, octets, read, record, until
from .faults import FaultyFiles

LIMITS = SpoolLimits(bundled_octets=4096, hop_octets=10_000, free_floor=0, settle_s=0, bundle_age_s=0)


def start_and_close(root: Path) -> None:
    async def main() -> None:
        async with Spool(root, limits=LIMITS):
            pass

    asyncio.run(main())


def modes(root: Path) -> set[tuple[bool, int]]:
    return {(path.is_dir(), path.stat().st_mode & 0o777) for path in [root, *root.rglob("*")]}


def test_everything_is_for_the_owner_only(tmp_path: Path) -> None:
    async def main() -> None:
        async with Spool(tmp_path / "spool", limits=LIMITS) as spool:
            await asyncio.gather(spool.put(b"small"), spool.put(octets(50_000)))
            unfinished = spool.intake()
            for _ in range(3):
                await unfinished.write(octets(9_000))
            assert modes(tmp_path / "spool") == {(True, 0o700), (False, 0o600)}

    asyncio.run(main())


@pytest.mark.parametrize(
    ("prepare", "said"),
    [
        (lambda root: root.mkdir(mode=0o750), "0750"),
        (lambda root: root.write_text("a file"), "not a directory"),
        (lambda root: (root.mkdir(mode=0o700), (root / "letters").mkdir()), "'letters'"),
        (lambda root: (root.mkdir(mode=0o700), (root / "format").write_text("plantin-spool 2\n")), "spool 2"),
        (lambda root: (root.mkdir(mode=0o700), (root / "format").write_text("")), "b''"),
    ],
    ids=["open to others", "file", "foreign", "newer", "empty marker"],
)
def test_what_is_no_spool_is_refused_untouched(
    tmp_path: Path, prepare: Callable[[Path], object], said: str
) -> None:
    root = tmp_path / "spool"
    prepare(root)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(Permanent) as refused:
        start_and_close(root)
    assert refused.value.reason == "spool-unusable"
    assert said in refused.value.text
    assert sorted(tmp_path.rglob("*")) == before


def test_a_missing_parent_is_said(tmp_path: Path) -> None:
    with pytest.raises(Temporary) as refused:
        start_and_close(tmp_path / "no" / "spool")
    assert "No such file" in refused.value.text


def test_an_empty_directory_becomes_a_spool_and_stays_one(tmp_path: Path) -> None:
    root = tmp_path / "spool"
    root.mkdir(mode=0o700)
    for _ in range(2):
        start_and_close(root)
        assert (root / "format").read_text() == "plantin-spool 1\n"
        assert sorted(path.name for path in root.iterdir()) == [
            "documents",
            "format",
            "incoming",
            "quarantine",
        ]
        assert list((root / "incoming").iterdir()) == []


def test_unfinished_files_of_the_dead_are_cleared_and_those_of_the_living_are_not(tmp_path: Path) -> None:
    root = tmp_path / "spool"

    async def main() -> None:
        async with Spool(root, limits=LIMITS) as first:
            dead = root / "incoming" / "00000000"
            dead.mkdir()
            (dead / "1").write_bytes(b"half a docu")
            intake = first.intake()
            data = octets(50_000)
            for at in range(0, len(data), 5_000):
                await intake.write(data[at : at + 5_000])
            async with Spool(root, limits=LIMITS) as second:
                assert not dead.exists()
                stored = await intake.finish()
                assert await read(second, record(stored)) == data
                names = {(await each.put(b"x")).ref.name for each in (first, second, first, second)}
                assert len(names) == 4

    asyncio.run(main())


def test_names_and_shards() -> None:
    assert shard_of(T0) == "20270115/0800"
    assert shard_of(T0 + 599_999) == "20270115/0800"
    assert shard_of(T0 + 600_000) == "20270115/0810"
    name = f"{shard_of(T0)}/{T0:012x}-00002a-01234567.b"
    assert NAME.fullmatch(name)
    assert time_of(name) == T0


@pytest.mark.parametrize(
    "name",
    [
        "",
        "../../etc/passwd",
        "20270115/0800/../../../format",
        "/etc/passwd",
        "20270115/0800/x.b",
        "format",
        "a\0b",
    ],
)
def test_names_that_are_not_ours_are_never_opened(tmp_path: Path, name: str) -> None:
    async def main() -> None:
        async with Spool(tmp_path / "spool", limits=LIMITS) as spool:
            ref = SpoolRef(name, 0, 5)
            with pytest.raises(SpoolDamaged):
                await spool.small(record(Stored(ref, 5, bytes(32))))
            with pytest.raises(SpoolDamaged):
                await spool.quarantine(ref)
            with pytest.raises(SpoolDamaged):
                await spool.retire([ref], alive=nobody)

    asyncio.run(main())


def test_a_clock_that_goes_back_does_not_disturb_the_order(tmp_path: Path) -> None:
    async def main() -> None:
        clock = HandClock()
        async with Spool(tmp_path / "spool", limits=LIMITS, now_ms=clock) as spool:
            names = []
            for _ in range(5):
                names.append((await spool.put(b"x")).ref.name)
                clock.ms -= 3_600_000
            assert names == sorted(set(names))

    asyncio.run(main())


def test_one_group_commit_has_one_fsync_of_a_file(tmp_path: Path) -> None:
    async def main() -> None:
        files = FaultyFiles(tmp_path)
        async with Spool(tmp_path / "spool", limits=LIMITS, files=files) as spool:
            await spool.put(b"the first of its shard")
            files.trace.clear()
            await asyncio.gather(*(spool.put(octets(1_000, seed)) for seed in range(200)))
        calls = [call for call, _ in files.trace]
        assert calls == ["create", "write", "fsync-file", "rename", "fsync-directory", "rmdir"]

    asyncio.run(main())


def test_a_group_has_bounds(tmp_path: Path) -> None:
    async def main() -> None:
        for limits in (
            SpoolLimits(free_floor=0, bundle_octets=1, group_documents=10),
            SpoolLimits(free_floor=0, bundle_octets=1, group_octets=10_000),
        ):
            async with Spool(tmp_path / "spool", limits=limits) as spool:
                stored = await asyncio.gather(*(spool.put(octets(1_000, seed)) for seed in range(35)))
                names = [each.ref.name for each in stored]
                assert sorted(names.count(name) for name in set(names)) == [5, 10, 10, 10]

    asyncio.run(main())


def test_too_much_waiting_is_refused(tmp_path: Path) -> None:
    async def main() -> None:
        limits = SpoolLimits(free_floor=0, waiting_octets=10_000)
        files = FaultyFiles(tmp_path)
        async with Spool(tmp_path / "spool", limits=limits, files=files) as spool:
            files.gate.clear()
            waiting = [asyncio.ensure_future(spool.put(bytes(5_000))) for _ in range(2)]
            await asyncio.sleep(0)
            with pytest.raises(Temporary) as refused:
                await spool.put(b"x")
            assert refused.value.reason == "spool-busy"
            files.gate.set()
            await asyncio.gather(*waiting)
            assert (await spool.put(bytes(10_000))).octets == 10_000

    asyncio.run(main())


def test_a_slow_disk_holds_the_stream_back(tmp_path: Path) -> None:
    async def main() -> None:
        files = FaultyFiles(tmp_path)
        async with Spool(tmp_path / "spool", limits=LIMITS, files=files) as spool:
            files.gate.clear()
            data = octets(500_000)

            async def send() -> Stored:
                async with spool.intake() as intake:
                    for at in range(0, len(data), 3_000):
                        await intake.write(data[at : at + 3_000])
                    return await intake.finish()

            sending = asyncio.ensure_future(send())
            for _ in range(1_000):
                await asyncio.sleep(0)
            assert 10_000 <= spool.buffered <= 2 * (LIMITS.hop_octets + 3_000)
            assert not sending.done()
            files.gate.set()
            assert await read(spool, record(await sending)) == data
            assert spool.buffered == 0

    asyncio.run(main())


def test_many_small_streams_go_to_disk_when_memory_is_short(tmp_path: Path) -> None:
    async def main() -> None:
        limits = SpoolLimits(free_floor=0, memory_octets=20_000, settle_s=0, bundle_age_s=0)
        async with Spool(tmp_path / "spool", limits=limits) as spool:
            datas = [octets(9_000, seed) for seed in range(40)]
            intakes = [spool.intake() for _ in datas]
            for at in range(0, 9_000, 1_000):
                for intake, data in zip(intakes, datas, strict=True):
                    await intake.write(data[at : at + 1_000])
                    assert spool.buffered <= limits.memory_octets + 1_000
            for intake, data in zip(intakes, datas, strict=True):
                assert await read(spool, record(await intake.finish())) == data
            assert spool.buffered == 0

    asyncio.run(main())


def test_a_canceled_put_disturbs_nobody(tmp_path: Path) -> None:
    async def main() -> None:
        files = FaultyFiles(tmp_path)
        async with Spool(tmp_path / "spool", limits=LIMITS, files=files) as spool:
            files.gate.clear()
            puts = [asyncio.ensure_future(spool.put(octets(1_000, seed))) for seed in range(3)]
            await asyncio.sleep(0)
            puts[1].cancel()
            files.gate.set()
            stored = await asyncio.gather(*puts, return_exceptions=True)
            assert isinstance(stored[1], asyncio.CancelledError)
            for index in (0, 2):
                each = stored[index]
                assert isinstance(each, Stored)
                assert await read(spool, record(each)) == octets(1_000, index)

    asyncio.run(main())


def test_a_canceled_stream_leaves_nothing(tmp_path: Path) -> None:
    async def main() -> None:
        files = FaultyFiles(tmp_path)
        async with Spool(tmp_path / "spool", limits=LIMITS, files=files) as spool:
            files.gate.clear()

            async def send() -> None:
                async with spool.intake() as intake:
                    while True:
                        await intake.write(octets(9_000))

            sending = asyncio.ensure_future(send())
            for _ in range(100):
                await asyncio.sleep(0)
            sending.cancel()
            await asyncio.sleep(0)
            files.gate.set()
            with pytest.raises(asyncio.CancelledError):
                await sending
            assert spool.buffered == 0
            assert (await spool.usage()).files == 0
        assert list((tmp_path / "spool" / "incoming").iterdir()) == []

    asyncio.run(main())


def test_a_finish_that_is_canceled_leaves_an_orphan_at_most(tmp_path: Path) -> None:
    async def main() -> None:
        files = FaultyFiles(tmp_path)
        async with Spool(tmp_path / "spool", limits=LIMITS, files=files) as spool:
            intake = spool.intake()
            await intake.write(octets(50_000))
            await intake.write(octets(50_000))
            finishing = asyncio.ensure_future(intake.finish())
            await until(lambda: spool.buffered == 0)
            files.gate.clear()
            finishing.cancel()
            aborting = asyncio.ensure_future(intake.abort())
            await asyncio.sleep(0)
            files.gate.set()
            await aborting
            with pytest.raises(asyncio.CancelledError):
                await finishing
            assert (await spool.usage()).files <= 1
        assert files.open_now() == []
        assert list((tmp_path / "spool" / "incoming").iterdir()) == []

    asyncio.run(main())


def test_close_under_load(tmp_path: Path) -> None:
    async def main() -> None:
        files = FaultyFiles(tmp_path)
        spool = Spool(tmp_path / "spool", limits=LIMITS, files=files)
        await spool.start()
        rows: list[Stored] = []

        async def send(size: int) -> None:
            while True:
                async with spool.intake() as intake:
                    for _ in range(size // 5_000):
                        await intake.write(octets(5_000))
                    rows.append(await intake.finish())

        senders = [asyncio.ensure_future(send(size)) for size in (5_000, 5_000, 60_000, 300_000)]
        await until(lambda: len(rows) >= 50)
        await spool.close()
        ends = await asyncio.gather(*senders, return_exceptions=True)
        assert all(isinstance(end, Temporary) and end.reason == "spool-closed" for end in ends), ends
        assert files.open_now() == []
        assert list((tmp_path / "spool" / "incoming").iterdir()) == []
        async with Spool(tmp_path / "spool", limits=LIMITS) as again:
            for stored in rows:
                assert await again.small(record(stored)) != b""
                assert len(await read(again, record(stored))) == stored.octets

    asyncio.run(main())


def test_close_finishes_what_was_put_and_aborts_intakes(tmp_path: Path) -> None:
    async def main() -> None:
        spool = Spool(tmp_path / "spool", limits=LIMITS)
        await spool.start()
        intake = spool.intake()
        for _ in range(3):
            await intake.write(octets(9_000))
        put = asyncio.ensure_future(spool.put(b"in time"))
        await asyncio.sleep(0)
        await spool.close()
        assert (await put).octets == 7
        with pytest.raises(Temporary):
            await intake.write(b"late")
        with pytest.raises(Temporary):
            await spool.usage()
        await spool.close()
        assert list((tmp_path / "spool" / "incoming").iterdir()) == []

    asyncio.run(main())


def test_recent_bundles_are_read_without_opening_them(tmp_path: Path) -> None:
    async def main() -> None:
        files = FaultyFiles(tmp_path)
        limits = SpoolLimits(free_floor=0, open_bundles=2, settle_s=0, bundle_age_s=0)
        clock = HandClock()
        async with Spool(tmp_path / "spool", limits=limits, files=files, now_ms=clock) as spool:
            stored = [await spool.put(octets(1_000, seed)) for seed in range(3)]
            for each in [*reversed(stored), stored[0]]:  # the first is opened once, and then stays open
                assert await spool.small(record(each)) == octets(1_000, stored.index(each))
            opened = [path for path in files.opens if path.endswith(".b")]
            assert [path.endswith(stored[0].ref.name) for path in opened] == [True]
            clock.ms += 1
            await spool.retire([stored[2].ref], alive=nobody)
            with pytest.raises(SpoolDamaged):
                await spool.small(record(stored[2]))

    asyncio.run(main())


def test_retired_octets_in_a_living_bundle_are_given_back(tmp_path: Path) -> None:
    async def main() -> None:
        async with Spool(tmp_path / "spool", limits=SpoolLimits(free_floor=0)) as spool:
            stored = await asyncio.gather(*(spool.put(octets(100_001, seed)) for seed in range(6)))
            path = tmp_path / "spool" / "documents" / stored[0].ref.name
            before = os.stat(path)
            retired = await spool.retire([each.ref for each in stored[1:5]], alive=everybody)
            assert (retired.files, retired.holes) == (0, 4)
            after = os.stat(path)
            assert after.st_size == before.st_size
            assert (before.st_blocks - after.st_blocks) * 512 >= 4 * (100_001 - 2 * 4096)
            for index in (0, 5):
                assert await read(spool, record(stored[index])) == octets(100_001, index)
            for index in (1, 4):
                with pytest.raises(SpoolDamaged):
                    await read(spool, record(stored[index]))

    asyncio.run(main())


def test_where_holes_cannot_be_punched_the_bundle_just_stays(tmp_path: Path) -> None:
    class Plain(FaultyFiles):
        def punch_hole(self, fd: int, offset: int, octets: int) -> bool:
            return False

    async def main() -> None:
        async with Spool(tmp_path / "spool", limits=LIMITS, files=Plain(tmp_path)) as spool:
            one, two = await asyncio.gather(spool.put(octets(4_000)), spool.put(octets(4_000, 1)))
            retired = await spool.retire([one.ref], alive=everybody)
            assert (retired.files, retired.holes) == (0, 0)
            assert await read(spool, record(two)) == octets(4_000, 1)

    asyncio.run(main())


def test_sweep_walks_many_files_in_steps_and_removes_empty_directories(tmp_path: Path) -> None:
    async def main() -> None:
        clock = HandClock()
        async with Spool(tmp_path / "spool", limits=SpoolLimits(free_floor=0), now_ms=clock) as spool:
            await spool.put(b"x")
            day = tmp_path / "spool" / "documents"
            names = [
                f"{shard_of(at)}/{at:012x}-{number:06x}-01234567.d"
                for number in range(3_000)
                for at in [T0 + number * 60_000]
            ]
            for name in names:
                os.makedirs(os.path.dirname(day / name), exist_ok=True)
                (day / name).touch()
            (day / shard_of(T0) / "a stranger").touch()
            kept = set(names[::1000])
            clock.ms = T0 + 10 * 86_400_000
            last = await spool.put(b"y")
            kept.add(last.ref.name)

            def alive(asked: Sequence[str]) -> set[str]:
                assert len(asked) <= 500
                return kept & set(asked)

            after, steps, removed = "", 0, 0
            while after or not steps:
                swept = await spool.sweep(alive, grace_s=60, now_ms=clock.ms, after=after, limit=700)
                after, steps, removed = swept.resume, steps + 1, removed + swept.removed
            assert (steps, removed) == (5, 3_001 - 3)
            for _ in range(2):
                await spool.sweep(alive, grace_s=60, now_ms=clock.ms)
            left = {str(path.relative_to(day)) for path in day.rglob("*") if path.is_file()}
            assert left == kept | {f"{shard_of(T0)}/a stranger"}
            shards = {str(path.relative_to(day)) for path in day.glob("*/*")}
            assert shards == {os.path.dirname(name) for name in left}
            assert len(list(day.iterdir())) == len({shard[:8] for shard in shards})

    asyncio.run(main())


def test_a_reader_that_leaves_early_leaves_nothing_open(tmp_path: Path) -> None:
    async def main() -> None:
        files = FaultyFiles(tmp_path)
        async with Spool(tmp_path / "spool", limits=LIMITS, files=files) as spool:
            document = record(await spool.put(octets(3_000_000)))
            chunks = spool.chunks(document)
            async for piece in chunks:
                assert piece == octets(3_000_000)[: len(piece)]
                break
            await chunks.aclose()
        assert files.open_now() == []

    asyncio.run(main())


def test_several_processes_may_make_a_new_spool_at_once(tmp_path: Path) -> None:
    script = (
        "import asyncio, sys; from pathlib import Path; from plantin.spool import Spool\n"
        "async def main():\n"
        "    sys.stdin.readline()\n"
        "    async with Spool(Path(sys.argv[1])) as spool:\n"
        "        await spool.put(b'x')\n"
        "asyncio.run(main())"
    )
    for attempt in range(3):
        root = tmp_path / f"spool{attempt}"
        makers = [
            subprocess.Popen(
                [sys.executable, "-c", script, str(root)],
                stdin=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            for _ in range(4)
        ]
        for maker in makers:
            assert maker.stdin is not None
            maker.stdin.write("go\n")
            maker.stdin.flush()
        said = [maker.communicate(timeout=60)[1] for maker in makers]
        assert [maker.returncode for maker in makers] == [0] * 4, said
