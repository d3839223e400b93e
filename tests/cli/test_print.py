"""``plantin print``: refused first, then durable, then committed, then told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from plantin.spool import Spool
from plantin.store.queries import jobs
from tests.cli.support import Cli


def read_back(cli: Cli, job: int) -> bytes:
    """The document as a device would get it."""
    import asyncio

    async def read() -> bytes:
        async with Spool(cli.data / "spool") as spool:
            (document,) = documents
            return b"".join([piece async for piece in spool.chunks(document)])

    documents = jobs.documents([job])[job]
    return asyncio.run(read())


def test_a_file_becomes_a_job_in_the_named_queue(office: Cli, page: Path) -> None:
    assert (
        office.good("print", page, "--queue", "draft") == "job 1 in queue draft: page.txt, text/plain, 7 B\n"
    )
    shown = office.json("job", "show", "1")
    assert (shown["queue"], shown["state"], shown["name"]) == ("draft", "pending", "page.txt")
    assert (shown["owner_proof"], shown["frontend"], shown["octets"]) == ("command-line", "cli", 7)
    assert read_back(office, 1) == b"a page\n"


def test_without_a_name_it_goes_to_the_default_queue(office: Cli, page: Path) -> None:
    office.good("queue", "set", "secure", "--default")
    told = office.good("print", page)
    assert told.startswith("job 1, held until it is released, in queue secure: page.txt")


def test_several_files_and_standard_input_are_jobs_of_their_own(office: Cli, page: Path) -> None:
    told = office.good(
        "print", page, "-", page, "--queue", "draft", "--title", "Minutes", stdin=b"%PDF-1.7 x"
    )
    assert [line.split(":")[0] for line in told.splitlines()] == [
        f"job {n} in queue draft" for n in (1, 2, 3)
    ]
    listed = office.json("job", "list")
    assert [row["name"] for row in listed] == ["Minutes"] * 3
    assert office.json("job", "show", "2")["documents"][0]["format"] == "application/pdf"
    assert read_back(office, 2) == b"%PDF-1.7 x"


def test_a_large_file_streams_into_the_spool(office: Cli, tmp_path: Path) -> None:
    content = b"%!PS-Adobe-3.0\n" + bytes(range(256)) * 8192
    file = tmp_path / "large.ps"
    file.write_bytes(content)
    office.good("print", file, "--queue", "draft")
    document = office.json("job", "show", "1")["documents"][0]
    assert (document["format"], document["octets"]) == ("application/postscript", len(content))
    assert read_back(office, 1) == content


def test_wishes_become_attributes_of_the_job(office: Cli, page: Path) -> None:
    options = (
        "copies=2 sides=two-sided-long-edge media=A4 print-quality=high page-ranges=1-2,4 job-priority=70"
    )
    words = [word for option in options.split() for word in ("-o", option)]
    office.good("print", page, "--queue", "draft", *words)
    shown = office.json("job", "show", "1")
    assert shown["attributes"] == {
        "copies": 2,
        "sides": "two-sided-long-edge",
        "media": "iso_a4_210x297mm",
        "print-quality": "high",
        "page-ranges": ["1-2", 4] if shown["attributes"]["page-ranges"][1] == 4 else ["1-2", "4-4"],
    }
    assert (shown["copies"], shown["priority"]) == (2, 70)
    assert "copies=2, sides=two-sided-long-edge" in office.good("job", "show", "1")


def test_what_the_queue_cannot_do_is_left_out_and_said(office: Cli, page: Path) -> None:
    told = office("print", page, "--queue", "draft", "-o", "copies=99999", "-o", "flavour=mint")
    assert told.code == 0
    assert told.err.splitlines() == [
        "plantin print: queue draft can't do copies=99999; it is left out",
        "plantin print: queue draft can't do flavour; it is left out",
    ]
    assert office.json("job", "show", "1")["copies"] == 1


def test_with_fidelity_it_is_refused_instead(office: Cli, page: Path) -> None:
    line = office.bad(
        "print", page, "--queue", "draft", "-o", "copies=99999", "-o", "ipp-attribute-fidelity=true"
    )
    assert "copies" in line
    assert office.json("job", "list") == []


@pytest.mark.parametrize(
    ("hold", "reason"), [("indefinite", "job-hold-until-specified"), ("23:59:59", "job-hold-until-specified")]
)
def test_a_job_can_be_held(office: Cli, page: Path, hold: str, reason: str) -> None:
    office.good("print", page, "--queue", "draft", "-o", f"job-hold-until={hold}")
    shown = office.json("job", "show", "1")
    assert (shown["state"], shown["hold_reason"]) == ("held", reason)
    assert bool(shown["hold_until"]) is (hold != "indefinite")


def test_a_queue_that_holds_new_jobs_holds_it(office: Cli, page: Path) -> None:
    office.good("queue", "set", "draft", "--hold-new-jobs")
    office.good("print", page, "--queue", "draft")
    assert "held for an operator: its queue holds new jobs" in office.good("job", "why", "1")


def test_the_wait_for_release_ends_when_the_queue_says(office: Cli, page: Path) -> None:
    office.good("queue", "set", "secure", "--expire-after", "60")
    office.good("print", page, "--queue", "secure")
    office.good("print", page, "--queue", "anywhere")
    one, other = office.json("job", "show", "1"), office.json("job", "show", "2")
    assert one["expires_at"] - one["created_at"] == pytest.approx(60_000, abs=5_000)
    assert other["expires_at"] - other["created_at"] == pytest.approx(3 * 86_400_000, abs=5_000)


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        (("reject", "draft", "-r", "toner is late"), "draft is not accepting jobs: toner is late"),
        (("set", "draft", "--allow", "anna"), "user 'bert' may not print on draft"),
        (("set", "draft", "--deny", "bert"), "user 'bert' may not print on draft"),
    ],
)
def test_the_queue_may_refuse(office: Cli, page: Path, setting: tuple[str, ...], told: str) -> None:
    office.good("queue", *setting)
    assert told in office.bad("print", page, "--queue", "draft", "--user", "bert")
    assert office.json("job", "list") == []


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["copies=two"], "-o copies: 'two' is not a whole number"),
        (["copies="], "-o copies: write NAME=VALUE"),
        (["page-ranges=1-x"], "write 3 or 1-4"),
        (["print-quality=great"], "none of draft, normal, high"),
        (["printer-resolution=fine"], "write 600dpi or 600x1200dpi"),
        (["media-col=x"], "can't be written on the command line"),
        (["fit-to-page=perhaps"], "neither true nor false"),
        (["ipp-attribute-fidelity=perhaps"], "neither true nor false"),
        (["job-priority=101"], "job-priority 101 is not within 1 to 100"),
    ],
)
def test_a_wrong_option_is_explained(office: Cli, page: Path, options: list[str], told: str) -> None:
    assert told in office.bad("print", page, "--queue", "draft", *[w for o in options for w in ("-o", o)])
    assert office.json("job", "list") == []


def test_what_cannot_be_read_does_not_stop_the_rest(office: Cli, page: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.touch()
    told = office("print", tmp_path / "missing", empty, tmp_path, page, "--queue", "draft")
    assert told.code == 1
    assert told.out == "job 1 in queue draft: page.txt, text/plain, 7 B\n"
    assert told.err.splitlines() == [
        f"plantin print: {tmp_path}/missing: No such file or directory",
        f"plantin print: {empty}: it is empty",
        f"plantin print: {tmp_path}: Is a directory",
        "plantin: 3 files of 4 not printed",
    ]


def test_a_document_that_is_too_large_is_refused(office: Cli, page: Path) -> None:
    told = office("print", page, "--queue", "draft", env={"PLANTIN_IPP_DOCUMENT_OCTETS_MAX": "6"})
    assert told.code == 1 and "plantin print: " in told.err
    assert office.json("job", "list") == []


def test_without_any_queue_it_says_what_to_do(cli: Cli, page: Path) -> None:
    assert "there is no queue yet; add one: plantin queue add" in cli.bad("print", page)
    assert "there is no queue 'nope'" in cli.bad("print", page, "--queue", "nope")


def test_with_a_key_file_the_disk_holds_no_clear_text(office: Cli, page: Path, tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text("0" * 64 + "\n")
    key.chmod(0o600)
    page.write_text("a secret that nobody may read on the disk\n")
    office.good("print", page, "--queue", "draft", env={"PLANTIN_SPOOL_KEY_FILE": str(key)})
    stored = [path.read_bytes() for path in (office.data / "spool").rglob("*") if path.is_file()]
    assert stored and not any(b"secret" in octets for octets in stored)


def test_the_name_of_a_job_is_made_fit_to_be_shown(office: Cli, tmp_path: Path) -> None:
    file = tmp_path / "evil\x1b[2Jname"
    file.write_text("x\n")
    told = office.good("print", file, "--queue", "draft")
    assert "\x1b" not in told
    shown: Any = office.json("job", "show", "1")
    assert "\x1b" not in shown["name"]
