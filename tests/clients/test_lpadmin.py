"""`lpadmin`, `cupsaccept`, `cupsreject`, `cupsenable`, `cupsdisable`: administration with the stock tools."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.clients.desk import COMPLETED, HELD, Desk
from tests.peers.client import ClientTools, job_id
from tests.peers.ippeveprinter import IppEvePrinter
from tests.peers.process import wait_until


@pytest.fixture
def operator(desk: Desk) -> ClientTools:
    return desk.tools("operator")


def test_add_print_modify_delete(desk: Desk, operator: ClientTools) -> None:
    queue, sink = desk.queue()
    operator(
        "lpadmin", "-p", queue, "-D", "Blue printer", "-L", "Hall", "-o", "printer-is-shared=false"
    ).check()
    shown = desk.printer(queue)
    assert (shown.string("printer-info"), shown.string("printer-location")) == ("Blue printer", "Hall")
    assert shown.boolean("printer-is-shared") is False
    assert shown.string("device-uri") == sink.uri
    moved = desk.sink()
    operator("lpadmin", "-p", queue, "-v", moved.uri).check()
    desk.tools()("lp", "-d", queue, stdin=b"to the new device").check()
    assert moved.wait_jobs(1) == [b"to the new device"]
    assert sink.connections == []
    wait_until(lambda: not desk.jobs(queue), "printed")
    operator("lpadmin", "-x", queue).check()
    assert queue not in operator("lpstat", "-e").out.splitlines()
    assert desk.tools()("lp", "-d", queue, stdin=b"x").code == 1
    assert operator("lpadmin", "-x", queue).code == 1


def test_without_E_a_new_queue_waits(desk: Desk, operator: ClientTools) -> None:
    sink = desk.sink()
    queue, _ = desk.queue()
    name = f"{queue}-off"
    operator("lpadmin", "-p", name, "-v", sink.uri, "-m", "raw").check()
    operator("cupsaccept", name).check()
    operator("cupsenable", name).check()
    desk.tools()("lp", "-d", name, stdin=b"on now").check()
    assert sink.wait_jobs(1) == [b"on now"]


def test_defaults_of_a_queue(desk: Desk, operator: ClientTools) -> None:
    queue, path = desk.file_queue()
    operator(
        *("lpadmin", "-p", queue, "-o", "sides-default=two-sided-long-edge", "-o", "copies-default=2"),
        *("-o", "media-default=na_letter_8.5x11in", "-o", "printer-error-policy=abort-job"),
        *("-o", "job-sheets-default=none,none", "-o", "printer-op-policy=default"),
    ).check()
    shown = desk.printer(queue)
    assert shown.string("sides-default") == "two-sided-long-edge"
    assert shown.integer("copies-default") == 2
    assert shown.string("media-default") == "na_letter_8.5x11in"
    assert shown.string("printer-error-policy") == "abort-job"
    number = job_id(desk.tools()("lp", "-d", queue, "-H", "hold", stdin=b"x").check().out)
    job = desk.job(number)
    assert (job.string("sides"), job.integer("copies")) == ("two-sided-long-edge", 2)
    operator("lpadmin", "-p", queue, "-R", "sides-default", "-R", "copies-default").check()
    shown = desk.printer(queue)
    assert (shown.string("sides-default"), shown.integer("copies-default")) == ("one-sided", 1)
    assert path.exists() is False


def test_who_may_print(desk: Desk, operator: ClientTools) -> None:
    queue, sink = desk.queue()
    operator("lpadmin", "-p", queue, "-u", "allow:alice,dora").check()
    assert "\t\talice" in desk.tools("root")("lpstat", "-l", "-p", queue).out
    assert queue in desk.tools("alice")("lpstat", "-e").out.splitlines()
    assert queue not in desk.tools("bob")("lpstat", "-e").out.splitlines()
    desk.tools("alice")("lp", "-d", queue, stdin=b"allowed").check()
    refused = desk.tools("bob")("lp", "-d", queue, stdin=b"not allowed")
    assert refused.code == 1
    assert "bob" in refused.err
    operator("lpadmin", "-p", queue, "-u", "deny:alice").check()
    assert desk.tools("alice")("lp", "-d", queue, stdin=b"denied").code == 1
    desk.tools("bob")("lp", "-d", queue, stdin=b"bob now").check()
    operator("lpadmin", "-p", queue, "-u", "allow:all").check()
    desk.tools("alice")("lp", "-d", queue, stdin=b"everybody").check()
    assert sink.wait_jobs(3) == [b"allowed", b"bob now", b"everybody"]


def test_default_destination(desk: Desk, operator: ClientTools) -> None:
    queue, _ = desk.queue()
    operator("lpadmin", "-d", queue).check()
    assert operator("lpstat", "-d").out == f"system default destination: {queue}\n"
    assert operator("lpadmin", "-d", "no-such-queue").code == 1


def test_classes(desk: Desk, operator: ClientTools) -> None:
    one, first = desk.queue()
    two, second = desk.queue()
    name = f"class-{one}"
    operator("lpadmin", "-p", one, "-c", name).check()
    operator("lpadmin", "-p", two, "-c", name).check()
    operator("cupsaccept", name).check()
    operator("cupsenable", name).check()
    assert operator("lpstat", "-c", name).check().out == f"members of class {name}:\n\t{one}\n\t{two}\n"
    for text in (b"a", b"b", b"c", b"d"):
        desk.tools()("lp", "-d", name, stdin=text).check()
    wait_until(lambda: len(first.jobs) + len(second.jobs) == 4, "the members print")
    assert sorted(first.jobs + second.jobs) == [b"a", b"b", b"c", b"d"]
    wait_until(lambda: not desk.jobs(name), "printed")
    operator("lpadmin", "-p", one, "-r", name).check()
    assert operator("lpstat", "-c", name).check().out == f"members of class {name}:\n\t{two}\n"
    gone = operator("lpadmin", "-p", one, "-r", name)
    assert "is not a member of class" in gone.err
    operator("lpadmin", "-x", name).check()
    assert name not in operator("lpstat", "-c").out
    assert two in operator("lpstat", "-e").out.splitlines(), "the members stay"


def test_two_queues_of_one_device_are_two_members(desk: Desk, operator: ClientTools) -> None:
    one, sink = desk.queue()
    other = f"{one}-too"
    operator("lpadmin", "-p", other, "-E", "-v", sink.uri, "-m", "raw").check()
    name = f"class-{one}"
    operator("lpadmin", "-p", one, "-c", name).check()
    operator("lpadmin", "-p", other, "-c", name).check()
    assert operator("lpstat", "-c", name).check().out == f"members of class {name}:\n\t{one}\n\t{other}\n"
    operator("lpadmin", "-x", other).check()
    third, _ = desk.queue()
    operator("lpadmin", "-p", third, "-c", name).check()
    assert third in operator("lpstat", "-c", name).check().out


def test_everywhere_asks_the_device(
    desk: Desk,
    operator: ClientTools,
    make_ippeveprinter: Callable[..., IppEvePrinter],
    documents: Path,
) -> None:
    printer = make_ippeveprinter("Everywhere")
    queue, _ = desk.queue()
    name = f"{queue}-everywhere"
    operator("lpadmin", "-p", name, "-E", "-v", printer.uri, "-m", "everywhere").check()

    def known() -> bool:
        return "two-sided-long-edge" in desk.printer(name, "sides-supported").strings("sides-supported")

    wait_until(known, "the device told what it can do")
    document = documents / "document-a4.pdf"
    tools = desk.tools()
    number = job_id(
        tools("lp", "-d", name, "-o", "sides=two-sided-long-edge", "-n", "2", document).check().out
    )
    assert printer.wait_documents(1)[0].read_bytes() == document.read_bytes()
    job = desk.wait_job(number, COMPLETED)
    assert (job.string("sides"), job.integer("copies")) == ("two-sided-long-edge", 2)
    operator("lpadmin", "-p", name, "-m", "everywhere", "-D", "again").check()
    assert desk.printer(name).string("printer-info") == "again"
    listed = tools("lpoptions", "-p", name, "-l").check().out
    assert "Duplex/" in listed


def test_everywhere_fails_for_a_device_that_cannot_be_reached(desk: Desk, operator: ClientTools) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # bound, not listening: nobody else can take the port
        uri = f"ipp://127.0.0.1:{nobody.getsockname()[1]}/ipp/print"
        name = f"{desk.queue()[0]}-off"
        failed = operator("lpadmin", "-p", name, "-E", "-v", uri, "-m", "everywhere")
        assert failed.code == 1
        assert "cannot be asked what it can do" in failed.err and "refuses connections" in failed.err
        assert name not in operator("lpstat", "-e").out.splitlines()
        assert uri not in desk.plantin("device", "list").out
        # One that is known is taken as it is: it may be off just now.
        desk.plantin("device", "add", name, "--uri", uri).check()
        operator("lpadmin", "-p", name, "-E", "-v", uri, "-m", "everywhere").check()
        assert desk.printer(name).string("device-uri") == uri


def test_everywhere_says_what_is_no_printer(desk: Desk, operator: ClientTools) -> None:
    """Plantin itself is an HTTP server that knows no such queue."""
    name = f"{desk.queue()[0]}-wrong"
    uri = f"ipp://127.0.0.1:{desk.port}/printers/no-such-queue"
    failed = operator("lpadmin", "-p", name, "-E", "-v", uri, "-m", "everywhere")
    assert failed.code == 1
    assert "no-such-queue" in failed.err


def test_a_driver_or_a_ppd_is_an_error_in_words(desk: Desk, operator: ClientTools, tmp_path: Path) -> None:
    queue, sink = desk.queue()
    failed = operator("lpadmin", "-p", queue, "-m", "drv:///sample.drv/generic.ppd")
    assert failed.code == 1
    assert "there is no driver 'drv:///sample.drv/generic.ppd'" in failed.err
    foreign = tmp_path / "foreign.ppd"
    foreign.write_text('*PPD-Adobe: "4.3"\n*FormatVersion: "4.3"\n*PCFileName: "FOREIGN.PPD"\n')
    failed = operator("lpadmin", "-p", queue, "-P", foreign)
    assert failed.code == 1
    assert "PPDs are not used" in failed.err
    operator("lpadmin", "-p", queue, "-o", "cupsIPPSupplies=true", "-o", "cupsSNMPSupplies=false").check()
    desk.tools()("lp", "-d", queue, stdin=b"as it is").check()
    assert sink.wait_jobs(1) == [b"as it is"]


@pytest.mark.parametrize("option", ["PageSize=A5", "media=iso_a5_148x210mm", "media-default=A5"])
def test_the_paper_of_a_queue(desk: Desk, operator: ClientTools, option: str) -> None:
    queue, _ = desk.file_queue()
    operator("lpadmin", "-p", queue, "-o", option).check()
    shown = desk.printer(queue, "media-default", "sides-default")
    assert shown.string("media-default") == "iso_a5_148x210mm"
    assert shown.string("sides-default") == "one-sided"
    number = job_id(desk.tools()("lp", "-d", queue, "-H", "hold", stdin=b"x").check().out)
    assert desk.job(number).string("media") == "iso_a5_148x210mm"


def test_a_bad_device_uri_is_refused(desk: Desk, operator: ClientTools) -> None:
    done = operator("lpadmin", "-p", "wrong", "-E", "-v", "bogus://somewhere", "-m", "raw")
    assert done.code == 1
    assert "bogus://somewhere" in done.err


def test_no_file_outside_the_folders_is_written(desk: Desk, operator: ClientTools, tmp_path: Path) -> None:
    queue, _ = desk.queue()
    target = tmp_path / "precious"
    target.write_bytes(b"precious")
    operator("lpadmin", "-p", queue, "-v", f"file://{target}")
    number = job_id(desk.tools()("lp", "-d", queue, stdin=b"overwritten?").check().out)

    def refused() -> bool:
        return "is outside of the folders for file devices" in desk.plantin("job", "why", str(number)).out

    wait_until(refused, "the trail says why")
    desk.tools()("cancel", str(number))
    assert target.read_bytes() == b"precious"


def test_accept_and_reject(desk: Desk, operator: ClientTools) -> None:
    queue, sink = desk.queue()
    operator("cupsreject", "-r", "being moved", queue).check()
    refused = desk.tools()("lp", "-d", queue, stdin=b"x")
    assert refused.code == 1
    assert "being moved" in refused.err
    said = operator("lpstat", "-a", queue).check().out
    assert f"{queue} not accepting requests" in said
    assert "being moved" in said
    operator("cupsaccept", queue).check()
    desk.tools()("lp", "-d", queue, stdin=b"accepted").check()
    assert sink.wait_jobs(1) == [b"accepted"]
    assert operator("cupsreject", "no-such-queue").code == 1


def test_enable_and_disable(desk: Desk, operator: ClientTools) -> None:
    queue, sink = desk.queue()
    operator("cupsdisable", "-r", "no toner", queue).check()
    number = job_id(desk.tools()("lp", "-d", queue, stdin=b"later").check().out)
    said = operator("lpstat", "-p", queue).check().out
    assert said.startswith(f"printer {queue} disabled since")
    assert "no toner" in said
    assert desk.jobs(queue) == [number]
    assert "paused" in desk.printer(queue).strings("printer-state-reasons")
    operator("cupsenable", queue).check()
    assert sink.wait_jobs(1) == [b"later"]
    assert operator("lpstat", "-p", queue).out.startswith(f"printer {queue} ")
    assert operator("cupsdisable", "no-such-queue").code == 1


def test_hold_and_release_new_jobs(desk: Desk, operator: ClientTools) -> None:
    queue, sink = desk.queue()
    operator("cupsdisable", "--hold", queue).check()
    number = job_id(desk.tools()("lp", "-d", queue, stdin=b"held").check().out)
    assert desk.job(number).integer("job-state") == HELD
    assert "hold-new-jobs" in desk.printer(queue).strings("printer-state-reasons")
    operator("cupsenable", "--release", queue).check()
    assert sink.wait_jobs(1) == [b"held"]
    assert "hold-new-jobs" not in desk.printer(queue).strings("printer-state-reasons")


def test_disable_and_cancel(desk: Desk, operator: ClientTools) -> None:
    queue, sink = desk.queue()
    desk.tools()("lp", "-d", queue, "-H", "hold", stdin=b"x").check()
    operator("cupsdisable", "-c", queue).check()
    wait_until(lambda: desk.jobs(queue) == [], "its jobs are canceled")
    assert sink.connections == []
