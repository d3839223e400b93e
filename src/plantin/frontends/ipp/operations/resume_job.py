"""Resume-Job (RFC 3998 section 4.3.2)."""

from plantin.frontends.ipp.call import Call
from plantin.frontends.ipp.reply import Reply
from plantin.store.commands.jobs import resume


async def handle(call: Call) -> Reply:
    """Lets a suspended job print again, from its beginning."""
    job = await call.job()
    call.require_owner(job, "resuming")
    await call.context.store.write(resume, job.id, call.actor)
    return Reply()
