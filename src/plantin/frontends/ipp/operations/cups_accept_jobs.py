"""CUPS-Accept-Jobs (CUPS "Implementation of IPP"): cupsaccept."""

from plantin.frontends.ipp.call import Call
from plantin.frontends.ipp.operations import enable_printer
from plantin.frontends.ipp.reply import Reply


async def handle(call: Call) -> Reply:
    """Lets the queue take jobs."""
    return await enable_printer.handle(call)
