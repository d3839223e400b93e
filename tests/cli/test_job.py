"""``plantin job``: what people do to jobs, and what they are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from plantin.cli.job_cost import FACTS
from plantin.store.commands.jobs import hash_password
from tests.cli.support import Cli, Outcome

KEYS = {
    "id",
    "uuid",
    "queue",
    "device",
    "assigned",
    "state",
    "reasons",
    "message",
    "name",
    "owner",
    "owner_proof",
    "host",
    "address",
    "frontend",
    "priority",
    "copies",
    "octets",
    "documents",
    "attempts",
    "impressions",
    "sheets",
    "hold_reason",
    "hold_keyword",
    "has_password",
    "stop_requested",
    "language",
}
TIMES = {
    "created_at",
    "processing_at",
    "completed_at",
    "hold_until",
    "expires_at",
    "retry_at",
    "incoming_until",
    "documents_retired_at",
}


@pytest.fixture
def jobs(office: Cli, page: Path) -> Cli:
    """Three jobs that wait: 1 in ``draft``, 2 in ``secure``, 3 in ``anywhere``."""
    for queue in ("draft", "secure", "anywhere"):
        office.good("print", page, "--queue", queue, "--user", "anna")
    return office


def test_jobs_are_listed(jobs: Cli) -> None:
    lines = jobs.good("job", "list").splitlines()
    assert lines[0].split() == ["ID", "QUEUE", "OWNER", "STATE", "SIZE", "SINCE", "DEVICE", "NAME", "WHY"]
    assert {line.split()[0] for line in lines[1:]} == {"1", "2", "3"}
    assert [row["id"] for row in jobs.json("job", "list", "--queue", "secure")] == [2]
    assert jobs.json("job", "list", "--user", "bert") == []
    assert jobs.good("job", "list", "--user", "bert") == "No such jobs.\n"
    assert [row["id"] for row in jobs.json("job", "list", "--which", "pending-held")] == [2, 3]
    told = jobs("job", "list", "--limit", "2")
    assert len(told.out.splitlines()) == 3 and told.err == "(the first 2; more with --limit)\n"


def test_the_json_of_a_job_has_these_keys(jobs: Cli) -> None:
    listed = jobs.json("job", "list", "--which", "all")
    assert set(listed[0]) == KEYS | TIMES | {f"{key}_iso" for key in TIMES}
    shown = jobs.json("job", "show", "3")
    assert set(shown) == set(listed[0]) | {"attributes", *FACTS}
    assert shown["documents"] == [
        {
            "number": 1,
            "name": "page.txt",
            "format": "text/plain",
            "declared_format": "text/plain",
            "octets": 7,
            "sha256": shown["documents"][0]["sha256"],
            "canceled": False,
            "kept": True,
            "spool": shown["documents"][0]["spool"],
        }
    ]
    assert (shown["queue"], shown["device"], shown["impressions"]) == ("anywhere", None, None)
    assert shown["created_at_iso"].endswith("+00:00") and shown["completed_at_iso"] is None


def test_a_held_job_is_released(jobs: Cli) -> None:
    assert jobs.good("job", "release", "2") == "job 2 released\n"
    assert jobs.json("job", "show", "2")["state"] == "pending"
    assert jobs.bad("job", "release", "2") == "plantin: job 2 is pending, not held"


def test_a_find_me_job_is_released_to_a_device(jobs: Cli) -> None:
    assert "say where with --device (hall, shelf)" in jobs.bad("job", "release", "3")
    assert "there is no device 'nope'" in jobs.bad("job", "release", "3", "--device", "nope")
    jobs.good("device", "add", "other", "--uri", "socket://x")
    assert "queue anywhere does not feed other" in jobs.bad("job", "release", "3", "--device", "other")
    told = jobs.good("job", "release", "3", "--device", "shelf")
    assert told == "job 3 released, to print on shelf\n"
    shown = jobs.json("job", "show", "3")
    assert (shown["state"], shown["device"]) == ("pending", "shelf")


def test_a_find_me_queue_with_one_device_needs_no_name(jobs: Cli) -> None:
    jobs.good("queue", "set", "anywhere", "--device", "hall")
    jobs.good("job", "release", "3")
    assert jobs.json("job", "show", "3")["device"] == "hall"


def test_a_job_that_waits_for_its_password_goes_with_it(jobs: Cli) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("UPDATE store_job SET password = %s WHERE id = 2", [hash_password(b"1234")])
    assert jobs.json("job", "show", "2")["has_password"] is True
    assert "waits for its password: give it with --password" in jobs.bad("job", "release", "2")
    assert "not the password" in jobs.bad("job", "release", "2", "--password", "4321")
    jobs.good("job", "release", "2", "--password", "1234")
    assert jobs.json("job", "show", "2")["has_password"] is False


def test_a_job_is_held_until_somebody_releases_it(jobs: Cli) -> None:
    assert jobs.good("job", "hold", "1") == "job 1 held until somebody releases it\n"
    assert jobs.json("job", "show", "1")["state"] == "held"
    assert jobs.bad("job", "hold", "2") == "plantin: job 2 is held already (job-release-wait)"
    jobs.good("job", "release", "1")
    jobs.begin(1, "hall", 1)
    assert "is processing and can't be held" in jobs.bad("job", "hold", "1")


def test_a_job_is_canceled(jobs: Cli) -> None:
    assert jobs.good("job", "cancel", "2") == "job 2 canceled\n"
    assert jobs.json("job", "show", "2")["reasons"] == ["job-canceled-by-operator"]
    assert "has ended already; it is canceled" in jobs.bad("job", "cancel", "2")
    ticket = jobs.begin(1, "hall", 1)
    assert jobs.good("job", "cancel", "1") == "job 1 is being stopped\n"
    assert "is being canceled already" in jobs.bad("job", "cancel", "1")
    assert "it is asked to stop" in jobs.good("job", "why", "1")
    jobs.end(ticket, 5, Outcome.CANCELED, "job-canceled-by-operator", "stopped after 3 octets")
    assert jobs.json("job", "show", "1")["state"] == "canceled"


def test_a_job_moves_and_is_held_where_jobs_are_held(jobs: Cli) -> None:
    assert jobs.good("job", "move", "1", "secure") == "job 1 moved to secure, held until it is released\n"
    shown = jobs.json("job", "show", "1")
    assert (shown["queue"], shown["state"], shown["hold_reason"]) == ("secure", "held", "job-release-wait")
    assert shown["expires_at"] > 0
    assert "is in queue secure already" in jobs.bad("job", "move", "1", "secure")
    assert "there is no queue 'nope'" in jobs.bad("job", "move", "1", "nope")
    jobs.good("queue", "reject", "draft", "-r", "full")
    assert "queue draft takes no jobs: full" in jobs.bad("job", "move", "1", "draft")
    jobs.good("queue", "accept", "draft")
    jobs.good("job", "release", "1")
    jobs.begin(1, "hall", 1)
    assert "is processing and can't be moved" in jobs.bad("job", "move", "1", "draft")


def test_an_ended_job_prints_again_while_its_documents_are_kept(jobs: Cli) -> None:
    assert "has not ended; it is pending" in jobs.bad("job", "reprint", "1")
    jobs.printed(1, "hall")
    assert jobs.json("job", "show", "1")["state"] == "completed"
    assert jobs.good("job", "reprint", "1") == "job 1 prints again\n"
    assert jobs.json("job", "show", "1")["state"] == "pending"


def test_a_find_me_job_prints_again_where_it_was_printed(jobs: Cli) -> None:
    jobs.good("job", "release", "3", "--device", "hall")
    jobs.printed(3, "hall")
    jobs.good("job", "reprint", "3")
    shown = jobs.json("job", "show", "3")
    assert (shown["state"], shown["device"]) == ("pending", "hall")
    jobs.printed(3, "hall")
    jobs.good("job", "reprint", "3", "--device", "shelf")
    assert jobs.json("job", "show", "3")["device"] == "shelf"


@pytest.mark.parametrize("word", ["show", "why", "release", "hold", "cancel", "reprint"])
def test_a_job_that_is_not_there(office: Cli, word: str) -> None:
    assert office.bad("job", word, "99") == "plantin: there is no job 99"
    assert "is not a valid integer" in office.bad("job", word, "x", code=2)
    assert "is not in the range" in office.bad("job", word, "0", code=2)


def test_a_job_that_is_not_there_cannot_move(office: Cli) -> None:
    assert office.bad("job", "move", "99", "draft") == "plantin: there is no job 99"
