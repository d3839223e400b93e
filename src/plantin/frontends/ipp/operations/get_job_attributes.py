"""Get-Job-Attributes (RFC 8011 section 4.3.4)."""

from plantin.frontends.ipp.call import Call
from plantin.frontends.ipp.job_attributes import JobView, job_attributes, wants_documents
from plantin.frontends.ipp.reply import Reply, raw_group
from plantin.frontends.ipp.requested import JOB_GROUPS
from plantin.ipp import Tag
from plantin.store.queries import jobs as queries


async def handle(call: Call) -> Reply:
    """Describes one job; strangers do not see its private attributes."""
    wanted = call.wanted(JOB_GROUPS, ("all",))
    job = await call.job()
    view = JobView(job, call, call.context.directory.by_id(job.queue))
    if wants_documents(wanted):
        view.documents = (await call.context.store.read(queries.documents, [job.id]))[job.id]
    return Reply(groups=raw_group(Tag.JOB_ATTRIBUTES, job_attributes(view, wanted)))
