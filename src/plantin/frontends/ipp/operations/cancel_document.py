"""Cancel-Document (PWG 5100.5 section 4.1): takes a document out of a job that has not begun to print."""

from plantin.frontends.ipp.call import Call
from plantin.frontends.ipp.document_attributes import named_document
from plantin.frontends.ipp.reply import Reply
from plantin.store.commands.documents import cancel


async def handle(call: Call) -> Reply:
    """Cancels the document, which stays to be seen; with its only one, the job is canceled."""
    job = await call.job()
    call.require_owner(job, "canceling documents of")
    document = await named_document(call, job)
    text = f"document {document.number} canceled by {call.user}"
    await call.context.store.write(cancel, job.id, document.number, call.actor, text)
    return Reply()
