"""Set-Document-Attributes (PWG 5100.5 section 4.4)."""

from plantin.frontends.ipp.call import Call
from plantin.frontends.ipp.document_attributes import named_document
from plantin.frontends.ipp.refusals import BadRequest, Unsupported
from plantin.frontends.ipp.reply import Reply
from plantin.frontends.ipp.settable import DOCUMENT_SETTABLE
from plantin.frontends.ipp.words import job_name
from plantin.ipp import Group, Status, Tag
from plantin.ipp.attributes import not_settable
from plantin.store.commands.documents import rename


async def handle(call: Call) -> Reply:
    """Sets document-name; nothing else of a document can be set."""
    job = await call.job()
    call.require_owner(job, "changing documents of")
    document = await named_document(call, job)
    asked = call.message.group(Tag.DOCUMENT_ATTRIBUTES) or Group(Tag.DOCUMENT_ATTRIBUTES)
    if not len(asked):
        raise BadRequest("Set-Document-Attributes needs document attributes to set")
    fixed = [not_settable(a.name) for a in asked if a.name not in DOCUMENT_SETTABLE]
    if fixed:
        raise Unsupported(
            f"cannot be set: {', '.join(a.name for a in fixed[:5])}",
            fixed,
            status=Status.CLIENT_ERROR_ATTRIBUTES_NOT_SETTABLE,
            reason="not-settable",
        )
    name = job_name(asked.string("document-name") or "")
    await call.context.store.write(rename, job.id, document.number, name, call.actor)
    return Reply()
