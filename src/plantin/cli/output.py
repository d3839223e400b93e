"""How commands print: aligned tables for people, JSON for programs, times in the local zone."""

import json
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import click

from plantin.cli.installation import Installation

JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def installation() -> Installation:
    """The installation that this command works on, its store open."""
    found = click.get_current_context().obj
    assert isinstance(found, Installation)
    found.open()
    return found


def actor() -> str:
    """Who runs the command, as the trail tells it."""
    return "command line"


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def moment(at_ms: int) -> str:
    """A time for people; empty when there is none."""
    return datetime.fromtimestamp(at_ms / 1000).astimezone().strftime("%Y-%m-%d %H:%M:%S") if at_ms else ""


def octets(count: int) -> str:
    """A size for people."""
    size = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000 or unit == "GB":
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    raise AssertionError("unreachable")


def show_json(value: Any) -> None:
    click.echo(json.dumps(value, indent=2, ensure_ascii=False, default=str))


def show_table(rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str], empty: str) -> None:
    """Rows under headings.

    Args:
        columns: key -> heading, in order.
        empty: what to say when there are no rows.
    """
    if not rows:
        click.echo(empty)
        return
    cells = [[str(row.get(key, "")) for key in columns] for row in rows]
    heads = list(columns.values())
    widths = [max(len(head), *(len(line[i]) for line in cells)) for i, head in enumerate(heads)]
    for line in (heads, *cells):
        click.echo("  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip())


def show_fields(values: Mapping[str, Any]) -> None:
    """One field per line."""
    width = max(len(key) for key in values)
    for key, value in values.items():
        click.echo(f"{key.ljust(width)}  {value}".rstrip())
