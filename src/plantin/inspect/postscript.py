"""PostScript: what its structuring comments say, and what Ghostscript finds when it prints it.

Promises: Ghostscript's count is the truth wherever it is installed; the comments (DSC) are only what is
left without it, and a difference between the two is said in a warning. Without Ghostscript and without
comments the document cannot be inspected; it is never 0 pages. Never: runs PostScript outside the worker.

Standard: Adobe Document Structuring Conventions 3.0; PLRM 3 section 6.2 (page device) and #copies.
"""

import re
from dataclasses import dataclass
from typing import IO

from plantin.inspect import ghostscript, limits, sniff
from plantin.inspect.media import A4, Size
from plantin.inspect.report import CannotInspect, Found, PageInfo, PageList, Settings, round_mm

_LINE = re.compile(rb"^%%(\w+):?[ \t]*([^\r\n]{0,255})", re.MULTILINE)
_MEDIA = re.compile(rb"(\d+(?:\.\d+)?)\s+(\d+(?:\.\d+)?)")
_DUPLEX = re.compile(rb"/Duplex\s+(true|false)\b")
_TUMBLE = re.compile(rb"/Tumble\s+(true|false)\b")
_FEATURE = re.compile(rb"%%BeginFeature:\s*\*Duplex\s+(\w+)")
_COPIES = re.compile(rb"/(?:NumCopies\s+|#copies\s+)(\d{1,5})\b")
_HEAD = 4 * limits.MIB
_COMMENT_PIECE = 4 * limits.MIB


@dataclass(slots=True)
class Comments:
    """What the structuring comments claim."""

    claimed: int | None = None
    """%%Pages."""
    page_comments: int = 0
    """%%Page outside embedded documents."""
    mono: bool = False
    """%%DocumentProcessColors names black and nothing else."""
    size: Size | None = None
    user: str | None = None
    title: str | None = None
    sides: str | None = None
    copies: int | None = None


def read_comments(file: IO[bytes]) -> Comments:
    """Reads the structuring comments of a whole file, in bounded memory."""
    found = Comments()
    depth = 0
    rest = b""
    head = True
    while True:
        piece = file.read(_COMMENT_PIECE)
        data = rest + piece
        cut = data.rfind(b"\n") + 1 if piece else len(data)
        rest = data[cut:][-65_536:]
        data = data[:cut]
        if head:
            _device_wishes(data[:_HEAD], found)
            head = False
        for key, value in _LINE.findall(data.replace(b"\r", b"\n")):
            if key in (b"BeginDocument", b"BeginData", b"BeginBinary"):
                depth += key == b"BeginDocument"
            elif key == b"EndDocument":
                depth = max(0, depth - 1)
            elif depth == 0:
                _comment(key, value.strip(), found)
        if not piece:
            return found


def _comment(key: bytes, value: bytes, found: Comments) -> None:
    if key == b"Page":
        found.page_comments += 1
    elif key == b"Pages" and value.split()[:1] and value.split()[0].isdigit():
        found.claimed = int(value.split()[0][:9])
    elif key == b"DocumentProcessColors" and value:
        found.mono = value.lower().split() == [b"black"]
    elif key in (b"DocumentMedia", b"PageMedia") and found.size is None:
        match = _MEDIA.search(value)
        if match is not None:
            found.size = _millimetres(float(match[1]), float(match[2]))
    elif key == b"For" and found.user is None:
        found.user = value.decode("latin-1").strip("() ")[:255] or None
    elif key == b"Title" and found.title is None:
        found.title = value.decode("latin-1").strip("() ")[:255] or None


def _device_wishes(head: bytes, found: Comments) -> None:
    feature = _FEATURE.search(head)
    duplex = _DUPLEX.search(head)
    if feature is not None and feature[1] != b"None":
        found.sides = "two-sided-short-edge" if feature[1] == b"DuplexTumble" else "two-sided-long-edge"
    elif duplex is not None:
        tumble = _TUMBLE.search(head)
        short = tumble is not None and tumble[1] == b"true"
        found.sides = "one-sided"
        if duplex[1] == b"true":
            found.sides = "two-sided-short-edge" if short else "two-sided-long-edge"
    copies = _COPIES.search(head)
    if copies is not None and int(copies[1]) > 0:
        found.copies = int(copies[1])


def inspect_postscript(file: IO[bytes], paper: Size | None = None) -> Found:
    """The pages of a PostScript file.

    Args:
        file: seekable, at its beginning.
        paper: the size where neither the program nor Ghostscript says one.

    Raises:
        CannotInspect: when it prints nothing, or when nobody here can tell.
    """
    comments = read_comments(file)
    file.seek(0)
    run = ghostscript.run_postscript(file)
    if run is None:
        return _from_comments(comments, paper)
    if not run.pages:
        raise CannotInspect(run.error or "it prints no page")
    pages = PageList()
    default = comments.size or paper or A4
    for page in run.pages:
        size = _millimetres(*page.size) if page.size is not None else default
        pages.add(PageInfo(page.colour, *size))
    warnings: list[str] = []
    claimed = comments.claimed or comments.page_comments
    if claimed and claimed != len(run.pages):
        warnings.append(f"its comments say {claimed} pages, it prints {len(run.pages)}")
    if run.error:
        warnings.append(f"{run.error}, after {len(run.pages)} pages")
    copies = {page.copies for page in run.pages if page.copies is not None}
    return Found(sniff.POSTSCRIPT, pages.runs(), _settings(comments, max(copies, default=1)), tuple(warnings))


def _from_comments(comments: Comments, paper: Size | None) -> Found:
    count = comments.page_comments or comments.claimed
    if not count:
        raise CannotInspect("its comments give no page count, and Ghostscript is not installed")
    pages = PageList()
    pages.add(PageInfo(not comments.mono, *(comments.size or paper or A4)), count)
    warning = "counted by its comments only: Ghostscript is not installed"
    return Found(sniff.POSTSCRIPT, pages.runs(), _settings(comments, 1), (warning,))


def _settings(comments: Comments, printed_copies: int) -> Settings:
    copies = printed_copies if printed_copies > 1 else comments.copies
    return Settings(copies=copies, sides=comments.sides, user=comments.user, job_name=comments.title)


def _millimetres(width: float, height: float) -> Size:
    return round_mm(width * 25.4 / 72), round_mm(height * 25.4 / 72)
