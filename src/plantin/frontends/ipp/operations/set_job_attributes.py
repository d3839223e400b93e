"""Set-Job-Attributes (RFC 3380 section 4.2): ``lp -i 12 -H resume -q 90`` sends it."""

from plantin.frontends.ipp.call import Call
from plantin.frontends.ipp.reply import Reply
from plantin.frontends.ipp.set_job import read_change
from plantin.store.commands.job_changes import apply


async def handle(call: Call) -> Reply:
    """Sets all the attributes of the request, or none."""
    job = await call.job()
    call.require_owner(job, "changing")
    change = await read_change(call, job, list(call.message.job_attributes))
    await call.context.store.write(apply, change)
    return Reply()
