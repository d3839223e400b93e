"""Inspection against Ghostscript's inkcov: pages a second on one core, same files, same verdicts.

Run as ``python -m bench.inspect``. Both sides are measured in processor seconds (user and system), so that
other work on the machine does not tell; Ghostscript starts once a file, as a print server would start it.
The documents are made here: text as office programs write it (headings in colour on some pages, tables, a
logo), and the mixes that structure alone decides worst: scans, dense vector drawings, covered colour that
has to be rendered, CMYK.
"""

from __future__ import annotations

import argparse
import io
import random
import resource
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pikepdf
from PIL import Image

from plantin.inspect.engine import inspect_file
from plantin.inspect.report import Inspection

WORDS = (
    *("the", "printing", "house", "kept", "its", "books", "with", "great", "care", "and", "every", "sheet"),
    *("that", "left", "press", "was", "entered", "there", "name", "of", "customer", "number", "copies"),
    *("paper", "used", "price", "agreed", "upon", "beforehand"),
)


@dataclass(frozen=True)
class Row:
    """One group of documents, measured."""

    name: str
    pages: int
    ours: float
    theirs: float
    differ: int

    @property
    def ratio(self) -> float:
        return self.theirs / self.ours


def _words(rng: random.Random, count: int) -> str:
    return " ".join(rng.choice(WORDS) for _ in range(count))


def _text_page(rng: random.Random, colour: bool, table: bool) -> bytes:
    out = ["q 0.1 w", "BT /F1 18 Tf " + ("0.12 0.29 0.49 rg" if colour else "0 g")]
    out.append("1 0 0 1 72 770 Tm [(Chapter )-20(about )-15(paper)] TJ ET")
    out.append("BT /F2 10.5 Tf 0 0 0 rg")
    for line in range(48):
        words = _words(rng, 13)
        pieces = ")-12(".join(words[i : i + 6] for i in range(0, len(words), 6))
        out.append(f"1 0 0 1 72 {740 - line * 14} Tm [({pieces})] TJ")
    out.append("ET")
    if table:
        for row in range(12):
            shade = 0.95 if row % 2 else 0.85
            out.append(f"{shade} {shade} {shade} rg 72 {60 + row * 5} 450 4.5 re f")
            out.append(f"0 G 72 {60 + row * 5} m 522 {60 + row * 5} l S")
    out.append("q 60 0 0 20 480 800 cm /Logo Do Q Q")
    return "\n".join(out).encode()


def office(pages: int, coloured_every: int) -> bytes:
    """Text pages with a grey logo; every n-th page has a heading in colour (0: none)."""
    rng = random.Random(1)
    pdf = pikepdf.Pdf.new()
    fonts = pikepdf.Dictionary(F1=_font("/Times-Bold"), F2=_font("/Times-Roman"))
    logo = _image(pdf, Image.radial_gradient("L").resize((120, 40)).convert("RGB"), jpeg=False)
    resources = pdf.make_indirect(pikepdf.Dictionary(Font=fonts, XObject=pikepdf.Dictionary(Logo=logo)))
    for number in range(pages):
        colour = bool(coloured_every) and number % coloured_every == 0
        _add(pdf, _text_page(rng, colour, number % 4 == 0), resources)
    return _saved(pdf)


def scans(pages: int, colour: bool) -> bytes:
    """Full-page JPEG scans of 150 dpi: grey ones, stored as three components, or with colour."""
    pdf = pikepdf.Pdf.new()
    for number in range(pages):
        noise = Image.effect_noise((1240, 1754), 40 + number)
        picture = noise.convert("RGB")
        if colour:
            picture = Image.merge("RGB", (noise, noise.rotate(180), noise))
        image = _image(pdf, picture, jpeg=True)
        resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(I=image))
        _add(pdf, b"q 595 0 0 842 0 0 cm /I Do Q", resources)
    return _saved(pdf)


def drawings(pages: int, colour: bool) -> bytes:
    """Dense vector drawings, thousands of curves a page."""
    rng = random.Random(2)
    pdf = pikepdf.Pdf.new()
    for _ in range(pages):
        out = []
        for i in range(2500):
            x, y = rng.uniform(50, 500), rng.uniform(50, 750)
            if i % 50 == 0:
                out.append("0.1 0.3 0.8 RG" if colour and i % 100 == 0 else "0.3 0.3 0.3 RG")
            out.append(
                f"{x:.2f} {y:.2f} m {x + 9:.2f} {y + 3:.2f} {x + 12:.2f} {y + 9:.2f} {x:.2f} {y + 20:.2f} c S"
            )
        _add(pdf, "\n".join(out).encode(), pikepdf.Dictionary())
    return _saved(pdf)


def covered(pages: int) -> bytes:
    """Coloured marks under a clip that is no rectangle: only rendering tells."""
    pdf = pikepdf.Pdf.new()
    rng = random.Random(3)
    resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F2=_font("/Times-Roman")))
    for number in range(pages):
        clip = b"q 100 100 m 300 100 l 200 300 l h W n 1 0 0 rg %d 100 200 200 re f Q " % (
            110 + 70 * number % 400
        )
        lines = "".join(
            f"BT /F2 10 Tf 0 g 1 0 0 1 72 {740 - i * 14} Tm ({_words(rng, 12)}) Tj ET\n" for i in range(30)
        )
        _add(pdf, clip + lines.encode(), resources)
    return _saved(pdf)


def inks(pages: int) -> bytes:
    """CMYK text and pictures, half of the pages in black ink alone."""
    pdf = pikepdf.Pdf.new()
    for number in range(pages):
        picture = Image.effect_noise((600, 800), 50)
        plane = picture.tobytes()
        zero = bytes(len(plane))
        planes = (plane if number % 2 else zero, zero, zero, plane)
        image = Image.merge("CMYK", [Image.frombytes("L", picture.size, p) for p in planes])
        resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(I=_image(pdf, image, jpeg=False)))
        _add(pdf, b"0 0 0 1 k 50 50 100 100 re f q 300 0 0 400 100 200 cm /I Do Q", resources)
    return _saved(pdf)


def _font(name: str) -> pikepdf.Dictionary:
    return pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name(name))


def _image(pdf: pikepdf.Pdf, picture: Image.Image, *, jpeg: bool) -> pikepdf.Stream:
    if jpeg:
        out = io.BytesIO()
        picture.save(out, "JPEG", quality=85)
        stream = pikepdf.Stream(pdf, out.getvalue())
        stream.Filter = pikepdf.Name.DCTDecode
    else:
        stream = pikepdf.Stream(pdf, zlib.compress(picture.tobytes()))
        stream.Filter = pikepdf.Name.FlateDecode
    stream.Type, stream.Subtype = pikepdf.Name.XObject, pikepdf.Name.Image
    stream.Width, stream.Height = picture.size
    stream.BitsPerComponent = 8
    stream.ColorSpace = pikepdf.Name.DeviceCMYK if picture.mode == "CMYK" else pikepdf.Name.DeviceRGB
    return stream


def _add(pdf: pikepdf.Pdf, content: bytes, resources: pikepdf.Object) -> None:
    page = pdf.add_blank_page(page_size=(595, 842))
    page.obj.Contents = pikepdf.Stream(pdf, content)
    page.obj.Resources = resources


def _saved(pdf: pikepdf.Pdf) -> bytes:
    out = io.BytesIO()
    pdf.save(out, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return out.getvalue()


CORPUS: dict[str, Callable[[], bytes]] = {
    "office text, black": lambda: office(120, 0),
    "office text, 1 page in 5 with colour": lambda: office(120, 5),
    "office text, every heading in colour": lambda: office(120, 1),
    "scans, grey": lambda: scans(12, False),
    "scans, colour": lambda: scans(12, True),
    "dense drawings, grey": lambda: drawings(12, False),
    "dense drawings, colour": lambda: drawings(12, True),
    "colour behind a clip, rendered": lambda: covered(40),
    "CMYK pictures": lambda: inks(12),
}


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _ours(data: bytes) -> tuple[float, Inspection]:
    best, report = float("inf"), inspect_file(io.BytesIO(data))
    for _ in range(3):
        started = time.process_time() + _children()
        report = inspect_file(io.BytesIO(data))
        best = min(best, time.process_time() + _children() - started)
    return best, report


def _theirs(path: Path) -> tuple[float, str]:
    """Stock inkcov for the time; with black generation for the verdicts."""
    command = ["gs", "-q", "-dSAFER", "-dBATCH", "-dNOPAUSE", "-sDEVICE=inkcov", "-r36", "-sOutputFile=-"]
    best = float("inf")
    for _ in range(2):
        started = _children()
        subprocess.run([*command, str(path)], check=True, stdout=subprocess.DEVNULL)
        best = min(best, _children() - started)
    black = ["-dUseFastColor=true", "-c", "{} setblackgeneration {} setundercolorremoval", "-f"]
    done = subprocess.run([*command, *black, str(path)], check=True, capture_output=True, text=True)
    verdicts = ""
    for line in done.stdout.splitlines():
        if line.endswith("OK"):
            verdicts += "c" if any(float(ink) > 0 for ink in line.split()[:3]) else "m"
    return best, verdicts


def measure(name: str, data: bytes, folder: Path) -> Row:
    """One group of documents by both."""
    path = folder / "document.pdf"
    path.write_bytes(data)
    ours, report = _ours(data)
    theirs, verdicts = _theirs(path)
    mine = "".join("c" if page.colour else "m" for page in report.each_page())
    differ = sum(a != b for a, b in zip(mine, verdicts, strict=True))
    return Row(name, len(mine), ours, theirs, differ)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "files", nargs="*", type=Path, help="PDF files to measure instead of the generated ones"
    )
    arguments = parser.parse_args()
    sources: dict[str, Callable[[], bytes]] = {path.name: path.read_bytes for path in arguments.files}
    print(f"{'documents':40} {'pages':>5} {'Plantin p/s':>12} {'inkcov p/s':>11} {'ratio':>6} {'differ':>6}")
    with tempfile.TemporaryDirectory() as folder:
        for name, make in (sources or CORPUS).items():
            row = measure(name, make(), Path(folder))
            print(
                f"{row.name:40} {row.pages:5} {row.pages / row.ours:12.0f} {row.pages / row.theirs:11.0f}"
                f" {row.ratio:6.1f} {row.differ:6}",
                flush=True,
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
