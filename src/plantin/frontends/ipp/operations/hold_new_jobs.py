"""Hold-New-Jobs (RFC 3998 section 3.3.1): what comes from now on is held."""

from plantin.frontends.ipp.call import Call
from plantin.frontends.ipp.queue_admin import change_queue, state_message
from plantin.frontends.ipp.reply import Reply


async def handle(call: Call) -> Reply:
    """Holds jobs that come from now on."""
    return await change_queue(call, "holding new jobs", hold_new_jobs=True, state_message=state_message(call))
