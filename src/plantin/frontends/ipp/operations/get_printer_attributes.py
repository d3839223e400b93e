"""Get-Printer-Attributes (RFC 8011 section 4.2.5)."""

from typing import Final

from plantin.frontends.ipp.call import Call
from plantin.frontends.ipp.refusals import not_found
from plantin.frontends.ipp.reply import Reply, raw_group
from plantin.frontends.ipp.requested import PRINTER_GROUPS
from plantin.ipp import Tag

_OF_JOBS: Final = ("printer-state", "printer-state-reasons", "queued-job-count")
"""What depends on the jobs of the queue."""


async def handle(call: Call) -> Reply:
    """Describes a queue; the server itself (``/``) is described by its default queue."""
    wanted = call.wanted(PRINTER_GROUPS, ("all",))
    entry = call.entry_or_none() or call.context.directory.default()
    if entry is None:
        raise not_found("there is no queue")
    if any(name in wanted for name in _OF_JOBS):
        await call.context.directory.count()
    view = call.describer.view(entry, call.base)
    return Reply(groups=raw_group(Tag.PRINTER_ATTRIBUTES, call.describer.attributes(view, wanted)))
