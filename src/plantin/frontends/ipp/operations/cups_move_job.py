"""CUPS-Move-Job (CUPS "Implementation of IPP"): lpmove of one job, or of all jobs of a queue."""

from typing import Final

from plantin.frontends.ipp import access
from plantin.frontends.ipp.acceptance import require_accepting
from plantin.frontends.ipp.call import Call
from plantin.frontends.ipp.directory import QueueEntry
from plantin.frontends.ipp.refusals import BadRequest, not_found
from plantin.frontends.ipp.reply import Reply
from plantin.frontends.ipp.reprinting import hold_again
from plantin.frontends.ipp.target import BadTarget, Kind, parse_target
from plantin.store.commands.queue_jobs import move, move_open

_AT_ONCE: Final = 500
_ROUNDS_MAX: Final = 20_000


async def handle(call: Call) -> Reply:
    """Moves what is not printing; in a queue that holds its jobs, a moved job waits for its release."""
    to = _destination(call)
    require_accepting(to)
    hold, expires_at = hold_again(call, to, None)
    text = f"moved to {to.queue.name} by {call.user}"
    store = call.context.store
    if call.job_id() is not None:
        job = await call.job()
        call.require_owner(job, "moving")
        access.require_allowed(to.queue, job.owner)
        await store.write(move, job.id, to.queue.id, hold, expires_at, call.actor, text)
        return Reply()
    call.require_operator("moving the jobs of a queue")
    source = call.entry().queue
    after: int | None = 0
    for _ in range(_ROUNDS_MAX):
        after = await store.write(
            move_open,
            source.id,
            to.queue.id,
            hold,
            expires_at,
            call.actor,
            text=text,
            after=after or 0,
            limit=_AT_ONCE,
        )
        if after is None:
            break
    return Reply()


def _destination(call: Call) -> QueueEntry:
    uri = call.message.job_attributes.string("job-printer-uri")
    if uri is None:
        raise BadRequest("CUPS-Move-Job needs job-printer-uri")
    try:
        target = parse_target(uri)
    except BadTarget as error:
        raise not_found(str(error)) from None
    directory = call.context.directory
    if target.kind is Kind.DEFAULT_QUEUE:
        entry = directory.default()
    else:
        entry = directory.queue(target.queue) if target.kind is Kind.QUEUE else None
    if entry is None:
        raise not_found(f"there is no queue at {uri}")
    return entry
