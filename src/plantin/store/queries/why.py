"""A job's whole trail in plain words: the answer to "where is it, and why?"."""

from dataclasses import dataclass

from plantin.core.states import JobEvent, JobState
from plantin.store import sql
from plantin.store.queries import config, jobs


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happened."""

    at: int
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Story:
    """What a person wants to know about a job."""

    title: str
    lines: list[Line]
    now: str
    """Where it is now and what it waits for."""


_WORDS = {
    JobEvent.CREATED: "created, waiting for its documents",
    JobEvent.DOCUMENT_ADDED: "a document came",
    JobEvent.QUEUED: "ready to print",
    JobEvent.HELD: "held",
    JobEvent.RELEASED: "released",
    JobEvent.CHANGED: "changed",
    JobEvent.MOVED: "moved",
    JobEvent.STARTED: "sent to print",
    JobEvent.DEVICE_STOPPED: "the device stopped",
    JobEvent.DEVICE_RESUMED: "the device goes on",
    JobEvent.SUSPENDED: "suspended",
    JobEvent.RESUMED: "resumed",
    JobEvent.RETRY: "not printed; it will be tried again",
    JobEvent.OUTCOME_UNKNOWN: "nobody can say whether it printed",
    JobEvent.UNKNOWN_HELD: "held for a person to look, because paper may have come out",
    JobEvent.UNKNOWN_RETRY: "to be printed again, as the queue's policy says",
    JobEvent.UNKNOWN_ABORTED: "given up, as the queue's policy says",
    JobEvent.UNKNOWN_ASSUMED: "taken as printed, as the queue's policy says",
    JobEvent.COMPLETED: "printed",
    JobEvent.CANCEL_REQUESTED: "asked to stop",
    JobEvent.CANCELED: "canceled",
    JobEvent.ABORTED: "given up",
    JobEvent.EXPIRED: "canceled by the clock",
    JobEvent.TIMED_OUT: "given up by the clock",
    JobEvent.RESTARTED: "to be printed again",
    JobEvent.RESTARTED_HELD: "to be printed again, held",
    JobEvent.DOCUMENTS_RETIRED: "documents removed from the spool; the history stays",
    JobEvent.NOTE: "note",
}
_HOLDS = {
    "job-release-wait": "until its owner or an operator releases it",
    "job-hold-until-specified": "as asked (job-hold-until)",
    "job-password-wait": "until its password is entered",
    "job-held-for-review": "for a person to decide",
    "job-suspended": "suspended by an operator",
}


def _line(row: jobs.TrailRow, devices: dict[int, str]) -> Line:
    try:
        text = _WORDS[JobEvent(row.kind)]
    except (KeyError, ValueError):
        text = row.kind
    if row.kind in (JobEvent.HELD, JobEvent.RESTARTED_HELD):
        text += " " + "; ".join(_HOLDS.get(word, word) for word in row.reasons)
    if row.device in devices and row.kind not in (JobEvent.QUEUED, JobEvent.HELD):
        text += f" on {devices[row.device]}"
    if row.text:
        text += f": {row.text}"
    if row.actor:
        text += f" (by {row.actor})"
    return Line(row.at, row.kind, text)


def story(job_id: int) -> Story:
    """The story of a job.

    Raises:
        NotFound: there is no such job.
    """
    job = jobs.job(job_id)
    trail = jobs.trail(job_id)
    named = {one for one in (job.device, *(row.device for row in trail)) if one is not None}
    devices = {int(record.id): record.name for record in config.devices(sorted(named))}
    queue = next((one for one in config.queues([job.queue])), None)
    name = queue.name if queue else str(job.queue)
    title = f"job {job.id} {job.name!r} of {job.owner} (known by {job.owner_proof}) in queue {name}"
    now = f"now {job.state.name.lower()}: {' '.join(job.reasons)}"
    if job.state is JobState.PENDING and queue is not None:
        waits = _waits_for(job.device, queue.devices, enabled=queue.enabled, message=queue.state_message)
        now += f"; {waits}" if waits else ""
    elif job.message:
        now += f"; {job.message}"
    return Story(title, [_line(row, devices) for row in trail], now)


def _waits_for(device: int | None, members: tuple[int, ...], *, enabled: bool, message: str) -> str:
    """What stands between a pending job and its device."""
    if not enabled:
        return f"its queue is paused{': ' + message if message else ''}"
    candidates = config.devices([device] if device is not None else list(members))
    if not candidates:
        return "its queue has no device"
    troubles = []
    for record in candidates:
        if record.paused:
            troubles.append(f"{record.name} is paused by an administrator")
        elif record.state == 5:
            troubles.append(f"{record.name}: {record.state_message or ' '.join(record.state_reasons)}")
        else:
            ahead = sql.select(
                "SELECT count(*) FROM store_job WHERE state IN (5, 6) AND assigned_id = %s",
                [record.id],
                lambda row: int(row[0]),
            )[0]
            return f"{record.name} {'is busy with another job' if ahead else 'is next to take it'}"
    return "waits for " + "; ".join(troubles)
