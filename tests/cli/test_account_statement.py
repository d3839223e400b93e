"""``plantin account statement``: like a bank's, 80 columns, adding up."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from plantin.cli.account_paper import WIDTH
from tests.cli.books import charged, reserved
from tests.cli.support import Cli


@pytest.fixture
def anna(office: Cli, page: Path) -> Cli:
    """anna has 5 EUR and has printed job 1 (1.20) out of job 1 and 2; 0.40 are reserved for job 2."""
    office.good("account", "add", "anna", "--name", "Anna Berg", "--restricted", "--balance", "5")
    office.good("account", "add", "bert", "--restricted")
    title = "Minutes of the council of the faculty of letters"
    office.good("print", page, "--queue", "draft", "--user", "anna", "--title", title)
    office.good("print", page, "--queue", "draft", "--user", "anna", "--title", "Plan")
    charged(1, 120, "anna")
    reserved(2, 40, "anna")
    return office


def test_every_movement_has_its_line_and_the_balance_after_it(anna: Cli) -> None:
    anna.good("account", "top-up", "anna", "10", "--memo", "desk")
    anna.good("account", "transfer", "anna", "bert", "1")
    anna.good("account", "refund", "3", "0.60", "--reason", "pale")
    text = anna.good("account", "statement", "anna")
    lines = text.splitlines()
    assert max(map(len, lines)) <= WIDTH
    assert lines[0].strip() == "Statement of account"
    head = dict(line.split(None, 1) for line in lines[1:7])
    assert head["Account"] == "anna (Anna Berg)" and head["Currency"] == "EUR" and head["Owner"] == "anna"
    rows = [line for line in lines if line[:2].strip().isdigit() or "balance" in line]
    assert [line.split()[-1] for line in rows if "2026" in line or line.split()[-1][-3] == "."][:6] == [
        *("0.00", "5.00", "3.80", "13.80", "12.80", "13.40")
    ]
    assert 'Job 1 "Minutes of the council' in text and "of the faculty of letters" not in rows[2]
    assert "Top-up: desk" in text and "To bert" in text and "Refund of no 3: pale" in text
    closing = next(line for line in lines if "Closing balance" in line)
    assert closing.split()[-3:] == ["2.20", "15.60", "13.40"]


def test_what_is_reserved_stands_apart(anna: Cli) -> None:
    lines = anna.good("account", "statement", "anna").splitlines()
    closing = next(number for number, line in enumerate(lines) if "Closing balance" in line)
    apart = lines[closing + 1 :]
    assert apart[:2] == ["", "Reserved, not yet charged"]
    assert 'Job 2 "Plan"' in apart[2] and apart[2].endswith("0.40")
    assert apart[3].split() == ["Reserved", "in", "all", "-0.40"]
    assert apart[4].split() == ["Available", "3.40"]
    assert lines[closing].split()[-1] == "3.80"
    told = anna.json("account", "statement", "anna")
    assert (told["closing"], told["reserved"], told["available"]) == ("3.80", "0.40", "3.40")


def test_an_empty_period_says_so(anna: Cli) -> None:
    text = anna.good("account", "statement", "anna", "--from", "2020-02-01", "--to", "2020-02-29")
    assert "Period      2020-02-01 to 2020-02-29" in text and "No movements in this period" in text
    assert "Reserved" not in text
    told = anna.json("account", "statement", "anna", "--from", "2020-02-01", "--to", "2020-02-29")
    assert (told["lines"], told["opening"], told["closing"]) == ([], "0.00", "0.00")


def test_both_days_of_the_period_belong_to_it(office: Cli, page: Path) -> None:
    office.good("account", "add", "anna", "--unrestricted")
    for _ in range(4):
        office.good("print", page, "--queue", "draft", "--user", "anna")
    noon = datetime(2027, 3, 10, 12, tzinfo=UTC)
    for job, day in enumerate((0, 1, 3, 4), start=1):
        charged(job, job, "anna", at=noon + timedelta(days=day))
    told = office.json("account", "statement", "anna", "--from", "2027-03-11", "--to", "2027-03-13")
    assert [line["amount_minor"] for line in told["lines"]] == [-2, -3]
    assert (told["opening_minor"], told["closing_minor"]) == (-1, -6)
    march = office.json("account", "statement", "anna", "--to", "2027-03-11")
    assert (march["from"], march["to"]) == ("2027-03-01", "2027-03-11")
    assert "before it began" in office.bad("account", "statement", "anna", "--from", "2999-01-01")


def test_the_period_is_this_month_unless_it_is_said(anna: Cli) -> None:
    before = datetime.now().astimezone().date()
    told = anna.json("account", "statement", "anna")
    days = {before, datetime.now().astimezone().date()}
    assert date.fromisoformat(told["to"]) in days
    assert date.fromisoformat(told["from"]) in {day.replace(day=1) for day in days}


def test_the_movements_as_csv(anna: Cli) -> None:
    anna.good("account", "charge", "anna", "1", "--memo", "=1+1")
    rows = list(csv.reader(io.StringIO(anna("account", "statement", "anna", "--csv").out)))
    assert rows[0] == ["number", "at", "text", "amount", "balance", "unit"]
    assert [row[3:] for row in rows[1:]] == [
        *(["5.00", "5.00", "EUR"], ["-1.20", "3.80", "EUR"], ["-1.00", "2.80", "EUR"])
    ]
    assert rows[3][2] == "Charge: =1+1"


def test_the_json_of_a_line_has_both_forms(anna: Cli) -> None:
    told = anna.json("account", "statement", "anna")
    line = told["lines"][1]
    assert set(line) == {
        *("number", "at", "at_iso", "text", "amount", "amount_minor", "balance", "balance_minor")
    }
    assert (line["number"], line["amount"], line["balance_minor"]) == (3, "-1.20", 380)
    assert line["at_iso"].endswith("+00:00")


def test_the_house_sees_who_paid(anna: Cli) -> None:
    text = anna.good("account", "statement", "revenue:EUR")
    assert "of anna" in text and "Kind        revenue" in text
    anna.good("account", "top-up", "bert", "2")
    assert "To bert" in anna.good("account", "statement", "cash:EUR")


def test_a_job_whose_history_is_over_still_has_its_line(anna: Cli) -> None:
    uuid = anna.json("job", "show", "1")["uuid"]
    anna.good("queue", "remove", "draft")
    text = anna.good("account", "statement", "anna")
    assert f"Job {uuid[:8]}" in text


def test_large_amounts_and_long_words_stay_in_their_columns(cli: Cli) -> None:
    cli.good("account", "add", "anna", "--unrestricted", "--name", "A" * 200)
    cli.good("account", "top-up", "anna", "9999999999999.99", "--memo", "x" * 300)
    cli.good("account", "charge", "anna", "9999999999999.99", "--memo", "a b " * 100)
    lines = cli.good("account", "statement", "anna").splitlines()
    assert max(map(len, lines)) <= WIDTH
    assert any(line.endswith("9999999999999.99  9999999999999.99") for line in lines)
