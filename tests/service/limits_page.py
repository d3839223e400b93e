"""Writes ``docs/limits.md`` out of the code: ``python -m tests.service.limits_page > docs/limits.md``."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from importlib import import_module
from types import ModuleType
from typing import Any, NamedTuple

HEAD = """\
# Limits

Everything that a stranger can make large has a limit, and each is tested at n and at n + 1 (law 6). What is
above is refused with a reason. This page is written out of the code (a test holds it to it); the settings
among the limits are in [configuration](configuration.md), the time limits of one device in
[devices](devices.md).
"""


class Part(NamedTuple):
    """One table of the page."""

    title: str
    text: str
    module: str
    kind: str = ""
    """A class of limits; empty: the module's constants."""


PARTS = (
    Part("Jobs, documents, queues", "", "plantin.core.limits"),
    Part(
        "IPP messages",
        "As a server takes them (`REQUEST_LIMITS`); in brackets, where it differs, as a client takes the "
        "answers of devices (`RESPONSE_LIMITS`). RFC 8010 section 3.8, RFC 8011 section 5.1.",
        "plantin.ipp.limits",
        "Limits",
    ),
    Part(
        "HTTP",
        "For each client; 408, 413, 414, 431 or 503 beyond.",
        "plantin.frontends.http1.limits",
        "HttpLimits",
    ),
    Part(
        "Compressed documents",
        "What gzip and deflate may unpack to.",
        "plantin.frontends.http1.inflate",
        "InflateLimits",
    ),
    Part("Spool", "", "plantin.spool.records", "SpoolLimits"),
    Part(
        "Inspection of documents",
        "A document beyond is printed, but could not be inspected.",
        "plantin.inspect.limits",
    ),
    Part("Policies", "", "plantin.policy.limits"),
    Part("Ledger", "", "plantin.ledger.limits"),
)


class Limit(NamedTuple):
    """One line of a table."""

    name: str
    text: str


def _named(body: list[ast.stmt]) -> Iterator[Limit]:
    """The names that are set in a module or class, with the text that stands behind each."""
    for place, node in enumerate(body):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            name = node.target.id
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
        else:
            continue
        text = ""
        following = body[place + 1] if place + 1 < len(body) else None
        if isinstance(following, ast.Expr) and isinstance(following.value, ast.Constant):
            text = " ".join(str(following.value.value).split())
        yield Limit(name, text.replace("``", "`"))


def limits_of(part: Part) -> Iterator[tuple[Limit, str]]:
    """Each limit of a part with its value."""
    module = import_module(part.module)
    assert module.__file__ is not None
    with open(module.__file__) as source:
        tree = ast.parse(source.read())
    if not part.kind:
        for limit in _named(tree.body):
            if limit.name not in ("KIB", "MIB", "GIB") and not limit.name.startswith("_"):
                yield limit, shown(limit.name, getattr(module, limit.name))
        return
    (found,) = (node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == part.kind)
    for limit in _named(found.body):
        yield limit, _of_class(module, part.kind, limit.name)


def _of_class(module: ModuleType, kind: str, name: str) -> str:
    if kind != "Limits":
        return shown(name, getattr(getattr(module, kind)(), name))
    request, response = (getattr(getattr(module, one), name) for one in ("REQUEST_LIMITS", "RESPONSE_LIMITS"))
    more = f" [{shown(name, response)}]" if response != request else ""
    return shown(name, request) + more


def shown(name: str, value: Any) -> str:
    """A value with its unit."""
    assert isinstance(value, int | float), name
    words = name.lower().split("_")
    if "octets" in words or "memory" in words or words[-1] == "floor":
        return _octets(int(value))
    number = f"{value:,}" if isinstance(value, int) else f"{value:g}"
    if "seconds" in words or words[-1] == "s":
        return f"{number} s"
    return f"{number} ms" if words[-1] == "ms" else number


def _octets(value: int) -> str:
    for unit, size in (("GiB", 1024**3), ("MiB", 1024**2), ("KiB", 1024)):
        if value >= size and value % size == 0:
            return f"{value // size} {unit}"
    return f"{value:,} octets"


def page() -> str:
    """The whole page."""
    lines = [HEAD]
    for part in PARTS:
        lines += [f"## {part.title}", "", *([part.text, ""] if part.text else [])]
        lines += [f"`{part.module}{f'.{part.kind}' if part.kind else ''}`", ""]
        lines += ["| limit | value | |", "| --- | --- | --- |"]
        lines += [f"| `{limit.name}` | {value} | {limit.text} |" for limit, value in limits_of(part)]
        lines.append("")
    return "\n".join(lines)


if __name__ == "__main__":
    print(page(), end="")
