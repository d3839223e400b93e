"""The two opponents behind one face: a private cupsd, and Plantin with SQLite and a local spool."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import sqlite3
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from pathlib import Path

from bench.connection import Connection, Refused
from bench.requests import add_queue
from tests.peers.cupsd import PrivateCupsd
from tests.peers.plantin import Plantin
from tests.peers.process import Daemon

_ADMIN_CONNECTIONS = 32
_BOOKS_SECONDS = 600.0


class Server(ABC):
    """A server with its data; stop and start keep the data."""

    name: str
    port: int

    @abstractmethod
    async def set_up(self, queues: Mapping[str, str]) -> None:
        """Make the queues (name to device URI) and start."""

    @abstractmethod
    def launch(self) -> None:
        """Start the program without waiting."""

    @abstractmethod
    def stop(self) -> None:
        """Stop it in order."""

    @property
    @abstractmethod
    def daemon(self) -> Daemon: ...

    async def quiet(self) -> float:
        """Waits until it works no more for jobs that have printed; how long that took, in seconds."""
        return 0.0

    def log_tail(self) -> str:
        """The end of its log."""
        return self.daemon.log_tail()

    def alive(self) -> bool:
        return self.daemon.alive()

    def processes(self) -> list[int]:
        """Ids of all its processes: those of its session."""
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                with contextlib.suppress(OSError):
                    fields = (entry / "stat").read_text().rpartition(")")[2].split()
                    if int(fields[3]) == self.daemon.pid:
                        found.append(int(entry.name))
        return found

    def memory(self) -> tuple[int, int]:
        """PSS and RSS of all its processes, in octets."""
        pss = rss = 0
        for pid in self.processes():
            with contextlib.suppress(OSError):
                for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                    if line.startswith("Pss:"):
                        pss += int(line.split()[1]) * 1024
                    elif line.startswith("Rss:"):
                        rss += int(line.split()[1]) * 1024
        return pss, rss

    def processor_seconds(self) -> float:
        """User and system time of all its living processes."""
        ticks = 0
        for pid in self.processes():
            with contextlib.suppress(OSError):
                fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
                ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    async def answer(self, request: bytes, seconds: float = 120.0) -> Connection:
        """Ask again and again until the server, just started, answers; the connection, still open."""
        async with asyncio.timeout(seconds):
            while True:
                if not self.alive():
                    raise RuntimeError(f"{self.name} ended:\n{self.log_tail()}")
                connection = Connection()
                try:
                    await connection.open(self.port)
                    if await connection.ask((request,)) < 0x0100:
                        return connection
                except (OSError, Refused):
                    pass
                connection.close()
                await asyncio.sleep(0.005)


class Cupsd(Server):
    """Debian's cupsd."""

    name = "cupsd"

    def __init__(self, folder: Path) -> None:
        self.peer = PrivateCupsd(folder, log_level="warn")
        self.port = self.peer.port

    async def set_up(self, queues: Mapping[str, str]) -> None:
        self.peer.write_queues(queues)
        self.peer.start()

    def launch(self) -> None:
        self.peer.launch()

    def stop(self) -> None:
        self.peer.stop()

    @property
    def daemon(self) -> Daemon:
        return self.peer.running

    def log_tail(self) -> str:
        return self.peer.log_tail()


class PlantinServer(Server):
    """Plantin as `plantin serve` runs it by default: durable, all events written."""

    name = "plantin"

    def __init__(self, folder: Path) -> None:
        self.peer = Plantin(folder / "data")
        self.port = self.peer.port

    async def set_up(self, queues: Mapping[str, str]) -> None:
        self.peer.start()
        waiting = iter(queues.items())

        async def add() -> None:
            connection = Connection()
            await connection.open(self.port)
            for queue, uri in waiting:
                status = await connection.ask((add_queue(queue, uri),))
                if status >= 0x0100:
                    raise RuntimeError(f"adding {queue}: status {status:#06x}\n{self.log_tail()}")
            connection.close()

        async with asyncio.TaskGroup() as tasks:
            for _ in range(min(_ADMIN_CONNECTIONS, len(queues))):
                tasks.create_task(add())

    async def quiet(self) -> float:
        """Until every ended job is counted and charged: what is done for it is not laid at the door of the
        server that is measured next."""
        began = time.perf_counter()
        path = self.peer.data / "plantin.sqlite3"
        while time.perf_counter() - began < _BOOKS_SECONDS:
            with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
                open_books = "SELECT count(*) FROM store_job WHERE books_closed = FALSE AND state >= 7"
                (left,) = database.execute(open_books).fetchone()
            if not left:
                break
            await asyncio.sleep(0.2)
        return time.perf_counter() - began

    def launch(self) -> None:
        self.peer.launch()

    def stop(self) -> None:
        self.peer.stop()

    @property
    def daemon(self) -> Daemon:
        return self.peer.running


SERVERS = {"cupsd": Cupsd, "plantin": PlantinServer}


@contextlib.contextmanager
def private_server(kind: str, folder: Path) -> Iterator[Server]:
    """A server of that kind, not yet started, its data removed at the end."""
    home = folder / kind
    home.mkdir(mode=0o755)
    server: Server = SERVERS[kind](home)
    try:
        yield server
    finally:
        with contextlib.suppress(AssertionError):
            server.stop()
        shutil.rmtree(home, ignore_errors=True)
