"""Pause-Printer-After-Current-Job (RFC 3998 section 3.2.1)."""

from plantin.frontends.ipp.call import Call
from plantin.frontends.ipp.queue_admin import change_queue, state_message
from plantin.frontends.ipp.reply import Reply


async def handle(call: Call) -> Reply:
    """Stops the queue behind the job that prints just now."""
    return await change_queue(
        call, "pausing a queue", enabled=False, state_message=state_message(call, "Paused")
    )
