"""Whether a device that is to be added can be reached: asked by who must not touch one, answered by who may.

Both leave an event, so that neither process knows the other. Nothing else is written.
"""

import json
from typing import NamedTuple

from plantin.store import sql
from plantin.store.commands.events import EventRow, record

ASKED = "reach-asked"
ANSWERED = "reach-answered"


class Question(NamedTuple):
    """Somebody waits to hear whether there is a device."""

    event: int
    at: int
    """When it was asked, UTC milliseconds."""
    token: str
    uri: str  # device-uri


def ask(token: str, uri: str, at: int) -> None:
    """Leaves the question; ``token`` names it."""
    record([EventRow(at, ASKED, text=json.dumps([token, uri]))])


def answer(token: str, trouble: str, at: int) -> None:
    """Answers it: empty when the device was reached, else a sentence that says why not."""
    record([EventRow(at, ANSWERED, text=json.dumps([token, trouble]))])


def questions(after: int) -> list[Question]:
    """The questions after an event, oldest first."""
    return [Question(event, at, token, uri) for event, at, (token, uri) in _said(ASKED, after)]


def answers(after: int) -> dict[str, str]:
    """What was answered after an event, by the token of the question."""
    return {token: trouble for _, _, (token, trouble) in _said(ANSWERED, after)}


def _said(kind: str, after: int) -> list[tuple[int, int, tuple[str, str]]]:
    return sql.select(
        "SELECT id, at, text FROM store_event "
        "WHERE job_id IS NULL AND id > %s AND kind = %s ORDER BY id LIMIT 100",
        [after, kind],
        lambda row: (int(row[0]), int(row[1]), json.loads(row[2])),
    )
