"""Close-Job (PWG 5100.11 section 4.3): no more documents come."""

from plantin.frontends.ipp.call import Call
from plantin.frontends.ipp.job_answer import job_answer
from plantin.frontends.ipp.reply import Reply
from plantin.store.commands.documents import Sent, send


async def handle(call: Call) -> Reply:
    """Lets a created job queue; one without any document is aborted."""
    job = await call.job()
    call.require_owner(job, "closing")
    closed = await call.context.store.write(send, Sent(job.id, None, True, call.actor))
    return job_answer(call, closed)
