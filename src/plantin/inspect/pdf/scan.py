"""What the content streams of a page could paint, told at the speed of a text search.

Promises: every colour that any operator sets, every image, form, shading, pattern and Type 3 glyph that is
used is judged once; when all of them are grey the page is grey, whatever is visible of it. False alarms are
possible (a string may look like an operator) and harmless: they cost a closer look. A colour is never
missed. Bounded by nesting depth and by the octets unpacked. Never: follows the graphics state; ``visible``
does that.

Standard: ISO 32000-1 sections 7.8, 8.6 to 8.10, 9.6.5, 12.5.5.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import pikepdf

from plantin.inspect import limits
from plantin.inspect.pdf import verdict as v
from plantin.inspect.pdf.image import image_verdict, stream_bytes
from plantin.inspect.pdf.space import GREY, UNKNOWN, Space, Spaces, function_ends
from plantin.inspect.pdf.verdict import Verdict
from plantin.inspect.report import CannotInspect

_WHITE = bytes.maketrans(b"\x00\t\n\x0c\r", b"     ")
_END = rb"(?![^ /()<>\[\]{}%])"
_NAME = rb"/([^ /()<>\[\]{}%]*)"
_OPERAND = re.compile(rb"[-+]?[\d.]+(?:-\d+)?$")
_TAIL = 80
"""Octets before an operator that hold its operands."""
_DO = re.compile(_NAME + rb" +Do" + _END)
_SHADE = re.compile(_NAME + rb" +sh" + _END)
_INLINE = re.compile(rb"(?<![^ /()<>\[\]{}%])BI(?=[ /])(.{0,600}?)ID ")
_INLINE_SPACE = re.compile(rb"/(?:CS|ColorSpace) */([A-Za-z0-9]+)")
_INLINE_MASK = re.compile(rb"/(?:IM|ImageMask) +true")
_ESCAPE = re.compile(r"#([0-9A-Fa-f]{2})")
_PRINT, _HIDDEN, _NO_VIEW = 4, 2, 32


@dataclass(frozen=True, slots=True)
class Paint:
    """What something paints."""

    verdict: Verdict = Verdict.GREY
    renders: bool = True
    """pdfium's rendering of it can be trusted to keep grey grey."""

    def __or__(self, other: "Paint") -> "Paint":
        return Paint(max(self.verdict, other.verdict), self.renders and other.renders)


NOTHING = Paint()
_UNSURE = Paint(Verdict.UNSURE)
_UNTRUSTED = Paint(Verdict.UNSURE, False)


def name_text(raw: bytes) -> str:
    """A name token without its slash, as pikepdf spells keys."""
    text = raw.decode("utf-8", "surrogateescape")
    return "/" + (_ESCAPE.sub(lambda m: chr(int(m[1], 16)), text) if "#" in text else text)


def numbers(words: Sequence[bytes], *, trailing: bool = False) -> list[float]:
    """The numbers that operands are. A word that is none empties the list, or (``trailing``) restarts it."""
    values: list[float] = []
    for word in words:
        try:
            values.append(float(word))
        except ValueError:
            number = _OPERAND.search(word)
            values = []
            try:
                if number is not None:
                    values.append(float(number[0]))
                elif not trailing:
                    return []
            except ValueError:
                if not trailing:
                    return []
    return values


def operands_of(data: bytes, operator: bytes, count: int) -> set[tuple[bytes, ...]]:
    """The ``count`` words before each place where ``operator`` begins a word; fewer at the data's beginning.

    ``data`` has single spaces for all white space, ``operator`` begins with one. Splitting at the operator is
    many times faster than matching numbers.
    """
    pieces = data.split(operator)
    del pieces[-1]
    found = {tuple(piece[-_TAIL:].split()[-count:]) for piece in {piece[-_TAIL:] for piece in pieces}}
    found.discard(())
    return found


def entry(resources: pikepdf.Object | None, category: str, name: str) -> pikepdf.Object | None:
    """One resource, or None."""
    if not isinstance(resources, pikepdf.Dictionary):
        return None
    group = resources.get(category)
    if not isinstance(group, pikepdf.Dictionary):
        return None
    try:
        return group.get(name)
    except (ValueError, pikepdf.PdfError):
        return None


class Scanner:
    """Scans the pages of one document; remembers what it has seen by object number."""

    def __init__(self) -> None:
        self.spaces = Spaces()
        self._seen: dict[tuple[int, int], Paint] = {}
        self._unpacked = 0

    def read(self, stream: pikepdf.Object) -> bytes:
        """A content stream unpacked.

        Raises:
            CannotInspect: when it, or the document as a whole, unpacks beyond the limits.
            pikepdf.PdfError, RuntimeError, MemoryError: when its data cannot be unpacked.
        """
        data = stream_bytes(stream)
        self._unpacked += len(data)
        if len(data) > limits.STREAM_OCTETS_MAX or self._unpacked > limits.DOCUMENT_UNPACKED_OCTETS_MAX:
            raise CannotInspect("its content streams unpack beyond the limit")
        return data

    def contents(self, page: pikepdf.Object) -> bytes:
        """All content streams of a page, as one."""
        value = page.get("/Contents")
        if isinstance(value, pikepdf.Array):
            return b"\n".join(self.read(part) for part in value.as_list() if isinstance(part, pikepdf.Stream))
        return self.read(value) if isinstance(value, pikepdf.Stream) else b""

    def scan(self, raw: bytes, resources: pikepdf.Object | None, depth: int = 0) -> Paint:
        """What the operators of a content stream could paint."""
        data = raw.translate(_WHITE)
        paint = self._device_colours(data)
        if b" cs" in data or b" CS" in data or b" sc" in data or b" SC" in data:
            paint |= self._spaces_used(data, resources, depth)
        if b" Do" in data:
            for name in set(_DO.findall(data)):
                paint |= self.xobject(entry(resources, "/XObject", name_text(name)), resources, depth)
        if b" sh" in data:
            for name in set(_SHADE.findall(data)):
                paint |= self.shading(entry(resources, "/Shading", name_text(name)), resources)
        if b"BI" in data:
            paint |= self._inline(data, resources)
        if b" Tf" in data:
            paint |= self._fonts(resources, depth)
        return paint

    def _device_colours(self, data: bytes) -> Paint:
        paint = NOTHING
        for operator in (b" rg", b" RG"):
            if operator in data:
                for words in operands_of(data, operator, 3):
                    if words[0] != words[1] or words[1] != words[2]:
                        values = numbers(words)
                        paint |= Paint(v.rgb(values) if len(values) == 3 else Verdict.GREY)
        for operator in (b" k", b" K"):
            if operator in data:
                for words in operands_of(data, operator, 4):
                    values = numbers(words)
                    paint |= Paint(v.cmyk(values) if len(values) == 4 else Verdict.GREY, len(values) != 4)
        return paint

    def _spaces_used(self, data: bytes, resources: pikepdf.Object | None, depth: int) -> Paint:
        paint = NOTHING
        words = {w[0] for operator in (b" cs", b" CS") for w in operands_of(data, operator, 1)}
        named = {word[word.rfind(b"/") + 1 :] for word in words if b"/" in word}
        spaces = [self.spaces.resolve(pikepdf.Name(name_text(n)), resources) for n in named if n]
        for space in spaces:
            if space.kind != "pattern":
                paint |= Paint(space.initial, space.renders)
        judged = [space for space in spaces if space.kind not in ("grey", "pattern")]
        candidates = judged or ([] if spaces else [GREY, *self._guesses()])
        patterns: set[tuple[bytes, ...]] = set()
        for operator in (b" sc", b" SC"):
            if operator not in data:
                continue
            for found in operands_of(data, operator, 8):
                if b"/" in found[-1]:
                    patterns.add(found)
                elif candidates:
                    paint |= self._operands(numbers(found, trailing=True), candidates)
        for found in patterns:
            last = found[-1]
            pattern = entry(resources, "/Pattern", name_text(last[last.rfind(b"/") + 1 :]))
            paint |= self.pattern(pattern, numbers(found[:-1], trailing=True), spaces, resources, depth)
        return paint

    def _guesses(self) -> list[Space]:
        """Without a cs operator the current space is the initial one, or a device operator's."""
        names = (pikepdf.Name.DeviceRGB, pikepdf.Name.DeviceCMYK)
        return [self.spaces.resolve(name, None) for name in names]

    def _operands(self, values: list[float], spaces: list[Space]) -> Paint:
        """The worst that trailing numbers can mean in any of the spaces that are used."""
        paint = NOTHING
        for space in spaces:
            if space is UNKNOWN or space.components > 8:
                return _UNTRUSTED
            if 0 < space.components <= len(values):
                paint |= Paint(space.judge(values[-space.components :]), space.renders)
        return paint

    def _once(self, value: pikepdf.Object) -> tuple[tuple[int, int], Paint | None]:
        key = value.objgen
        return key, self._seen.get(key) if key[0] else None

    def xobject(self, value: pikepdf.Object | None, resources: pikepdf.Object | None, depth: int) -> Paint:
        """What a form or image paints."""
        if not isinstance(value, pikepdf.Stream):
            return NOTHING
        key, known = self._once(value)
        if known is not None:
            return known
        if str(value.get("/Subtype", "")) == "/Form":
            own = value.get("/Resources", resources)
            if depth >= limits.FORM_DEPTH_MAX:
                raise CannotInspect(f"its forms are nested more than {limits.FORM_DEPTH_MAX} deep")
            self._seen[key] = NOTHING  # a form that draws itself adds nothing to what it draws
            paint = self.scan(self.read(value), own, depth + 1)
        else:
            paint = self.image(value, resources)
        if key[0]:
            self._seen[key] = paint
        return paint

    def image(self, value: pikepdf.Object, resources: pikepdf.Object | None) -> Paint:
        space_value = value.get("/ColorSpace")
        if space_value is None:
            space = self.spaces.resolve(pikepdf.Name.DeviceRGB, None)
        else:
            space = self.spaces.resolve(space_value, resources)
        return Paint(image_verdict(value, space), space.renders)

    def pattern(
        self,
        value: pikepdf.Object | None,
        operands: list[float],
        spaces: list[Space],
        resources: pikepdf.Object | None,
        depth: int,
    ) -> Paint:
        if value is None:
            return NOTHING
        if int(value.get("/PatternType", 0)) == 2:
            return self.shading(value.get("/Shading"), resources)
        if not isinstance(value, pikepdf.Stream):
            return NOTHING
        paint = NOTHING
        if operands:
            bases = [space.base for space in spaces if space.base is not None]
            paint = self._operands(operands, bases) if bases else _UNSURE
        key, known = self._once(value)
        if known is not None:
            return paint | known
        if depth >= limits.FORM_DEPTH_MAX:
            raise CannotInspect(f"its patterns are nested more than {limits.FORM_DEPTH_MAX} deep")
        self._seen[key] = NOTHING
        tile = self.scan(self.read(value), value.get("/Resources", resources), depth + 1)
        self._seen[key] = tile
        return paint | tile

    def shading(self, value: pikepdf.Object | None, resources: pikepdf.Object | None) -> Paint:
        """What a smooth shade paints: its ends tell, where its function has ends."""
        if value is None:
            return NOTHING
        space = self.spaces.resolve(value.get("/ColorSpace"), resources)
        if space.kind == "grey":
            return NOTHING
        function = value.get("/Function")
        if (
            function is None
            or int(value.get("/ShadingType", 0)) > 3
            or space.kind not in ("rgb", "cmyk", "tint")
        ):
            return Paint(Verdict.UNSURE, space.renders)
        parts = function.as_list() if isinstance(function, pikepdf.Array) else [function]
        ends = [function_ends(part) for part in parts]
        if len(parts) > 1:
            columns = [[end[0] for end in part] if part else None for part in ends]
            if any(column is None or len(column) != 2 for column in columns):
                return Paint(Verdict.UNSURE, space.renders)
            ends = [[[column[i] for column in columns if column] for i in range(2)]]
        colours = ends[0]
        if colours is None or any(len(colour) != space.components for colour in colours):
            return Paint(Verdict.UNSURE, space.renders)
        return Paint(max(space.judge(colour) for colour in colours), space.renders)

    def _inline(self, data: bytes, resources: pikepdf.Object | None) -> Paint:
        paint = NOTHING
        for header in set(_INLINE.findall(data)):
            if _INLINE_MASK.search(header):
                continue
            name = _INLINE_SPACE.search(header)
            if name is None:
                paint |= _UNSURE if b"/CS" in header or b"/ColorSpace" in header else NOTHING
                continue
            space = self.spaces.resolve(pikepdf.Name(name_text(name[1])), resources)
            if space.kind != "grey" and not (space.palette and max(space.palette) is Verdict.GREY):
                paint |= Paint(Verdict.UNSURE, space.renders)
        return paint

    def _fonts(self, resources: pikepdf.Object | None, depth: int) -> Paint:
        if not isinstance(resources, pikepdf.Dictionary):
            return NOTHING
        fonts = resources.get("/Font")
        if not isinstance(fonts, pikepdf.Dictionary):
            return NOTHING
        key, known = self._once(fonts)
        if known is not None:
            return known
        paint = NOTHING
        for _, font in fonts.items():
            if isinstance(font, pikepdf.Dictionary) and font.get("/Subtype") == "/Type3":
                paint |= self._type3(font, resources, depth)
        if key[0]:
            self._seen[key] = paint
        return paint

    def _type3(self, font: pikepdf.Object, resources: pikepdf.Object, depth: int) -> Paint:
        key, known = self._once(font)
        if known is not None:
            return known
        self._seen[key] = NOTHING
        own = font.get("/Resources", resources)
        paint = NOTHING
        glyphs = font.get("/CharProcs")
        if isinstance(glyphs, pikepdf.Dictionary) and depth < limits.FORM_DEPTH_MAX:
            for _, glyph in glyphs.items():
                if isinstance(glyph, pikepdf.Stream):
                    paint |= self.scan(self.read(glyph), own, depth + 1)
        self._seen[key] = paint
        return paint

    def annotations(self, page: pikepdf.Object) -> Paint:
        """What the printed annotations of a page paint."""
        value = page.get("/Annots")
        paint = NOTHING
        if not isinstance(value, pikepdf.Array):
            return paint
        for note in value.as_list():
            if not isinstance(note, pikepdf.Dictionary) or "/AP" not in note:
                continue
            flags = int(note.get("/F", 0))
            if not flags & _PRINT or flags & (_HIDDEN | _NO_VIEW) or note.get("/Subtype") == "/Popup":
                continue
            paint |= self._appearance(note)
        return paint

    def coloured_link_border(self, page: pikepdf.Object) -> bool:
        """Whether a link that prints has a coloured border and no appearance of its own (table 164)."""
        value = page.get("/Annots")
        if not isinstance(value, pikepdf.Array):
            return False
        return any(
            isinstance(note, pikepdf.Dictionary)
            and note.get("/Subtype") == "/Link"
            and "/AP" not in note
            and int(note.get("/F", 0)) & (_PRINT | _HIDDEN) == _PRINT
            and _border_is_coloured(note)
            for note in value.as_list()
        )

    def _appearance(self, note: pikepdf.Object) -> Paint:
        normal = note["/AP"].get("/N") if isinstance(note["/AP"], pikepdf.Dictionary) else None
        if isinstance(normal, pikepdf.Stream):
            return self.xobject(normal, None, 0)
        if isinstance(normal, pikepdf.Dictionary):
            state = note.get("/AS")
            if state is not None:
                return self.xobject(normal.get(str(state)), None, 0)
        return NOTHING


def _border_is_coloured(note: pikepdf.Object) -> bool:
    style, border, colour = note.get("/BS"), note.get("/Border"), note.get("/C")
    width = 1.0
    if isinstance(style, pikepdf.Dictionary):
        width = float(style.get("/W", 1))
    elif isinstance(border, pikepdf.Array) and len(border) >= 3:
        width = float(border[2])
    if width <= 0 or not isinstance(colour, pikepdf.Array):
        return False
    values = [float(component) for component in colour.as_list()]
    if len(values) == 3:
        return v.rgb(values) is Verdict.COLOUR
    return len(values) == 4 and v.cmyk(values) is Verdict.COLOUR
