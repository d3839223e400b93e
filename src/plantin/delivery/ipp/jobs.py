"""A job as the device sees it, how we name it, and how we know it again. Pure.

A restarted device may give an old job-id to somebody else's job, and a crash may come before the id was
learned; so a job counts as ours only by its uuid or by name, user and time of creation together.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from plantin.core.limits import JOB_NAME_OCTETS_MAX, TEXT_OCTETS_MAX, USER_NAME_OCTETS_MAX
from plantin.core.model import Delivered, Outcome, Ticket
from plantin.delivery import outcome
from plantin.delivery.ipp.refusals import ABORT_REASONS
from plantin.ipp import Group, JobState

REQUESTED: Final = (
    "job-id",
    "job-uri",
    "job-uuid",
    "job-name",
    "job-originating-user-name",
    "job-state",
    "job-state-reasons",
    "job-state-message",
    "job-impressions-completed",
    "job-media-sheets-completed",
    "job-k-octets",
    "job-printer-up-time",
    "time-at-creation",
)
_WAITS_FOR_DATA: Final = frozenset({"job-incoming", "job-data-insufficient"})
_CLOCK_SLACK_MS: Final = 2_500
"""Devices tell times in whole seconds."""
_SENT_MARK: Final = "sent"
_KEYWORD: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,126}")
REASONS_MAX: Final = 50


@dataclass(frozen=True, slots=True)
class DeviceJob:
    """The device's identifiers of a job. Text form (see ``str``): ``ID URI UUID``, and ``sent`` at the
    end."""

    id: int
    uri: str = ""
    uuid: str = ""
    sent: bool = False
    """The device has confirmed that it has every octet."""

    def __str__(self) -> str:
        parts = [str(self.id), self.uri or "-", self.uuid or "-"]
        return " ".join([*parts, _SENT_MARK] if self.sent else parts)

    @classmethod
    def parse(cls, text: str) -> "DeviceJob | None":
        """The job of a stored text, None if there is none in it."""
        parts = text.split()
        if len(parts) < 3 or not parts[0].isascii() or not parts[0].isdigit():
            return None
        uri, uuid = ("" if part == "-" else part for part in parts[1:3])
        return cls(int(parts[0]), uri, uuid, _SENT_MARK in parts[3:])


@dataclass(frozen=True, slots=True)
class JobView:
    """What the device says of a job; -1 and empty where it says nothing."""

    id: int
    uri: str
    uuid: str
    name: str
    user: str
    state: int
    reasons: tuple[str, ...]
    message: str
    impressions: int
    sheets: int
    k_octets: int
    age_s: int
    """Seconds since it was created."""

    @classmethod
    def read(cls, group: Group) -> "JobView | None":
        """The job of a response's group, None when it lacks what makes a job."""
        job_id = group.integer("job-id")
        state = group.integer("job-state")
        if job_id is None or job_id < 1:
            return None
        created = group.integer("time-at-creation")
        now = group.integer("job-printer-up-time")
        return cls(
            id=job_id,
            uri=group.string("job-uri") or "",
            uuid=group.string("job-uuid") or "",
            name=group.string("job-name") or "",
            user=group.string("job-originating-user-name") or "",
            state=state if state is not None else int(JobState.PENDING),
            reasons=keywords(group.strings("job-state-reasons")),
            message=sentence(group.string("job-state-message")),
            impressions=_count(group.integer("job-impressions-completed")),
            sheets=_count(group.integer("job-media-sheets-completed")),
            k_octets=_count(group.integer("job-k-octets")),
            age_s=now - created if now is not None and created is not None and now >= created else -1,
        )

    @property
    def terminal(self) -> bool:
        return self.state >= JobState.CANCELED

    @property
    def begun(self) -> bool:
        """It was or is being printed, as far as the device tells."""
        return self.state in (JobState.PROCESSING, JobState.PROCESSING_STOPPED) or self.impressions > 0

    @property
    def waits_for_data(self) -> bool:
        return not _WAITS_FOR_DATA.isdisjoint(self.reasons)

    @property
    def device_job(self) -> DeviceJob:
        return DeviceJob(self.id, self.uri, self.uuid)


def keywords(said: Iterable[str]) -> tuple[str, ...]:
    """What may pass as reasons: keywords, each once, without ``none``, not without end."""
    good = (reason for reason in said if reason != "none" and _KEYWORD.fullmatch(reason))
    return tuple(dict.fromkeys(good))[:REASONS_MAX]


def sentence(said: str | None) -> str:
    """What may pass as a message of the device: printable, not without end."""
    clean = "".join(char if char.isprintable() else " " for char in said or "").strip()
    return clean.encode("utf-8", "replace")[:TEXT_OCTETS_MAX].decode("utf-8", "ignore")


def _count(value: int | None) -> int:
    return value if value is not None and value >= 0 else -1


def job_name(ticket: Ticket) -> str:
    """``job-name`` for the device: ours without control characters, cut to what the syntax holds."""
    clean = "".join(char if char.isprintable() else " " for char in ticket.job.name).strip()
    clean = clean or f"job {ticket.job.id}"
    return clean.encode("utf-8", "replace")[:JOB_NAME_OCTETS_MAX].decode("utf-8", "ignore")


def user_name(ticket: Ticket) -> str:
    """``requesting-user-name`` for the device."""
    clean = "".join(char for char in ticket.job.owner if char.isprintable()).strip() or "anonymous"
    return clean.encode("utf-8", "replace")[:USER_NAME_OCTETS_MAX].decode("utf-8", "ignore")


def same(view: JobView, known: DeviceJob, ticket: Ticket) -> bool:
    """Whether ``view``, found under the id of ``known``, is still our job."""
    if known.uuid and view.uuid:
        return known.uuid == view.uuid
    if view.name and not _alike(view.name, job_name(ticket)):
        return False
    return not view.user or view.user == user_name(ticket) or view.user == "anonymous"


def find(views: Iterable[JobView], ticket: Ticket, now_ms: int) -> JobView | None:
    """Our job among others, None if no job or not exactly one can be it.

    Only by name, user and a creation after this attempt began: an earlier print of the same document has
    the same name and the same user.
    """
    began_ms = ticket.job.processing_at - _CLOCK_SLACK_MS
    found = [
        view
        for view in views
        if _alike(view.name, job_name(ticket))
        and view.name
        and view.user in (user_name(ticket), "anonymous", "")
        and view.age_s >= 0
        and now_ms - view.age_s * 1000 >= began_ms
    ]
    return found[0] if len(found) == 1 else None


def _alike(theirs: str, ours: str) -> bool:
    """Devices cut names."""
    return theirs == ours or (len(theirs) >= 20 and ours.startswith(theirs))


def ended(view: JobView, octets: int, *, whole: bool, where: str, stop_reason: str = "") -> Delivered:
    """The outcome of a job that the device has ended.

    Args:
        octets: of the documents, as sent.
        whole: the device is known to have had every octet.
        stop_reason: why we asked the device to cancel it; empty if we did not.
    """
    delivered = _ended(view, octets, whole, where, stop_reason)
    return Delivered(
        delivered.outcome,
        delivered.reason,
        delivered.text,
        octets_sent=octets,
        impressions=view.impressions,
        sheets=view.sheets,
        retry_after_s=delivered.retry_after_s,
        confirmed=delivered.confirmed,
        device_reasons=view.reasons,
    )


def _ended(view: JobView, octets: int, whole: bool, where: str, stop_reason: str) -> Delivered:
    said = ", ".join(view.reasons) + (f": {view.message}" if view.message else "")
    if view.state == JobState.COMPLETED:
        if not whole:
            return outcome.unknown(
                "incomplete-document",
                f"{where} calls the job completed, but may not have had all of it",
                octets,
            )
        reasons = [reason for reason in view.reasons if reason.startswith("job-completed-")]
        reason = reasons[0] if reasons else outcome.SUCCESS
        return outcome.completed(
            f"{where} completed the job{_counts(view)}", octets, confirmed=True, reason=reason
        )
    if view.state == JobState.CANCELED:
        if stop_reason:
            return outcome.canceled(
                stop_reason, f"canceled, and {where} has canceled it{_counts(view)}", octets
            )
        return outcome.canceled(
            "job-canceled-at-device",
            f"canceled at {where} ({said or 'no reason given'}){_counts(view)}",
            octets,
        )
    verdicts = [reason for reason in view.reasons if reason in ABORT_REASONS]
    text = f"{where} aborted the job ({said or 'no reason given'}){_counts(view)}"
    if stop_reason:
        return outcome.canceled(stop_reason, text, octets)
    if verdicts:
        return outcome.permanent(verdicts[0], text, octets=octets)
    if view.impressions != 0:
        more = "" if view.impressions > 0 else "; it does not say how much came out"
        return outcome.unknown("aborted-by-device", text + more, octets)
    return outcome.temporary("aborted-by-device", text, octets=octets)


def _counts(view: JobView) -> str:
    counts = [(view.impressions, "impressions"), (view.sheets, "sheets")]
    return "".join(f", {number} {what}" for number, what in counts if number >= 0)


def had_all(view: JobView, octets: int) -> bool:
    """Whether the device's own count of octets shows that it had the whole document."""
    return octets > 1024 and view.k_octets == (octets + 1023) // 1024


_HARMLESS: Final = (Outcome.COMPLETED, Outcome.CANCELED, Outcome.PERMANENT, Outcome.UNKNOWN)


def together(parts: list[Delivered]) -> Delivered:
    """One outcome for a job whose documents went as several jobs; the last one decides.

    What is TEMPORARY alone is UNKNOWN after earlier documents: trying again would print those twice.
    """
    last = parts[-1]
    if len(parts) == 1:
        return last
    kind = last.outcome if last.outcome in _HARMLESS else Outcome.UNKNOWN
    earlier = "" if kind is Outcome.COMPLETED else f"; {len(parts) - 1} documents were printed before"
    return Delivered(
        kind,
        last.reason,
        last.text + earlier,
        octets_sent=sum(part.octets_sent for part in parts),
        impressions=_sum([part.impressions for part in parts]),
        sheets=_sum([part.sheets for part in parts]),
        confirmed=all(part.confirmed for part in parts),
        device_reasons=last.device_reasons,
    )


def _sum(counts: list[int]) -> int:
    return sum(counts) if all(count >= 0 for count in counts) else -1
