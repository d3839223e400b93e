"""Boxes and matrices of the PDF coordinate system. Pure.

Standard: ISO 32000-1 section 8.3 (coordinate systems).
"""

from typing import Final

Box = tuple[float, float, float, float]
"""Left, bottom, right, top."""
Matrix = tuple[float, float, float, float, float, float]

IDENTITY: Final[Matrix] = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
SLIVER: Final = 0.2
"""Points: a strip thinner than this is not relied on."""


def multiply(m: Matrix, n: Matrix) -> Matrix:
    """The transformation ``m`` and then ``n``."""
    return (
        m[0] * n[0] + m[1] * n[2],
        m[0] * n[1] + m[1] * n[3],
        m[2] * n[0] + m[3] * n[2],
        m[2] * n[1] + m[3] * n[3],
        m[4] * n[0] + m[5] * n[2] + n[4],
        m[4] * n[1] + m[5] * n[3] + n[5],
    )


def apply(m: Matrix, x: float, y: float) -> tuple[float, float]:
    """A point after ``m``."""
    return m[0] * x + m[2] * y + m[4], m[1] * x + m[3] * y + m[5]


def upright(m: Matrix) -> bool:
    """Whether ``m`` keeps rectangles rectangles."""
    return (m[1] == m[2] == 0) or (m[0] == m[3] == 0)


def transform(m: Matrix, box: Box) -> Box:
    """The bounding box of a box after ``m``."""
    if m[1] == m[2] == 0:
        x1, x2 = m[0] * box[0] + m[4], m[0] * box[2] + m[4]
        y1, y2 = m[3] * box[1] + m[5], m[3] * box[3] + m[5]
        return min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)
    corners = [apply(m, x, y) for x in (box[0], box[2]) for y in (box[1], box[3])]
    xs, ys = [c[0] for c in corners], [c[1] for c in corners]
    return min(xs), min(ys), max(xs), max(ys)


def meet(a: Box | None, b: Box | None) -> Box | None:
    """What two boxes share; None when nothing."""
    if a is None or b is None:
        return None
    box = (max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3]))
    return box if box[0] <= box[2] and box[1] <= box[3] else None


def inside(box: Box, outer: Box | None) -> bool:
    """Whether ``box`` lies in ``outer``, but for a point's width."""
    if outer is None:
        return False
    slack = 1.0
    return (
        box[0] >= outer[0] - slack
        and box[1] >= outer[1] - slack
        and box[2] <= outer[2] + slack
        and box[3] <= outer[3] + slack
    )


def grown(box: Box) -> Box:
    """A mark without width still prints one device pixel."""
    return (box[0] - 0.01, box[1] - 0.01, box[2] + 0.01, box[3] + 0.01)


def largest_rest(box: Box, cut: Box) -> Box | None:
    """The largest strip of ``box`` outside ``cut``; None when only slivers are left."""
    strips = (
        (box[0], box[1], min(box[2], cut[0]), box[3]),
        (max(box[0], cut[2]), box[1], box[2], box[3]),
        (box[0], box[1], box[2], min(box[3], cut[1])),
        (box[0], max(box[1], cut[3]), box[2], box[3]),
    )
    best: Box | None = None
    area = 0.0
    for strip in strips:
        width, height = strip[2] - strip[0], strip[3] - strip[1]
        if width > SLIVER and height > SLIVER and width * height > area:
            best, area = strip, width * height
    return best
