"""What the outcome of an attempt does to its job (law 3): one pure function, used by every store.

Paper cannot be unprinted: only TEMPORARY, which promises that no byte left, lets a job go again by itself; an
UNKNOWN outcome follows the queue's policy.
"""

from typing import Final, NamedTuple

from plantin.core.model import Delivered, Outcome, UnknownPolicy
from plantin.core.states import JobEvent, Reason

_ABORT_REASONS: Final = frozenset(
    {Reason.FORMAT_ERROR, Reason.UNPRINTABLE, Reason.UNSUPPORTED_FORMAT, Reason.ACCESS_ERROR}
)


class End(NamedTuple):
    """The event that follows, and the ``job-state-reasons`` after it."""

    event: JobEvent
    reasons: str


_UNKNOWN: Final = {
    UnknownPolicy.HOLD: End(JobEvent.UNKNOWN_HELD, Reason.UNKNOWN_OUTCOME),
    UnknownPolicy.RETRY: End(JobEvent.UNKNOWN_RETRY, Reason.QUEUED),
    UnknownPolicy.ABORT: End(JobEvent.UNKNOWN_ABORTED, Reason.ABORTED_BY_SYSTEM),
    UnknownPolicy.ASSUME_PRINTED: End(JobEvent.UNKNOWN_ASSUMED, Reason.WITH_ERRORS),
}


def end_of(delivered: Delivered, stop_requested: str, policy: UnknownPolicy) -> End:
    """What follows from an attempt's end.

    Args:
        stop_requested: the reason for which somebody wanted the job to stop; empty if nobody did.
        policy: of the job's queue, for an outcome that nobody knows.
    """
    if stop_requested == Reason.SUSPENDED and delivered.outcome is not Outcome.COMPLETED:
        return End(JobEvent.SUSPENDED, Reason.SUSPENDED)
    match delivered.outcome:
        case Outcome.COMPLETED:
            return End(JobEvent.COMPLETED, Reason.SUCCESS)
        case Outcome.PERMANENT:
            detail = f" {delivered.reason}" if delivered.reason in _ABORT_REASONS else ""
            return End(JobEvent.ABORTED, Reason.ABORTED_BY_SYSTEM + detail)
        case Outcome.CANCELED:
            return End(JobEvent.CANCELED, stop_requested or delivered.reason or Reason.CANCELED_BY_USER)
    if stop_requested:
        return End(JobEvent.CANCELED, stop_requested)
    if delivered.outcome is Outcome.TEMPORARY:
        return End(JobEvent.RETRY, Reason.QUEUED)
    return _UNKNOWN[policy]
