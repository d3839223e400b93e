"""Reprocess-Job (RFC 3998 section 4.1): an ended job again, as a new job."""

from plantin.frontends.ipp.call import Call
from plantin.frontends.ipp.job_answer import job_answer
from plantin.frontends.ipp.reply import Reply
from plantin.frontends.ipp.reprinting import print_anew


async def handle(call: Call) -> Reply:
    """Makes a new job with a copy of the documents and the same attributes."""
    job = await call.job()
    call.require_owner(job, "reprocessing")
    return job_answer(call, await print_anew(call, job, None))
