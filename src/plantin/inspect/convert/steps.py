"""The conversion steps by name, each from one open file to another, run inside a worker.

Promises: a step writes a whole document or raises; intermediate files live in the worker's own folder and
have no name. Ghostscript steps run Ghostscript with SAFER, in the worker's sandbox and limits. Never:
passes a broken result on.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

import pikepdf

from plantin.inspect import ghostscript, limits, sniff
from plantin.inspect.convert import make_pdf, pages
from plantin.inspect.convert.raster import RasterOptions, pdf_to_raster
from plantin.inspect.report import CannotInspect

Step = dict[str, Any]
_PIECE = 1 << 20
_TAIL_OCTETS = 64 * 1024
"""Where PJL at the end of a document is looked for."""
_GREY = ["-sColorConversionStrategy=Gray", "-sProcessColorModel=DeviceGray"]


def run(steps: Sequence[Step], source: IO[bytes], target: IO[bytes]) -> None:
    """Runs ``steps`` in order from ``source`` to ``target``; no steps copy the document.

    Raises:
        CannotInspect: says which step failed and why.
    """
    current = source
    opened: list[IO[bytes]] = []
    try:
        for position, step in enumerate(steps):
            last = position == len(steps) - 1
            out: IO[bytes] = target if last else tempfile.TemporaryFile()  # noqa: SIM115
            if not last:
                opened.append(out)
            try:
                STEPS[str(step["step"])](step, current, out)
            except CannotInspect as error:
                raise type(error)(f"{step['step']}: {error}") from None
            except (pikepdf.PdfError, KeyError, ValueError) as error:
                raise CannotInspect(f"{step.get('step')}: {str(error)[:160]}") from None
            out.flush()
            if not last:
                out.seek(0)
            current = out
        if not steps:
            shutil.copyfileobj(source, target, _PIECE)
    finally:
        for file in opened:
            file.close()


def _save(pdf: pikepdf.Pdf, target: IO[bytes]) -> None:
    with pdf, tempfile.TemporaryFile() as whole:
        pdf.save(cast(BinaryIO, whole))
        whole.seek(0)
        shutil.copyfileobj(whole, target, _PIECE)


def _select(step: Step, source: IO[bytes], target: IO[bytes]) -> None:
    ranges = [(int(low), int(high)) for low, high in step["ranges"]]
    with pages.open_pdf(source) as pdf:
        _save(pages.select(pdf, ranges, reverse=bool(step.get("reverse"))), target)


def _number_up(step: Step, source: IO[bytes], target: IO[bytes]) -> None:
    with pages.open_pdf(source) as pdf:
        _save(pages.number_up(pdf, int(step["number"])), target)


def _booklet(step: Step, source: IO[bytes], target: IO[bytes]) -> None:
    with pages.open_pdf(source) as pdf:
        _save(pages.booklet(pdf), target)


def _copies(step: Step, source: IO[bytes], target: IO[bytes]) -> None:
    with pages.open_pdf(source) as pdf:
        _save(pages.copies(pdf, int(step["number"]), even=bool(step.get("even"))), target)


def _stamp(step: Step, source: IO[bytes], target: IO[bytes]) -> None:
    _save(pages.stamp(pages.open_pdf(source), str(step["text"]), str(step.get("place", "footer"))), target)


def _image(step: Step, source: IO[bytes], target: IO[bytes]) -> None:
    width, height = step["paper"]
    _save(make_pdf.image_to_pdf(source, (float(width), float(height))), target)


def _text(step: Step, source: IO[bytes], target: IO[bytes]) -> None:
    width, height = step["paper"]
    _save(make_pdf.text_to_pdf(source, (float(width), float(height))), target)


def _raster(step: Step, source: IO[bytes], target: IO[bytes]) -> None:
    names = ("urf", "grey", "resolution", "sides", "copies", "sheet_back", "paper")
    options = {key: step[key] for key in names if key in step}
    pdf_to_raster(source, target, RasterOptions(**options))


def _postscript_sides(step: Step, source: IO[bytes], target: IO[bytes]) -> None:
    """The document behind a request for sides (PLRM 3 section 6.2.4); what it asks for itself still wins."""
    duplex, tumble = _duplex(str(step["sides"]))
    head = source.read(sniff.HEAD_OCTETS)
    body, _ = sniff.skip_pjl(head)
    target.write(head[: len(head) - len(body)])
    target.write(f"%!PS\n<< /Duplex {duplex} /Tumble {tumble} >> setpagedevice\n".encode() + body)
    shutil.copyfileobj(source, target, _PIECE)


def _duplex(sides: str) -> tuple[str, str]:
    return str(sides != "one-sided").lower(), str(sides == "two-sided-short-edge").lower()


def _copy_bare(source: IO[bytes], target: IO[bytes]) -> None:
    """Copies a document without the PJL around it, which Ghostscript does not read."""
    head = source.read(sniff.HEAD_OCTETS)
    body, _ = sniff.skip_pjl(head)
    if len(body) == len(head):
        target.write(head)
        shutil.copyfileobj(source, target, _PIECE)
        return
    tail = body or head
    while piece := source.read(_PIECE):
        target.write(tail[:-_TAIL_OCTETS])
        tail = tail[-_TAIL_OCTETS:] + piece
    target.write(tail[: tail.find(sniff.UEL)] if sniff.UEL in tail else tail)


def _ghostscript(device: str, *options: str) -> Callable[[Step, IO[bytes], IO[bytes]], None]:
    def step(step: Step, source: IO[bytes], target: IO[bytes]) -> None:
        more = [f"-r{int(step['resolution'])}"] if "resolution" in step else []
        name = device
        if step.get("grey"):
            name = "pxlmono" if device == "pxlcolor" else device
            more += [] if device == "pxlcolor" else _GREY
        if "sides" in step:
            duplex, tumble = _duplex(str(step["sides"]))
            more += [f"-dDuplex={duplex}", f"-dTumble={tumble}"]
        _run_ghostscript([f"-sDEVICE={name}", *options, *more], source, target)

    return step


def _run_ghostscript(options: list[str], source: IO[bytes], target: IO[bytes]) -> None:
    program = ghostscript.available()
    if program is None:
        raise CannotInspect("Ghostscript is not installed")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with (folder / "input").open("wb") as copy:
            _copy_bare(source, copy)
        command = [program, "-q", "-dSAFER", "-dBATCH", "-dNOPAUSE", *options]
        command += [f"-sOutputFile={folder / 'output'}", "-f", str(folder / "input")]
        environment = {
            "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
            "TMPDIR": name,
            "HOME": name,
            "LC_ALL": "C",
        }
        try:
            done = subprocess.run(  # noqa: S603  the program is found on PATH, the arguments are ours
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd=name,
                env=environment,
                timeout=limits.CONVERSION_WALL_SECONDS,
                check=False,
            )
        except (subprocess.TimeoutExpired, OSError) as error:
            raise CannotInspect(f"Ghostscript failed: {type(error).__name__}") from None
        output = folder / "output"
        if done.returncode != 0 or not output.exists() or not output.stat().st_size:
            raise CannotInspect(f"Ghostscript ended with status {done.returncode}")
        with output.open("rb") as result:
            shutil.copyfileobj(result, target, _PIECE)


STEPS: dict[str, Callable[[Step, IO[bytes], IO[bytes]], None]] = {
    "select": _select,
    "number-up": _number_up,
    "booklet": _booklet,
    "copies": _copies,
    "stamp": _stamp,
    "image-to-pdf": _image,
    "text-to-pdf": _text,
    "pdf-to-raster": _raster,
    "postscript-to-pdf": _ghostscript("pdfwrite"),
    "pdf-to-postscript": _ghostscript("ps2write"),
    "pdf-to-pcl-xl": _ghostscript("pxlcolor"),
    "postscript-sides": _postscript_sides,
    "grey": _ghostscript("pdfwrite", *_GREY, "-dAutoRotatePages=/None"),
}
