"""PPD options in a job, for programs that still think in them (GTK's print dialog, lp -o Duplex=…).

libcups sends what a PPD calls an option as an attribute of that name; here it becomes the IPP attribute that
means the same. What is unknown stays as it is, and is reported as unsupported like any other attribute.
"""

from typing import Final

from plantin.ipp import Attribute, LangStr
from plantin.ipp.attributes import enum, keyword
from plantin.ipp.media import pwg_media_name

_DUPLEX: Final = {
    "none": "one-sided",
    "off": "one-sided",
    "duplexnotumble": "two-sided-long-edge",
    "duplextumble": "two-sided-short-edge",
}
_COLOR: Final = {
    "gray": "monochrome",
    "grayscale": "monochrome",
    "black": "monochrome",
    "blackandwhite": "monochrome",
    "monochrome": "monochrome",
    "rgb": "color",
    "cmyk": "color",
    "color": "color",
}
_QUALITY: Final = {"draft": 3, "normal": 4, "high": 5}


def translated(attribute: Attribute) -> Attribute | None:
    """The IPP attribute that a PPD option means; None when it means none."""
    value = attribute.first
    text = value.text if isinstance(value, LangStr) else value
    if not isinstance(text, str):
        return None
    word = text.lower()
    match attribute.name:
        case "PageSize" | "PageRegion":
            name = pwg_media_name(text)
            return keyword("media", name) if name else None
        case "Duplex":
            return keyword("sides", _DUPLEX[word]) if word in _DUPLEX else None
        case "ColorModel":
            return keyword("print-color-mode", _COLOR[word]) if word in _COLOR else None
        case "cupsPrintQuality":
            return enum("print-quality", _QUALITY[word]) if word in _QUALITY else None
        case "OutputBin":
            return keyword("output-bin", _dashed(text)) if _dashed(text) else None
    return None


def _dashed(word: str) -> str:
    """``FaceDown`` as ``face-down``."""
    parts = "".join(f"-{char.lower()}" if char.isupper() else char for char in word)
    text = parts.lstrip("-")
    return text if text.replace("-", "").isalnum() and text.isascii() else ""
