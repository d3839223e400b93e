"""Documents of a job that takes them one by one (Send-Document, Send-URI, Close-Job), and changes to them."""

from dataclasses import dataclass, replace

from plantin.core.errors import NotFound, Refusal
from plantin.core.ids import JobId
from plantin.core.limits import DOCUMENTS_PER_JOB_MAX
from plantin.core.model import DocumentRecord, Hold, JobRecord, NewDocument
from plantin.core.states import JobEvent, JobState, Reason
from plantin.store.commands import jobs
from plantin.store.commands.events import EventRow, record
from plantin.store.commands.jobs import Actor
from plantin.store.job_attributes import canceled_document
from plantin.store.models import Document
from plantin.store.queries import jobs as queries


@dataclass(frozen=True, slots=True)
class Sent:
    """A document (or none) for a job that is still open, and whether it is the last one."""

    job: JobId
    document: NewDocument | None
    last: bool
    actor: Actor


def require_open(job: JobRecord) -> None:
    """Refuses documents for a job that takes no more.

    Raises:
        Refusal: server-error-job-canceled for a canceled one, client-error-not-possible for others.
    """
    if job.state is JobState.CANCELED:
        raise Refusal("job-canceled", f"job {job.id} was canceled", status="server-error-job-canceled")
    if job.state is not JobState.INCOMING:
        raise Refusal("not-possible", f"job {job.id} takes no more documents; it is {job.state.name.lower()}")
    if job.documents >= DOCUMENTS_PER_JOB_MAX:
        raise Refusal(
            "too-many-documents",
            f"job {job.id} has {job.documents} documents, the most there can be",
            status="server-error-too-many-documents",
        )


def send(sent: Sent) -> JobRecord:
    """Adds the document and, with the last one, lets the job queue or wait for what holds it.

    A job that is closed without any document is aborted: there is nothing to print.
    """
    job = queries.job(sent.job, lock=True)
    require_open(job)
    if sent.document is not None:
        papers = queries.documents([sent.job], canceled=True)[sent.job]
        number = max((paper.number for paper in papers), default=0) + 1  # some may have been deleted
        jobs.add_document(sent.job, replace(sent.document, number=number), sent.actor)
    if sent.last:
        _close(sent.job, sent.actor)
    return queries.job(sent.job)


def _close(job_id: JobId, actor: Actor) -> None:
    job = queries.job(job_id)
    if not job.documents:
        jobs.abort(
            job_id,
            actor,
            reasons=f"{Reason.ABORTED_BY_SYSTEM} {Reason.DATA_INSUFFICIENT}",
            text="it was closed without a document",
        )
        return
    if not queries.documents([job_id])[job_id]:
        jobs.cancel(job_id, actor, text="all of its documents were canceled")
        return
    held = Hold(job.hold_reason, job.hold_until, job.hold_keyword) if job.hold_reason else None
    jobs.close(job_id, held, job.expires_at, actor)


def rename(job_id: JobId, number: int, name: str, actor: Actor) -> None:
    """Sets document-name (Set-Document-Attributes)."""
    job = queries.job(job_id, lock=True)
    if job.state.terminal or job.state in (JobState.PROCESSING, JobState.STOPPED):
        raise Refusal("not-possible", f"job {job_id} is {job.state.name.lower()} and can't be changed")
    papers = queries.documents([job_id], canceled=True)[job_id]
    paper = next((one for one in papers if one.number == number), None)
    if paper is None:
        raise NotFound(f"job {job_id} has no document {number}")
    if paper.canceled_at:
        raise Refusal("not-possible", f"document {number} of job {job_id} was canceled and can't be changed")
    Document.objects.filter(pk=paper.id).update(name=name)
    text = f"document {number} is named {name}"
    record(
        [EventRow(actor.at, JobEvent.CHANGED, job_id, job.queue, job.device, job.state, "", actor.name, text)]
    )


def cancel(job_id: JobId, number: int, actor: Actor, text: str) -> JobRecord:
    """Takes a document out of what a job prints, while it has not begun (Cancel-Document, PWG 5100.5 section
    4.1). It stays to be seen. The last one that was to be printed goes with the job, which may be printing.
    """
    job, paper = _changeable(job_id, number)
    if paper.canceled_at:
        raise Refusal("not-possible", f"document {number} of job {job_id} has been canceled already")
    if _alone(job, paper):
        jobs.cancel(job_id, actor, text=f"its only document was canceled by {actor}")
    else:
        Document.objects.filter(pk=paper.id).update(attributes=canceled_document(actor.at))
        jobs.change(job_id, actor, text, octets=job.octets - paper.octets)
    return queries.job(job_id)


def remove(job_id: JobId, number: int, actor: Actor, text: str) -> JobRecord:
    """Takes a document out of a job that has not begun to print, without a trace but in the job's
    (Delete-Document, PWG 5100.5 section 4.5). The only document of a job goes with the job.
    """
    job, paper = _changeable(job_id, number)
    if _alone(job, paper):
        jobs.cancel(job_id, actor, text=f"its only document was canceled by {actor}")
        return queries.job(job_id)
    Document.objects.filter(pk=paper.id).delete()
    octets, documents = job.octets - paper.octets, job.documents - 1
    jobs.change(job_id, actor, text, octets=octets, documents=documents)
    return queries.job(job_id)


def _changeable(job_id: JobId, number: int) -> tuple[JobRecord, DocumentRecord]:
    """A job and one of its documents, which may be taken out.

    Raises:
        Refusal: the job is over, or prints more than this document.
        NotFound: there is no such document.
    """
    job = queries.job(job_id, lock=True)
    papers = queries.documents([job_id], canceled=True)[job_id]
    paper = next((one for one in papers if one.number == number), None)
    printing = job.state in (JobState.PROCESSING, JobState.STOPPED)
    if job.state.terminal or (printing and (paper is None or not _alone(job, paper))):
        raise Refusal("not-possible", f"job {job_id} is {job.state.name.lower()} and can't be changed")
    if paper is None:
        raise NotFound(f"job {job_id} has no document {number}")
    return job, paper


def _alone(job: JobRecord, paper: DocumentRecord) -> bool:
    """Whether nothing is left to be printed without ``paper``; more may come to a job that is open."""
    printed = queries.documents([job.id])[job.id]
    return job.state is not JobState.INCOMING and [one.id for one in printed] == [paper.id]
