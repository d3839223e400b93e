"""Operations on many jobs at once: which jobs are meant, and what happens to them.

cancel(1), lprm(1) and their kin say job-id 0 for "all" or "the current one" and -1 for "all"; Cancel-Jobs and
Cancel-My-Jobs (PWG 5100.11) name job-ids or mean every job.
"""

from collections.abc import Sequence
from typing import Final

from plantin.core.model import JobRecord
from plantin.core.states import JobState, Reason
from plantin.frontends.ipp.call import Call
from plantin.frontends.ipp.refusals import BadRequest, Unsupported, not_found, refused
from plantin.frontends.ipp.reply import Reply
from plantin.frontends.ipp.words import message
from plantin.ipp import Status
from plantin.ipp.attributes import integer
from plantin.store.commands import job_sets as commands
from plantin.store.queries import jobs as queries
from plantin.store.queries.jobs import JobQuestion

_AT_ONCE: Final = 500
_ROUNDS_MAX: Final = 20_000


async def current_job(call: Call) -> JobRecord:
    """The job that a queue works on: printing, else the next one to print.

    Raises:
        NotFound: the queue has no unfinished job.
    """
    entry = call.entry()
    store = call.context.store
    for which in ("processing", "processing-stopped", "not-completed"):
        jobs = await store.read(queries.find_jobs, JobQuestion(which=which, queue=entry.queue.id, limit=1))
        if jobs:
            return jobs[0]
    raise not_found(f"queue {entry.queue.name} has no unfinished job")


async def named_jobs(call: Call, ids: Sequence[int]) -> list[JobRecord]:
    """The jobs of ``job-ids``, all of them or a refusal (PWG 5100.11 section 4.2).

    Raises:
        Unsupported: names those that do not exist here.
    """
    entry = call.entry_or_none()
    found = await call.context.store.read(queries.jobs_by_id, list(ids))
    wrong = [
        job_id
        for job_id in ids
        if job_id not in found or (entry is not None and found[job_id].queue != entry.queue.id)
    ]
    if wrong:
        raise Unsupported(
            f"there is no job {', '.join(map(str, wrong[:10]))} here",
            [integer("job-ids", *wrong)],
            status=Status.CLIENT_ERROR_NOT_FOUND,
            reason="not-found",
        )
    return [found[job_id] for job_id in dict.fromkeys(ids)]


async def cancel_named(call: Call, ids: Sequence[int], *, own: bool = False) -> Reply:
    """Cancels the jobs of ``job-ids``: all, or none when one of them cannot be.

    Args:
        own: they must be the sender's, whatever else the sender may cancel.
    """
    jobs = await named_jobs(call, ids)
    others = [job.id for job in jobs if job.owner != call.user] if own else []
    if others:
        raise Unsupported(
            f"job {', '.join(map(str, others[:10]))} does not belong to {call.user}",
            [integer("job-ids", *others)],
            status=Status.CLIENT_ERROR_NOT_AUTHORIZED,
            reason="not-authorized",
        )
    ended = [job.id for job in jobs if job.state.terminal]
    if ended:
        raise Unsupported(
            f"job {', '.join(map(str, ended[:10]))} has ended already",
            [integer("job-ids", *ended)],
            status=Status.CLIENT_ERROR_NOT_POSSIBLE,
            reason="not-possible",
        )
    for job in jobs:
        call.require_owner(job, "canceling")
    mine = all(job.owner == call.user for job in jobs)
    await call.context.store.write(
        commands.cancel_many,
        [job.id for job in jobs],
        call.actor,
        reason=Reason.CANCELED_BY_USER if mine else Reason.CANCELED_BY_OPERATOR,
        text=text_of(call),
    )
    return Reply()


async def cancel_every(call: Call, *, owner: str | None, address: str | None = None) -> Reply:
    """Cancels every unfinished job of the target, of one owner or of all.

    Args:
        owner: whose; None: everybody's.
        address: only those that came from there.
    """
    entry = call.entry_or_none()
    await cancel_in_rounds(call, None if entry is None else entry.queue.id, owner, address)
    return Reply()


async def cancel_in_rounds(call: Call, queue: int | None, owner: str | None, address: str | None) -> None:
    """Some hundred jobs in each transaction, so that others get in between."""
    after = 0
    for _ in range(_ROUNDS_MAX):
        last = await call.context.store.write(
            commands.cancel_open,
            call.actor,
            queue=queue,
            owner=owner,
            address=address,
            after=after,
            limit=_AT_ONCE,
            reason=Reason.CANCELED_BY_USER if owner is not None else Reason.CANCELED_BY_OPERATOR,
            text=text_of(call),
        )
        if last is None:
            return
        after = last


async def purge(call: Call) -> Reply:
    """Removes every job of the target, its history too (Purge-Jobs, ``cancel -x``)."""
    call.require_operator("purging jobs")
    entry = call.entry_or_none()
    queue = None if entry is None else entry.queue.id
    await cancel_in_rounds(call, queue, None, None)
    for _ in range(_ROUNDS_MAX):
        if not await call.context.store.write(commands.purge_ended, queue=queue, limit=_AT_ONCE):
            break
    return Reply()


def text_of(call: Call) -> str:
    """What the trail says about a cancellation."""
    return message(call.name("message") or "") or f"canceled by {call.user}"


def require_ids(call: Call) -> tuple[int, ...]:
    """``job-ids``, each 1 or more."""
    ids = call.integers("job-ids")
    if any(job_id < 1 for job_id in ids):
        raise BadRequest("job-ids must be 1 or more")
    if len(ids) > _AT_ONCE:
        raise refused(
            Status.CLIENT_ERROR_REQUEST_ENTITY_TOO_LARGE,
            "too-many",
            f"{len(ids)} job-ids; {_AT_ONCE} is the most",
        )
    return ids


async def printing_job(call: Call, states: Sequence[JobState]) -> JobRecord:
    """The job that the queue prints now, held against job-id when that is given.

    Raises:
        Refusal: client-error-not-possible; nothing prints, or not that job.
    """
    entry = call.entry()
    job_id = call.integer("job-id")
    for state in states:
        which = "processing" if state is JobState.PROCESSING else "processing-stopped"
        question = JobQuestion(which=which, queue=entry.queue.id, limit=100)
        for job in await call.context.store.read(queries.find_jobs, question):
            if job_id is None or job.id == job_id:
                return job
    what = f"job {job_id}" if job_id is not None else "no job"
    raise refused(
        Status.CLIENT_ERROR_NOT_POSSIBLE,
        "not-possible",
        f"{what} is {'not ' if job_id is not None else ''}printing on {entry.queue.name}",
    )
