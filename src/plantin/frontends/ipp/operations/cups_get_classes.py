"""CUPS-Get-Classes (CUPS "Implementation of IPP"): the queues that were made as classes."""

from plantin.frontends.ipp.call import Call
from plantin.frontends.ipp.listing import listing
from plantin.frontends.ipp.reply import Reply


async def handle(call: Call) -> Reply:
    """Describes every class that the filters let through."""
    return await listing(call, classes_only=True)
