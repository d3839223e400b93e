"""The short answer about a job that most job operations give (RFC 8011 section 4.2.1.2)."""

from typing import Final

from plantin.core.model import JobRecord
from plantin.frontends.ipp.call import Call
from plantin.frontends.ipp.job_attributes import JOB_GROUPS_SHORT, JobView, job_attributes
from plantin.frontends.ipp.reply import Reply, raw_group
from plantin.frontends.ipp.requested import JOB_GROUPS, wanted
from plantin.ipp import Tag

_SHORT: Final = wanted(JOB_GROUPS_SHORT, JOB_GROUPS, ())


def job_answer(call: Call, job: JobRecord, more: bytes = b"") -> Reply:
    """job-uri, job-id, job-state and its reasons."""
    view = JobView(job, call, call.context.directory.by_id(job.queue))
    return Reply(groups=raw_group(Tag.JOB_ATTRIBUTES, job_attributes(view, _SHORT)) + more)
