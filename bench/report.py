"""The table of figures: what each server did, their ratio, and what was to be reached."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path


@dataclass(frozen=True)
class Row:
    """One figure. `reached` is None where the figure is only for information."""

    work: str
    cupsd: str
    plantin: str
    ratio: str = ""
    wanted: str = ""
    reached: bool | None = None


@dataclass
class Table:
    """Rows as they come, printed at once, and again as a whole."""

    kinds: Sequence[str] = ("cupsd", "plantin")
    """The servers that are measured; the cells of another are empty."""
    rows: list[Row] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, row: Row) -> None:
        for kind in ("cupsd", "plantin"):
            if kind not in self.kinds:
                row = replace(row, ratio="", reached=None, **{kind: "-"})
        self.rows.append(row)
        print(f"  {row.work}: cupsd {row.cupsd}, plantin {row.plantin} {row.ratio}".rstrip(), flush=True)

    def note(self, text: str) -> None:
        """Something the reader of the table should know."""
        self.notes.append(text)
        print(f"  note: {text}", flush=True)

    def text(self) -> str:
        """The table in Markdown."""
        head = Row("work", "cupsd", "plantin", "ratio", "to reach")
        cells = [self._cells(row) for row in (head, *self.rows)]
        cells[0][5] = ""
        widths = [max(len(row[column]) for row in cells) for column in range(6)]
        lines = [
            "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
            for row in cells
        ]
        lines.insert(1, "| " + " | ".join("-" * max(3, width) for width in widths) + " |")
        return "\n".join([*lines, "", *(f"- {note}" for note in self.notes)])

    @staticmethod
    def _cells(row: Row) -> list[str]:
        mark = {True: "yes", False: "NO", None: ""}[row.reached]
        return [row.work, row.cupsd, row.plantin, row.ratio, row.wanted, mark]

    def write(self, path: Path) -> None:
        """The same as JSON, for comparison with another run."""
        rows = [asdict(row) for row in self.rows]
        path.write_text(json.dumps({"rows": rows, "notes": self.notes}, indent=2) + "\n")


def megabytes(octets: float) -> str:
    """Octets in MB, for a cell."""
    return f"{octets / 1e6:,.0f} MB"


def milliseconds(seconds: float) -> str:
    """Seconds in ms, for a cell."""
    return f"{seconds * 1000:,.1f} ms"
