"""Vouchers as a PDF to print and cut: ten cards of 90 x 54 mm on a page of A4, dashed lines between them.

Promises that a code is set in letters of one width, so that it is read and typed without doubt. Uses the
fonts that every reader and device has. Keeps nothing.
"""

from collections.abc import Sequence
from datetime import date
from io import BytesIO
from typing import Final

import pikepdf

_MM: Final = 72 / 25.4
_PAGE: Final = (210 * _MM, 297 * _MM)
_CARD: Final = (90 * _MM, 54 * _MM)
_COLUMNS, _ROWS = 2, 5
PER_PAGE: Final = _COLUMNS * _ROWS
_LEFT: Final = (_PAGE[0] - _COLUMNS * _CARD[0]) / 2
_FOOT: Final = (_PAGE[1] - _ROWS * _CARD[1]) / 2
_INSET: Final = 6 * _MM
_BATCH_CHARACTERS_MAX: Final = 40


def sheet_of(batch: str, codes: Sequence[tuple[str, int]], value: str, last: date | None) -> bytes:
    """The PDF.

    Args:
        codes: each code with its serial number.
        value: what a voucher is worth, with its unit.
        last: the last day on which it can be used.
    """
    pdf = pikepdf.Pdf.new()
    fonts = pikepdf.Dictionary(
        {
            f"/F{number}": pdf.make_indirect(
                pikepdf.Dictionary(
                    Type=pikepdf.Name.Font,
                    Subtype=pikepdf.Name.Type1,
                    BaseFont=pikepdf.Name(f"/{name}"),
                    Encoding=pikepdf.Name.WinAnsiEncoding,
                )
            )
            for number, name in enumerate(("Helvetica", "Helvetica-Bold", "Courier-Bold"), start=1)
        }
    )
    resources = pdf.make_indirect(pikepdf.Dictionary(Font=fonts))
    for start in range(0, len(codes), PER_PAGE):
        content = [_cutting_lines()]
        for place, (code, serial) in enumerate(codes[start : start + PER_PAGE]):
            content.append(_card(place, code, f"{batch[:_BATCH_CHARACTERS_MAX]} / {serial}", value, last))
        page = pdf.add_blank_page(page_size=_PAGE)
        page.obj.Resources = resources
        page.obj.Contents = pdf.make_stream(b"\n".join(content))
    with pdf.open_metadata() as metadata:
        metadata["dc:title"] = f"Vouchers {batch}"
    out = BytesIO()
    pdf.save(out)
    return out.getvalue()


def _cutting_lines() -> bytes:
    right, top = _LEFT + _COLUMNS * _CARD[0], _FOOT + _ROWS * _CARD[1]
    lines = ["0.4 w 0.6 G [3 3] 0 d"]
    for column in range(_COLUMNS + 1):
        x = _LEFT + column * _CARD[0]
        lines.append(f"{x:.2f} {_FOOT:.2f} m {x:.2f} {top:.2f} l S")
    for row in range(_ROWS + 1):
        y = _FOOT + row * _CARD[1]
        lines.append(f"{_LEFT:.2f} {y:.2f} m {right:.2f} {y:.2f} l S")
    return "\n".join(lines).encode("ascii")


def _card(place: int, code: str, number: str, value: str, last: date | None) -> bytes:
    left = _LEFT + place % _COLUMNS * _CARD[0] + _INSET
    top = _FOOT + (_ROWS - place // _COLUMNS) * _CARD[1] - _INSET
    until = f"valid until {last.isoformat()}" if last else "no expiry date"
    return b"\n".join(
        [
            _text("/F1", 9, left, top - 8, "Print credit"),
            _text("/F2", 20, left, top - 32, value),
            _text("/F3", 16, left, top - 68, code),
            _text("/F1", 8, left, top - 90, f"To be used once, {until}"),
            _text("/F1", 7, left, top - 112, number),
        ]
    )


def _text(font: str, size: int, x: float, y: float, text: str) -> bytes:
    shown = text.encode("cp1252", "replace")
    for sign in (b"\\", b"(", b")"):
        shown = shown.replace(sign, b"\\" + sign)
    return f"BT 0 g {font} {size} Tf {x:.2f} {y:.2f} Td (".encode("ascii") + shown + b") Tj ET"
