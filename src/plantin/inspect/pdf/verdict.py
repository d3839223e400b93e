"""The three answers to "does this paint colour?", and the threshold that separates grey from colour.

Promises: pure. The threshold is half a step of an 8-bit channel, as Ghostscript's inkcov has it: less than
that puts no ink on the paper of an 8-bit device.
"""

from collections.abc import Sequence
from enum import IntEnum
from typing import Final

STEP: Final = 0.5 / 255


class Verdict(IntEnum):
    """Ordered by what it asks for: the worst of several parts is the verdict of the whole."""

    GREY = 0
    """Black ink is enough, whatever covers what."""
    COLOUR = 1
    """It paints something chromatic, if that is visible."""
    UNSURE = 2
    """Structure cannot tell: render it."""


def rgb(values: Sequence[float]) -> Verdict:
    """Components of a colour whose equal components are grey."""
    return Verdict.COLOUR if max(values) - min(values) >= STEP else Verdict.GREY


def cmyk(values: Sequence[float]) -> Verdict:
    """Inks: anything beside black is colour, even where the three would mix to grey."""
    return Verdict.COLOUR if max(values[:3]) >= STEP else Verdict.GREY


def lab(values: Sequence[float]) -> Verdict:
    """L*a*b*: grey on the L* axis."""
    return Verdict.COLOUR if max(abs(values[1]), abs(values[2])) >= 0.5 else Verdict.GREY
