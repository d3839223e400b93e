"""A page that shows whether a device prints: who it is, edges, grey steps and colours. As PDF, PostScript
or text.

Promises one page of A4 that fits Letter too, without fonts that are not in every device. Pure.
"""

from collections.abc import Iterable, Mapping
from typing import Final

TEST_FORMATS: Final = ("application/pdf", "application/postscript", "text/plain")
_WIDTH, _HEIGHT = 595, 792
"""Points: as wide as A4, as high as Letter."""
_EDGE: Final = 28
_COLOURS: Final = ((0, 1, 1), (1, 0, 1), (1, 1, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1), (0, 0, 0))
_LINE_CHARACTERS_MAX: Final = 78
_LINES_MAX: Final = 30


def format_of_test_page(supported: Iterable[str]) -> str | None:
    """The best of our formats for a device that takes ``supported``; None when it takes none of them.

    A device that does not say what it takes gets PDF.
    """
    names = {name.partition(";")[0].strip().lower() for name in supported}
    if not names:
        return TEST_FORMATS[0]
    return next((name for name in TEST_FORMATS if name in names), None)


def make_test_page(document_format: str, facts: Mapping[str, str]) -> bytes:
    """The page.

    Args:
        document_format: one of :data:`TEST_FORMATS`.
        facts: what stands on it, in order, such as ``{"Device": "hall", "URI": "ipp://…"}``.

    Raises:
        KeyError: there is no test page in this format.
    """
    return _MAKERS[document_format](_lines(facts))


def _lines(facts: Mapping[str, str]) -> list[str]:
    lines: list[str] = []
    for name, value in facts.items():
        text = f"{name}: {value}"
        text = "".join(char if " " <= char <= "~" else "?" for char in text)
        lines += [
            text[start : start + _LINE_CHARACTERS_MAX] for start in range(0, len(text), _LINE_CHARACTERS_MAX)
        ]
    return lines[:_LINES_MAX]


def _plain(lines: list[str]) -> bytes:
    ruler = "".join(str(column % 10) for column in range(1, _LINE_CHARACTERS_MAX + 1))
    return "\r\n".join(["Plantin test page", "", *lines, "", ruler, "\f"]).encode("ascii")


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")


def _boxes() -> Iterable[tuple[tuple[float, float, float], int, int, int, int]]:
    """Colour, x, y, width, height: seven colours above eleven steps of grey."""
    side = 70
    for place, colour in enumerate(_COLOURS):
        yield colour, 50 + place * side, 200, side, 60
    step = 7 * side // 11
    for place in range(11):
        grey = place / 10
        yield (grey, grey, grey), 50 + place * step, 120, step, 60


def _pdf(lines: list[str]) -> bytes:
    draw = [f"1 w {_EDGE} {_EDGE} {_WIDTH - 2 * _EDGE} {_HEIGHT - 2 * _EDGE} re S"]
    draw += [f"{r} {g} {b} rg {x} {y} {w} {h} re f" for (r, g, b), x, y, w, h in _boxes()]
    draw.append("0 0 0 rg BT /F1 24 Tf 50 720 Td (Plantin test page) Tj ET")
    draw += [
        f"BT /F2 10 Tf 50 {690 - 14 * place} Td ({_escaped(line)}) Tj ET" for place, line in enumerate(lines)
    ]
    content = "\n".join(draw).encode("ascii")
    font = b"<< /Type /Font /Subtype /Type1 /BaseFont /%b >>"
    return _objects(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %d %d] /Contents 4 0 R"
            b" /Resources << /Font << /F1 5 0 R /F2 6 0 R >> >> >>" % (_WIDTH, _HEIGHT),
            b"<< /Length %d >>\nstream\n%b\nendstream" % (len(content), content),
            font % b"Helvetica-Bold",
            font % b"Courier",
        ]
    )


def _objects(objects: list[bytes]) -> bytes:
    """A PDF file of numbered objects, the first being the catalogue (ISO 32000-1 section 7.5)."""
    out = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    for place in places:
        out += b"%010d 00000 n \n" % place
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(out)


def _postscript(lines: list[str]) -> bytes:
    draw = [
        "%!PS-Adobe-3.0",
        "%%Pages: 1",
        f"%%BoundingBox: 0 0 {_WIDTH} {_HEIGHT}",
        "%%EndComments",
        "%%Page: 1 1",
        f"1 setlinewidth {_EDGE} {_EDGE} {_WIDTH - 2 * _EDGE} {_HEIGHT - 2 * _EDGE} rectstroke",
    ]
    draw += [f"{r} {g} {b} setrgbcolor {x} {y} {w} {h} rectfill" for (r, g, b), x, y, w, h in _boxes()]
    draw.append("0 setgray /Helvetica-Bold 24 selectfont 50 720 moveto (Plantin test page) show")
    draw.append("/Courier 10 selectfont")
    draw += [f"50 {690 - 14 * place} moveto ({_escaped(line)}) show" for place, line in enumerate(lines)]
    return "\n".join([*draw, "showpage", "%%EOF", ""]).encode("ascii")


_MAKERS: Final = dict(zip(TEST_FORMATS, (_pdf, _postscript, _plain), strict=True))
