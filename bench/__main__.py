"""`python -m bench [PART ...]`: measure, print the table; with --strict exit 1 when a figure was missed."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from pathlib import Path

import uvloop

from bench import accounting, document, e2e, history, queues
from bench.options import Options
from bench.report import Table

PARTS: dict[str, Callable[[Options, Table], Awaitable[None]]] = {
    "e2e": e2e.measure,
    "accounting": accounting.measure,
    "queues": queues.measure,
    "history": history.measure,
    "document": document.measure,
}


def _arguments(words: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; all of them by default"
    )
    parser.add_argument("--quick", action="store_true", help="small sizes: does it run, roughly how fast")
    parser.add_argument("--seconds", type=float, help="length of one run of load")
    parser.add_argument("--rounds", type=int, help="how often each server is measured")
    parser.add_argument("--only", choices=("cupsd", "plantin"), default="", help="leave the other server out")
    parser.add_argument("--folder", type=Path, help="a folder on the disk to measure (default: TMPDIR)")
    parser.add_argument("--json", type=Path, help="write the table there too")
    parser.add_argument("--strict", action="store_true", help="exit 1 when a figure was not reached")
    arguments = parser.parse_args(words)
    unknown = [part for part in arguments.parts if part not in PARTS]
    if unknown:
        parser.error(f"no part {', '.join(unknown)}; there are {', '.join(PARTS)}")
    return arguments


def _options(arguments: argparse.Namespace, folder: Path) -> Options:
    options = Options(folder, only=arguments.only)
    if arguments.quick:
        options = replace(
            options,
            seconds=3.0,
            rounds=1,
            queues=1_000,
            finished=20_000,
            held=2_000,
            document_octets=200_000_000,
        )
    if arguments.seconds is not None:
        options = replace(options, seconds=arguments.seconds)
    if arguments.rounds is not None:
        options = replace(options, rounds=arguments.rounds)
    return options


async def _measure(parts: Sequence[str], options: Options, table: Table) -> None:
    for part in parts:
        print(f"{part}:", flush=True)
        await PARTS[part](options, table)


def main() -> int:
    """Run the parts asked for, one after the other."""
    arguments = _arguments()
    table = Table(kinds=(arguments.only,) if arguments.only else ("cupsd", "plantin"))
    with tempfile.TemporaryDirectory(prefix="plantin-bench-", dir=arguments.folder) as name:
        folder = Path(name)
        folder.chmod(0o755)
        uvloop.run(_measure(arguments.parts or list(PARTS), _options(arguments, folder), table))
    print("\n" + table.text())
    if arguments.json is not None:
        table.write(arguments.json)
    return 1 if arguments.strict and any(row.reached is False for row in table.rows) else 0


if __name__ == "__main__":
    raise SystemExit(main())
