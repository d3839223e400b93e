"""Event subscriptions and the events that they match (RFC 3995 section 5, RFC 3996).

Nothing is stored per notification: the event log is the only copy. A subscription keeps a checkpoint ("of the
events up to this one so many matched"), and the sequence number of a later event is found by counting on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from plantin.core.errors import NotFound
from plantin.core.limits import EVENTS_PER_ANSWER_MAX
from plantin.core.states import JobEvent
from plantin.store import sql


@dataclass(frozen=True, slots=True)
class SubscriptionRecord:
    """A subscription as it stands in the store."""

    id: int  # notify-subscription-id
    queue: int | None
    """None: a subscription to the whole server."""
    job: int | None
    events: tuple[str, ...]  # notify-events
    owner: str  # notify-subscriber-user-name
    user_data: bytes  # notify-user-data
    charset: str
    language: str
    interval: int  # notify-time-interval
    lease_s: int  # notify-lease-duration; 0: no end of its own
    expires_at: int
    created_at: int
    event_id: int
    sequence: int


def _kinds(*kinds: JobEvent) -> str:
    return "e.job_id IS NOT NULL AND e.kind IN (" + ",".join(f"'{kind.value}'" for kind in kinds) + ")"


_FIRST = "NOT EXISTS (SELECT 1 FROM store_event p WHERE p.job_id = e.job_id AND p.id < e.id)"
_E = JobEvent
_ENDS = (
    _E.COMPLETED,
    _E.CANCELED,
    _E.ABORTED,
    _E.EXPIRED,
    _E.TIMED_OUT,
    _E.UNKNOWN_ABORTED,
    _E.UNKNOWN_ASSUMED,
)
_STOPS = (_E.DEVICE_STOPPED, _E.SUSPENDED)
_MOVES = (
    _E.CREATED,
    _E.QUEUED,
    _E.HELD,
    _E.RELEASED,
    _E.STARTED,
    _E.DEVICE_RESUMED,
    _E.RESUMED,
    _E.RETRY,
    _E.UNKNOWN_HELD,
    _E.UNKNOWN_RETRY,
    _E.CANCEL_REQUESTED,
    _E.RESTARTED,
    _E.RESTARTED_HELD,
)
_ORDER = "(e.text = 'promoted' OR e.text LIKE 'scheduled after%%')"

NOTIFY_EVENTS: Final[dict[str, str]] = {
    "job-completed": _kinds(*_ENDS),
    "job-stopped": _kinds(*_STOPS),
    "job-created": f"{_kinds(_E.CREATED, _E.QUEUED, _E.HELD)} AND {_FIRST}",
    "printer-queue-order-changed": f"{_kinds(_E.CHANGED)} AND {_ORDER}",
    "job-config-changed": _kinds(_E.CHANGED, _E.MOVED, _E.DOCUMENT_ADDED),
    "job-progress": _kinds(_E.SENDING),
    "job-state-changed": _kinds(*_ENDS, *_STOPS, *_MOVES),
    "printer-created": "e.kind = 'queue-added'",
    "printer-added": "e.kind = 'queue-added'",
    "printer-deleted": "e.kind = 'queue-removed'",
    "printer-restarted": "e.kind = 'queue-restarted'",
    "printer-shutdown": "e.kind = 'queue-shutdown'",
    "printer-stopped": "e.kind IN ('queue-state', 'device-state') AND e.state = 5",
    "printer-config-changed": "e.kind IN ('queue-changed', 'queue-default', 'device-changed')",
    "printer-modified": "e.kind IN ('queue-changed', 'queue-default', 'device-changed')",
    "printer-state-changed": (
        "e.kind IN ('queue-state', 'device-state', 'queue-restarted', 'queue-shutdown')"
    ),
}
"""notify-events keyword -> condition over the event log. The first keyword of a subscription that an event
meets, in this order, is its notify-subscribed-event: the narrow ones stand before those that include them."""

_SUBSCRIPTION = (
    "id,queue_id,job_id,events,owner,user_data,charset,language,interval,lease_s,expires_at,created_at,"
    "event_id,sequence"
)


def _subscription_of(row: tuple[Any, ...]) -> SubscriptionRecord:
    values = list(row)
    values[3] = tuple(row[3].split())
    values[5] = bytes(row[5])
    return SubscriptionRecord(*values)


def subscription(subscription_id: int, now: int) -> SubscriptionRecord:
    """One subscription whose lease runs.

    Raises:
        NotFound: there is none.
    """
    found = sql.select(
        f"SELECT {_SUBSCRIPTION} FROM store_subscription "
        "WHERE id = %s AND (expires_at = 0 OR expires_at > %s)",
        [subscription_id, now],
        _subscription_of,
    )
    if not found:
        raise NotFound(f"there is no subscription {subscription_id}")
    return found[0]


def find_subscriptions(
    now: int, *, queue: int | None, job: int | None, owner: str | None, everywhere: bool, limit: int
) -> list[SubscriptionRecord]:
    """Subscriptions whose lease runs, of a job, of a queue, or of the server, by id.

    Args:
        everywhere: those of every queue as well as of the server itself.
    """
    where = ["(expires_at = 0 OR expires_at > %s)"]
    parameters: list[Any] = [now]
    if job is not None:
        where.append("job_id = %s")
        parameters.append(job)
    else:
        where.append("job_id IS NULL")
        if queue is not None:
            where.append("queue_id = %s")
            parameters.append(queue)
        elif not everywhere:
            where.append("queue_id IS NULL")
    if owner is not None:
        where.append("owner = %s")
        parameters.append(owner)
    return sql.select(
        f"SELECT {_SUBSCRIPTION} FROM store_subscription WHERE {' AND '.join(where)} ORDER BY id LIMIT %s",
        [*parameters, limit],
        _subscription_of,
    )


@dataclass(frozen=True, slots=True)
class Notification:
    """One event as a subscription sees it."""

    sequence: int  # notify-sequence-number
    name: str  # notify-subscribed-event
    event: int
    at: int
    job: int | None
    queue: int | None
    device: int | None
    state: int
    """job-state or printer-state after the event."""
    reasons: tuple[str, ...]
    text: str
    job_name: str
    impressions: int


@dataclass(frozen=True, slots=True)
class Numbered:
    """The recent events of a subscription, and where its checkpoint may go."""

    notifications: tuple[Notification, ...]
    event_id: int
    sequence: int


def _scope(subscription: SubscriptionRecord) -> tuple[str, list[Any]]:
    if subscription.job is not None:
        return "e.job_id = %s", [subscription.job]
    if subscription.queue is not None:
        return (
            "(e.queue_id = %s OR (e.queue_id IS NULL AND e.device_id IN "
            "(SELECT device_id FROM store_queuedevice WHERE queue_id = %s)))",
            [subscription.queue, subscription.queue],
        )
    return "1 = 1", []


def _condition(names: Sequence[str]) -> tuple[str, str]:
    """The condition of any of ``names``, and an expression that gives the narrowest of them."""
    known = [(name, NOTIFY_EVENTS[name]) for name in NOTIFY_EVENTS if name in names]
    if not known:
        return "1 = 0", "''"
    cases = " ".join(f"WHEN {condition} THEN '{name}'" for name, condition in known)
    return " OR ".join(f"({condition})" for _, condition in known), f"CASE {cases} ELSE '' END"


def notifications(subscription: SubscriptionRecord, since: int, first: int) -> Numbered:
    """The events that ``subscription`` matched and that are not older than ``since``, numbered.

    Args:
        since: UTC milliseconds; older events are counted and not returned.
        first: the lowest sequence number wanted.
    """
    scope, parameters = _scope(subscription)
    condition, name = _condition(subscription.events)
    matches = f"{scope} AND ({condition})"
    if subscription.job is not None:  # few rows, found by their job
        counting = (
            f"SELECT count(*), max(e.id) FROM store_event e WHERE {matches} AND e.id > %s AND e.at < %s"
        )
    else:
        counting = (
            f"SELECT sum(CASE WHEN {matches} THEN 1 ELSE 0 END), max(e.id) FROM store_event e "
            "WHERE e.id > %s AND e.at < %s"
        )
    old, last_old = sql.select(
        counting,
        [*parameters, subscription.event_id, since],
        lambda row: (int(row[0] or 0), row[1] or subscription.event_id),
    )[0]
    sequence = subscription.sequence + old
    rows = sql.select(
        f"SELECT {name}, e.id, e.at, e.job_id, e.queue_id, e.device_id, e.state, e.reasons, e.text, j.name, "
        f"j.impressions FROM store_event e LEFT JOIN store_job j ON j.id = e.job_id "
        f"WHERE {matches} AND e.id > %s ORDER BY e.id LIMIT %s",
        [*parameters, last_old, EVENTS_PER_ANSWER_MAX],
        lambda row: row,
    )
    found = tuple(
        _notification(number, row) for number, row in enumerate(rows, sequence + 1) if number >= first
    )
    return Numbered(found, last_old, sequence)


def _notification(number: int, row: tuple[Any, ...]) -> Notification:
    name, event, at, job, queue, device, state, reasons, text, job_name, impressions = row
    return Notification(
        sequence=number,
        name=name,
        event=event,
        at=at,
        job=job,
        queue=queue,
        device=device,
        state=state,
        reasons=tuple(reasons.split()),
        text=text,
        job_name=job_name or "",
        impressions=-1 if impressions is None else impressions,
    )
