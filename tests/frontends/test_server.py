"""The server's own part: HTTP around IPP, versions, leading attributes, limits, pages."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest

from plantin.frontends.http1 import HttpError
from plantin.frontends.ipp.operations import OPERATIONS
from plantin.ipp import (
    REQUEST_LIMITS,
    Attribute,
    Message,
    Operation,
    Status,
    Tag,
    decode,
    encode,
    encode_group,
    encode_head,
)
from plantin.ipp.attributes import boolean, charset, integer, keyword, language, name, text, uri
from tests.frontends.harness import World, octets_of

Serve = Callable[..., None]
CHARSET = charset("attributes-charset", "utf-8")
LANGUAGE = language("attributes-natural-language", "en")
PRINTER = uri("printer-uri", "ipp://localhost/printers/q")
GET = Operation.GET_PRINTER_ATTRIBUTES


async def send(
    world: World,
    operation: int,
    attributes: Iterable[Attribute],
    *,
    version: tuple[int, int] = (2, 0),
    request_id: int = 5,
) -> Message:
    message = Message(version, operation, request_id)
    message.add_group(Tag.OPERATION_ATTRIBUTES, attributes)
    return await answer(world, encode(message))


async def answer(world: World, octets: bytes) -> Message:
    response = await world.http_request(body=octets)
    assert response.status == 200
    assert isinstance(response.body, bytes)
    return decode(response.body)[0]


@pytest.mark.parametrize("version", [(1, 0), (1, 1), (2, 0), (2, 1), (2, 2)])
def test_the_clients_version_comes_back(serve: Serve, version: tuple[int, int]) -> None:
    async def scenario(world: World) -> None:
        await world.add_queue()
        heard = await send(world, GET, [CHARSET, LANGUAGE, PRINTER], version=version, request_id=1234)
        assert (heard.version, heard.request_id, heard.code) == (version, 1234, Status.SUCCESSFUL_OK)
        leading = heard.groups[0].attributes
        assert [attribute.name for attribute in leading[:2]] == [
            "attributes-charset",
            "attributes-natural-language",
        ]

    serve(scenario)


@pytest.mark.parametrize("version", [(0, 0), (3, 0), (9, 9)])
def test_versions_that_are_not_ours(serve: Serve, version: tuple[int, int]) -> None:
    async def scenario(world: World) -> None:
        heard = await send(world, GET, [CHARSET, LANGUAGE, PRINTER], version=version)
        assert heard.code == Status.SERVER_ERROR_VERSION_NOT_SUPPORTED
        assert heard.version == (2, 0)

    serve(scenario)


def test_what_every_request_needs(serve: Serve) -> None:
    async def scenario(world: World) -> None:
        await world.add_queue()
        bad = Status.CLIENT_ERROR_BAD_REQUEST
        for attributes in (
            [],
            [CHARSET],
            [LANGUAGE, CHARSET, PRINTER],
            [CHARSET, PRINTER],
            [CHARSET, LANGUAGE],
            [CHARSET, LANGUAGE, PRINTER, PRINTER],
            [CHARSET, LANGUAGE, text("printer-uri", "ipp://localhost/printers/q")],
            [CHARSET, LANGUAGE, uri("printer-uri", "ipp://a/printers/q", "ipp://b/printers/q")],
        ):
            assert (await send(world, GET, attributes)).code == bad, attributes
        for request_id in (0, -1):
            heard = await send(world, GET, [CHARSET, LANGUAGE, PRINTER], request_id=request_id)
            assert (heard.code, heard.request_id) == (bad, request_id)
        latin = await send(world, GET, [charset("attributes-charset", "iso-8859-1"), LANGUAGE, PRINTER])
        assert latin.code == Status.CLIENT_ERROR_CHARSET_NOT_SUPPORTED
        ascii_ = await send(world, GET, [charset("attributes-charset", "us-ascii"), LANGUAGE, PRINTER])
        assert ascii_.code == Status.SUCCESSFUL_OK

    serve(scenario)


def test_operations_that_are_not_there(serve: Serve) -> None:
    async def scenario(world: World) -> None:
        await world.add_queue()
        for operation in (0x0000, 0x0001, 0x000F, 0x0063, 0x4028, 0x7FFF):
            heard = await send(world, operation, [CHARSET, LANGUAGE, PRINTER])
            assert heard.code == Status.SERVER_ERROR_OPERATION_NOT_SUPPORTED, hex(operation)

    serve(scenario)


def test_wrong_syntax_names_the_attribute(serve: Serve) -> None:
    async def scenario(world: World) -> None:
        await world.add_queue()
        for attribute in (
            integer("requested-attributes", 1),
            text("my-jobs", "yes"),
            keyword("limit", "many"),
            keyword("document-format", "a", "b"),
        ):
            operation = Operation.PRINT_JOB if attribute.name == "document-format" else Operation.GET_JOBS
            heard = await world.ask(operation, attribute, data=b"%PDF-1.4")
            heard.fails(Status.CLIENT_ERROR_BAD_REQUEST, attribute.name)
            assert attribute.name in heard.unsupported
        copies = await world.print_job(job=[boolean("copies", True)])
        copies.fails(Status.CLIENT_ERROR_BAD_REQUEST, "copies")

    serve(scenario)


def test_octets_that_are_no_message(serve: Serve) -> None:
    async def scenario(world: World) -> None:
        await world.add_queue()
        whole = octets_of(GET)
        for cut in (9, len(whole) // 2, len(whole) - 1):
            heard = await answer(world, whole[:cut])
            assert heard.code == Status.CLIENT_ERROR_BAD_REQUEST
            assert heard.request_id == 7
        for short in (b"", b"\x02\x00"):
            with pytest.raises(HttpError) as caught:
                await world.http_request(body=short)
            assert caught.value.status == 400

    serve(scenario)


def test_limits_of_a_request(serve: Serve) -> None:
    async def scenario(world: World) -> None:
        await world.add_queue()
        start = encode_head((2, 0), GET, 5) + encode_group(
            Tag.OPERATION_ATTRIBUTES, [CHARSET, LANGUAGE, PRINTER]
        )
        many = [name(f"x{index}", "y") for index in range(REQUEST_LIMITS.attributes - 3)]
        heard = await answer(world, start + encode_group(Tag.JOB_ATTRIBUTES, many) + b"\x03")
        assert heard.code == Status.SUCCESSFUL_OK
        more = [*many, name("z", "y")]
        heard = await answer(world, start + encode_group(Tag.JOB_ATTRIBUTES, more) + b"\x03")
        assert heard.code == Status.CLIENT_ERROR_REQUEST_ENTITY_TOO_LARGE

    serve(scenario)


def test_status_message_has_255_octets_at_most(serve: Serve) -> None:
    async def scenario(world: World) -> None:
        heard = await world.print_job(to="/printers/" + "é" * 120)
        heard.fails(Status.CLIENT_ERROR_NOT_FOUND)
        assert len(heard.text.encode()) <= 255

    serve(scenario)


def test_a_defect_is_an_internal_error(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(call: object) -> object:
        raise ZeroDivisionError

    async def scenario(world: World) -> None:
        monkeypatch.setitem(OPERATIONS, int(GET), broken)
        (await world.ask(GET)).fails(Status.SERVER_ERROR_INTERNAL_ERROR)

    serve(scenario)


def test_http_around_it(serve: Serve) -> None:
    async def scenario(world: World) -> None:
        await world.add_queue()
        for method, headers, status in (
            ("PUT", (), 405),
            ("DELETE", (), 405),
            ("POST", (), 415),
            ("POST", ((b"content-type", b"text/html"),), 415),
        ):
            with pytest.raises(HttpError) as caught:
                await world.http_request(method, "/", b"x", headers=headers)
            assert caught.value.status == status
        assert (await world.http_request("OPTIONS", "*", headers=())).status == 200
        odd = await world.http_request(
            "POST", "/anywhere", octets_of(GET), headers=((b"content-type", b"Application/IPP; charset=x"),)
        )
        assert odd.status == 200
        assert dict(odd.headers)["Content-Type"] == "application/ipp"

    serve(scenario)


def test_pages(serve: Serve) -> None:
    async def scenario(world: World) -> None:
        await world.add_queue("q&b", info="<script>")
        await world.add_queue("r")

        async def get(path: str) -> bytes:
            response = await world.http_request("GET", path, headers=())
            assert response.status == 200
            assert isinstance(response.body, bytes)
            return response.body

        for path in ("/", "/printers/r", "/printers/q&b"):
            page = await get(path)
            assert page.startswith(b"<!doctype html>")
            assert b"<script>" not in page
            assert b">q&b<" not in page
        assert await get("/health") == b"ok\n"
        for size in (48, 128, 512):
            assert (await get(f"/icons/printer-{size}.png")).startswith(b"\x89PNG")
        assert (await get("/printers/r.ppd")).startswith(b"*PPD-Adobe")
        assert b"plantin-queue-mode" in await get("/strings/en.strings")
        for path in ("/printers/none", "/printers/none.ppd", "/icons/x.png", "/admin/conf/cupsd.conf", "/x"):
            with pytest.raises(HttpError) as caught:
                await get(path)
            assert caught.value.status == 404

    serve(scenario)


def test_every_operation_names_its_standard() -> None:
    for operation, handle in OPERATIONS.items():
        module = __import__(handle.__module__, fromlist=["x"])
        documented = module.__doc__ or ""
        assert Operation(operation).keyword in documented, handle.__module__
        assert any(word in documented for word in ("RFC", "PWG", "CUPS")), handle.__module__


def test_every_operation_answers_nonsense_with_a_reason(serve: Serve) -> None:
    """With nothing but what every request has: an answer, and a reason when it is a refusal."""

    async def scenario(world: World) -> None:
        await world.add_queue()
        for operation in OPERATIONS:
            for to in ("/printers/q", "/", "/printers/none", "/jobs/99", None):
                heard = await world.ask(operation, to=to, peer="192.0.2.7")
                assert heard.status != Status.SERVER_ERROR_INTERNAL_ERROR, (hex(operation), to)
                assert heard.status < Status.CLIENT_ERROR_BAD_REQUEST or heard.text, (hex(operation), to)

    serve(scenario)
