"""Get-Printer-Attributes (RFC 8011 section 4.2.5)."""

from plantin.frontends.ipp.call import Call
from plantin.frontends.ipp.refusals import not_found
from plantin.frontends.ipp.reply import Reply, raw_group
from plantin.frontends.ipp.requested import PRINTER_GROUPS
from plantin.ipp import Tag


async def handle(call: Call) -> Reply:
    """Describes a queue; the server itself (``/``) is described by its default queue."""
    wanted = call.wanted(PRINTER_GROUPS, ("all",))
    entry = call.entry_or_none() or call.context.directory.default()
    if entry is None:
        raise not_found("there is no queue")
    if "queued-job-count" in wanted or "printer-state" in wanted:
        await call.context.directory.count()
    view = call.describer.view(entry, call.base)
    return Reply(groups=raw_group(Tag.PRINTER_ATTRIBUTES, call.describer.attributes(view, wanted)))
