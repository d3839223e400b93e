"""Strings that strangers sent, made fit for an attribute, a command to a device or a log line.

Promises valid UTF-8 within a number of octets, cut between code points, without control characters. Never
refuses: users lose jobs over a name.
RFC 8011 sections 5.1.2 and 5.1.3 (lengths are octets); control characters would be commands in LPD and PJL.
"""

import re
from typing import Final

NAME_OCTETS_MAX: Final = 255
TEXT_OCTETS_MAX: Final = 1023
URI_OCTETS_MAX: Final = 1023
KEYWORD_OCTETS_MAX: Final = 255

# C0, DEL, C1, line and paragraph separators, direction overrides (they make a log line lie) and surrogates.
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]+")
_CONTROL_BUT_LINES: Final = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]+"
)


def truncate(text: str, octets: int) -> str:
    """``text`` cut to ``octets`` octets of UTF-8, never inside a code point; surrogates become ``?``."""
    return text.encode("utf-8", "replace")[:octets].decode("utf-8", "ignore")


def sanitise(text: str, octets: int, *, keep_lines: bool = False) -> str:
    """``text`` without control characters (each run is one space) and cut to ``octets`` octets.

    ``keep_lines`` leaves tab, line feed and carriage return, which RFC 8011 allows in text and not in names.
    """
    cleaned = (_CONTROL_BUT_LINES if keep_lines else _CONTROL).sub(" ", text).strip()
    return truncate(cleaned, octets).rstrip()


def sanitise_name(text: str) -> str:
    """Fit for a ``name``: job-name, requesting-user-name, document-name."""
    return sanitise(text, NAME_OCTETS_MAX)


def sanitise_text(text: str) -> str:
    """Fit for a ``text``: messages."""
    return sanitise(text, TEXT_OCTETS_MAX, keep_lines=True)
