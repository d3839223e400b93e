"""``plantin allocation``: credit and pages by the calendar."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.cli.support import Cli

KEYS = {
    *("name", "unit", "amount", "amount_minor", "cap", "cap_minor", "every", "starts_on", "terms"),
    *("users", "groups", "everyone", "granted_until"),
}


@pytest.fixture
def people(cli: Cli) -> Cli:
    """anna and bert have accounts."""
    cli.good("account", "add", "anna")
    cli.good("account", "add", "bert")
    return cli


def balances(cli: Cli) -> dict[str, str]:
    return {one["id"]: one["balance"] for one in cli.json("account", "list", "--kind", "allowance")}


def test_money_is_granted_once_in_a_period(people: Cli) -> None:
    told = people.good("allocation", "add", "pocket", "--everyone", "--amount", "2,50", "--every", "month")
    assert told.startswith("allocation pocket added: 2.50 EUR every month, accumulating, to everyone; ")
    assert balances(people) == {}
    assert people.good("allocation", "run") == "1 allocation run: 2 grants\n"
    assert balances(people) == {"allowance:anna": "2.50", "allowance:bert": "2.50"}
    assert people.good("allocation", "run") == "1 allocation run: 0 grants\n"
    people.good("account", "add", "cleo")
    assert people.good("allocation", "run", "pocket") == "1 allocation run: 1 grant\n"
    assert balances(people)["allowance:cleo"] == "2.50"


def test_pages_make_a_quota_that_is_filled_up(people: Cli) -> None:
    words = ("--user", "anna", "--pages", "100", "--kind", "sheets", "--every", "week")
    assert ", up to 100 sheets, to anna;" in people.good("allocation", "add", "sheets", *words)
    people.good("allocation", "run")
    shown = people.json("account", "show", "quota:anna:sheets")
    assert (shown["unit"], shown["balance"], shown["can_spend_minor"]) == ("sheets", "100", 100)
    statement = people.good("account", "statement", "quota:anna:sheets")
    assert "Counted in  sheets" in statement and "Allowance: sheets" in statement
    people.good("allocation", "add", "more", *words, "--accumulate")
    assert people.json("allocation", "show", "more")["cap"] is None


def test_a_cap_fills_up_and_no_further(people: Cli) -> None:
    people.good("account", "add", "anna", "--kind", "allowance", "--balance", "4")
    people.good(
        *("allocation", "add", "top", "--user", "anna", "--amount", "5", "--every", "day", "--cap", "6")
    )
    people.good("allocation", "run")
    assert balances(people) == {"allowance:anna": "6.00"}


def test_terms(people: Cli) -> None:
    today = datetime.now().astimezone().date()
    now = f"now={today - timedelta(days=10)}..{today + timedelta(days=10)}"
    later = f"{today + timedelta(days=30)}..{today + timedelta(days=60)}"
    people.good(
        *("allocation", "add", "term", "--user", "anna", "--amount", "5", "--every", "term"),
        *("--terms", later, "--terms", now),
    )
    shown = people.json("allocation", "show", "term")
    assert [term["name"] for term in shown["terms"]] == ["now", f"{today + timedelta(days=30)}"]
    assert people.good("allocation", "run") == "1 allocation run: 1 grant\n"
    text = people.good("allocation", "show", "term")
    assert f"now {today - timedelta(days=10)} to" in text and "period now" in text


def test_allocations_are_listed_shown_and_removed(people: Cli) -> None:
    assert people.good("allocation", "list").startswith("No allocations yet.")
    people.good("allocation", "add", "b", "--everyone", "--amount", "2", "--every", "day")
    told = people.good("allocation", "add", "a", "--group", "staff", "--pages", "9", "--every", "month")
    assert told.endswith("(group staff has nobody in it yet)\n")
    lines = people.good("allocation", "list").splitlines()
    assert lines[0].split() == ["ALLOCATION", "AMOUNT", "UNIT", "EVERY", "UP", "TO", "TO"]
    assert [line.split()[0] for line in lines[1:]] == ["a", "b"]
    assert "group staff" in lines[1]
    listed = people.json("allocation", "list")
    assert set(listed[0]) == KEYS and listed[1]["everyone"]
    assert people.json("allocation", "show", "a") == listed[0]
    assert people.good("allocation", "remove", "a") == "allocation a removed; what it granted stays\n"
    assert [one["name"] for one in people.json("allocation", "list")] == ["b"]


def test_who_cannot_be_granted_anything_is_named(people: Cli) -> None:
    people.good("account", "add", "bert", "--kind", "allowance")
    people.good("account", "close", "allowance:bert")
    people.good("allocation", "add", "pocket", "--everyone", "--amount", "2", "--every", "day")
    told = people("allocation", "run")
    assert told.code == 0 and told.out == "1 allocation run: 1 grant\n"
    assert told.err == "not granted: pocket: bert: account allowance:bert is closed\n"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--amount", "1.005", "--every", "day"), "more decimals"),
        (("--amount", "0", "--every", "day"), "an amount of 0"),
        (("--amount", "1", "--every", "term"), "terms are given"),
        (("--amount", "1", "--every", "day", "--terms", "2027-01-01..2027-02-01"), "terms are given"),
        (("--amount", "1", "--every", "term", "--terms", "2027"), "'2027' is no term: write"),
        (("--amount", "1", "--every", "term", "--terms", "2027-13-01..2027-12-01"), "is no term"),
        (("--amount", "1", "--every", "term", "--terms", "2027-03-01..2027-02-01"), "a term ends before"),
        (
            ("--amount", "1", "--every", "term", "--terms", "2027-01-01..2027-02-01,2027-02-01..2027-03-01"),
            "terms overlap",
        ),
        (("--amount", "1", "--every", "week", "--starts-on", "8"), "starts on 1 to 7"),
    ],
)
def test_what_is_refused_is_said_in_one_line(people: Cli, words: tuple[str, ...], told: str) -> None:
    assert told in people.bad("allocation", "add", "new", "--everyone", *words)
    assert people.json("allocation", "list") == []


def test_a_name_twice_and_one_that_is_not_there(people: Cli) -> None:
    words = ("allocation", "add", "a", "--everyone", "--amount", "1", "--every", "day")
    people.good(*words)
    assert "there is an allocation a already" in people.bad(*words)
    for word in ("show", "remove", "run"):
        assert "there is no allocation 'b'" in people.bad("allocation", word, "b")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--amount", "1", "--every", "day"), "say who gets it"),
        (("--everyone", "--user", "anna", "--amount", "1", "--every", "day"), "say who gets it"),
        (("--everyone", "--every", "day"), "say what they get"),
        (("--everyone", "--amount", "1", "--pages", "1", "--every", "day"), "say what they get"),
        (("--everyone", "--amount", "1", "--every", "day", "--cap", "2", "--accumulate"), "either --cap"),
        (("--everyone", "--amount", "1", "--every", "year"), "'year' is not one of"),
        (("--everyone", "--pages", "0", "--every", "day"), "0 is not in the range"),
        (("--everyone", "--amount", "1"), "missing option '--every'"),
    ],
)
def test_a_wrong_command_line_is_exit_2(people: Cli, words: tuple[str, ...], told: str) -> None:
    assert told in people.bad("allocation", "add", "new", *words, code=2)
