"""Set-Job-Attributes as one unit of work: columns, hold and release together or not at all."""

from dataclasses import dataclass, field
from typing import Any

from plantin.core.ids import DeviceId, JobId
from plantin.core.model import Hold, JobRecord
from plantin.core.states import JobState
from plantin.store.commands import jobs
from plantin.store.commands.jobs import Actor
from plantin.store.queries import jobs as queries


@dataclass(frozen=True, slots=True)
class JobChange:
    """What shall change of a job."""

    job: JobId
    actor: Actor
    text: str
    columns: dict[str, Any] = field(default_factory=dict)
    hold: Hold | None = None
    release: bool = False
    device: DeviceId | None = None


def apply(change: JobChange) -> JobRecord:
    """Makes the change; a release of a job that nothing holds changes nothing.

    Raises:
        Refusal: the job has begun to print, or has ended.
    """
    if change.columns or not (change.hold or change.release):
        jobs.change(change.job, change.actor, change.text, **change.columns)
    if change.hold is not None:
        jobs.hold(change.job, change.hold, change.actor)
    elif change.release:
        job = queries.job(change.job, lock=True)
        if job.state is not JobState.PENDING:
            jobs.release(change.job, change.actor, device=change.device)
    return queries.job(change.job)
