"""CUPS-Get-Default (CUPS "Implementation of IPP"): the queue of those who name none."""

from plantin.frontends.ipp.call import Call
from plantin.frontends.ipp.refusals import not_found
from plantin.frontends.ipp.reply import Reply, raw_group
from plantin.frontends.ipp.requested import PRINTER_GROUPS
from plantin.ipp import Tag


async def handle(call: Call) -> Reply:
    """Describes the default queue."""
    entry = call.context.directory.default()
    if entry is None or not call.context.directory.is_default(entry):
        raise not_found("there is no default queue")
    wanted = call.wanted(PRINTER_GROUPS, ("all",))
    await call.context.directory.count()
    view = call.describer.view(entry, call.base)
    return Reply(groups=raw_group(Tag.PRINTER_ATTRIBUTES, call.describer.attributes(view, wanted)))
