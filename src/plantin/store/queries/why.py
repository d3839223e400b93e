"""A job's whole trail in plain words: the answer to "where is it, and why?".

Every line is one event of the trail, told so that an administrator needs no table of keywords. Says nothing
twice, and nothing that the rows do not say.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from plantin.core.model import DeviceRecord, JobRecord, QueueMode, QueueRecord
from plantin.core.states import JobEvent, JobState, Reason
from plantin.store import sql
from plantin.store.queries import config, jobs

_STOPPED: Final = 5


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


_WORDS: Final = {
    JobEvent.CREATED: "received; its documents are still to come",
    JobEvent.QUEUED: "all of it is here; ready to print",
    JobEvent.RELEASED: "released",
    JobEvent.CHANGED: "changed",
    JobEvent.DEVICE_RESUMED: "the device goes on",
    JobEvent.SUSPENDED: "suspended",
    JobEvent.RESUMED: "resumed; it prints from its beginning",
    JobEvent.OUTCOME_UNKNOWN: "nobody can say whether it printed",
    JobEvent.UNKNOWN_HELD: "held for a person to look, because paper may have come out",
    JobEvent.UNKNOWN_RETRY: "to be printed again, as the queue's policy says",
    JobEvent.UNKNOWN_ABORTED: "given up, as the queue's policy says",
    JobEvent.UNKNOWN_ASSUMED: "taken as printed, as the queue's policy says",
    JobEvent.CANCEL_REQUESTED: "asked to stop",
    JobEvent.CANCELED: "canceled",
    JobEvent.ABORTED: "given up",
    JobEvent.EXPIRED: "canceled",
    JobEvent.TIMED_OUT: "given up",
    JobEvent.RESTARTED: "to be printed again",
    JobEvent.DOCUMENTS_RETIRED: "its documents were removed from the spool; the history stays",
    JobEvent.NOTE: "note",
}
_HOLDS: Final = {
    Reason.RELEASE_WAIT: "until its owner or an operator releases it",
    Reason.HOLD_UNTIL: "as it was asked for (job-hold-until)",
    Reason.PASSWORD_WAIT: "until it is released with its password",
    Reason.NEW_JOBS_HELD: "for an operator to look at",
    Reason.SUSPENDED: "suspended by an operator",
}
_ENDS: Final = {
    Reason.CANCELED_BY_USER: "by its owner",
    Reason.CANCELED_BY_OPERATOR: "by an operator",
    Reason.CANCELED_AT_DEVICE: "at the device",
    Reason.CANCELED_AFTER_TIMEOUT: "because nobody released it in time",
    Reason.ABORTED_BY_SYSTEM: "by the server",
    Reason.DATA_INSUFFICIENT: "its documents did not come",
    Reason.ACCESS_ERROR: "a document could not be read",
    Reason.FORMAT_ERROR: "the device could not read its format",
    Reason.UNPRINTABLE: "the device could not print it",
    Reason.UNSUPPORTED_FORMAT: "the device does not print its format",
    Reason.WITH_WARNINGS: "with warnings",
    Reason.WITH_ERRORS: "with errors",
}
_OWNERS: Final = {
    "claim": "a name that the client claimed",
    "loopback": "a name claimed on this machine",
    "command-line": "as given on the command line",
}
ACCOUNTING: Final = "accounting"
"""Who asks the rules and the purses."""
_DOORS: Final = {"ipp": "over IPP", "cli": "on the command line"}
_SILENT_ABOUT_DEVICE: Final = frozenset(
    {JobEvent.QUEUED, JobEvent.HELD, JobEvent.CHANGED, JobEvent.DOCUMENTS_RETIRED, JobEvent.DOCUMENT_ADDED}
)


def story(job_id: int) -> Story:
    """The story of a job.

    Raises:
        NotFound: there is no such job.
    """
    job = jobs.job(job_id)
    trail = jobs.trail(job_id)
    named = {one for one in (job.device, job.assigned, *(row.device for row in trail)) if one is not None}
    devices = {int(record.id): record.name for record in config.devices(sorted(named))}
    passed = {job.queue, *(row.queue for row in trail if row.queue is not None)}
    queues = {int(record.id): record for record in config.queues(sorted(passed))}
    queue = queues.get(job.queue)
    owner = _OWNERS.get(job.owner_proof, f"known by {job.owner_proof}")
    title = (
        f'job {job.id} "{job.name}" of {job.owner} ({owner}) in queue {queue.name if queue else "(removed)"}'
    )
    lines = []
    said = ""
    for number, row in enumerate(trail):
        text = _told(job, row, said, devices, queues) if number else _received(job, row)
        lines.append(Line(row.at, row.kind, text))
        said = row.text
    now = _now(job, queue, devices)
    keywords = " ".join(word for word in job.reasons if word != "none")
    return Story(title, lines, now + (f" ({keywords})" if keywords else ""))


def _received(job: JobRecord, row: jobs.TrailRow) -> str:
    """The first line: where it came from."""
    where = f" from {job.address}" if job.address else ""
    came = f"received{where} {_DOORS.get(job.frontend, f'over {job.frontend}')}"
    match row.kind:
        case JobEvent.CREATED:
            return f"{came}; its documents are still to come"
        case JobEvent.HELD:
            return f"{came}; held {_held(row.reasons)}"
        case JobEvent.QUEUED:
            return f"{came}; ready to print"
    return f"{came}; {row.kind}"


def _told(
    job: JobRecord, row: jobs.TrailRow, said: str, devices: dict[int, str], queues: dict[int, QueueRecord]
) -> str:
    """One line after the first.

    Args:
        said: the text of the event before, which need not be said again.
    """
    device = devices.get(row.device or 0, "")
    text = row.text if row.text != said else ""
    own = row.actor == job.owner and row.kind in (JobEvent.QUEUED, JobEvent.HELD)  # the client's own doing
    by = f" by {row.actor}" if row.actor and not own else ""
    match row.kind:
        case JobEvent.DOCUMENT_ADDED:
            number, _, rest = row.text.partition(", ")
            return f"{number} came: {rest}"
        case JobEvent.STARTED:
            return f"{row.text or f'an attempt on {device}'} begins"
        case JobEvent.HELD | JobEvent.RESTARTED_HELD:
            again = "to be printed again, " if row.kind == JobEvent.RESTARTED_HELD else ""
            return f"{again}held{by} {_held(row.reasons)}{_colon(text)}"
        case JobEvent.MOVED:
            queue = queues.get(row.queue or 0)
            return f"moved to queue {queue.name if queue else '(removed)'}{by}"
        case JobEvent.DEVICE_STOPPED:
            return f"{device or 'the device'} stopped{_colon(text or ' '.join(row.reasons))}"
        case JobEvent.COMPLETED:
            return f"printed{f' on {device}' if device else ''}{_colon(text)}"
        case JobEvent.ABORTED if row.actor == ACCOUNTING:
            return f"refused{_colon(text)}"
        case JobEvent.ADMITTED:
            return f"let through to print{_colon(text)}"
        case JobEvent.CHANGED:
            return f"changed{by}{_colon(text)}"
        case JobEvent.RETRY:
            return f"not printed{f' on {device}' if device else ''}{_colon(text)}; it will be tried again"
    try:
        words = _WORDS[JobEvent(row.kind)]
    except (KeyError, ValueError):
        words = row.kind
    words += by
    if device and row.kind == JobEvent.RELEASED:
        words += f" to print on {device}"
    elif device and row.kind not in _SILENT_ABOUT_DEVICE:
        words += f" on {device}"
    return f"{words}{_colon(text)}"


def _colon(text: str) -> str:
    return f": {text}" if text else ""


def _held(reasons: tuple[str, ...]) -> str:
    return "; ".join(_HOLDS.get(word, f"({word})") for word in reasons)


def _clock(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000).astimezone().strftime("%Y-%m-%d %H:%M:%S")


# Where it is now


def _now(job: JobRecord, queue: QueueRecord | None, devices: dict[int, str]) -> str:
    device = devices.get(job.assigned or 0, "a device that was removed")
    match job.state:
        case JobState.INCOMING:
            until = f" until {_clock(job.incoming_until)}" if job.incoming_until else ""
            return f"incoming, its documents are waited for{until}"
        case JobState.HELD:
            return _now_held(job, queue)
        case JobState.PENDING:
            return f"pending, {_waits_for(job, queue)}"
        case JobState.PROCESSING:
            stopping = "; it is asked to stop" if job.stop_requested else ""
            message = _colon(job.message)
            return f"processing on {device} since {_clock(job.processing_at)}{message}{stopping}"
        case JobState.STOPPED:
            return f"processing-stopped on {device}{_colon(job.message)}"
        case JobState.COMPLETED:
            return f"completed, printed on {device}{_ended(job)}{_counts(job)}{_kept(job)}"
    return f"{job.state.name.lower()}{_ended(job)}{_kept(job)}"


def _now_held(job: JobRecord, queue: QueueRecord | None) -> str:
    if job.hold_reason == Reason.HOLD_UNTIL:
        until = f"until {_clock(job.hold_until)}" if job.hold_until else "until somebody releases it"
        return f"held {until}"
    if job.hold_reason == Reason.UNKNOWN_OUTCOME:
        if job.attempts:
            return f"held for a person to look, because paper may have come out{_colon(job.message)}"
        return "held for an operator: its queue holds new jobs"
    words = _HOLDS.get(job.hold_reason, f"({job.hold_reason})")
    if queue is not None and queue.mode is QueueMode.FIND_ME:
        words += " on a device"
    if job.expires_at:
        words += f"; canceled on {_clock(job.expires_at)} if nobody does"
    return f"held {words}"


def _ended(job: JobRecord) -> str:
    words = "; ".join(_ENDS[word] for word in job.reasons if word in _ENDS)
    return (f" {words}" if words else "") + _colon(job.message)


def _counts(job: JobRecord) -> str:
    told = [
        f"{count} {noun}{'' if count == 1 else 's'}"
        for count, noun in ((job.impressions, "impression"), (job.sheets, "sheet"))
        if count >= 0
    ]
    return f"; the device counted {' on '.join(told)}" if told else ""


def _kept(job: JobRecord) -> str:
    if not job.documents:
        return ""
    return (
        "; its documents are no longer kept" if job.documents_retired_at else "; its documents are still kept"
    )


def _waits_for(job: JobRecord, queue: QueueRecord | None) -> str:
    """What stands between a pending job and its device."""
    if queue is None:
        return "its queue was removed"
    for stopped, words in (
        (queue.shutdown, "is shut down"),
        (queue.deactivated, "is deactivated"),
        (not queue.enabled, "is disabled"),
    ):
        if stopped:
            return f"its queue {words}{_colon(queue.state_message)}"
    candidates = config.devices([job.device] if job.device is not None else list(queue.devices))
    if not candidates:
        return "its queue has no device"
    well = [record for record in candidates if _trouble(record) is None]
    if not well:
        told = [f"{record.name}: {_trouble(record)}" for record in candidates[:3]]
        more = f" and {len(candidates) - 3} more" if len(candidates) > 3 else ""
        return f"it waits for {'; '.join(told)}{more}. It prints by itself when the device is well again"
    ahead = _ahead(job)
    names = ", ".join(record.name for record in well[:3])
    if ahead:
        return (
            f"{ahead} job{'' if ahead == 1 else 's'} of its queue print{'s' if ahead == 1 else ''} before it"
        )
    if all(_busy(record) for record in well):
        return f"it is next; {names} {'is' if len(well) == 1 else 'are'} busy with another job"
    return f"it is next to print on {names}"


def _trouble(record: DeviceRecord) -> str | None:
    """Why a device prints nothing now; None when it does."""
    if record.paused:
        return "paused by an administrator"
    if record.state != _STOPPED:
        return None
    since = f" (since {_clock(record.state_at)})" if record.state_at else ""
    return f"{record.state_message or ' '.join(record.state_reasons)}{since}"


def _ahead(job: JobRecord) -> int:
    """How many jobs of the same line print before this one."""
    return sql.select(
        "SELECT count(*) FROM store_job o, store_job j WHERE j.id = %s AND o.state = 3 "
        "AND o.queue_id = j.queue_id "
        "AND (o.device_id IS NULL OR j.device_id IS NULL OR o.device_id = j.device_id) "
        "AND (o.priority > j.priority OR (o.priority = j.priority AND o.rank < j.rank))",
        [job.id],
        lambda row: int(row[0]),
    )[0]


def _busy(record: DeviceRecord) -> bool:
    return bool(
        sql.select(
            "SELECT count(*) FROM store_job WHERE state IN (5, 6) AND assigned_id = %s",
            [record.id],
            lambda row: int(row[0]),
        )[0]
    )
