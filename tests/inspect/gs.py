"""Ghostscript as the independent maker and judge of documents in the inspection tests."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

BLACK_GENERATION = ["-dUseFastColor=true"]
BLACK_PROLOGUE = ["-c", "{} setblackgeneration {} setundercolorremoval", "-f"]
"""Stock inkcov turns RGB black into four inks; with black generation neutral RGB is black ink alone."""

FIVE_PAGES = b"""%!PS
<</PageSize [595 842]>> setpagedevice
/Helvetica findfont 24 scalefont setfont
0 setgray 72 700 moveto (Black text on a page) show showpage
1 0 0 setrgbcolor 72 700 moveto (Red text) show showpage
0 0 0 setrgbcolor 72 700 moveto (RGB black) show showpage
0 0 1 setrgbcolor 100 100 100 100 rectfill showpage
0 setgray 72 700 moveto (last) show showpage
"""
"""Pages: black, red, black given as RGB, blue, black."""


def ghostscript(*arguments: str, stdin: bytes | None = None) -> bytes:
    return subprocess.run(
        ["gs", "-q", "-dSAFER", "-dBATCH", "-dNOPAUSE", *arguments],
        input=stdin,
        check=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ).stdout


def make(device: str, folder: Path, source: bytes = FIVE_PAGES, *options: str) -> bytes:
    """``source`` (PostScript) as gs' ``device`` writes it."""
    out = folder / f"{device}.out"
    ghostscript(f"-sDEVICE={device}", "-r100", *options, f"-sOutputFile={out}", "-", stdin=source)
    return out.read_bytes()


def inkcov(path: Path) -> str:
    """One letter a page: ``c`` where gs' inkcov at 36 dpi puts coloured ink, else ``m``."""
    out = ghostscript(
        *BLACK_GENERATION, "-sDEVICE=inkcov", "-r36", "-sOutputFile=-", *BLACK_PROLOGUE, str(path)
    ).decode()
    verdicts = ""
    for cyan, magenta, yellow in re.findall(
        r"^ *([\d.]+) +([\d.]+) +([\d.]+) +[\d.]+ CMYK", out, re.MULTILINE
    ):
        verdicts += "c" if float(cyan) + float(magenta) + float(yellow) > 0 else "m"
    return verdicts
