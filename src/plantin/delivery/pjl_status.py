"""What a port-9100 device says on the back-channel, as far as a person wants to know.

Recognises PJL's unsolicited status (HP PJL Technical Reference Manual, chapter 7 and appendix D): ``CODE=``,
``DISPLAY=``, ``ONLINE=``. Pure. Never decides an outcome: a device that speaks PJL may not speak of our job.
"""

import re
from dataclasses import dataclass
from typing import Final

_FIELD: Final = re.compile(rb'(CODE|DISPLAY|ONLINE)[ \t]*=[ \t]*("[^"\r\n]{0,200}"|[^\s"]{1,40})')
_EXACT: Final = {
    10001: (3, "none"),
    10006: (3, "marker-supply-low-warning"),
    10023: (4, "none"),
    40010: (5, "marker-supply-empty-error"),
    40019: (5, "output-area-full-error"),
    40021: (5, "door-open-error"),
    40022: (5, "media-jam-error"),
    40026: (5, "input-tray-missing-error"),
    40038: (3, "marker-supply-low-warning"),
}
_THOUSANDS: Final = {
    41: (5, "media-needed-error"),
    42: (5, "media-jam-error"),
    43: (5, "other-error"),
    44: (5, "media-jam-error"),
    50: (5, "other-error"),
}


@dataclass(frozen=True, slots=True)
class PjlStatus:
    """The last status in a stretch of back-channel data."""

    state: int  # printer-state
    reasons: tuple[str, ...]  # printer-state-reasons
    text: str
    """What stands on its display, or the code."""


def pjl_status(data: bytes) -> PjlStatus | None:
    """The last status that ``data`` reports, None if it reports none that we know."""
    code: int | None = None
    display = ""
    online = True
    for name, value in _FIELD.findall(data):
        text = value.strip(b'"').decode("latin-1").strip()
        if name == b"CODE" and text.isascii() and text.isdigit() and len(text) <= 5:
            code = int(text)
        elif name == b"DISPLAY":
            display = "".join(char for char in text if char.isprintable())
        elif name == b"ONLINE":
            online = text.upper() != "FALSE"
    if code is None:
        return None
    state, reason = _meaning(code)
    if not online and state == 3:
        state, reason = 5, "offline-report"
    return PjlStatus(state, (reason,), display or f"code {code}")


def _meaning(code: int) -> tuple[int, str]:
    if code in _EXACT:
        return _EXACT[code]
    if code in _THOUSANDS or code // 1000 in _THOUSANDS:
        return _THOUSANDS[code // 1000]
    if code // 1000 == 40:
        return 5, "other-error"  # the 40xxx group wants an operator
    return 3, "none"
