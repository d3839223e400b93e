"""Every limit is a positive number and somebody keeps to it (law 6)."""

import ast
from pathlib import Path

import pytest

from plantin.core import limits
from tests.core.places import ROOT

NAMES = sorted(name for name in vars(limits) if name.isupper() and name not in {"KIB", "MIB", "GIB"})


def sources() -> list[Path]:
    return [path for path in (ROOT / "src" / "plantin").rglob("*.py") if path.name != "limits.py"]


def names_used(path: Path) -> set[str]:
    return {
        node.id if isinstance(node, ast.Name) else node.attr
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Name | ast.Attribute)
    }


@pytest.fixture(scope="module")
def used() -> set[str]:
    return set().union(*(names_used(path) for path in sources()))


@pytest.mark.parametrize("name", NAMES)
def test_it_is_a_number_and_it_is_kept(name: str, used: set[str]) -> None:
    value = getattr(limits, name)
    assert isinstance(value, int) and value > 0
    assert name in used, f"nobody keeps to core.limits.{name}"
