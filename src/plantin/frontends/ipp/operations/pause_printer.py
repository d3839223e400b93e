"""Pause-Printer (RFC 8011 section 4.2.7): nothing more is sent to the devices; jobs are still taken."""

from plantin.frontends.ipp.call import Call
from plantin.frontends.ipp.queue_admin import change_queue, state_message
from plantin.frontends.ipp.reply import Reply


async def handle(call: Call) -> Reply:
    """Stops the queue; a job that prints just now is printed to its end."""
    return await change_queue(
        call, "pausing a queue", enabled=False, state_message=state_message(call, "Paused")
    )
