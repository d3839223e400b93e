"""What every spool does, whatever it is made of. A test class per implementation gives the factory."""

import asyncio
import hashlib
import random
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace

import pytest

from plantin.core.errors import Refusal, SpoolDamaged, Temporary
from plantin.core.ids import DocumentId, JobId
from plantin.core.model import DocumentRecord, SpoolRef
from plantin.spool import DocumentSpool, SpoolLimits, Stored

KIB = 1024
T0 = 1_800_000_000_000
SMALL_LIMITS = SpoolLimits(document_octets=2_000_000, bundled_octets=8 * KIB, free_floor=0, ask_names=3)
"""Small enough that every path is taken by small documents."""


class HandClock:
    """Milliseconds that a test moves by hand."""

    def __init__(self) -> None:
        self.ms = T0

    def __call__(self) -> int:
        return self.ms


def record(stored: Stored, number: int = 1) -> DocumentRecord:
    """The row of a stored document."""
    return DocumentRecord(
        id=DocumentId(number),
        job=JobId(1),
        number=number,
        format="application/octet-stream",
        declared_format="",
        name="",
        octets=stored.octets,
        sha256=stored.sha256,
        spool=stored.ref,
        uri="",
        language="",
        attributes=b"",
        created_at=0,
    )


def octets(count: int, seed: int = 0) -> bytes:
    return random.Random(seed).randbytes(count)


async def read(spool: DocumentSpool, document: DocumentRecord) -> bytes:
    """By ``chunks``, and by ``small`` where it is."""
    pieces = [piece async for piece in spool.chunks(document)]
    assert all(0 < len(piece) <= 256 * KIB for piece in pieces)
    whole = b"".join(pieces)
    small = await spool.small(document)
    assert small is None or small == whole
    return whole


async def until(condition: Callable[[], bool]) -> None:
    """Lets the event loop run until it is so; for a minute at most."""
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110 (what the tests wait for has no event)
            await asyncio.sleep(0)


def nobody(names: Sequence[str]) -> set[str]:
    """No live document anywhere."""
    return set()


def everybody(names: Sequence[str]) -> set[str]:
    return set(names)


SIZES = (0, 1, 8 * KIB - 1, 8 * KIB, 8 * KIB + 1, 65_535, 65_536, 65_537, 262_144, 262_145, 1_500_000)


class SpoolContract(ABC):
    """Inherit, and say how to make one."""

    @abstractmethod
    def make(
        self, limits: SpoolLimits, now_ms: Callable[[], int]
    ) -> AbstractAsyncContextManager[DocumentSpool]:
        """A spool that is empty, and started on entering."""

    def run(self, work: Callable[[DocumentSpool, HandClock], Awaitable[None]]) -> None:
        async def main() -> None:
            clock = HandClock()
            async with self.make(SMALL_LIMITS, clock) as spool:
                await work(spool, clock)

        asyncio.run(main())

    @pytest.mark.parametrize("size", SIZES)
    def test_what_is_put_is_read(self, size: int) -> None:
        async def work(spool: DocumentSpool, clock: HandClock) -> None:
            data = octets(size)
            stored = await spool.put(data)
            assert (stored.octets, stored.sha256) == (size, hashlib.sha256(data).digest())
            assert SpoolRef.parse(str(stored.ref)) == stored.ref
            assert await read(spool, record(stored)) == data

        self.run(work)

    @pytest.mark.parametrize("size", SIZES)
    @pytest.mark.parametrize("step", [997, 70_000])
    def test_what_is_written_in_pieces_is_read(self, size: int, step: int) -> None:
        async def work(spool: DocumentSpool, clock: HandClock) -> None:
            data = octets(size, 1)
            async with spool.intake(size) as intake:
                for at in range(0, size, step):
                    await intake.write(data[at : at + step])
                assert intake.octets == size
                stored = await intake.finish()
            assert (stored.octets, stored.sha256) == (size, hashlib.sha256(data).digest())
            assert await read(spool, record(stored)) == data

        self.run(work)

    def test_put_takes_pieces(self) -> None:
        async def work(spool: DocumentSpool, clock: HandClock) -> None:
            for size in (5_000, 50_000):
                data = octets(size, 2)
                stored = await spool.put([data[:100], b"", data[100:]])
                assert await read(spool, record(stored)) == data

        self.run(work)

    def test_many_at_once(self) -> None:
        async def work(spool: DocumentSpool, clock: HandClock) -> None:
            datas = [octets(size, size) for size in range(0, 12_000, 61)]
            stored = await asyncio.gather(*(spool.put(data) for data in datas))
            assert len({str(each.ref) for each in stored if each.octets}) == len(datas) - 1
            for each, data in zip(stored, datas, strict=True):
                assert await read(spool, record(each)) == data

        self.run(work)

    def test_small_documents_that_arrive_together_share_a_file(self) -> None:
        async def work(spool: DocumentSpool, clock: HandClock) -> None:
            stored = await asyncio.gather(*(spool.put(octets(500, seed)) for seed in range(20)))
            assert len({each.ref.name for each in stored}) == 1
            large = await asyncio.gather(*(spool.put(octets(9_000, seed)) for seed in range(3)))
            assert len({each.ref.name for each in large}) == 3

        self.run(work)

    def test_names_sort_by_time(self) -> None:
        async def work(spool: DocumentSpool, clock: HandClock) -> None:
            names = []
            for size in (10, 20_000, 30, 10_000):
                clock.ms += 7 * 60_000
                names.append((await spool.put(octets(size))).ref.name)
            assert names == sorted(names)
            assert len({name.rpartition("/")[0] for name in names}) == 4 - 1 or len(names) == 4

        self.run(work)

    def test_small_is_none_for_what_is_not(self) -> None:
        async def work(spool: DocumentSpool, clock: HandClock) -> None:
            assert await spool.small(record(await spool.put(octets(8 * KIB)))) is not None
            assert await spool.small(record(await spool.put(octets(8 * KIB + 1)))) is None

        self.run(work)

    def test_document_limit_at_n_and_above(self) -> None:
        async def work(spool: DocumentSpool, clock: HandClock) -> None:
            most = SMALL_LIMITS.document_octets
            spool.admit(most)
            assert (await spool.put(octets(most))).octets == most
            with pytest.raises(Refusal) as refused:
                spool.admit(most + 1)
            assert refused.value.status == "client-error-request-entity-too-large"
            with pytest.raises(Refusal):
                await spool.put(octets(most + 1))
            with pytest.raises(Refusal):
                spool.intake(most + 1)
            intake = spool.intake()
            await intake.write(octets(most))
            with pytest.raises(Refusal):
                await intake.write(b"x")
            await self.only(spool, 1)

        self.run(work)

    async def only(self, spool: DocumentSpool, files: int) -> None:
        """Nothing else is left."""
        assert (await spool.usage()).files == files

    def test_aborted_intakes_leave_nothing(self) -> None:
        async def work(spool: DocumentSpool, clock: HandClock) -> None:
            for size in (100, 1_200_000):
                intake = spool.intake()
                await intake.write(octets(size))
                await intake.abort()
                await intake.abort()
                with pytest.raises(Temporary):
                    await intake.write(b"x")
                with pytest.raises(Temporary):
                    await intake.finish()
            with pytest.raises(ZeroDivisionError):
                async with spool.intake() as intake:
                    await intake.write(octets(1_200_000))
                    raise ZeroDivisionError
            await self.only(spool, 0)

        self.run(work)

    def test_abort_after_finish_does_nothing(self) -> None:
        async def work(spool: DocumentSpool, clock: HandClock) -> None:
            async with spool.intake() as intake:
                await intake.write(b"whole")
                stored = await intake.finish()
                await intake.abort()
            assert await spool.small(record(stored)) == b"whole"

        self.run(work)

    def test_what_does_not_match_is_damaged(self) -> None:
        async def work(spool: DocumentSpool, clock: HandClock) -> None:
            for size in (300, 700_000):
                document = record(await spool.put(octets(size)))
                assert document.spool is not None
                wrong = [
                    replace(document, sha256=bytes(32)),
                    replace(document, octets=size - 1),
                    replace(document, spool=None),
                    replace(document, spool=replace(document.spool, offset=document.spool.offset + 1)),
                    replace(document, spool=replace(document.spool, offset=-1)),
                    replace(
                        document, spool=replace(document.spool, name=document.spool.name.replace("0", "1"))
                    ),
                ]
                for each in wrong:
                    got = b""
                    with pytest.raises(SpoolDamaged):
                        async for piece in spool.chunks(each):
                            got += piece
                    assert len(got) < each.octets, "the last piece is never given"
                    if size == 300:
                        with pytest.raises(SpoolDamaged):
                            await spool.small(each)

        self.run(work)

    def test_retired_files_are_gone(self) -> None:
        async def work(spool: DocumentSpool, clock: HandClock) -> None:
            single = await spool.put(octets(9_000))
            retired = await spool.retire([single.ref], alive=nobody)
            assert (retired.files, retired.holes) == (1, 0)
            with pytest.raises(SpoolDamaged):
                await read(spool, record(single))
            again = await spool.retire([single.ref], alive=nobody)
            assert (again.files, again.holes) == (0, 0)

        self.run(work)

    def test_a_file_that_is_alive_stays(self) -> None:
        async def work(spool: DocumentSpool, clock: HandClock) -> None:
            data = octets(9_000)
            single = await spool.put(data)
            assert (await spool.retire([single.ref], alive=everybody)).files == 0
            assert await read(spool, record(single)) == data

        self.run(work)

    def test_a_bundle_stays_while_others_live_in_it(self) -> None:
        async def work(spool: DocumentSpool, clock: HandClock) -> None:
            datas = [octets(8_000, seed) for seed in range(5)]
            stored = await asyncio.gather(*(spool.put(data) for data in datas))
            clock.ms += 3_600_000
            asked: list[list[str]] = []

            async def alive(names: Sequence[str]) -> set[str]:
                asked.append(list(names))
                return set(names)

            retired = await spool.retire([stored[1].ref, stored[3].ref], alive=alive)
            assert asked == [[stored[0].ref.name]]
            assert retired.files == 0
            for index in (0, 2, 4):
                assert await read(spool, record(stored[index])) == datas[index]
            assert (await spool.retire([stored[0].ref], alive=nobody)).files == 1
            with pytest.raises(SpoolDamaged):
                await read(spool, record(stored[2]))

        self.run(work)

    def test_a_young_bundle_stays_since_rows_may_be_on_their_way(self) -> None:
        async def work(spool: DocumentSpool, clock: HandClock) -> None:
            first, second = await asyncio.gather(spool.put(octets(8_000)), spool.put(octets(8_000, 1)))
            clock.ms += (SMALL_LIMITS.bundle_age_s + SMALL_LIMITS.settle_s) * 1000 - 1
            assert (await spool.retire([first.ref], alive=nobody)).files == 0
            assert await read(spool, record(second)) == octets(8_000, 1)
            clock.ms += 1
            assert (await spool.retire([second.ref], alive=nobody)).files == 1

        self.run(work)

    def test_sweep_takes_old_orphans_only(self) -> None:
        async def work(spool: DocumentSpool, clock: HandClock) -> None:
            orphan = await spool.put(octets(9_000, 1))
            living = await spool.put(octets(9_000, 2))
            clock.ms += 100_000
            young = await spool.put(octets(9_000, 3))

            def alive(names: Sequence[str]) -> set[str]:
                return {living.ref.name} & set(names)

            swept = await spool.sweep(alive, grace_s=100, now_ms=clock.ms)
            assert swept.removed == 0
            swept = await spool.sweep(alive, grace_s=100, now_ms=clock.ms + 1)
            assert (swept.seen, swept.removed, swept.octets, swept.resume) == (2, 1, orphan.ref.size, "")
            assert await read(spool, record(living)) == octets(9_000, 2)
            assert await read(spool, record(young)) == octets(9_000, 3)
            with pytest.raises(SpoolDamaged):
                await read(spool, record(orphan))

        self.run(work)

    def test_sweep_goes_in_bounded_steps(self) -> None:
        async def work(spool: DocumentSpool, clock: HandClock) -> None:
            kept = set()
            for number in range(23):
                stored = await spool.put(octets(9_000, number))
                clock.ms += 240_000
                if number % 3 == 0:
                    kept.add(stored.ref.name)
            asked: list[str] = []

            def alive(names: Sequence[str]) -> set[str]:
                assert 0 < len(names) <= SMALL_LIMITS.ask_names
                asked.extend(names)
                return kept & set(names)

            after, removed, steps = "", 0, 0
            while steps == 0 or after:
                swept = await spool.sweep(alive, grace_s=0, now_ms=clock.ms, after=after, limit=5)
                assert swept.seen <= 5
                after, removed, steps = swept.resume, removed + swept.removed, steps + 1
            assert (removed, steps) == (23 - len(kept), 5)
            assert asked == sorted(set(asked)) and len(asked) == 23
            await self.only(spool, len(kept))

        self.run(work)

    def test_quarantine_keeps_the_document_and_spares_the_others(self) -> None:
        async def work(spool: DocumentSpool, clock: HandClock) -> None:
            one, two = await asyncio.gather(spool.put(octets(5_000, 1)), spool.put(octets(5_000, 2)))
            single = await spool.put(octets(10_000, 3))
            paths = {await spool.quarantine(one.ref), await spool.quarantine(single.ref)}
            assert len(paths) == 2
            assert await read(spool, record(two)) == octets(5_000, 2)
            with pytest.raises(SpoolDamaged):
                await read(spool, record(single))
            with pytest.raises(SpoolDamaged):
                await spool.quarantine(single.ref)
            assert (await spool.usage()).quarantined == 2
            await spool.retire([one.ref, single.ref], alive=nobody)
            clock.ms += 10**9
            await spool.sweep(nobody, grace_s=0, now_ms=clock.ms)
            assert (await spool.usage()).quarantined == 2

        self.run(work)

    def test_usage(self) -> None:
        async def work(spool: DocumentSpool, clock: HandClock) -> None:
            assert (await spool.usage()).files == 0
            await asyncio.gather(*(spool.put(octets(8_000, seed)) for seed in range(4)))
            await spool.put(octets(100_000))
            usage = await spool.usage()
            assert usage.files == 2
            assert 130_000 <= usage.octets <= 160_000
            assert 0 < usage.free <= usage.total

        self.run(work)

    def test_a_closed_spool_says_so(self) -> None:
        async def main() -> None:
            async with self.make(SMALL_LIMITS, HandClock()) as spool:
                pass
            for attempt in (lambda: spool.admit(1), spool.intake):
                with pytest.raises(Temporary) as refused:
                    attempt()
                assert refused.value.reason == "spool-closed"
            for size in (1, 9_000):
                with pytest.raises(Temporary):
                    await spool.put(bytes(size))

        asyncio.run(main())
