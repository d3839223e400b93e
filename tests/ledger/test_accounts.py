"""Accounts, who may charge them, and which one a job is charged to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from plantin.ledger.accounts import (
    PIN_CHARS_MAX,
    Account,
    AccountKind,
    check_may_charge,
    pin_digest,
    pin_matches,
)
from plantin.ledger.errors import AccountClosed, InvalidRequest, LedgerError, NotPermitted, UnknownAccount
from plantin.ledger.limits import AMOUNT_MAX, ID_CHARS_MAX, PURSES_MAX, SHARES_MAX, TEXT_CHARS_MAX
from plantin.ledger.payer import Payer, choose_payers, parse_split
from plantin.ledger.requests import Share

PERSONAL, ALLOWANCE, SHARED = AccountKind.PERSONAL, AccountKind.ALLOWANCE, AccountKind.SHARED
SALT = bytes(16)
DIGEST = pin_digest("4711", SALT)
ACCOUNTS = {
    account.id: account
    for account in (
        Account("alice", PERSONAL, "EUR", owner="alice"),
        Account("alice:free", ALLOWANCE, "EUR", owner="alice"),
        Account("alice:old", ALLOWANCE, "EUR", owner="alice", closed=True),
        Account("bob", PERSONAL, "EUR", owner="bob"),
        Account("faculty", SHARED, "EUR", groups=frozenset({"deans"}), pin_digest=DIGEST),
        Account("physics", SHARED, "EUR", parent="faculty", users=frozenset({"alice"})),
        Account("lab", SHARED, "EUR", parent="physics", groups=frozenset({"staff", "guests"})),
        Account("attic", SHARED, "EUR", users=frozenset({"alice"}), closed=True),
        Account("box", SHARED, "EUR", parent="attic", users=frozenset({"alice"})),
        Account("revenue", AccountKind.REVENUE, "EUR"),
    )
}


def find(account_id: str) -> Account:
    if account_id not in ACCOUNTS:
        raise UnknownAccount(f"no account {account_id}")
    return ACCOUNTS[account_id]


@pytest.mark.parametrize(
    ("account", "user", "groups", "pin", "reason"),
    [
        ("alice", "alice", [], None, "owner"),
        ("alice:free", "alice", [], None, "owner"),
        ("physics", "alice", [], None, "user of physics"),
        ("lab", "alice", [], None, "user of physics"),
        ("lab", "bob", ["staff", "guests"], None, "group guests of lab"),
        ("lab", "bob", ["deans"], None, "group deans of faculty"),
        ("lab", "bob", [], "4711", "PIN of faculty"),
        ("faculty", "bob", [], "4711", "PIN of faculty"),
    ],
)
def test_who_may_charge(account: str, user: str, groups: list[str], pin: str | None, reason: str) -> None:
    assert check_may_charge(find(account), find, user, frozenset(groups), pin) == reason


@pytest.mark.parametrize(
    ("account", "user", "groups", "pin", "error"),
    [
        ("alice", "bob", ["staff"], "4711", NotPermitted),
        ("alice:old", "alice", [], None, AccountClosed),
        ("faculty", "alice", ["staff"], None, NotPermitted),
        ("faculty", "alice", [], "4712", NotPermitted),
        ("physics", "bob", ["staff"], "", NotPermitted),
        ("attic", "alice", [], None, AccountClosed),
        ("box", "alice", [], None, AccountClosed),
        ("revenue", "alice", [], None, NotPermitted),
    ],
)
def test_who_may_not(
    account: str, user: str, groups: list[str], pin: str | None, error: type[LedgerError]
) -> None:
    with pytest.raises(error, match=account.replace("box", "attic")):
        check_may_charge(find(account), find, user, frozenset(groups), pin)


def test_pins_are_kept_as_salted_digests() -> None:
    assert "4711" not in DIGEST
    assert pin_digest("4711", b"\x01" * 16) != DIGEST
    assert pin_matches("4711", DIGEST)
    assert not pin_matches("4711", "")
    assert not pin_matches("", DIGEST)
    longest = "1" * PIN_CHARS_MAX
    assert pin_matches(longest, pin_digest(longest, SALT))
    assert not pin_matches(longest + "1", DIGEST)


@pytest.mark.parametrize(("pin", "salt"), [("", SALT), ("1" * (PIN_CHARS_MAX + 1), SALT), ("1", SALT[1:])])
def test_pins_and_salts_are_bounded(pin: str, salt: bytes) -> None:
    with pytest.raises(InvalidRequest, match="PIN"):
        pin_digest(pin, salt)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"id": ""}, "account id"),
        ({"id": "x" * (ID_CHARS_MAX + 1)}, "account id"),
        ({"id": "a\n"}, "account id"),
        ({"name": "x" * (TEXT_CHARS_MAX + 1)}, "the name is longer"),
        ({"overdraft_minor": -1}, "overdraft -1"),
        ({"overdraft_minor": AMOUNT_MAX + 1}, "overdraft"),
        ({"parent": "faculty"}, "only shared accounts form a tree"),
        ({"owner": None}, "a personal account has an owner"),
    ],
)
def test_accounts_are_checked(changes: dict[str, object], reason: str) -> None:
    replace(find("bob"), id="x" * ID_CHARS_MAX, name="x" * TEXT_CHARS_MAX, overdraft_minor=AMOUNT_MAX)
    with pytest.raises(InvalidRequest, match=reason):
        replace(find("bob"), **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("account", "floor"),
    [
        (find("bob"), -10),
        (find("lab"), -10),
        (find("alice:free"), 0),
        (replace(find("alice:free"), overdraft_minor=3), -3),
        (replace(find("bob"), overdraft_minor=0), 0),
        (replace(find("bob"), restricted=False), None),
        (find("revenue"), None),
    ],
)
def test_the_floor(account: Account, floor: int | None) -> None:
    assert account.floor(10) == floor


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("physics", (("physics", 100),)),
        ("physics:60,library:40", (("physics", 60), ("library", 40))),
        (" a:b:100 ", (("a:b", 100),)),
        ("a:1, b:99", (("a", 1), ("b", 99))),
    ],
)
def test_a_split_is_read(text: str, rows: tuple[tuple[str, int], ...]) -> None:
    assert parse_split(text) == rows


@pytest.mark.parametrize(
    "text", ["", "a:60,b:50", "a:60,b", "a:x", "a:-1,b:101", ":100", "a:٥٠,b:50", "a:0001", "a,b", "a:50,"]
)
def test_a_wrong_split_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequest, match="job-account-id"):
        parse_split(text)


def test_a_split_is_bounded() -> None:
    assert len(parse_split(",".join(f"a{n}:1" for n in range(SHARES_MAX)))) == SHARES_MAX
    with pytest.raises(InvalidRequest, match="101 accounts"):
        parse_split(",".join(f"a{n}:1" for n in range(SHARES_MAX + 1)))


ALICE = Payer("alice", frozenset({"staff"}), ("alice", "alice:old", "alice:free"))


@pytest.mark.parametrize(
    ("payer", "asked", "for_user", "shares"),
    [
        (ALICE, "", "", (Share(("alice:free", "alice")),)),
        (ALICE, "", "alice", (Share(("alice:free", "alice")),)),
        (ALICE, "physics", "", (Share(("physics",), 100),)),
        (ALICE, "physics:60,lab:40", "alice", (Share(("physics",), 60), Share(("lab",), 40))),
        (replace(ALICE, default_account="lab"), "", "", (Share(("lab",), 100),)),
        (replace(ALICE, default_account="lab"), "physics", "", (Share(("physics",), 100),)),
        (replace(ALICE, default_account="lab"), "", "alice", (Share(("alice:free", "alice")),)),
        (ALICE, "alice", "", (Share(("alice",), 100),)),
    ],
)
def test_a_job_chooses_its_account(
    payer: Payer, asked: str, for_user: str, shares: tuple[Share, ...]
) -> None:
    assert choose_payers(payer, find, asked, for_user) == shares


@pytest.mark.parametrize(
    ("payer", "asked", "for_user", "error"),
    [
        (ALICE, "", "bob", NotPermitted),
        (ALICE, "bob", "", NotPermitted),
        (ALICE, "physics:50,faculty:50", "", NotPermitted),
        (ALICE, "nowhere", "", UnknownAccount),
        (ALICE, "attic", "", AccountClosed),
        (ALICE, "physics:1", "", InvalidRequest),
        (replace(ALICE, purses=("alice:old",)), "", "", AccountClosed),
        (replace(ALICE, purses=("bob",)), "", "", NotPermitted),
    ],
)
def test_an_account_is_never_replaced_in_silence(
    payer: Payer, asked: str, for_user: str, error: type[LedgerError]
) -> None:
    with pytest.raises(error):
        choose_payers(payer, find, asked, for_user)


def test_a_pin_opens_an_account() -> None:
    assert choose_payers(ALICE, find, "faculty", pin="4711") == (Share(("faculty",), 100),)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Share(()),
        lambda: Share(("a", "a")),
        lambda: Share(tuple(f"a{n}" for n in range(PURSES_MAX + 1))),
        lambda: Share(("a",), -1),
    ],
)
def test_payers_are_checked(make: Callable[[], Share]) -> None:
    Share(tuple(f"a{n}" for n in range(PURSES_MAX)), 0)
    with pytest.raises(InvalidRequest):
        make()
