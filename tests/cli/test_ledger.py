"""``plantin ledger``: the journal, its proof, what holds for all accounts."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import connection

from tests.cli.books import charged, reserved
from tests.cli.support import Cli


@pytest.fixture
def books(office: Cli, page: Path) -> Cli:
    """anna has 5 EUR, was charged 1.20 for job 1; 0.40 are reserved for job 2."""
    office.good("account", "add", "anna", "--restricted", "--balance", "5")
    for title in ("Minutes", "Plan"):
        office.good("print", page, "--queue", "draft", "--user", "anna", "--title", title)
    charged(1, 120, "anna")
    reserved(2, 40, "anna")
    return office


def tamper(statement: str) -> None:
    """Changes the journal behind the triggers' back, as somebody with the database file could."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        triggers = cursor.fetchall()
        for name, _ in triggers:
            cursor.execute(f'DROP TRIGGER "{name}"')
        cursor.execute(statement)
        for _, sql in triggers:
            cursor.execute(sql)


def test_a_sound_ledger_and_its_head(books: Cli) -> None:
    told = books.json("ledger", "verify")
    assert told["sound"] and told["problems"] == []
    assert (told["transactions"], told["open_reservations"]) == (4, 1)
    head = f"{told['head']['number']}:{told['head']['digest']}"
    text = books.good("ledger", "verify")
    assert text == f"sound: 4 transactions, 1 open reservation\nhead {head}\n"
    books.good("account", "top-up", "anna", "1")
    assert books.good("ledger", "verify", "--head", head).startswith("sound: 5 transactions")


def test_an_empty_ledger_is_sound(cli: Cli) -> None:
    assert cli.good("ledger", "verify").startswith("sound: 0 transactions, 0 open reservations\nhead 0:")
    assert cli.good("ledger", "journal") == "No transactions.\n"
    assert cli.json("ledger", "journal") == []


@pytest.mark.parametrize(
    ("statement", "finding"),
    [
        (
            "UPDATE store_posting SET amount = amount + 1 WHERE number = 3 AND account = 'anna'",
            "transaction 3: ",
        ),
        ("UPDATE store_ledgertransaction SET memo = 'gift' WHERE number = 1", "transaction 1: its content"),
        ("DELETE FROM store_ledgertransaction WHERE number = 2", "transaction 3: number 3 follows 1"),
        ("UPDATE store_account SET booked = booked + 100 WHERE id = 'anna'", "account anna is kept as"),
        ("DELETE FROM store_openreservation", "transaction 4: the reservation is kept as ended"),
    ],
)
def test_what_somebody_changed_is_found_and_named(books: Cli, statement: str, finding: str) -> None:
    tamper(statement)
    told = books("ledger", "verify")
    assert told.code == 1 and finding in told.out and "NOT SOUND" in told.out
    assert told.err.startswith("plantin: the ledger is not sound: ") and told.err.count("\n") == 1
    as_json = books("ledger", "verify", "--json")
    assert as_json.code == 1 and '"sound": false' in as_json.out


def test_a_noted_head_shows_what_was_cut_off_or_forged(books: Cli) -> None:
    told = books.json("ledger", "verify")
    digest = told["head"]["digest"]
    assert "rows were cut off" in books("ledger", "verify", "--head", f"9:{digest}").out
    assert "not the one that was noted" in books("ledger", "verify", "--head", f"4:{'0' * 64}").out
    assert "NUMBER:DIGEST" in books.bad("ledger", "verify", "--head", "4", code=2)


def test_the_journal_for_people(books: Cli) -> None:
    text = books.good("ledger", "journal")
    assert "adjust  opening balance  by " in text
    assert 'reserve  Job 1 "Minutes" of anna' in text and "post  of no 2" in text
    lines = text.splitlines()
    last = lines.index(next(line for line in lines if line.startswith("no 4 ")))
    assert lines[last + 1].split() == ["anna", "-0.40", "EUR", "reserved"]
    assert lines[last + 2].split() == ["revenue:EUR", "0.40", "EUR", "reserved"]


def test_the_journal_of_an_account_and_of_a_job(books: Cli) -> None:
    books.good("account", "add", "bert", "--balance", "1")
    assert [one["number"] for one in books.json("ledger", "journal")] == [1, 2, 3, 4, 5]
    assert [one["number"] for one in books.json("ledger", "journal", "--account", "bert")] == [5]
    assert [one["number"] for one in books.json("ledger", "journal", "--job", "1")] == [2, 3]
    assert books.json("ledger", "journal", "--job", "1", "--account", "bert") == []
    told = books("ledger", "journal", "--limit", "2")
    assert told.out.startswith("no 4 ") and "--limit" in told.err
    assert "no account 'nobody'" in books.bad("ledger", "journal", "--account", "nobody")
    assert "no job 99" in books.bad("ledger", "journal", "--job", "99")


def test_the_json_of_a_transaction(books: Cli) -> None:
    post = books.json("ledger", "journal")[2]
    assert set(post) == {
        *("number", "kind", "at", "at_iso", "key", "refers_to", "job", "actor", "memo", "expires_at_iso"),
        *("digest", "postings"),
    }
    assert (post["kind"], post["refers_to"]) == ("post", 2)
    assert post["postings"][2] == {
        "account": "anna",
        "unit": "EUR",
        "amount": "-1.20",
        "amount_minor": -120,
        "layer": "booked",
        "share": 0,
    }


def test_the_default_overdraft_holds_for_all_that_say_nothing(books: Cli) -> None:
    assert books.good("ledger", "overdraft") == "default overdraft: 0.00 EUR\n"
    assert books.good("ledger", "overdraft", "2,50") == "default overdraft: 2.50 EUR\n"
    shown = books.json("account", "show", "anna")
    assert (shown["can_spend"], shown["overdraft"]) == ("5.90", None)
    assert "-2.50 EUR, as all by default" in books.good("account", "show", "anna")
    assert "more decimals" in books.bad("ledger", "overdraft", "1.005")
    assert books.good("ledger", "overdraft", "0") == "default overdraft: 0.00 EUR\n"
