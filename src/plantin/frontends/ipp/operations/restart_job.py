"""Restart-Job (RFC 8011 section 4.3.7): an ended job again, under its own id."""

from plantin.frontends.ipp.call import Call
from plantin.frontends.ipp.reply import Reply
from plantin.frontends.ipp.reprinting import asked_hold, entry_of, hold_again, require_ended
from plantin.store.commands.jobs import restart


async def handle(call: Call) -> Reply:
    """Prints an ended job again while its documents are kept."""
    job = await call.job()
    call.require_owner(job, "restarting")
    require_ended(job)
    hold, expires_at = hold_again(call, entry_of(call, job), asked_hold(call))
    text = f"restarted by {call.user}"
    await call.context.store.write(restart, job.id, hold, expires_at, call.actor, text)
    return Reply()
