"""Whose purses: naming, accounts made on demand, names that are taken."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from plantin.ledger.accounts import Account, AccountKind
from plantin.ledger.errors import AccountClosed, InsufficientFunds, InvalidRequest, UnknownAccount
from plantin.ledger.money import unit_of
from plantin.ledger.payer import Payer, choose_payers
from plantin.ledger.quotas import PageKind
from plantin.ledger.requests import Post, Void
from plantin.ledger.statement import Statement, statement
from plantin.store.ledger import people, settings
from plantin.store.ledger.book import DatabaseBook
from plantin.store.ledger.statements import statement_of
from plantin.store.models import Event
from tests.store.ledger.support import LATER, NOBODY, NOW, Desk, charge
from tests.store.support import Database


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database)


def payer(desk: Desk, user: str, *, create: Account | None = None, unit: str = "EUR") -> Payer:
    return desk.database.write(lambda: people.payer_of(desk.book, user, NOBODY, unit=unit, create=create))


def granted(desk: Desk, user: str, unit: str = "EUR") -> None:
    assert desk.database.write(people.ensure_granted, desk.book, [user], unit) == {}


def test_the_first_job_makes_the_account(desk: Desk) -> None:
    desk.database.commits.clear()
    create = people.personal("carol", "EUR", restricted=True)
    assert payer(desk, "carol", create=create) == Payer("carol", NOBODY, ("carol",))
    assert desk.book.account("carol") == create
    assert payer(desk, "carol", create=replace(create, restricted=False)).purses == ("carol",)
    assert desk.book.account("carol").restricted
    assert desk.database.commits == [(False, False)] * 2  # nobody is woken for each new person


def test_without_leave_to_make_one_there_may_be_no_purse(desk: Desk) -> None:
    assert payer(desk, "carol").purses == ()
    with pytest.raises(AccountClosed, match="carol has no open account"):
        choose_payers(payer(desk, "carol"), desk.book.account)


def test_an_open_allowance_is_drawn_first(desk: Desk) -> None:
    granted(desk, "alice")
    assert payer(desk, "alice").purses == ("allowance:alice", "alice")
    allowance = desk.book.account("allowance:alice")
    assert (allowance.kind, allowance.owner) == (AccountKind.ALLOWANCE, "alice")
    desk.database.write(desk.book.change_account, replace(allowance, closed=True))
    assert payer(desk, "alice").purses == ("alice",)


def test_an_account_of_the_same_name_is_never_charged_instead(desk: Desk) -> None:
    desk.shared("physics")
    create = people.personal("physics", "EUR")
    with pytest.raises(InvalidRequest, match="account physics is shared, not physics's own"):
        payer(desk, "physics", create=create)
    desk.open(Account("carol", AccountKind.PERSONAL, "EUR", owner="carla"))
    with pytest.raises(InvalidRequest, match="not carol's own"):
        payer(desk, "carol")
    with pytest.raises(InvalidRequest, match="alice is in EUR, not in USD"):
        payer(desk, "alice", unit="USD")


@pytest.mark.parametrize("user", ["", "a\nb", "revenue:EUR", "allowance:alice", "quota:bob:jobs", "x" * 121])
def test_names_that_no_account_can_have(desk: Desk, user: str) -> None:
    with pytest.raises(InvalidRequest, match="cannot be the name of somebody's account"):
        payer(desk, user)
    assert people.quotas_of(desk.book, user) == []


def test_the_house_s_accounts_are_made_once(desk: Desk) -> None:
    for _ in range(2):
        made = desk.database.write(people.ensure_house, desk.book, "EUR")
        assert made == people.House("revenue:EUR", "grant:EUR", "cash:EUR")
        pages = desk.database.write(people.ensure_house, desk.book, "sheets")
        assert pages == people.House("used:sheets", "granted:sheets")
    kinds = {one: desk.book.account(one).kind.value for one in ("revenue:EUR", "cash:EUR", "granted:sheets")}
    assert kinds == {"revenue:EUR": "revenue", "cash:EUR": "cash", "granted:sheets": "grant"}
    desk.shared("cash:USD")
    with pytest.raises(InvalidRequest, match="cash:USD is shared in EUR"):
        desk.database.write(people.ensure_house, desk.book, "USD")


def test_quotas_are_the_open_ones(desk: Desk) -> None:
    granted(desk, "alice", "sheets")
    granted(desk, "alice", "colour-impressions")
    granted(desk, "bob", "jobs")
    assert people.quotas_of(desk.book, "alice") == [
        (PageKind.COLOUR, "quota:alice:colour-impressions"),
        (PageKind.SHEETS, "quota:alice:sheets"),
    ]
    sheets = desk.book.account("quota:alice:sheets")
    desk.database.write(desk.book.change_account, replace(sheets, closed=True))
    assert people.quotas_of(desk.book, "alice") == [(PageKind.COLOUR, "quota:alice:colour-impressions")]


def test_somebody_who_cannot_be_granted_is_named(desk: Desk) -> None:
    desk.shared("allowance:bob")
    refused = desk.database.write(people.ensure_granted, desk.book, ["alice", "bob"], "EUR")
    assert [(user, error.code) for user, error in refused.items()] == [("bob", "invalid-request")]
    assert desk.book.account("allowance:alice").owner == "alice"


def test_a_default_account_is_a_shared_one(desk: Desk) -> None:
    desk.shared("physics", users=frozenset(["alice"]))

    def choose(account: str | None) -> None:
        desk.database.write(lambda: people.set_default_account(desk.book, "alice", account, actor="root"))

    choose("physics")
    found = payer(desk, "alice")
    assert found.default_account == "physics"
    assert [share.purses for share in choose_payers(found, desk.book.account)] == [("physics",)]
    for wrong in ("bob", "cash:EUR"):
        with pytest.raises(InvalidRequest, match="a default is a shared account"):
            choose(wrong)
    with pytest.raises(UnknownAccount):
        choose("nowhere")
    assert people.default_account("alice") == "physics"
    choose(None)
    assert payer(desk, "alice").default_account is None
    assert Event.objects.filter(kind="account-changed", actor="root").count() == 2


def test_a_person_s_own_account(desk: Desk) -> None:
    assert people.own_account(desk.book, "alice").id == "alice"
    desk.shared("physics")
    for name in ("physics", "nobody"):
        with pytest.raises(UnknownAccount):
            people.own_account(desk.book, name)


def test_the_default_overdraft_is_kept(desk: Desk) -> None:
    with pytest.raises(InsufficientFunds):
        desk.pay("alice", 5)
    desk.database.write(lambda: settings.set_default_overdraft("EUR", 3, actor="root"))
    desk.database.write(lambda: settings.set_default_overdraft("EUR", 5, actor="root"))
    desk.database.write(settings.set_default_overdraft, "USD", 7)
    assert settings.default_overdrafts() == {"EUR": 5, "USD": 7}
    desk.pay("alice", 5)
    with pytest.raises(InsufficientFunds, match=r"lacks 0\.01 EUR"):
        desk.pay("alice", 1)
    assert desk.book.default_overdraft("EUR") == 5
    assert DatabaseBook(overdrafts={"EUR": 9}).default_overdraft("EUR") == 9
    last = Event.objects.order_by("-id")[1]
    assert (last.kind, last.text) == ("account-changed", "default overdraft: 0.05 EUR")
    for unit, minor in (("EUR", -1), ("EUR", 10**16), ("x" * 101, 1), ("", 1)):
        with pytest.raises(InvalidRequest):
            desk.database.write(settings.set_default_overdraft, unit, minor)


# -- statements ---------------------------------------------------------------------------------------------


def test_a_statement_is_that_of_the_whole_journal(desk: Desk) -> None:
    hours = [NOW + timedelta(hours=n) for n in range(8)]
    desk.do(desk.transfer("alice", 500), hours[0])
    first = desk.do(desk.reservation("alice", 100, job="j1"), hours[0])
    desk.do(Post(key="p1", job="j1", reservation=first.number, charges=(charge(70, "alice"),)), hours[2])
    desk.do(desk.transfer("bob", 5), hours[2])
    second = desk.do(replace(desk.reservation("alice", 50, job="j2"), expires_at=hours[7]), hours[3])
    desk.do(desk.transfer("alice", 30), hours[1])  # written later, dated earlier
    desk.do(Void(key="v2", job="j2", reservation=second.number), hours[5])
    journal = list(desk.book.transactions())
    for since in hours:
        for until in (hour + timedelta(microseconds=odd) for hour in hours for odd in (0, 1)):
            wanted = statement(journal, "alice", unit_of("EUR"), since, until)
            assert statement_of(desk.book, "alice", since, until) == wanted
    told: Statement = statement_of(desk.book, "alice", hours[1], hours[4])
    assert (told.opening, told.closing, told.reserved) == (500, 460, -50)
    assert [line.text for line in told.lines] == ["Print: j1", "Transfer"]
    assert statement_of(desk.book, "revenue:EUR", NOW, LATER).lines == ()
    with pytest.raises(UnknownAccount):
        statement_of(desk.book, "nobody", NOW, LATER)
