"""Cancel-Jobs (PWG 5100.11 section 4.1), which ``cancel -a`` sends."""

from plantin.frontends.ipp.call import Call
from plantin.frontends.ipp.job_sets import cancel_every, cancel_named, purge, require_ids
from plantin.frontends.ipp.reply import Reply


async def handle(call: Call) -> Reply:
    """Cancels the jobs of job-ids, or every job of the target."""
    ids = require_ids(call)
    if ids:
        return await cancel_named(call, ids)
    call.require_operator("canceling everybody's jobs")
    if call.boolean("purge-jobs"):
        return await purge(call)
    return await cancel_every(call, owner=call.user if call.boolean("my-jobs") else None)
