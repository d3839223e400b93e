"""Create-Printer-Subscriptions (RFC 3995 section 11.1.2)."""

from plantin.frontends.ipp.call import Call
from plantin.frontends.ipp.refusals import BadRequest
from plantin.frontends.ipp.reply import Reply
from plantin.frontends.ipp.subscribing import make, overall
from plantin.ipp import Tag


async def handle(call: Call) -> Reply:
    """Subscribes to the events of a queue, or of the whole server (``/``)."""
    entry = call.entry_or_none()
    groups = call.message.groups_of(Tag.SUBSCRIPTION_ATTRIBUTES)
    if not groups:
        raise BadRequest("there is no subscription group in the request")
    queue = None if entry is None else entry.queue.id
    statuses, octets = await make(call, groups, queue=queue, job=None)
    return overall(statuses, octets)
