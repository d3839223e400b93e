"""Resume-Printer (RFC 8011 section 4.2.8)."""

from plantin.frontends.ipp.call import Call
from plantin.frontends.ipp.queue_admin import change_queue, state_message
from plantin.frontends.ipp.reply import Reply


async def handle(call: Call) -> Reply:
    """Lets the queue print again."""
    return await change_queue(call, "resuming a queue", enabled=True, state_message=state_message(call))
