"""The job's attributes with what the rules changed in them, so that every device and every count sees it."""

from __future__ import annotations

from plantin.accounting.ticket import LONG_EDGE, ONE_SIDED
from plantin.ipp import Attribute, Tag, Value
from plantin.ipp.blobs import pack, unpack
from plantin.ipp.text import sanitise_text
from plantin.policy.actions import Position
from plantin.policy.decide import Changes

STAMP = "x-plantin-stamp"
"""Text on every page; conversion puts it there. No registered name exists."""
STAMP_POSITION = "x-plantin-stamp-position"
"""Where: "top", "bottom" or "diagonal"."""


def rewritten(blob: bytes, changes: Changes) -> bytes:
    """The attributes at rest with the changes."""
    wanted: dict[str, Attribute] = {}
    attributes = unpack(blob)
    if changes.two_sided is not None:
        before = next((one.strings()[0] for one in attributes if one.name == "sides" and one.strings()), None)
        turned = LONG_EDGE if before is None or before == ONE_SIDED else before
        wanted["sides"] = _one("sides", Tag.KEYWORD, turned if changes.two_sided else ONE_SIDED)
    if changes.monochrome:
        wanted["print-color-mode"] = _one("print-color-mode", Tag.KEYWORD, "monochrome")
    if changes.copies is not None:  # a cap: it never makes more of a job whose copies nobody could tell
        asked = next((one.values[0] for one in attributes if one.name == "copies"), 1)
        fewer = min(asked, changes.copies) if isinstance(asked, int) else changes.copies
        wanted["copies"] = _one("copies", Tag.INTEGER, fewer)
    if changes.watermark is not None:
        place = (changes.watermark_position or Position.BOTTOM).value
        wanted[STAMP] = _one(STAMP, Tag.TEXT, sanitise_text(changes.watermark))
        wanted[STAMP_POSITION] = _one(STAMP_POSITION, Tag.KEYWORD, place)
    kept = [one for one in attributes if one.name not in wanted]
    return pack([*kept, *wanted.values()])


def _one(name: str, tag: Tag, value: Value) -> Attribute:
    return Attribute(name, tag, (value,))
