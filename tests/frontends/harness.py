"""A real IPP server for tests: HTTP driver, spool and store in a folder, and a queue manager that prints
everything at once on no device at all. Requests go in as octets, through a socket or straight to the handler.

``python -m tests.frontends.harness FOLDER PORT`` runs one by hand.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from django.db import connections

from plantin.core.ids import DeviceId, JobId
from plantin.core.model import Delivered, JobRecord, Outcome, QueueMode, Ticket
from plantin.frontends.http1 import ConnectionInfo, Headers, HttpServer, Request, Response
from plantin.frontends.http1.body import Body
from plantin.frontends.ipp import Context, Directory, IppServer, IppSettings
from plantin.ipp import Attribute, Group, Message, Operation, Status, Tag, decode, encode
from plantin.ipp.attributes import charset, language, name, uri
from plantin.spool import Spool
from plantin.store.access import Store
from plantin.store.commands import config
from plantin.store.commands.delivery import Finish, Start, finish_batch, start_batch
from plantin.store.database import Baton, DatabaseUrl, migrate, open_database
from plantin.store.queries.jobs import JobQuestion, find_jobs, job

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
TEXT = b"a line of text for the printer\n" * 20
STRANGER = "192.0.2.7"
"""An address of nobody's network."""


class SystemClock:
    """The real clock."""

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000

    def monotonic(self) -> float:
        return time.monotonic()


class _Nowhere:
    def body_wanted(self, body: Body) -> None:
        """The whole body is there already."""

    def body_taken(self, body: Body) -> None:
        """Nobody is held back."""


@dataclass
class Heard:
    """An answer, decoded."""

    message: Message
    data: bytes
    response: Response

    @property
    def status(self) -> int:
        return self.message.code

    @property
    def text(self) -> str:
        return self.message.operation_attributes.string("status-message") or ""

    @property
    def job(self) -> Group:
        return self.message.job_attributes

    @property
    def printer(self) -> Group:
        return self.message.printer_attributes

    @property
    def job_id(self) -> int:
        found = self.job.integer("job-id")
        assert found is not None, self
        return found

    @property
    def unsupported(self) -> Group:
        return self.message.group(Tag.UNSUPPORTED_ATTRIBUTES) or Group(Tag.UNSUPPORTED_ATTRIBUTES)

    def groups(self, tag: Tag) -> list[Group]:
        return self.message.groups_of(tag)

    def ok(self) -> Heard:
        """Itself, when it is successful-ok."""
        assert self.status == Status.SUCCESSFUL_OK, (Status(self.status).keyword, self.text, self.unsupported)
        return self

    def fails(self, status: Status, words: str = "") -> Heard:
        """Itself, when it is refused in this way with these words in its reason."""
        assert self.status == status, (Status(self.status).keyword, self.text)
        assert words in self.text, self.text
        assert self.text, "a refusal without a reason"
        return self


def octets_of(
    operation: int,
    *attributes: Attribute,
    to: str | None = "/printers/q",
    user: str | None = "alice",
    groups: Iterable[tuple[Tag, Iterable[Attribute]]] = (),
    job: Iterable[Attribute] = (),
    version: tuple[int, int] = (2, 0),
    request_id: int = 7,
) -> bytes:
    """A request as octets, its leading attributes in order."""
    message = Message(version, operation, request_id)
    leading = [charset("attributes-charset", "utf-8"), language("attributes-natural-language", "en")]
    if to is not None:
        leading.append(uri("printer-uri", to if ":" in to else f"ipp://localhost:631{to}"))
    if user is not None:
        leading.append(name("requesting-user-name", user))
    message.add_group(Tag.OPERATION_ATTRIBUTES, [*leading, *attributes])
    job = list(job)
    if job:
        message.add_group(Tag.JOB_ATTRIBUTES, job)
    for tag, members in groups:
        message.add_group(tag, members)
    return encode(message)


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

    async def add_queue(
        self,
        name: str = "q",
        uri: str = "file:///var/empty/q",
        mode: QueueMode = QueueMode.DIRECT,
        **fields: Any,
    ) -> None:
        """A queue with a device of its own."""
        await self.store.write(config.add_device, f"{name}-device", uri)
        await self.store.write(config.add_queue, name, [f"{name}-device"], mode=mode, **fields)
        await self.directory.refresh()

    async def change_queue(self, name: str, **fields: Any) -> None:
        """Changes a queue behind the front end's back."""
        await self.store.write(config.set_queue, name, **fields)
        await self.directory.refresh()

    async def http_request(
        self,
        method: str = "POST",
        path: str = "/",
        body: bytes = b"",
        *,
        headers: Iterable[tuple[bytes, bytes]] = ((b"content-type", b"application/ipp"),),
        peer: str = "127.0.0.1",
        host: str = "localhost:631",
        tls: bool = False,
    ) -> Response:
        """An HTTP request straight to the handler; its streamed answer is gathered."""
        waiting = Body(_Nowhere(), len(body), False)
        if body:
            waiting.feed(body)
            waiting.finish()
        request = Request(
            method,
            path,
            path,
            "",
            Headers(list(headers)),
            "1.1",
            host,
            (peer, 40000),
            ("127.0.0.1", 8631),
            tls,
            waiting,
            ConnectionInfo(),
        )
        response = await self.server.handle(request)
        if not isinstance(response.body, bytes):
            response.body = b"".join([piece async for piece in response.body])
        return response

    async def ask(
        self,
        operation: int,
        *attributes: Attribute,
        data: bytes = b"",
        peer: str = "127.0.0.1",
        path: str = "/",
        host: str = "localhost:631",
        tls: bool = False,
        **how: Any,
    ) -> Heard:
        """An IPP request straight to the handler. ``how``: see :func:`octets_of`."""
        octets = octets_of(operation, *attributes, **how) + data
        response = await self.http_request("POST", path, octets, peer=peer, host=host, tls=tls)
        assert response.status == 200
        assert isinstance(response.body, bytes)
        message, rest = decode(response.body)
        return Heard(message, rest, response)

    async def print_job(self, *attributes: Attribute, data: bytes = PDF, **how: Any) -> Heard:
        """Print-Job."""
        return await self.ask(Operation.PRINT_JOB, *attributes, data=data, **how)

    async def job(self, job_id: int) -> JobRecord:
        """A job as the store has it."""
        return await self.store.read(job, job_id)


async def print_everything(world: World) -> None:
    """Takes every pending job and reports it as printed."""
    while True:
        if world.printing:
            for waiting in await world.store.read(find_jobs, JobQuestion(which="pending", limit=50)):
                await _print(world, waiting)
        await asyncio.sleep(0.02)


async def start_job(world: World, job_id: int) -> Ticket | None:
    """Begins an attempt; None when the job is not to be had."""
    found = await world.job(job_id)
    entry = world.directory.by_id(found.queue)
    if entry is None or not entry.queue.enabled or not entry.devices:
        return None
    device = entry.devices[0]
    started = await world.store.batch(
        start_batch,
        Start(JobId(job_id), found.queue, DeviceId(device.id), device.name, world.context.clock.now_ms()),
    )
    if started is None:
        return None
    return Ticket(started.job, entry.queue.name, started.documents, device, started.attempt)


async def finish_job(world: World, ticket: Ticket) -> None:
    """Ends an attempt well."""
    done = Delivered(Outcome.COMPLETED, "job-completed-successfully", "printed", impressions=1, sheets=1)
    await world.store.batch(finish_batch, Finish(ticket, done, world.context.clock.now_ms()))


async def stop_job(world: World, ticket: Ticket) -> None:
    """Ends an attempt because the job was to stop."""
    done = Delivered(Outcome.CANCELED, "job-canceled-by-user", "stopped on request")
    await world.store.batch(finish_batch, Finish(ticket, done, world.context.clock.now_ms()))


async def _print(world: World, waiting: JobRecord) -> None:
    ticket = await start_job(world, waiting.id)
    if ticket is not None:
        await finish_job(world, ticket)


@asynccontextmanager
async def serving(
    folder: Path,
    *,
    settings: IppSettings | None = None,
    port: int = 0,
    printing: bool = False,
    template: Path | None = None,
) -> AsyncIterator[World]:
    """A server on a free port. The database is new unless the folder has one."""
    database = folder / "plantin.sqlite3"
    if template is not None and not database.exists():
        shutil.copy(template, database)
    open_database(DatabaseUrl.sqlite(database))
    if template is None:
        await asyncio.get_running_loop().run_in_executor(None, _migrate)
    baton = Baton(folder / "baton")
    store = Store(baton)
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
        printer = asyncio.create_task(print_everything(world))
        printer.add_done_callback(lambda task: task.cancelled() or task.result())
        tasks.append(printer)
    try:
        yield world
    finally:
        for task in tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        await server.close()
        await http.drain(1.0)
        await spool.close()
        await asyncio.get_running_loop().run_in_executor(None, store.close)
        baton.close()


def _migrate() -> None:
    migrate()
    connections.close_all()


Scenario = Callable[[World], Awaitable[None]]


def run(folder: Path, template: Path, scenario: Scenario, **how: Any) -> None:
    """Runs a scenario on a server of its own."""

    async def main() -> None:
        async with serving(folder, template=template, **how) as world:
            await scenario(world)

    asyncio.run(main())
    connections.close_all()


async def _by_hand(folder: Path, port: int) -> None:
    async with serving(folder, port=port, printing=True) as world:
        if not len(world.directory):
            await world.add_queue("raw", "socket://127.0.0.1:9")
            await world.add_queue("demo", "file:///var/empty/demo")
            await world.add_queue("secure", "socket://127.0.0.1:10", QueueMode.HOLD)
        print(f"ipp://{world.host}:{world.port}/printers/raw", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    Path(sys.argv[1]).mkdir(parents=True, exist_ok=True)
    asyncio.run(_by_hand(Path(sys.argv[1]), int(sys.argv[2])))
