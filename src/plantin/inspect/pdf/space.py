"""Colour spaces of a PDF: from the operands of a colour operator, or a palette, to a verdict.

Promises: bounded depth, no evaluation of unbounded functions; what it cannot evaluate is UNSURE. Also tells
whether pdfium can judge the space: its conversion from CMYK, CalRGB and Lab turns greys into near-greys.

Standard: ISO 32000-1 sections 8.6 (colour spaces) and 7.10 (functions).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pikepdf

from plantin.inspect.pdf import verdict
from plantin.inspect.pdf.verdict import Verdict

_DEPTH_MAX = 8
_PROCESS = ("/Cyan", "/Magenta", "/Yellow", "/Black")


@dataclass(frozen=True, slots=True)
class Space:
    """A colour space as far as grey and colour are concerned."""

    kind: str
    """"grey", "rgb", "cmyk", "lab", "indexed", "tint", "pattern" or "unknown"."""
    components: int
    judge: Callable[[Sequence[float]], Verdict]
    initial: Verdict = Verdict.GREY
    """What a mark in the space's initial colour is."""
    renders: bool = True
    """pdfium shows its greys as greys."""
    palette: tuple[Verdict, ...] = ()
    base: "Space | None" = None


def _always(answer: Verdict) -> Callable[[Sequence[float]], Verdict]:
    return lambda values: answer


GREY = Space("grey", 1, _always(Verdict.GREY))
RGB = Space("rgb", 3, verdict.rgb)
CMYK = Space("cmyk", 4, verdict.cmyk, renders=False)
CAL_RGB = Space("rgb", 3, verdict.rgb, renders=False)
LAB = Space("lab", 3, verdict.lab, renders=False)
UNKNOWN = Space("unknown", 0, _always(Verdict.UNSURE), Verdict.UNSURE, renders=False)
_NAMES = {
    "/DeviceGray": GREY,
    "/G": GREY,
    "/CalGray": GREY,
    "/DeviceRGB": RGB,
    "/RGB": RGB,
    "/DeviceCMYK": CMYK,
    "/CMYK": CMYK,
    "/CalRGB": CAL_RGB,
    "/Pattern": Space("pattern", 0, _always(Verdict.UNSURE)),
}
_BY_COMPONENTS = {1: GREY, 3: RGB, 4: CMYK}


class Spaces:
    """Resolves colour spaces, each object once."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, int], Space] = {}

    def resolve(
        self, value: pikepdf.Object | None, resources: pikepdf.Object | None, depth: int = 0
    ) -> Space:
        """The space that ``value`` (a name or an array) means under ``resources``."""
        if value is None or depth > _DEPTH_MAX:
            return UNKNOWN
        if isinstance(value, pikepdf.Name):
            name = str(value)
            found = self._named(name, resources)
            if found is not None:
                return (
                    self.resolve(found, resources, depth + 1) if found != value else _NAMES.get(name, UNKNOWN)
                )
            return _NAMES.get(name, UNKNOWN)
        key = value.objgen
        if key[0] and key in self._known:
            return self._known[key]
        try:
            space = self._array(value, resources, depth)
        except (pikepdf.PdfError, ValueError, TypeError, KeyError, IndexError, AttributeError):
            space = UNKNOWN
        if key[0]:
            self._known[key] = space
        return space

    def _named(self, name: str, resources: pikepdf.Object | None) -> pikepdf.Object | None:
        if not isinstance(resources, pikepdf.Dictionary):
            return None
        spaces = resources.get("/ColorSpace")
        if not isinstance(spaces, pikepdf.Dictionary):
            return None
        default = {"/DeviceRGB": "/DefaultRGB", "/DeviceGray": "/DefaultGray", "/DeviceCMYK": "/DefaultCMYK"}
        found = spaces.get(name)
        return spaces.get(default[name]) if found is None and name in default else found

    def _array(self, value: pikepdf.Object, resources: pikepdf.Object | None, depth: int) -> Space:
        family = str(value[0])
        if family == "/ICCBased":
            return _BY_COMPONENTS.get(int(value[1].get("/N", 0)), UNKNOWN)
        if family == "/Lab":
            return LAB
        if family in ("/Indexed", "/I"):
            return self._indexed(value, resources, depth)
        if family == "/Separation":
            return self._separation(value, resources, depth)
        if family == "/DeviceN":
            return self._device_n(value, resources, depth)
        if family == "/Pattern":
            base = self.resolve(value[1], resources, depth + 1) if len(value) > 1 else None
            return Space("pattern", 0, _always(Verdict.UNSURE), base=base)
        return _NAMES.get(family, UNKNOWN)

    def _indexed(self, value: pikepdf.Object, resources: pikepdf.Object | None, depth: int) -> Space:
        base = self.resolve(value[1], resources, depth + 1)
        if base.kind == "grey":
            return Space("indexed", 1, _always(Verdict.GREY), palette=(Verdict.GREY,) * 256)
        if base.components == 0 or base.kind in ("indexed", "pattern", "unknown"):
            return UNKNOWN
        table = value[3]
        data = table.read_bytes() if isinstance(table, pikepdf.Stream) else bytes(table)
        size = base.components
        entries = min(int(value[2]) + 1, 256, len(data) // size)
        if base.kind == "lab":
            return Space(
                "indexed", 1, _always(Verdict.UNSURE), Verdict.UNSURE, False, (Verdict.UNSURE,) * 256
            )
        palette = tuple(
            base.judge([octet / 255 for octet in data[i * size : (i + 1) * size]]) for i in range(entries)
        )
        worst = max(palette, default=Verdict.GREY)

        def judge(values: Sequence[float]) -> Verdict:
            index = int(values[0]) if values else 0
            return palette[index] if 0 <= index < len(palette) else worst

        return Space("indexed", 1, judge, palette[0] if palette else worst, base.renders, palette)

    def _separation(self, value: pikepdf.Object, resources: pikepdf.Object | None, depth: int) -> Space:
        name = str(value[1])
        if name in ("/Black", "/None"):
            return Space("tint", 1, _always(Verdict.GREY), renders=False)
        if name == "/All":
            return _tint(1, Verdict.COLOUR)
        alternate = self.resolve(value[2], resources, depth + 1)
        return _tint(1, _tint_verdict(alternate, value[3]))

    def _device_n(self, value: pikepdf.Object, resources: pikepdf.Object | None, depth: int) -> Space:
        names = [str(name) for name in value[1].as_list()]
        if all(name in ("/Black", "/None") for name in names):
            return Space("tint", len(names), _always(Verdict.GREY), renders=False)
        if all(name in (*_PROCESS, "/None") for name in names):
            inked = [i for i, name in enumerate(names) if name in _PROCESS[:3]]

            def judge(values: Sequence[float]) -> Verdict:
                return max((_ink(values[i]) for i in inked if i < len(values)), default=Verdict.GREY)

            return Space("tint", len(names), judge, Verdict.COLOUR, renders=False)
        alternate = self.resolve(value[2], resources, depth + 1)
        answer = Verdict.GREY if alternate.kind == "grey" else Verdict.UNSURE
        return _tint(len(names), answer)


def _ink(value: float) -> Verdict:
    return Verdict.COLOUR if value >= verdict.STEP else Verdict.GREY


def _tint(components: int, full: Verdict) -> Space:
    """A space whose colour at any tint above nothing has the verdict ``full``."""
    if full is Verdict.GREY:
        return Space("tint", components, _always(Verdict.GREY), renders=False)

    def judge(values: Sequence[float]) -> Verdict:
        return full if max(values, default=1.0) >= verdict.STEP else Verdict.GREY

    return Space("tint", components, judge, full, renders=False)


def _tint_verdict(alternate: Space, function: pikepdf.Object) -> Verdict:
    """What full tint is in the alternate space; UNSURE where the function cannot be read at a glance."""
    if alternate.kind == "grey":
        return Verdict.GREY
    ends = function_ends(function)
    if ends is None or alternate.components == 0:
        return Verdict.UNSURE
    if any(len(end) != alternate.components for end in ends):
        return Verdict.UNSURE
    if alternate.kind in ("rgb", "cmyk", "lab"):
        return max(alternate.judge(end) for end in ends)
    return Verdict.UNSURE


def function_ends(function: pikepdf.Object, depth: int = 0) -> list[list[float]] | None:
    """Output values at the ends of an exponential or stitched function; None for other kinds.

    Between its ends such a function moves in a straight line, so grey ends mean grey all along.
    """
    try:
        if depth > _DEPTH_MAX:
            return None
        kind = int(function.get("/FunctionType", -1))
        if kind == 2:
            first = [float(v) for v in function.get("/C0", [0.0])]
            last = [float(v) for v in function.get("/C1", [1.0])]
            return [first, last]
        if kind == 3:
            ends: list[list[float]] = []
            for part in function.get("/Functions", []):
                inner = function_ends(part, depth + 1)
                if inner is None or len(ends) > 1000:
                    return None
                ends += inner
            return ends or None
        if kind == 0:
            return _samples(function)
    except (pikepdf.PdfError, ValueError, TypeError, KeyError, AttributeError):
        return None
    return None


def _samples(function: pikepdf.Object) -> list[list[float]] | None:
    """Every sample of a one-input, 8-bit sampled function without its own Decode."""
    sizes = function.get("/Size")
    value_range = [float(v) for v in function.get("/Range", [])]
    if (
        sizes is None
        or len(sizes) != 1
        or int(function.get("/BitsPerSample", 0)) != 8
        or "/Decode" in function
    ):
        return None
    outputs = len(value_range) // 2
    if not outputs or any(value_range[i : i + 2] != [0.0, 1.0] for i in range(0, len(value_range), 2)):
        return None
    data = function.read_bytes()
    count = min(int(sizes[0]), 4096, len(data) // outputs)
    return [[octet / 255 for octet in data[i * outputs : (i + 1) * outputs]] for i in range(count)] or None
