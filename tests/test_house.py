"""The house rules that no tool of `make check` knows."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCES = sorted((ROOT / "src" / "plantin").rglob("*.py"))
FUNCTION_LINES_MAX = 70
FILE_LINES_MAX = 600


def _functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_functions_and_files_are_short() -> None:
    long = []
    for path in SOURCES:
        if "migrations" in path.parts:
            continue
        text = path.read_text()
        if text.count("\n") > FILE_LINES_MAX:
            long.append(f"{path.relative_to(ROOT)}: {text.count(chr(10))} lines")
        for function in _functions(ast.parse(text)):
            lines = (function.end_lineno or function.lineno) - function.lineno + 1
            if lines > FUNCTION_LINES_MAX:
                long.append(f"{path.relative_to(ROOT)}:{function.lineno} {function.name}: {lines} lines")
    assert long == []


def test_only_the_service_reads_the_environment() -> None:
    readers = []
    for path in SOURCES:
        room = path.relative_to(ROOT / "src" / "plantin").parts
        # Whether Django's own tools have set Django up already is told by Django's own variable; inspection
        # hands PATH on to the programs that it starts with an otherwise empty environment.
        if room[0] in ("service", "inspect") or room == ("store", "__init__.py"):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Attribute) and node.attr in ("environ", "environb", "getenv"):
                readers.append(f"{path.relative_to(ROOT)}:{node.lineno}")
            if isinstance(node, ast.ImportFrom) and node.module == "os":
                readers += [
                    f"{path.relative_to(ROOT)}:{node.lineno}"
                    for name in node.names
                    if name.name in ("environ", "environb", "getenv")
                ]
    assert readers == []


def test_every_module_says_what_it_is() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in SOURCES
        if "migrations" not in path.parts and ast.get_docstring(ast.parse(path.read_text())) is None
    ]
    assert silent == []


@pytest.mark.parametrize("path", sorted(ROOT.glob("requirements*.txt")), ids=lambda path: path.name)
def test_requirements_are_pinned_hashed_and_without_addresses(path: Path) -> None:
    lines = [line.strip() for line in path.read_text().splitlines()]
    stated = [line for line in lines if line and not line.startswith("#")]
    assert [line for line in stated if "://" in line or re.match(r"-(?!-hash=)", line)] == []
    names = [line for line in stated if not line.startswith("--hash=")]
    assert names and all(re.fullmatch(r"[A-Za-z0-9_.\-\[\]]+==\S+ \\", name) for name in names)
    assert all(re.fullmatch(r"--hash=sha256:[0-9a-f]{64}( \\)?", line) for line in stated if "--hash" in line)


def test_every_dependency_is_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    pinned = {
        line.split("==")[0].lower()
        for line in (ROOT / "requirements.txt").read_text().splitlines()
        if re.match(r"[A-Za-z0-9]", line)
    }
    wanted = [
        *project["dependencies"],
        *(one for group in project["optional-dependencies"].values() for one in group),
    ]
    assert {re.split(r"[\[<>=!~ ]", one)[0].lower() for one in wanted} <= pinned
