"""Set-Printer-Attributes (RFC 3380 section 4.1): texts and defaults of a queue."""

from plantin.frontends.ipp.call import Call
from plantin.frontends.ipp.printer_settings import read_texts_and_defaults
from plantin.frontends.ipp.refusals import BadRequest, Unsupported
from plantin.frontends.ipp.reply import Reply
from plantin.ipp import Status
from plantin.store.commands.config import set_queue


async def handle(call: Call) -> Reply:
    """Sets all the attributes of the request, or none."""
    call.require_operator("changing a queue")
    entry = call.entry()
    asked = call.message.printer_attributes
    if not len(asked):
        raise BadRequest("Set-Printer-Attributes needs printer attributes to set")
    profile = call.describer.profile(entry)
    server = dict(call.describer.server.attributes)
    settings = read_texts_and_defaults(asked, profile, server, entry.queue.defaults)
    if settings.fixed:
        raise Unsupported(
            f"cannot be set: {', '.join(a.name for a in settings.fixed[:5])}",
            settings.fixed,
            status=Status.CLIENT_ERROR_ATTRIBUTES_NOT_SETTABLE,
            reason="not-settable",
        )
    if settings.unsupported:
        names = ", ".join(attribute.name for attribute in settings.unsupported[:5])
        raise Unsupported(f"not supported: {names}", settings.unsupported)
    if settings.fields:
        await call.context.store.write(set_queue, entry.queue.name, actor=call.user, **settings.fields)
        await call.context.directory.refresh()
    return Reply()
