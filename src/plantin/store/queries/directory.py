"""What a front end's directory of queues and devices follows: changed rows, and how busy each queue is."""

from dataclasses import dataclass

from plantin.store import sql


@dataclass(frozen=True, slots=True)
class Changes:
    """Queues and devices that the event feed names since some event."""

    last_event: int
    queues: frozenset[int]
    devices: frozenset[int]


def changes_after(event_id: int) -> Changes:
    """The queues and devices that changed after ``event_id``; events of jobs are passed over."""
    rows = sql.select(
        "SELECT id, queue_id, device_id FROM store_event WHERE id > %s AND job_id IS NULL ORDER BY id",
        [event_id],
        lambda row: row,
    )
    last = sql.select("SELECT max(id) FROM store_event", [], lambda row: row[0] or 0)[0]
    return Changes(
        max(event_id, last) if not rows else max(last, rows[-1][0]),
        frozenset(row[1] for row in rows if row[1] is not None),
        frozenset(row[2] for row in rows if row[2] is not None),
    )


@dataclass(frozen=True, slots=True)
class Stamp:
    """How new what was read is: the greatest of each column."""

    version: int = 0
    state_at: int = 0
    capabilities_at: int = 0


def devices_newer(than: Stamp) -> list[int]:
    """Devices with a version, state or capabilities newer than ``than``: the scan behind the feed's hint."""
    return sql.select(
        "SELECT id FROM store_device WHERE version > %s OR state_at > %s OR capabilities_at > %s",
        [than.version, than.state_at, than.capabilities_at],
        lambda row: int(row[0]),
    )


def queues_newer(version: int) -> list[int]:
    """Queues with a version newer than this one."""
    return sql.select("SELECT id FROM store_queue WHERE version > %s", [version], lambda row: int(row[0]))


def queue_ids() -> set[int]:
    """Every queue that exists."""
    return set(sql.select("SELECT id FROM store_queue", [], lambda row: int(row[0])))


def device_ids() -> set[int]:
    """Every device that exists."""
    return set(sql.select("SELECT id FROM store_device", [], lambda row: int(row[0])))


@dataclass(frozen=True, slots=True)
class Activity:
    """How busy the queues are, at one moment."""

    last_event: int
    open_jobs: dict[int, int]
    """Unfinished jobs of each queue that has any (``queued-job-count``)."""
    printing: frozenset[int]
    """Queues that have a job on a device."""


def activity() -> Activity:
    """Counts unfinished jobs by the index of open jobs, and finds the busy queues by the open attempts."""
    last = sql.select("SELECT max(id) FROM store_event", [], lambda row: row[0] or 0)[0]
    counts = sql.select(
        "SELECT queue_id, count(*) FROM store_job WHERE state < 7 GROUP BY queue_id",
        [],
        lambda row: (int(row[0]), int(row[1])),
    )
    printing = sql.select(
        "SELECT DISTINCT j.queue_id FROM store_attempt a JOIN store_job j ON j.id = a.job_id "
        "WHERE a.ended_at = 0",
        [],
        lambda row: int(row[0]),
    )
    return Activity(last, dict(counts), frozenset(printing))


def last_event() -> int:
    """The id of the newest event; 0 when there is none."""
    return sql.select("SELECT max(id) FROM store_event", [], lambda row: row[0] or 0)[0]


@dataclass(frozen=True, slots=True)
class IdentifyWish:
    """Somebody wants a device to show itself (Identify-Printer)."""

    event: int
    device: int
    text: str


def identify_wishes(after: int) -> list[IdentifyWish]:
    """The wishes after an event, oldest first."""
    return sql.select(
        "SELECT id, device_id, text FROM store_event "
        "WHERE job_id IS NULL AND id > %s AND kind = 'device-identify' ORDER BY id LIMIT 100",
        [after],
        lambda row: IdentifyWish(row[0], row[1], row[2]),
    )
