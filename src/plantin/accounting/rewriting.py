"""The job's attributes with what the rules changed in them, so that every device and every count sees it."""

from __future__ import annotations

from plantin.accounting.ticket import LONG_EDGE, ONE_SIDED
from plantin.ipp import Attribute, Tag, Value
from plantin.ipp.blobs import pack, unpack
from plantin.policy.decide import Changes

STAMP = "x-plantin-stamp"
"""Text on every page, ``position:text``; conversion puts it there. No registered name exists."""


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
    if changes.copies is not None:
        wanted["copies"] = _one("copies", Tag.INTEGER, changes.copies)
    if changes.watermark is not None:
        place = changes.watermark_position.value if changes.watermark_position else "bottom"
        wanted[STAMP] = _one(STAMP, Tag.TEXT, f"{place}:{changes.watermark}"[:1023])
    kept = [one for one in attributes if one.name not in wanted]
    return pack([*kept, *wanted.values()])


def _one(name: str, tag: Tag, value: Value) -> Attribute:
    return Attribute(name, tag, (value,))
