"""The oracle of the crash tests sees each thing that must not be."""

from __future__ import annotations

import pytest

from plantin.core.states import JobEvent, JobState
from tests.crash import oracle, work
from tests.crash.audit import Row
from tests.crash.clients import Wish
from tests.crash.devices import Arrival

WHOLE, CUT = Arrival(1, 100, True), Arrival(1, 50, False)
DONE = [JobEvent.QUEUED, JobEvent.STARTED, JobEvent.COMPLETED]
UNKNOWN = [JobEvent.QUEUED, JobEvent.STARTED, JobEvent.OUTCOME_UNKNOWN]
HELD = [*UNKNOWN, JobEvent.UNKNOWN_HELD]
AGAIN = [*UNKNOWN, JobEvent.UNKNOWN_RETRY, JobEvent.STARTED, JobEvent.COMPLETED]


def row(state: JobState, trail: list[JobEvent], job: int = 1) -> Row:
    return Row(job, work.job_name(job), "q", state, "none", "d", list(trail))


@pytest.mark.parametrize(
    ("state", "trail", "papers", "good"),
    [
        (JobState.COMPLETED, DONE, [WHOLE], True),
        (JobState.COMPLETED, DONE, [], False),
        (JobState.COMPLETED, DONE, [CUT], False),
        (JobState.COMPLETED, DONE, [WHOLE, WHOLE], False),
        (JobState.COMPLETED, DONE, [CUT, WHOLE], False),
        (JobState.COMPLETED, AGAIN, [CUT, WHOLE], True),
        (JobState.COMPLETED, AGAIN, [WHOLE, WHOLE], True),
        (JobState.COMPLETED, AGAIN, [CUT, CUT], False),
        (JobState.COMPLETED, AGAIN, [WHOLE, WHOLE, WHOLE], False),
        (JobState.HELD, HELD, [], True),
        (JobState.HELD, HELD, [CUT], True),
        (JobState.HELD, HELD, [WHOLE], True),
        (JobState.HELD, HELD, [CUT, WHOLE], False),
        (JobState.HELD, [JobEvent.HELD], [], True),
        (JobState.HELD, [JobEvent.HELD], [WHOLE], False),
        (JobState.INCOMING, [JobEvent.CREATED], [], True),
        (JobState.INCOMING, [JobEvent.CREATED], [CUT], False),
        (JobState.PENDING, [JobEvent.QUEUED], [], False),
        (JobState.PROCESSING, [JobEvent.QUEUED, JobEvent.STARTED], [WHOLE], False),
        (JobState.ABORTED, [JobEvent.QUEUED, JobEvent.ABORTED], [], False),
    ],
)
def test_printed_once_or_the_trail_says_why(
    state: JobState, trail: list[JobEvent], papers: list[Arrival], good: bool
) -> None:
    assert (oracle.printed(row(state, trail), papers) == []) is good


def test_an_acknowledged_job_is_there_under_its_id() -> None:
    wish = Wish(1, "q", work.PRINT_JOB, job_id=7, acknowledged=True)
    assert "is lost" in oracle.accepted({1: wish}, {})[0]
    assert "and is 1" in oracle.accepted({1: wish}, {1: row(JobState.COMPLETED, DONE)})[0]
    wish.job_id = 1
    assert oracle.accepted({1: wish}, {1: row(JobState.COMPLETED, DONE)}) == []
    assert "waits for documents" in oracle.accepted({1: wish}, {1: row(JobState.INCOMING, [])})[0]


def test_order_is_by_id_but_for_interrupted_jobs() -> None:
    rows = {number: row(JobState.COMPLETED, DONE, number) for number in (1, 2, 3)}
    wishes = {number: Wish(number, "q", work.PRINT_JOB, number, True) for number in (1, 2, 3)}
    assert oracle.ordered_by_id("d", [1, 2, 3], rows, wishes) == []
    assert oracle.ordered_by_id("d", [1, 3, 2], rows, wishes) != []
    rows[2].trail = [*AGAIN]
    assert oracle.ordered_by_id("d", [1, 3, 2], rows, wishes) == []


def test_documents_say_whose_they_are() -> None:
    for number in range(1, 200):
        assert work.number_of(work.document(number)) == number
    assert work.number_of(b"") == work.number_of(b"something else, long enough to be a job") == -1
