"""Turns what the file system says into the errors that clients, pages and logs show (law 7)."""

import errno
from typing import Final

from plantin.core.errors import Refusal, Temporary

_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
_RETRY_AFTER_S: Final = 30.0


def is_full(error: OSError) -> bool:
    """True when there is no space left, or none within the quota."""
    return error.errno in _FULL


def storage_failure(error: OSError, doing: str) -> Temporary:
    """``doing`` completes "while …"."""
    said = error.strerror or type(error).__name__
    if is_full(error):
        return Temporary(
            "spool-area-full", f"the spool area is full ({said} while {doing})", retry_after_s=_RETRY_AFTER_S
        )
    return Temporary("spool-error", f"the spool failed: {said} while {doing}", retry_after_s=_RETRY_AFTER_S)


def below_floor(free: int, floor: int, octets: int) -> Temporary:
    """Refuses ``octets`` since less than ``floor`` would stay free."""
    return Temporary(
        "spool-area-full",
        f"the spool area is full: {free} octets free, {floor} of them kept back, {octets} more asked for",
        retry_after_s=_RETRY_AFTER_S,
    )


def too_large(limit: int) -> Refusal:
    return Refusal(
        "document-too-large",
        f"the document is larger than the {limit} octets that are taken",
        status="client-error-request-entity-too-large",
    )


def closed() -> Temporary:
    return Temporary("spool-closed", "the spool is closed", retry_after_s=5.0)
