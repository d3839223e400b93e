"""Get-Subscriptions (RFC 3995 section 11.2.5)."""

from typing import Final

from plantin.core.limits import SUBSCRIPTIONS_PER_JOB_MAX
from plantin.frontends.ipp.call import Call
from plantin.frontends.ipp.reply import Reply, group
from plantin.frontends.ipp.subscription_attributes import subscription_attributes
from plantin.ipp import Tag
from plantin.store.queries.subscriptions import find_subscriptions

_DEFAULT: Final = ("notify-subscription-id", "notify-printer-uri", "notify-events", "notify-job-id")
"""RFC 3995 asks for the id alone; CUPS' clients expect the others too."""


async def handle(call: Call) -> Reply:
    """Lists the subscriptions of a job, of a queue, or of the server."""
    entry = call.entry_or_none()
    most = max(call.context.settings.subscriptions_max, SUBSCRIPTIONS_PER_JOB_MAX)
    limit = call.integer("limit", least=1) or most
    found = await call.context.store.read(
        find_subscriptions,
        call.now_ms,
        queue=None if entry is None else entry.queue.id,
        job=call.integer("notify-job-id", least=1),
        owner=call.user if call.boolean("my-subscriptions") else None,
        everywhere=entry is None,
        limit=min(limit, most),
    )
    return Reply(
        groups=b"".join(
            group(
                Tag.SUBSCRIPTION_ATTRIBUTES,
                subscription_attributes(call, subscription, _DEFAULT),
            )
            for subscription in found
        )
    )
