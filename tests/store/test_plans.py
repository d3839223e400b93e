"""The hot questions walk the partial indexes, whatever waits and whatever was (issue: 100,000 held jobs)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from django.db import connection

from plantin.core.model import QueueMode
from plantin.core.ports import Lane
from plantin.store import sql
from plantin.store.commands import jobs, retention
from plantin.store.queries import config, delivery, directory, spool, status
from plantin.store.queries import jobs as job_queries
from plantin.store.queries.jobs import JobQuestion, find_jobs
from tests.store.support import T0, Database, new_job

HELD = 100_000
ENDED = 60_000
PENDING = 300

Question = Callable[[], object]

# What is asked -> the indexes of the job table that may answer it (any one of them).
QUESTIONS: dict[str, tuple[Question, set[str]]] = {
    "the jobs of a lane": (lambda: delivery.ready(Lane(queue(), None), 64), {"job_ready"}),
    "the jobs released to a device": (
        lambda: delivery.ready(Lane(queue("follow"), config.device("d1").id), 64),
        {"job_ready", "job_ready_on_device"},
    ),
    "the lanes": (delivery.lanes, {"job_ready", "job_ready_on_device"}),
    "the feed": (lambda: delivery.feed(job_queries.last_event() - 50, 5000), {"pk"}),
    "what a crash cut off": (delivery.interrupted, {"pk"}),
    "what is due": (lambda: jobs.due(T0, 500, lambda job: ""), {"job_due"}),
    "the waiting jobs of a queue": (lambda: find_jobs(JobQuestion(queue=queue())), {"job_open", "job_ready"}),
    "the held jobs of a queue": (
        lambda: find_jobs(JobQuestion("pending-held", queue=queue("follow"))),
        {"job_open"},
    ),
    "my waiting jobs": (lambda: find_jobs(JobQuestion(owner="alice")), {"job_open_of_owner"}),
    "the newest ended jobs": (lambda: find_jobs(JobQuestion("completed")), {"job_done"}),
    "the newest ended jobs of a queue": (
        lambda: find_jobs(JobQuestion("completed", queue=queue())),
        {"job_done_of_queue", "job_done"},
    ),
    "what one job is": (lambda: job_queries.job(5), {"pk"}),
    "documents too old": (
        lambda: retention.retire_documents(T0 - 10**9, 200, T0),
        {"job_with_documents", "job_done"},
    ),
    "history too old": (lambda: retention.forget_history(T0 - 10**9, 200), {"job_done"}),
    "waiting jobs, counted": (job_queries.open_counts, {"job_open", "job_open_of_owner"}),
    "how busy the queues are": (directory.activity, {"job_open", "job_open_of_owner", "pk"}),
    "the state of the whole": (status.summary, {"job_open", "job_open_of_owner", "pk"}),
}


def queue(name: str = "q1") -> Any:
    return config.queue(name).id


def fill(database: Database) -> None:
    """Writes the many jobs with one statement each."""
    database.device("d1")
    database.queue("q1", ["d1"])
    database.queue("follow", ["d1"], QueueMode.FIND_ME)
    database.accept(*(new_job(queue()) for _ in range(PENDING)))
    many(queue("follow"), 4, 0, HELD)
    many(queue(), 9, T0, ENDED)
    with connection.cursor() as cursor:
        documents = (
            "INSERT INTO store_document (job_id, number, format, declared_format, name, octets, sha256, "
        )
        documents += "spool_name, spool_offset, spool_size, uri, language, attributes, created_at) "
        empty = "''" if database.kind == "sqlite" else "''::bytea"
        cursor.execute(
            f"{documents} SELECT id, 1, '', '', '', 1, {empty}, 'f' || id, 0, 1, '', '', {empty}, 0 "
            f"FROM store_job WHERE state = 9"
        )
        if database.kind == "postgresql":
            cursor.execute("ANALYZE")
            # Here more jobs wait than have ended, so that to count them all it would rather read the table.
            cursor.execute("SET enable_seqscan = off")


def many(queue_id: int, state: int, completed_at: int, count: int) -> None:
    first = sql.allocate("store_job", count)
    template = dict(zip(_columns(), _template(), strict=True))
    template |= {"queue_id": str(queue_id), "state": str(state)}
    template |= {"id": "n", "uuid": "'u' || n", "rank": "n * 65536", "owner": "'user' || (n % 500)"}
    template["completed_at"] = f"{completed_at} + n" if completed_at else "0"
    numbers = (
        f"WITH RECURSIVE s(n) AS (SELECT {first} UNION ALL SELECT n + 1 FROM s WHERE n < {first + count - 1})"
        if sql.is_sqlite()
        else f"WITH s(n) AS (SELECT generate_series({first}::bigint, {first + count - 1}))"
    )
    with connection.cursor() as cursor:
        names, values = ",".join(template), ",".join(template.values())
        cursor.execute(f"INSERT INTO store_job ({names}) {numbers} SELECT {values} FROM s")


def _columns() -> list[str]:
    with connection.cursor() as cursor:
        return [column.name for column in connection.introspection.get_table_description(cursor, "store_job")]


def _template() -> list[str]:
    """The values of the first job, as SQL."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM store_job ORDER BY id LIMIT 1")
        row = cursor.fetchone()
    return [_literal(value) for value in row]


def _literal(value: object) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, bytes | memoryview):
        return "x''" if sql.is_sqlite() else "''::bytea"
    assert isinstance(value, str) and "'" not in value
    return f"'{value}'"


def statements(ask: Question, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Sequence[Any]]]:
    """What a question sends to the database (and does, without changing anything here)."""
    seen: list[tuple[str, Sequence[Any]]] = []
    run = sql._run

    def noted(statement: str, parameters: Sequence[Any]) -> Any:
        if statement.startswith("SELECT") and "pg_advisory" not in statement:
            seen.append((statement, list(parameters)))
        return run(statement, parameters)

    with monkeypatch.context() as patch:
        patch.setattr(sql, "_run", noted)
        ask()
    return seen


def plan(statement: str, parameters: Sequence[Any]) -> str:
    """The plan in lines, in the words of the database."""
    with connection.cursor() as cursor:
        if sql.is_sqlite():
            cursor.execute("EXPLAIN QUERY PLAN " + statement, parameters)
            return "\n".join(str(row[3]) for row in cursor.fetchall())
        cursor.execute("EXPLAIN " + statement, parameters)
        return "\n".join(str(row[0]) for row in cursor.fetchall())


def indexes(told: str) -> set[str]:
    """The indexes by which the plan reads the big tables; "none" for a table that is read as a whole."""
    if sql.is_sqlite():
        found = set(re.findall(r"USING (?:COVERING )?INDEX (\w+)", told))
        if "USING INTEGER PRIMARY KEY" in told or re.search(r"SEARCH store_(job|event)$", told):
            found.add("pk")
        if re.search(r"SCAN (store_job|j|e|store_event|store_document)(?! USING)", told):
            found.add("none")
    else:
        found = set(re.findall(r"Index (?:Only )?Scan (?:Backward )?(?:using|on) (\w+)", told))
        if re.search(r"Seq Scan on (store_job|store_event|store_document)", told):
            found.add("none")
        found = {"pk" if name in ("store_job_pkey", "store_event_pkey") else name for name in found}
    return found


def test_hot_questions_use_the_partial_indexes(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(database)
    wrong = []
    for name, (ask, allowed) in QUESTIONS.items():
        asked = [
            one for one in statements(ask, monkeypatch) if "store_job" in one[0] or "store_event" in one[0]
        ]
        for statement, parameters in asked:
            told = plan(statement, parameters)
            found = indexes(told)
            if "none" in found or ("FROM store_job" in statement and not found & allowed):
                wrong.append(f"{name}:\n{statement}\n{told}\n")
    told = plan(*statements(lambda: spool.alive(["f1", "f2"]), monkeypatch)[0])
    if "document_spool" not in told:
        wrong.append(told)
    assert not wrong, "\n".join(wrong)
