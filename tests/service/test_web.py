"""Health and metrics, on a server that runs and on one that is not well."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from plantin import __version__
from plantin.frontends.http1 import Request, Response
from plantin.store.access import Store
from plantin.store.database import Baton, DatabaseUrl, migrate, open_database
from plantin.web.status import StatusPages
from tests.peers.plantin import Plantin
from tests.service.support import get

SAMPLE = re.compile(
    r"(?P<name>[a-zA-Z_:][a-zA-Z0-9_:]*)"
    r"(?:\{(?P<labels>[a-zA-Z_][a-zA-Z0-9_]*=\"(?:[^\"\\\n]|\\[\\n\"])*\""
    r"(?:,[a-zA-Z_][a-zA-Z0-9_]*=\"(?:[^\"\\\n]|\\[\\n\"])*\")*)\})?"
    r" (?P<value>-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)"
)


def samples(text: str) -> dict[str, float]:
    """The samples of an exposition; AssertionError where it breaks the text format 0.0.4."""
    assert text.endswith("\n")
    found: dict[str, float] = {}
    declared: list[str] = []
    for line in text.splitlines():
        if line.startswith("# HELP "):
            name, help_text = line[7:].split(" ", 1)
            assert name not in declared and help_text
            declared.append(name)
        elif line.startswith("# TYPE "):
            name, kind = line[7:].split(" ")
            assert name == declared[-1] and kind in ("counter", "gauge")
            assert name.endswith("_total") is (kind == "counter")
        else:
            sample = SAMPLE.fullmatch(line)
            assert sample is not None, line
            assert sample["name"] == declared[-1], "the samples of a metric stand together"
            key = line.rpartition(" ")[0]
            assert key not in found
            found[key] = float(sample["value"])
    return found


def test_a_server_that_is_well_says_so(server: Plantin) -> None:
    for path in ("/health", "/healthz"):
        status, headers, body = get(server, path)
        assert (status, headers["content-type"]) == (200, "application/json")
        told = json.loads(body)
        assert (told["status"], told["version"]) == ("ok", __version__)
        assert told["parts"] == {"frontend": True, "queue": True, "accounting": True}
        assert set(told["open_jobs"]) == {"incoming", "pending", "held", "processing", "stopped"}
        assert told["spool_free_octets"] > 0


def test_metrics_are_in_the_text_format(server: Plantin) -> None:
    server("device", "add", "hall", "--uri", "socket://127.0.0.1:1").check()
    server("queue", "add", "secure", "--device", "hall", "--mode", "hold").check()
    server("print", "-", "--queue", "secure", stdin=b"x\n").check()
    status, headers, body = get(server, "/metrics")
    assert (status, headers["content-type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
    found = samples(body.decode())
    assert found[f'plantin_info{{version="{__version__}"}}'] == 1
    assert found['plantin_part_up{part="frontend"}'] == found['plantin_part_up{part="queue"}'] == 1
    assert (found["plantin_queues"], found["plantin_devices"]) == (1, 1)
    assert found["plantin_jobs_accepted_total"] == 1
    assert found['plantin_open_jobs{state="held"}'] == 1
    assert found['plantin_open_jobs{state="pending"}'] == 0
    assert found["plantin_events_total"] >= 3 and found["plantin_attempts_total"] == 0
    assert found["plantin_spool_free_octets"] > 0


@pytest.mark.parametrize("path", ["/", "/health", "/metrics", "/nothing"])
def test_head_is_get_without_a_body(server: Plantin, path: str) -> None:
    status, headers, body = get(server, path, "HEAD")
    again, expected, content = get(server, path)
    assert (status, body) == (again, b"")
    assert headers["content-type"] == expected["content-type"]
    if path == "/":
        assert int(headers["content-length"]) == len(content)


def test_other_pages_and_methods_are_refused(server: Plantin) -> None:
    assert get(server, "/nothing")[0] == 404
    status, headers, _ = get(server, "/health", "POST")
    assert (status, headers["allow"]) == (405, "GET, HEAD")


def pages_of(folder: Path, spool: Path) -> StatusPages:
    open_database(DatabaseUrl.sqlite(folder / "plantin.sqlite3"))
    migrate()
    return StatusPages(Store(Baton(folder / "write.lock"), readers=1), spool, folder)


def ask(pages: StatusPages, path: str) -> Response:
    request = cast(Request, SimpleNamespace(method="GET", path=path))

    async def handle() -> Response:
        return await pages.handle(request)

    try:
        return asyncio.run(handle())
    finally:
        pages._store.close()
        open_database(DatabaseUrl("sqlite://:memory:"))


def test_without_its_other_parts_the_server_is_not_well(tmp_path: Path) -> None:
    answer = ask(pages_of(tmp_path, tmp_path), "/health")
    assert answer.status == 503 and isinstance(answer.body, bytes)
    told = json.loads(answer.body)
    assert told["reason"] == "a part does not run: frontend, queue"
    assert told["parts"] == {"frontend": False, "queue": False}


def test_without_its_spool_the_server_is_not_well(tmp_path: Path) -> None:
    answer = ask(pages_of(tmp_path, tmp_path / "missing"), "/health")
    assert answer.status == 503 and isinstance(answer.body, bytes)
    assert json.loads(answer.body)["reason"] == "the spool: No such file or directory"
    assert ask(pages_of(tmp_path, tmp_path / "missing"), "/metrics").status == 503


def test_without_its_store_the_server_is_not_well(tmp_path: Path) -> None:
    open_database(DatabaseUrl.sqlite(tmp_path / "empty.sqlite3"))
    answer = ask(StatusPages(Store(Baton(tmp_path / "lock"), readers=1), tmp_path, tmp_path), "/health")
    assert answer.status == 503 and isinstance(answer.body, bytes)
    assert "no such table" in json.loads(answer.body)["reason"]
