"""What came out of an attempt: every outcome, told and not told."""

from __future__ import annotations

import pytest

from plantin.accounting.counts import count
from plantin.accounting.settlement import came_out
from plantin.core.model import Outcome
from plantin.ledger.usage import Usage
from tests.accounting.test_counts import document, page, ticket

TEN = count(document(*[page(number == 0) for number in range(10)]), ticket(sides="two-sided-long-edge"))
"""Ten pages on five sheets, the first in colour."""
ALL, NOTHING, NOBODY = (1, 9, 5), (0, 0, 0), None

Numbers = tuple[int, int, int] | None


def numbers(usage: Usage | None) -> Numbers:
    if usage is None:
        return None
    return usage.colour_impressions, usage.mono_impressions, usage.media_sheets


def out(
    outcome: Outcome,
    impressions: int = -1,
    sheets: int = -1,
    *,
    sent: int = 1000,
    assume: bool = False,
    known: bool = True,
) -> Numbers:
    return numbers(
        came_out(
            outcome,
            layout=TEN.layout if known else None,
            impressions=impressions,
            sheets=sheets,
            octets_sent=sent,
            octets=1000,
            assume_printed=assume,
        )
    )


@pytest.mark.parametrize("outcome", list(Outcome))
def test_what_the_device_tells_leads(outcome: Outcome) -> None:
    assert out(outcome, 4, 2) == (1, 3, 2)
    assert out(outcome, 4) == (1, 3, 2)
    assert out(outcome, sheets=3) == (1, 5, 3)
    assert out(outcome, 12, 6) == (1, 11, 6)  # more than the document has: in black
    assert out(outcome, 3, sent=0) == (1, 2, 2)
    assert out(outcome, 3, 2, known=False) == (0, 3, 2)


@pytest.mark.parametrize("outcome", [one for one in Outcome if one is not Outcome.COMPLETED])
def test_a_zero_that_is_told_is_nothing(outcome: Outcome) -> None:
    assert out(outcome, 0, 0) == out(outcome, 0) == out(outcome, -1, 0) == NOTHING


@pytest.mark.parametrize("told", [(0, 0), (0, -1), (-1, 0), (-1, -1)])
def test_a_device_that_has_printed_the_job_and_tells_zero_does_not_count(told: tuple[int, int]) -> None:
    assert out(Outcome.COMPLETED, *told) == ALL


def test_sheets_where_impressions_are_not_counted() -> None:
    assert out(Outcome.COMPLETED, 0, 2) == (1, 3, 2)


@pytest.mark.parametrize("sent", [0, 1, 1000])
def test_a_completed_job_is_all_of_it(sent: int) -> None:
    assert out(Outcome.COMPLETED, sent=sent) == ALL
    assert out(Outcome.COMPLETED, sent=sent, known=False) is NOBODY


@pytest.mark.parametrize("sent", [0, 500, 1000])
def test_what_can_go_again_printed_nothing(sent: int) -> None:
    assert out(Outcome.TEMPORARY, sent=sent) == out(Outcome.TEMPORARY, sent=sent, known=False) == NOTHING


@pytest.mark.parametrize("outcome", [Outcome.CANCELED, Outcome.PERMANENT])
def test_a_job_that_ended_in_the_middle_costs_its_share(outcome: Outcome) -> None:
    shares = {0: NOTHING, 99: NOTHING, 100: (1, 0, 1), 399: (1, 2, 2), 999: (1, 8, 5), 1000: ALL, 5000: ALL}
    assert {sent: out(outcome, sent=sent) for sent in shares} == shares
    assert out(outcome, sent=0, known=False) == NOTHING
    assert out(outcome, sent=1, known=False) is NOBODY


def test_an_unknown_end_is_what_the_queue_makes_of_it() -> None:
    assert out(Outcome.UNKNOWN) == out(Outcome.UNKNOWN, sent=0) == NOTHING
    assert out(Outcome.UNKNOWN, known=False) == NOTHING
    assert out(Outcome.UNKNOWN, assume=True) == ALL
    assert out(Outcome.UNKNOWN, assume=True, known=False) is NOBODY


def test_after_a_crash_nobody_knows_how_much_had_left() -> None:
    assert out(Outcome.UNKNOWN, sent=0, assume=True) == ALL


def test_an_empty_job_has_no_share() -> None:
    usage = came_out(
        Outcome.CANCELED,
        layout=TEN.layout,
        impressions=-1,
        sheets=-1,
        octets_sent=1,
        octets=0,
        assume_printed=False,
    )
    assert numbers(usage) == NOTHING
