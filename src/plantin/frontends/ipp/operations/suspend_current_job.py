"""Suspend-Current-Job (RFC 3998 section 4.3.1)."""

from plantin.core.states import JobState
from plantin.frontends.ipp.call import Call
from plantin.frontends.ipp.job_sets import printing_job
from plantin.frontends.ipp.reply import Reply
from plantin.store.commands.jobs import suspend


async def handle(call: Call) -> Reply:
    """Stops the job that prints, so that another one may; Resume-Job begins it anew."""
    call.require_operator("suspending jobs")
    job = await printing_job(call, (JobState.PROCESSING,))
    await call.context.store.write(suspend, job.id, call.actor)
    return Reply()
