"""The peers do what the other tests trust them for."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from tests.peers import documents as make
from tests.peers.client import ClientTools, job_id
from tests.peers.cupsd import private_cupsd
from tests.peers.ippeveprinter import IppEvePrinter
from tests.peers.ipptool import IppTool, parse
from tests.peers.postgresql import PostgreSQL
from tests.peers.process import PeerError, accepts, process_ids
from tests.peers.samba import private_samba
from tests.peers.sink import Behaviour, Sink


def _send(sink: Sink, data: bytes) -> bytes:
    """Send a job as a simple client would; what came back."""
    back = b""
    with socket.create_connection(("127.0.0.1", sink.port), timeout=20) as link:
        link.sendall(data)
        link.shutdown(socket.SHUT_WR)
        while piece := link.recv(65536):
            back += piece
    return back


def test_a_good_device_keeps_the_job_and_its_times(sink: Sink) -> None:
    assert _send(sink, b"job" * 1000) == b""
    assert sink.wait_jobs(1) == [b"job" * 1000]
    one = sink.connections[0]
    assert one.complete and one.opened <= one.spoke


@pytest.mark.parametrize(
    ("behaviour", "answer"),
    [
        (Behaviour.HALF_CLOSE, b""),
        (Behaviour.SLOW, b""),
        (Behaviour.LATE_CLOSE, b""),
        (Behaviour.LATE_ACCEPT, b""),
        (Behaviour.STATUS, b"@PJL USTATUS"),
        (Behaviour.ERROR_TEXT, b"Paper jam"),
        (Behaviour.JUNK, b"\x00\x01\x02"),
    ],
)
def test_an_odd_device_takes_the_job(
    make_sink: Callable[..., Sink], behaviour: Behaviour, answer: bytes
) -> None:
    sink = make_sink(behaviour, octets=200, seconds=0.01)
    assert answer in _send(sink, b"x" * 2000)
    assert sink.wait_jobs(1) == [b"x" * 2000]


@pytest.mark.parametrize("behaviour", [Behaviour.RESET, Behaviour.CLOSE_EARLY])
def test_a_device_that_drops_the_job_does_not_count_it(
    make_sink: Callable[..., Sink], behaviour: Behaviour
) -> None:
    sink = make_sink(behaviour, octets=1000)
    with pytest.raises(OSError):
        _send(sink, b"x" * 5_000_000)
    assert len(sink.wait_connections(1)[0].data) == 1000
    assert sink.jobs == []


@pytest.mark.parametrize("behaviour", [Behaviour.RESET_AT_ONCE, Behaviour.CLOSE_AT_ONCE])
def test_a_device_that_reads_nothing(make_sink: Callable[..., Sink], behaviour: Behaviour) -> None:
    sink = make_sink(behaviour)
    with pytest.raises(OSError):
        _send(sink, b"x" * 5_000_000)
    assert sink.jobs == []


@pytest.mark.parametrize("behaviour", [Behaviour.SILENT, Behaviour.STALL, Behaviour.NEVER_CLOSES])
def test_a_device_that_never_ends(make_sink: Callable[..., Sink], behaviour: Behaviour) -> None:
    sink = make_sink(behaviour, octets=10)
    with socket.create_connection(("127.0.0.1", sink.port), timeout=0.2) as link:
        link.sendall(b"x" * 100)
        link.shutdown(socket.SHUT_WR)
        with pytest.raises(TimeoutError):
            link.recv(1)


def test_a_device_goes_and_comes_back(sink: Sink) -> None:
    sink.behave(Behaviour.REFUSE)
    assert not accepts(sink.port)
    sink.behave(Behaviour.GOOD)
    _send(sink, b"again")
    assert sink.wait_jobs(1) == [b"again"]


def test_documents_are_what_they_say(documents: Path, make_tools: Callable[..., ClientTools]) -> None:
    tools = make_tools("")
    said = tools("pdfinfo", documents / "document-a4.pdf").check().out.split("\n")
    assert [line.split()[1] for line in said if line.startswith("Pages:")] == ["4"]
    (documents / "colour.pdf").write_bytes(make.pdf(3, colour=(2,), compress=True))
    inks = tools(
        *("gs", "-q", "-dBATCH", "-dNOPAUSE", "-sDEVICE=inkcov", "-o", "-"), documents / "colour.pdf"
    ).check()
    assert ["0.00000  0.00000  0.00000" in line for line in inks.out.splitlines()] == [True, False, True]
    shown = tools(
        *("gs", "-q", "-dBATCH", "-dNOPAUSE", "-sDEVICE=inkcov", "-o", "-"), documents / "document-letter.ps"
    ).check()
    assert len(shown.out.splitlines()) == 4
    for name, kind in (
        ("color.jpg", "600x900, components 3"),
        ("gray.jpg", "600x900, components 1"),
        ("onepage-letter-300-black-1.pwg", "2550x3300 pixels 1 bits/color 1 bits/pixel"),
        ("onepage-a4-150-srgb-8.pwg", "8 bits/color 24 bits/pixel ColorOrder=Chunky ColorSpace=sRGB"),
        ("testfile.txt", "UTF-8 text"),
    ):
        assert kind in tools("file", documents / name).out


def test_cupsd_prints_to_a_device(sink: Sink, make_tools: Callable[..., ClientTools]) -> None:
    with private_cupsd(queues={"raw1": sink.uri}) as cupsd:
        tools = make_tools(cupsd.server, user="alice")
        assert job_id(tools("lp", "-d", "raw1", stdin=b"hello").check().out) == 1
        assert sink.wait_jobs(1) == [b"hello"]
        tools("lpadmin", "-p", "q2", "-E", "-v", sink.uri, "-m", "raw").check()
        tools("lpr", "-P", "q2", stdin=b"world").check()
        assert sink.wait_jobs(2)[1] == b"world"
        said = tools.python("import cups; print(sorted(cups.Connection().getPrinters()))").check().out
        assert said == "['q2', 'raw1']\n"
        folder = cupsd.folder
    assert not folder.exists() and not process_ids(str(folder))


def test_samba_prints_through_cupsd(
    sink: Sink, tmp_path: Path, make_tools: Callable[..., ClientTools]
) -> None:
    document = tmp_path / "document.txt"
    document.write_bytes(b"from Windows")
    with private_cupsd(queues={"raw1": sink.uri}) as cupsd:
        with private_samba(cupsd.server) as samba:
            samba.wait_queue("raw1")
            samba.print("raw1", document)
            samba.print("raw1", document, user="alice")
            assert sink.wait_jobs(2) == [b"from Windows"] * 2
            listed = make_tools(cupsd.server)("lpstat", "-W", "all", "-o").check().out
            conf = samba.conf
        assert "alice" in listed
        assert not process_ids(str(conf))


def test_ippeveprinter_keeps_what_it_prints(
    ippeveprinter: IppEvePrinter, documents: Path, make_ipptool: Callable[[str], IppTool]
) -> None:
    suites = make_ipptool(f"127.0.0.1:{ippeveprinter.port}")
    ippeveprinter.busy()
    report = suites.run(ippeveprinter.uri, "print-job.test", document="document-a4.pdf").check()
    assert report.counts == (1, 0, 0)
    assert not suites.run(ippeveprinter.uri, "create-job.test").passed, "busy: it takes one job at a time"
    ippeveprinter.go()
    kept = ippeveprinter.wait_documents(1)
    assert kept[0].read_bytes() == (documents / "document-a4.pdf").read_bytes()
    found = suites.tools("ippfind", "-T", "2", "_ipp._tcp", "--print-name", env=ippeveprinter.avahi.env)
    assert ippeveprinter.name in found.out.splitlines()


def test_a_suite_that_does_not_run_is_a_failure(
    ippeveprinter: IppEvePrinter, make_ipptool: Callable[[str], IppTool]
) -> None:
    suites = make_ipptool(f"127.0.0.1:{ippeveprinter.port}")
    with pytest.raises(PeerError, match=r"no-such\.test"):
        suites.run(ippeveprinter.uri, "no-such.test").check()


def test_failures_inside_included_files_are_found() -> None:
    said = (
        '"ipp-2.0.test":\n'
        "    First                                                                [PASS]\n"
        "    Second: with words                                                   [FAIL]\n"
        "        RECEIVED: 122 bytes in response\n"
        "        EXPECTED: STATUS successful-ok (got server-error-busy)\n"
        "        job-id (integer) = 7\n"
        "    Third                                                                [SKIP]\n"
        "\nSummary: 1 tests, 1 passed, 0 failed, 0 skipped\n"
    )
    report = parse("ipp-2.0.test", said)
    assert report.counts == (1, 1, 1)
    assert "server-error-busy" in report.failed["Second: with words"]
    assert "job-id" not in report.failed["Second: with words"]
    with pytest.raises(PeerError, match="Second: with words"):
        report.check()


def test_postgresql_gives_each_test_a_database(postgresql: PostgreSQL, postgresql_url: str) -> None:
    with psycopg.connect(postgresql_url) as connection:
        connection.execute("create table t (n int)")
    with psycopg.connect(postgresql.create_database()) as other:
        assert other.execute("select to_regclass('t')").fetchone() == (None,)
