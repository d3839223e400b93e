"""The state of the whole in a few numbers, cheap at any size of the history; and the queue shape."""

from dataclasses import dataclass

from plantin.store import sql

STATE_WORDS = {
    2: "incoming",
    3: "pending",
    4: "held",
    5: "processing",
    6: "stopped",
    7: "canceled",
    8: "aborted",
    9: "completed",
}


@dataclass(frozen=True, slots=True)
class Summary:
    """Counts of now; ``last_…`` are the newest ids, which count what ever was."""

    queues: int
    devices: int
    devices_in_trouble: int
    open_jobs: dict[str, int]
    last_job: int
    last_attempt: int
    last_event: int


def _number(statement: str) -> int:
    return sql.select(statement, [], lambda row: int(row[0] or 0))[0]


def summary() -> Summary:
    """The counts of now."""
    by_state = dict(
        sql.select(
            "SELECT state, count(*) FROM store_job WHERE state < 7 GROUP BY state",
            [],
            lambda row: (STATE_WORDS[row[0]], int(row[1])),
        )
    )
    return Summary(
        queues=_number("SELECT count(*) FROM store_queue"),
        devices=_number("SELECT count(*) FROM store_device"),
        devices_in_trouble=_number("SELECT count(*) FROM store_device WHERE state = 5"),
        open_jobs={STATE_WORDS[state]: by_state.get(STATE_WORDS[state], 0) for state in (2, 3, 4, 5, 6)},
        last_job=_number("SELECT max(id) FROM store_job"),
        last_attempt=_number("SELECT max(id) FROM store_attempt"),
        last_event=_number("SELECT max(id) FROM store_event"),
    )


@dataclass(frozen=True, slots=True)
class ShapeRow:
    """Unfinished jobs of one queue on one device by age."""

    queue: str
    device: str
    """Where they wait to print; empty: no device yet."""
    state: str
    counts: tuple[int, ...]
    """One number per age of ``AGES_MIN``."""


AGES_MIN = (5, 10, 20, 40, 80, 160, 320, 640, 1280)
"""Upper bounds of the ages, in minutes, as Postfix' qshape; the last column is older than that."""


def shape(now_ms: int) -> list[ShapeRow]:
    """Age x device of everything that has not ended."""
    ages = ",".join(
        f"sum(CASE WHEN age >= {low} AND age < {high} THEN 1 ELSE 0 END)"
        for low, high in zip((0, *AGES_MIN), (*AGES_MIN, 10**12), strict=True)
    )
    return sql.select(
        f"SELECT q.name, coalesce(d.name, ''), j.state, {ages} FROM "
        "(SELECT queue_id, CASE WHEN state IN (5, 6) THEN assigned_id ELSE device_id END AS at_device, "
        "state, (%s - created_at) / 60000.0 AS age FROM store_job WHERE state < 7) j "
        "JOIN store_queue q ON q.id = j.queue_id LEFT JOIN store_device d ON d.id = j.at_device "
        "GROUP BY q.name, d.name, j.state ORDER BY count(*) DESC, q.name",
        [now_ms],
        lambda row: ShapeRow(row[0], row[1], STATE_WORDS[row[2]], tuple(int(n) for n in row[3:])),
    )
