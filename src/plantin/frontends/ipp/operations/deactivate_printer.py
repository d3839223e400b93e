"""Deactivate-Printer (RFC 3998 section 3.4.1): takes no jobs and prints none."""

from plantin.frontends.ipp.call import Call
from plantin.frontends.ipp.queue_admin import change_queue, state_message
from plantin.frontends.ipp.reply import Reply


async def handle(call: Call) -> Reply:
    """Puts the queue out of service."""
    message = state_message(call, "Deactivated")
    return await change_queue(call, "deactivating a queue", deactivated=True, state_message=message)
