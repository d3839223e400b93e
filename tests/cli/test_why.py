"""``plantin job why``: plain words, nothing twice, and what it waits for."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from plantin.core.model import UnknownPolicy
from plantin.store.commands import config as config_commands
from tests.cli.support import Cli, Outcome

OFF = "127.0.0.1 port 1 refuses connections"


@pytest.fixture
def job(office: Cli, page: Path) -> Cli:
    """Job 1 waits in ``draft``."""
    office.good("print", page, "--queue", "draft", "--user", "anna")
    return office


def now(cli: Cli, job_id: int = 1) -> str:
    told = cli.json("job", "why", str(job_id))
    assert isinstance(told["now"], str)
    return told["now"]


def texts(cli: Cli, job_id: int = 1) -> list[str]:
    return [line["text"] for line in cli.json("job", "why", str(job_id))["trail"]]


def test_the_json_has_these_keys(job: Cli) -> None:
    told = job.json("job", "why", "1")
    assert set(told) == {"job", "title", "now", "trail"}
    assert set(told["trail"][0]) == {"at", "at_iso", "kind", "text"}
    assert told["trail"][0]["kind"] == "queued"


def test_it_is_told_with_times_and_durations(job: Cli) -> None:
    job.printed(1, "hall")
    lines = job.good("job", "why", "1").splitlines()
    assert lines[0] == 'job 1 "page.txt" of anna (as given on the command line) in queue draft'
    assert re.fullmatch(
        r"  \d{4}-\d\d-\d\d \d\d:\d\d:\d\d +received on the command line; ready to print", lines[1]
    )
    assert re.search(r"\+10 ms  attempt 1 on hall begins$", lines[2])
    assert re.search(r"\+490 ms  printed on hall: taken by the device$", lines[3])
    assert lines[4] == (
        "now: completed, printed on hall: taken by the device; its documents are still kept "
        "(job-completed-successfully)"
    )


def test_a_job_that_does_not_end_says_when_no_server_runs(job: Cli) -> None:
    assert "The server does not run" in job.good("job", "why", "1")
    job.printed(1, "hall")
    assert "The server does not run" not in job.good("job", "why", "1")


def test_a_failed_attempt_is_told_once(job: Cli) -> None:
    ticket = job.begin(1, "hall", 10)
    job.end(ticket, 20, Outcome.TEMPORARY, "connection-refused", f"{OFF}: it is off")
    assert texts(job)[1:] == [
        "attempt 1 on hall begins",
        f"not printed on hall: {OFF}: it is off; it will be tried again",
    ]


@pytest.mark.parametrize(
    ("policy", "told", "state"),
    [
        (UnknownPolicy.HOLD, "held for a person to look, because paper may have come out on hall", "held"),
        (UnknownPolicy.RETRY, "to be printed again, as the queue's policy says on hall", "pending"),
        (UnknownPolicy.ABORT, "given up, as the queue's policy says on hall", "aborted"),
        (UnknownPolicy.ASSUME_PRINTED, "taken as printed, as the queue's policy says on hall", "completed"),
    ],
)
def test_an_unknown_outcome_and_what_followed(job: Cli, policy: UnknownPolicy, told: str, state: str) -> None:
    job.good("queue", "set", "draft", "--unknown-policy", policy.value)
    ticket = job.begin(1, "hall", 10)
    job.end(ticket, 20, Outcome.UNKNOWN, "device-lost", "the connection broke after 7 octets")
    lines = texts(job)
    assert lines[2] == "nobody can say whether it printed on hall: the connection broke after 7 octets"
    assert lines[3] == told.replace(" on hall", "") or lines[3] == told
    assert now(job).startswith(state)


def test_no_line_says_a_thing_twice(job: Cli) -> None:
    job.good("job", "hold", "1")
    job.good("job", "release", "1")
    job.printed(1, "hall")
    job.good("job", "reprint", "1")
    job.good("job", "move", "1", "secure")
    job.good("job", "cancel", "1")
    for line in texts(job):
        words = line.split()
        phrases = [" ".join(words[i : i + 3]) for i in range(len(words) - 2)]
        assert len(phrases) == len(set(phrases)), line
        assert not re.search(r"\b(\w+ \w+) \1\b", line), line


def test_who_did_it_is_named(job: Cli) -> None:
    job.good("job", "hold", "1")
    job.good("job", "move", "1", "secure")
    lines = texts(job)
    assert re.fullmatch(r"held by \S+ \(command line\) as it was asked for \(job-hold-until\)", lines[1])
    assert re.fullmatch(r"moved to queue secure by \S+ \(command line\)", lines[2])


def test_what_a_pending_job_waits_for(job: Cli, page: Path) -> None:
    assert now(job) == "pending, it is next to print on hall (job-queued)"
    job.good("print", page, "--queue", "draft")
    assert now(job, 2) == "pending, 1 job of its queue prints before it (job-queued)"
    job.good("queue", "disable", "draft", "-r", "holiday")
    assert now(job) == "pending, its queue is disabled: holiday (job-queued)"
    job.good("queue", "enable", "draft")
    job.good("device", "set", "hall", "--pause")
    assert "it waits for hall: paused by an administrator. It prints by itself" in now(job)
    job.good("device", "set", "hall", "--resume")
    job.begin(1, "hall", 10)
    assert now(job, 2) == "pending, it is next; hall is busy with another job (job-queued)"


def test_a_device_in_trouble_is_named_with_its_trouble(office: Cli, page: Path) -> None:
    from django.db import transaction

    office.good("print", page, "--queue", "anywhere")
    office.good("job", "release", "1", "--device", "shelf")
    shelf = office.begin(1, "shelf", 10)
    office.end(shelf, 20, Outcome.TEMPORARY, "connection-refused", OFF)
    with transaction.atomic():
        config_commands.device_reported(
            shelf.device.id,
            event=True,
            state=5,
            state_reasons="offline-report",
            state_message=OFF,
            state_at=1_700_000_000_000,
        )
    assert re.match(
        rf"pending, it waits for shelf: {OFF} \(since 2023-11-1\d \d\d:\d\d:\d\d\)\. It prints by itself",
        now(office),
    )


def test_a_queue_without_a_device_is_the_reason(office: Cli, page: Path) -> None:
    office.good("queue", "add", "lonely")
    office.good("print", page, "--queue", "lonely")
    assert now(office) == "pending, its queue has no device (job-queued)"


def test_a_held_job_says_who_can_release_it_and_until_when(office: Cli, page: Path) -> None:
    office.good("print", page, "--queue", "secure")
    assert re.fullmatch(
        r"held until its owner or an operator releases it; canceled on \d{4}-\S+ \S+ if nobody does "
        r"\(job-release-wait\)",
        now(office),
    )
    office.good("print", page, "--queue", "anywhere")
    assert "held until its owner or an operator releases it on a device; canceled on" in now(office, 2)
    office.good("print", page, "--queue", "draft", "-o", "job-hold-until=indefinite")
    assert now(office, 3) == "held until somebody releases it (job-hold-until-specified)"


def test_what_the_device_counted_is_said(job: Cli) -> None:
    ticket = job.begin(1, "hall", 10)
    job.end(ticket, 20, Outcome.COMPLETED, "job-completed-successfully", "done", impressions=3, sheets=1)
    assert "; the device counted 3 impressions on 1 sheet; its documents" in now(job)


def test_a_refused_document_says_why(job: Cli) -> None:
    ticket = job.begin(1, "hall", 10)
    job.end(ticket, 20, Outcome.PERMANENT, "document-format-error", "it can't read PCL")
    assert texts(job)[-1] == "given up on hall: it can't read PCL"
    assert now(job) == (
        "aborted by the server; the device could not read its format: it can't read PCL; "
        "its documents are still kept (aborted-by-system document-format-error)"
    )
