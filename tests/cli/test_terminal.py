"""What depends on being a terminal, a pipe or a file: progress bars, broken pipes. The real program."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(sys.executable).with_name("plantin")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    data = tmp_path / "data"
    for words in (["queue", "add", "draft"], ["queue", "add", "secure"]):
        subprocess.run([PROGRAM, "--data", data, *words], check=True, capture_output=True)
    return data


def on_a_terminal(*words: str | Path) -> str:
    """What the command writes to its terminal on standard error."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen([PROGRAM, *words], stdout=subprocess.DEVNULL, stderr=theirs)
    os.close(theirs)
    said = b""
    while True:
        try:
            piece = os.read(ours, 4096)
        except OSError:  # the last one has closed the terminal
            break
        if not piece:
            break
        said += piece
    os.close(ours)
    assert process.wait(60) == 0
    return said.decode()


def test_a_bar_on_a_terminal_only(data: Path, tmp_path: Path) -> None:
    file = tmp_path / "large.bin"
    file.write_bytes(b"%!PS\n" + b"x" * 2_000_000)
    words = ("--data", data, "print", file, "--queue", "draft")
    assert "large.bin" in on_a_terminal(*words) and "100%" in on_a_terminal(*words)
    done = subprocess.run([PROGRAM, *words], capture_output=True, text=True, check=True)
    assert done.stderr == "" and done.stdout.startswith("job 3 in queue draft: large.bin")


def test_many_documents_have_one_bar(tmp_path: Path) -> None:
    for number in range(3):
        (tmp_path / f"{number}.txt").write_text("a page\n")
    said = on_a_terminal("inspect", *sorted(tmp_path.glob("*.txt")))
    assert "inspecting" in said and "100%" in said


def test_who_stops_reading_gets_no_traceback(data: Path) -> None:
    done = subprocess.run(
        ["sh", "-c", f"{PROGRAM} --data {data} queue list --json | true"], capture_output=True, text=True
    )
    assert done.stderr == ""


def test_the_environment_names_the_data_directory(data: Path) -> None:
    done = subprocess.run(
        [PROGRAM, "queue", "list"], capture_output=True, text=True, env={"PLANTIN_DATA": str(data)}
    )
    assert (done.returncode, done.stderr) == (0, "") and "secure" in done.stdout


def test_commands_that_all_make_the_installation_at_once(tmp_path: Path) -> None:
    data = tmp_path / "new"
    makers = [
        subprocess.Popen(
            [PROGRAM, "--data", data, "queue", "add", f"q{n}"], stderr=subprocess.PIPE, text=True
        )
        for n in range(4)
    ]
    said = [maker.communicate(timeout=120)[1] for maker in makers]
    assert said == [""] * 4
    listed = subprocess.run([PROGRAM, "--data", data, "queue", "list"], capture_output=True, text=True)
    assert all(f"q{n}" in listed.stdout for n in range(4))
