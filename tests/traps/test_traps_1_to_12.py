"""Traps 1 to 12 of print clients: targets, request lines, echoed defaults, formats, Windows, PINs, names."""

from __future__ import annotations

import pytest

from plantin.ipp import Tag
from tests.clients.desk import CANCELED, COMPLETED, HELD, Desk
from tests.traps import shapes
from tests.traps.wire import (
    BOOLEAN,
    CANCEL_JOB,
    CANCEL_JOBS,
    CREATE_JOB,
    ENUM,
    GET_JOBS,
    GET_PRINTER_ATTRIBUTES,
    INTEGER,
    JOB,
    KEYWORD,
    MIME,
    NAME,
    PRINT_JOB,
    PURGE_JOBS,
    URI,
    VALIDATE_JOB,
    Answer,
    attribute,
    request,
)

ALICE = attribute(NAME, "requesting-user-name", "alice")


def print_job(
    desk: Desk, queue: str, *more: bytes, job: list[bytes] | None = None, text: bytes = b"x"
) -> Answer:
    """Print-Job of alice."""
    uri = attribute(URI, "printer-uri", f"ipp://localhost/printers/{queue}")
    return desk.post(request(PRINT_JOB, uri, ALICE, *more, job=job) + text)


def held(desk: Desk, queue: str) -> int:
    answer = print_job(desk, queue, job=[attribute(KEYWORD, "job-hold-until", "indefinite")]).ok()
    return answer.job.integer("job-id") or 0


@pytest.mark.parametrize(
    "uri",
    [
        "ipp://localhost/printers/{}",
        "ipp://localhost:631/printers/{}",
        "ipps://elsewhere.example:9999/printers/{}",
        "http://user@host.example/printers/{}",
        "ipp://localhost/ipp/print/{}",
        "ipp://localhost/printers/{}?waitjob=false",
    ],
)
def test_01_the_host_in_printer_uri_is_often_wrong(desk: Desk, uri: str) -> None:
    queue, _ = desk.queue()
    escaped = "".join(f"%{ord(letter):02x}" for letter in queue)
    for name in (queue, escaped):
        asked = request(GET_PRINTER_ATTRIBUTES, attribute(URI, "printer-uri", uri.format(name)))
        assert desk.post(asked, target=f"/printers/{queue}").ok().printer.string("printer-name") == queue
    other = request(GET_PRINTER_ATTRIBUTES, attribute(URI, "printer-uri", uri.format(queue.upper())))
    assert desk.post(other).status == 0x0406, "names are case-sensitive"


def test_02_samba_sends_an_absolute_request_line(desk: Desk) -> None:
    queue, sink = desk.queue()
    body = request(
        PRINT_JOB,
        attribute(URI, "printer-uri", f"ipp://localhost:631/printers/{queue}"),
        attribute(NAME, "requesting-user-name", "smbuser"),
        attribute(NAME, "job-originating-host-name", "win10.example"),
        attribute(NAME, "job-name", "smbprn.00000001 letter"),
    )
    with desk.wire() as wire:
        answer = wire.post(body + b"from Samba", target=f"ipp://localhost:631/printers/{queue}").ok()
    assert sink.wait_jobs(1) == [b"from Samba"]
    job = desk.wait_job(answer.job.integer("job-id") or 0)
    assert job.string("job-originating-user-name") == "smbuser"
    assert job.string("job-originating-host-name") == "win10.example"


def test_03_pycups_says_printer_uri_slash(desk: Desk) -> None:
    asked = request(0x19, attribute(URI, "printer-uri", "/"), ALICE)
    assert desk.post(asked).status in (0x0000, 0x0406), "no subscriptions, or none found"
    made = desk.post(
        request(
            0x16,
            attribute(URI, "printer-uri", "ipp://localhost/"),
            ALICE,
            subscription=[
                attribute(KEYWORD, "notify-pull-method", "ippget"),
                attribute(KEYWORD, "notify-events", "all"),
                attribute(NAME, "requesting-user-name", "alice"),
            ],
        )
    ).ok()
    number = made.group(Tag.SUBSCRIPTION_ATTRIBUTES).integer("notify-subscription-id") or 0
    slash = attribute(URI, "printer-uri", "/")
    one = attribute(INTEGER, "notify-subscription-id", number)
    assert desk.post(request(0x1C, slash, ALICE, attribute(INTEGER, "notify-subscription-ids", number))).ok()
    renewed = desk.post(request(0x1A, slash, ALICE, one)).ok()
    assert renewed.group(Tag.SUBSCRIPTION_ATTRIBUTES).integer("notify-lease-duration")
    assert desk.post(request(0x1B, slash, ALICE, one)).ok()


def test_04_libcups_echoes_all_defaults(desk: Desk) -> None:
    queue, sink = desk.queue()
    uri = attribute(URI, "printer-uri", f"ipp://localhost/printers/{queue}")
    asked = attribute(KEYWORD, "requested-attributes", "printer-defaults")
    defaults = desk.post(request(GET_PRINTER_ATTRIBUTES, uri, asked)).ok().printer
    assert len(defaults.attributes) > 15
    assert all(one.name.endswith("-default") for one in defaults.attributes)
    told = desk.printer(queue)
    echoed = []
    for one in told.attributes:
        name = one.name.removesuffix("-default")
        if name == one.name or one.out_of_band or f"{name}-supported" not in told:
            continue
        values = [value for value in one.values if isinstance(value, int | str | bytes | bool)]
        if values and not name.startswith(("document-", "notify-", "natural", "charset")):
            echoed.append(attribute(one.tag, name, *values))
    fidelity = attribute(BOOLEAN, "ipp-attribute-fidelity", True)
    answer = print_job(desk, queue, fidelity, job=echoed)
    assert answer.status == 0x0000, f"a default of ours refuses a job: {answer.words}"
    sheets = [attribute(NAME, "job-sheets", "none", "none"), attribute(INTEGER, "job-cancel-after", 10800)]
    print_job(desk, queue, job=sheets).ok()
    assert sink.wait_jobs(2) == [b"x", b"x"]


def test_05_octet_stream_is_sniffed_and_odd_values_are_ignored(desk: Desk) -> None:
    queue, sink = desk.queue()
    octets = attribute(MIME, "document-format", "application/octet-stream")
    odd = [
        attribute(ENUM, "finishings", 0),
        attribute(KEYWORD, "media", "A4"),
        attribute(BOOLEAN, "fit-to-page", True),
    ]
    for document, found in (
        (b"%PDF-1.4\n1 0 obj", "application/pdf"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "image/jpeg"),
        (b"%!PS-Adobe-3.0\n", "application/postscript"),
        (b"just text\n", "text/plain"),
    ):
        answer = print_job(desk, queue, octets, job=odd, text=document).ok()
        assert answer.status == 0x0001, "ignored, and said so"
        names = {one.name for one in answer.group(Tag.UNSUPPORTED_ATTRIBUTES).attributes}
        assert "finishings" in names
        assert "media" not in names, "A4 is iso_a4_210x297mm"
        job = desk.wait_job(answer.job.integer("job-id") or 0)
        assert job.string("document-format-detected") == found
    assert len(sink.wait_jobs(4)) == 4
    fidelity = attribute(BOOLEAN, "ipp-attribute-fidelity", True)
    assert print_job(desk, queue, octets, fidelity, job=odd).status == 0x040B


def test_06_job_id_0_and_minus_1_mean_all_or_the_current_one(desk: Desk) -> None:
    queue, _ = desk.queue()
    other, _ = desk.queue()
    uri = attribute(URI, "printer-uri", f"ipp://localhost/printers/{queue}")
    keep = attribute(BOOLEAN, "purge-jobs", False)
    stays = held(desk, other)
    gone = [held(desk, queue), held(desk, queue)]
    desk.post(request(CANCEL_JOBS, uri, attribute(INTEGER, "job-id", 0), ALICE, keep), "/admin/").ok()
    assert [desk.job(number).integer("job-state") for number in gone] == [CANCELED, CANCELED]
    gone = [held(desk, queue), held(desk, queue)]
    desk.post(request(PURGE_JOBS, uri, attribute(INTEGER, "job-id", -1), ALICE, keep), "/jobs/").ok()
    assert desk.jobs(queue) == []
    purge = attribute(BOOLEAN, "purge-jobs", True)
    number = held(desk, queue)
    desk.post(request(CANCEL_JOB, uri, attribute(INTEGER, "job-id", 0), ALICE, purge), "/jobs/").ok()
    assert number not in desk.jobs(queue)
    assert desk.job(stays).integer("job-state") == HELD
    root = attribute(URI, "printer-uri", "ipp://localhost/printers/")
    held(desk, queue)
    desk.post(request(CANCEL_JOBS, root, ALICE, keep), "/admin/").ok()
    assert desk.jobs() == []


def test_07_windows_old_spooler_speaks_ipp_1_0(desk: Desk) -> None:
    queue, sink = desk.queue()
    uri = f"http://localhost:{desk.port}/printers/{queue}"
    asked = shapes.windows_old_spooler(uri)
    with desk.wire() as wire:
        answer = wire.post(
            asked, target=f"/printers/{queue}", headers=["User-Agent: Internet Print Provider"]
        )
        assert answer.body[:2] == b"\x01\x00", "its own version back"
        assert answer.message.request_id == 11
        assert answer.ok().printer.string("printer-name") == queue
        assert len(answer.printer.attributes) >= 30
        assert "content-length" in answer.headers
        printed = wire.post(shapes.windows_old_print(uri, b"\x1bEPCL\x1bE"), target=f"/printers/{queue}").ok()
    assert sink.wait_jobs(1) == [b"\x1bEPCL\x1bE"]
    assert (
        desk.wait_job(printed.job.integer("job-id") or 0).string("job-name") == "Microsoft Word - letter.docx"
    )
    for version in ((0, 0), (3, 0)):
        refused = desk.post(
            request(GET_PRINTER_ATTRIBUTES, attribute(URI, "printer-uri", uri), version=version)
        )
        assert refused.status == 0x0503
        assert refused.body[0] == 2


def test_07_windows_11_class_driver(desk: Desk) -> None:
    queue, _ = desk.queue()
    uri = f"ipp://{desk.server}/printers/{queue}"
    with desk.wire() as wire:
        one = wire.post(shapes.windows_11(uri), target=f"/printers/{queue}").ok()
        two = wire.post(shapes.windows_11(uri), target=f"/printers/{queue}").ok()
    told = one.printer
    assert one.headers["content-length"] == str(len(one.body))
    assert len(told.attributes) >= 30
    assert (told.string("printer-uuid") or "").startswith("urn:uuid:")
    assert told.string("printer-uuid") == two.printer.string("printer-uuid")
    device_id = told.string("printer-device-id") or ""
    assert all(part in device_id for part in ("MFG:", "MDL:", "CMD:"))
    assert told.strings("media-supported")
    assert told.string("media-default") in told.strings("media-supported")
    assert told.values("media-col-ready")
    assert told.strings("printer-uri-supported") == (uri,)
    assert not any(source.isdigit() for source in told.strings("media-source-supported"))
    assert told.string("uri-authentication-supported")


def test_08_no_authentication_where_drivers_cannot_give_it(desk: Desk) -> None:
    queue, _ = desk.queue()
    uri = attribute(URI, "printer-uri", f"ipp://localhost/printers/{queue}")
    for operation in (GET_PRINTER_ATTRIBUTES, GET_JOBS, VALIDATE_JOB):
        answer = desk.post(request(operation, uri))
        assert answer.http_status == 200
        assert "www-authenticate" not in answer.headers
        answer.ok()


def test_09_a_browser_gets_a_page_and_no_challenge(desk: Desk) -> None:
    queue, _ = desk.queue()
    with desk.wire() as wire:
        for path in ("/", f"/printers/{queue}"):
            answer = wire.get(path)
            assert answer.http_status == 200
            assert answer.headers["content-type"].startswith("text/html")
            assert "www-authenticate" not in answer.headers


def test_10_ios_pin_printing_stays_held(desk: Desk) -> None:
    queue, sink = desk.queue()
    uri = f"ipp://localhost/ipp/print/{queue}"
    with desk.wire() as wire:
        target = f"/ipp/print/{queue}"
        wire.post(shapes.ios_job(VALIDATE_JOB, uri, b"1234"), target=target).ok()
        made = wire.post(shapes.ios_job(CREATE_JOB, uri, b"1234"), target=target).ok()
        number = made.job.integer("job-id") or 0
        sent = shapes.send_document(uri, number, "Anna's iPhone", "image/urf")
        document = b"UNIRAST\0" + bytes(4)
        wire.post(b"", target=target, chunked=[sent, document]).ok()
    job = desk.job(number)
    assert job.integer("job-state") == HELD
    assert any(
        one in ("job-password-wait", "job-password-specified") for one in job.strings("job-state-reasons")
    )
    assert job.string("job-originating-user-name") == "Anna's iPhone"
    assert sink.connections == []
    told = desk.printer(queue)
    assert told.integer("job-password-supported")
    assert "none" in told.strings("job-password-encryption-supported")


def test_11_names_that_are_too_long_or_no_utf_8(desk: Desk) -> None:
    queue, sink = desk.queue()
    names = [
        ("ü" * 300).encode(),
        "letter für Anna".encode("latin-1"),
        b"with\x1bcontrol\r\ncharacters",
        ("x" * 254 + "ü").encode(),
    ]
    for name in names:
        uri = attribute(URI, "printer-uri", f"ipp://localhost/printers/{queue}")
        user = attribute(NAME, "requesting-user-name", name)
        answer = desk.post(request(PRINT_JOB, uri, user, attribute(NAME, "job-name", name)) + b"x").ok()
        job = desk.wait_job(answer.job.integer("job-id") or 0, COMPLETED)
        for shown in (job.string("job-name") or "", job.string("job-originating-user-name") or ""):
            assert 0 < len(shown.encode()) <= 255
            assert shown.isprintable()
    assert len(sink.wait_jobs(4)) == 4


def test_12_no_set_mixes_syntaxes_and_none_is_empty(desk: Desk) -> None:
    queue, _ = desk.queue()
    path_queue, _ = desk.file_queue()
    for name in (queue, path_queue):
        group = desk.printer(name, "all", "media-col-database")
        assert all(one.tags is None for one in group.attributes)
        assert all(one.values or one.out_of_band for one in group.attributes)
        assert len({one.name for one in group.attributes}) == len(group.attributes), "each once"
    number = held(desk, queue)
    assert desk.job(number).get("job-id") is not None
    listed = desk.post(
        request(
            GET_JOBS,
            attribute(URI, "printer-uri", "ipp://localhost/"),
            attribute(KEYWORD, "requested-attributes", "all"),
        )
    ).ok()
    assert listed.message.groups_of(JOB)
