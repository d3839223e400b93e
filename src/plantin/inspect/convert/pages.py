"""Work on the pages of a PDF: selection, order, several pages on a side, booklet, stamp.

Promises: page contents are carried over untouched as form XObjects, so what prints is what was sent, placed
elsewhere; a selection that leaves no page is an error. Never: renders, or changes colours.

Standard: ISO 32000-1 sections 8.10 (form XObjects), 7.7.3.3 (page objects); booklet order as for saddle
stitching.
"""

import math
from collections.abc import Sequence
from typing import IO, BinaryIO, cast

import pikepdf

from plantin.inspect import limits
from plantin.inspect.pdf.document import box_of, inherited
from plantin.inspect.report import CannotInspect, Unprintable

Ranges = Sequence[tuple[int, int]]
_GRIDS = {2: (1, 2), 4: (2, 2), 6: (2, 3), 9: (3, 3), 16: (4, 4)}
"""Columns and rows on an upright sheet; 2 and 6 lie on their side."""
_STAMP_POINTS = 9
_DIAGONAL_POINTS = 60


def open_pdf(file: IO[bytes]) -> pikepdf.Pdf:
    """Opens a PDF for work on its pages.

    Raises:
        CannotInspect: encrypted with a password, or beyond repair.
    """
    try:
        return pikepdf.open(cast(BinaryIO, file), suppress_warnings=True)
    except pikepdf.PasswordError:
        raise CannotInspect("it is encrypted and opens only with a password") from None
    except pikepdf.PdfError as error:
        raise CannotInspect(f"its PDF structure is beyond repair: {str(error)[:120]}") from None


def select(source: pikepdf.Pdf, ranges: Ranges, *, reverse: bool = False) -> pikepdf.Pdf:
    """The pages in ``ranges`` (from 1, inclusive; all when empty), in document order or reversed.

    Raises:
        Unprintable: when no page is left.
    """
    count = len(source.pages)
    wanted = [i for i in range(count) if not ranges or any(low <= i + 1 <= high for low, high in ranges)]
    if not wanted:
        raise Unprintable(f"page-ranges select none of its {count} pages")
    if reverse:
        wanted.reverse()
    target = pikepdf.Pdf.new()
    target.pages.extend(source.pages[i] for i in wanted)
    return target


def number_up(source: pikepdf.Pdf, number: int) -> pikepdf.Pdf:
    """``number`` pages on each side, left to right and top to bottom, on the first page's paper."""
    columns, rows = _GRIDS[number]
    width, height = _shown_size(source.pages[0].obj)
    lying = number in (2, 6)
    if (width > height) != lying:
        width, height = height, width
    if lying:
        columns, rows = rows, columns
    target = pikepdf.Pdf.new()
    for first in range(0, len(source.pages), number):
        cells = []
        for place in range(min(number, len(source.pages) - first)):
            column, row = place % columns, place // columns
            cell_width, cell_height = width / columns, height / rows
            left, bottom = column * cell_width, height - (row + 1) * cell_height
            cells.append((first + place, (left, bottom, left + cell_width, bottom + cell_height)))
        _compose(target, source, (width, height), cells)
    return target


def copies(source: pikepdf.Pdf, number: int, *, even: bool = False) -> pikepdf.Pdf:
    """All pages ``number`` times, one set after the other.

    Args:
        even: every set but the last is filled up to whole sheets with a blank page.

    Raises:
        Unprintable: when there would be too many pages.
    """
    count = len(source.pages)
    if count * number > limits.PAGES_MAX:
        raise Unprintable(f"{number} copies of its {count} pages are more than {limits.PAGES_MAX} pages")
    target = pikepdf.Pdf.new()
    for left in range(number, 0, -1):
        target.pages.extend(source.pages)
        if even and count % 2 and left > 1:
            target.add_blank_page(page_size=_shown_size(source.pages[-1].obj))
    return target


def booklet(source: pikepdf.Pdf) -> pikepdf.Pdf:
    """Two pages on a side in the order of a folded, saddle-stitched booklet (print two-sided, short edge)."""
    width, height = sorted(_shown_size(source.pages[0].obj), reverse=True)
    target = pikepdf.Pdf.new()
    for left, right in booklet_order(len(source.pages)):
        halves = ((left, (0.0, 0.0, width / 2, height)), (right, (width / 2, 0.0, width, height)))
        _compose(target, source, (width, height), [half for half in halves if half[0] >= 0])
    return target


def booklet_order(pages: int) -> list[tuple[int, int]]:
    """(left, right) page indexes of each side; -1 is an empty half."""
    padded = math.ceil(pages / 4) * 4
    sides: list[tuple[int, int]] = []
    for i in range(padded // 2):
        outer, inner = padded - 1 - i, i
        pair = (outer, inner) if i % 2 == 0 else (inner, outer)
        sides.append((pair[0] if pair[0] < pages else -1, pair[1] if pair[1] < pages else -1))
    return sides


def stamp(source: pikepdf.Pdf, text: str, place: str = "footer") -> pikepdf.Pdf:
    """Writes ``text`` on every page: a line at the foot or head, or large and pale across it."""
    font = source.make_indirect(
        pikepdf.Dictionary(
            Type=pikepdf.Name.Font,
            Subtype=pikepdf.Name.Type1,
            BaseFont=pikepdf.Name.Helvetica,
            Encoding=pikepdf.Name.WinAnsiEncoding,
        )
    )
    drawn = pdf_string(text[:500])
    for page in source.pages:
        left, bottom, right, top = box_of(page.obj)
        width, height = right - left, top - bottom
        if place == "diagonal":
            angle = math.atan2(height, width)
            size = min(_DIAGONAL_POINTS, 1.6 * math.hypot(width, height) / max(len(text), 1))
            a, b = math.cos(angle), math.sin(angle)
            matrix = (
                f"{a:.4f} {b:.4f} {-b:.4f} {a:.4f} {left + width * 0.12:.2f} {bottom + height * 0.12:.2f} cm"
            )
            content = f"0.8 g {matrix} BT /PlantinStamp {size:.1f} Tf 0 0 Td "
        else:
            y = top - 24 if place == "header" else bottom + 15
            content = f"0 g BT /PlantinStamp {_STAMP_POINTS} Tf {left + 30:.2f} {y:.2f} Td "
        page.contents_add(b"q\n", prepend=True)
        page.contents_add(b"\nQ\nq " + content.encode() + drawn + b" Tj ET Q\n")
        page.add_resource(font, pikepdf.Name.Font, pikepdf.Name("/PlantinStamp"))
    return source


def pdf_string(text: str) -> bytes:
    """A literal string in WinAnsi encoding; what it lacks becomes a question mark."""
    data = text.encode("cp1252", "replace")
    for octet in (b"\\", b"(", b")"):
        data = data.replace(octet, b"\\" + octet)
    return b"(" + data.replace(b"\r", b" ").replace(b"\n", b" ") + b")"


def _shown_size(page: pikepdf.Object) -> tuple[float, float]:
    left, bottom, right, top = box_of(page)
    turned = int(inherited(page, "/Rotate") or 0) % 180 == 90
    return (top - bottom, right - left) if turned else (right - left, top - bottom)


def _compose(
    target: pikepdf.Pdf,
    source: pikepdf.Pdf,
    size: tuple[float, float],
    cells: Sequence[tuple[int, tuple[float, float, float, float]]],
) -> None:
    """Adds a page of ``size`` with source pages fitted into cells, upright as they are shown."""
    page = target.add_blank_page(page_size=size)
    for index, (left, bottom, right, top) in cells:
        shown = source.pages[index]
        shown.obj.CropBox = pikepdf.Array(list(box_of(shown.obj)))
        form = target.copy_foreign(source.make_indirect(shown.as_form_xobject()))
        name = page.add_resource(form, pikepdf.Name.XObject)
        rectangle = pikepdf.Rectangle(left, bottom, right, top)
        placed = page.calc_form_xobject_placement(
            form, name, rectangle, invert_transformations=True, allow_shrink=True, allow_expand=True
        )
        page.contents_add(placed)
