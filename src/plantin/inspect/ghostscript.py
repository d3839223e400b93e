"""Ghostscript as a subprocess: what PostScript really prints, and the last word on a PDF page in doubt.

Promises: SAFER, no file beyond its own input, bounded wall time and output; RLIMITs and the lack of a
network are those of the worker that starts it. Colour is told by inkcov at 36 dpi with black generation on,
so that neutral RGB is black ink and not four inks. Absent Ghostscript is an answer (None), not an error.
Never: trusts what the program prints: a line counts only with this run's random mark.
"""

import itertools
import os
import re
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from plantin.inspect import limits

_INKS = re.compile(rb"^ *([\d.]+) +([\d.]+) +([\d.]+) +([\d.]+) CMYK", re.MULTILINE)
_OUTPUT_MAX = 32 * limits.MIB
_WALL_SECONDS = 150
_PIECE = 1 << 20
_ARGUMENTS = (
    "-q",
    "-dSAFER",
    "-dBATCH",
    "-dNOPAUSE",
    "-dNOINTERPOLATE",
    "-dUseFastColor=true",
    "-dMaxBitmap=50000000",
    "-sDEVICE=inkcov",
    "-r36",
)
_BLACK = "{} setblackgeneration {} setundercolorremoval "
_REPORT = (
    "<< /EndPage {{ exch pop dup 2 lt {{ ({mark} ) print "
    "currentpagedevice /PageSize get {{ 32 string cvs print ( ) print }} forall "
    "currentpagedevice /NumCopies 2 copy known {{ get dup null eq {{ pop /#copies load }} if }} "
    "{{ pop pop /#copies load }} ifelse 32 string cvs print (\\n) print flush }} if 2 ne }} >> setpagedevice "
)


@dataclass(frozen=True, slots=True)
class GsPage:
    """One page as Ghostscript printed it."""

    colour: bool
    size: tuple[float, float] | None
    """Points, as the page device had it; None where the program took the report away."""
    copies: int | None


@dataclass(frozen=True, slots=True)
class GsRun:
    """What a run printed."""

    pages: tuple[GsPage, ...]
    error: str
    """"" or the PostScript error that ended it."""


def available() -> str | None:
    """The path of Ghostscript, or None."""
    return shutil.which("gs")


def run_postscript(file: IO[bytes]) -> GsRun | None:
    """Prints a PostScript file to inkcov; None when there is no Ghostscript."""
    mark = "page-" + secrets.token_hex(8)
    return _run(file, [], _BLACK + _REPORT.format(mark=mark), mark)


def pdf_pages(file: IO[bytes], pages: Sequence[int]) -> dict[int, bool] | None:
    """Which of the ``pages`` (from 0) of a PDF put coloured ink on paper; None when nobody can tell."""
    chosen = sorted(set(pages))
    run = _run(file, ["-sPageList=" + ",".join(str(page + 1) for page in chosen)], _BLACK, "")
    if run is None or len(run.pages) != len(chosen):
        return None
    return {page: result.colour for page, result in zip(chosen, run.pages, strict=True)}


def _run(file: IO[bytes], options: list[str], prologue: str, mark: str) -> GsRun | None:
    program = available()
    if program is None:
        return None
    with tempfile.TemporaryDirectory(prefix="plantin-gs-") as folder:
        source = Path(folder) / "input"
        with source.open("wb") as out:
            shutil.copyfileobj(file, out, _PIECE)
        output = Path(folder) / "inks"
        output.touch()
        command = [
            program,
            *_ARGUMENTS,
            f"-sOutputFile={output}",
            *options,
            "-c",
            prologue,
            "-f",
            str(source),
        ]
        with tempfile.TemporaryFile() as said:
            error = _execute(command, folder, said)
            with output.open("rb") as inks:
                return _read(inks, said, mark, error)


def _execute(command: list[str], folder: str, said: IO[bytes]) -> str:
    environment = {
        "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
        "TMPDIR": folder,
        "HOME": folder,
        "LC_ALL": "C",
    }
    try:
        done = subprocess.run(  # noqa: S603  the program is found on PATH, the arguments are ours
            command,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            cwd=folder,
            env=environment,
            timeout=_WALL_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"Ghostscript was stopped after {_WALL_SECONDS} s"
    except OSError as error:
        return f"Ghostscript cannot be run: {error.strerror}"
    if done.returncode < 0:
        return f"Ghostscript was killed by signal {-done.returncode}"
    return f"Ghostscript ended with status {done.returncode}" if done.returncode else ""


def _read(inks: IO[bytes], said: IO[bytes], mark: str, error: str) -> GsRun:
    said.seek(0)
    coloured = [
        float(cyan) + float(magenta) + float(yellow) > 0
        for cyan, magenta, yellow, _ in _INKS.findall(inks.read(_OUTPUT_MAX))
    ]
    text = said.read(_OUTPUT_MAX)
    reports: list[tuple[tuple[float, float], int]] = []
    if mark:
        pattern = re.compile(re.escape(mark).encode() + rb" ([\d.]+) ([\d.]+) (\d+)")
        reports = [((float(w), float(h)), int(c)) for w, h, c in pattern.findall(text)]
    told = re.search(rb"Error: /(\w+) in ([^\n]{0,60})", text)
    if told is not None:
        error = f"PostScript error {told[1].decode()} in {told[2].decode('ascii', 'replace').strip()}"
    if len(reports) < len(coloured) == sum(max(copies, 1) for _, copies in reports):
        # inkcov says each copy of a page on its own line.
        lines = iter(coloured)
        coloured = [max(list(itertools.islice(lines, max(copies, 1)))) for _, copies in reports]
    if len(reports) != len(coloured):
        return GsRun(tuple(GsPage(colour, None, None) for colour in coloured), error)
    pages = (GsPage(colour, *report) for colour, report in zip(coloured, reports, strict=True))
    return GsRun(tuple(pages), error)
