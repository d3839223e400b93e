"""``plantin refund``: asked, decided by somebody else, paid back once."""

from __future__ import annotations

from pathlib import Path

import pytest

from plantin.cli.output import user
from tests.cli.books import charged
from tests.cli.support import Cli


@pytest.fixture
def printed(office: Cli, page: Path) -> Cli:
    """anna has printed job 1 for 1.20 EUR of her 5; job 2 cost nothing so far."""
    office.good("account", "add", "anna", "--restricted", "--balance", "5")
    for _ in range(2):
        office.good("print", page, "--queue", "draft", "--user", "anna", "--title", "Plan")
    charged(1, 120, "anna")
    return office


def ask(cli: Cli, amount: str = "0.50", *more: str) -> str:
    return cli.good("refund", "request", "1", amount, "--reason", "pale", *more)


def balance(cli: Cli) -> str:
    text = cli.json("account", "show", "anna")["balance"]
    assert isinstance(text, str)
    return text


def test_a_request_is_approved_by_somebody_else_and_paid_back(printed: Cli) -> None:
    told = ask(printed, "0,50", "--user", "anna")
    assert told == (
        "refund 1 asked for by anna: 0.50 EUR of transaction 3; somebody else has to approve it\n"
    )
    assert balance(printed) == "3.80"
    assert printed.good("refund", "approve", "1") == (
        "refund 1 approved: 0.50 EUR paid back to anna: transaction 4\n"
    )
    assert balance(printed) == "4.30"
    assert "approved already" in printed.bad("refund", "approve", "1")
    assert balance(printed) == "4.30"
    assert "Refund of no 3" in printed.good("account", "statement", "anna")


def test_nobody_approves_a_request_of_their_own(printed: Cli) -> None:
    ask(printed)
    assert "somebody else has to approve it" in printed.bad("refund", "approve", "1")
    assert printed.good("refund", "withdraw", "1") == "refund 1 withdrawn\n"
    assert balance(printed) == "3.80"


def test_a_part_is_granted_and_never_more_than_was_asked(printed: Cli) -> None:
    ask(printed, "all", "--user", "anna")
    assert "1 to 120 can be granted" in printed.bad("refund", "approve", "1", "2")
    assert "more decimals" in printed.bad("refund", "approve", "1", "0.001")
    printed.good("refund", "approve", "1", "0.20", "--note", "one page")
    shown = printed.json("refund", "show", "1")
    assert (shown["asked"], shown["granted"], shown["state"]) == ("1.20", "0.20", "approved")
    assert [(step["state"], step["by"], step["note"]) for step in shown["trail"]] == [
        ("asked", "anna", f"pale (entered by {user()})"),
        ("approved", user(), "one page"),
    ]
    assert balance(printed) == "4.00"


def test_a_request_is_rejected_with_a_reason(printed: Cli) -> None:
    ask(printed, "1", "--user", "anna")
    assert "missing option '--reason'" in printed.bad("refund", "reject", "1", code=2)
    assert "needs a reason" in printed.bad("refund", "reject", "1", "--reason", " ")
    assert printed.good("refund", "reject", "1", "--reason", "it is not") == "refund 1 rejected\n"
    assert "only anna can withdraw" in printed.bad("refund", "withdraw", "1")
    assert "rejected already" in printed.bad("refund", "withdraw", "1", "--user", "anna")
    assert balance(printed) == "3.80"


def test_requests_are_listed(printed: Cli) -> None:
    assert printed.good("refund", "list") == "No requests that are asked.\n"
    ask(printed, "1", "--user", "anna")
    lines = printed.good("refund", "list").splitlines()
    assert lines[0].split() == ["NO", "STATE", "OF", "ASKED", "GRANTED", "UNIT", "BY", "SINCE", "REASON"]
    assert 'Job 1 "Plan" of anna' in lines[1] and "pale" in lines[1]
    (told,) = printed.json("refund", "list")
    assert set(told) == {
        *("id", "state", "transaction", "job", "job_words", "unit", "asked", "asked_minor"),
        *("granted", "granted_minor", "by", "trail"),
    }
    printed.good("refund", "reject", "1", "--reason", "no")
    assert printed.json("refund", "list") == []
    assert [one["state"] for one in printed.json("refund", "list", "--state", "all")] == ["rejected"]
    assert printed.json("refund", "list", "--state", "all", "--user", "bert") == []
    shown = printed.good("refund", "show", "1")
    assert "asked by anna: pale" in shown and f"rejected by {user()}: no" in shown


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("request", "1", "2", "--reason", "x"), "1.20 EUR can be paid back, not 2.00 EUR"),
        (("request", "2", "1", "--reason", "x"), "job 2: nothing was charged for it"),
        (("request", "9", "1", "--reason", "x"), "no job 9"),
        (("request", "1", "1", "--reason", " "), "an amount and a reason"),
        (("request", "1", "0", "--reason", "x"), "an amount of 0"),
        (("request", "9", "1", "--reason", "x", "--transaction"), "no transaction 9"),
        (("request", "1", "1", "--reason", "x", "--transaction"), "nothing was charged"),
        (("approve", "7"), "no request '7' for a refund"),
        (("show", "7"), "no request '7' for a refund"),
        (("withdraw", "7"), "no request '7' for a refund"),
    ],
)
def test_what_is_refused_is_said_in_one_line(printed: Cli, words: tuple[str, ...], told: str) -> None:
    assert told in printed.bad("refund", *words)
    assert printed.json("refund", "list", "--state", "all") == []


def test_a_second_request_waits_for_the_first(printed: Cli) -> None:
    ask(printed)
    assert "refund 1 of transaction 3 is still open" in printed.bad(
        "refund", "request", "3", "0.1", "--transaction", "--reason", "x"
    )


def test_when_all_is_paid_back_nothing_can_be_asked_for(printed: Cli) -> None:
    printed.good("account", "refund", "3", "all", "--reason", "torn")
    assert [one["kind"] for one in printed.json("ledger", "journal", "--job", "1")] == [
        *("reserve", "post", "refund")
    ]
    assert "nothing of it is left" in printed.bad("refund", "request", "1", "all", "--reason", "x")
