"""An IPP printer in process that can lie: built of plantin.ipp and asyncio streams, scripted by the test.

A job's states are a script: each Get-Job-Attributes takes the next step, the last one stays.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import TracebackType

from plantin.ipp import (
    Attribute,
    Decoder,
    Group,
    JobState,
    Message,
    Operation,
    Range,
    Status,
    Tag,
    attributes,
    encode,
)

PENDING = (JobState.PENDING, ("none",), 0)
INCOMING = (JobState.PENDING, ("job-incoming",), 0)
PRINTING = (JobState.PROCESSING, ("job-printing",), 1)
STOPPED = (JobState.PROCESSING_STOPPED, ("printer-stopped",), 1)
DONE = (JobState.COMPLETED, ("job-completed-successfully",), 2)
Step = tuple[JobState, tuple[str, ...], int]
ALL_OPERATIONS = (
    Operation.PRINT_JOB,
    Operation.VALIDATE_JOB,
    Operation.CREATE_JOB,
    Operation.SEND_DOCUMENT,
    Operation.CANCEL_JOB,
    Operation.GET_JOB_ATTRIBUTES,
    Operation.GET_JOBS,
    Operation.GET_PRINTER_ATTRIBUTES,
)


@dataclass
class FakeJob:
    id: int
    name: str
    user: str
    script: list[Step]
    attributes: tuple[Attribute, ...] = ()
    documents: list[bytes] = field(default_factory=list)
    formats: list[str] = field(default_factory=list)
    whole: bool = False
    """last-document came and every octet of it."""
    at: int = 0
    created: int = 0

    @property
    def step(self) -> Step:
        return self.script[min(self.at, len(self.script) - 1)]


class CutOff(Exception):
    """The connection ends here, whatever the client thinks."""


@dataclass
class Seen:
    """One request as it came."""

    operation: int
    message: Message
    headers: dict[str, str]
    connection: int
    document: bytes = b""


class FakePrinter:
    """Listens at ``uri`` inside ``async with``. Every public field may be set at any time."""

    def __init__(self, *, tls: ssl.SSLContext | None = None) -> None:
        self.operations: Sequence[Operation] = ALL_OPERATIONS
        self.extra: list[Attribute] = []
        self.formats: tuple[str, ...] = ("application/pdf", "application/octet-stream")
        self.script: list[Step] = [PENDING, PRINTING, DONE]
        self.printer_state: tuple[int, tuple[str, ...], str] = (4, ("none",), "")
        self.queued: int | None = 1
        self.accepting = True
        self.multiple_documents = True
        self.http10 = False
        self.answers_continue = True
        self.answers_length = True
        self.refuse: dict[int, list[Status]] = {}
        """Operation -> statuses of its next answers."""
        self.unsupported: dict[int, tuple[Attribute, ...]] = {}
        self.http_status: dict[int, list[int]] = {}
        self.cut_at: dict[int, int] = {}
        """Operation -> octets of the document after which the connection is cut."""
        self.cut_answer: dict[int, int] = {}
        """Operation -> how many times the answer is cut in its middle."""
        self.version: tuple[int, int] | None = None
        self.only_version: tuple[int, int] | None = None
        self.request_id_shift = 0
        self.garbage: dict[int, bytes] = {}
        self.on_cancel: list[Step] = [(JobState.CANCELED, ("job-canceled-by-user",), 1)]
        self.on_request: Callable[[Seen], None] | None = None
        self.hold_reading: asyncio.Event | None = None
        self.up_time = 1000
        self.jobs: dict[int, FakeJob] = {}
        self.seen: list[Seen] = []
        self.connections = 0
        self._next = 1
        self._tls = tls
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.port = 0

    @property
    def uri(self) -> str:
        return f"{'ipps' if self._tls else 'ipp'}://127.0.0.1:{self.port}/ipp/print"

    @property
    def job(self) -> FakeJob:
        """The last one."""
        return list(self.jobs.values())[-1]

    def operations_seen(self) -> list[int]:
        return [seen.operation for seen in self.seen]

    async def __aenter__(self) -> FakePrinter:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Listens, at the same port as before."""
        sock = socket.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        sock.bind(("127.0.0.1", self.port))
        self._server = await asyncio.start_server(self._connected, sock=sock, ssl=self._tls)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Gone, with every connection."""
        self._server.close()
        for writer in list(self._writers):
            writer.transport.abort()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._writers.add(writer)
        self.connections += 1
        number = self.connections
        try:
            while await self._one(reader, writer, number):
                pass
        except (OSError, EOFError, CutOff, asyncio.CancelledError):
            pass
        finally:
            self._tasks.discard(task)
            self._writers.discard(writer)
            writer.transport.abort()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {
            name.strip().lower(): value.strip()
            for name, _, value in (line.partition(":") for line in head[1:])
        }
        body = _Body(reader, headers)
        operation_early = None
        if headers.get("expect") and self.answers_continue:
            writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        decoder = Decoder()
        message = None
        while message is None:
            piece = await body.read()
            if not piece:
                return False
            message = decoder.feed(piece)
        seen = Seen(message.code, message, headers, number)
        self.seen.append(seen)
        if self.on_request is not None:
            self.on_request(seen)
        operation_early = self._early(message)
        if operation_early is None:
            await self._read_document(seen, body, decoder.remainder)
        status = self._take(self.http_status, message.code)
        if status is not None:
            writer.write(f"HTTP/1.1 {status} No\r\nContent-Length: 2\r\nLocation: /else\r\n\r\nno".encode())
            await writer.drain()
            return True
        response = operation_early or self._handle(seen)
        return await self._answer(writer, seen, response)

    async def _read_document(self, seen: Seen, body: _Body, first: bytes) -> None:
        cut = self.cut_at.pop(seen.operation, None)
        data = bytearray(first)
        job = self.jobs.get(seen.message.operation_attributes.integer("job-id") or 0)
        while True:
            if self.hold_reading is not None and data:
                await self.hold_reading.wait()
            if cut is not None and len(data) >= cut:
                seen.document = bytes(data)
                raise CutOff
            piece = await body.read()
            if not piece:
                break
            data += piece
        seen.document = bytes(data)
        if job is not None and seen.operation == Operation.SEND_DOCUMENT:
            job.documents.append(seen.document)

    def _take(self, table: dict[int, list[int]], operation: int) -> int | None:
        left = table.get(operation)
        return left.pop(0) if left else None

    def _early(self, message: Message) -> Message | None:
        if self.only_version is not None and message.version != self.only_version:
            return self._made(message, Status.SERVER_ERROR_VERSION_NOT_SUPPORTED)
        return None

    def _made(self, request: Message, status: int, *groups: Group) -> Message:
        response = Message(
            self.version or request.version, status, request.request_id + self.request_id_shift
        )
        response.add_group(
            Tag.OPERATION_ATTRIBUTES,
            [
                attributes.charset("attributes-charset", "utf-8"),
                attributes.language("attributes-natural-language", "en"),
                attributes.text("status-message", f"says {Status(status).keyword}"),
            ],
        )
        response.groups.extend(groups)
        return response

    async def _answer(self, writer: asyncio.StreamWriter, seen: Seen, response: Message) -> bool:
        data = self.garbage.get(seen.operation) or encode(response)
        version = "1.0" if self.http10 else "1.1"
        lines = [f"HTTP/{version} 200 OK", "Content-Type: application/ipp"]
        if self.answers_length and not self.http10:
            lines.append(f"Content-Length: {len(data)}")
        raw = "\r\n".join([*lines, "", ""]).encode() + data
        if self.cut_answer.get(seen.operation):
            self.cut_answer[seen.operation] -= 1
            raw = raw[: len(raw) - len(data) // 2]
            writer.write(raw)
            await writer.drain()
            writer.close()
            return False
        writer.write(raw)
        await writer.drain()
        if not self.answers_length or self.http10:
            writer.close()
            await writer.wait_closed()
            return False
        return True

    def _handle(self, seen: Seen) -> Message:
        request = seen.message
        status = self._take(self.refuse, request.code)  # type: ignore[arg-type]
        if status is not None:
            named = self.unsupported.get(request.code)
            groups = [Group(Tag.UNSUPPORTED_ATTRIBUTES, named)] if named else []
            return self._made(request, status, *groups)
        if request.code not in self.operations:
            return self._made(request, Status.SERVER_ERROR_OPERATION_NOT_SUPPORTED)
        handler = {
            Operation.GET_PRINTER_ATTRIBUTES: self._get_printer,
            Operation.VALIDATE_JOB: self._ok,
            Operation.CREATE_JOB: self._create,
            Operation.PRINT_JOB: self._print,
            Operation.SEND_DOCUMENT: self._send,
            Operation.GET_JOB_ATTRIBUTES: self._get_job,
            Operation.GET_JOBS: self._get_jobs,
            Operation.CANCEL_JOB: self._cancel,
        }[Operation(request.code)]
        return handler(seen)

    def _ok(self, seen: Seen) -> Message:
        return self._made(seen.message, Status.SUCCESSFUL_OK)

    def _get_printer(self, seen: Seen) -> Message:
        state, reasons, message = self.printer_state
        group = Group(
            Tag.PRINTER_ATTRIBUTES,
            [
                attributes.enum("printer-state", state),
                attributes.keyword("printer-state-reasons", *reasons),
                attributes.text("printer-state-message", message),
                attributes.boolean("printer-is-accepting-jobs", self.accepting),
                attributes.enum("operations-supported", *self.operations),
                attributes.mime("document-format-supported", *self.formats),
                attributes.boolean("multiple-document-jobs-supported", self.multiple_documents),
                attributes.range_("copies-supported", Range(1, 99)),
                attributes.keyword("sides-supported", "one-sided", "two-sided-long-edge"),
                *self.extra,
            ],
        )
        if self.queued is not None:
            group.add(attributes.integer("queued-job-count", self.queued))
        return self._made(seen.message, Status.SUCCESSFUL_OK, group)

    def add_job(self, name: str, user: str, *, created: int | None = None) -> FakeJob:
        job = FakeJob(self._next, name, user, list(self.script))
        job.created = self.up_time if created is None else created
        self._next += 1
        self.jobs[job.id] = job
        return job

    def _create(self, seen: Seen) -> Message:
        head = seen.message.operation_attributes
        job = self.add_job(head.string("job-name") or "", head.string("requesting-user-name") or "")
        job.attributes = seen.message.job_attributes.attributes
        return self._made(seen.message, Status.SUCCESSFUL_OK, self._shown(job))

    def _print(self, seen: Seen) -> Message:
        response = self._create(seen)
        self.job.documents.append(seen.document)
        self.job.formats.append(seen.message.operation_attributes.string("document-format") or "")
        self.job.whole = True
        return response

    def _send(self, seen: Seen) -> Message:
        head = seen.message.operation_attributes
        job = self.jobs.get(head.integer("job-id") or 0)
        if job is None:
            return self._made(seen.message, Status.CLIENT_ERROR_NOT_FOUND)
        job.formats.append(head.string("document-format") or "")
        job.whole = head.boolean("last-document") is True
        return self._made(seen.message, Status.SUCCESSFUL_OK, self._shown(job))

    def _get_job(self, seen: Seen) -> Message:
        job = self.jobs.get(seen.message.operation_attributes.integer("job-id") or 0)
        if job is None:
            return self._made(seen.message, Status.CLIENT_ERROR_NOT_FOUND)
        response = self._made(seen.message, Status.SUCCESSFUL_OK, self._shown(job))
        job.at += 1
        return response

    def _get_jobs(self, seen: Seen) -> Message:
        which = seen.message.operation_attributes.string("which-jobs") or "not-completed"
        groups = [
            self._shown(job)
            for job in self.jobs.values()
            if (job.step[0] >= JobState.CANCELED) == (which == "completed")
        ]
        return self._made(seen.message, Status.SUCCESSFUL_OK, *groups)

    def _cancel(self, seen: Seen) -> Message:
        job = self.jobs.get(seen.message.operation_attributes.integer("job-id") or 0)
        if job is None:
            return self._made(seen.message, Status.CLIENT_ERROR_NOT_FOUND)
        if job.step[0] >= JobState.CANCELED:
            return self._made(seen.message, Status.CLIENT_ERROR_NOT_POSSIBLE)
        state, reasons, impressions = self.on_cancel[-1]
        began = job.step[0] >= JobState.PROCESSING
        job.script = [*self.on_cancel[:-1], (state, reasons, impressions if began else 0)]
        job.at = 0
        return self._made(seen.message, Status.SUCCESSFUL_OK)

    def _shown(self, job: FakeJob) -> Group:
        state, reasons, impressions = job.step
        group = Group(
            Tag.JOB_ATTRIBUTES,
            [
                attributes.integer("job-id", job.id),
                attributes.uri("job-uri", f"{self.uri}/{job.id}"),
                attributes.name("job-name", job.name),
                attributes.name("job-originating-user-name", job.user),
                attributes.enum("job-state", state),
                attributes.keyword("job-state-reasons", *reasons),
                attributes.integer("time-at-creation", job.created),
                attributes.integer("job-printer-up-time", self.up_time),
            ],
        )
        if impressions >= 0:
            group.add(attributes.integer("job-impressions-completed", impressions))
            group.add(attributes.integer("job-media-sheets-completed", impressions))
        return group


class _Body:
    """A request's body, by length or in chunks."""

    def __init__(self, reader: asyncio.StreamReader, headers: dict[str, str]) -> None:
        self._reader = reader
        self._chunked = "chunked" in headers.get("transfer-encoding", "")
        self._left = int(headers.get("content-length", "0"))

    async def read(self) -> bytes:
        if self._chunked:
            size = int((await self._reader.readline()).strip() or b"0", 16)
            data = await self._reader.readexactly(size) if size else b""
            await self._reader.readline()
            return data
        if not self._left:
            return b""
        data = await self._reader.read(min(self._left, 65536))
        if not data:
            raise EOFError
        self._left -= len(data)
        return data
