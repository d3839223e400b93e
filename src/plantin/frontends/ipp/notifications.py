"""Event notifications for the pull method ippget (RFC 3996): asked for, waited for, told.

Waiting clients cost one shared look at the event log, whatever their number; each of them looks for its own
events only after something happened.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from plantin.core.states import JobState
from plantin.frontends.ipp.call import Call
from plantin.frontends.ipp.refusals import BadRequest
from plantin.frontends.ipp.reply import group
from plantin.ipp import Attribute, Tag
from plantin.ipp.attributes import (
    boolean,
    charset,
    enum,
    integer,
    keyword,
    language,
    name,
    octets,
    text,
    uri,
)
from plantin.ipp.text import truncate
from plantin.store.commands.subscriptions import checkpoint
from plantin.store.queries import subscriptions as queries
from plantin.store.queries.subscriptions import Notification, SubscriptionRecord

_SUBSCRIPTIONS_MAX: Final = 100
_LOOK_S: Final = 0.5
_CHECKPOINT_EVENTS: Final = 1_000
"""A checkpoint is written when it moves by so many events of the log, not for each request."""
_INTERVAL_S: Final = 30


@dataclass(frozen=True, slots=True)
class Asked:
    """A subscription whose events are asked for, from a sequence number on."""

    subscription: SubscriptionRecord
    first: int


async def read_asked(call: Call) -> list[Asked]:
    """notify-subscription-ids and notify-sequence-numbers.

    Raises:
        BadRequest: they are missing, or of different number.
        NotFound: a subscription does not exist (any more).
    """
    call.require_target()
    ids = call.integers("notify-subscription-ids")
    numbers = call.integers("notify-sequence-numbers")
    if not ids or len(ids) > _SUBSCRIPTIONS_MAX:
        raise BadRequest(f"Get-Notifications needs 1 to {_SUBSCRIPTIONS_MAX} notify-subscription-ids")
    if numbers and len(numbers) != len(ids):
        raise BadRequest("there must be as many notify-sequence-numbers as notify-subscription-ids")
    asked = []
    for position, number in enumerate(ids):
        subscription = await call.context.store.read(queries.subscription, number, call.now_ms)
        asked.append(Asked(subscription, numbers[position] if numbers else 1))
    return asked


async def fetch(call: Call, asked: Sequence[Asked]) -> dict[int, tuple[Notification, ...]]:
    """The events of each subscription that are still kept for it."""
    store = call.context.store
    since = call.context.clock.now_ms() - call.context.settings.ippget_event_life_s * 1000
    found = {}
    for one in asked:
        subscription = one.subscription
        numbered = await store.read(queries.notifications, subscription, since, one.first)
        found[subscription.id] = numbered.notifications
        if numbered.event_id >= subscription.event_id + _CHECKPOINT_EVENTS:
            await store.write(checkpoint, subscription.id, numbered.event_id, numbered.sequence)
    return found


async def wait_for_events(call: Call, asked: Sequence[Asked]) -> dict[int, tuple[Notification, ...]]:
    """Waits until one of the subscriptions has an event, the client is gone, or it has waited long enough."""
    loop = asyncio.get_running_loop()
    end = loop.time() + call.context.settings.notify_wait_s_max
    watch = call.events
    seen = await watch.last()
    with watch.parked():
        while loop.time() < end and not call.request.connection.ended:
            newer = await watch.wait(seen, min(_LOOK_S * 10, end - loop.time()))
            if newer == seen:
                continue
            seen = newer
            found = await fetch(call, asked)
            if any(found.values()):
                return found
            await asyncio.sleep(min(watch.pause_s, max(0.0, end - loop.time())))
    return {}


def get_interval(call: Call) -> int:
    """notify-get-interval: well within the life of an event, so that none is missed."""
    return max(5, min(_INTERVAL_S, call.context.settings.ippget_event_life_s // 2))


def event_group(call: Call, subscription: SubscriptionRecord, notification: Notification) -> bytes:
    """One event as a client sees it (RFC 3996 section 5.2, RFC 3995 section 9.1)."""
    entry = call.context.directory.by_id(notification.queue or 0)
    base = call.base
    printer_uri = base.queue_uri(entry.queue) if entry is not None else f"{base.scheme}://{base.authority}/"
    attributes = [
        integer("notify-subscription-id", subscription.id),
        uri("notify-printer-uri", printer_uri),
        keyword("notify-subscribed-event", notification.name),
        integer("printer-up-time", notification.at // 1000),
        integer("notify-sequence-number", notification.sequence),
        charset("notify-charset", subscription.charset),
        language("notify-natural-language", subscription.language),
        text("notify-text", truncate(_told(call, notification), 1023)),
    ]
    if subscription.user_data:
        attributes.append(octets("notify-user-data", subscription.user_data))
    job = notification.job if notification.job is not None else subscription.job
    if job is not None:
        attributes.append(integer("notify-job-id", job))
    if notification.job is not None:
        attributes += _job(notification)
    attributes += _printer(call, notification)  # CUPS' applets look for printer-name in job events too
    return group(Tag.EVENT_NOTIFICATION_ATTRIBUTES, attributes)


def _told(call: Call, notification: Notification) -> str:
    entry = call.context.directory.by_id(notification.queue or 0)
    where = entry.queue.name if entry is not None else ""
    if notification.job is not None:
        what = f"{notification.name.replace('-', ' ')}: job {notification.job} on {where}"
    else:
        what = f"{notification.name.replace('-', ' ')}: {where}"
    return f"{what}: {notification.text}" if notification.text else what


def _job(notification: Notification) -> list[Attribute]:
    state = JobState(notification.state) if notification.state else JobState.PENDING
    attributes = [
        integer("job-id", notification.job or 0),
        name("job-name", notification.job_name),
        enum("job-state", state.ipp),
        keyword("job-state-reasons", *(notification.reasons or ("none",))),
    ]
    if notification.impressions >= 0:
        attributes.append(integer("job-impressions-completed", notification.impressions))
    return attributes


def _printer(call: Call, notification: Notification) -> list[Attribute]:
    entry = call.context.directory.by_id(notification.queue or 0)
    if notification.job is not None:  # the event's state and reasons are those of the job
        notification = replace(notification, state=0, reasons=())
    if entry is None:
        return [
            enum("printer-state", notification.state or 3),
            keyword("printer-state-reasons", *(notification.reasons or ("none",))),
            boolean("printer-is-accepting-jobs", True),
        ]
    view = call.describer.view(entry, call.base, spool_full=False)
    return [
        name("printer-name", entry.queue.name),
        enum("printer-state", notification.state or view.printer_state),
        keyword("printer-state-reasons", *(notification.reasons or view.reasons)),
        boolean("printer-is-accepting-jobs", view.accepting),
    ]
