"""Cancel-Current-Job (RFC 3998 section 4.2): whatever the queue prints just now."""

from plantin.core.states import JobState, Reason
from plantin.frontends.ipp.call import Call
from plantin.frontends.ipp.job_sets import printing_job, text_of
from plantin.frontends.ipp.reply import Reply
from plantin.store.commands.jobs import cancel


async def handle(call: Call) -> Reply:
    """Cancels the job that prints; job-id, if given, has to be that one's."""
    job = await printing_job(call, (JobState.PROCESSING, JobState.STOPPED))
    call.require_owner(job, "canceling")
    reason = Reason.CANCELED_BY_USER if job.owner == call.user else Reason.CANCELED_BY_OPERATOR
    await call.context.store.write(cancel, job.id, call.actor, reason=reason, text=text_of(call))
    return Reply()
