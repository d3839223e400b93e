"""Get-Printer-Attributes (RFC 8011 section 4.2.5)."""

from typing import Final

from plantin.frontends.ipp.call import Call
from plantin.frontends.ipp.incoming import supported_format
from plantin.frontends.ipp.refusals import not_found
from plantin.frontends.ipp.reply import Reply, raw_group
from plantin.frontends.ipp.requested import PRINTER_GROUPS, for_format
from plantin.ipp import Tag

_OF_JOBS: Final = ("printer-state", "printer-state-reasons", "queued-job-count")
"""What depends on the jobs of the queue."""


async def handle(call: Call) -> Reply:
    """Describes a queue; the server itself (``/``) is described by its default queue.

    A document-format leaves out what is about other formats, and is refused when the queue does not take it.
    """
    wanted = call.wanted(PRINTER_GROUPS, ("all",))
    entry = call.entry_or_none() or call.context.directory.default()
    if entry is None:
        raise not_found("there is no queue")
    if any(name in wanted for name in _OF_JOBS):
        await call.context.directory.count()
    view = call.describer.view(entry, call.base)
    if "document-format" in call.operation:
        wanted = for_format(wanted, supported_format(call, view.profile.formats))
    return Reply(groups=raw_group(Tag.PRINTER_ATTRIBUTES, call.describer.attributes(view, wanted)))
