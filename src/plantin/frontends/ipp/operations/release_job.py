"""Release-Job (RFC 8011 section 4.3.6); to a device of a find-me queue with output-device (PWG 5100.7)."""

from plantin.frontends.ipp.call import Call
from plantin.frontends.ipp.releasing import check_release
from plantin.frontends.ipp.reply import Reply
from plantin.store.commands.jobs import release


async def handle(call: Call) -> Reply:
    """Lets a held job print."""
    job = await call.job()
    device = await check_release(call, job)
    await call.context.store.write(release, job.id, call.actor, device=device)
    return Reply()
