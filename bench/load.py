"""The load: closed loop (clients that wait for their answers) and open loop (a fixed rate)."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from bench.connection import Connection, Refused
from bench.devices import Devices
from bench.requests import document, filling, print_job

_numbers = itertools.count(1)


@dataclass
class Run:
    """What one run of load did. Times are seconds."""

    acknowledged: set[int] = field(default_factory=set)
    delays: list[float] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    sending: float = 0.0
    total: float = 0.0
    lost: int = 0
    twice: int = 0

    @property
    def rate(self) -> float:
        """Jobs per second until the last octet arrived at the devices."""
        return len(self.acknowledged) / self.total if self.total else 0.0

    @property
    def acknowledge_rate(self) -> float:
        """Jobs acknowledged per second while sending."""
        return len(self.acknowledged) / self.sending if self.sending else 0.0

    def delay(self, share: float) -> float:
        """The delay that this share of the requests stayed within."""
        ordered = sorted(self.delays)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


class Load:
    """Print-Job requests to the queues of one server, their documents verified at the devices."""

    def __init__(
        self,
        port: int,
        queues: Sequence[str],
        devices: Devices,
        octets: int = 50_000,
        parts: tuple[Callable[[int], bytes], bytes] | None = None,
    ) -> None:
        """`parts`: what makes the beginning of a document of its number, and all that follows."""
        self.port = port
        self.devices = devices
        self._document, self._filling = parts or (document, filling(octets))
        self._heads = itertools.cycle([print_job(queue, octets) for queue in queues])
        self._octets = octets

    async def _print(self, connection: Connection, run: Run, due: float) -> None:
        number = next(_numbers)
        status = await connection.ask((next(self._heads), self._document(number), self._filling))
        if status < 0x0100:
            run.acknowledged.add(number)
            run.delays.append(time.perf_counter() - due)
        else:
            run.refused.append(f"status {status:#06x}")

    async def closed_loop(self, clients: int, seconds: float) -> Run:
        """`clients` clients for that long, then wait for the devices."""
        run = Run()
        self.devices.clear()
        self.devices.expected_octets = self._octets
        start = time.perf_counter()
        end = start + seconds

        async def client() -> None:
            connection = Connection()
            await connection.open(self.port)
            while (now := time.perf_counter()) < end:
                try:
                    if connection.closed:
                        connection = Connection()
                        await connection.open(self.port)
                    await self._print(connection, run, now)
                except (Refused, OSError) as error:
                    run.refused.append(str(error))
                    await asyncio.sleep(0.05)
            connection.close()

        await asyncio.gather(*(client() for _ in range(clients)))
        run.sending = time.perf_counter() - start
        await self._settle(run, start)
        return run

    async def open_loop(self, rate: float, seconds: float) -> Run:
        """Start a request every 1/rate seconds whatever the answers do; delays count from the due time."""
        run = Run()
        self.devices.clear()
        self.devices.expected_octets = self._octets
        idle: list[Connection] = []

        async def one(due: float) -> None:
            connection = idle.pop() if idle else Connection()
            try:
                if connection.closed:
                    connection = Connection()
                    await connection.open(self.port)
                await self._print(connection, run, due)
            except (Refused, OSError) as error:
                run.refused.append(str(error))
            else:
                idle.append(connection)

        start = time.perf_counter()
        async with asyncio.TaskGroup() as tasks:
            for step in range(int(rate * seconds)):
                due = start + step / rate
                if (wait := due - time.perf_counter()) > 0:
                    await asyncio.sleep(wait)
                tasks.create_task(one(due))
        run.sending = time.perf_counter() - start
        for connection in idle:
            connection.close()
        await self._settle(run, start)
        return run

    async def _settle(self, run: Run, start: float) -> None:
        """Wait until all acknowledged jobs arrived, or none did for 30 s."""
        arrived = self.devices.arrived
        before, still = len(arrived), time.perf_counter()
        while not run.acknowledged <= arrived.keys():
            await asyncio.sleep(0.01)
            if len(arrived) != before:
                before, still = len(arrived), time.perf_counter()
            elif time.perf_counter() - still > 30:
                break
        there = [arrived[number] for number in run.acknowledged if number in arrived]
        run.total = max(there, default=time.perf_counter()) - start
        run.lost = len(run.acknowledged) - len(there)
        run.twice = len(self.devices.twice)
