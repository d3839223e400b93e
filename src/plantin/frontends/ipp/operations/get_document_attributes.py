"""Get-Document-Attributes (PWG 5100.5 section 4.2)."""

from plantin.frontends.ipp.call import Call
from plantin.frontends.ipp.document_attributes import (
    DocumentView,
    document_attributes,
    documents_of,
    named_document,
)
from plantin.frontends.ipp.reply import Reply, raw_group
from plantin.frontends.ipp.requested import DOCUMENT_GROUPS
from plantin.ipp import Tag


async def handle(call: Call) -> Reply:
    """Describes one document."""
    wanted = call.wanted(DOCUMENT_GROUPS, ("all",))
    job = await call.job()
    document = await named_document(call, job)
    view = DocumentView(document, job, call, last=document == (await documents_of(call, job))[-1])
    return Reply(groups=raw_group(Tag.DOCUMENT_ATTRIBUTES, document_attributes(view, wanted)))
