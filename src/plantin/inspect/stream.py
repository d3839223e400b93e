"""A document inspected while it arrives, whatever its language.

Promises: takes pieces of any size and gives the same answer for one piece as for single octets; looks
through gzip (once) and PJL, and adds up the parts of a job that changes its language; languages that stream
are followed in bounded memory, the others are kept in one unnamed temporary file up to a limit and
inspected at the end. Garbage raises ``CannotInspect`` and nothing else. Never: gives 0 pages for what it
cannot read.

Standards: HP PJL Technical Reference (universal exit, kernel), RFC 1952.
"""

import tempfile
import zlib
from collections.abc import Callable
from dataclasses import replace
from typing import IO, Protocol

from plantin.inspect import limits, sniff
from plantin.inspect.escp2 import EscP2
from plantin.inspect.media import Size
from plantin.inspect.pcl import Pcl
from plantin.inspect.pcl_xl import PclXl
from plantin.inspect.pjl import Pjl
from plantin.inspect.raster import PwgRaster, UrfRaster
from plantin.inspect.report import CannotInspect, Found, PageList, Settings
from plantin.inspect.text import Text

Seekable = Callable[[IO[bytes], str, Size | None], Found]
"""Inspects a whole file of a language that does not stream: (file, media type, paper)."""

SEEKABLE = frozenset(
    {
        sniff.PDF,
        sniff.PCLM,
        sniff.POSTSCRIPT,
        sniff.JPEG,
        sniff.PNG,
        sniff.TIFF,
        sniff.XPS,
        sniff.OPEN_XPS,
    }
)
_KEEP_IN_MEMORY = 4 * limits.MIB


class Part(Protocol):
    """One stretch of a job in one language."""

    def feed(self, data: bytes) -> bytes: ...

    def finish(self) -> Found: ...


class _Kept:
    """A part that has to be seekable: kept in a file until the universal exit or the end."""

    def __init__(self, kind: str, paper: Size | None, seekable: Seekable, *, in_pjl: bool) -> None:
        self._kind, self._paper, self._seekable = kind, paper, seekable
        self._in_pjl = in_pjl
        # Closed in finish(); a part that is dropped leaves nothing behind, as the file has no name.
        self._file = tempfile.SpooledTemporaryFile(max_size=_KEEP_IN_MEMORY)  # noqa: SIM115
        self._size = 0
        self._tail = b""

    def feed(self, data: bytes) -> bytes:
        if self._in_pjl:
            data = self._tail + data
            end = data.find(sniff.UEL)
            if end >= 0:
                self._write(data[:end])
                self._tail = b""
                return data[end:]
            keep = len(sniff.UEL) - 1
            data, self._tail = data[:-keep], data[-keep:]
        self._write(data)
        return b""

    def _write(self, data: bytes) -> None:
        self._size += len(data)
        if self._size > limits.BUFFERED_OCTETS_MAX:
            raise CannotInspect(f"it is larger than {limits.BUFFERED_OCTETS_MAX} octets")
        self._file.write(data)

    def finish(self) -> Found:
        with self._file as file:
            file.write(self._tail)
            file.seek(0)
            return self._seekable(file, self._kind, self._paper)


class Stream:
    """One document as it arrives.

    Args:
        seekable: inspects files of the languages that do not stream.
        paper: the paper where the document does not say, millimetres.
    """

    def __init__(self, seekable: Seekable, paper: Size | None = None, *, unzip: bool = True) -> None:
        self.kind = "unknown"
        """Media type of the first part, once it is known."""
        self._seekable = seekable
        self._paper = paper
        self._unzip = unzip
        self._head = b""
        self._part: Part | None = None
        self._inner: Stream | None = None
        self._inflate: zlib._Decompress | None = None
        self._octets_in = self._octets_out = 0
        self._pjl: Pjl | None = None
        self._language = ""
        self._line = b""
        self._pages = PageList()
        self._warnings: list[str] = []
        self._inside = Settings()
        self._begun = False

    def feed(self, data: bytes) -> None:
        """Takes the next octets.

        Raises:
            CannotInspect: when it is certain that nothing can be said of the document.
        """
        if not self._begun:
            self._head += data
            if len(self._head) < sniff.HEAD_OCTETS:
                return
            data, self._head = self._head, b""
            self._begin(data)
        self._take(data)

    def finish(self) -> Found:
        """What the document is.

        Raises:
            CannotInspect: says why nothing can be said.
        """
        if not self._begun:
            data, self._head = self._head, b""
            self._begin(data)
            self._take(data)
        if self._inner is not None:
            if self._inflate is not None and not self._inflate.eof:
                self._warnings.append("its gzip data are cut off")
            found = self._inner.finish()
            return replace(found, warnings=(*self._warnings, *found.warnings))
        if self._pjl is not None:
            self._finish_line()
        self._finish_part()
        if not self._pages.pages:
            raise CannotInspect("it has no pages")
        return self._found()

    def _begin(self, head: bytes) -> None:
        self._begun = True
        kind = sniff.sniff(head)
        if kind == sniff.GZIP and self._unzip:
            self._inner = Stream(self._seekable, self._paper, unzip=False)
            self._inflate = zlib.decompressobj(wbits=31)
            return
        body, _ = sniff.skip_pjl(head)
        if len(body) != len(head):
            self._pjl = Pjl()
            return
        self._open(kind)

    def _take(self, data: bytes) -> None:
        if self._inner is not None:
            self._unpack(data, self._inner)
            return
        while data:
            if self._part is not None:
                data = self._part.feed(data)
                if not data:
                    return
                self._finish_part()
            data = self._commands(data)

    def _unpack(self, data: bytes, inner: "Stream") -> None:
        inflate = self._inflate
        if inflate is None or inflate.eof:
            return
        self._octets_in += len(data)
        while data:
            try:
                piece = inflate.decompress(data, limits.MIB)
            except zlib.error as error:
                raise CannotInspect(f"its gzip data are damaged: {error}") from None
            self._octets_out += len(piece)
            if self._octets_out > limits.INFLATED_OCTETS_MAX:
                raise CannotInspect(f"it unpacks to more than {limits.INFLATED_OCTETS_MAX} octets")
            inner.feed(piece)
            self.kind = inner.kind
            data = inflate.unconsumed_tail

    def _open(self, kind: str) -> None:
        in_pjl = self._pjl is not None
        paper = self._pjl.paper if self._pjl is not None and self._pjl.paper is not None else self._paper
        sides = self._pjl.sides if self._pjl is not None else None
        if self.kind in ("unknown", sniff.PJL):
            self.kind = kind
        if kind in SEEKABLE:
            self._part = _Kept(kind, paper, self._seekable, in_pjl=in_pjl)
        elif kind in (sniff.PWG_RASTER, sniff.CUPS_RASTER):
            self._part = PwgRaster(kind)
        elif kind == sniff.URF:
            self._part = UrfRaster()
        elif kind in (sniff.PCL, sniff.HPGL):
            self._part = Pcl(paper, sides, hpgl=kind == sniff.HPGL)
        elif kind == sniff.PCL_XL:
            self._part = PclXl(paper, sides)
        elif kind == sniff.TEXT:
            self._part = Text(paper, sides)
        elif kind == sniff.ESCP2:
            self._part = EscP2(paper, sides)
        else:
            if kind == sniff.OCTET_STREAM:
                self.kind = "unknown"
                raise CannotInspect("its language is not known")
            raise CannotInspect(f"nothing here counts the pages of {kind}")

    def _finish_part(self) -> None:
        if self._part is None:
            return
        part, self._part = self._part, None
        found = part.finish()
        self._pages.extend(found.page_list)
        self._warnings.extend(found.warnings[: limits.WARNINGS_MAX - len(self._warnings)])
        self._inside = found.settings

    def _commands(self, data: bytes) -> bytes:
        """PJL lines and universal exits at the beginning of ``data``; returns what a new part begins with."""
        if self._pjl is None:
            self._pjl = Pjl()
        data, self._line = self._line + data, b""
        if self._language:
            return self._enter(self._language, data)
        while data:
            if data.startswith(sniff.UEL):
                data = data[len(sniff.UEL) :]
                continue
            if data[:1] in b"\r\n \t\x00\x04\x0c":
                data = data[1:]
                continue
            if sniff.UEL.startswith(data) or b"@PJL".startswith(data):
                self._line = data
                return b""
            if not data.startswith(b"@PJL"):
                self._open(self._part_kind("", data))
                return data
            end = data.find(b"\n")
            if end < 0:
                if len(data) > limits.PJL_LINE_OCTETS_MAX:
                    raise CannotInspect(f"it has a PJL line of more than {limits.PJL_LINE_OCTETS_MAX} octets")
                self._line = data
                return b""
            language = self._pjl.line(data[4:end])
            data = data[end + 1 :]
            if language:
                return self._enter(language, data)
        return b""

    def _enter(self, language: str, data: bytes, *, final: bool = False) -> bytes:
        """After ENTER LANGUAGE: the part begins once enough has come to see what it really is."""
        if len(data) < 64 and sniff.UEL not in data and not final:
            self._language, self._line = language, data
            return b""
        self._language = ""
        if data.startswith(sniff.UEL):
            return self._commands(data)
        if data:
            self._open(self._part_kind(language, data))
        return data

    def _part_kind(self, language: str, data: bytes) -> str:
        found = sniff.sniff(data[: sniff.HEAD_OCTETS])
        if language in (sniff.HPGL, sniff.PCL, "") and found in (sniff.TEXT, sniff.OCTET_STREAM, sniff.PCL):
            return language or sniff.PCL
        return language if found in (sniff.TEXT, sniff.OCTET_STREAM, sniff.PCL) else found

    def _finish_line(self) -> None:
        if self._language:
            data, self._line = self._line, b""
            rest = self._enter(self._language, data, final=True)
            if rest:
                self._take(rest)
        elif self._line.strip(b"\r\n \t\x00") and not self._line.startswith((b"\x1b", b"@")):
            data, self._line = self._line, b""
            self._take(data)

    def _found(self) -> Found:
        runs = self._pages.runs()
        settings = self._inside
        if self._pjl is not None:
            outer = self._pjl.settings()
            page_copies = {run.page.copies for run in runs}
            copies = outer.copies
            if settings.copies is not None:
                copies = settings.copies
            elif page_copies != {None}:
                copies = self._page_copies(page_copies)
            settings = replace(
                outer,
                copies=copies,
                sides=None if any(run.page.sides for run in runs) else settings.sides or outer.sides,
                mono_mode=outer.mono_mode if settings.mono_mode is None else settings.mono_mode,
            )
        return Found(self.kind, runs, settings, tuple(self._warnings[: limits.WARNINGS_MAX]))

    def _page_copies(self, each: set[int | None]) -> int | None:
        """PCL's own copies replace PJL COPIES; QTY multiplies them (HP PJL, QTY)."""
        quantity = (self._pjl.quantity if self._pjl is not None else None) or 1
        if quantity == 1:
            return None
        if len(each) == 1:
            return min((each.pop() or 1) * quantity, 999_999)
        self._warnings.append(f"its pages have different copies; QTY={quantity} is not applied to them")
        return None
