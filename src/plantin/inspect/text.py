"""Plain text: how many pages it fills in the one layout that Plantin prints text in.

Promises: the count and the conversion to PDF (``convert/text.py``) share this layout, so they agree: 80
columns and 60 lines a page, long lines wrapped, tabs to the next eighth column, form feed ends a page. Text
is black. Never: knows fonts or proportional widths.
"""

import codecs
import re
from collections.abc import Iterator

from plantin.inspect import sniff
from plantin.inspect.media import A4, Size
from plantin.inspect.report import CannotInspect, Found, PageInfo, PageList, Settings

COLUMNS = 80
LINES = 60
TAB = 8
_LINE_CHARACTERS_MAX = 1_000_000
_BREAK = re.compile(r"\r\n|[\n\r\v\f\x85\u2028\u2029]")


class TextDecoder:
    """UTF-8, UTF-16 with a byte order mark, or (what is neither) Windows-1252, decoded as it arrives."""

    def __init__(self) -> None:
        self._decoder: codecs.IncrementalDecoder | None = None
        self._head = b""

    def decode(self, data: bytes, *, final: bool = False) -> str:
        if self._decoder is None:
            self._head += data
            if len(self._head) < 4 and not final:
                return ""
            name = "utf-8-sig"
            if self._head.startswith((b"\xff\xfe", b"\xfe\xff")):
                name = "utf-16"
            self._decoder = codecs.getincrementaldecoder(name)("plantin-text")
            data, self._head = self._head, b""
        return self._decoder.decode(data, final)


def _as_windows(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.start + 1].decode("cp1252", "replace"), error.start + 1


codecs.register_error("plantin-text", _as_windows)


def rows(line: str) -> list[str]:
    """One line of text as the rows of ``COLUMNS`` characters that it fills; an empty line fills one row."""
    if "\t" in line:
        line = line.expandtabs(TAB)
    line = "".join(c for c in line if c >= " " and c != "\x7f") if not line.isprintable() else line
    return [line[i : i + COLUMNS] for i in range(0, len(line), COLUMNS)] or [""]


class Paginator:
    """Splits text, in pieces of any size, into pages of rows."""

    def __init__(self) -> None:
        self._tail = ""
        self._page: list[str] = []
        self._open = False

    def feed(self, text: str, *, final: bool = False) -> Iterator[list[str]]:
        """Yields each page that is complete.

        Raises:
            CannotInspect: when a line is longer than a million characters.
        """
        text = self._tail + text
        start = 0
        for match in _BREAK.finditer(text):
            # A carriage return at the very end may be half of a line end.
            if match[0] == "\r" and match.end() == len(text) and not final:
                break
            yield from self._line(text[start : match.start()], feed=match[0] == "\f")
            start = match.end()
        self._tail = text[start:]
        if len(self._tail) > _LINE_CHARACTERS_MAX:
            raise CannotInspect(f"it has a line of more than {_LINE_CHARACTERS_MAX} characters")
        if final:
            if self._tail:
                yield from self._line(self._tail, feed=False)
            self._tail = ""
            if self._open:
                yield self._page
            self._page, self._open = [], False

    def _line(self, line: str, *, feed: bool) -> Iterator[list[str]]:
        if not (feed and not line):
            for row in rows(line):
                if len(self._page) == LINES:
                    yield self._page
                    self._page = []
                self._page.append(row)
                self._open = True
        if feed:
            yield self._page
            self._page, self._open = [], False


class Text:
    """A plain text part of a job."""

    def __init__(self, paper: Size | None = None, sides: str | None = None) -> None:
        self._page = PageInfo(False, *(paper or A4), sides)
        self._decoder = TextDecoder()
        self._paginator = Paginator()
        self._pages = PageList()

    def feed(self, data: bytes) -> bytes:
        """Takes the next octets.

        Raises:
            CannotInspect: when a limit is exceeded.
        """
        self._count(self._decoder.decode(data), final=False)
        return b""

    def finish(self) -> Found:
        self._count(self._decoder.decode(b"", final=True), final=True)
        return Found(sniff.TEXT, self._pages.runs(), Settings())

    def _count(self, text: str, *, final: bool) -> None:
        for _ in self._paginator.feed(text, final=final):
            self._pages.add(self._page)
