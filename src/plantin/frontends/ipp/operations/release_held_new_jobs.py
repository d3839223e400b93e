"""Release-Held-New-Jobs (RFC 3998 section 3.3.2): the end of Hold-New-Jobs, and what it held goes on."""

from typing import Final

from plantin.frontends.ipp.call import Call
from plantin.frontends.ipp.queue_admin import change_queue, state_message
from plantin.frontends.ipp.reply import Reply
from plantin.store.commands.queue_jobs import release_new

_AT_ONCE: Final = 500
_ROUNDS_MAX: Final = 20_000


async def handle(call: Call) -> Reply:
    """Releases the jobs that were held only because they were new."""
    reply = await change_queue(
        call, "releasing new jobs", hold_new_jobs=False, state_message=state_message(call)
    )
    queue = call.entry().queue.id
    after: int | None = 0
    for _ in range(_ROUNDS_MAX):
        after = await call.context.store.write(
            release_new, queue, call.actor, after=after or 0, limit=_AT_ONCE
        )
        if after is None:
            break
    return reply
