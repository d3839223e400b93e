"""How commands print: aligned tables for people, JSON for programs.

People get times in the local zone and sizes in round numbers. Programs get plain values: names and not ids,
every time twice, as UTC milliseconds (``…_at``, 0 for never) and as ISO 8601 (``…_at_iso``, null for never).
Text that came from outside is shown without control characters, so that a job's title can't drive a terminal.
"""

import json
import os
import pwd
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import repeat
from typing import Any, Final, Protocol

import click

JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_CELL_MAX: Final = 60


def user() -> str:
    """The account that runs the command."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"uid {os.getuid()}"


def actor() -> str:
    """Who runs the command, as the trail tells it."""
    return f"{user()} (command line)"


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def moment(at_ms: int) -> str:
    """A time for people; empty when there is none."""
    return datetime.fromtimestamp(at_ms / 1000).astimezone().strftime("%Y-%m-%d %H:%M:%S") if at_ms else ""


def iso(at_ms: int) -> str | None:
    """A time for programs."""
    if not at_ms:
        return None
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="milliseconds")


def with_iso(facts: dict[str, Any], *keys: str) -> dict[str, Any]:
    """``facts`` with the ISO form of some times beside them."""
    shown: dict[str, Any] = {}
    for key, value in facts.items():
        shown[key] = value
        if key in keys:
            shown[f"{key}_iso"] = iso(value)
    return shown


def octets(count: int) -> str:
    """A size for people."""
    size = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000 or unit == "GB":
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    raise AssertionError("unreachable")


def duration(ms: int) -> str:
    """A length of time for people."""
    if ms < 1000:
        return f"{max(0, ms)} ms"
    seconds = ms / 1000
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{hours // 24} days"


def plural(count: int, noun: str) -> str:
    """``1 job``, ``2 jobs``."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def plain(value: object) -> str:
    """A value as one line for a terminal."""
    match value:
        case None:
            text = ""
        case bool():
            text = "yes" if value else "no"
        case list() | tuple():
            text = ", ".join(plain(one) for one in value)
        case dict():
            text = ", ".join(f"{key}={plain(one)}" for key, one in value.items())
        case _:
            text = str(value)
    return "".join(char if char.isprintable() else " " for char in text)


def show_json(value: Any) -> None:
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


def show_table(rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str], empty: str) -> None:
    """Rows under headings.

    Args:
        columns: key -> heading, in order. The last one is never cut.
        empty: what to say when there are no rows.
    """
    if not rows:
        click.echo(empty)
        return
    heads = list(columns.values())
    lines = [[_cut(plain(row.get(key, ""))) for key in list(columns)[:-1]] for row in rows]
    last = list(columns)[-1]
    lines = [[*line, plain(row.get(last, ""))] for line, row in zip(lines, rows, strict=True)]
    widths = [max(len(head), *(len(line[i]) for line in lines)) for i, head in enumerate(heads)]
    click.echo(
        "\n".join(
            "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip()
            for line in (heads, *lines)
        )
    )


def _cut(text: str) -> str:
    return text if len(text) <= _CELL_MAX else text[: _CELL_MAX - 1] + "…"


def show_fields(values: Mapping[str, Any]) -> None:
    """One field per line; those that say nothing are left out."""
    shown = {key: plain(value) for key, value in values.items()}
    shown = {key: text for key, text in shown.items() if text}
    width = max(len(key) for key in shown)
    for key, text in shown.items():
        click.echo(f"{key.replace('_', ' ').ljust(width)}  {text}")


class Progress(Protocol):
    """Counts up to the whole."""

    def update(self, n_steps: int) -> None: ...


@contextmanager
def progress(label: str, length: int) -> Iterator[Progress]:
    """A bar on standard error, if that is a terminal; nothing at all if it is not.

    Args:
        length: what counts as the whole; 0: nobody knows.
    """
    bar: Any = click.progressbar(
        repeat(None) if not length else None,
        length=length or None,
        label=plain(label)[:30],
        file=sys.stderr,
        hidden=not sys.stderr.isatty(),
        show_pos=not length,
        update_min_steps=max(1, length // 200),
    )
    with bar:
        yield bar
