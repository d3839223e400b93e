"""Hold keywords and times, and what holds a job when several things do."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from plantin.core.ids import QueueId
from plantin.core.model import Hold, QueueMode, QueueRecord
from plantin.core.states import Reason
from plantin.frontends.ipp.holding import UnknownHold, effective, hold_until, hold_until_time

MONDAY_NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
NOW = round(MONDAY_NOON.timestamp() * 1000)
DIRECT = QueueRecord(QueueId(1), "u", "q", QueueMode.DIRECT, ())


def at(day: int, hour: int, minute: int = 0, second: int = 0) -> int:
    return round(datetime(2026, 11, day, hour, minute, second, tzinfo=UTC).timestamp() * 1000)


@pytest.mark.parametrize(
    ("keyword", "until"),
    [
        ("indefinite", 0),
        ("evening", at(23, 18)),
        ("night", at(23, 18)),
        ("third-shift", at(24, 0)),
        ("second-shift", at(23, 16)),
        ("weekend", at(28, 0)),
        ("23:59", at(23, 23, 59)),
        ("11:30", at(24, 11, 30)),
        ("12:00", at(24, 12)),
        ("6:05:09", at(24, 6, 5, 9)),
    ],
)
def test_when_a_keyword_ends(keyword: str, until: int) -> None:
    hold = hold_until(keyword, NOW)
    assert hold is not None
    assert (hold.until, hold.keyword, hold.reason) == (until, keyword, Reason.HOLD_UNTIL)


@pytest.mark.parametrize("keyword", ["no-hold", "no-delay-output", "day-time"])
def test_no_hold(keyword: str) -> None:
    assert hold_until(keyword, NOW) is None


def test_times_that_are_now() -> None:
    assert hold_until("weekend", at(28, 9)) is None
    assert hold_until("night", at(23, 2)) is None
    assert hold_until("evening", at(23, 19)) is None


@pytest.mark.parametrize("keyword", ["tomorrow", "24:00", "12:60", ""])
def test_unknown(keyword: str) -> None:
    with pytest.raises(UnknownHold):
        hold_until(keyword, NOW)


def test_a_moment() -> None:
    assert hold_until_time(MONDAY_NOON, NOW) is None
    later = hold_until_time(MONDAY_NOON.replace(hour=13), NOW)
    assert later is not None
    assert later.until == at(23, 13)


def test_the_strongest_reason_wins() -> None:
    asked = Hold(Reason.HOLD_UNTIL, until=at(23, 18), keyword="evening")

    def held(queue: QueueRecord, wish: Hold | None, password: bool) -> tuple[str | None, int]:
        hold, expires = effective(queue, wish, password=password, now_ms=NOW, expire_s=60)
        return (None if hold is None else hold.reason), expires

    find_me = replace(DIRECT, mode=QueueMode.FIND_ME)
    assert held(DIRECT, None, False) == (None, 0)
    assert held(DIRECT, asked, False) == (Reason.HOLD_UNTIL, 0)
    assert held(replace(DIRECT, hold_new_jobs=True), asked, False) == (Reason.NEW_JOBS_HELD, 0)
    assert held(find_me, asked, False) == (Reason.RELEASE_WAIT, NOW + 60_000)
    assert held(find_me, asked, True) == (Reason.PASSWORD_WAIT, NOW + 60_000)
    assert held(replace(find_me, expire_after_s=5), None, False) == (Reason.RELEASE_WAIT, NOW + 5_000)
