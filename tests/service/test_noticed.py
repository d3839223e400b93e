"""A server that runs notices at once what a command does to its data directory."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.peers.plantin import Plantin
from tests.peers.process import wait_until
from tests.service.support import SECONDS, asked, get, wait_for_state


@pytest.fixture(scope="module")
def office(server: Plantin) -> Plantin:
    """With a folder ``hall`` and the queues ``draft`` and ``secure``."""
    server("device", "add", "hall", "--uri", f"file://{server.data}/devices/hall/").check()
    server("queue", "add", "draft", "--device", "hall").check()
    server("queue", "add", "secure", "--device", "hall", "--mode", "hold").check()
    wait_until(lambda: asked(server, "secure") == "idle accepting", "the queues are there", SECONDS)
    return server


def test_queues_come_change_and_go(office: Plantin) -> None:
    def told(words: str) -> None:
        wait_until(lambda: asked(office, "new") == words, f"a client is told {words}", SECONDS)

    assert asked(office, "new") == "client-error-not-found"
    office("queue", "add", "new", "--device", "hall").check()
    told("idle accepting")
    office("queue", "reject", "new").check()
    told("idle rejecting")
    office("queue", "disable", "new").check()
    told("stopped rejecting")
    office("queue", "enable", "new").check()
    office("queue", "accept", "new").check()
    told("idle accepting")
    office("queue", "remove", "new").check()
    told("client-error-not-found")


def test_an_imported_queue_is_there(office: Plantin, tmp_path: Path) -> None:
    file = tmp_path / "more.csv"
    file.write_text("queue,device\n" + "".join(f"more{n},hall\n" for n in range(50)))
    office("import", file).check()
    wait_until(lambda: asked(office, "more49") == "idle accepting", "the last queue is there", SECONDS)


def test_a_printed_file_comes_out(office: Plantin) -> None:
    told = office("print", "-", "--queue", "draft", "--title", "leaf", stdin=b"a leaf\n").check().out
    job = int(told.split()[1])
    wait_for_state(office, job, "completed")
    (paper,) = (office.data / "devices" / "hall").glob(f"{job:06}-*")
    assert paper.read_bytes() == b"a leaf\n"


def test_a_released_job_prints_and_prints_again(office: Plantin) -> None:
    job = office("print", "-", "--queue", "secure", stdin=b"secret\n").check().out.split()[1].rstrip(",")
    assert office.json("job", "show", job)["state"] == "held"
    office("job", "release", job).check()
    wait_for_state(office, int(job), "completed")
    office("job", "reprint", job).check()
    wait_until(
        lambda: len(list((office.data / "devices" / "hall").glob(f"{int(job):06}-*"))) == 2,
        "it is printed twice",
        SECONDS,
    )
    told = office("job", "why", job).check().out
    assert "attempt 2 on hall begins" in told and "The server does not run" not in told


def test_a_paused_device_prints_when_it_is_resumed(office: Plantin) -> None:
    office("device", "set", "hall", "--pause").check()
    job = office("print", "-", "--queue", "draft", stdin=b"later\n").check().out.split()[1]
    assert "hall: paused by an administrator" in office("job", "why", job).check().out
    office("device", "set", "hall", "--resume").check()
    wait_for_state(office, int(job), "completed")


def test_the_status_names_the_server(office: Plantin) -> None:
    assert office.json("status")["server"] == office.running.pid
    assert f"server runs as process {office.running.pid}" in office("status").check().out


def test_several_commands_at_once_do_not_disturb_each_other(office: Plantin) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(6) as pool:
        done = list(pool.map(lambda n: office("queue", "add", f"one{n}", "--device", "hall"), range(12)))
    assert [result.err for result in done if result.code] == []
    names = {row["name"] for row in office.json("queue", "list")}
    assert {f"one{n}" for n in range(12)} <= names
    assert get(office, "/health")[0] == 200
