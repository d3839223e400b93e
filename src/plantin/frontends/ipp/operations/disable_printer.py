"""Disable-Printer (RFC 3998 section 3.1.2): the queue takes no more jobs; those it has are printed."""

from plantin.frontends.ipp.call import Call
from plantin.frontends.ipp.queue_admin import change_queue, state_message
from plantin.frontends.ipp.reply import Reply


async def handle(call: Call) -> Reply:
    """Lets the queue refuse new jobs."""
    message = state_message(call, "Rejecting Jobs")
    return await change_queue(call, "disabling a queue", accepting=False, state_message=message)
