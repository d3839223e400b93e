"""When a job is held, for how long, and why (RFC 8011 section 5.2.2, PWG 5100.7, PWG 5100.11).

Named times of day are UTC, as HH:MM is (CUPS sends it so). A hold that time ends releases itself; all others
wait for a person. A password outlives a time: a job with both waits for the password.
"""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from plantin.core.model import Hold, QueueMode, QueueRecord
from plantin.core.states import Reason

NO_HOLD: Final = "no-hold"
INDEFINITE: Final = "indefinite"
HOLD_KEYWORDS: Final = (
    "no-hold",
    "indefinite",
    "day-time",
    "evening",
    "night",
    "weekend",
    "second-shift",
    "third-shift",
)
"""job-hold-until-supported; HH:MM and HH:MM:SS (UTC) are understood as well."""
_STARTS: Final = {
    "day-time": (6, 18),
    "evening": (18, 24),
    "night": (18, 6),
    "second-shift": (16, 24),
    "third-shift": (0, 8),
}
"""Hours of the day, UTC: from, to. CUPS' meaning of the keywords."""
_CLOCK: Final = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?")
_SATURDAY: Final = 5
_DELAY_WORDS: Final = {"no-delay-output": NO_HOLD}


class UnknownHold(ValueError):
    """The keyword means no time here."""


def hold_until(keyword: str, now_ms: int) -> Hold | None:
    """The hold that a ``job-hold-until`` keyword asks for; None: no hold.

    Args:
        now_ms: UTC milliseconds.

    Raises:
        UnknownHold: it is none of the keywords and no time of day.
    """
    keyword = _DELAY_WORDS.get(keyword, keyword)
    if keyword == NO_HOLD:
        return None
    if keyword == INDEFINITE:
        return Hold(Reason.HOLD_UNTIL, keyword=keyword)
    now = datetime.fromtimestamp(now_ms / 1000, UTC)
    until = _next_start(keyword, now)
    if until is None:
        return None
    return Hold(Reason.HOLD_UNTIL, round(until.timestamp() * 1000), keyword)


def hold_until_time(moment: datetime, now_ms: int) -> Hold | None:
    """The hold of ``job-hold-until-time``; None when the moment is past."""
    at = round(moment.timestamp() * 1000)
    return Hold(Reason.HOLD_UNTIL, at, keyword="") if at > now_ms else None


def _next_start(keyword: str, now: datetime) -> datetime | None:
    """When the named time begins; None when it is that time now."""
    clock = _CLOCK.fullmatch(keyword)
    if clock is not None:
        at = now.replace(hour=int(clock[1]), minute=int(clock[2]), second=int(clock[3] or 0), microsecond=0)
        return at if at > now else at + timedelta(days=1)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    if keyword == "weekend":
        if now.weekday() >= _SATURDAY:
            return None
        return midnight + timedelta(days=_SATURDAY - now.weekday())
    if keyword not in _STARTS:
        raise UnknownHold(keyword)
    start, end = _STARTS[keyword]
    inside = start <= now.hour < end if start < end else now.hour >= start or now.hour < end
    if inside:
        return None
    at = midnight + timedelta(hours=start)
    return at if at > now else at + timedelta(days=1)


def effective(
    queue: QueueRecord,
    asked: Hold | None,
    *,
    password: bool,
    now_ms: int,
    expire_s: int,
    owner_releases: bool = False,
) -> tuple[Hold | None, int]:
    """What holds a new job, the strongest reason first, and when its wait is over (UTC ms, 0: never).

    Args:
        asked: what the job itself asks for.
        password: the job came with a job-password.
        expire_s: how long jobs wait for a release where the queue does not say.
        owner_releases: the job asks to wait for its owner (job-release-action).
    """
    expires_at = now_ms + (queue.expire_after_s or expire_s) * 1000
    keyword = asked.keyword if asked is not None else ""
    if password:
        return Hold(Reason.PASSWORD_WAIT, keyword=keyword), expires_at
    if owner_releases or queue.mode is not QueueMode.DIRECT:
        return Hold(Reason.RELEASE_WAIT, keyword=keyword), expires_at
    if queue.hold_new_jobs:
        return Hold(Reason.NEW_JOBS_HELD, keyword=keyword), 0
    return (replace(asked, reason=Reason.HOLD_UNTIL) if asked is not None else None), 0
