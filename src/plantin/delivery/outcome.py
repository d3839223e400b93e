"""The ends of an attempt, in words: every backend says the same thing the same way.

Keywords are stable; they stand in the trail, in the log and in ``plantin job why``.
"""

import errno
from collections.abc import Sequence
from typing import Final

from plantin.core.model import Delivered, Outcome

STOPPED: Final = "job-canceled-by-user"
SUCCESS: Final = "job-completed-successfully"
_CONNECT: Final = {
    errno.ECONNREFUSED: ("connection-refused", "refuses connections: it is off, busy or has the port closed"),
    errno.ECONNRESET: ("connection-reset", "reset the connection before it took anything"),
    errno.EHOSTUNREACH: ("device-unreachable", "cannot be reached"),
    errno.ENETUNREACH: ("device-unreachable", "cannot be reached: there is no route to its network"),
    errno.EHOSTDOWN: ("device-unreachable", "cannot be reached: the host is down"),
    errno.ETIMEDOUT: ("connect-timeout", "does not answer"),
}


class Unreachable(Exception):
    """No connection came about; nothing of the job has left."""

    def __init__(self, reason: str, text: str) -> None:
        super().__init__(text)
        self.reason = reason
        self.text = text


def unreachable(where: str, error: OSError) -> Unreachable:
    """``error`` from connecting to ``where``, in words."""
    reason, text = _CONNECT.get(error.errno or 0, ("connection-failed", f"cannot be reached: {error}"))
    return Unreachable(reason, f"{where} {text}")


def completed(text: str, octets: int, *, confirmed: bool = False, reason: str = SUCCESS) -> Delivered:
    return Delivered(Outcome.COMPLETED, reason, text, octets_sent=octets, confirmed=confirmed)


def temporary(reason: str, text: str, *, octets: int = 0, retry_after_s: float = 0.0) -> Delivered:
    return Delivered(Outcome.TEMPORARY, reason, text, octets_sent=octets, retry_after_s=retry_after_s)


def permanent(reason: str, text: str, *, octets: int = 0) -> Delivered:
    return Delivered(Outcome.PERMANENT, reason, text, octets_sent=octets)


def unknown(reason: str, text: str, octets: int, *, device_reasons: Sequence[str] = ()) -> Delivered:
    return Delivered(Outcome.UNKNOWN, reason, text, octets_sent=octets, device_reasons=tuple(device_reasons))


def canceled(reason: str, text: str, octets: int) -> Delivered:
    return Delivered(Outcome.CANCELED, reason or STOPPED, text, octets_sent=octets)


def stopped_before(reason: str) -> Delivered:
    """The wish to stop came before anything had left."""
    return canceled(reason, "stopped before anything was sent", 0)
