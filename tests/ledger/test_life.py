"""The whole life of jobs through the pure rooms: quote, reserve, part-print, settle, refund, prove."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest

from plantin.ledger.accounts import Account, AccountKind
from plantin.ledger.allocations import Allocation
from plantin.ledger.book import Book
from plantin.ledger.errors import InsufficientFunds
from plantin.ledger.layout import Layout, Page, Ticket, impose
from plantin.ledger.payer import Payer, choose_payers
from plantin.ledger.periods import Every, Schedule
from plantin.ledger.price import price_usage
from plantin.ledger.quotas import PageKind, house_account, job_charges, loss_account
from plantin.ledger.requests import Charge, Post, Request, Reserve, Share, Transfer, Void
from plantin.ledger.sizes import size_named
from plantin.ledger.tariff_parse import parse_tariff
from plantin.ledger.tariffs import Place
from plantin.ledger.usage import DeviceReport, Usage, settle, usage_of
from plantin.ledger.verify import verify

from .contract import check_coherent

NOW = datetime(2027, 3, 1, 9, tzinfo=UTC)
TARIFF = parse_tariff(
    {
        "name": "house",
        "currency": "EUR",
        "job": "0.004",
        "sheet": [{"price": "0.01"}],
        "side": [{"price": "0.035", "colour": False}, {"price": "0.15", "colour": True}],
        "duplex_discount": "20%",
        "factor": {"students": "0.75"},
    },
    UTC,
)
USERS = tuple(f"user{number}" for number in range(8))
COLOUR = PageKind.COLOUR
A4 = size_named("A4")


class House:
    """Eight persons with an allowance, own money and a colour quota each, and a device's own counter."""

    def __init__(self) -> None:
        self.book = Book("house", {"EUR": 50})
        for account in (
            Account("cash", AccountKind.CASH, "EUR"),
            Account("grants", AccountKind.GRANT, "EUR"),
            Account("revenue", AccountKind.REVENUE, "EUR"),
            Account(house_account(COLOUR), AccountKind.REVENUE, COLOUR.value),
            Account(loss_account(COLOUR), AccountKind.GRANT, COLOUR.value),
        ):
            self.book.open_account(account)
        for user in USERS:
            self.book.open_account(Account(user, AccountKind.PERSONAL, "EUR", owner=user))
            self.book.open_account(Account(f"{user}:free", AccountKind.ALLOWANCE, "EUR", owner=user))
            self.book.open_account(Account(f"{user}:colour", AccountKind.ALLOWANCE, COLOUR.value, owner=user))
        month = Schedule(Every.MONTH)
        for rule, suffix in (
            (Allocation("free", "EUR", 200, month, "grants"), "free"),
            (Allocation("colour", COLOUR.value, 30, month, loss_account(COLOUR), cap=30), "colour"),
        ):
            for grant in rule.grants([f"{user}:{suffix}" for user in USERS], date(2027, 2, 28), NOW.date()):
                self.book.apply(grant, NOW)

    def payers(self, user: str) -> tuple[Share, ...]:
        return choose_payers(Payer(user, frozenset(), (user, f"{user}:free")), self.book.account)

    def charges(self, user: str, usage: Usage) -> tuple[Charge, ...]:
        price = price_usage(usage, [TARIFF], Place("lib-1"), NOW, frozenset({"students"}))
        quotas = [(COLOUR, f"{user}:colour")]
        return job_charges(price, self.payers(user), "revenue", "grants", usage, quotas)

    def print(self, job: str, user: str, layout: Layout, report: DeviceReport | None) -> Usage | None:
        """The settled usage; None when it was refused, or nothing came out."""
        charges = self.charges(user, usage_of(layout))
        asked = Reserve(
            key=f"job:{job}:reserve", job=job, charges=charges, expires_at=NOW + timedelta(hours=1)
        )
        try:
            number = self.book.apply(asked, NOW).number
        except InsufficientFunds:
            return None
        used = None if report is None else settle(layout, report)
        end: Request = Void(key=f"job:{job}:void", job=job, reservation=number)
        if used is not None:
            end = Post(key=f"job:{job}:post", job=job, reservation=number, charges=self.charges(user, used))
        for _ in range(2):
            self.book.apply(end, NOW)
        return used


@pytest.mark.parametrize("seed", range(5))
def test_the_books_equal_the_devices_counter_user_by_user(seed: int) -> None:
    chance = Random(seed)
    house = House()
    counter = dict.fromkeys(USERS, 0)
    due = dict.fromkeys(USERS, 0)
    refused = 0
    for number in range(300):
        user = chance.choice(USERS)
        pages = [Page(A4, chance.random() < 0.2) for _ in range(chance.randint(1, 12))]
        ticket = Ticket(chance.randint(1, 2), chance.random() < 0.5, chance.choice([1, 1, 2]))
        layout = impose(pages, ticket)
        if chance.random() < 0.1:
            top_up = Transfer(
                key=f"desk:{number}", source="cash", target=user, unit="EUR", amount=chance.randint(1, 500)
            )
            house.book.apply(top_up, NOW)
        out = chance.choice([layout.impressions] * 6 + [chance.randint(0, layout.impressions + 2), -1])
        report = None if out < 0 else DeviceReport(impressions=out)
        used = house.print(f"{seed}-{number}", user, layout, report)
        if used is not None:
            counter[user] += used.colour_impressions
            due[user] += price_usage(used, [TARIFF], Place(), NOW, frozenset({"students"})).minor
        refused += used is None and report is not None
    check_coherent(house.book, at_rest=True)
    assert refused
    lost = -house.book.balance("grants").booked - 200 * len(USERS)
    assert house.book.balance("revenue").booked == sum(due.values())
    charged = {
        user: sum(
            -posting.amount
            for transaction in house.book.transactions()
            if transaction.kind.value == "post"
            for posting in transaction.postings
            if posting.account in (user, f"{user}:free") and posting.layer.name == "BOOKED"
        )
        for user in USERS
    }
    assert sum(due.values()) - sum(charged.values()) == lost
    for user in USERS:
        assert 0 <= due[user] - charged[user] <= lost
        assert 30 - house.book.balance(f"{user}:colour").booked == counter[user]
        assert house.book.balance(user).booked >= -50
    assert verify(house.book.transactions(), "house").problems == ()


def test_a_quote_is_what_a_complete_job_costs() -> None:
    house = House()
    layout = impose([Page(A4, True)] * 3, Ticket(two_sided=True))
    quoted = house.charges("user0", usage_of(layout))[0].amount
    assert house.print("1", "user0", layout, DeviceReport(media_sheets=2)) == usage_of(layout)
    assert house.book.balance("revenue").booked == quoted
    assert house.book.balance("user0:free").booked == 200 - quoted
