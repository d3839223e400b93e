"""Validate-Document (PWG 5100.13 section 5.2): what Send-Document would say, without a document."""

from plantin.frontends.ipp.call import Call
from plantin.frontends.ipp.incoming import read_declared, require_size
from plantin.frontends.ipp.reply import Reply


async def handle(call: Call) -> Reply:
    """Checks format, compression and size."""
    profile = call.describer.profile(call.entry())
    read_declared(call, profile.formats)
    require_size(call)
    return Reply()
