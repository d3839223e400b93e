"""The disk is full: clients are told so, what was accepted survives and prints, and it passes by itself."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.crash import audit, oracle, processes, work
from tests.crash.clients import Connection, Wish
from tests.crash.devices import Device
from tests.crash.poll import DEADLINE_S, until
from tests.crash.volume import Volume, small_volume
from tests.crash.world import World
from tests.peers.plantin import Plantin

TEMPORARY_ERROR = 0x0505
FULL_S = 2.0
pytestmark = pytest.mark.timeout(600)  # the machine may be busy with all the other tests


class Story:
    """A server on a small volume, one device that is off at first, and a client."""

    def __init__(self, volume: Volume) -> None:
        settings = f"[spool]\nfree_floor_octets = {volume.floor}\n[queue]\nretry_max_s = 1.0\n"
        self.volume = volume
        self.server = Plantin(volume.folder, settings=settings)
        self.device = Device()
        self.wishes: dict[int, Wish] = {}
        self._connection = Connection(self.server.port)

    async def print(self, number: int, operation: int = work.PRINT_JOB) -> work.Answer:
        """Print-Job, or Create-Job and Send-Document until one is refused; the last answer."""
        wish = self.wishes[number] = Wish(number, "q", operation)
        papers = (work.document(number),)
        if operation == work.PRINT_JOB:
            answer = await self._connection.ask(work.print_job("q", number), *papers)
        else:
            answer = await self._connection.ask(work.create_job("q", number))
            if answer.ok:
                wish.job_id = answer.job_id
                ipp = work.send_document("q", wish.job_id, last=True)
                answer = await self._connection.ask(ipp, *papers)
        if answer.ok:
            wish.job_id = wish.job_id or answer.job_id
            wish.acknowledged = True
        return answer

    async def _until_said(self, *, full: bool) -> None:
        """The free space is looked at every second or so; then printer-state-reasons has it."""
        request = work.get_printer_attributes("q")
        async with asyncio.timeout(DEADLINE_S):
            while True:
                if (b"spool-area-full" in (await self._connection.ask(request)).body) is full:
                    return
                await asyncio.sleep(0.1)

    async def tell(self) -> None:
        """From beginning to end."""
        try:
            await self._tell()
        finally:
            if self.server.daemon is not None:
                self.server.kill()
            self._connection.close()
            await self.device.close()

    async def _tell(self) -> None:
        await asyncio.to_thread(self.server.add_queue, "q", self.device.uri)
        await asyncio.to_thread(self.server.start)
        for number in range(1, 6):
            assert (await self.print(number)).ok
        await self._until_said(full=False)

        self.volume.fill(leave=self.volume.floor // 2)
        await self._until_refused(100)
        for number, operation in enumerate((work.PRINT_JOB, work.CREATE_JOB) * 2, 200):
            answer = await self.print(number, operation)
            assert answer.status == TEMPORARY_ERROR, f"{answer.status:#06x} {answer.message}"
            assert "the spool area is full" in answer.message
        await self._until_said(full=True)

        await self.device.start()
        await until("what was accepted prints", lambda: set(range(1, 6)) <= set(self.device.whole()))

        self.volume.fill()
        await asyncio.to_thread(processes.kill, self.server, processes.SUPERVISOR)
        await asyncio.to_thread(self.server.start)  # on a full disk, too
        self._connection.close()
        assert (await self.print(250)).status == TEMPORARY_ERROR

        self.volume.empty()
        await self._until_taken(300)
        await self._until_said(full=False)
        await until("all is printed", lambda: not audit.waiting(self.server.data))
        assert await asyncio.to_thread(self.server.stop) == 0

    async def _until_refused(self, number: int) -> None:
        async with asyncio.timeout(DEADLINE_S):
            while (await self.print(number)).ok:
                number += 1

    async def _until_taken(self, number: int) -> None:
        async with asyncio.timeout(DEADLINE_S):
            while not (await self.print(number)).ok:
                number += 1


def _judge(data: Path, story: Story) -> None:
    verdict = oracle.check(data, story.wishes, {"q": story.device}, ("q",))
    assert verdict.faults == []


def test_no_space_for_documents(tmp_path: Path) -> None:
    with small_volume(tmp_path / "data") as volume:
        story = Story(volume)
        asyncio.run(story.tell())
        _judge(volume.folder, story)


async def _full_under_load(world: World, volume: Volume) -> None:
    async with world.running():
        for _ in range(2):
            await world.clients.progress(20)
            volume.fill()
            await asyncio.sleep(FULL_S)
            volume.empty()
        await world.clients.progress(20)
        await world.finish()


def test_not_an_octet_left_for_anything(tmp_path: Path) -> None:
    with small_volume(tmp_path / "data") as volume:
        world = World(tmp_path, seed=1)
        world.server.env["PLANTIN_SPOOL_FREE_FLOOR_OCTETS"] = "0" if volume.private else str(volume.floor)
        asyncio.run(_full_under_load(world, volume))
        verdict = world.judge()
    assert verdict.faults == [], f"{verdict}: {verdict.faults[:5]}"
    assert world.clients.refused, "nobody was told that the disk is full"
    assert [one for one in world.clients.refused if f"{TEMPORARY_ERROR:#06x}" not in one] == []
    assert [one for one in world.clients.refused if " full" not in one] == []
    log = world.server.log.read_text()
    assert "Traceback" not in log, world.server.log_tail(200)
