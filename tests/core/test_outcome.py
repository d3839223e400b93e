"""What an attempt's end does to its job: outcome x wish to stop x policy (law 3)."""

import itertools

import pytest

from plantin.core.model import Delivered, Outcome, UnknownPolicy
from plantin.core.outcome import End, end_of
from plantin.core.states import JobEvent, JobState, Reason, after

STOPS = ["", Reason.CANCELED_BY_USER, Reason.CANCELED_BY_OPERATOR, Reason.SUSPENDED]
ALL = list(itertools.product(Outcome, STOPS, UnknownPolicy))

BY_POLICY = {
    UnknownPolicy.HOLD: End(JobEvent.UNKNOWN_HELD, "job-held-for-review"),
    UnknownPolicy.RETRY: End(JobEvent.UNKNOWN_RETRY, "job-queued"),
    UnknownPolicy.ABORT: End(JobEvent.UNKNOWN_ABORTED, "aborted-by-system"),
    UnknownPolicy.ASSUME_PRINTED: End(JobEvent.UNKNOWN_ASSUMED, "job-completed-with-errors"),
}


def expected(outcome: Outcome, stop: str, policy: UnknownPolicy) -> End:
    if outcome is Outcome.COMPLETED:  # the paper is out, whatever anybody wished
        return End(JobEvent.COMPLETED, "job-completed-successfully")
    if stop == Reason.SUSPENDED:
        return End(JobEvent.SUSPENDED, "job-suspended")
    if outcome is Outcome.PERMANENT:
        return End(JobEvent.ABORTED, "aborted-by-system")
    if outcome is Outcome.CANCELED or stop:
        return End(JobEvent.CANCELED, stop or "device-said-so")
    return End(JobEvent.RETRY, "job-queued") if outcome is Outcome.TEMPORARY else BY_POLICY[policy]


def delivered(outcome: Outcome, reason: str = "device-said-so") -> Delivered:
    return Delivered(outcome, reason, "it ended")


@pytest.mark.parametrize(("outcome", "stop", "policy"), ALL)
def test_the_whole_table(outcome: Outcome, stop: str, policy: UnknownPolicy) -> None:
    assert end_of(delivered(outcome), stop, policy) == expected(outcome, stop, policy)


@pytest.mark.parametrize(("outcome", "stop", "policy"), ALL)
def test_the_state_table_allows_each_end(outcome: Outcome, stop: str, policy: UnknownPolicy) -> None:
    event = end_of(delivered(outcome), stop, policy).event
    for state in (JobState.PROCESSING, JobState.STOPPED):
        assert after(state, event) is not JobState.PROCESSING


@pytest.mark.parametrize(("outcome", "stop", "policy"), ALL)
def test_only_what_cannot_have_printed_goes_again_by_itself(
    outcome: Outcome, stop: str, policy: UnknownPolicy
) -> None:
    event = end_of(delivered(outcome), stop, policy).event
    if after(JobState.PROCESSING, event) is JobState.PENDING:
        assert outcome is Outcome.TEMPORARY or policy is UnknownPolicy.RETRY


@pytest.mark.parametrize(
    "reason",
    [
        "document-format-error",
        "document-unprintable-error",
        "unsupported-document-format",
        "document-access-error",
    ],
)
def test_why_a_document_was_refused_stands_in_the_reasons(reason: str) -> None:
    end = end_of(delivered(Outcome.PERMANENT, reason), "", UnknownPolicy.HOLD)
    assert end == End(JobEvent.ABORTED, f"aborted-by-system {reason}")


def test_a_cancel_without_any_reason_has_one() -> None:
    end = end_of(delivered(Outcome.CANCELED, ""), "", UnknownPolicy.HOLD)
    assert end == End(JobEvent.CANCELED, "job-canceled-by-user")
