"""An ended job printed again: under its own id (Restart-Job), or as a new job with a copy of its documents.

A copy has its own octets in the spool: retention of the one job never takes the documents of the other.
"""

from dataclasses import replace

from plantin.core.errors import Refusal
from plantin.core.ids import uuid7
from plantin.core.limits import BUNDLED_DOCUMENT_OCTETS_MAX
from plantin.core.model import DocumentRecord, Hold, JobRecord, NewDocument, NewJob
from plantin.frontends.ipp import access
from plantin.frontends.ipp.acceptance import require_accepting
from plantin.frontends.ipp.call import Call
from plantin.frontends.ipp.directory import QueueEntry
from plantin.frontends.ipp.holding import UnknownHold, effective, hold_until
from plantin.frontends.ipp.job_template import Template
from plantin.frontends.ipp.refusals import Unsupported, not_found
from plantin.ipp.attributes import keyword
from plantin.spool import Stored
from plantin.store.commands.accept import accept_batch
from plantin.store.queries import jobs as queries


def entry_of(call: Call, job: JobRecord) -> QueueEntry:
    """The queue of a job."""
    entry = call.context.directory.by_id(job.queue)
    if entry is None:
        raise not_found(f"the queue of job {job.id} is gone")
    return entry


def asked_hold(call: Call) -> Hold | None:
    """The job-hold-until of the request.

    Raises:
        Unsupported: the keyword is not known.
    """
    word = call.keyword("job-hold-until")
    if word is None:
        return None
    try:
        return hold_until(word, call.now_ms)
    except UnknownHold:
        raise Unsupported(f"job-hold-until {word} is not known", [keyword("job-hold-until", word)]) from None


def hold_again(call: Call, entry: QueueEntry, asked: Hold | None) -> tuple[Hold | None, int]:
    """What holds a job that is printed again: the same rules as for a new one."""
    expire_s = call.context.settings.release_expire_s
    return effective(entry.queue, asked, password=False, now_ms=call.now_ms, expire_s=expire_s)


def require_ended(job: JobRecord) -> None:
    """Refuses to print a job again while it is not over, or when its documents are gone."""
    if not job.state.terminal:
        raise Refusal("not-possible", f"job {job.id} has not ended; it is {job.state.name.lower()}")
    if job.documents_retired_at or not job.documents:
        raise Refusal("not-possible", f"the documents of job {job.id} are no longer kept")


async def _copy(call: Call, document: DocumentRecord, number: int) -> NewDocument:
    stored = await _copy_octets(call, document)
    return NewDocument(
        number=number,
        format=document.format,
        declared_format=document.declared_format,
        name=document.name,
        octets=stored.octets,
        sha256=stored.sha256,
        spool=stored.ref,
        uri=document.uri,
        language=document.language,
        attributes=document.attributes,
    )


async def _copy_octets(call: Call, document: DocumentRecord) -> Stored:
    spool = call.context.spool
    spool.admit(document.octets)
    if document.octets <= BUNDLED_DOCUMENT_OCTETS_MAX:
        whole = await spool.small(document)
        if whole is not None:
            return await spool.put(whole)
    async with spool.intake(document.octets) as intake:
        async for piece in spool.chunks(document):
            await intake.write(piece)
        return await intake.finish()


async def print_anew(call: Call, job: JobRecord, template: Template | None) -> JobRecord:
    """A new job with a copy of the documents of ``job``.

    Args:
        template: what the new job asks for; None: what the old one asked for.
    """
    entry = entry_of(call, job)
    require_accepting(entry)
    access.require_allowed(entry.queue, call.user)
    require_ended(job)
    hold, expires_at = hold_again(call, entry, asked_hold(call))
    records = (await call.context.store.read(queries.documents, [job.id]))[job.id]
    documents = [await _copy(call, record, number) for number, record in enumerate(records, 1)]
    new = NewJob(
        uuid=uuid7(call.now_ms, call.entropy.take(10)),
        queue=job.queue,
        name=job.name,
        owner=call.user,
        owner_proof=access.owner_proof(call.address),
        host=call.address,
        address=call.address,
        priority=job.priority,
        attributes=job.attributes,
        created_at=call.now_ms,
        hold=hold,
        documents=tuple(documents),
        expires_at=expires_at,
        copies=job.copies,
        language=job.language,
        charset=job.charset,
    )
    if template is not None:
        new = replace(new, attributes=template.encoded, copies=template.copies, priority=template.priority)
    job_id = await call.context.store.batch(accept_batch, new)
    return await call.context.store.read(queries.job, job_id)
