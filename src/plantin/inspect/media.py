"""Paper sizes as the page description languages name them, in millimetres.

Promises: pure tables and look-ups; a name nobody knows gives None. Sources: PWG 5101.1 (dimensions), HP PCL
5 Technical Reference (Page Size command ``ESC & l # A``), HP PCL XL Feature Reference (MediaSize), HP PJL
Technical Reference (PAPER).
"""

from typing import Final

Size = tuple[float, float]

A4: Final[Size] = (210.0, 297.0)
LETTER: Final[Size] = (215.9, 279.4)

NAMES: Final[dict[str, Size]] = {
    "A0": (841.0, 1189.0),
    "A1": (594.0, 841.0),
    "A2": (420.0, 594.0),
    "A3": (297.0, 420.0),
    "A4": A4,
    "A5": (148.0, 210.0),
    "A6": (105.0, 148.0),
    "B4": (257.0, 364.0),
    "B5": (182.0, 257.0),
    "B6": (128.0, 182.0),
    "JISB4": (257.0, 364.0),
    "JISB5": (182.0, 257.0),
    "ISOB4": (250.0, 353.0),
    "ISOB5": (176.0, 250.0),
    "LETTER": LETTER,
    "LEGAL": (215.9, 355.6),
    "LEDGER": (279.4, 431.8),
    "TABLOID": (279.4, 431.8),
    "11X17": (279.4, 431.8),
    "EXECUTIVE": (184.2, 266.7),
    "EXEC": (184.2, 266.7),
    "STATEMENT": (139.7, 215.9),
    "FOLIO": (215.9, 330.2),
    "COM10": (104.8, 241.3),
    "MONARCH": (98.4, 190.5),
    "C5": (162.0, 229.0),
    "DL": (110.0, 220.0),
    "JPOST": (100.0, 148.0),
    "JPOSTD": (148.0, 200.0),
    "JDOUBLEPOSTCARD": (148.0, 200.0),
    "JPOSTCARD": (100.0, 148.0),
    "C5ENVELOPE": (162.0, 229.0),
    "DLENVELOPE": (110.0, 220.0),
    "B5ENVELOPE": (176.0, 250.0),
    "COM10ENVELOPE": (104.8, 241.3),
    "MONARCHENVELOPE": (98.4, 190.5),
}

PCL_PAGE_SIZES: Final[dict[int, str]] = {
    1: "EXECUTIVE",
    2: "LETTER",
    3: "LEGAL",
    6: "LEDGER",
    15: "STATEMENT",
    24: "A6",
    25: "A5",
    26: "A4",
    27: "A3",
    28: "A2",
    29: "A1",
    30: "A0",
    45: "JISB5",
    46: "JISB4",
    71: "JPOSTCARD",
    72: "JDOUBLEPOSTCARD",
    80: "MONARCH",
    81: "COM10",
    90: "DL",
    91: "C5",
    100: "ISOB5",
}

PCL_XL_MEDIA: Final[dict[int, str]] = {
    0: "LETTER",
    1: "LEGAL",
    2: "A4",
    3: "EXECUTIVE",
    4: "LEDGER",
    5: "A3",
    6: "COM10ENVELOPE",
    7: "MONARCHENVELOPE",
    8: "C5ENVELOPE",
    9: "DLENVELOPE",
    10: "JISB4",
    11: "JISB5",
    12: "B5ENVELOPE",
    13: "B5",
    14: "JPOSTCARD",
    15: "JDOUBLEPOSTCARD",
    16: "A5",
    17: "A6",
}


def size_of(name: str) -> Size | None:
    """Width and height in millimetres (portrait) of a paper name in any language's spelling, or None."""
    plain = name.strip().strip('"').upper().replace("-", "").replace("_", "").replace(" ", "")
    return NAMES.get(plain)
