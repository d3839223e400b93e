"""What docs/operations.md tells an administrator to do, done."""

from __future__ import annotations

import configparser
import shutil
import sqlite3
from pathlib import Path

from plantin.service.supervisor import DRAIN_S
from tests.peers.plantin import Plantin
from tests.peers.process import wait_until
from tests.service.support import asked, wait_for_state

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "operations.md").read_text()


def prints(server: Plantin, queue: str, octets: bytes) -> bytes:
    """Prints and returns what came out in the folder ``hall``."""
    job = int(server("print", "-", "--queue", queue, stdin=octets).check().out.split()[1])
    wait_for_state(server, job, "completed")
    (paper,) = (server.data / "devices" / "hall").glob(f"{job:06}-*")
    return paper.read_bytes()


def test_a_backup_of_a_running_server_is_whole(own: Plantin, tmp_path: Path) -> None:
    own.start()
    own("device", "add", "hall", "--uri", f"file://{own.data}/devices/hall/").check()
    own("queue", "add", "secure", "--device", "hall", "--mode", "hold").check()
    for number in range(5):
        own("print", "-", "--queue", "secure", stdin=b"document %d\n" % number).check()
    own("print", "-", "--queue", "secure", stdin=b"x" * 600_000).check()
    other = Plantin(tmp_path / "restored")
    assert "VACUUM INTO" in PAGE and PAGE.index("VACUUM INTO") < PAGE.index("rsync -a --delete")
    with sqlite3.connect(own.data / "plantin.sqlite3") as store:
        store.execute("VACUUM INTO ?", [str(other.data / "plantin.sqlite3")])
    store.close()
    own("print", "-", "--queue", "secure", stdin=b"came in between\n").check()
    shutil.copytree(own.data / "spool", other.data / "spool")
    assert own.stop() == 0

    other("device", "set", "hall", "--uri", f"file://{other.data}/devices/hall/").check()
    other.start()
    try:
        assert [job["id"] for job in other.json("job", "list")] == [1, 2, 3, 4, 5, 6]
        for job in range(1, 7):
            other("job", "release", str(job)).check()
            wait_for_state(other, job, "completed")
        papers = sorted((other.data / "devices" / "hall").iterdir())
        wanted = [b"document %d\n" % number for number in range(5)] + [b"x" * 600_000]
        assert [paper.read_bytes() for paper in papers] == wanted
    finally:
        other.kill()


def test_an_installation_moves_to_postgresql(own: Plantin, tmp_path: Path, postgresql_url: str) -> None:
    own("device", "add", "hall", "--uri", f"file://{own.data}/devices/hall/").check()
    own("queue", "add", "draft", "--device", "hall", "--info", "Draft").check()
    own("queue", "reject", "draft").check()
    file = tmp_path / "office.toml"
    own("export", file).check()
    (own.data / "plantin.toml").write_text(f'[store]\nurl = "{postgresql_url}"\n')
    own("import", file).check()
    own("queue", "accept", "draft").check()
    assert own.json("queue", "show", "draft")["info"] == "Draft"
    own.start()
    wait_until(lambda: asked(own, "draft") == "idle accepting", "the queue is there")
    assert prints(own, "draft", b"moved\n") == b"moved\n"
    assert "moved" not in own("job", "list").check().out
    assert own("job", "why", "1").check().out.count("\n") == 5
    assert own.stop() == 0


def test_the_unit_fits_the_server() -> None:
    unit = configparser.ConfigParser(strict=False, allow_no_value=True)
    unit.optionxform = str  # type: ignore[assignment,method-assign]  # as configparser documents it
    unit.read_string(PAGE.split("```ini\n")[1].split("```")[0])
    service = unit["Service"]
    assert service["Type"] == "notify" and service["KillMode"] == "mixed"
    assert int(service["TimeoutStopSec"]) > DRAIN_S + 10
    assert f"{DRAIN_S:.0f} seconds at most" in PAGE


def test_every_metric_is_on_the_page(server: Plantin) -> None:
    from tests.service.support import get

    for line in get(server, "/metrics")[2].decode().splitlines():
        if line.startswith("# TYPE "):
            assert f"`{line.split()[2]}" in PAGE, line
