"""``plantin serve``: ready when it says so, one server to a data directory, drained when it ends."""

from __future__ import annotations

import re
import shlex
import signal
import socket
import subprocess
import time
from functools import partial
from pathlib import Path

import pytest

from tests.crash.processes import FRONTEND, QUEUE, SUPERVISOR, children, gone, kill, wait_restarted
from tests.peers.plantin import PROGRAM, Plantin
from tests.peers.process import Daemon, clean_environment, free_port, wait_until
from tests.peers.sink import Behaviour, Sink
from tests.service.support import SECONDS, asked, get, healthy, job_state, wait_for_state

ROOT = Path(__file__).resolve().parents[2]


def refused(*words: str | Path, env: dict[str, str] | None = None, cwd: Path | None = None) -> str:
    """What ``plantin serve`` says when it does not start."""
    done = subprocess.run(
        [PROGRAM, "serve", *words],
        capture_output=True,
        text=True,
        env=clean_environment(Path("/"), **(env or {})),
        cwd=cwd,
        timeout=60,
    )
    assert done.returncode == 1 and done.stdout == "", done
    assert done.stderr.count("\n") == 1 and done.stderr.startswith("plantin: "), done
    return done.stderr


def says(log: Path, text: str) -> bool:
    """Whether a log has a text."""
    return text in log.read_text()


def test_one_line_with_the_addresses_when_it_accepts(own: Plantin) -> None:
    own.start()
    lines = own.log.read_text().splitlines()
    assert lines == [
        f"plantin is ready: ipp://127.0.0.1:{own.port}/ http://127.0.0.1:{own.web_port}/ "
        f"(ipps on the same port; data in {own.data})"
    ]
    assert asked(own, "none") == "client-error-not-found"
    assert get(own, "/health")[0] == 200
    assert own.stop() == 0
    assert own.json("status")["server"] is None


def test_several_addresses_and_free_ports(tmp_path: Path) -> None:
    log = tmp_path / "log"
    words: list[str | Path] = [
        "--data",
        tmp_path / "data",
        "--ipp",
        "127.0.0.1:0",
        "--ipp",
        "[::1]:0",
        "--web",
        "127.0.0.1:0",
    ]
    daemon = Daemon([PROGRAM, "serve", *words], log=log, env=clean_environment(tmp_path))
    try:
        daemon.wait_ready(lambda: "is ready" in log.read_text(), 60)
        addresses = re.findall(r"(ipp|http)://(\S+):(\d+)/", log.read_text())
        assert [(scheme, host) for scheme, host, _ in addresses] == [
            ("ipp", "127.0.0.1"),
            ("ipp", "[::1]"),
            ("http", "127.0.0.1"),
        ]
        for _, host, port in addresses:
            socket.create_connection((host.strip("[]"), int(port)), timeout=10).close()
    finally:
        assert daemon.stop(SECONDS) == 0


def test_systemd_is_told_when_it_accepts_and_when_it_ends(own: Plantin, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.settimeout(SECONDS)
        own.env["NOTIFY_SOCKET"] = str(tmp_path / "notify")
        own.start()
        assert systemd.recv(100) == b"READY=1"
        assert own.stop() == 0
        assert systemd.recv(100) == b"STOPPING=1"


def test_the_command_line_wins_over_environment_and_file(own: Plantin) -> None:
    own.env |= {"PLANTIN_IPP_LISTEN": "10.255.255.1:1", "PLANTIN_WEB_LISTEN": "10.255.255.1:1"}
    own.start()
    assert asked(own, "none") == "client-error-not-found"


def test_a_second_server_on_the_same_data_says_who_has_it(own: Plantin) -> None:
    own.start()
    told = refused("--data", own.data, "--ipp", "127.0.0.1:0", "--web", "127.0.0.1:0")
    assert told == f"plantin: a server runs on {own.data} already: process {own.running.pid}\n"
    assert healthy(own)


def test_a_successor_waits_for_the_one_that_ends(own: Plantin) -> None:
    own.start()
    first = own.running
    first.process.terminate()
    own.start()
    assert first.process.wait(SECONDS) == 0
    assert healthy(own)


@pytest.mark.parametrize("option", ["--ipp", "--web"])
def test_a_port_in_use_is_named_with_the_way_out(tmp_path: Path, option: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        other = "--web" if option == "--ipp" else "--ipp"
        told = refused("--data", tmp_path / "data", option, f"127.0.0.1:{port}", other, "127.0.0.1:0")
    assert f"on 127.0.0.1:{port}: address already in use; choose another address with {option}" in told


@pytest.mark.parametrize(
    ("words", "env", "told"),
    [
        (["--ipp", "nonsense"], {}, "[ipp] listen must be HOST:PORT or [V6-ADDRESS]:PORT, not 'nonsense'"),
        (["--web", "x:99999"], {}, "[web] listen must be HOST:PORT"),
        (["--ipp", "no.such.host.invalid:1"], {}, "can't listen for ipp on no.such.host.invalid:1"),
        ([], {"PLANTIN_LOG_LEVEL": "loud"}, "PLANTIN_LOG_LEVEL must be one of debug"),
        (["--data", "/proc/nowhere"], {}, "the data directory /proc/nowhere can't be used"),
    ],
)
def test_what_is_wrong_is_told_before_anything_starts(
    tmp_path: Path, words: list[str], env: dict[str, str], told: str
) -> None:
    assert told in refused("--data", tmp_path / "data", *words, env=env)


def test_a_wrong_file_is_told_with_its_place(tmp_path: Path) -> None:
    file = tmp_path / "plantin.toml"
    file.write_text("[ipp]\nconnections = 8 9\n")
    told = refused("--data", tmp_path)
    assert f"{file}: " in told and "line 2, column" in told


def test_a_key_file_that_is_missing_is_told(tmp_path: Path) -> None:
    missing = str(tmp_path / "no-key")
    done = subprocess.run(
        [PROGRAM, "serve", "--data", tmp_path / "data", "--ipp", "127.0.0.1:0", "--web", "127.0.0.1:0"],
        capture_output=True,
        text=True,
        env=clean_environment(tmp_path, PLANTIN_SPOOL_KEY_FILE=missing),
        timeout=60,
    )
    assert done.returncode == 1
    assert missing in done.stderr and "Traceback" not in done.stderr


def test_a_job_in_work_ends_before_the_server_does(own: Plantin) -> None:
    with Sink(Behaviour.SLOW, octets=65536, seconds=0.1) as device:
        own.start()
        own.add_queue("slow", device.uri)
        job = int(own("print", "-", "--queue", "slow", stdin=b"x" * 3_000_000).check().out.split()[1])
        wait_until(lambda: len(device.connections) > 0, "the device takes the job", SECONDS)
        own.running.process.terminate()
        assert own.running.process.wait(3 * SECONDS) == 0
        assert job_state(own, job) == "completed"
        assert len(device.connections) == 1 and len(device.connections[0].data) == 3_000_000


def test_control_c_ends_it_too(own: Plantin) -> None:
    own.start()
    own.running.process.send_signal(signal.SIGINT)
    assert own.running.process.wait(SECONDS) == 0


@pytest.mark.parametrize("part", [FRONTEND, QUEUE, "accounting"])
def test_a_part_that_dies_is_started_again_and_the_server_goes_on(own: Plantin, part: str) -> None:
    own.start()
    own("device", "add", "hall", "--uri", f"file://{own.data}/devices/hall/").check()
    own("queue", "add", "draft", "--device", "hall").check()
    before = kill(own, part)
    wait_restarted(own, part, before)
    wait_until(lambda: healthy(own), "the server is well again", SECONDS)
    wait_until(lambda: asked(own, "draft") == "idle accepting", "clients are answered", SECONDS)
    job = int(own("print", "-", "--queue", "draft", stdin=b"x\n").check().out.split()[1])
    wait_for_state(own, job, "completed")
    log = own.log.read_text()
    assert f"{part} ended (-9)" in log and f"restarting {part}" in log
    assert own.stop() == 0


def test_no_part_outlives_its_supervisor(own: Plantin) -> None:
    own.start()
    parts = children(own)
    assert set(parts) == {FRONTEND, QUEUE, "accounting"}
    kill(own, SUPERVISOR)
    assert all(gone(pid) for pid in parts.values())
    own.start()
    assert healthy(own)


def test_what_the_demonstration_says_works_word_by_word(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("something to print\n")
    log = tmp_path / "log"
    address = f"127.0.0.1:{free_port()}"
    words = ["--demo", "--data", "var", "--ipp", address, "--web", "127.0.0.1:0"]
    env = clean_environment(tmp_path)
    daemon = Daemon([PROGRAM, "serve", *words], log=log, env=env, cwd=tmp_path)
    try:
        daemon.wait_ready(lambda: "Ctrl-C" in log.read_text(), 60)
        told = dict(re.findall(r"^  ([A-Z][\w ,]+?): +(\S.*)$|^  (?:or )", log.read_text(), re.MULTILINE))
        told.pop("", None)
        assert list(told) == [
            "Print something",
            "See it wait",
            "Release it",
            "Where, and why",
            "What came out",
        ]

        def follow(line: str) -> str:
            done = subprocess.run(
                shlex.split(told[line]), capture_output=True, text=True, env=env, cwd=tmp_path, timeout=60
            )
            assert done.returncode == 0, (told[line], done)
            return done.stdout

        assert follow("Print something").startswith("request id is secure-1")
        assert "job-release-wait" in follow("See it wait")
        assert follow("Release it") == "job 1 released\n"
        deadline = time.monotonic() + SECONDS
        while "now: completed" not in follow("Where, and why"):
            assert time.monotonic() < deadline
        assert "000001-README" in follow("What came out")
        without_cups = re.search(r"or without CUPS: +(\S.*)$", log.read_text(), re.MULTILINE)
        assert without_cups is not None
        told["again"] = without_cups[1]
        assert "in queue secure" in follow("again")
    finally:
        assert daemon.stop(SECONDS) == 0


def test_the_demonstration_starts_a_second_time(tmp_path: Path) -> None:
    words: list[str | Path] = [
        "--demo",
        "--data",
        tmp_path / "var",
        "--ipp",
        "127.0.0.1:0",
        "--web",
        "127.0.0.1:0",
    ]
    for start in range(2):
        log = tmp_path / f"log{start}"
        daemon = Daemon([PROGRAM, "serve", *words], log=log, env=clean_environment(tmp_path), cwd=tmp_path)
        try:
            daemon.wait_ready(partial(says, log, "Ctrl-C"), 60)
            assert "job release 1\n" in log.read_text()
        finally:
            assert daemon.stop(SECONDS) == 0
