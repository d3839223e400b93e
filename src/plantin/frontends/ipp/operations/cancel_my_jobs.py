"""Cancel-My-Jobs (PWG 5100.11 section 4.2), which ``cancel -u`` sends."""

from plantin.frontends.ipp import access
from plantin.frontends.ipp.call import Call
from plantin.frontends.ipp.job_sets import cancel_every, cancel_named, require_ids
from plantin.frontends.ipp.reply import Reply


async def handle(call: Call) -> Reply:
    """Cancels the sender's own jobs; over the network only those that came from the same address."""
    ids = require_ids(call)
    if ids:
        return await cancel_named(call, ids, own=True)
    address = None if access.is_loopback(call.address) else call.address
    return await cancel_every(call, owner=call.user, address=address)
