"""How long a device that failed is left alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plantin.queue.backoff import Backoff

PLAIN = Backoff(first_s=1.0, factor=2.0, max_s=60.0)


@pytest.mark.parametrize(
    ("failures", "longest"),
    [(0, 1), (1, 1), (2, 2), (3, 4), (4, 8), (5, 16), (6, 32), (7, 60), (8, 60), (10_000, 60)],
)
def test_the_schedule(failures: int, longest: float) -> None:
    assert PLAIN.wait_s(failures, 0.0, 0.0) == longest / 2
    assert PLAIN.wait_s(failures, 0.0, 0.5) == longest * 0.75
    assert PLAIN.wait_s(failures, 0.0, 0.999999) == pytest.approx(longest, rel=1e-5)


def test_what_the_device_asks_for_is_the_least() -> None:
    assert PLAIN.wait_s(1, 30.0, 0.9) == 30.0
    assert PLAIN.wait_s(7, 30.0, 0.9) == pytest.approx(57.0)
    assert PLAIN.wait_s(1, 3600.0, 0.0) == 3600.0


@given(st.integers(-5, 10**6), st.floats(0, 100), st.floats(0, 1, exclude_max=True))
def test_never_nothing_and_never_for_ever(failures: int, least: float, chance: float) -> None:
    wait = PLAIN.wait_s(failures, least, chance)
    assert max(0.5, least) <= wait <= max(60.0, least)


def test_a_hundred_devices_that_failed_together_do_not_come_back_together() -> None:
    waits = {PLAIN.wait_s(5, 0.0, number / 100) for number in range(100)}
    assert len(waits) == 100
