"""CUPS-Reject-Jobs (CUPS "Implementation of IPP"): cupsreject, with its reason."""

from plantin.frontends.ipp.call import Call
from plantin.frontends.ipp.operations import disable_printer
from plantin.frontends.ipp.reply import Reply


async def handle(call: Call) -> Reply:
    """Lets the queue refuse new jobs."""
    return await disable_printer.handle(call)
