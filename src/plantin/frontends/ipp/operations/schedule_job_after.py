"""Schedule-Job-After (RFC 3998 section 4.4.2)."""

from plantin.core.ids import JobId
from plantin.frontends.ipp.call import Call
from plantin.frontends.ipp.reply import Reply
from plantin.store.commands.jobs import reorder


async def handle(call: Call) -> Reply:
    """Puts a waiting job right behind predecessor-job-id, or first when none is named."""
    call.require_operator("changing the order of jobs")
    job = await call.job()
    predecessor = call.integer("predecessor-job-id", least=1)
    after = None if predecessor is None else JobId(predecessor)
    await call.context.store.write(reorder, job.id, after, call.actor)
    return Reply()
