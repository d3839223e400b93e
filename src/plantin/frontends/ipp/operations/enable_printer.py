"""Enable-Printer (RFC 3998 section 3.1.1): the queue takes jobs."""

from plantin.frontends.ipp.call import Call
from plantin.frontends.ipp.queue_admin import change_queue, state_message
from plantin.frontends.ipp.reply import Reply


async def handle(call: Call) -> Reply:
    """Lets the queue take jobs."""
    return await change_queue(call, "enabling a queue", accepting=True, state_message=state_message(call))
