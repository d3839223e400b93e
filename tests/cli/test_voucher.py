"""``plantin voucher``: made in batches, shown once, used once."""

from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta
from pathlib import Path

import pikepdf
import pypdfium2
import pytest

from plantin.cli.voucher_sheet import PER_PAGE, sheet_of
from plantin.ledger.vouchers import parse_code
from tests.cli.support import Cli


def codes(cli: Cli, *words: str) -> list[str]:
    """The codes of a new batch."""
    told = cli("voucher", "create", *words, "--csv")
    assert (told.code, told.err) == (0, "")
    return [row["code"] for row in csv.DictReader(io.StringIO(told.out))]


@pytest.fixture
def anna(cli: Cli) -> Cli:
    cli.good("account", "add", "anna", "--restricted")
    cli.good("account", "add", "bert", "--restricted")
    return cli


def test_codes_are_shown_once_and_tell_themselves_apart(cli: Cli) -> None:
    lines = cli.good("voucher", "create", "--count", "12", "--amount", "5", "--batch", "shop").splitlines()
    assert lines[0] == "batch shop: 12 vouchers of 5.00 EUR"
    shown = [line.split()[1] for line in lines[1:13]]
    assert len({parse_code(code) for code in shown}) == 12
    assert lines[13] == "(the codes are shown this once)"
    everything = cli.good("voucher", "list", "shop") + cli.good("voucher", "list")
    assert not any(code in everything for code in shown)


def test_a_batch_without_a_name_is_called_like_its_day(cli: Cli) -> None:
    days = {datetime.now().astimezone().date().isoformat()}
    cli.good("voucher", "create", "--count", "1", "--amount", "5")
    cli.good("voucher", "create", "--count", "1", "--amount", "5")
    days.add(datetime.now().astimezone().date().isoformat())
    names = [one["batch"] for one in cli.json("voucher", "list")]
    assert len(set(names)) == 2 and all(name[:10] in days for name in names)


def test_a_voucher_is_used_once(anna: Cli) -> None:
    first, second = codes(anna, "--count", "2", "--amount", "7,50", "--batch", "shop")
    told = anna.good("voucher", "redeem", first.lower().replace("-", " "), "--account", "anna")
    assert told == "7.50 EUR paid in to anna: transaction 1; balance 7.50 EUR\n"
    assert "was used already, for this account" in anna.bad("voucher", "redeem", first, "--account", "anna")
    assert "shop/1 was used already" in anna.bad("voucher", "redeem", first, "--account", "bert")
    assert "Voucher shop/1" in anna.good("account", "statement", "anna")
    assert "no account 'nobody'" in anna.bad("voucher", "redeem", second, "--account", "nobody")
    anna.good("voucher", "redeem", "-", "--account", "bert", stdin=second.encode() + b"\n")
    amounts = {one["id"]: one["balance"] for one in anna.json("account", "list", "--all")}
    assert (amounts["anna"], amounts["bert"], amounts["cash:EUR"]) == ("7.50", "7.50", "-15.00")


def test_a_mistyped_code_is_told_from_an_unknown_one(anna: Cli) -> None:
    (code,) = codes(anna, "--count", "1", "--amount", "1")
    other = "0" if code[0] != "0" else "1"
    assert "is mistyped" in anna.bad("voucher", "redeem", other + code[1:], "--account", "anna")
    assert "has 14 letters and digits" in anna.bad("voucher", "redeem", code[:-1], "--account", "anna")
    assert "there is no such voucher" in anna.bad(
        "voucher", "redeem", "0000-0000-0000-00", "--account", "anna"
    )


def test_withdrawn_vouchers_are_worthless(anna: Cli) -> None:
    used, open_, other = codes(anna, "--count", "3", "--amount", "1", "--batch", "shop")
    anna.good("voucher", "redeem", used, "--account", "anna")
    assert anna.good("voucher", "withdraw", "shop", "--serial", "2") == "batch shop: 1 voucher withdrawn\n"
    assert "shop/2 was withdrawn" in anna.bad("voucher", "redeem", open_, "--account", "anna")
    anna.good("voucher", "redeem", other, "--account", "anna")
    assert anna.good("voucher", "withdraw", "shop") == "batch shop: 0 vouchers withdrawn\n"
    states = [one["state"] for one in anna.json("voucher", "list", "shop")]
    assert states == ["used", "withdrawn", "used"]
    (batch,) = anna.json("voucher", "list")
    assert (batch["count"], batch["used"], batch["withdrawn"], batch["open"]) == (3, 2, 1, 0)
    for words in (("withdraw", "nope"), ("list", "nope")):
        assert "there is no batch 'nope'" in anna.bad("voucher", *words)


def test_the_last_day(anna: Cli) -> None:
    today = datetime.now().astimezone().date()
    tomorrow = f"{today + timedelta(days=1)}"
    (code,) = codes(anna, "--count", "1", "--amount", "1", "--expires", tomorrow)
    assert anna.json("voucher", "list")[0]["expires_on"] == tomorrow
    anna.good("voucher", "redeem", code, "--account", "anna")
    assert "2020-01-01 is over" in anna.bad(
        *("voucher", "create", "--count", "1", "--amount", "1", "--expires", "2020-01-01")
    )


def test_batches_are_listed(anna: Cli) -> None:
    assert anna.good("voucher", "list").startswith("No vouchers yet.")
    codes(anna, "--count", "2", "--amount", "5", "--batch", "shop", "--expires", "2999-12-31")
    lines = anna.good("voucher", "list").splitlines()
    assert lines[0].split()[:7] == ["BATCH", "VALUE", "UNIT", "VOUCHERS", "USED", "WITHDRAWN", "OPEN"]
    assert lines[1].split()[:8] == ["shop", "5.00", "EUR", "2", "0", "0", "2", "2999-12-31"]
    assert set(anna.json("voucher", "list")[0]) == {
        *("batch", "value", "value_minor", "unit", "count", "used", "withdrawn", "open", "expires_on"),
        *("expired", "created_by", "created_at", "created_at_iso"),
    }
    assert set(anna.json("voucher", "list", "shop")[0]) == {
        *("batch", "serial", "state", "transaction", "used_at", "used_at_iso")
    }


def test_a_sheet_has_a_card_for_each_and_is_for_this_user_alone(cli: Cli, tmp_path: Path) -> None:
    sheet = tmp_path / "cards.pdf"
    words = ("voucher", "create", "--count", "11", "--amount", "5", "--batch", "shop", "--print")
    told = cli.good(*words, sheet)
    assert told.endswith(f"their codes are in {sheet} and nowhere else\n") and told.count("\n") == 2
    assert sheet.stat().st_mode & 0o777 == 0o600
    with pikepdf.open(sheet) as pdf:
        assert len(pdf.pages) == 2
    text = _text(sheet)
    assert text.count("5.00 EUR") == 11 and "shop / 11" in text
    cli.good("account", "add", "anna", "--restricted")
    code = next(line for line in text.splitlines() if line.count("-") == 3)
    cli.good("voucher", "redeem", code.strip(), "--account", "anna")


def test_a_sheet_is_never_written_over_and_goes_with_a_refused_batch(cli: Cli, tmp_path: Path) -> None:
    sheet = tmp_path / "cards.pdf"
    words = ("voucher", "create", "--count", "1", "--amount", "5", "--batch")
    cli.good(*words, "a", "--print", sheet)
    kept = sheet.read_bytes()
    assert "File exists" in cli.bad(*words, "b", "--print", sheet)
    assert sheet.read_bytes() == kept
    other = tmp_path / "other.pdf"
    assert "there is a batch a already" in cli.bad(*words, "a", "--print", other)
    assert not other.exists()
    assert [one["batch"] for one in cli.json("voucher", "list")] == ["a"]


def test_a_card_holds_any_name(tmp_path: Path) -> None:
    sheet = tmp_path / "cards.pdf"
    made = [(f"AAAA-BBBB-CCCC-{serial:02}", serial) for serial in range(1, PER_PAGE + 1)]
    sheet.write_bytes(sheet_of("Käse (alt) \\ 猫" * 9, made, "1.00 EUR", None))
    text = _text(sheet)
    assert "Käse (alt) \\ ?" in text and "no expiry date" in text
    with pikepdf.open(sheet) as pdf:
        assert len(pdf.pages) == 1


def _text(file: Path) -> str:
    with pypdfium2.PdfDocument(file) as pdf:
        return "\n".join(page.get_textpage().get_text_bounded() for page in pdf)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--amount", "1.005"), "more decimals"),
        (("--amount", "0"), "an amount of 0"),
        (("--amount", "1", "--batch", "a/b"), "no slash"),
    ],
)
def test_what_is_refused_is_said_in_one_line(cli: Cli, words: tuple[str, ...], told: str) -> None:
    assert told in cli.bad("voucher", "create", "--count", "1", *words)
    assert cli.json("voucher", "list") == []


@pytest.mark.parametrize("count", ["0", "100001", "x"])
def test_a_wrong_command_line_is_exit_2(cli: Cli, count: str) -> None:
    cli.bad("voucher", "create", "--count", count, "--amount", "1", code=2)
