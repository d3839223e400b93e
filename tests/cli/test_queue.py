"""``plantin queue``."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.support import Cli

KEYS = {
    "name",
    "uuid",
    "mode",
    "devices",
    "is_default",
    "accepting",
    "enabled",
    "hold_new_jobs",
    "deactivated",
    "shutdown",
    "state_message",
    "state_at",
    "state_at_iso",
    "open_jobs",
    "info",
    "location",
    "site",
    "is_class",
    "shared",
    "defaults",
    "allowed_users",
    "denied_users",
    "unknown_policy",
    "error_policy",
    "expire_after_s",
    "operator_message",
    "geo_location",
    "organization",
    "organizational_unit",
    "options",
    "config_at",
    "config_at_iso",
    "created_at",
    "created_at_iso",
}


def test_queues_are_listed_with_their_devices_and_the_default_has_a_star(office: Cli) -> None:
    lines = office.good("queue", "list").splitlines()
    assert lines[0].split() == ["NAME", "MODE", "DEVICES", "STATE", "JOBS", "INFO"]
    assert [line[3:].split()[0] for line in lines[1:]] == ["anywhere", "draft", "secure"]
    assert lines[1].startswith("   anywhere  find-me  hall, shelf  accepting, enabled  0")
    assert lines[2].startswith("*  draft ")


def test_the_json_of_a_queue_has_these_keys(office: Cli) -> None:
    listed = office.json("queue", "list")
    assert set(listed[0]) == KEYS
    shown = office.json("queue", "show", "anywhere")
    assert shown == listed[0]
    assert shown["devices"] == ["hall", "shelf"] and shown["mode"] == "find-me"
    assert shown["created_at_iso"].endswith("+00:00")


def test_a_queue_is_shown_for_people(office: Cli) -> None:
    office.good("queue", "disable", "draft", "--reason", "holiday")
    shown = office.good("queue", "show", "draft")
    assert "accepting, disabled: holiday" in shown
    assert "/printers/draft or /ipp/print/draft" in shown


def test_a_queue_without_a_device_says_so(cli: Cli) -> None:
    told = cli.good("queue", "add", "lonely")
    assert told == "queue lonely added; it has no device yet, so its jobs wait\n"
    assert "none: its jobs wait" in cli.good("queue", "show", "lonely")
    assert cli.json("queue", "show", "lonely")["devices"] == []


def test_accept_reject_enable_disable(office: Cli) -> None:
    assert office.good("queue", "reject", "draft", "-r", "out of order") == "queue draft takes no jobs\n"
    assert office.good("queue", "disable", "draft") == "queue draft lets its jobs wait\n"
    shown = office.json("queue", "show", "draft")
    assert (shown["accepting"], shown["enabled"]) == (False, False)
    assert office.good("queue", "accept", "draft") == "queue draft takes jobs\n"
    assert office.good("queue", "enable", "draft") == "queue draft prints\n"
    shown = office.json("queue", "show", "draft")
    assert (shown["accepting"], shown["enabled"], shown["state_message"]) == (True, True, "")


def test_settings_are_changed_and_only_those(office: Cli) -> None:
    office.good("queue", "set", "draft", "--info", "Draft", "--allow", "anna", "--allow", "bert")
    office.good("queue", "set", "draft", "--unknown-policy", "retry", "--error-policy", "abort-job")
    office.good("queue", "set", "draft", "--expire-after", "60", "--hold-new-jobs", "--site", "north")
    shown = office.json("queue", "show", "draft")
    assert shown["allowed_users"] == ["anna", "bert"]
    assert (shown["info"], shown["unknown_policy"], shown["error_policy"]) == ("Draft", "retry", "abort-job")
    assert (shown["expire_after_s"], shown["hold_new_jobs"], shown["site"]) == (60, True, "north")
    assert shown["devices"] == ["hall"]
    office.good(
        "queue", "set", "draft", "--everybody", "--device", "shelf", "--no-hold-new-jobs", "--default"
    )
    shown = office.json("queue", "show", "draft")
    assert (shown["allowed_users"], shown["devices"], shown["hold_new_jobs"]) == ([], ["shelf"], False)
    office.good("queue", "set", "secure", "--default")
    assert office.json("queue", "show", "secure")["is_default"]


def test_a_queue_goes_with_its_waiting_jobs_and_says_how_many(office: Cli, page: Path) -> None:
    office.good("print", page, "--queue", "secure")
    office.good("print", page, "--queue", "secure")
    assert office.good("queue", "remove", "secure") == "queue secure removed, with 2 waiting jobs\n"
    assert office.good("queue", "remove", "anywhere") == "queue anywhere removed\n"
    assert [row["name"] for row in office.json("queue", "list")] == ["draft"]


def test_a_queue_that_prints_is_not_removed(office: Cli, page: Path) -> None:
    office.good("print", page, "--queue", "draft")
    office.begin(1, "hall", 1)
    assert "queue 'draft' is printing a job; cancel it or wait" in office.bad("queue", "remove", "draft")
    assert office.json("job", "show", "1")["state"] == "processing"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("add", "draft"), "there is a queue 'draft' already"),
        (("add", "a/b"), "a queue name cannot hold '/'"),
        (("add", "new", "--device", "nope"), "there is no device 'nope'"),
        (("set", "nope", "--info", "x"), "there is no queue 'nope'"),
        (("set", "draft", "--device", "nope"), "there is no device 'nope'"),
        (("show", "nope"), "there is no queue 'nope'"),
        (("accept", "nope"), "there is no queue 'nope'"),
        (("reject", "nope"), "there is no queue 'nope'"),
        (("enable", "nope"), "there is no queue 'nope'"),
        (("disable", "nope"), "there is no queue 'nope'"),
        (("remove", "nope"), "there is no queue 'nope'"),
    ],
)
def test_what_is_refused_is_said_in_one_line(office: Cli, words: tuple[str, ...], told: str) -> None:
    before = office.json("queue", "list")
    assert told in office.bad("queue", *words)
    assert office.json("queue", "list") == before


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("set", "draft"), "nothing to change"),
        (("add", "new", "--mode", "fax"), "'fax' is not one of"),
        (("set", "draft", "--unknown-policy", "pray"), "'pray' is not one of"),
        (("set", "draft", "--expire-after", "-1"), "-1 is not in the range"),
    ],
)
def test_a_wrong_command_line_is_exit_2(office: Cli, words: tuple[str, ...], told: str) -> None:
    assert told in office.bad("queue", *words, code=2)
