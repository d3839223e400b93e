"""Promote-Job (RFC 3998 section 4.4.1)."""

from plantin.frontends.ipp.call import Call
from plantin.frontends.ipp.reply import Reply
from plantin.store.commands.jobs import reorder


async def handle(call: Call) -> Reply:
    """Makes a waiting job the next one of its queue."""
    call.require_operator("changing the order of jobs")
    job = await call.job()
    await call.context.store.write(reorder, job.id, None, call.actor)
    return Reply()
