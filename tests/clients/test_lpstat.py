"""`lpstat`, `lpq`, `lpoptions` and `lpinfo`: what people and scripts read off them."""

from __future__ import annotations

from pathlib import Path

from tests.clients.desk import Desk
from tests.peers.client import job_id


def test_scheduler_and_server(desk: Desk) -> None:
    tools = desk.tools()
    assert tools("lpstat", "-r").check().out == "scheduler is running\n"
    assert tools("lpstat", "-H").check().out == f"{desk.server}\n"


def test_default_queue(desk: Desk) -> None:
    queue, _ = desk.queue()
    desk.tools("operator")("lpadmin", "-d", queue).check()
    assert desk.tools()("lpstat", "-d").check().out == f"system default destination: {queue}\n"
    assert f"system default destination: {queue}\n" in desk.tools()("lpstat", "-s").check().out


def test_queues(desk: Desk) -> None:
    queue, sink = desk.queue()
    tools = desk.tools()
    accepting = tools("lpstat", "-a", queue).check().out
    assert accepting.startswith(f"{queue} accepting requests since ")
    state = tools("lpstat", "-p", queue).check().out
    assert state.startswith(f"printer {queue} is idle.  enabled since ")
    assert tools("lpstat", "-v", queue).check().out == f"device for {queue}: {sink.uri}\n"
    assert queue in tools("lpstat", "-e").check().out.splitlines()
    assert f"device for {queue}: {sink.uri}" in tools("lpstat", "-s").check().out
    desk.tools("operator")("lpadmin", "-p", queue, "-D", "Second floor", "-L", "Room 2.14").check()
    long = tools("lpstat", "-l", "-p", queue).check().out
    assert "Description: Second floor" in long
    assert "Location: Room 2.14" in long


def test_an_unknown_queue(desk: Desk) -> None:
    done = desk.tools()("lpstat", "-p", "no-such-queue")
    assert done.code == 1
    assert "Invalid destination name" in done.err


def test_jobs_by_state_and_owner(desk: Desk) -> None:
    queue, sink = desk.queue()
    alice, bob = desk.tools("alice"), desk.tools("bob")
    printed = job_id(alice("lp", "-d", queue, stdin=b"printed").check().out)
    sink.wait_jobs(1)
    desk.wait_job(printed)
    waits = job_id(bob("lp", "-d", queue, "-H", "hold", stdin=b"x" * 3000).check().out)
    active = alice("lpstat", "-o", queue).check().out
    assert [line.split()[:3] for line in active.splitlines()] == [[f"{queue}-{waits}", "bob", "3072"]]
    assert alice("lpstat", "-W", "not-completed", "-o", queue).check().out == active
    done = alice("lpstat", "-W", "completed", "-o", queue).check().out
    assert [line.split()[0] for line in done.splitlines()] == [f"{queue}-{printed}"]
    everything = alice("lpstat", "-W", "all", "-o", queue).check().out
    assert {line.split()[0] for line in everything.splitlines()} == {f"{queue}-{printed}", f"{queue}-{waits}"}
    of_alice = alice("lpstat", "-W", "all", "-u", "alice").check().out
    assert f"{queue}-{printed}" in of_alice
    assert f"{queue}-{waits}" not in of_alice
    long = alice("lpstat", "-l", "-o", queue).check().out
    assert "Alerts: job-hold-until-specified" in long
    assert f"queued for {queue}" in long


def test_everything_at_once(desk: Desk) -> None:
    queue, sink = desk.queue()
    number = job_id(desk.tools()("lp", "-d", queue, "-H", "hold", stdin=b"x").check().out)
    said = desk.tools()("lpstat", "-t").check().out
    for line in (
        "scheduler is running",
        f"device for {queue}: {sink.uri}",
        f"{queue} accepting requests since",
        f"printer {queue} is idle.",
        f"{queue}-{number}",
    ):
        assert line in said


def test_lpq(desk: Desk) -> None:
    queue, _ = desk.queue()
    tools = desk.tools()
    assert tools("lpq", "-P", queue).check().out == f"{queue} is ready\nno entries\n"
    number = job_id(tools("lp", "-d", queue, "-t", "letter", "-H", "hold", stdin=b"x" * 2048).check().out)
    listed = tools("lpq", "-P", queue).check().out.splitlines()
    assert listed[0] == f"{queue} is ready"
    assert listed[2].split() == ["1st", "alice", str(number), "letter", "2048", "bytes"]
    assert tools("lpq", "-P", queue, str(number)).check().out.splitlines()[2] == listed[2]
    assert "no entries" in tools("lpq", "-P", queue, "bob").check().out
    assert "letter" in tools("lpq", "-a").check().out
    assert f"alice: 1st {' ' * 0}" in tools("lpq", "-l", "-P", queue).check().out


def test_lpoptions_lists_and_sets(desk: Desk, tmp_path: Path) -> None:
    queue, _ = desk.file_queue()
    tools = desk.tools("carol")
    listed = tools("lpoptions", "-p", queue, "-l").check().out
    assert any(line.startswith("PageSize/") and "*A4" in line for line in listed.splitlines())
    assert any(line.startswith("Duplex/") for line in listed.splitlines())
    shown = tools("lpoptions", "-p", queue).check().out
    assert f"printer-info={queue}" in shown
    assert "printer-uri-supported=ipp://localhost" in shown
    tools("lpoptions", "-p", queue, "-o", "sides=two-sided-long-edge", "-o", "copies=3").check()
    number = job_id(tools("lp", "-d", queue, "-H", "hold", stdin=b"x").check().out)
    job = desk.job(number)
    assert (job.string("sides"), job.integer("copies")) == ("two-sided-long-edge", 3)
    tools("lpoptions", "-p", queue, "-r", "copies").check()
    tools("lpoptions", "-p", f"{queue}/draft", "-o", "print-quality=3").check()
    tools("lpoptions", "-d", f"{queue}/draft").check()
    number = job_id(tools("lp", "-H", "hold", stdin=b"x").check().out)
    assert desk.job(number).integer("print-quality") == 3
    assert f"{queue}/draft" in tools("lpstat", "-e").check().out.splitlines()
    tools("lpoptions", "-x", f"{queue}/draft").check()


def test_lpinfo(desk: Desk) -> None:
    _, sink = desk.queue()
    tools = desk.tools("operator")
    devices = tools("lpinfo", "-v").check().out.splitlines()
    assert "network socket" in devices
    assert "network ipp" in devices
    assert f"network {sink.uri}" in devices
    assert tools("lpinfo", "-v").check().out.splitlines() == devices, "every time"
    only = tools("lpinfo", "--include-schemes", "ipp", "-v").check().out.splitlines()
    assert only
    assert all(line.startswith("network ipp") for line in only)
    assert "device-id" in tools("lpinfo", "-l", "-v").check().out
    models = tools("lpinfo", "-m").check().out.splitlines()
    assert "everywhere IPP Everywhere" in models
    assert "raw Raw Queue" in models
