"""Get-User-Printer-Attributes (PWG 5100.11 section 4.5): the queue as this user may use it."""

from plantin.frontends.ipp import access
from plantin.frontends.ipp.call import Call
from plantin.frontends.ipp.operations import get_printer_attributes
from plantin.frontends.ipp.reply import Reply


async def handle(call: Call) -> Reply:
    """Describes the queue to a user who may print on it."""
    access.require_allowed(call.entry().queue, call.user)
    return await get_printer_attributes.handle(call)
