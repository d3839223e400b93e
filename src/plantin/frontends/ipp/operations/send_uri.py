"""Send-URI (RFC 8011 section 4.3.2): one document more for a created job, which the server fetches."""

from plantin.frontends.ipp.call import Call
from plantin.frontends.ipp.fetching import fetch
from plantin.frontends.ipp.incoming import read_declared
from plantin.frontends.ipp.job_answer import job_answer
from plantin.frontends.ipp.refusals import BadRequest
from plantin.frontends.ipp.reply import Reply
from plantin.frontends.ipp.reprinting import entry_of
from plantin.store.commands.documents import Sent, require_open, send


async def handle(call: Call) -> Reply:
    """Fetches the document and adds it."""
    last = call.boolean("last-document")
    job = await call.job()
    call.require_owner(job, "sending documents to")
    if last is None:
        raise BadRequest("Send-URI needs last-document")
    require_open(job)
    formats = call.describer.profile(entry_of(call, job)).formats
    document = await fetch(call, read_declared(call, formats), formats)
    sent = Sent(job.id, document, last, call.actor)
    return job_answer(call, await call.context.store.write(send, sent))
