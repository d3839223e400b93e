"""Create-Job-Subscriptions (RFC 3995 section 11.1.1)."""

from plantin.frontends.ipp.call import Call
from plantin.frontends.ipp.refusals import BadRequest, refused
from plantin.frontends.ipp.reply import Reply
from plantin.frontends.ipp.subscribing import make, overall
from plantin.ipp import Status, Tag
from plantin.store.queries import jobs as queries


async def handle(call: Call) -> Reply:
    """Subscribes to the events of a job that has not ended."""
    groups = call.message.groups_of(Tag.SUBSCRIPTION_ATTRIBUTES)
    if not groups:
        raise BadRequest("there is no subscription group in the request")
    job_id = call.integer("notify-job-id", least=1)
    if job_id is None:
        job = await call.job()
    else:
        call.require_target()
        job = await call.context.store.read(queries.job, job_id)
    call.require_owner(job, "subscribing to")
    if job.state.terminal:
        raise refused(Status.CLIENT_ERROR_NOT_POSSIBLE, "not-possible", f"job {job.id} has ended")
    statuses, octets = await make(call, groups, queue=job.queue, job=job.id)
    return overall(statuses, octets)
