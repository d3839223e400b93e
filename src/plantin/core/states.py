"""The one state table of a job (RFC 8011 section 5.3.7, PWG 5100.7, PWG 5100.11).

Everything that decides which state may follow which lives here. IPP's ``job-state`` is derived from it.
An event that the table does not list for a state raises :class:`IllegalTransition`; it is never ignored.
Every caller that moves a job writes the event row in the same transaction (law 2).
"""

from collections.abc import Mapping
from enum import IntEnum, StrEnum
from types import MappingProxyType
from typing import Final


class JobState(IntEnum):
    """Where a job is. The values from 3 on are IPP's ``job-state`` enum; INCOMING is ours."""

    INCOMING = 2
    """Created, documents still to come; IPP shows it as pending-held with ``job-incoming``."""
    PENDING = 3
    HELD = 4
    PROCESSING = 5
    STOPPED = 6
    CANCELED = 7
    ABORTED = 8
    COMPLETED = 9

    @property
    def terminal(self) -> bool:
        return self >= JobState.CANCELED

    @property
    def ipp(self) -> int:
        """The ``job-state`` enum value that clients see."""
        return 4 if self is JobState.INCOMING else int(self)


class JobEvent(StrEnum):
    """What happened to a job; the word that stands in its trail."""

    CREATED = "created"
    DOCUMENT_ADDED = "document-added"
    QUEUED = "queued"
    """All data is here and nothing holds it back."""
    HELD = "held"
    RELEASED = "released"
    CHANGED = "changed"
    ADMITTED = "admitted"
    """Accounting lets it print: counted, allowed, and its price reserved."""
    MOVED = "moved"
    STARTED = "started"
    """An attempt on a device begins."""
    SENDING = "sending"
    """The first byte is about to leave; from here on paper may exist."""
    DEVICE_STOPPED = "device-stopped"
    DEVICE_RESUMED = "device-resumed"
    SUSPENDED = "suspended"
    RESUMED = "resumed"
    RETRY = "retry"
    """The attempt failed before paper could exist; the job waits for the next one."""
    OUTCOME_UNKNOWN = "outcome-unknown"
    """Bytes were sent and nobody can say what the device did with them."""
    UNKNOWN_HELD = "unknown-held"
    UNKNOWN_RETRY = "unknown-retry"
    UNKNOWN_ABORTED = "unknown-aborted"
    UNKNOWN_ASSUMED = "unknown-assumed-printed"
    COMPLETED = "completed"
    CANCEL_REQUESTED = "cancel-requested"
    CANCELED = "canceled"
    ABORTED = "aborted"
    EXPIRED = "expired"
    TIMED_OUT = "timed-out"
    RESTARTED = "restarted"
    RESTARTED_HELD = "restarted-held"
    DOCUMENTS_RETIRED = "documents-retired"
    NOTE = "note"


_S = JobState
_E = JobEvent

_Row = dict[JobEvent, JobState | None]

_LIVE: Final[_Row] = {_E.CHANGED: None, _E.NOTE: None}
_END: Final[_Row] = {
    _E.RESTARTED: _S.PENDING,
    _E.RESTARTED_HELD: _S.HELD,
    _E.DOCUMENTS_RETIRED: None,
    _E.NOTE: None,
}

_TABLE: Final[dict[JobState, _Row]] = {
    _S.INCOMING: _LIVE
    | {
        _E.DOCUMENT_ADDED: None,
        _E.QUEUED: _S.PENDING,
        _E.HELD: _S.HELD,
        _E.MOVED: None,
        _E.CANCELED: _S.CANCELED,
        _E.ABORTED: _S.ABORTED,
        _E.TIMED_OUT: _S.ABORTED,
    },
    _S.PENDING: _LIVE
    | {
        _E.HELD: _S.HELD,
        _E.MOVED: None,
        _E.ADMITTED: None,
        _E.STARTED: _S.PROCESSING,
        _E.CANCELED: _S.CANCELED,
        _E.ABORTED: _S.ABORTED,
        _E.EXPIRED: _S.CANCELED,
    },
    _S.HELD: _LIVE
    | {
        _E.HELD: None,
        _E.RELEASED: _S.PENDING,
        _E.MOVED: None,
        _E.CANCELED: _S.CANCELED,
        _E.ABORTED: _S.ABORTED,
        _E.EXPIRED: _S.CANCELED,
    },
    _S.PROCESSING: _LIVE
    | {
        _E.SENDING: None,
        _E.DEVICE_STOPPED: _S.STOPPED,
        _E.SUSPENDED: _S.STOPPED,
        _E.RETRY: _S.PENDING,
        _E.HELD: _S.HELD,
        _E.OUTCOME_UNKNOWN: None,
        _E.UNKNOWN_HELD: _S.HELD,
        _E.UNKNOWN_RETRY: _S.PENDING,
        _E.UNKNOWN_ABORTED: _S.ABORTED,
        _E.UNKNOWN_ASSUMED: _S.COMPLETED,
        _E.COMPLETED: _S.COMPLETED,
        _E.CANCEL_REQUESTED: None,
        _E.CANCELED: _S.CANCELED,
        _E.ABORTED: _S.ABORTED,
    },
    _S.STOPPED: _LIVE
    | {
        _E.SENDING: None,
        _E.DEVICE_STOPPED: None,
        _E.DEVICE_RESUMED: _S.PROCESSING,
        _E.SUSPENDED: None,
        _E.RESUMED: _S.PENDING,
        _E.RETRY: _S.PENDING,
        _E.HELD: _S.HELD,
        _E.OUTCOME_UNKNOWN: None,
        _E.UNKNOWN_HELD: _S.HELD,
        _E.UNKNOWN_RETRY: _S.PENDING,
        _E.UNKNOWN_ABORTED: _S.ABORTED,
        _E.UNKNOWN_ASSUMED: _S.COMPLETED,
        _E.COMPLETED: _S.COMPLETED,
        _E.CANCEL_REQUESTED: None,
        _E.CANCELED: _S.CANCELED,
        _E.ABORTED: _S.ABORTED,
    },
    _S.CANCELED: dict(_END),
    _S.ABORTED: dict(_END),
    _S.COMPLETED: dict(_END),
}

TRANSITIONS: Final[Mapping[JobState, Mapping[JobEvent, JobState]]] = MappingProxyType(
    {
        state: MappingProxyType({event: state if to is None else to for event, to in row.items()})
        for state, row in _TABLE.items()
    }
)
"""state x event -> next state. The whole truth; the documentation's diagram is generated from it."""


INITIAL: Final[Mapping[JobEvent, JobState]] = MappingProxyType(
    {_E.CREATED: _S.INCOMING, _E.QUEUED: _S.PENDING, _E.HELD: _S.HELD}
)
"""How a job can begin."""


class IllegalTransition(Exception):
    """The event cannot happen to a job in this state."""

    def __init__(self, state: JobState, event: JobEvent) -> None:
        super().__init__(f"a job that is {state.name.lower()} cannot take the event {event.value!r}")
        self.state = state
        self.event = event


def after(state: JobState, event: JobEvent) -> JobState:
    """The state that follows ``event`` in ``state``.

    Raises:
        IllegalTransition: the table has no such step.
    """
    try:
        return TRANSITIONS[state][event]
    except KeyError:
        raise IllegalTransition(state, event) from None


class Reason:
    """``job-state-reasons`` keywords that Plantin uses (RFC 8011 5.3.8, PWG 5100.7, 5100.11, IANA)."""

    NONE: Final = "none"
    INCOMING: Final = "job-incoming"
    DATA_INSUFFICIENT: Final = "job-data-insufficient"
    QUEUED: Final = "job-queued"
    HOLD_UNTIL: Final = "job-hold-until-specified"
    RELEASE_WAIT: Final = "job-release-wait"
    PASSWORD_WAIT: Final = "job-password-wait"  # noqa: S105 (a keyword, not a secret)
    NEW_JOBS_HELD: Final = "job-held-for-review"
    UNKNOWN_OUTCOME: Final = "job-held-for-review"
    ACCOUNT_LIMIT: Final = "account-limit-reached"
    ACCOUNT_CLOSED: Final = "account-closed"
    ACCOUNT_REFUSED: Final = "account-authorization-failed"
    ACCOUNT_INFO: Final = "account-info-needed"
    POLICY_HOLD: Final = "job-held-for-review"
    TO_BE_CONFIRMED: Final = "job-held-for-authorization"
    PRINTING: Final = "job-printing"
    STOPPED: Final = "printer-stopped"
    SUSPENDED: Final = "job-suspended"
    TO_STOP_POINT: Final = "processing-to-stop-point"
    SUCCESS: Final = "job-completed-successfully"
    WITH_WARNINGS: Final = "job-completed-with-warnings"
    WITH_ERRORS: Final = "job-completed-with-errors"
    CANCELED_BY_USER: Final = "job-canceled-by-user"
    CANCELED_BY_OPERATOR: Final = "job-canceled-by-operator"
    CANCELED_AT_DEVICE: Final = "job-canceled-at-device"
    CANCELED_AFTER_TIMEOUT: Final = "job-canceled-after-timeout"
    ABORTED_BY_SYSTEM: Final = "aborted-by-system"
    ACCESS_ERROR: Final = "document-access-error"
    FORMAT_ERROR: Final = "document-format-error"
    UNPRINTABLE: Final = "document-unprintable-error"
    UNSUPPORTED_FORMAT: Final = "unsupported-document-format"
