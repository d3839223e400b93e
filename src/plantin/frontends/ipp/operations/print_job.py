"""Print-Job (RFC 8011 section 4.2.1): a job with its one document in one request."""

from plantin.frontends.ipp.acceptance import accept, prepare
from plantin.frontends.ipp.call import Call
from plantin.frontends.ipp.incoming import no_document, receive
from plantin.frontends.ipp.reply import Reply


async def handle(call: Call) -> Reply:
    """Answers successful-ok once the document and the row are durable."""
    prepared = prepare(call)
    document = await receive(call, prepared.declared, prepared.formats)
    if document is None:
        raise no_document()
    return await accept(call, prepared, (document,))
