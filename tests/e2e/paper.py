"""What a device prints of the bytes that it got: sides in colour and in black, as other programs see them.

Independent of Plantin: PDF and PostScript are drawn by Ghostscript (`inkcov`: the inks of each page), PWG
raster is unpacked here pixel by pixel, text and PCL are counted by their form feeds. Needs nothing but the
standard library, because a device's command runs it by its path.
"""

from __future__ import annotations

import re
import struct
import subprocess
import tempfile
from pathlib import Path

Sides = list[bool]
"""For each printed side, in the order of printing: whether it needs colour."""
_COPIES = re.compile(rb"\x1b&l(\d+)X")
_END_OF_FILE = b"\x04"


def sides(data: bytes) -> Sides:
    """The sides that this prints. Raises ValueError for what no device here understands."""
    if data.startswith(b"RaS2"):
        return _raster(data)
    if data.startswith(b"%PDF"):
        return _drawn(data)
    if data.startswith((b"%!", _END_OF_FILE)):
        jobs = [part for part in data.split(_END_OF_FILE) if part.strip()]
        return [side for job in jobs for side in _drawn(job)]
    if data.startswith(b"\x1bE"):
        return _pcl(data)
    if b"\x1b" not in data and b"\0" not in data:
        return [False for sheet in data.split(b"\f") if sheet.strip()]
    raise ValueError(f"no device understands {data[:20]!r}")


def _drawn(data: bytes) -> Sides:
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        done = subprocess.run(
            ["gs", "-q", "-dBATCH", "-dNOPAUSE", "-dSAFER", "-r18", "-sDEVICE=inkcov", "-o", "-", file.name],
            capture_output=True,
            timeout=60,
            check=True,
        )
    rows = [line.split() for line in done.stdout.decode().splitlines() if line.endswith("OK")]
    return [any(float(ink) > 0 for ink in row[:3]) for row in rows]


def _pcl(data: bytes) -> Sides:
    """Every job of a stream; the generator ends each page with a form feed."""
    found: Sides = []
    for job in data.split(b"\x1bE"):
        copies = _COPIES.search(job)
        found += [False] * (job.count(b"\f") * (int(copies[1]) if copies else 1))
    return found


def _raster(data: bytes) -> Sides:
    """PWG Raster (PWG 5102.4), 8 bits a colour or black."""
    found: Sides = []
    at = 4
    while at < len(data):
        header = data[at : at + 1796]
        (height,) = struct.unpack_from(">I", header, 376)
        bits, line, _, space = struct.unpack_from(">4I", header, 388)
        unit = max(1, bits // 8)
        at, coloured = _page(data, at + 1796, height, line // unit, unit, colour=space == 19)
        found.append(coloured)
    return found


def _page(data: bytes, at: int, height: int, units: int, unit: int, *, colour: bool) -> tuple[int, bool]:
    """Past one page's lines; whether any of its pixels is no grey."""
    coloured, row = False, 0
    while row < height:
        row += data[at] + 1
        at += 1
        left = units
        while left > 0:
            code = data[at]
            at += 1
            count = code + 1 if code < 128 else 257 - code
            size = unit if code < 128 else unit * count
            if colour and not coloured:
                coloured = _is_coloured(data[at : at + size], unit)
            at += size
            left -= count
    return at, coloured


def _is_coloured(pixels: bytes, unit: int) -> bool:
    step = unit // 3
    return any(len(set(pixels[start : start + unit : step])) > 1 for start in range(0, len(pixels), unit))


def words(data: bytes) -> str:
    """The text in it, as far as it can be read: to know whose it is."""
    plain = data.decode("latin-1")
    if not data.startswith((b"%PDF", b"%!", _END_OF_FILE)):
        return plain
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "in").write_bytes(data.strip(_END_OF_FILE))
        done = subprocess.run(
            ["gs", "-q", "-dBATCH", "-dNOPAUSE", "-dSAFER", "-sDEVICE=txtwrite", "-o", "-", f"{folder}/in"],
            capture_output=True,
            timeout=60,
        )
    return plain + done.stdout.decode("utf-8", "replace")
