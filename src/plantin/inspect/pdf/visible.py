"""Whether a coloured mark is certainly seen: a small interpreter of the graphics state.

Promises: ``certain`` answers True only when some coloured mark lies on the page, inside every clip, opaque,
and under nothing painted later; False means "not certain", never "no". Bounded by a number of operators.
Text that is set in a grey colour is skipped in one step. Never: renders, or reads fonts.

Standard: ISO 32000-1 sections 8.2 to 8.5 (graphics state, paths, clipping) and 9.4 (text objects).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

import pikepdf

from plantin.inspect import limits
from plantin.inspect.pdf.geometry import (
    IDENTITY,
    Box,
    Matrix,
    apply,
    grown,
    inside,
    largest_rest,
    meet,
    multiply,
    transform,
    upright,
)
from plantin.inspect.pdf.scan import Scanner, entry, name_text
from plantin.inspect.pdf.space import CMYK, GREY, RGB, Space
from plantin.inspect.pdf.verdict import Verdict

_TOKEN = re.compile(
    rb"(?P<path>(?:(?:[-+.\d]++[\s\x00]++){2,6}+[mlcvy][\s\x00]++|h[\s\x00]++)++)"
    rb"|(?P<str>\((?:[^()\\]++|\\.|\((?:[^()\\]++|\\.|\((?:[^()\\]++|\\.)*+\))*+\))*+\))"
    rb"|(?P<arr>\[(?:[^\[\]()]++|\((?:[^()\\]++|\\.|\((?:[^()\\]++|\\.)*+\))*+\))*+\])"
    rb"|(?P<num>[-+.\d][-+.\d]*+)"
    rb"|(?P<name>/[^\s\x00/()<>\[\]{}%]*+)"
    rb"|(?P<op>[A-Za-z'\"][A-Za-z0-9*]*+)"
    rb"|(?P<dict><<)"
    rb"|(?P<hex><[0-9A-Fa-f\s\x00]*+>)"
    rb"|(?P<comment>%[^\r\n]*+)",
    re.DOTALL,
)
_END_TEXT = re.compile(rb"ET(?<=[\s\x00\])>]ET)(?=[\s\x00]|$)")
_END_DICT = re.compile(rb">>")
_END_INLINE = re.compile(rb"[\s\x00]EI(?=[\s\x00]|$)")
_COLOURS = re.compile(rb"[\s\x00](?:rg|RG|[kK]|scn?|SCN?|cs|CS|gs|Do|Tr|BDC|BMC|q|Q)(?=[\s\x00/\[(<]|$)")
_STRING = re.compile(rb"\(((?:[^()\\]++|\\.|\((?:[^()\\]++|\\.)*+\))*+)\)|<([0-9A-Fa-f\s]*)>", re.DOTALL)
_COVERS = re.compile(rb"[\s\x00](?:f\*?|F|[Bb]\*?|Do|sh|BI|BDC)(?=[\s\x00/<]|$)")
_WITNESSES_MAX = 6
_ENOUGH = 1


@dataclass(slots=True)
class _State:
    ctm: Matrix = IDENTITY
    clip: Box | None = None
    clip_exact: bool = True
    fill: bool = False
    stroke: bool = False
    fill_space: Space = GREY
    stroke_space: Space = GREY
    opaque: bool = True
    text_mode: int = 0
    text_size: float = 1.0
    leading: float = 0.0


@dataclass(slots=True)
class _Witness:
    box: Box
    exact: bool
    """All of the box is painted, so what is left of it after a later mark still shows."""


class _NotCertain(Exception):
    """The stream does something this interpreter does not follow."""


class Visibility:
    """Looks for coloured marks that certainly show. One instance per document."""

    def __init__(self, scanner: Scanner) -> None:
        self._scanner = scanner

    def certain(self, contents: bytes, resources: pikepdf.Object | None, page: Box) -> bool:
        """True when a coloured mark certainly shows on a page with box ``page`` (default user space)."""
        run = _Run(self._scanner, page)
        try:
            run.stream(contents, resources, 0)
        except _NotCertain:
            return False
        return bool(run.witnesses)


class _Run:
    def __init__(self, scanner: Scanner, page: Box) -> None:
        self._scanner = scanner
        self._page = page
        self.witnesses: list[_Witness] = []
        self._state = _State(clip=page)
        self._left = limits.OPERATORS_PER_PAGE_MAX
        self._resources: pikepdf.Object | None = None
        self._depth = 0
        self._path_reset()
        self._pending_clip = False
        self._text: Matrix = IDENTITY
        self._line: Matrix = IDENTITY
        self._moved = False
        self._operators = self._table()

    def _table(self) -> dict[bytes, Callable[[list[bytes]], None]]:
        paint = self._paint
        return {
            b"cm": self._concat,
            b"re": self._rectangle,
            b"m": self._point,
            b"l": self._point,
            b"c": self._point,
            b"v": self._point,
            b"y": self._point,
            b"W": self._clip,
            b"W*": self._clip,
            b"n": lambda operands: paint(fill=False, stroke=False),
            b"f": lambda operands: paint(fill=True, stroke=False),
            b"F": lambda operands: paint(fill=True, stroke=False),
            b"f*": lambda operands: paint(fill=True, stroke=False),
            b"S": lambda operands: paint(fill=False, stroke=True),
            b"s": lambda operands: paint(fill=False, stroke=True),
            b"B": lambda operands: paint(fill=True, stroke=True),
            b"B*": lambda operands: paint(fill=True, stroke=True),
            b"b": lambda operands: paint(fill=True, stroke=True),
            b"b*": lambda operands: paint(fill=True, stroke=True),
            b"g": lambda operands: self._device(GREY, operands, stroke=False),
            b"G": lambda operands: self._device(GREY, operands, stroke=True),
            b"rg": lambda operands: self._device(RGB, operands, stroke=False),
            b"RG": lambda operands: self._device(RGB, operands, stroke=True),
            b"k": lambda operands: self._device(CMYK, operands, stroke=False),
            b"K": lambda operands: self._device(CMYK, operands, stroke=True),
            b"cs": lambda operands: self._space(operands, stroke=False),
            b"CS": lambda operands: self._space(operands, stroke=True),
            b"sc": lambda operands: self._colour(operands, stroke=False),
            b"scn": lambda operands: self._colour(operands, stroke=False),
            b"SC": lambda operands: self._colour(operands, stroke=True),
            b"SCN": lambda operands: self._colour(operands, stroke=True),
            b"gs": self._parameters,
            b"Do": self._do,
            b"sh": self._shade,
            b"BDC": self._marked,
            b"Tf": self._font,
            b"Tr": self._mode,
            b"TL": self._set_leading,
            b"Td": self._move,
            b"TD": self._move_leading,
            b"Tm": self._matrix,
            b"T*": self._next_line,
            b"Tj": self._show,
            b"TJ": self._show,
            b"'": self._show_next,
            b'"': self._show_next,
        }

    def stream(self, data: bytes, resources: pikepdf.Object | None, depth: int) -> None:
        """Interprets one content stream with the state as it stands."""
        outer = self._resources, self._depth
        self._resources, self._depth = resources, depth
        stack: list[_State] = []
        operands: list[bytes] = []
        position, search, table = 0, _TOKEN.search, self._operators
        while True:
            match = search(data, position)
            if match is None:
                break
            position = match.end()
            kind = match.lastgroup
            if kind != "op":
                if kind == "path":
                    self._path(match[0])
                    self._left -= 1
                    operands.clear()
                elif kind == "dict":
                    end = _END_DICT.search(data, position)
                    position = end.end() if end is not None else len(data)
                    operands.append(b"<<")
                elif kind != "comment":
                    operands.append(match[0])
                    if len(operands) > 64:
                        del operands[:32]
                continue
            self._left -= 1
            if self._left <= 0:
                raise _NotCertain
            operator = match[0]
            if operator == b"q":
                stack.append(replace(self._state))
                if len(stack) > 1000:
                    raise _NotCertain
            elif operator == b"Q":
                if stack:
                    self._state = stack.pop()
            elif operator == b"BT":
                self._text = self._line = IDENTITY
                self._moved = False
                position = self._skip_text(data, position)
            elif operator == b"BI":
                position = self._inline(data, position)
            else:
                action = table.get(operator)
                if action is not None:
                    before = len(self.witnesses)
                    try:
                        action(operands)
                    except (ValueError, IndexError):
                        raise _NotCertain from None
                    if depth == 0 and not before and self.witnesses and not _COVERS.search(data, position):
                        return
            operands.clear()
        if stack:
            self._state = stack[0]
        self._resources, self._depth = outer

    def _skip_text(self, data: bytes, position: int) -> int:
        """A text object in grey, or after enough witnesses, is over at its ET: nothing in it can matter."""
        state = self._state
        enough = len(self.witnesses) >= _ENOUGH
        if (state.fill or state.stroke) and not enough:
            return position
        end = _END_TEXT.search(data, position)
        if end is None:
            return position
        if enough:
            # What the colour is after the text is not known now: no more witnesses until it is set again.
            state.fill = state.stroke = state.opaque = False
        elif _COLOURS.search(data, position, end.start()) is not None:
            return position
        return end.end()

    def _inline(self, data: bytes, position: int) -> int:
        end = _END_INLINE.search(data, position)
        if end is None:
            raise _NotCertain
        self._cover(self._unit_square())
        return end.end()

    def _concat(self, operands: list[bytes]) -> None:
        self._state.ctm = multiply(_six(operands), self._state.ctm)

    def _path_reset(self) -> None:
        self._outline: Box | None = None
        self._rectangles = 0
        self._polygon: set[tuple[float, float]] | None = set()

    def _rectangle(self, operands: list[bytes]) -> None:
        x, y, width, height = map(float, operands[-4:])
        self._rectangles += 1
        self._extend((min(x, x + width), min(y, y + height), max(x, x + width), max(y, y + height)))

    def _point(self, operands: list[bytes]) -> None:
        values = list(map(float, operands[-6:]))
        self._path_values(values, curved=True)

    def _path(self, run: bytes) -> None:
        """Many m, l, c, v, y and h operators in one step: their operands are all pairs."""
        curved = any(letter in run for letter in b"cvy")
        self._path_values(list(map(float, run.translate(None, b"mlcvyh").split())), curved=curved)

    def _path_values(self, values: list[float], *, curved: bool) -> None:
        if not values:
            return
        xs, ys = values[0::2], values[1::2]
        if curved or len(values) > 24:
            self._polygon = None
        elif self._polygon is not None:
            self._polygon.update(zip(xs, ys, strict=False))
        self._extend((min(xs), min(ys), max(xs), max(ys)))

    def _extend(self, box: Box) -> None:
        """Adds a box of user space to the path's own."""
        box = transform(self._state.ctm, box)
        old = self._outline
        if old is None:
            self._outline = box
        else:
            self._outline = (
                min(old[0], box[0]),
                min(old[1], box[1]),
                max(old[2], box[2]),
                max(old[3], box[3]),
            )

    def _clip(self, operands: list[bytes]) -> None:
        self._pending_clip = True

    def _path_box(self) -> tuple[Box, bool] | None:
        """The path's bounding box, and whether the path is all of it."""
        if self._outline is None:
            return None
        if not upright(self._state.ctm):
            return self._outline, False
        corners = self._polygon
        if self._rectangles == 1:
            return self._outline, not corners and corners is not None
        rectangle = (
            not self._rectangles
            and corners is not None
            and len(corners) == 4
            and len({x for x, _ in corners}) == 2
            and len({y for _, y in corners}) == 2
        )
        return self._outline, rectangle

    def _paint(self, *, fill: bool, stroke: bool) -> None:
        found = self._path_box()
        state = self._state
        if found is not None:
            box, exact = found
            if fill:
                self._cover(box)
                if state.fill:
                    self._testify(box, exact)
            if stroke and state.stroke:
                self._testify(box, False)
            if self._pending_clip:
                state.clip = meet(state.clip, box)
                state.clip_exact = state.clip_exact and exact
        elif self._pending_clip:
            state.clip = None
        self._pending_clip = False
        self._path_reset()

    def _cover(self, box: Box) -> None:
        """Something is painted over ``box``: what coloured marks are left of it?"""
        if not self.witnesses:
            return
        seen = meet(self._state.clip, box)
        if seen is None:
            return
        left, bottom, right, top = seen
        kept: list[_Witness] = []
        for witness in self.witnesses:
            x1, y1, x2, y2 = witness.box
            if x2 < left or x1 > right or y2 < bottom or y1 > top:
                kept.append(witness)
            elif witness.exact:
                rest = largest_rest(witness.box, seen)
                if rest is not None:
                    kept.append(_Witness(rest, True))
        self.witnesses = kept

    def _testify(self, box: Box, exact: bool) -> None:
        """A coloured mark fills ``box`` (exactly, or somewhere in it)."""
        state = self._state
        if not state.opaque or not state.clip_exact or len(self.witnesses) >= _WITNESSES_MAX:
            return
        seen = meet(state.clip, grown(box))
        if seen is None:
            return
        if not exact and not inside(box, state.clip):
            return
        self.witnesses.append(_Witness(seen, exact))

    def _device(self, space: Space, operands: list[bytes], *, stroke: bool) -> None:
        self._choose(space, stroke=stroke)
        if space is not GREY:
            self._colour(operands, stroke=stroke)

    def _choose(self, space: Space, *, stroke: bool) -> None:
        coloured = space.initial is Verdict.COLOUR
        if stroke:
            self._state.stroke_space, self._state.stroke = space, coloured
        else:
            self._state.fill_space, self._state.fill = space, coloured

    def _space(self, operands: list[bytes], *, stroke: bool) -> None:
        name = pikepdf.Name(name_text(operands[-1][1:]))
        self._choose(self._scanner.spaces.resolve(name, self._resources), stroke=stroke)

    def _colour(self, operands: list[bytes], *, stroke: bool) -> None:
        space = self._state.stroke_space if stroke else self._state.fill_space
        if operands and operands[-1].startswith(b"/"):
            # A pattern may be mostly empty: no witness, and what it covers is a fill like any other.
            coloured = False
        else:
            values = list(map(float, operands))[-max(space.components, 1) :]
            if len(values) != space.components:
                raise _NotCertain
            coloured = space.judge(values) is Verdict.COLOUR
        if stroke:
            self._state.stroke = coloured
        else:
            self._state.fill = coloured

    def _parameters(self, operands: list[bytes]) -> None:
        given = entry(self._resources, "/ExtGState", name_text(operands[-1][1:]))
        if not isinstance(given, pikepdf.Dictionary):
            return
        state = self._state
        if "/SMask" in given:
            mask = given["/SMask"]
            state.opaque = isinstance(mask, pikepdf.Name) and str(mask) == "/None"
        if any(float(given.get(key, 1.0)) < 0.1 for key in ("/ca", "/CA")):
            state.opaque = False
        elif "/ca" in given or "/CA" in given:
            state.opaque = True
        mode = given.get("/BM")
        if mode is not None and str(mode) not in ("/Normal", "/Compatible"):
            state.opaque = False
        elif mode is not None and "/ca" not in given and "/SMask" not in given:
            state.opaque = True

    def _marked(self, operands: list[bytes]) -> None:
        if operands and operands[0] == b"/OC":
            raise _NotCertain

    def _unit_square(self) -> Box:
        return transform(self._state.ctm, (0.0, 0.0, 1.0, 1.0))

    def _do(self, operands: list[bytes]) -> None:
        value = entry(self._resources, "/XObject", name_text(operands[-1][1:]))
        if not isinstance(value, pikepdf.Stream):
            return
        if "/OC" in value:
            raise _NotCertain
        if str(value.get("/Subtype", "")) == "/Form":
            self._form(value)
            return
        box = self._unit_square()
        self._cover(box)
        if value.get("/ImageMask", False) or "/SMask" in value or "/Mask" in value:
            return  # marks are somewhere in the box, or nowhere
        if self._scanner.xobject(value, self._resources, self._depth).verdict is Verdict.COLOUR:
            self._testify(box, False)

    def _form(self, form: pikepdf.Object) -> None:
        if self._depth >= limits.FORM_DEPTH_MAX:
            raise _NotCertain
        saved = replace(self._state)
        state = self._state
        matrix = form.get("/Matrix")
        if isinstance(matrix, pikepdf.Array) and len(matrix) == 6:
            a, b, c, d, e, f = (float(number) for number in matrix.as_list())
            state.ctm = multiply((a, b, c, d, e, f), state.ctm)
        box = form.get("/BBox")
        if isinstance(box, pikepdf.Array) and len(box) == 4:
            x1, y1, x2, y2 = (float(number) for number in box.as_list())
            state.clip = meet(state.clip, transform(state.ctm, (x1, y1, x2, y2)))
            state.clip_exact = state.clip_exact and upright(state.ctm)
        self._path_reset()
        text = self._text, self._line, self._moved
        self.stream(self._scanner.read(form), form.get("/Resources", self._resources), self._depth + 1)
        self._text, self._line, self._moved = text
        self._state = saved

    def _shade(self, operands: list[bytes]) -> None:
        if self._state.clip is not None:
            self._cover(self._state.clip)

    def _font(self, operands: list[bytes]) -> None:
        self._state.text_size = float(operands[-1])

    def _mode(self, operands: list[bytes]) -> None:
        self._state.text_mode = int(float(operands[-1]))
        if self._state.text_mode >= 4:
            raise _NotCertain

    def _set_leading(self, operands: list[bytes]) -> None:
        self._state.leading = float(operands[-1])

    def _move(self, operands: list[bytes]) -> None:
        x, y = float(operands[-2]), float(operands[-1])
        self._line = self._text = multiply((1.0, 0.0, 0.0, 1.0, x, y), self._line)
        self._moved = False

    def _move_leading(self, operands: list[bytes]) -> None:
        self._state.leading = -float(operands[-1])
        self._move(operands)

    def _matrix(self, operands: list[bytes]) -> None:
        self._line = self._text = _six(operands)
        self._moved = False

    def _next_line(self, operands: list[bytes]) -> None:
        self._line = self._text = multiply((1.0, 0.0, 0.0, 1.0, 0.0, -self._state.leading), self._line)
        self._moved = False

    def _show_next(self, operands: list[bytes]) -> None:
        self._next_line(operands)
        self._show(operands)

    def _show(self, operands: list[bytes]) -> None:
        state = self._state
        coloured = {0: state.fill, 1: state.stroke, 2: state.fill or state.stroke}.get(state.text_mode, False)
        if coloured and operands and not self._moved and _has_ink(operands[-1]):
            matrix = multiply(self._text, state.ctm)
            size = abs(state.text_size)
            x, y = apply(matrix, 0.0, 0.0)
            x2, y2 = apply(matrix, size, size)
            box = (min(x, x2), min(y, y2), max(x, x2), max(y, y2))
            if box[2] - box[0] >= 1 and box[3] - box[1] >= 1:
                self._testify(box, False)
        self._moved = True


def _has_ink(operand: bytes) -> bool:
    """Whether a string surely holds a glyph that is no space: three different codes."""
    codes: set[int] = set()
    for text, digits in _STRING.findall(operand):
        codes.update(
            bytes.fromhex(digits.decode("ascii")) if len(digits) % 2 == 0 and digits.isalnum() else text
        )
        if len(codes - {0, 3, 32}) >= 2:
            return True
    return False


def _six(operands: list[bytes]) -> Matrix:
    a, b, c, d, e, f = map(float, operands[-6:])
    return a, b, c, d, e, f
