"""Purge-Jobs (RFC 8011 section 4.2.9), which lprm(1) sends with purge-jobs false to cancel what it can."""

from plantin.frontends.ipp.call import Call
from plantin.frontends.ipp.job_sets import cancel_every, purge
from plantin.frontends.ipp.reply import Reply


async def handle(call: Call) -> Reply:
    """Removes every job of the target; ``lprm -`` cancels the sender's own, or an operator's all."""
    if call.boolean("purge-jobs") is False:
        if call.is_operator and not call.boolean("my-jobs"):
            return await cancel_every(call, owner=None)
        return await cancel_every(call, owner=call.user, address=call.address)
    return await purge(call)
