"""Acceptance over IPP: printing in one request and in several, by reference, and every refusal."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from plantin.core.errors import Temporary
from plantin.core.model import QueueMode
from plantin.core.states import JobState, Reason
from plantin.frontends.ipp import IppSettings
from plantin.ipp import Operation, Status, Tag
from plantin.ipp.attributes import boolean, enum, integer, keyword, mime, name, octets, uri
from plantin.spool import Spool
from plantin.store.queries.jobs import documents, trail
from tests.frontends.harness import PDF, STRANGER, TEXT, World, octets_of, start_job

Serve = Callable[..., None]


def test_print_job_is_durable_and_told(serve: Serve) -> None:
    async def scenario(world: World) -> None:
        await world.add_queue()
        heard = (await world.print_job(name("job-name", "Report"), data=PDF)).ok()
        assert heard.job.string("job-uri") == f"ipp://localhost:631/jobs/{heard.job_id}"
        assert heard.job.integer("job-state") == JobState.PENDING
        assert heard.job.strings("job-state-reasons") == ("none",)
        job = await world.job(heard.job_id)
        assert (job.name, job.owner, job.owner_proof, job.octets) == ("Report", "alice", "loopback", len(PDF))
        document = (await world.store.read(documents, [job.id]))[job.id][0]
        assert document.format == "application/pdf"
        assert await world.spool.small(document) == PDF
        line = (await world.store.read(trail, job.id))[0]
        assert "127.0.0.1" in line.text
        assert "alice" in line.text

    serve(scenario)


def test_a_stranger_is_only_a_claim(serve: Serve) -> None:
    async def scenario(world: World) -> None:
        await world.add_queue()
        heard = (await world.print_job(peer=STRANGER)).ok()
        assert (await world.job(heard.job_id)).owner_proof == "claim"
        told = await world.ask(Operation.GET_JOB_ATTRIBUTES, integer("job-id", heard.job_id), peer=STRANGER)
        assert told.job.string("plantin-owner-proof") == "claim"
        assert any("claim" in text for text in told.job.strings("job-detailed-status-messages"))

    serve(scenario)


def test_large_documents_stream_in_pieces(serve: Serve) -> None:
    async def scenario(world: World) -> None:
        await world.add_queue()
        data = PDF + b"x" * 1_000_000
        heard = (await world.print_job(data=data)).ok()
        document = (await world.store.read(documents, [heard.job_id]))[heard.job_id][0]
        assert document.octets == len(data)
        assert b"".join([piece async for piece in world.spool.chunks(document)]) == data

    serve(scenario)


@pytest.mark.parametrize("raw", [PDF, PDF + b"y" * 400_000])
@pytest.mark.parametrize("coding", ["gzip", "deflate", "zlib"])
def test_compressed_documents(serve: Serve, coding: str, raw: bytes) -> None:
    compressor = zlib.compressobj(wbits=-15)
    packed = {
        "gzip": gzip.compress(raw),
        "deflate": compressor.compress(raw) + compressor.flush(),
        "zlib": zlib.compress(raw),
    }[coding]
    said = "deflate" if coding == "zlib" else coding

    async def scenario(world: World) -> None:
        await world.add_queue()
        heard = (await world.print_job(keyword("compression", said), data=packed)).ok()
        document = (await world.store.read(documents, [heard.job_id]))[heard.job_id][0]
        assert b"".join([piece async for piece in world.spool.chunks(document)]) == raw

    serve(scenario)


def test_bad_compression_is_refused_and_leaves_no_job(serve: Serve) -> None:
    async def scenario(world: World) -> None:
        await world.add_queue()
        broken = gzip.compress(PDF)[:-9]
        (await world.print_job(keyword("compression", "gzip"), data=broken)).fails(
            Status.CLIENT_ERROR_COMPRESSION_ERROR
        )
        (await world.print_job(keyword("compression", "gzip"), data=b"no gzip at all")).fails(
            Status.CLIENT_ERROR_COMPRESSION_ERROR
        )
        unknown = await world.print_job(keyword("compression", "lzma"))
        unknown.fails(Status.CLIENT_ERROR_COMPRESSION_NOT_SUPPORTED)
        assert unknown.unsupported.string("compression") == "lzma"
        assert not (await world.ask(Operation.GET_JOBS)).ok().groups(Tag.JOB_ATTRIBUTES)

    serve(scenario)


def test_a_bomb_is_refused(serve: Serve) -> None:
    async def scenario(world: World) -> None:
        await world.add_queue()
        bomb = gzip.compress(b"\0" * 3_000_000)
        (await world.print_job(keyword("compression", "gzip"), data=bomb)).fails(
            Status.CLIENT_ERROR_REQUEST_ENTITY_TOO_LARGE
        )

    serve(scenario, settings=IppSettings(document_octets_max=2_000_000))


def test_size_limit_at_n_and_n_plus_one(serve: Serve) -> None:
    limit = 2_000_000

    async def scenario(world: World) -> None:
        await world.add_queue()
        (await world.print_job(data=b"%PDF-1" + b"x" * (limit - 6))).ok()
        (await world.print_job(data=b"%PDF-1" + b"x" * (limit - 5))).fails(
            Status.CLIENT_ERROR_REQUEST_ENTITY_TOO_LARGE
        )
        (await world.print_job(integer("job-k-octets", 99_999))).fails(
            Status.CLIENT_ERROR_REQUEST_ENTITY_TOO_LARGE
        )

    serve(scenario, settings=IppSettings(document_octets_max=limit))


def test_no_document_is_a_bad_request(serve: Serve) -> None:
    async def scenario(world: World) -> None:
        await world.add_queue()
        (await world.print_job(data=b"")).fails(Status.CLIENT_ERROR_BAD_REQUEST, "no document")
        (await world.print_job(keyword("compression", "gzip"), data=gzip.compress(b""))).fails(
            Status.CLIENT_ERROR_BAD_REQUEST
        )

    serve(scenario)


def test_formats_are_found_in_the_bytes(serve: Serve) -> None:
    cases = [
        ("application/octet-stream", PDF, "application/pdf"),
        ("", b"%!PS-Adobe-3.0\n", "application/postscript"),
        ("application/pdf", b"\xff\xd8\xff\xe0" + b"\0" * 40, "image/jpeg"),
        ("text/plain", TEXT, "text/plain"),
        ("IMAGE/URF", b"UNIRAST\0" + b"\0" * 40, "image/urf"),
        ("application/vnd.cups-raw", TEXT, "text/plain"),
    ]

    async def scenario(world: World) -> None:
        await world.add_queue()
        for declared, data, found in cases:
            said = [mime("document-format", declared)] if declared else []
            heard = (await world.print_job(*said, data=data)).ok()
            document = (await world.store.read(documents, [heard.job_id]))[heard.job_id][0]
            assert document.format == found, declared
        refused = await world.print_job(mime("document-format", "application/msword"))
        refused.fails(Status.CLIENT_ERROR_DOCUMENT_FORMAT_NOT_SUPPORTED)
        assert refused.unsupported.string("document-format") == "application/msword"

    serve(scenario)


def test_refusals_before_the_document(serve: Serve) -> None:
    async def scenario(world: World) -> None:
        await world.add_queue()
        await world.add_queue("closed", accepting=False, state_message="no paper until Monday")
        await world.add_queue("few", allowed_users=["bob"])
        await world.add_queue("banned", denied_users=["alice"])
        await world.add_queue("down", shutdown=True)
        await world.add_queue("off", deactivated=True)
        (await world.print_job(to="/printers/none")).fails(Status.CLIENT_ERROR_NOT_FOUND, "none")
        (await world.print_job(to="/")).fails(Status.CLIENT_ERROR_NOT_FOUND)
        (await world.print_job(to="/printers/closed")).fails(
            Status.SERVER_ERROR_NOT_ACCEPTING_JOBS, "no paper until Monday"
        )
        (await world.ask(Operation.VALIDATE_JOB, to="/printers/closed")).ok()
        (await world.print_job(to="/printers/few")).fails(Status.CLIENT_ERROR_NOT_AUTHORIZED, "alice")
        (await world.print_job(to="/printers/few", user="bob")).ok()
        (await world.print_job(to="/printers/banned")).fails(Status.CLIENT_ERROR_NOT_AUTHORIZED)
        (await world.print_job(to="/printers/banned", user="bob")).ok()
        (await world.print_job(to="/printers/down")).fails(Status.SERVER_ERROR_SERVICE_UNAVAILABLE)
        (await world.print_job(to="/printers/off")).fails(Status.SERVER_ERROR_PRINTER_IS_DEACTIVATED)

    serve(scenario)


def test_a_full_spool_is_a_temporary_error_and_a_printer_reason(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario(world: World) -> None:
        await world.add_queue()
        kept = (await world.print_job()).ok()

        def full(self: Spool, octets: int = 0) -> None:
            raise Temporary("spool-area-full", "the spool area is full")

        monkeypatch.setattr(Spool, "admit", full)
        (await world.print_job()).fails(Status.SERVER_ERROR_TEMPORARY_ERROR, "spool area is full")
        told = await world.ask(Operation.GET_PRINTER_ATTRIBUTES)
        assert "spool-area-full" in told.printer.strings("printer-state-reasons")
        monkeypatch.undo()
        assert (await world.job(kept.job_id)).state is JobState.PENDING
        (await world.print_job()).ok()

    serve(scenario)


def test_a_store_that_fails_does_not_acknowledge(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(world: World) -> None:
        await world.add_queue()

        async def failing(*_: object) -> object:
            raise Temporary("store-error", "the database could not take it")

        monkeypatch.setattr(world.store, "batch", failing)
        (await world.print_job()).fails(Status.SERVER_ERROR_TEMPORARY_ERROR, "database")

    serve(scenario)


def test_create_and_send(serve: Serve) -> None:
    async def scenario(world: World) -> None:
        await world.add_queue()
        created = (await world.ask(Operation.CREATE_JOB, name("job-name", "two"))).ok()
        job_id = created.job_id
        assert created.job.integer("job-state") == 4
        assert created.job.strings("job-state-reasons") == (Reason.INCOMING,)
        which = integer("job-id", job_id)
        (await world.ask(Operation.SEND_DOCUMENT, which, data=PDF)).fails(
            Status.CLIENT_ERROR_BAD_REQUEST, "last-document"
        )
        first = await world.ask(
            Operation.SEND_DOCUMENT,
            which,
            boolean("last-document", False),
            name("document-name", "one.pdf"),
            data=PDF,
        )
        assert first.ok().job.integer("job-state") == 4
        (await world.ask(Operation.SEND_DOCUMENT, which, boolean("last-document", False))).fails(
            Status.CLIENT_ERROR_BAD_REQUEST
        )
        second = await world.ask(Operation.SEND_DOCUMENT, which, boolean("last-document", True), data=TEXT)
        assert second.ok().job.integer("job-state") == 3
        found = (await world.store.read(documents, [job_id]))[job_id]
        assert [(one.number, one.format, one.name) for one in found] == [
            (1, "application/pdf", "one.pdf"),
            (2, "text/plain", ""),
        ]
        late = await world.ask(Operation.SEND_DOCUMENT, which, boolean("last-document", True), data=TEXT)
        late.fails(Status.CLIENT_ERROR_NOT_POSSIBLE)

    serve(scenario)


def test_two_documents_at_once_get_numbers_of_their_own(serve: Serve) -> None:
    async def scenario(world: World) -> None:
        await world.add_queue()
        job_id = (await world.ask(Operation.CREATE_JOB)).ok().job_id
        send = [integer("job-id", job_id), boolean("last-document", False)]
        await asyncio.gather(*(world.ask(Operation.SEND_DOCUMENT, *send, data=PDF) for _ in range(5)))
        found = (await world.store.read(documents, [job_id]))[job_id]
        assert [one.number for one in found] == [1, 2, 3, 4, 5]

    serve(scenario)


def test_close_job(serve: Serve) -> None:
    async def scenario(world: World) -> None:
        await world.add_queue()
        job_id = (await world.ask(Operation.CREATE_JOB)).ok().job_id
        which = integer("job-id", job_id)
        await world.ask(Operation.SEND_DOCUMENT, which, boolean("last-document", False), data=PDF)
        assert (await world.ask(Operation.CLOSE_JOB, which)).ok().job.integer("job-state") == 3
        (await world.ask(Operation.CLOSE_JOB, which)).fails(Status.CLIENT_ERROR_NOT_POSSIBLE)
        empty = (await world.ask(Operation.CREATE_JOB)).ok().job_id
        assert (await world.ask(Operation.CLOSE_JOB, integer("job-id", empty))).ok().job.integer(
            "job-state"
        ) == 8
        assert Reason.DATA_INSUFFICIENT in (await world.job(empty)).reasons

    serve(scenario)


def test_documents_are_for_the_sender_of_the_job(serve: Serve) -> None:
    async def scenario(world: World) -> None:
        await world.add_queue()
        job_id = (await world.ask(Operation.CREATE_JOB, peer=STRANGER)).ok().job_id
        send = [integer("job-id", job_id), boolean("last-document", True)]
        for user, peer in (("eve", STRANGER), ("alice", "192.0.2.8")):
            (await world.ask(Operation.SEND_DOCUMENT, *send, data=PDF, user=user, peer=peer)).fails(
                Status.CLIENT_ERROR_NOT_AUTHORIZED
            )
        (await world.ask(Operation.SEND_DOCUMENT, *send, data=PDF, peer=STRANGER)).ok()

    serve(scenario)


def test_a_canceled_job_takes_no_documents(serve: Serve) -> None:
    async def scenario(world: World) -> None:
        await world.add_queue()
        job_id = (await world.ask(Operation.CREATE_JOB)).ok().job_id
        (await world.ask(Operation.CANCEL_JOB, integer("job-id", job_id))).ok()
        send = [integer("job-id", job_id), boolean("last-document", True)]
        (await world.ask(Operation.SEND_DOCUMENT, *send, data=PDF)).fails(Status.SERVER_ERROR_JOB_CANCELED)

    serve(scenario)


def test_validate_job(serve: Serve) -> None:
    async def scenario(world: World) -> None:
        await world.add_queue()
        (await world.ask(Operation.VALIDATE_JOB)).ok()
        strange = await world.ask(Operation.VALIDATE_JOB, job=[keyword("sides", "three-sided")])
        assert strange.status == Status.SUCCESSFUL_OK_IGNORED_OR_SUBSTITUTED_ATTRIBUTES
        strict = await world.ask(
            Operation.VALIDATE_JOB,
            boolean("ipp-attribute-fidelity", True),
            job=[keyword("sides", "three-sided")],
        )
        strict.fails(Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED, "sides")
        assert strict.unsupported.string("sides") == "three-sided"
        (await world.ask(Operation.VALIDATE_DOCUMENT, mime("document-format", "application/pdf"))).ok()
        (await world.ask(Operation.VALIDATE_DOCUMENT, mime("document-format", "a/b"))).fails(
            Status.CLIENT_ERROR_DOCUMENT_FORMAT_NOT_SUPPORTED
        )
        assert not (await world.ask(Operation.GET_JOBS)).groups(Tag.JOB_ATTRIBUTES)

    serve(scenario)


def test_hold_at_submission(serve: Serve) -> None:
    async def scenario(world: World) -> None:
        await world.add_queue()
        await world.add_queue("secure", mode=QueueMode.HOLD)
        await world.add_queue("new", hold_new_jobs=True)
        held = (await world.print_job(job=[keyword("job-hold-until", "indefinite")])).ok()
        assert held.job.integer("job-state") == 4
        assert held.job.strings("job-state-reasons") == (Reason.HOLD_UNTIL,)
        timed = (await world.print_job(job=[name("job-hold-until", "23:59")])).ok()
        assert (await world.job(timed.job_id)).hold_until > 0
        odd = await world.print_job(job=[keyword("job-hold-until", "some-day")])
        assert odd.unsupported.string("job-hold-until") == "some-day"
        odd = await world.print_job(keyword("job-hold-until", "some-day"))
        assert odd.unsupported.string("job-hold-until") == "some-day"
        echoed = (await world.print_job(job=[keyword("job-hold-until", "no-hold")])).ok()
        assert echoed.job.integer("job-state") == 3
        secure = (await world.print_job(to="/printers/secure")).ok()
        assert secure.job.strings("job-state-reasons") == (Reason.RELEASE_WAIT,)
        assert (await world.job(secure.job_id)).expires_at > 0
        new = (await world.print_job(to="/printers/new")).ok()
        assert new.job.strings("job-state-reasons") == (Reason.NEW_JOBS_HELD,)
        pin = octets("job-password", b"1234")
        locked = (await world.print_job(pin, keyword("job-password-encryption", "none"))).ok()
        assert locked.job.strings("job-state-reasons") == (Reason.PASSWORD_WAIT,)
        stored = (await world.job(locked.job_id)).password
        assert stored.startswith("scrypt$")
        assert "1234" not in stored
        (await world.print_job(pin, keyword("job-password-encryption", "rot13"))).fails(
            Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED
        )
        (await world.print_job(octets("job-password", b"x" * 255))).ok()
        (await world.print_job(octets("job-password", b"x" * 256))).fails(Status.CLIENT_ERROR_BAD_REQUEST)

    serve(scenario)


def test_output_device(serve: Serve) -> None:
    async def scenario(world: World) -> None:
        await world.add_queue()
        good = (await world.print_job(job=[name("output-device", "q-device")])).ok()
        assert (await world.job(good.job_id)).device is not None
        bad = await world.print_job(job=[name("output-device", "elsewhere")])
        assert bad.status == Status.SUCCESSFUL_OK_IGNORED_OR_SUBSTITUTED_ATTRIBUTES
        assert bad.unsupported.string("output-device") == "elsewhere"

    serve(scenario)


def test_what_operation_attributes_say_is_kept(serve: Serve) -> None:
    async def scenario(world: World) -> None:
        await world.add_queue()
        heard = (
            await world.print_job(
                octets("document-metadata", b"title=x"),
                uri("requesting-user-uri", "mailto:alice@example.org"),
            )
        ).ok()
        told = await world.ask(Operation.GET_JOB_ATTRIBUTES, integer("job-id", heard.job_id))
        assert told.job.first("document-metadata") == b"title=x"
        assert told.job.string("job-originating-user-uri") == "mailto:alice@example.org"

    serve(scenario)


async def _file_server(folder: Path, answers: dict[str, bytes]) -> asyncio.Server:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        writer.write(answers.get(head.split(" ")[1], b"HTTP/1.1 404 Not Found\r\n\r\n"))
        await writer.drain()
        writer.close()

    return await asyncio.start_server(answer, "127.0.0.1", 0)


def test_print_uri(serve: Serve, tmp_path: Path) -> None:
    async def scenario(world: World) -> None:
        await world.add_queue()
        answers = {
            "/a.pdf": b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(PDF) + PDF,
            "/open.pdf": b"HTTP/1.0 200 OK\r\n\r\n" + PDF,
            "/short.pdf": b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n" + PDF,
            "/moved.pdf": b"HTTP/1.1 302 Found\r\nLocation: http://elsewhere/\r\n\r\n",
            "/empty.pdf": b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        }
        server = await _file_server(tmp_path, answers)
        port = server.sockets[0].getsockname()[1]

        def at(path: str) -> str:
            return f"http://127.0.0.1:{port}{path}"

        async with server:
            heard = (await world.ask(Operation.PRINT_URI, uri("document-uri", at("/a.pdf")))).ok()
            job = await world.job(heard.job_id)
            assert (job.name, job.octets) == ("a.pdf", len(PDF))
            (await world.ask(Operation.PRINT_URI, uri("document-uri", at("/open.pdf")))).ok()
            for bad in ("/short.pdf", "/moved.pdf", "/empty.pdf", "/none.pdf"):
                (await world.ask(Operation.PRINT_URI, uri("document-uri", at(bad)))).fails(
                    Status.CLIENT_ERROR_DOCUMENT_ACCESS_ERROR
                )
            (await world.ask(Operation.PRINT_URI, uri("document-uri", "http://other.example/x"))).fails(
                Status.CLIENT_ERROR_DOCUMENT_ACCESS_ERROR, "not fetched from"
            )
            (await world.ask(Operation.PRINT_URI, uri("document-uri", "bogus://x"))).fails(
                Status.CLIENT_ERROR_URI_SCHEME_NOT_SUPPORTED
            )
            (await world.ask(Operation.PRINT_URI)).fails(Status.CLIENT_ERROR_BAD_REQUEST, "document-uri")
            job_id = (await world.ask(Operation.CREATE_JOB)).ok().job_id
            sent = await world.ask(
                Operation.SEND_URI,
                integer("job-id", job_id),
                boolean("last-document", True),
                uri("document-uri", at("/a.pdf")),
            )
            assert sent.ok().job.integer("job-state") == 3

    serve(scenario, settings=replace(IppSettings(), print_uri=True, print_uri_hosts=("127.0.0.1",)))


def test_print_uri_is_off_by_default(serve: Serve) -> None:
    async def scenario(world: World) -> None:
        await world.add_queue()
        (await world.ask(Operation.PRINT_URI, uri("document-uri", "http://127.0.0.1/x"))).fails(
            Status.SERVER_ERROR_OPERATION_NOT_SUPPORTED
        )
        offered = (await world.ask(Operation.GET_PRINTER_ATTRIBUTES)).printer.integers("operations-supported")
        assert not {Operation.PRINT_URI, Operation.SEND_URI} & set(offered)

    serve(scenario)


def test_streamed_through_a_socket(serve: Serve) -> None:
    """Chunked, with Expect, the IPP part in its own chunk, as libcups sends documents."""

    async def scenario(world: World) -> None:
        await world.add_queue()
        head = octets_of(Operation.PRINT_JOB, mime("document-format", "application/pdf"))
        reader, writer = await asyncio.open_connection(world.host, world.port)
        writer.write(
            b"POST /printers/q HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/ipp\r\n"
            b"Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n"
        )
        writer.write(b"%x\r\n" % len(head) + head + b"\r\n")
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 100")
        for _ in range(20):
            piece = b"%PDF-1.4" + b"z" * 50_000
            writer.write(b"%x\r\n" % len(piece) + piece + b"\r\n")
            await writer.drain()
        writer.write(b"0\r\n\r\n")
        answer = await reader.readuntil(b"\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 200")
        assert b"Content-Length" in answer
        writer.close()
        await writer.wait_closed()
        job = (await world.ask(Operation.GET_JOBS, keyword("requested-attributes", "job-k-octets"))).job
        assert job.integer("job-k-octets") == -(-20 * 50_008 // 1024)

    serve(scenario)


def test_enum_of_nothing_is_no_finishing(serve: Serve) -> None:
    async def scenario(world: World) -> None:
        await world.add_queue()
        heard = await world.print_job(job=[enum("finishings", 0)])
        assert heard.status == Status.SUCCESSFUL_OK_IGNORED_OR_SUBSTITUTED_ATTRIBUTES
        assert (await world.job(heard.job_id)).state is JobState.PENDING
        assert await start_job(world, heard.job_id) is not None

    serve(scenario)
