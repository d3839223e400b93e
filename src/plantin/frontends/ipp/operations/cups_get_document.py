"""CUPS-Get-Document (CUPS "Implementation of IPP"): a document of a job, as it was sent."""

from collections.abc import AsyncIterator

from plantin.core.errors import Refusal
from plantin.frontends.ipp.call import Call
from plantin.frontends.ipp.refusals import BadRequest, not_found
from plantin.frontends.ipp.reply import Reply, group
from plantin.ipp import Tag
from plantin.ipp.attributes import integer, mime, name
from plantin.store.queries import jobs as queries


async def handle(call: Call) -> Reply:
    """Streams a document to the owner of its job, or to an operator."""
    job = await call.job()
    call.require_owner(job, "reading the documents of")
    number = call.integer("document-number", least=1)
    if number is None:
        raise BadRequest("CUPS-Get-Document needs document-number")
    documents = (await call.context.store.read(queries.documents, [job.id], canceled=True))[job.id]
    document = next((one for one in documents if one.number == number), None)
    if document is None:
        raise not_found(f"job {job.id} has no document {number}")
    if document.spool is None:
        raise Refusal("not-possible", f"the documents of job {job.id} are no longer kept")
    pieces = call.context.spool.chunks(document)
    # Fetched before the answer begins, so that damage is an IPP error and no broken stream.
    first = await anext(pieces, b"")
    attributes = [
        mime("document-format", document.format),
        integer("document-number", document.number),
    ]
    if document.name:
        attributes.append(name("document-name", document.name))
    return Reply(groups=group(Tag.JOB_ATTRIBUTES, attributes), document=_all(first, pieces))


async def _all(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    if first:
        yield first
    async for piece in rest:
        yield piece
