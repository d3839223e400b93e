"""Delete-Document (PWG 5100.5 section 4.5)."""

from plantin.frontends.ipp.call import Call
from plantin.frontends.ipp.document_attributes import named_document
from plantin.frontends.ipp.reply import Reply
from plantin.store.commands.documents import remove


async def handle(call: Call) -> Reply:
    """Removes the document from a job that has not begun to print."""
    job = await call.job()
    call.require_owner(job, "deleting documents of")
    document = await named_document(call, job)
    text = f"document {document.number} deleted by {call.user}"
    await call.context.store.write(remove, job.id, document.number, call.actor, text)
    return Reply()
