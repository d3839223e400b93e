"""Text and octets as strangers send them: every database takes them, nothing stops (law 7)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plantin.core.model import Outcome
from plantin.store import sql
from plantin.store.commands import config, jobs
from plantin.store.queries import config as queries
from plantin.store.queries import jobs as job_queries
from tests.store.support import ALICE, Database, document, record_of

NASTY = ["a\0b", "\0", "lone \ud800 surrogate", "\udcff\udcfe", "a\0\ud800", "%s %d {} ' \" ; --", "🖨\0"]


@given(st.text(st.characters()))
def test_clean_text_can_be_encoded_and_is_else_the_same(text: str) -> None:
    cleaned = sql.clean(text)
    assert "\0" not in cleaned
    cleaned.encode("utf-8")
    if "\0" not in text and not any("\ud800" <= char <= "\udfff" for char in text):
        assert cleaned == text


@pytest.mark.parametrize("text", NASTY, ids=ascii)
def test_names_and_messages(database: Database, text: str) -> None:
    queue = database.site()
    clean = sql.clean(text)
    job = database.job(queue, name=text, owner=text, host=text, documents=(document(name=text, uri=text),))
    record = record_of(job)
    assert (record.name, record.owner, record.host) == (clean, clean, clean)
    assert job_queries.documents([job])[job][0].name == clean
    database.write(jobs.change, job, ALICE, text, name=text)
    ticket = database.started(job)
    database.finish(ticket, Outcome.TEMPORARY, text=text, reason=text)
    assert record_of(job).message == clean
    assert job_queries.trail(job)[-1].text == clean


@pytest.mark.parametrize("text", NASTY, ids=ascii)
def test_what_devices_and_administrators_say(database: Database, text: str) -> None:
    device = database.device("d1", info=text, location=text)
    queue = database.queue("q1", ["d1"], info=text, state_message=text, allowed_users=[text])
    database.write(
        config.device_reported,
        device.id,
        event=True,
        state_message=text,
        state_reasons="media-jam",
        supplies=text,
    )
    told = queries.device("d1")
    assert told.info == told.location == told.state_message == told.supplies == sql.clean(text)
    assert queue.info == queue.state_message == sql.clean(text)
    database.write(config.set_queue, "q1", operator_message=text)
    assert queries.queue("q1").operator_message == sql.clean(text)


def test_octets_stay_as_they_are(database: Database) -> None:
    every = bytes(range(256))
    queue = database.site()
    job = database.job(queue, attributes=every, documents=(document(sha256=every[:32], attributes=every),))
    assert record_of(job).attributes == every
    paper = job_queries.documents([job])[job][0]
    assert (paper.sha256, paper.attributes) == (every[:32], every)
    database.write(jobs.change, job, ALICE, "x", attributes=every[::-1])
    assert record_of(job).attributes == every[::-1]


def test_the_longest_names_are_taken(database: Database) -> None:
    queue = database.site()
    longest = "ü" * 255  # characters; IPP's limit is 255 octets
    job = database.job(queue, name=longest, owner=longest, host=longest)
    assert record_of(job).name == longest
    ticket = database.started(job)
    database.finish(ticket, Outcome.PERMANENT, reason="r" * 500, text="t" * 5000)
    assert record_of(job).message == "t" * 5000
