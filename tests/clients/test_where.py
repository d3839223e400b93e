"""How clients are told where the server is: -h, CUPS_SERVER, client.conf; and all of it over TLS."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.clients.desk import Desk
from tests.peers.client import ClientTools, job_id

NOWHERE = "127.0.0.1:9"


@pytest.fixture
def lost(make_tools: Callable[..., ClientTools]) -> ClientTools:
    """Tools that know no server yet."""
    tools = make_tools(NOWHERE, user="alice")
    del tools.env["CUPS_SERVER"]
    return tools


def test_the_h_option(desk: Desk, lost: ClientTools, tmp_path: Path) -> None:
    queue, sink = desk.queue()
    at = ("-h", desk.server)
    lost("lp", *at, "-d", queue, stdin=b"lp").check()
    document = tmp_path / "document"
    document.write_bytes(b"lpr")
    lost("lpr", "-H", desk.server, "-P", queue, document).check()
    assert sink.wait_jobs(2) == [b"lp", b"lpr"]
    assert f"printer {queue} " in lost("lpstat", *at, "-p", queue).check().out
    assert f"{queue} is ready" in lost("lpq", *at, "-P", queue).check().out
    number = job_id(lost("lp", *at, "-d", queue, "-H", "hold", stdin=b"x").check().out)
    other, elsewhere = desk.queue()
    lost("lpmove", *at, str(number), other).check()
    lost("cancel", *at, str(number)).check()
    lost("lprm", *at, "-P", queue, "-").check()
    for command in ("cupsreject", "cupsaccept", "cupsdisable", "cupsenable"):
        lost(command, *at, queue).check()
    lost("lpadmin", *at, "-p", queue, "-L", "here").check()
    assert "printer-location=here" in lost("lpoptions", *at, "-p", queue).check().out
    assert f"network {sink.uri}" in lost("lpinfo", *at, "-v").check().out
    assert elsewhere.connections == []


@pytest.mark.parametrize("text", ["ServerName {server}\n", "ServerName {server}/version=1.1\n"])
def test_client_conf_makes_it_a_drop_in(desk: Desk, lost: ClientTools, text: str) -> None:
    queue, sink = desk.queue()
    (lost.home / ".cups").mkdir()
    (lost.home / ".cups" / "client.conf").write_text(text.format(server=desk.server))
    desk.tools("operator")("lpadmin", "-d", queue).check()
    lost("lp", stdin=b"default queue of the server").check()
    assert sink.wait_jobs(1) == [b"default queue of the server"]
    assert lost("lpstat", "-d").check().out == f"system default destination: {queue}\n"
    assert queue in lost("lpstat", "-e").check().out.splitlines()


def test_ipp_1_1_clients(desk: Desk) -> None:
    queue, sink = desk.queue()
    old = {"CUPS_SERVER": f"{desk.server}/version=1.1"}
    tools = desk.tools()
    number = job_id(tools("lp", "-d", queue, "-H", "hold", stdin=b"1.1", env=old).check().out)
    assert f"{queue}-{number}" in tools("lpstat", "-o", queue, env=old).check().out
    tools("lp", "-i", str(number), "-H", "resume", env=old).check()
    assert sink.wait_jobs(1) == [b"1.1"]


def test_encryption(desk: Desk, tmp_path: Path) -> None:
    queue, sink = desk.queue()
    tools = desk.tools("carol")
    number = job_id(tools("lp", "-E", "-d", queue, stdin=b"secret").check().out)
    assert sink.wait_jobs(1) == [b"secret"]
    assert desk.wait_job(number).string("job-originating-user-name") == "carol"
    assert "scheduler is running" in tools("lpstat", "-E", "-t").check().out
    waits = job_id(tools("lp", "-E", "-d", queue, "-H", "hold", stdin=b"x").check().out)
    assert str(waits) in tools("lpq", "-E", "-P", queue).check().out
    tools("cancel", "-E", str(waits)).check()
    document = tmp_path / "document"
    document.write_bytes(b"lpr")
    tools("lpr", "-E", "-P", queue, document).check()
    assert sink.wait_jobs(2)[1] == b"lpr"
    for command in ("cupsdisable", "cupsenable", "cupsreject", "cupsaccept"):
        tools(command, "-E", queue).check()
    tools("lpadmin", "-E", "-p", queue, "-L", "there").check()
    assert "printer-location=there" in tools("lpoptions", "-E", "-p", queue).check().out
    assert "network socket" in tools("lpinfo", "-E", "-v").check().out
    tools("lprm", "-E", "-P", queue, "-").check()
