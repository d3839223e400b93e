"""Get-Notifications (RFC 3996 section 5): the events of subscriptions, fetched, or waited for."""

from plantin.frontends.ipp.call import Call
from plantin.frontends.ipp.notifications import (
    event_group,
    fetch,
    get_interval,
    read_asked,
    wait_for_events,
)
from plantin.frontends.ipp.reply import Reply
from plantin.ipp import Status, encode_attributes
from plantin.ipp.attributes import integer


async def handle(call: Call) -> Reply:
    """Answers with the events that are there; with notify-wait it waits for one, but not for ever."""
    asked = await read_asked(call)
    found = await fetch(call, asked)
    if not any(found.values()) and call.boolean("notify-wait"):
        found = await wait_for_events(call, asked)
    groups = b"".join(
        event_group(call, one.subscription, notification)
        for one in asked
        for notification in found.get(one.subscription.id, ())
    )
    operation = encode_attributes(
        [
            integer("notify-get-interval", get_interval(call)),
            integer("printer-up-time", call.context.clock.now_ms() // 1000),
        ]
    )
    return Reply(Status.SUCCESSFUL_OK, operation=operation, groups=groups)
