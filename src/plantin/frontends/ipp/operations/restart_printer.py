"""Restart-Printer (RFC 3998 section 3.5.1): the queue as it is after a start; no job is lost."""

from plantin.frontends.ipp.call import Call
from plantin.frontends.ipp.queue_admin import change_queue, note_queue, state_message
from plantin.frontends.ipp.reply import Reply


async def handle(call: Call) -> Reply:
    """Ends pause, shutdown and deactivation."""
    reply = await change_queue(
        call,
        "restarting a queue",
        enabled=True,
        shutdown=False,
        deactivated=False,
        state_message=state_message(call),
    )
    await note_queue(call, "queue-restarted", f"restarted by {call.user}")
    return reply
