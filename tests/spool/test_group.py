"""Group commit waits a moment for company, when there is some to be had."""

import asyncio
from pathlib import Path

import pytest

from plantin.spool import Spool, SpoolLimits

from .contract import octets, until
from .faults import FaultyFiles

SPACING_S = 1_000_000
LIMITS = SpoolLimits(free_floor=0, group_spacing_ms=SPACING_S * 1000)


class Groups:
    """A spool on a clock that the test moves: groups begin a very long time apart."""

    def __init__(self, spool: Spool, files: FaultyFiles, monkeypatch: pytest.MonkeyPatch) -> None:
        self.spool = spool
        self.files = files
        loop = asyncio.get_running_loop()
        self._time = loop.time
        self._shift = 0.0
        monkeypatch.setattr(loop, "time", lambda: self._time() + self._shift)

    async def put(self, count: int) -> list["asyncio.Task[object]"]:
        """So many documents; returns when they are queued."""
        tasks: list[asyncio.Task[object]] = [
            asyncio.ensure_future(self.spool.put(octets(100))) for _ in range(count)
        ]
        for _ in range(3):
            await asyncio.sleep(0)
        return tasks

    async def later(self, *tasks: "asyncio.Task[object]") -> None:
        self._shift += SPACING_S + 1
        await until(lambda: all(task.done() for task in tasks))

    @property
    def count(self) -> int:
        return sum(call == "write" for call, _ in self.files.trace[1:]) - 1


def test_documents_of_a_moment_share_a_group(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        files = FaultyFiles(tmp_path)
        async with Spool(tmp_path / "spool", limits=LIMITS, files=files) as spool:
            groups = Groups(spool, files, monkeypatch)
            groups._shift = SPACING_S
            await asyncio.gather(*await groups.put(1))
            assert groups.count == 1, "the first does not wait"
            for number in range(2, 6):
                tasks = await groups.put(1) + await groups.put(2) + await groups.put(1)
                assert not any(task.done() for task in tasks)
                assert groups.count == number - 1
                await groups.later(*tasks)
                assert groups.count == number

    asyncio.run(main())


def test_nobody_waits_for_company_that_does_not_come(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        files = FaultyFiles(tmp_path)
        async with Spool(tmp_path / "spool", limits=LIMITS, files=files) as spool:
            groups = Groups(spool, files, monkeypatch)
            groups._shift = SPACING_S
            await asyncio.gather(*await groups.put(1))
            for _ in range(2):
                waiting = await groups.put(3)
                assert not any(task.done() for task in waiting)
                await groups.later(*waiting)
            for _ in range(64):
                await asyncio.gather(*await groups.put(3))
            waiting = await groups.put(3)
            assert not any(task.done() for task in waiting), "it is tried again"
            await groups.later(*waiting)

    asyncio.run(main())
