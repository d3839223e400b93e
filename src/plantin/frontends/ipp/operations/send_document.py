"""Send-Document (RFC 8011 section 4.3.1): one document more for a created job, or its end."""

from plantin.frontends.ipp.call import Call
from plantin.frontends.ipp.incoming import no_document, read_declared, receive, require_size
from plantin.frontends.ipp.job_answer import job_answer
from plantin.frontends.ipp.refusals import BadRequest
from plantin.frontends.ipp.reply import Reply
from plantin.frontends.ipp.reprinting import entry_of
from plantin.store.commands.documents import Sent, require_open, send


async def handle(call: Call) -> Reply:
    """Answers successful-ok once the document and its row are durable."""
    last = call.boolean("last-document")
    job = await call.job()
    call.require_owner(job, "sending documents to")
    if last is None:
        raise BadRequest("Send-Document needs last-document")
    require_open(job)
    formats = call.describer.profile(entry_of(call, job)).formats
    declared = read_declared(call, formats)
    require_size(call)
    document = await receive(call, declared, formats)
    if document is None and not last:
        raise no_document()
    sent = Sent(job.id, document, last, call.actor)
    return job_answer(call, await call.context.store.write(send, sent))
