"""A real IPP server on loopback for tests: HTTP driver, spool and store in a folder, and a queue manager that
prints everything at once on no device at all.

``python -m tests.frontends.harness FOLDER PORT`` runs one by hand.
"""

import asyncio
import contextlib
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from plantin.core.ids import DeviceId, JobId
from plantin.core.model import Delivered, Outcome, QueueMode, Ticket
from plantin.frontends.http1 import HttpServer
from plantin.frontends.ipp import Context, Directory, IppServer, IppSettings
from plantin.spool import Spool
from plantin.store.access import Store
from plantin.store.commands import config
from plantin.store.commands.delivery import Finish, Start, finish_batch, start_batch
from plantin.store.database import Baton, DatabaseUrl, migrate, open_database
from plantin.store.queries.jobs import JobQuestion, find_jobs


class SystemClock:
    """The real clock."""

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000

    def monotonic(self) -> float:
        return time.monotonic()


@dataclass
class World:
    """What a test talks to."""

    host: str
    port: int
    store: Store
    spool: Spool
    directory: Directory
    server: IppServer
    context: Context
    http: HttpServer
    identified: list[tuple[str, tuple[str, ...], str]] = field(default_factory=list)
    printing: bool = True

    def uri(self, path: str = "/printers/q") -> str:
        return f"ipp://{self.host}:{self.port}{path}"

    async def add_queue(
        self,
        name: str = "q",
        uri: str = "socket://127.0.0.1:9",
        mode: QueueMode = QueueMode.DIRECT,
        **fields: Any,
    ) -> None:
        """A queue with a device of its own."""
        await self.store.write(config.add_device, f"{name}-device", uri)
        await self.store.write(config.add_queue, name, [f"{name}-device"], mode=mode, **fields)
        await self.directory.refresh()


async def _print_everything(world: World) -> None:
    """Takes every pending job and reports it as printed."""
    while True:
        if world.printing:
            for job in await world.store.read(find_jobs, JobQuestion(which="pending", limit=50)):
                entry = world.directory.by_id(job.queue)
                if entry is None or not entry.queue.enabled or not entry.devices:
                    continue
                device = entry.devices[0]
                now = world.context.clock.now_ms()
                started = await world.store.batch(
                    start_batch, Start(JobId(job.id), job.queue, DeviceId(device.id), device.name, now)
                )
                if started is not None:
                    ticket = Ticket(started.job, entry.queue.name, started.documents, device, started.attempt)
                    done = Delivered(
                        Outcome.COMPLETED, "job-completed-successfully", "printed", impressions=1, sheets=1
                    )
                    await world.store.batch(finish_batch, Finish(ticket, done, now))
        await asyncio.sleep(0.02)


@asynccontextmanager
async def serving(
    folder: Path, *, settings: IppSettings | None = None, port: int = 0, printing: bool = False
) -> AsyncIterator[World]:
    """A server on a free port. The database is new unless the folder has one."""
    open_database(DatabaseUrl.sqlite(folder / "plantin.sqlite3"))
    await asyncio.get_running_loop().run_in_executor(None, migrate)
    store = Store(Baton(folder / "baton"))
    spool = Spool(folder / "spool")
    await spool.start()
    directory = Directory(store)
    identified: list[tuple[str, tuple[str, ...], str]] = []
    context = Context(
        store=store,
        spool=spool,
        directory=directory,
        clock=SystemClock(),
        settings=replace(settings or IppSettings(), tls=False),
        identify=lambda device, actions, text: identified.append((device.name, tuple(actions), text)),
    )
    await directory.load()
    server = IppServer(context)
    http = HttpServer()
    await http.start([("127.0.0.1", port)], server.handle)
    host, bound = http.addresses[0]
    world = World(host, bound, store, spool, directory, server, context, http, identified, printing)
    tasks = [asyncio.create_task(directory.follow())]
    if printing:
        printer = asyncio.create_task(_print_everything(world))
        printer.add_done_callback(lambda task: task.cancelled() or task.result())
        tasks.append(printer)
    try:
        yield world
    finally:
        for task in tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        await http.drain(1.0)
        await spool.close()
        await asyncio.get_running_loop().run_in_executor(None, store.close)


async def _by_hand(folder: Path, port: int) -> None:
    async with serving(folder, port=port, printing=True) as world:
        if not len(world.directory):
            await world.add_queue("raw")
            await world.add_queue("demo", "file:///var/empty/demo")
            await world.add_queue("secure", "socket://127.0.0.1:10", QueueMode.HOLD)
        print(f"ipp://{world.host}:{world.port}/printers/raw", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    Path(sys.argv[1]).mkdir(parents=True, exist_ok=True)
    asyncio.run(_by_hand(Path(sys.argv[1]), int(sys.argv[2])))
