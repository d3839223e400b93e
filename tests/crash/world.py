"""One run: a real server, devices that know what they should get, clients that never pause, and SIGKILL."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from tests.crash import audit, oracle, processes, work
from tests.crash.clients import Clients, Connection
from tests.crash.devices import Device
from tests.crash.oracle import Verdict
from tests.crash.poll import until
from tests.peers.plantin import Plantin

CLIENTS = 6
SETTLE_S = 120.0
SETTINGS = "[spool]\nfree_floor_octets = 0\n[queue]\nretry_first_s = 0.2\nretry_max_s = 1.0\n"
QUEUES: dict[str, tuple[str, ...]] = {
    "plain": ("fast",),
    "twin": ("fast",),  # a second queue for the same device
    "slow": ("slow",),
    "pool": ("pool1", "pool2"),
    "again": ("again",),  # its unknown jobs are printed again
    "secure": ("fast",),  # held until all the crashes are over
}
ORDERED = ("fast", "slow")
_KILLS: Sequence[str] = (
    processes.SUPERVISOR,
    processes.QUEUE,
    processes.ALL,
    processes.FRONTEND,
    processes.SUPERVISOR,
    processes.QUEUE,
)


class World:
    """A run is the same for the same seed as far as chance is ours: the moments are the machine's."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.server = Plantin(folder / "data", settings=SETTINGS)
        self.devices = {
            "fast": Device(),
            "slow": Device(pace_s=0.01, receive_octets=16_384),
            "pool1": Device(pace_s=0.002),
            "pool2": Device(pace_s=0.01),
            "again": Device(pace_s=0.005),
        }
        self.clients = Clients(self.server.port, list(QUEUES), seed)
        self._dice = random.Random(seed)

    def add_queues(self) -> None:
        """Make the devices and the queues, before the server starts."""
        for name, device in self.devices.items():
            self.server("device", "add", name, "--uri", device.uri).check()
        for name, members in QUEUES.items():
            words = [word for member in members for word in ("--device", member)]
            mode = "hold" if name == "secure" else "direct"
            self.server("queue", "add", name, *words, "--mode", mode).check()
        self.server("queue", "set", "again", "--unknown-policy", "retry").check()

    @contextlib.asynccontextmanager
    async def running(self, clients: int = CLIENTS) -> AsyncIterator[None]:
        """Devices, server and clients at work."""
        for device in self.devices.values():
            await device.start()
        await asyncio.to_thread(self.add_queues)
        await asyncio.to_thread(self.server.start)
        load = asyncio.create_task(self.clients.run(clients))
        try:
            yield
        finally:
            self.clients.stop()
            await asyncio.wait([load])
            if self.server.running.alive():
                await asyncio.to_thread(self.server.kill)
            for device in self.devices.values():
                await device.close()
        load.result()

    async def run(self, kills: int, clients: int = CLIENTS) -> None:
        """So many kills under load, then quiet."""
        async with self.running(clients):
            await self.clients.progress(5)
            for turn in range(kills):
                await asyncio.sleep(0.1 + self._dice.random() * 1.4)
                await self._kill(_KILLS[turn % len(_KILLS)])
                await self.clients.progress()
            await self.finish()

    async def finish(self) -> None:
        """No more jobs; wait until all are settled, print the held ones, stop in order."""
        self.clients.stop()
        await self._settled()
        await self._release()
        await self._settled()
        code = await asyncio.to_thread(self.server.stop)
        assert code == 0, f"the server ended with {code}\n{self.server.log_tail()}"

    def judge(self) -> Verdict:
        """What a run left behind."""
        return oracle.check(self.server.data, self.clients.wishes, self.devices, ORDERED)

    async def _kill(self, what: str) -> None:
        pid = await asyncio.to_thread(processes.kill, self.server, what)
        if what in (processes.FRONTEND, processes.QUEUE):
            await asyncio.to_thread(processes.wait_restarted, self.server, what, pid)
        else:
            await asyncio.to_thread(self.server.start)

    async def _release(self) -> None:
        """Every held job that was acknowledged waits, and prints now."""
        wishes = [wish for wish in self.clients.wishes.values() if wish.queue == "secure"]
        numbers = {wish.number for wish in wishes}
        came = [one.number for device in self.devices.values() for one in device.arrivals]
        assert not numbers.intersection(came), "a held job came to a device"
        connection = Connection(self.server.port)
        for wish in wishes:
            if wish.acknowledged:
                answer = await connection.ask(work.release_job("secure", wish.job_id))
                assert answer.ok, f"job {wish.job_id} can't be released: {answer.message}"
        connection.close()

    async def _settled(self) -> None:
        """Wait until nothing is left to be done."""
        await until(
            "every job is settled",
            lambda: not (audit.waiting(self.server.data) or any(one.open for one in self.devices.values())),
            SETTLE_S,
        )
