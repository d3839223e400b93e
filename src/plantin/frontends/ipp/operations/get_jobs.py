"""Get-Jobs (RFC 8011 section 4.2.6, PWG 5100.7 section 5.3): the jobs of a queue, or of all queues."""

from typing import Final

from plantin.core.limits import JOBS_PER_ANSWER_MAX
from plantin.core.model import JobRecord
from plantin.frontends.ipp.call import Call
from plantin.frontends.ipp.job_attributes import JobView, job_attributes, wants_documents
from plantin.frontends.ipp.printer.server_wide import WHICH_JOBS
from plantin.frontends.ipp.refusals import BadRequest, Unsupported
from plantin.frontends.ipp.reply import Reply, raw_group
from plantin.frontends.ipp.requested import JOB_GROUPS
from plantin.ipp import Tag
from plantin.ipp.attributes import keyword
from plantin.store.queries import jobs as queries
from plantin.store.queries.jobs import WHICH, JobQuestion

_LIMIT_DEFAULT: Final = 5_000
_JOB_IDS_MAX: Final = 1_000


async def handle(call: Call) -> Reply:
    """Lists jobs: waiting ones as they will print, finished ones newest first."""
    entry = call.entry_or_none()
    wanted = call.wanted(JOB_GROUPS, ("job-id", "job-uri"))
    jobs = await _find(call, None if entry is None else entry.queue.id)
    documents = {}
    if jobs and wants_documents(wanted):
        documents = await call.context.store.read(queries.documents, [job.id for job in jobs])
    by_id = call.context.directory.by_id
    return Reply(
        groups=b"".join(
            raw_group(
                Tag.JOB_ATTRIBUTES,
                job_attributes(JobView(job, call, by_id(job.queue), documents.get(job.id, ())), wanted),
            )
            for job in jobs
        )
    )


async def _find(call: Call, queue: int | None) -> list[JobRecord]:
    which = call.keyword("which-jobs")
    mine = call.boolean("my-jobs") or False
    ids = call.integers("job-ids")
    if ids and which is not None:
        raise BadRequest("which-jobs and job-ids exclude each other")
    if len(ids) > _JOB_IDS_MAX or any(job_id < 1 for job_id in ids):
        raise BadRequest(f"job-ids must be 1 to {_JOB_IDS_MAX} integers of 1 or more")
    if which is not None and which not in WHICH:
        if which in WHICH_JOBS:  # proof-print, saved: there are never any
            return []
        raise Unsupported(f"which-jobs {which} is not known here", [keyword("which-jobs", which)])
    limit = call.integer("limit", least=1) or _LIMIT_DEFAULT
    return await call.context.store.read(
        queries.find_jobs,
        JobQuestion(
            which=which or ("all" if ids else "not-completed"),
            queue=queue,
            owner=call.user if mine else None,
            ids=ids,
            first_index=call.integer("first-index", least=1) or 1,
            limit=min(limit, JOBS_PER_ANSWER_MAX),
        ),
    )
