"""The documentation is held to the code: limits, names of tests, links, lines to be typed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.service.limits_page import PARTS, limits_of, page

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")])


def test_the_limits_page_is_what_the_code_says() -> None:
    expected = page()
    assert (ROOT / "docs" / "limits.md").read_text() == expected, (
        "run: python -m tests.service.limits_page > docs/limits.md"
    )


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.module)
def test_no_limit_is_left_out(part: object) -> None:
    assert isinstance(part, type(PARTS[0]))
    found = list(limits_of(part))
    assert len(found) >= 3 and all(value for _, value in found)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_test_that_a_page_names_exists(path: Path) -> None:
    for file, name in re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", path.read_text()):
        assert (ROOT / file).exists(), file
        if name:
            texts = [other.read_text() for other in (ROOT / file).parent.glob("*.py")]
            assert any(f"def {name}(" in text for text in texts), f"{file}::{name}"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", path.read_text()):
        if "://" not in target:
            assert (path.parent / target).exists(), f"{path.name}: {target}"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_setting_that_a_page_names_exists(path: Path) -> None:
    reference = (ROOT / "docs" / "configuration.md").read_text()
    sections = dict(re.findall(r"^## \[(\w+)\]$(.*?)(?=^## |\Z)", reference, re.MULTILINE | re.DOTALL))
    for section, key in re.findall(r"`\[(\w+)\] (\w+)(?: = [^`]*)?`", path.read_text()):
        assert f"| `{key}` |" in sections[section], f"[{section}] {key}"


def test_the_readme_leads_to_every_page() -> None:
    readme = (ROOT / "README.md").read_text()
    for path in (ROOT / "docs").glob("*.md"):
        assert f"(docs/{path.name})" in readme, path.name


def test_the_architecture_leads_to_every_decision_that_departs() -> None:
    decisions = {path.name for path in (ROOT / "docs" / "decisions").glob("*.md")}
    named = re.findall(r"decisions/([\w-]+\.md)", (ROOT / "docs" / "architecture.md").read_text())
    assert set(named) <= decisions and len(named) >= 5
    for name in decisions:
        text = (ROOT / "docs" / "decisions" / name).read_text()
        assert re.match(rf"# {name[:4]}: ", text) and "## Decision" in text and "## Consequences" in text
        assert text.count("\n") <= 60, "a decision is one page"
