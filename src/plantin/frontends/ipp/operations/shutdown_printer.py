"""Shutdown-Printer (RFC 3998 section 3.5.2)."""

from plantin.frontends.ipp.call import Call
from plantin.frontends.ipp.queue_admin import change_queue, note_queue, state_message
from plantin.frontends.ipp.reply import Reply


async def handle(call: Call) -> Reply:
    """Takes the queue down until Startup-Printer or Restart-Printer; what it holds is kept."""
    message = state_message(call, "Shut down")
    reply = await change_queue(call, "shutting a queue down", shutdown=True, state_message=message)
    await note_queue(call, "queue-shutdown", f"shut down by {call.user}")
    return reply
