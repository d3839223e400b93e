"""What accounting asks of the store: which jobs wait for it, and all that it must know of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from plantin.core.ids import DeviceId
from plantin.core.model import DocumentRecord, JobRecord
from plantin.core.states import JobEvent, JobState
from plantin.store import sql
from plantin.store.queries import jobs as queries


@dataclass(frozen=True, slots=True)
class CostRecord:
    """The accounting of one job; see :class:`plantin.store.models.cost.JobCost` for each field."""

    job: int
    counted_at: int
    error: str
    reports: str
    pages: int
    input_pages: int
    copies: int
    impressions_colour: int
    impressions_mono: int
    sheets: int
    blank_sides: int
    unit: str
    quote_minor: int
    quote_lines: str
    admission: str
    held_for: str
    charges: str
    reservation: int
    settled_attempt: int
    printed_colour: int
    printed_mono: int
    printed_sheets: int
    cost_minor: int
    cost_lines: str
    note: str


COST_COLUMNS = tuple(CostRecord.__slots__)


@dataclass(frozen=True, slots=True)
class EndedAttempt:
    """An attempt that is over, and what is known of what it printed; -1: not told."""

    id: int
    job: int
    device: DeviceId
    sent: bool
    """Its first octet may have left."""
    outcome: str
    octets: int
    impressions: int
    sheets: int


@dataclass(frozen=True, slots=True)
class Case:
    """One job as accounting sees it."""

    job: JobRecord
    documents: tuple[DocumentRecord, ...]
    cost: CostRecord | None
    attempts: tuple[EndedAttempt, ...]
    """Ended and not settled yet, in their order."""


_EVENTS = tuple(
    str(kind)
    for kind in (
        JobEvent.QUEUED,
        JobEvent.HELD,
        JobEvent.RELEASED,
        JobEvent.RESUMED,
        JobEvent.MOVED,
        JobEvent.CHANGED,
        JobEvent.RESTARTED,
        JobEvent.RESTARTED_HELD,
        JobEvent.COMPLETED,
        JobEvent.CANCELED,
        JobEvent.ABORTED,
        JobEvent.EXPIRED,
        JobEvent.TIMED_OUT,
        JobEvent.UNKNOWN_HELD,
        JobEvent.UNKNOWN_RETRY,
        JobEvent.UNKNOWN_ABORTED,
        JobEvent.UNKNOWN_ASSUMED,
    )
)
RULE_EVENTS = (
    *("tariff-", "policy-", "group-", "device-group-", "queue-"),
    *("device-added", "device-changed", "device-removed"),
)
"""Events whose kind begins so change what the accountant decides by."""
_DUE = (
    "j.books_closed = %s AND (j.state >= 7 OR (j.state = 3 AND j.gate = 1) "
    "OR (j.state = 4 AND c.job IS NULL) OR (j.attempts > 0 AND j.state IN (3, 4)))"
)


class News(NamedTuple):
    """What happened since the last look, as far as accounting cares."""

    position: int
    asking: list[int]
    """Jobs for which somebody waits: behind the gate, held, or with something reserved."""
    ended: list[int]
    """Jobs that printed without being asked about: their books are written when there is time."""
    rules: bool
    """Tariffs, policies or groups changed."""


def news(after: int, limit: int) -> News:
    """The events after ``after``, folded into what they mean for accounting."""
    rows = sql.select(
        "SELECT e.id, e.kind, e.job_id, j.gate, j.state FROM store_event e "
        "LEFT JOIN store_job j ON j.id = e.job_id WHERE e.id > %s ORDER BY e.id LIMIT %s",
        [after, limit],
        lambda row: row,
    )
    asking: dict[int, None] = {}
    ended: dict[int, None] = {}
    rules = False
    for _, kind, job, gate, state in rows:
        if job is None:
            rules = rules or kind.startswith(RULE_EVENTS)
        elif kind in _EVENTS and state is not None:
            if gate or state == JobState.HELD:
                asking[job] = None
            elif state >= JobState.CANCELED:
                ended[job] = None
    return News(rows[-1][0] if rows else after, list(asking), list(ended), rules)


def waiting(after: int, limit: int) -> list[int]:
    """Jobs that have work for accounting, by their ids: what the event log is only a hint to."""
    return sql.select(
        "SELECT j.id FROM store_job j LEFT JOIN store_job_cost c ON c.job = j.id "
        f"WHERE {_DUE} AND j.id > %s ORDER BY j.id LIMIT %s",
        [False, after, limit],
        lambda row: int(row[0]),
    )


def costs(ids: Sequence[int]) -> dict[int, CostRecord]:
    """The accounting of each job that has one."""
    if not ids:
        return {}
    found = sql.select(
        f"SELECT {','.join(COST_COLUMNS)} FROM store_job_cost WHERE job IN ({sql.marks(ids)})",
        ids,
        lambda row: CostRecord(*row),
    )
    return {cost.job: cost for cost in found}


def cost(job_id: int) -> CostRecord | None:
    """The accounting of one job; None while nobody has counted it."""
    return costs([job_id]).get(job_id)


def attempts(ids: Sequence[int]) -> dict[int, list[EndedAttempt]]:
    """The ended attempts of each job, in their order."""
    found: dict[int, list[EndedAttempt]] = {job: [] for job in ids}
    if not ids:
        return found
    for row in sql.select(
        "SELECT id, job_id, device_id, sending_at, outcome, octets_sent, impressions, sheets "
        f"FROM store_attempt WHERE job_id IN ({sql.marks(ids)}) AND ended_at > 0 ORDER BY id",
        ids,
        lambda row: EndedAttempt(
            row[0], row[1], DeviceId(row[2]), row[3] > 0, row[4], row[5], row[6], row[7]
        ),
    ):
        found[row.job].append(row)
    return found


def cases(ids: Sequence[int]) -> list[Case]:
    """All that accounting must know of these jobs, in the order of their ids."""
    jobs = queries.jobs_by_id(ids)
    known = sorted(jobs)
    papers = queries.documents(known)
    priced = costs(known)
    ended = attempts(known)
    return [
        Case(
            jobs[job],
            tuple(papers[job]),
            priced.get(job),
            tuple(
                one for one in ended[job] if one.id > (priced[job].settled_attempt if job in priced else 0)
            ),
        )
        for job in known
    ]
