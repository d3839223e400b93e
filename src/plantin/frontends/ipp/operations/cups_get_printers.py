"""CUPS-Get-Printers (CUPS "Implementation of IPP"): all queues, filtered, streamed when they are many.

ChromeOS sends it with nothing but requested-attributes; Samba asks for the names of thousands every few
minutes.
"""

from plantin.frontends.ipp.call import Call
from plantin.frontends.ipp.listing import listing
from plantin.frontends.ipp.reply import Reply


async def handle(call: Call) -> Reply:
    """Describes every queue that the filters let through; classes too, as cupsd does."""
    return await listing(call, classes_only=False)
