"""The event row: the one place that writes it."""

import threading
from collections.abc import Iterable
from typing import Any, NamedTuple

from plantin.store import sql

_COLUMNS = ("at", "kind", "job_id", "queue_id", "device_id", "state", "reasons", "actor", "text")


class EventRow(NamedTuple):
    """One line of the trail, in the order of the columns."""

    at: int
    kind: str
    job: int | None = None
    queue: int | None = None
    device: int | None = None
    state: int = 0
    reasons: str = ""
    actor: str = ""
    text: str = ""


class Touched(threading.local):
    """What the transaction that runs on this thread has changed: who is to be woken after it."""

    jobs = False
    config = False


touched = Touched()


def record(events: Iterable[EventRow]) -> None:
    """Writes the events in their order. Call it in the transaction of the change that they tell of."""
    rows: list[tuple[Any, ...]] = [tuple(event) for event in events]
    for row in rows:
        if row[2] is None:
            touched.config = True
        else:
            touched.jobs = True
    sql.insert("store_event", _COLUMNS, rows)
