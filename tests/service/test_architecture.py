"""What docs/architecture.md promises of the rooms and no other tool checks."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ROOT / "src" / "plantin"
PAGE = (ROOT / "docs" / "architecture.md").read_text()


def modules(*rooms: str) -> Iterator[tuple[Path, ast.Module]]:
    for room in rooms:
        for path in sorted((ROOMS / room).rglob("*.py")):
            yield path, ast.parse(path.read_text())


def imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def test_no_unit_of_work_can_wait() -> None:
    """Law 8: a transaction that could await would hold the writer's lock while the world goes on."""
    waiting = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path, tree in modules("store/commands", "store/queries")
        for node in ast.walk(tree)
        if isinstance(node, ast.AsyncFunctionDef | ast.Await)
        or (isinstance(node, ast.Name) and node.id == "asyncio")
    ]
    assert waiting == []


def test_nobody_borrows_a_shared_thread() -> None:
    """Law 8: ``sync_to_async`` runs everything on one thread that everybody shares."""
    rooms = [path.name for path in ROOMS.iterdir() if path.is_dir()]
    borrowers = [
        str(path.relative_to(ROOT))
        for path, tree in modules(*rooms)
        if any(name.split(".")[0] == "asgiref" for name in imported(tree))
    ]
    assert borrowers == []


def test_who_listens_does_not_deliver() -> None:
    """Law 9: who parses strangers' octets knows no backend (only how a device URI is written), and who
    delivers knows no listener."""
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path, tree in modules("frontends")
        for name in imported(tree)
        if name.startswith(("plantin.delivery", "plantin.queue")) and name != "plantin.delivery.uri"
    ]
    wrong += [
        f"{path.relative_to(ROOT)} imports {name}"
        for path, tree in modules("delivery", "queue")
        for name in imported(tree)
        if name.startswith("plantin.frontends")
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("part", "never"),
    [
        ("frontend_process", ("plantin.queue", "plantin.devices.poller")),
        ("queue_process", ("plantin.frontends.http1", "plantin.frontends.ipp")),
    ],
)
def test_a_part_alone_does_not_even_load_the_other(part: str, never: tuple[str, ...]) -> None:
    script = f"import sys, plantin.service.{part}; print(' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert loaded.isdisjoint(never)


def test_the_page_shows_every_room() -> None:
    for room in ROOMS.iterdir():
        if room.is_dir() and (room / "__init__.py").exists():
            assert f"{room.name}/" in PAGE, room.name


def test_the_page_has_every_law() -> None:
    for number in range(1, 11):
        assert f"| {number}. **" in PAGE
