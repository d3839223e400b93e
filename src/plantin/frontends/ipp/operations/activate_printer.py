"""Activate-Printer (RFC 3998 section 3.4.2)."""

from plantin.frontends.ipp.call import Call
from plantin.frontends.ipp.queue_admin import change_queue, state_message
from plantin.frontends.ipp.reply import Reply


async def handle(call: Call) -> Reply:
    """Puts the queue back into service."""
    return await change_queue(
        call, "activating a queue", deactivated=False, state_message=state_message(call)
    )
