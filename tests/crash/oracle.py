"""What must be true after any number of crashes (laws 1 and 3 of ``docs/durability.md``)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from plantin.core.states import JobEvent, JobState
from tests.crash import audit, work
from tests.crash.audit import Row
from tests.crash.clients import Wish
from tests.crash.devices import Arrival, Device

_INTERRUPTED = {JobEvent.OUTCOME_UNKNOWN, JobEvent.HELD, JobEvent.RELEASED}


@dataclass
class Verdict:
    """What was found, and what is wrong."""

    faults: list[str]
    jobs: int
    printed: int
    unknown: int
    waiting: int

    def __str__(self) -> str:
        return f"{self.jobs} jobs, {self.printed} printed, {self.unknown} unknown, {self.waiting} wait"


def check(
    data: Path,
    wishes: Mapping[int, Wish],
    devices: Mapping[str, Device],
    ordered: Sequence[str] = (),
) -> Verdict:
    """Judge what a stopped server left behind.

    Args:
        ordered: devices that are fed by direct queues of their own only: their jobs come out in order.
    """
    jobs = audit.rows(data)
    faults: list[str] = []
    by_number: dict[int, Row] = {}
    for row in jobs.values():
        number = int(row.name.removeprefix("crash-"))
        if number in by_number:
            faults.append(f"{row.name} has two rows, {by_number[number].id} and {row.id}")
        by_number[number] = row
    faults += accepted(wishes, by_number)
    faults += _whole(data, jobs)
    papers: dict[int, list[Arrival]] = {}
    for name, device in devices.items():
        for arrival in device.arrivals:
            if arrival.number >= 0:
                papers.setdefault(arrival.number, []).append(arrival)
            elif arrival.octets >= work.HEAD_OCTETS:
                faults.append(f"{name} got {arrival.octets} octets that are no job's")
    faults += [f"job {number} came to a device and has no row" for number in papers.keys() - by_number.keys()]
    for number, row in by_number.items():
        faults += printed(row, papers.get(number, []))
    for name in ordered:
        faults += ordered_by_id(name, devices[name].whole(), by_number, wishes)
    states = [row.state for row in jobs.values()]
    return Verdict(
        faults,
        len(jobs),
        states.count(JobState.COMPLETED),
        sum(JobEvent.OUTCOME_UNKNOWN in row.trail for row in jobs.values()),
        sum(not state.terminal for state in states),
    )


def accepted(wishes: Mapping[int, Wish], rows: Mapping[int, Row]) -> list[str]:
    """Every acknowledged job has its row, under the job-id that the client was told."""
    faults = []
    for wish in wishes.values():
        row = rows.get(wish.number)
        if wish.job_id and row is None:
            faults.append(f"job {wish.number} was acknowledged as {wish.job_id} and is lost")
        elif wish.job_id and row is not None and row.id != wish.job_id:
            faults.append(f"job {wish.number} was acknowledged as {wish.job_id} and is {row.id}")
        elif row is not None and wish.acknowledged and row.state is JobState.INCOMING:
            faults.append(f"job {wish.number} was acknowledged whole and waits for documents")
    return faults


def _whole(data: Path, jobs: Mapping[int, Row]) -> list[str]:
    """Every job's documents read back from the spool, all of them unless it was still incoming."""
    faults = []
    for job, papers in audit.contents(data / "spool", dict(jobs)).items():
        row = jobs[job]
        wanted = work.document(int(row.name.removeprefix("crash-")))
        found = b"".join(papers)
        if row.state is JobState.INCOMING and wanted.startswith(found):
            continue
        if found != wanted:
            faults.append(f"{row.name} ({row.state.name}) is not whole: {len(found)} of {len(wanted)} octets")
    return faults


def printed(row: Row, papers: Sequence[Arrival]) -> list[str]:
    """Printed exactly once, or waiting with a reason, or its trail says that nobody knows."""
    unknown = row.trail.count(JobEvent.OUTCOME_UNKNOWN)
    whole = sum(paper.whole for paper in papers)
    what = f"{row.name} ({row.state.name} {row.reasons}; {whole} of {len(papers)} papers whole; {row.trail})"
    if row.state in audit.WAITING:
        return [f"{what} is stuck"]
    if row.state is JobState.INCOMING or (row.state is JobState.HELD and not unknown):
        return [f"{what} printed while it waited"] if papers else []
    faults = []
    # Each paper belongs to an attempt whose outcome is unknown, or to the one that completed the job.
    if len(papers) > unknown + (row.state is JobState.COMPLETED):
        faults.append(f"{what} was sent again in silence")
    if row.state is JobState.COMPLETED and whole != 1 and not unknown:
        faults.append(f"{what} is called printed")
    if row.state is JobState.COMPLETED and unknown and not whole:
        faults.append(f"{what} is called printed and never came whole")
    if row.state is not JobState.COMPLETED and not unknown:
        faults.append(f"{what} did not print and does not say why")
    return faults


def ordered_by_id(
    name: str, printed_jobs: Sequence[int], rows: Mapping[int, Row], wishes: Mapping[int, Wish]
) -> list[str]:
    """Jobs that came in one piece (Print-Job) leave in the order of their ids, unless one was interrupted."""
    ids = [
        rows[number].id
        for number in printed_jobs
        if number in rows
        and wishes[number].operation == work.PRINT_JOB
        and not _INTERRUPTED & {JobEvent(kind) for kind in rows[number].trail}
    ]
    late = [later for earlier, later in pairwise(ids) if later < earlier]
    return [f"{name} printed out of order: {late} after a later one; {ids}"] if late else []
