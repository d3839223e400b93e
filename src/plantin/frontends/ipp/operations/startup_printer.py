"""Startup-Printer (RFC 3998 section 3.5.3)."""

from plantin.frontends.ipp.call import Call
from plantin.frontends.ipp.queue_admin import change_queue, note_queue, state_message
from plantin.frontends.ipp.reply import Reply


async def handle(call: Call) -> Reply:
    """Brings a queue back that was shut down."""
    reply = await change_queue(call, "starting a queue", shutdown=False, state_message=state_message(call))
    await note_queue(call, "queue-restarted", f"started by {call.user}")
    return reply
