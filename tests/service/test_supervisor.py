"""The supervisor, with parts that fail, die, hang and do not listen."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.peers.process import Daemon, clean_environment, wait_until

ROOT = Path(__file__).resolve().parents[2]
Start = Callable[[str], Daemon]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a supervisor whose part behaves so."""
    started: list[Daemon] = []

    def one(behaviour: str) -> Daemon:
        command: list[str | Path] = [sys.executable, "-m", "tests.service.parts", tmp_path, behaviour]
        daemon = Daemon(command, log=tmp_path / "log", env=clean_environment(tmp_path), cwd=ROOT)
        started.append(daemon)
        return daemon

    yield one
    for daemon in started:
        daemon.kill()


def log(folder: Path) -> str:
    return (folder / "log").read_text()


def starts(folder: Path) -> int:
    file = folder / "starts"
    return len(file.read_text().splitlines()) if file.exists() else 0


def ready(folder: Path) -> Callable[[], bool]:
    return lambda: "plantin is ready\n" in log(folder)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
def test_a_signal_drains_the_parts_and_ends_with_0(
    start: Start, tmp_path: Path, number: signal.Signals
) -> None:
    daemon = start("well")
    daemon.wait_ready(ready(tmp_path))
    daemon.process.send_signal(number)
    assert daemon.process.wait(30) == 0
    assert (tmp_path / "drained").exists() and starts(tmp_path) == 1


def test_a_hangup_ends_nothing(start: Start, tmp_path: Path) -> None:
    daemon = start("well")
    daemon.wait_ready(ready(tmp_path))
    daemon.process.send_signal(signal.SIGHUP)
    daemon.process.send_signal(signal.SIGTERM)
    assert daemon.process.wait(30) == 0


@pytest.mark.parametrize(
    ("behaviour", "told"),
    [
        ("fails", "there is no paper"),
        ("breaks", "ZeroDivisionError: a defect"),
    ],
)
def test_a_part_that_cannot_start_ends_the_server_with_its_reason(
    start: Start, tmp_path: Path, behaviour: str, told: str
) -> None:
    daemon = start(behaviour)
    assert daemon.process.wait(30) == 1
    assert told in log(tmp_path)
    assert "a part of the server could not start; see the log above" in log(tmp_path)
    assert "is ready" not in log(tmp_path) and starts(tmp_path) == 1


def test_a_part_that_is_never_ready_ends_the_server(start: Start, tmp_path: Path) -> None:
    daemon = start("mute")
    assert daemon.process.wait(30) == 1
    assert "the server was not ready within 3 s" in log(tmp_path)


def test_a_part_that_dies_is_started_again(start: Start, tmp_path: Path) -> None:
    daemon = start("dies")
    wait_until(lambda: starts(tmp_path) == 2, "the part is started again")
    assert "odd ended (7)" in log(tmp_path) and "restarting odd" in log(tmp_path)
    wait_until(lambda: "is ready" in log(tmp_path), "it is ready")
    daemon.process.terminate()
    assert daemon.process.wait(30) == 0


def test_a_part_that_dies_again_and_again_is_started_less_and_less_often(
    start: Start, tmp_path: Path
) -> None:
    daemon = start("dies-again")
    wait_until(lambda: starts(tmp_path) >= 5, "the part is started again and again")
    waits = [
        float(line.rpartition(" in ")[2].removesuffix(" s"))
        for line in log(tmp_path).splitlines()
        if "next start in" in line
    ]
    assert waits == sorted(waits) and waits[3] > waits[0]
    daemon.process.terminate()
    daemon.process.wait(30)


def test_a_part_that_does_not_drain_is_killed_in_the_end(start: Start, tmp_path: Path) -> None:
    daemon = start("stubborn")
    daemon.wait_ready(ready(tmp_path))
    daemon.process.terminate()
    assert daemon.process.wait(30) == 1
    assert "odd did not end in time" in log(tmp_path)
