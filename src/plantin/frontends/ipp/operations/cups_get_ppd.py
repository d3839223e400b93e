"""CUPS-Get-PPD (CUPS "Implementation of IPP"): the generated PPD of a queue."""

from collections.abc import AsyncIterator

from plantin.frontends.ipp.call import Call
from plantin.frontends.ipp.ppd import ppd
from plantin.frontends.ipp.refusals import BadRequest, not_found
from plantin.frontends.ipp.reply import Reply


async def handle(call: Call) -> Reply:
    """Sends the PPD of the queue that printer-uri names; there is none to be had by ppd-name."""
    name = call.name("ppd-name")
    if name is not None:
        raise not_found(f"there is no PPD {name[:127]!r}")
    if call.target is None:
        raise BadRequest("CUPS-Get-PPD needs printer-uri or ppd-name")
    entry = call.entry()
    return Reply(document=_once(ppd(entry, call.describer.profile(entry))))


async def _once(data: bytes) -> AsyncIterator[bytes]:
    yield data
