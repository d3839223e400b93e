"""A PDF document: its pages, their sizes, and which of them need colour.

Promises: structure decides what it can (``scan``, then ``visible`` for what is painted and may be covered);
only pages where structure cannot tell are rendered, by pdfium, and by Ghostscript where pdfium's colour
conversion leaves doubt. Damaged files are repaired as far as qpdf can. Never: trusts /Count, follows a
loop, or runs JavaScript or actions.

Standard: ISO 32000-1 sections 7.5 (file structure), 7.6 (encryption), 7.7.3 (page tree), 14.11.2 (boxes).
"""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import IO, BinaryIO, cast

import pikepdf

from plantin.inspect import limits, sniff
from plantin.inspect.media import A4
from plantin.inspect.pdf.render import Renderer
from plantin.inspect.pdf.scan import Paint, Scanner
from plantin.inspect.pdf.verdict import Verdict
from plantin.inspect.pdf.visible import Visibility
from plantin.inspect.report import CannotInspect, Found, PageInfo, PageList, Settings, round_mm

_MM = 25.4 / 72
_TREE_DEPTH_MAX = 64
_STREAM_NAME = re.compile(r"^stream <[^>]*>\s*:?\s*")
"""qpdf begins its messages with the Python object that it reads from."""
_DAMAGE = (pikepdf.PdfError, RuntimeError, ValueError, TypeError, KeyError, AttributeError, OverflowError)

Oracle = Callable[[IO[bytes], Sequence[int]], dict[int, bool] | None]
"""Asks Ghostscript about pages (numbers from 0): who is coloured; None when it is not to be had."""


@dataclass(slots=True)
class Work:
    """How the pages of a document were decided: for figures and tests."""

    structure: int = 0
    visible: int = 0
    rendered: int = 0
    asked: int = 0


def inspect_pdf(file: IO[bytes], oracle: Oracle | None = None, work: Work | None = None) -> Found:
    """The pages of a PDF.

    Args:
        file: seekable, at its beginning.
        oracle: asked about pages that even rendering leaves in doubt.
        work: filled with how the pages were decided.

    Raises:
        CannotInspect: encrypted with a password, beyond repair, or beyond a limit.
    """
    try:
        document = pikepdf.open(cast(BinaryIO, file), suppress_warnings=True, inherit_page_attributes=False)
    except pikepdf.PasswordError:
        raise CannotInspect("it is encrypted and opens only with a password") from None
    except (*_DAMAGE, MemoryError) as error:
        raise CannotInspect(f"its PDF structure is beyond repair: {_short(error)}") from None
    with document:
        return _Document(document, file, oracle, work or Work()).found()


class _Document:
    def __init__(self, document: pikepdf.Pdf, file: IO[bytes], oracle: Oracle | None, work: Work) -> None:
        self._document, self._file, self._oracle, self._work = document, file, oracle, work
        self._scanner = Scanner()
        self._visibility = Visibility(self._scanner)
        self._warnings: list[str] = []

    def found(self) -> Found:
        try:
            pages = self._document.pages
            count = len(pages)
        except _DAMAGE as error:
            raise CannotInspect(f"its page tree is broken: {_short(error)}") from None
        if count > limits.PAGES_MAX:
            raise CannotInspect(f"it has more than {limits.PAGES_MAX} pages")
        if not count:
            raise CannotInspect("it has no pages")
        sizes: list[tuple[float, float]] = []
        colours: list[bool] = []
        doubtful: dict[int, Paint] = {}
        for index, page in enumerate(pages):
            width, height = self._size(page.obj)
            sizes.append((round_mm(width * _MM), round_mm(height * _MM)))
            colour, paint = self._page(page.obj, index)
            colours.append(bool(colour))
            if colour is None:
                doubtful[index] = paint
        if doubtful:
            self._decide(doubtful, colours)
        listed = PageList()
        for colour, (width, height) in zip(colours, sizes, strict=True):
            listed.add(PageInfo(colour, width, height))
        warnings = tuple(self._warnings[: limits.WARNINGS_MAX])
        return Found(sniff.PDF, listed.runs(), self._settings(), warnings)

    def _page(self, page: pikepdf.Object, index: int) -> tuple[bool | None, Paint]:
        """The verdict on a page, None for one that has to be rendered, and what it could paint."""
        try:
            contents = self._scanner.contents(page)
            resources = inherited(page, "/Resources")
            paint = self._scanner.scan(contents, resources)
            notes = self._scanner.annotations(page) if "/Annots" in page else None
            whole = paint | notes if notes is not None else paint
            if notes is not None and self._scanner.coloured_link_border(page):
                self._work.visible += 1
                return True, whole
            if whole.verdict is Verdict.GREY:
                self._work.structure += 1
                return False, whole
            if paint.verdict is Verdict.COLOUR and self._visibility.certain(
                contents, resources, box_of(page)
            ):
                self._work.visible += 1
                return True, whole
        except (*_DAMAGE, RecursionError) as error:
            self._warnings.append(f"page {index + 1} is damaged: {_short(error)}")
            return None, Paint(Verdict.UNSURE, False)
        return None, whole

    def _size(self, page: pikepdf.Object) -> tuple[float, float]:
        """Width and height as the page is shown, in points."""
        try:
            left, bottom, right, top = box_of(page)
            unit = float(page.get("/UserUnit", 1.0))
            width, height = (right - left) * unit, (top - bottom) * unit
            if int(inherited(page, "/Rotate") or 0) % 180 == 90:
                width, height = height, width
            if 1 <= width <= 1e6 and 1 <= height <= 1e6:
                return width, height
        except _DAMAGE:
            pass
        return A4[0] / _MM, A4[1] / _MM

    def _settings(self) -> Settings:
        """What the viewer preferences ask of a print dialogue (ISO 32000-1 table 150)."""
        try:
            wishes = self._document.Root.get("/ViewerPreferences")
            if not isinstance(wishes, pikepdf.Dictionary):
                return Settings()
            duplex = {
                "/Simplex": "one-sided",
                "/DuplexFlipLongEdge": "two-sided-long-edge",
                "/DuplexFlipShortEdge": "two-sided-short-edge",
            }.get(str(wishes.get("/Duplex", "")))
            copies = wishes.get("/NumCopies")
            wanted = int(copies) if copies is not None and 1 <= int(copies) <= 999 else None
            if duplex or wanted:
                self._warnings.append(
                    "its viewer preferences ask for sides or copies; only a print dialogue obeys"
                )
        except _DAMAGE:
            pass
        return Settings()

    def _decide(self, doubtful: dict[int, Paint], colours: list[bool]) -> None:
        """Renders the pages in doubt; those that stay in doubt go to the oracle, and else count as colour."""
        left: list[int] = []
        self._work.rendered += len(doubtful)
        try:
            self._file.seek(0)
            renderer = Renderer(self._file)
        except Exception as error:  # noqa: BLE001  pypdfium2 raises its own and ctypes' errors
            self._warnings.append(f"it cannot be rendered: {_short(error)}")
            left = list(doubtful)
        else:
            try:
                left = self._render(renderer, doubtful, colours)
            finally:
                renderer.close()
        if not left:
            return
        self._work.asked += len(left)
        answers = None
        if self._oracle is not None:
            self._file.seek(0)
            answers = self._oracle(self._file, left)
        for index in left:
            if answers is not None and index in answers:
                colours[index] = answers[index]
            else:
                colours[index] = True
                self._warnings.append(
                    f"nothing can tell whether page {index + 1} is grey; it counts as colour"
                )

    def _render(self, renderer: Renderer, doubtful: dict[int, Paint], colours: list[bool]) -> list[int]:
        left: list[int] = []
        for index, paint in doubtful.items():
            try:
                answer = renderer.is_colour(index, exact=paint.renders)
            except Exception as error:  # noqa: BLE001  as above
                self._warnings.append(f"page {index + 1} cannot be rendered: {_short(error)}")
                answer = None
            if answer is None:
                left.append(index)
            else:
                colours[index] = answer
        return left


def inherited(page: pikepdf.Object, key: str) -> pikepdf.Object | None:
    """An inheritable page attribute (ISO 32000-1 section 7.7.3.4)."""
    node: pikepdf.Object | None = page
    for _ in range(_TREE_DEPTH_MAX):
        if not isinstance(node, pikepdf.Dictionary):
            return None
        value = node.get(key)
        if value is not None:
            return value
        node = node.get("/Parent")
    return None


def box_of(page: pikepdf.Object) -> tuple[float, float, float, float]:
    """The part of the page that prints, in its own units: CropBox within MediaBox, A4 if neither is sane."""
    media = _rectangle(inherited(page, "/MediaBox"))
    crop = _rectangle(inherited(page, "/CropBox"))
    if media is None:
        media = (0.0, 0.0, A4[0] / _MM, A4[1] / _MM)
    if crop is None:
        return media
    left, bottom = max(media[0], crop[0]), max(media[1], crop[1])
    right, top = min(media[2], crop[2]), min(media[3], crop[3])
    return (left, bottom, right, top) if right - left >= 1 and top - bottom >= 1 else media


def _rectangle(value: pikepdf.Object | None) -> tuple[float, float, float, float] | None:
    if not isinstance(value, pikepdf.Array) or len(value) < 4:
        return None
    x1, y1, x2, y2 = (float(value[i]) for i in range(4))
    if not all(map(math.isfinite, (x1, y1, x2, y2))):
        return None
    box = (min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2))
    return box if box[2] - box[0] >= 1 and box[3] - box[1] >= 1 else None


def _short(error: BaseException) -> str:
    text = (str(error) or type(error).__name__).split("\n")[0]
    return _STREAM_NAME.sub("", text)[:160]
