"""Get-Documents (PWG 5100.5 section 4.3)."""

from plantin.frontends.ipp.call import Call
from plantin.frontends.ipp.document_attributes import DocumentView, document_attributes, documents_of
from plantin.frontends.ipp.reply import Reply, raw_group
from plantin.frontends.ipp.requested import DOCUMENT_GROUPS
from plantin.ipp import Tag


async def handle(call: Call) -> Reply:
    """Lists the documents of a job."""
    wanted = call.wanted(DOCUMENT_GROUPS, ("document-number", "last-document"))
    job = await call.job()
    limit = call.integer("limit", least=1)
    documents = await documents_of(call, job)
    return Reply(
        groups=b"".join(
            raw_group(
                Tag.DOCUMENT_ATTRIBUTES,
                document_attributes(DocumentView(document, job, call, document == documents[-1]), wanted),
            )
            for document in documents[:limit]
        )
    )
