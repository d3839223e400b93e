"""A crash at every step, of the process and of the machine: what was acknowledged is there, and only that."""

import asyncio
import random
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import pytest

from plantin.core.model import DocumentRecord
from plantin.spool import MasterKey, Spool, SpoolCipher, SpoolLimits, Stored

from .contract import T0, HandClock, octets, read, record
from .faults import FaultyFiles, SimulatedCrash

LIMITS = SpoolLimits(bundled_octets=4096, hop_octets=10_000, free_floor=0, cache_octets=20_000, settle_s=600)


class Rows:
    """The store, as far as the spool is concerned: written after the spool has acknowledged."""

    def __init__(self) -> None:
        self.rows: dict[int, tuple[DocumentRecord, bytes]] = {}
        self.kept: list[str] = []

    def insert(self, number: int, stored: Stored, data: bytes) -> None:
        self.rows[number] = (record(stored, number), data)

    def alive(self, names: Sequence[str]) -> set[str]:
        return {row.spool.name for row, _ in self.rows.values() if row.spool is not None} & set(names)

    async def retire(self, spool: Spool, *numbers: int) -> None:
        """Rows first, then the files: the order of the product."""
        refs = [ref for number in numbers if (ref := self.rows.pop(number)[0].spool) is not None]
        await spool.retire(refs, alive=self.alive)


async def load(spool: Spool, rows: Rows, clock: HandClock) -> None:
    """A bit of everything; each document gets its row as soon as it is acknowledged."""

    async def put(number: int, size: int) -> None:
        data = octets(size, number)
        rows.insert(number, await spool.put(data), data)

    async def stream(number: int, size: int) -> None:
        data = octets(size, number)
        async with spool.intake() as intake:
            for at in range(0, size, 7_000):
                await intake.write(data[at : at + 7_000])
            rows.insert(number, await intake.finish(), data)

    await spool.start()
    await put(1, 3_000)
    await asyncio.gather(*(put(number, 1_000 * number) for number in (2, 3, 4)))
    await stream(5, 45_000)
    await stream(6, 30_000)
    clock.ms += 3_600_000
    await put(7, 2_000)
    await stream(8, 5_000)
    await rows.retire(spool, 1, 5)
    await rows.retire(spool, 3)
    damaged, _ = rows.rows.pop(6)
    assert damaged.spool is not None
    rows.kept.append(Path(await spool.quarantine(damaged.spool)).name)
    await put(9, 1_500)
    await asyncio.gather(put(12, 100), put(13, 0), put(14, 4_096))
    clock.ms += 120_000
    await spool.put(octets(3_000, 10))
    clock.ms += 86_400_000
    await put(11, 10)
    swept = await spool.sweep(rows.alive, grace_s=3_600, now_ms=clock.ms)
    assert (swept.removed, swept.octets) == (1, 4096)
    await spool.close()


async def check(root: Path, rows: Rows, cipher: SpoolCipher | None, cut: str) -> None:
    """Starts on what is left: every row has its document, and after a sweep nothing else remains."""
    async with Spool(root, limits=LIMITS, cipher=cipher, now_ms=HandClock()) as spool:
        for number, (row, data) in rows.rows.items():
            assert await read(spool, row) == data, f"document {number} after {cut}"
        await spool.sweep(rows.alive, grace_s=0, now_ms=T0 * 2)
        for row, data in rows.rows.values():
            assert await read(spool, row) == data
        names = {row.spool.name for row, _ in rows.rows.values() if row.spool is not None}
        assert (await spool.usage()).files == len(names)
        assert not [path for path in (root / "incoming").rglob("*") if path.is_file()]
        assert all((root / "quarantine" / name).stat().st_size >= 30_000 for name in rows.kept)
        assert (await spool.put(b"and on it goes")).octets == 14


def crash_at(step: int, place: Path, cipher: SpoolCipher | None) -> bool:
    """One life that ends at ``step``, and every way to come back; False when it ended by itself before."""
    base = place / str(step)
    base.mkdir(parents=True)
    files = FaultyFiles(base, crash_at=step)
    clock, rows = HandClock(), Rows()

    async def life() -> None:
        spool = Spool(base / "spool", limits=LIMITS, cipher=cipher, files=files, now_ms=clock)
        try:
            await load(spool, rows, clock)
        except SimulatedCrash:
            with suppress(SimulatedCrash):
                await spool.close()

    asyncio.run(life())
    crashed = files.crashed
    files.die()
    for seed in (None, 1, 2, 3):
        left = place / f"{step}-power-{seed}"
        left.mkdir()
        files.power_cut(left, None if seed is None else random.Random(f"{step} {seed}"))
        asyncio.run(check(left / "spool", rows, cipher, f"power cut {seed} at step {step}"))
    asyncio.run(check(base / "spool", rows, cipher, f"crash at step {step}"))
    return crashed


@pytest.mark.parametrize("cipher", [None, SpoolCipher([MasterKey(bytes(32))])], ids=["clear", "encrypted"])
def test_a_crash_at_every_step_loses_no_acknowledged_document(
    tmp_path: Path, cipher: SpoolCipher | None
) -> None:
    step = 0
    while crash_at(step, tmp_path, cipher):
        step += 1
    assert step > 60, "the load has fewer steps than it should"


class Careless(FaultyFiles):
    """Forgets one kind of fsync."""

    def __init__(self, base: Path, forgotten: str) -> None:
        super().__init__(base)
        self._forgotten = forgotten

    def fsync(self, fd: int) -> None:
        before = (dict(self._entries), dict(self._contents))
        super().fsync(fd)
        if self.trace[-1][0] == self._forgotten:
            self._entries, self._contents = before


def test_the_model_of_power_loss_sees_a_missing_fsync(tmp_path: Path) -> None:
    """The test of the test: without the fsync of directories, or of files, documents are lost."""
    for forgotten in ("fsync-directory", "fsync-file"):
        base = tmp_path / forgotten
        base.mkdir()
        files = Careless(base, forgotten)
        rows = Rows()

        async def life(files: FaultyFiles = files, rows: Rows = rows, base: Path = base) -> None:
            async with Spool(base / "spool", limits=LIMITS, files=files) as spool:
                rows.insert(1, await spool.put(b"precious"), b"precious")

        asyncio.run(life())
        left = tmp_path / f"{forgotten}-left"
        left.mkdir()
        files.power_cut(left)
        assert not any(path.read_bytes() == b"precious" for path in left.rglob("*.b"))
