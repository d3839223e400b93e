"""``plantin account``: accounts, rights, money that people move."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from plantin.ledger.accounts import pin_matches
from plantin.store.ledger.book import DatabaseBook
from tests.cli.support import Cli

KEYS = {
    *("id", "name", "kind", "unit", "owner", "parent", "closed", "restricted", "users", "groups", "has_pin"),
    *("overdraft", "overdraft_minor", "balance", "balance_minor", "reserved", "reserved_minor"),
    *("available", "available_minor", "can_spend", "can_spend_minor"),
}


@pytest.fixture
def bank(cli: Cli) -> Cli:
    """Accounts of anna (5 EUR), bert (0 EUR, 3 EUR overdraft), cleo (no limit), and two cost centres."""
    cli.good("account", "add", "anna", "--restricted", "--balance", "5", "--name", "Anna Berg")
    cli.good("account", "add", "bert", "--restricted", "--overdraft", "3")
    cli.good("account", "add", "cleo", "--unrestricted")
    cli.good("account", "add", "faculty", "--kind", "shared", "--group", "staff")
    cli.good("account", "add", "physics", "--kind", "shared", "--parent", "faculty", "--balance", "100")
    return cli


def balance(cli: Cli, name: str) -> str:
    text = cli.json("account", "show", name)["balance"]
    assert isinstance(text, str)
    return text


def test_accounts_are_listed_with_amounts_flush_right(bank: Cli) -> None:
    lines = bank.good("account", "list").splitlines()
    assert lines[0].split() == [
        *("ACCOUNT", "KIND", "OWNER", "BALANCE", "RESERVED", "CAN", "SPEND", "UNIT", "STATE", "NAME")
    ]
    assert [line.split()[0] for line in lines[1:]] == ["anna", "bert", "cleo", "faculty", "physics"]
    assert lines[1].split() == ["anna", "personal", "anna", "5.00", "5.00", "EUR", "open", "Anna", "Berg"]
    ends = {line.index(".00") for line in lines[1:]}
    assert len(ends) == 1
    assert "no limit" in lines[3]


def test_what_is_listed_can_be_chosen(bank: Cli) -> None:
    assert [one["id"] for one in bank.json("account", "list", "--kind", "shared")] == ["faculty", "physics"]
    assert [one["id"] for one in bank.json("account", "list", "--owner", "bert")] == ["bert"]
    assert [one["id"] for one in bank.json("account", "list", "--match", "BERG")] == ["anna"]
    everything = [one["id"] for one in bank.json("account", "list", "--all")]
    assert {"cash:EUR", "grant:EUR", "revenue:EUR"} < set(everything)
    assert [one["id"] for one in bank.json("account", "list", "--kind", "grant")] == ["grant:EUR"]
    told = bank("account", "list", "--limit", "2")
    assert len(told.out.splitlines()) == 3 and "--limit" in told.err
    assert "No such accounts" in bank.good("account", "list", "--owner", "nobody")


def test_the_json_of_an_account_has_these_keys(bank: Cli) -> None:
    listed = bank.json("account", "list")
    assert set(listed[0]) == KEYS
    shown = bank.json("account", "show", "anna")
    assert set(shown) == KEYS | {"tree_balance", "tree_balance_minor"}
    assert (shown["balance"], shown["balance_minor"], shown["can_spend_minor"]) == ("5.00", 500, 500)
    assert bank.json("account", "show", "cleo")["can_spend"] is None
    assert bank.json("account", "show", "bert")["can_spend"] == "3.00"


def test_an_account_is_shown_for_people(bank: Cli) -> None:
    shown = dict(line.split("  ", 1) for line in bank.good("account", "show", "faculty").splitlines())
    shown = {key: value.strip() for key, value in shown.items()}
    assert shown["parts"] == "physics" and shown["with all its parts"] == "100.00 EUR"
    assert shown["groups that may charge it"] == "staff"
    assert "reserved" not in shown and "PIN" not in shown


def test_the_tree_adds_up(bank: Cli) -> None:
    bank.good("account", "add", "lab", "--kind", "shared", "--parent", "physics", "--balance=-2.50")
    rows = [line.split() for line in bank.good("account", "tree").splitlines()[1:]]
    assert rows == [
        ["faculty", "0.00", "97.50", "EUR"],
        ["physics", "100.00", "97.50", "EUR"],
        ["lab", "-2.50", "-2.50", "EUR"],
    ]
    assert [line.split()[0] for line in bank.good("account", "tree", "physics").splitlines()[1:]] == [
        *("physics", "lab")
    ]
    assert "anna is no cost centre" in bank.good("account", "tree", "anna")


def test_new_accounts_are_as_the_configuration_says(cli: Cli) -> None:
    cli.good("account", "add", "anna")
    cli.good("account", "add", "bert", env={"PLANTIN_ACCOUNTING_NEW_ACCOUNTS": "restricted"})
    cli.good("account", "add", "centre", "--kind", "shared")
    shown = {one["id"]: one["restricted"] for one in cli.json("account", "list")}
    assert shown == {"anna": False, "bert": True, "centre": True}


def test_the_currency_is_the_configurations(cli: Cli) -> None:
    yen = {"PLANTIN_ACCOUNTING_CURRENCY": "JPY"}
    assert "balance 500 JPY" in cli.good("account", "add", "anna", "--balance", "500", env=yen)
    told = cli("account", "charge", "anna", "1.5", "--memo", "x", env=yen)
    assert (told.code, told.err) == (1, "plantin: 1.5 has more decimals than JPY, which has no decimals\n")
    assert "balance 400 JPY" in cli.good("account", "charge", "anna", "100", "--memo", "x", env=yen)


def test_an_allowance_is_named_by_its_person(cli: Cli) -> None:
    cli.good("account", "add", "anna", "--kind", "allowance")
    shown = cli.json("account", "show", "allowance:anna")
    assert (shown["kind"], shown["owner"], shown["restricted"]) == ("allowance", "anna", True)
    told = cli.good("account", "top-up", "allowance:anna", "3")
    assert told == "3.00 EUR granted to allowance:anna: transaction 1; balance 3.00 EUR\n"
    assert balance(cli, "grant:EUR") == "-3.00" and balance(cli, "cash:EUR") == "0.00"


# -- money ------------------------------------------------------------------------------------------------


def test_a_charge_a_top_up_and_a_transfer(bank: Cli) -> None:
    told = bank.good("account", "charge", "anna", "2,50", "--memo", "Binding")
    assert told == "2.50 EUR charged to anna: transaction 3; balance 2.50 EUR\n"
    told = bank.good("account", "top-up", "anna", "10", "--memo", "desk")
    assert told == "10.00 EUR paid in to anna: transaction 4; balance 12.50 EUR\n"
    told = bank.good("account", "transfer", "anna", "bert", "1")
    assert told == "1.00 EUR moved from anna to bert: transaction 5; anna: balance 11.50 EUR\n"
    assert [balance(bank, name) for name in ("anna", "bert", "revenue:EUR", "cash:EUR")] == [
        *("11.50", "1.00", "2.50", "-10.00")
    ]


def test_the_missing_amount_is_told_and_nothing_is_booked(bank: Cli) -> None:
    before = bank.json("account", "list", "--all")
    assert bank.bad("account", "charge", "anna", "5.01", "--memo", "x") == (
        "plantin: not enough: anna lacks 0.01 EUR"
    )
    assert "bert lacks 2.00 EUR" in bank.bad("account", "transfer", "bert", "anna", "5")
    assert bank.json("account", "list", "--all") == before
    bank.good("account", "charge", "anna", "5", "--memo", "x")
    bank.good("account", "charge", "bert", "3", "--memo", "x")
    bank.good("account", "charge", "cleo", "999", "--memo", "x")


def test_a_key_makes_a_booking_once(bank: Cli) -> None:
    words = ("account", "charge", "anna", "1", "--memo", "x", "--key", "till-1")
    first = bank.good(*words)
    assert bank.good(*words) == first
    assert balance(bank, "anna") == "4.00"
    assert "was used for another" in bank.bad(
        "account", "charge", "anna", "2", "--memo", "x", "--key", "till-1"
    )


def test_a_refund_in_part_and_of_all_that_is_left(bank: Cli) -> None:
    bank.good("account", "charge", "anna", "2", "--memo", "Binding")
    told = bank.good("account", "refund", "3", "0.5", "--reason", "torn")
    assert told == "transaction 3 paid back: 0.50 EUR to anna, balance 3.50 EUR: transaction 4\n"
    assert "1.50 EUR can be paid back, not 2.00 EUR" in bank.bad(
        "account", "refund", "3", "2", "--reason", "x"
    )
    assert "1.50 EUR to anna" in bank.good("account", "refund", "3", "all", "--reason", "torn")
    assert "nothing is left" in bank.bad("account", "refund", "3", "all", "--reason", "x")
    assert "nothing was charged" in bank.bad("account", "refund", "1", "1", "--reason", "x")
    assert "no transaction 99" in bank.bad("account", "refund", "99", "1", "--reason", "x")
    assert balance(bank, "anna") == "5.00"


@pytest.mark.parametrize(
    ("amount", "told"),
    [
        ("2.555", "2.555 has more decimals than EUR, which has 2 decimals"),
        (
            "1.234,50",
            "'1.234,50' is not an amount in EUR: write it like 12.50, with no separator of thousands",
        ),
        ("1,234,567", "is not an amount in EUR"),
        ("two", "'two' is not an amount"),
        ("1e3", "'1e3' is not an amount"),
        ("٣", "is not an amount"),
        ("0", "an amount of 0 changes nothing"),
        ("99999999999999", "more than the ledger takes at once"),
    ],
)
def test_an_amount_that_is_none_is_refused_in_words(bank: Cli, amount: str, told: str) -> None:
    assert told in bank.bad("account", "charge", "cleo", amount, "--memo", "x")
    assert balance(bank, "cleo") == "0.00"


def test_the_largest_amount_and_one_more(bank: Cli) -> None:
    assert "more than" in bank.bad("account", "top-up", "cleo", "10000000000000.01")
    bank.good("account", "top-up", "cleo", "10000000000000.00")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("charge", "nobody", "1", "--memo", "x"), "no account 'nobody'"),
        (("charge", "revenue:EUR", "1", "--memo", "x"), "revenue:EUR is the house's own"),
        (("top-up", "cash:EUR", "1"), "cash:EUR is the house's own"),
        (("transfer", "anna", "nobody", "1"), "no account 'nobody'"),
        (("transfer", "anna", "anna", "1"), "between two accounts"),
        (("add", "anna"), "account anna exists"),
        (("add", "revenue:USD"), "is no name of an account"),
        (("add", "a,b", "--kind", "shared"), "is no name of an account"),
        (("add", " x"), "is no name of an account"),
        (("add", "new", "--user", "bert"), "are for shared accounts"),
        (("add", "new", "--kind", "shared", "--parent", "nobody"), "no account 'nobody'"),
        (("add", "new", "--kind", "shared", "--parent", "anna"), "anna is of another kind"),
        (("add", "new", "--parent", "faculty"), "only shared accounts form a tree"),
        (("set", "nobody", "--name", "x"), "no account 'nobody'"),
        (("set", "anna", "--group", "staff"), "are for shared accounts"),
        (("set", "anna", "--owner", "bert"), "anna is anna's own"),
        (("set", "revenue:EUR", "--name", "x"), "the house's own"),
        (("set", "physics", "--parent", "physics"), "cannot be part of itself"),
        (("set", "faculty", "--parent", "physics"), "deeper than"),
        (("close", "cash:EUR"), "the house's own"),
        (("pin", "anna", "--none"), "are for shared accounts"),
        (("default", "anna", "bert"), "a default is a shared account"),
        (("default", "anna", "nobody"), "no account 'nobody'"),
        (("show", "nobody"), "no account 'nobody'"),
        (("tree", "nobody"), "no account 'nobody'"),
        (("statement", "nobody"), "no account 'nobody'"),
    ],
)
def test_what_is_refused_is_said_in_one_line(bank: Cli, words: tuple[str, ...], told: str) -> None:
    before = bank.json("account", "list", "--all")
    assert told in bank.bad("account", *words)
    assert bank.json("account", "list", "--all") == before


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("set", "anna"), "nothing to change"),
        (("charge", "anna", "1"), "missing option '--memo'"),
        (("refund", "1", "1"), "missing option '--reason'"),
        (("add", "x", "--kind", "cash"), "'cash' is not one of"),
        (("statement", "anna", "--csv", "--json"), "either --csv or --json"),
        (("statement", "anna", "--from", "yesterday"), "'yesterday' does not match"),
        (("default", "anna", "physics", "--none"), "either an account or --none"),
    ],
)
def test_a_wrong_command_line_is_exit_2(cli: Cli, words: tuple[str, ...], told: str) -> None:
    assert told in cli.bad("account", *words, code=2)


# -- settings ---------------------------------------------------------------------------------------------


def test_settings_are_changed_and_only_those(bank: Cli) -> None:
    bank.good("account", "set", "faculty", "--name", "All of it", "--user", "anna", "--user", "bert")
    bank.good("account", "set", "faculty", "--no-user", "bert", "--no-group", "staff", "--overdraft", "10")
    shown = bank.json("account", "show", "faculty")
    assert (shown["name"], shown["users"], shown["groups"]) == ("All of it", ["anna"], [])
    assert (shown["overdraft"], shown["can_spend"]) == ("10.00", "110.00")
    bank.good("account", "set", "faculty", "--overdraft", "default", "--owner", "dean", "--unrestricted")
    shown = bank.json("account", "show", "faculty")
    assert (shown["overdraft"], shown["owner"], shown["restricted"]) == (None, "dean", False)
    bank.good("account", "set", "physics", "--parent", "")
    assert bank.json("account", "show", "physics")["parent"] is None


def test_a_closed_account_takes_no_business_until_it_is_reopened(bank: Cli) -> None:
    assert bank.good("account", "close", "anna") == "account anna closed; balance 5.00 EUR\n"
    for words in (
        ("charge", "anna", "1", "--memo", "x"),
        ("top-up", "anna", "1"),
        ("transfer", "anna", "bert", "1"),
    ):
        assert "account anna is closed" in bank.bad("account", *words)
    shown = bank.json("account", "show", "anna")
    assert (shown["closed"], shown["can_spend"]) == (True, None)
    assert " closed " in bank.good("account", "list", "--match", "anna")
    bank.good("account", "reopen", "anna")
    bank.good("account", "charge", "anna", "1", "--memo", "x")


def test_a_pin_comes_from_standard_input_and_is_kept_as_a_digest(bank: Cli) -> None:
    told = bank.good("account", "add", "library", "--kind", "shared", "--pin", stdin=b"4711\n")
    assert "4711" not in told
    digest = DatabaseBook().account("library").pin_digest
    assert pin_matches("4711", digest) and "4711" not in digest
    assert bank.json("account", "show", "library")["has_pin"]
    bank.good("account", "pin", "library", stdin=b"1234\n")
    assert pin_matches("1234", DatabaseBook().account("library").pin_digest)
    assert "1 to 64 characters" in bank.bad("account", "pin", "library", stdin=b"\n")
    assert "1 to 64 characters" in bank.bad("account", "pin", "library", stdin=b"x" * 65)
    bank.good("account", "pin", "library", stdin=b"x" * 64)
    bank.good("account", "pin", "library", "--none")
    assert not bank.json("account", "show", "library")["has_pin"]


def test_a_pin_is_asked_for_twice_on_a_terminal_and_never_shown(bank: Cli) -> None:
    program = Path(sys.executable).with_name("plantin")
    ours, theirs = pty.openpty()
    words = [str(program), "--data", str(bank.data), "account", "pin", "physics"]
    process = subprocess.Popen(words, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True)
    os.close(theirs)
    said = b""
    for part in (b"PIN: ", b"confirmation: "):
        while not said.endswith(part):
            said += os.read(ours, 1024)
        os.write(ours, b"1234\n")
    while b"PIN set" not in said:
        said += os.read(ours, 1024)
    assert process.wait(60) == 0
    os.close(ours)
    assert b"1234" not in said


def test_the_account_that_a_persons_jobs_are_charged_to(bank: Cli) -> None:
    assert bank.good("account", "default", "anna") == "anna prints at the expense of their own account\n"
    assert bank.good("account", "default", "anna", "physics") == "anna prints at the expense of physics\n"
    assert bank.good("account", "default", "anna") == "anna prints at the expense of physics\n"
    bank.good("account", "default", "anna", "--none")
    assert "their own account" in bank.good("account", "default", "anna")


# -- files ------------------------------------------------------------------------------------------------


def test_an_export_imports_again_and_changes_nothing(bank: Cli, tmp_path: Path) -> None:
    file = tmp_path / "balances.csv"
    assert bank.good("account", "export", file) == f"5 balances written to {file}\n"
    lines = file.read_bytes().decode().split("\r\n")
    assert lines[:2] == ["account,balance", "anna,5.00"]
    assert bank("account", "export").out == file.read_bytes().decode()
    assert bank.good("account", "import", file) == f"5 rows, 0 balances changed from {file}\n"


def test_an_import_brings_accounts_to_their_balances_once(bank: Cli, tmp_path: Path) -> None:
    file = tmp_path / "balances.csv"
    file.write_text("account,balance\nanna,7.00\nnina,2.50\n")
    assert "no account 'nina'" in bank.bad("account", "import", file)
    assert balance(bank, "anna") == "5.00"
    told = bank.good("account", "import", file, "--create", "--dry-run")
    assert told.splitlines()[:2] == ["anna: +2.00 EUR", "nina: +2.50 EUR"]
    assert "2 balances would change; nothing was changed" in told
    assert balance(bank, "anna") == "5.00"
    assert "2 rows, 2 balances changed" in bank.good("account", "import", file, "--create")
    assert (balance(bank, "anna"), balance(bank, "nina")) == ("7.00", "2.50")
    bank.good("account", "charge", "anna", "1", "--memo", "x")
    assert "2 rows, 0 balances changed" in bank.good("account", "import", file, "--create")
    assert balance(bank, "anna") == "6.00"


def test_a_bad_file_names_its_line_and_changes_nothing(bank: Cli, tmp_path: Path) -> None:
    file = tmp_path / "balances.csv"
    for text, told in (
        (b"name,money\nanna,1\n", "line 1: the header is account,balance"),
        (b"account,balance\nanna,7\nbert,1.234\n", "line 3: amount 1.234"),
        (b"account,balance\nanna,7\nanna,8\n", "line 3: account anna again"),
        (b"account,balance\nanna,7\nb\xff,1\n", "line 3: this is no UTF-8"),
        (b"account,balance\nanna,7\ncash:EUR,1\n", "account cash:EUR"),
    ):
        file.write_bytes(text)
        assert told in bank.bad("account", "import", file)
        assert balance(bank, "anna") == "5.00"


def test_a_file_from_standard_input(bank: Cli) -> None:
    bank.good("account", "import", "-", stdin=b"account,balance\r\nanna,1.00\r\n")
    assert balance(bank, "anna") == "1.00"
