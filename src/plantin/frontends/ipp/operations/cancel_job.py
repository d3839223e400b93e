"""Cancel-Job (RFC 8011 section 4.3.3), with what cancel(1) and lprm(1) mean by job-id 0 and -1."""

from plantin.core.states import Reason
from plantin.frontends.ipp import access
from plantin.frontends.ipp.call import Call
from plantin.frontends.ipp.job_sets import current_job, purge
from plantin.frontends.ipp.reply import Reply
from plantin.frontends.ipp.words import message
from plantin.store.commands.job_sets import purge_one
from plantin.store.commands.jobs import cancel


async def handle(call: Call) -> Reply:
    """Cancels one job; job-id 0 with purge-jobs is ``cancel -x`` and removes all jobs of the queue."""
    job_id = call.job_id()
    purging = call.boolean("purge-jobs") or False
    if job_id is not None and job_id <= 0:
        if purging:
            return await purge(call)
        job = await current_job(call)
    else:
        job = await call.job()
    call.require_owner(job, "canceling")
    text = message(call.name("message") or "")
    if purging and job.state.terminal:
        call.require_operator("purging jobs")
        await call.context.store.write(purge_one, job.id)
        return Reply()
    own = access.owns(job, call.address, call.user) and job.owner == call.user
    await call.context.store.write(
        cancel,
        job.id,
        call.actor,
        reason=Reason.CANCELED_BY_USER if own else Reason.CANCELED_BY_OPERATOR,
        text=text or f"canceled by {call.user}",
    )
    if purging and call.is_operator:
        await call.context.store.write(purge_one, job.id)
    return Reply()
