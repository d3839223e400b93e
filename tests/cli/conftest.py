"""A data directory for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from plantin.store.database import DatabaseUrl, open_database
from tests.cli.support import Cli


@pytest.fixture
def cli(tmp_path: Path) -> Iterator[Cli]:
    """Commands on an installation that has nothing yet."""
    yield Cli(tmp_path / "data")
    open_database(DatabaseUrl("sqlite://:memory:"))  # the command's database goes with the test


@pytest.fixture
def office(cli: Cli) -> Cli:
    """An office: device ``hall`` (a folder) and ``shelf`` (port 9100, off); queues ``draft`` (direct),
    ``secure`` (hold), ``anywhere`` (find-me)."""
    cli.good("device", "add", "hall", "--uri", f"file://{cli.data}/devices/hall/")
    cli.good("device", "add", "shelf", "--uri", "socket://127.0.0.1:1")
    cli.good("queue", "add", "draft", "--device", "hall")
    cli.good("queue", "add", "secure", "--device", "hall", "--mode", "hold")
    cli.good("queue", "add", "anywhere", "--device", "hall", "--device", "shelf", "--mode", "find-me")
    return cli


@pytest.fixture
def page(tmp_path: Path) -> Path:
    """A small file to print."""
    file = tmp_path / "page.txt"
    file.write_text("a page\n")
    return file
