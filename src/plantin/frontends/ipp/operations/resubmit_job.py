"""Resubmit-Job (PWG 5100.11 section 4.4): an ended job again, as a new job with attributes of its own."""

from plantin.frontends.ipp.call import Call
from plantin.frontends.ipp.job_answer import job_answer
from plantin.frontends.ipp.job_template import read_template, require_supported
from plantin.frontends.ipp.reply import Reply
from plantin.frontends.ipp.reprinting import entry_of, print_anew
from plantin.frontends.ipp.requested import JOB_TEMPLATE
from plantin.ipp import Status
from plantin.ipp.blobs import unpack


async def handle(call: Call) -> Reply:
    """Makes a new job with a copy of the documents; attributes of the request replace the old ones."""
    job = await call.job()
    call.require_owner(job, "resubmitting")
    asked = call.message.job_attributes
    kept = [
        attribute
        for attribute in unpack(job.attributes)
        if attribute.name not in asked and attribute.name in JOB_TEMPLATE
    ]
    profile = call.describer.profile(entry_of(call, job))
    template = read_template([*kept, *asked], profile, call.describer.server.attributes)
    require_supported(
        template,
        fidelity=call.boolean("ipp-attribute-fidelity") or False,
        mandatory=call.keywords("job-mandatory-attributes"),
    )
    reply = job_answer(call, await print_anew(call, job, template))
    if template.unsupported:
        reply.status = Status.SUCCESSFUL_OK_IGNORED_OR_SUBSTITUTED_ATTRIBUTES
        reply.unsupported = template.unsupported
    return reply
