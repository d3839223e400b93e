"""The command that ippeveprinter runs for each job: prints side after side, and tells what has come out.

It does what the job asks of the device (copies, page ranges, black only) and keeps a book of its own, one
line a side: user, name of the job, colour or black. A job whose name says FAIL2 ends in a paper jam after two
sides; one that says SLOW takes its time.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from paper import Sides, sides  # type: ignore[import-not-found]  # run by its path, it is in no package


def main(book: Path, document: Path) -> int:
    """Prints one job."""
    name, user = os.environ["IPP_JOB_NAME"], os.environ["IPP_JOB_ORIGINATING_USER_NAME"]
    data = document.read_bytes()
    pages = [False] if data.startswith(b"\xff\xd8") else sides(data)
    wanted = _selected(pages, os.environ.get("IPP_PAGE_RANGES", "")) * int(os.environ.get("IPP_COPIES", "1"))
    black_only = os.environ.get("IPP_PRINT_COLOR_MODE") == "monochrome"
    pause = 0.4 if "SLOW" in name else 0.0
    _tell(0)
    for number, colour in enumerate(wanted, 1):
        if "FAIL2" in name and number > 2:
            return 1
        time.sleep(pause)
        ink = "colour" if colour and not black_only else "black"
        with book.open("a") as lines:
            lines.write(f"{user} {name} {ink}\n")
        _tell(number)
    return 0


def _tell(sides_out: int) -> None:
    print(f"ATTR: job-impressions-completed={sides_out}", file=sys.stderr, flush=True)


def _selected(pages: Sides, ranges: str) -> Sides:
    if not ranges:
        return pages
    bounds = [tuple(map(int, one.split("-"))) for one in ranges.split(",")]
    return [
        page for number, page in enumerate(pages, 1) if any(low <= number <= high for low, high in bounds)
    ]


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
