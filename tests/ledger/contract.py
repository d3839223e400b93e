"""What every ledger must do, in memory or over a database.

A test module makes it its own in two lines::

    class TestMyLedger(LedgerContract):
        def make_ledger(self, overdrafts): return MyLedger(overdrafts)

`make_ledger` gives a new, empty ledger, whose `apply` may be called by several threads at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from plantin.ledger.accounts import Account, AccountKind
from plantin.ledger.errors import (
    AccountClosed,
    AlreadyReversed,
    InsufficientFunds,
    InvalidRequest,
    KeyConflict,
    LedgerError,
    NotExpired,
    RefundTooLarge,
    ReservationClosed,
    Shortfall,
    UnknownAccount,
    UnknownTransaction,
)
from plantin.ledger.limits import TREE_DEPTH_MAX
from plantin.ledger.requests import (
    Adjust,
    Allocate,
    Charge,
    ChargeNow,
    Expire,
    Post,
    Refund,
    Request,
    Reserve,
    Reverse,
    Share,
    Transfer,
    Void,
)
from plantin.ledger.transactions import Balance, Kind, Layer, Posting, Transaction, recount
from plantin.ledger.verify import verify
from plantin.ledger.view import Ledger

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
PAGES = "colour-impressions"
ACCOUNTS = (
    Account("cash", AccountKind.CASH, "EUR"),
    Account("grants", AccountKind.GRANT, "EUR"),
    Account("revenue", AccountKind.REVENUE, "EUR"),
    Account("used:colour", AccountKind.REVENUE, PAGES),
    Account("granted:colour", AccountKind.GRANT, PAGES),
    Account("alice", AccountKind.PERSONAL, "EUR", owner="alice"),
    Account("alice:free", AccountKind.ALLOWANCE, "EUR", owner="alice"),
    Account("alice:colour", AccountKind.ALLOWANCE, PAGES, owner="alice"),
    Account("bob", AccountKind.PERSONAL, "EUR", owner="bob"),
    Account("faculty", AccountKind.SHARED, "EUR"),
    Account("physics", AccountKind.SHARED, "EUR", parent="faculty", restricted=False),
    Account("lab", AccountKind.SHARED, "EUR", parent="physics"),
)


def charge(amount: int, *purses: str, loss: str | None = "grants") -> Charge:
    return Charge("EUR", amount, (Share(purses),), "revenue", loss)


def pages(amount: int) -> Charge:
    return Charge(PAGES, amount, (Share(("alice:colour",)),), "used:colour", "granted:colour")


def check_coherent(ledger: Ledger, *, at_rest: bool = False) -> None:
    """The oracle: chain, sums, recount, and at rest no reservation left."""
    accounts = {account.id: account for account in ledger.accounts()}
    balances = {account_id: ledger.balance(account_id) for account_id in accounts}
    report = verify(ledger.transactions(), ledger.book_id, accounts, balances)
    assert report.problems == ()
    assert all(balances[a] == b for a, b in recount(ledger.transactions()).items())
    for unit in {account.unit for account in accounts.values()}:
        own = [balances[a.id] for a in accounts.values() if a.unit == unit]
        assert sum(balance.booked for balance in own) == 0
        assert sum(balance.reserved for balance in own) == 0
    if at_rest:
        assert report.open_reservations == ()
        assert all(balance.reserved == 0 for balance in balances.values())


class Till:
    """A ledger with the usual accounts, and the requests in short."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.count = 0
        for account in ACCOUNTS:
            ledger.open_account(account)

    def do(self, request: Request, at: datetime = NOW) -> Transaction:
        return self.ledger.apply(request, at)

    def key(self) -> str:
        self.count += 1
        return f"key:{self.count}"

    def top_up(self, account: str, amount: int) -> Transaction:
        return self.do(Transfer(key=self.key(), source="cash", target=account, unit="EUR", amount=amount))

    def grant(self, account: str, amount: int, cap: int | None = None) -> Transaction:
        source = "granted:colour" if account == "alice:colour" else "grants"
        unit = PAGES if account == "alice:colour" else "EUR"
        return self.do(
            Allocate(key=self.key(), source=source, target=account, unit=unit, amount=amount, cap=cap)
        )

    def reserve(self, *charges: Charge) -> int:
        return self.do(Reserve(key=self.key(), charges=charges, expires_at=LATER)).number

    def post(self, reservation: int, *charges: Charge) -> Transaction:
        return self.do(Post(key=self.key(), reservation=reservation, charges=charges))

    def pay(self, *charges: Charge, printed: bool = False) -> Transaction:
        return self.do(ChargeNow(key=self.key(), charges=charges, printed=printed))

    def refund(self, number: int, amount: int, unit: str = "EUR") -> Transaction:
        return self.do(Refund(key=self.key(), transaction=number, unit=unit, amount=amount))

    def reverse(self, number: int, beyond_limit: bool = False) -> Transaction:
        return self.do(Reverse(key=self.key(), transaction=number, beyond_limit=beyond_limit))

    def booked(self, *accounts: str) -> list[int]:
        return [self.ledger.balance(account).booked for account in accounts]

    def available(self, account: str) -> int:
        return self.ledger.balance(account).available


class LedgerContract:
    """The suite. Subclasses give `make_ledger`."""

    def make_ledger(self, overdrafts: Mapping[str, int]) -> Ledger:
        raise AssertionError("a contract's subclass makes the ledger")

    @pytest.fixture
    def till(self) -> Till:
        return Till(self.make_ledger({}))

    def test_an_empty_ledger_is_coherent(self) -> None:
        ledger = self.make_ledger({})
        check_coherent(ledger, at_rest=True)
        assert list(ledger.transactions()) == []
        assert list(ledger.due(NOW)) == []

    def test_reserve_then_post_less_restores_the_rest(self, till: Till) -> None:
        till.top_up("alice", 100)
        number = till.reserve(charge(80, "alice"))
        assert till.ledger.balance("alice") == Balance(100, -80)
        assert till.available("alice") == 20
        assert till.ledger.balance("revenue") == Balance(0, 80)
        posted = till.post(number, charge(30, "alice"))
        assert posted.refers_to == number
        assert till.ledger.balance("alice") == Balance(70, 0)
        assert till.booked("revenue", "cash") == [30, -100]
        check_coherent(till.ledger, at_rest=True)

    def test_posting_nothing_restores_all(self, till: Till) -> None:
        till.top_up("alice", 100)
        till.post(till.reserve(charge(80, "alice")), charge(0, "alice"))
        assert till.booked("alice", "revenue") == [100, 0]
        check_coherent(till.ledger, at_rest=True)

    def test_more_than_reserved_is_drawn_within_the_limit_and_the_house_bears_the_rest(
        self, till: Till
    ) -> None:
        till.top_up("alice", 100)
        till.post(till.reserve(charge(80, "alice")), charge(95, "alice"))
        assert till.booked("alice", "revenue", "grants") == [5, 95, 0]
        till.post(till.reserve(charge(5, "alice")), charge(12, "alice"))
        assert till.booked("alice", "revenue", "grants") == [0, 107, -7]
        check_coherent(till.ledger, at_rest=True)

    def test_more_than_reserved_without_a_loss_account_is_refused(self, till: Till) -> None:
        till.top_up("alice", 10)
        number = till.reserve(charge(10, "alice"))
        with pytest.raises(InsufficientFunds) as refused:
            till.post(number, charge(12, "alice", loss=None))
        assert refused.value.shortfalls == (Shortfall(("alice",), "EUR", 2),)
        till.post(number, charge(12, "alice"))

    @pytest.mark.parametrize("end", [Void, Expire])
    def test_void_and_expire_restore_everything(self, till: Till, end: type[Void] | type[Expire]) -> None:
        till.top_up("alice", 100)
        number = till.reserve(charge(80, "alice"))
        ended = till.do(end(key="end", reservation=number), LATER)
        assert ended.kind.value == end.__name__.lower()
        assert till.ledger.balance("alice") == Balance(100, 0)
        check_coherent(till.ledger, at_rest=True)

    def test_a_reservation_ends_once(self, till: Till) -> None:
        till.top_up("alice", 100)
        number = till.reserve(charge(80, "alice"))
        till.post(number, charge(80, "alice"))
        again: list[Request] = [
            Post(key="p", reservation=number, charges=(charge(1, "alice"),)),
            Void(key="v", reservation=number),
            Expire(key="e", reservation=number),
        ]
        for request in again:
            with pytest.raises(ReservationClosed, match=f"reservation {number} was posted"):
                till.do(request, LATER)
        check_coherent(till.ledger, at_rest=True)

    def test_only_a_reservation_can_be_posted(self, till: Till) -> None:
        number = till.top_up("alice", 100).number
        with pytest.raises(UnknownTransaction, match="is a transfer, not a reservation"):
            till.do(Void(key="v", reservation=number))
        for missing in (0, -1, number + 1):
            with pytest.raises(UnknownTransaction, match="no transaction"):
                till.do(Void(key="v", reservation=missing))

    def test_a_reservation_expires_at_its_time_and_not_before(self, till: Till) -> None:
        till.top_up("alice", 100)
        number = till.reserve(charge(80, "alice"))
        before = LATER - timedelta(microseconds=1)
        assert list(till.ledger.due(before)) == []
        with pytest.raises(NotExpired, match="holds until 2027-03-01T13:00:00"):
            till.do(Expire(key="e", reservation=number), before)
        assert list(till.ledger.due(LATER)) == [number]
        till.do(Expire(key="e", reservation=number), LATER)
        assert list(till.ledger.due(LATER)) == []

    def test_due_reservations_come_oldest_first(self, till: Till) -> None:
        till.top_up("alice", 100)
        numbers = [till.reserve(charge(1, "alice")) for _ in range(3)]
        till.do(Void(key="v", reservation=numbers[1]))
        assert list(till.ledger.due(LATER)) == [numbers[0], numbers[2]]

    def test_a_reservation_needs_a_future(self, till: Till) -> None:
        with pytest.raises(InvalidRequest, match="over before it begins"):
            till.do(Reserve(key="r", charges=(charge(0, "alice"),), expires_at=NOW))

    def test_nobody_reserves_beyond_the_limit(self, till: Till) -> None:
        till.top_up("alice", 100)
        till.reserve(charge(60, "alice"))
        with pytest.raises(InsufficientFunds, match=r"alice lacks 0\.01 EUR") as refused:
            till.reserve(charge(41, "alice"))
        assert refused.value.shortfalls == (Shortfall(("alice",), "EUR", 1),)
        till.reserve(charge(40, "alice"))
        assert till.available("alice") == 0
        check_coherent(till.ledger)

    def test_the_default_overdraft_moves_the_limit(self) -> None:
        till = Till(self.make_ledger({"EUR": 30}))
        with pytest.raises(InsufficientFunds, match=r"lacks 0\.01 "):
            till.reserve(charge(31, "bob"))
        till.reserve(charge(30, "bob"))
        with pytest.raises(InsufficientFunds, match=r"alice:free lacks 0\.01 "):
            till.reserve(charge(1, "alice:free"))

    def test_an_accounts_own_overdraft_wins_over_the_default(self) -> None:
        till = Till(self.make_ledger({"EUR": 30}))
        bob = till.ledger.account("bob")
        till.ledger.change_account(replace(bob, overdraft_minor=5))
        with pytest.raises(InsufficientFunds, match=r"lacks 0\.01 "):
            till.pay(charge(6, "bob"))
        till.pay(charge(5, "bob"))
        till.ledger.change_account(replace(bob, overdraft_minor=0))
        with pytest.raises(InsufficientFunds, match=r"lacks 0\.01 "):
            till.pay(charge(1, "bob"))
        till.ledger.change_account(replace(bob, restricted=False))
        till.pay(charge(10_000, "bob"))
        assert till.booked("bob") == [-10_005]
        check_coherent(till.ledger, at_rest=True)

    def test_purses_are_drawn_in_order(self, till: Till) -> None:
        till.grant("alice:free", 50)
        till.top_up("alice", 100)
        number = till.reserve(charge(80, "alice:free", "alice"))
        assert [till.available(a) for a in ("alice:free", "alice")] == [0, 70]
        till.post(number, charge(60, "alice:free", "alice"))
        assert till.booked("alice:free", "alice") == [0, 90]
        with pytest.raises(InsufficientFunds, match=r"alice:free\+alice lacks 0.10 EUR"):
            till.reserve(charge(100, "alice:free", "alice"))

    def test_what_was_held_pays_first(self, till: Till) -> None:
        till.top_up("alice", 100)
        number = till.reserve(charge(40, "alice:free", "alice"))
        till.grant("alice:free", 50)
        till.post(number, charge(70, "alice:free", "alice"))
        assert till.booked("alice:free", "alice") == [20, 60]

    def test_a_split_is_exact(self, till: Till) -> None:
        till.top_up("alice", 100)
        till.top_up("bob", 100)
        till.grant("alice:free", 10)
        shares = Share(("alice:free", "alice"), 1), Share(("bob",), 2)
        split = Charge("EUR", 100, shares, "revenue")
        number = till.reserve(split)
        assert [till.available(a) for a in ("alice:free", "alice", "bob")] == [0, 77, 33]
        posted = till.post(number, replace(split, amount=50))
        assert till.booked("alice:free", "alice", "bob") == [0, 93, 67]
        assert [p.share for p in posted.postings if p.account == "bob"] == [1, 1]
        check_coherent(till.ledger, at_rest=True)

    def test_one_account_may_have_two_shares(self, till: Till) -> None:
        till.top_up("alice", 100)
        shares = Share(("alice",), 1), Share(("alice",), 1)
        number = till.reserve(Charge("EUR", 100, shares, "revenue"))
        till.post(number, Charge("EUR", 90, shares, "revenue"))
        assert till.booked("alice") == [10]
        with pytest.raises(InsufficientFunds) as refused:
            till.reserve(Charge("EUR", 11, shares, "revenue"))
        assert refused.value.shortfalls == (Shortfall(("alice",), "EUR", 1),)

    def test_money_and_pages_are_reserved_together_or_not_at_all(self, till: Till) -> None:
        till.top_up("alice", 100)
        till.grant("alice:colour", 3, cap=3)
        with pytest.raises(InsufficientFunds) as refused:
            till.reserve(charge(101, "alice"), pages(4))
        assert refused.value.shortfalls == (
            Shortfall(("alice",), "EUR", 1),
            Shortfall(("alice:colour",), PAGES, 1),
        )
        assert till.available("alice") == 100
        number = till.reserve(charge(60, "alice"), pages(3))
        with pytest.raises(InsufficientFunds, match="alice:colour lacks 1 colour-impressions"):
            till.reserve(charge(1, "alice"), pages(1))
        till.post(number, charge(20, "alice"), pages(1))
        assert till.booked("alice", "alice:colour", "used:colour") == [80, 2, 1]
        check_coherent(till.ledger, at_rest=True)

    def test_the_limit_of_a_cost_centre_holds_for_its_tree(self, till: Till) -> None:
        till.grant("faculty", 100)
        number = till.reserve(charge(70, "physics"))
        assert till.ledger.tree_balance("faculty") == Balance(100, -70)
        with pytest.raises(InsufficientFunds, match=r"physics lacks 0\.01 EUR"):
            till.reserve(charge(31, "physics"))
        till.post(number, charge(70, "physics"))
        with pytest.raises(InsufficientFunds, match=r"lab lacks 0\.01 EUR"):
            till.reserve(charge(1, "lab"))
        till.grant("lab", 50)
        till.reserve(charge(50, "lab"))
        till.reserve(charge(30, "faculty"))
        assert till.ledger.tree_balance("faculty") == Balance(80, -80)
        both = Charge("EUR", 2, (Share(("physics",)), Share(("faculty",))), "revenue")
        with pytest.raises(InsufficientFunds, match=r"physics lacks 0\.01 EUR; faculty lacks 0\.01"):
            till.reserve(both)
        check_coherent(till.ledger)

    def test_money_moves_freely_inside_a_tree(self, till: Till) -> None:
        till.grant("lab", 50)
        till.pay(charge(50, "physics"))
        assert till.ledger.tree_balance("faculty").available == 0
        till.do(Transfer(key="t", source="lab", target="physics", unit="EUR", amount=50))
        assert till.booked("lab", "physics", "faculty") == [0, 0, 0]

    def test_the_tree_is_checked(self, till: Till) -> None:
        ledger = till.ledger
        with pytest.raises(UnknownAccount, match="nowhere"):
            ledger.open_account(Account("x", AccountKind.SHARED, "EUR", parent="nowhere"))
        with pytest.raises(InvalidRequest, match="another kind or unit"):
            ledger.open_account(Account("x", AccountKind.SHARED, "USD", parent="faculty"))
        with pytest.raises(InvalidRequest, match="another kind or unit"):
            ledger.open_account(Account("x", AccountKind.SHARED, "EUR", parent="alice"))
        with pytest.raises(InvalidRequest, match="deeper than"):
            ledger.change_account(replace(ledger.account("faculty"), parent="lab"))
        parent = "faculty"
        for depth in range(TREE_DEPTH_MAX - 1):
            ledger.open_account(Account(f"deep{depth}", AccountKind.SHARED, "EUR", parent=parent))
            parent = f"deep{depth}"
        with pytest.raises(InvalidRequest, match="deeper than"):
            ledger.open_account(Account("x", AccountKind.SHARED, "EUR", parent=parent))
        ledger.change_account(replace(ledger.account("lab"), parent=None))
        till.grant("lab", 5)
        assert ledger.tree_balance("faculty") == Balance()
        ledger.change_account(replace(ledger.account("lab"), parent="faculty"))
        assert ledger.tree_balance("faculty") == Balance(5)

    def test_accounts_are_unique_and_keep_kind_and_unit(self, till: Till) -> None:
        ledger = till.ledger
        assert [account.id for account in ledger.accounts()] == sorted(a.id for a in ACCOUNTS)
        assert {account.id: account for account in ledger.accounts()} == {a.id: a for a in ACCOUNTS}
        with pytest.raises(InvalidRequest, match="alice exists"):
            ledger.open_account(ACCOUNTS[5])
        for change in ({"unit": "USD"}, {"kind": AccountKind.ALLOWANCE}):
            with pytest.raises(InvalidRequest, match="kind and unit cannot change"):
                ledger.change_account(replace(ledger.account("alice"), **change))
        for missing in (ledger.account, ledger.balance, ledger.tree_balance):
            with pytest.raises(UnknownAccount, match="no account 'nobody'"):
                missing("nobody")
        with pytest.raises(UnknownAccount):
            ledger.change_account(Account("nobody", AccountKind.CASH, "EUR"))

    def test_the_same_key_and_input_is_done_once(self, till: Till) -> None:
        till.top_up("alice", 100)
        asked = Reserve(key="job:1:reserve", job="1", charges=(charge(10, "alice"),), expires_at=LATER)
        first = till.do(asked)
        other_words = replace(asked, memo="again", actor="retry", expires_at=LATER + timedelta(days=1))
        assert till.do(other_words, LATER) == first
        assert till.available("alice") == 90
        assert len(list(till.ledger.transactions())) == 2

    def test_the_same_key_for_something_else_is_refused(self, till: Till) -> None:
        till.top_up("alice", 100)
        asked = Reserve(key="k", job="1", charges=(charge(10, "alice"),), expires_at=LATER)
        till.do(asked)
        others: list[Request] = [
            replace(asked, charges=(charge(11, "alice"),)),
            replace(asked, charges=(charge(10, "alice", "alice:free"),)),
            replace(asked, job="2"),
            Void(key="k", reservation=2),
        ]
        for other in others:
            with pytest.raises(KeyConflict, match="key k was used for another reserve"):
                till.do(other)

    def test_a_refused_request_leaves_its_key_free(self, till: Till) -> None:
        asked = ChargeNow(key="k", charges=(charge(10, "alice"),))
        with pytest.raises(InsufficientFunds):
            till.do(asked)
        till.top_up("alice", 10)
        assert till.do(asked).postings == (Posting("alice", "EUR", -10), Posting("revenue", "EUR", 10))

    def test_what_was_printed_without_a_reservation_is_charged_up_to_the_limit(self, till: Till) -> None:
        till.top_up("alice", 10)
        with pytest.raises(InsufficientFunds):
            till.pay(charge(12, "alice"))
        with pytest.raises(InsufficientFunds):
            till.pay(charge(12, "alice", loss=None), printed=True)
        till.pay(charge(12, "alice"), printed=True)
        assert till.booked("alice", "grants", "revenue") == [0, -2, 12]

    def test_a_transfer_from_a_customer_is_limited(self, till: Till) -> None:
        till.top_up("alice", 10)
        with pytest.raises(InsufficientFunds, match=r"alice lacks 0\.01 EUR"):
            till.do(Transfer(key="t", source="alice", target="bob", unit="EUR", amount=11))
        till.do(Transfer(key="t", source="alice", target="bob", unit="EUR", amount=10))
        assert till.booked("alice", "bob", "cash") == [0, 10, -10]

    @pytest.mark.parametrize(
        ("amount", "cap", "expected"),
        [(10, None, 15), (10, 20, 15), (10, 12, 12), (10, 5, 5), (10, 3, 5), (0, 9, 5)],
    )
    def test_an_allocation_fills_up_to_its_cap(
        self, till: Till, amount: int, cap: int | None, expected: int
    ) -> None:
        till.grant("alice:free", 5)
        number = till.reserve(charge(4, "alice:free"))
        till.grant("alice:free", amount, cap)
        till.do(Void(key="v", reservation=number))
        assert till.booked("alice:free") == [expected]
        check_coherent(till.ledger, at_rest=True)

    def test_a_grant_of_nothing_is_remembered_too(self, till: Till) -> None:
        till.grant("alice:free", 5)
        asked = Allocate(key="term", source="grants", target="alice:free", unit="EUR", amount=5, cap=5)
        assert till.do(asked).postings == ()
        till.pay(charge(5, "alice:free"))
        till.do(asked)
        assert till.booked("alice:free") == [0]

    def test_grants_come_from_grant_accounts(self, till: Till) -> None:
        for request in (
            Allocate(key="a", source="cash", target="alice", unit="EUR", amount=1),
            Adjust(key="a", source="cash", target="alice", unit="EUR", balance=1),
        ):
            with pytest.raises(InvalidRequest, match="cash is cash; grants come from a grant account"):
                till.do(request)

    @pytest.mark.parametrize("balance", [-50, 0, 7, 10, 90])
    def test_an_adjustment_brings_the_balance_to_its_value(self, till: Till, balance: int) -> None:
        till.top_up("alice", 10)
        till.do(Adjust(key="a", source="grants", target="alice", unit="EUR", balance=balance))
        assert till.booked("alice", "grants") == [balance, 10 - balance]
        check_coherent(till.ledger, at_rest=True)

    def test_only_customers_are_adjusted(self, till: Till) -> None:
        for target in ("revenue", "alice:colour"):
            with pytest.raises(InvalidRequest, match=f"account {target} is not a customer's account in EUR"):
                till.do(Adjust(key="a", source="grants", target=target, unit="EUR", balance=1))

    def test_a_reversal_undoes_a_booking_once(self, till: Till) -> None:
        till.top_up("alice", 100)
        posted = till.post(till.reserve(charge(40, "alice")), charge(30, "alice"))
        reversal = till.reverse(posted.number)
        assert reversal.postings == (Posting("alice", "EUR", 30), Posting("revenue", "EUR", -30))
        assert till.booked("alice", "revenue") == [100, 0]
        with pytest.raises(AlreadyReversed):
            till.reverse(posted.number)
        with pytest.raises(InvalidRequest, match="is a reverse, which is not reversed"):
            till.reverse(reversal.number)
        check_coherent(till.ledger, at_rest=True)

    @pytest.mark.parametrize("ended", [False, True])
    def test_reservations_are_voided_not_reversed(self, till: Till, ended: bool) -> None:
        till.top_up("alice", 100)
        number = till.reserve(charge(40, "alice"))
        if ended:
            number = till.do(Void(key="v", reservation=number)).number
        with pytest.raises(InvalidRequest, match="which is not reversed"):
            till.reverse(number)

    def test_a_spent_top_up_is_reversed_only_beyond_the_limit(self, till: Till) -> None:
        number = till.top_up("alice", 100).number
        till.pay(charge(60, "alice"))
        with pytest.raises(InsufficientFunds, match=r"alice lacks 0\.60 EUR"):
            till.reverse(number)
        till.reverse(number, beyond_limit=True)
        assert till.booked("alice", "cash") == [-60, 0]
        with pytest.raises(InsufficientFunds, match=r"lacks 0\.01 "):
            till.pay(charge(1, "alice"))
        check_coherent(till.ledger, at_rest=True)

    def test_a_reversal_counts_what_it_gives_before_what_it_takes(self, till: Till) -> None:
        till.grant("lab", 50)
        moved = till.do(Transfer(key="t", source="lab", target="physics", unit="EUR", amount=50))
        till.reverse(moved.number)
        assert till.booked("lab", "physics") == [50, 0]

    def test_refunds_are_partial_and_never_more_than_was_paid(self, till: Till) -> None:
        till.grant("alice:free", 20)
        till.top_up("alice", 100)
        posted = till.post(till.reserve(charge(50, "alice:free", "alice")), charge(50, "alice:free", "alice"))
        first = till.refund(posted.number, 25)
        assert first.refers_to == posted.number
        assert till.booked("alice:free", "alice", "revenue") == [0, 95, 25]
        till.refund(posted.number, 10)
        assert till.booked("alice:free", "alice", "revenue") == [5, 100, 15]
        with pytest.raises(RefundTooLarge, match=r"0\.15 EUR can be paid back, not 0\.16"):
            till.refund(posted.number, 16)
        with pytest.raises(AlreadyReversed):
            till.reverse(posted.number)
        till.refund(posted.number, 15)
        assert till.booked("alice:free", "alice", "revenue") == [20, 100, 0]
        check_coherent(till.ledger, at_rest=True)

    def test_a_reversed_refund_counts_no_more(self, till: Till) -> None:
        till.top_up("alice", 100)
        paid = till.pay(charge(50, "alice"))
        back = till.refund(paid.number, 50)
        till.reverse(back.number)
        assert till.booked("alice", "revenue") == [50, 50]
        till.refund(paid.number, 50)
        assert till.booked("alice", "revenue") == [100, 0]

    def test_a_split_is_refunded_in_proportion(self, till: Till) -> None:
        till.top_up("alice", 100)
        till.top_up("bob", 100)
        split = Charge("EUR", 100, (Share(("alice",), 70), Share(("bob",), 30)), "revenue")
        paid = till.pay(split)
        till.refund(paid.number, 10)
        assert till.booked("alice", "bob") == [37, 73]
        for _ in range(9):
            till.refund(paid.number, 10)
        assert till.booked("alice", "bob", "revenue") == [100, 100, 0]

    def test_what_the_house_bore_is_not_refunded(self, till: Till) -> None:
        till.top_up("alice", 10)
        paid = till.pay(charge(15, "alice"), printed=True)
        with pytest.raises(RefundTooLarge, match=r"0\.10 EUR"):
            till.refund(paid.number, 11)
        till.refund(paid.number, 10)
        assert till.booked("alice", "grants", "revenue") == [10, -5, 5]

    def test_refunds_are_by_unit_and_only_for_charges(self, till: Till) -> None:
        till.top_up("alice", 10)
        till.grant("alice:colour", 5)
        paid = till.pay(charge(10, "alice"), pages(4))
        till.refund(paid.number, 3, PAGES)
        assert till.booked("alice", "alice:colour", "used:colour") == [0, 4, 1]
        with pytest.raises(RefundTooLarge, match=r"0\.00 USD"):
            till.refund(paid.number, 1, "USD")
        with pytest.raises(UnknownTransaction, match="is a transfer, nothing was charged"):
            till.refund(1, 1)

    def test_every_amount_says_its_unit(self, till: Till) -> None:
        wrong: list[Request] = [
            Transfer(key="k", source="cash", target="alice", unit="USD", amount=1),
            Transfer(key="k", source="cash", target="alice:colour", unit="EUR", amount=1),
            Allocate(key="k", source="grants", target="alice", unit=PAGES, amount=1),
            Allocate(key="k", source="grants", target="alice:colour", unit="EUR", amount=1),
            Adjust(key="k", source="granted:colour", target="alice", unit="EUR", balance=1),
        ]
        for request in wrong:
            with pytest.raises(InvalidRequest, match=r"is in .*, not in "):
                till.do(request)

    def test_a_closed_account_takes_no_new_business(self, till: Till) -> None:
        till.top_up("alice", 100)
        number = till.reserve(charge(40, "alice"))
        till.ledger.change_account(replace(till.ledger.account("alice"), closed=True))
        new: list[Request] = [
            Reserve(key="r", charges=(charge(1, "alice"),), expires_at=LATER),
            Transfer(key="t", source="alice", target="bob", unit="EUR", amount=1),
            Transfer(key="t", source="cash", target="alice", unit="EUR", amount=1),
            Allocate(key="a", source="grants", target="alice", unit="EUR", amount=1),
        ]
        for request in new:
            with pytest.raises(AccountClosed, match="alice is closed"):
                till.do(request)
        till.post(number, charge(50, "alice"))
        assert till.booked("alice", "grants", "revenue") == [60, -10, 50]
        check_coherent(till.ledger, at_rest=True)

    @pytest.mark.parametrize(
        ("asked", "reason"),
        [
            (charge(1, "revenue"), "revenue is the house's own"),
            (charge(1, "alice:colour"), "alice:colour is in colour-impressions, not in EUR"),
            (charge(1, "alice", loss="cash"), "cash is cash; losses go to a grant account"),
            (Charge("EUR", 1, (Share(("alice",)),), "cash"), "cash is cash; charges go to a revenue account"),
            (Charge("EUR", 1, (Share(("alice",)),), "used:colour"), "used:colour is in colour-impressions"),
        ],
    )
    def test_charges_go_from_customers_to_revenue(self, till: Till, asked: Charge, reason: str) -> None:
        till.top_up("alice", 100)
        for printed in (False, True):
            with pytest.raises(InvalidRequest, match=reason):
                till.pay(asked, printed=printed)

    def test_unknown_accounts_are_refused(self, till: Till) -> None:
        for asked in (charge(1, "nobody"), charge(1, "alice", loss="nobody")):
            with pytest.raises(UnknownAccount, match="'nobody'"):
                till.pay(asked)
        assert list(till.ledger.transactions()) == []

    def test_a_moment_has_a_zone_and_is_kept_in_utc(self, till: Till) -> None:
        asked = Transfer(key="t", source="cash", target="alice", unit="EUR", amount=1)
        with pytest.raises(InvalidRequest, match="time zone"):
            till.do(asked, NOW.replace(tzinfo=None))
        made = till.do(asked, NOW.astimezone(timezone(timedelta(hours=5))))
        assert (made.at, made.at.tzinfo) == (NOW, UTC)

    def test_a_request_of_no_kind_is_refused(self, till: Till) -> None:
        class Odd(Request):
            __slots__ = ()

            def facts(self) -> None:
                return None

        with pytest.raises(InvalidRequest, match="Odd is no request"):
            till.do(Odd(key="x"))

    def test_the_journal_is_numbered_and_keeps_everything(self, till: Till) -> None:
        asked = Transfer(
            key="t",
            source="cash",
            target="alice",
            unit="EUR",
            amount=7,
            job="j",
            actor="käthe",
            memo="mémo 🖨",
        )
        made = till.do(asked)
        till.top_up("bob", 1)
        reserved = till.reserve(charge(7, "alice"))
        journal = list(till.ledger.transactions())
        assert [t.number for t in journal] == [1, 2, 3]
        assert [t.number for t in till.ledger.transactions(after=1)] == [2, 3]
        assert list(till.ledger.transactions(after=3)) == []
        assert till.ledger.transaction(1) == journal[0] == made
        assert (made.kind, made.key, made.job, made.actor, made.memo) == (
            Kind.TRANSFER,
            "t",
            "j",
            "käthe",
            "mémo 🖨",
        )
        assert made.input_digest == asked.input_digest()
        assert journal[2].expires_at == LATER
        assert {p.layer for p in till.ledger.transaction(reserved).postings} == {Layer.RESERVED}
        assert journal[1].previous_digest == journal[0].digest
        ended = till.do(Void(key="v", reservation=reserved))
        assert list(till.ledger.referring(reserved)) == [ended]
        assert list(till.ledger.referring(1)) == []

    def test_a_hundred_jobs_race_for_the_last_cent(self, till: Till) -> None:
        till.top_up("alice", 30)
        till.grant("alice:free", 7)

        def one(number: int) -> bool:
            asked = Reserve(
                key=f"job:{number}:reserve", charges=(charge(1, "alice:free", "alice"),), expires_at=LATER
            )
            try:
                till.do(asked)
            except InsufficientFunds:
                return False
            return True

        with ThreadPoolExecutor(8) as pool:
            assert sum(pool.map(one, range(100))) == 37
        assert [till.available(a) for a in ("alice", "alice:free")] == [0, 0]
        check_coherent(till.ledger)

    def test_one_key_in_many_threads_has_one_effect(self, till: Till) -> None:
        asked = Transfer(key="voucher:1", source="cash", target="alice", unit="EUR", amount=5)
        stolen = replace(asked, target="bob")

        def one(request: Request) -> Transaction | None:
            try:
                return till.do(request)
            except KeyConflict:
                return None

        with ThreadPoolExecutor(8) as pool:
            made = list(pool.map(one, [asked, stolen] * 20))
        assert len({t.number for t in made if t is not None}) == 1
        assert sorted(till.booked("alice", "bob")) == [0, 5]

    def test_one_reservation_ended_in_many_threads_ends_once(self, till: Till) -> None:
        till.top_up("alice", 50)
        number = till.reserve(charge(50, "alice"))

        def one(index: int) -> bool:
            ends: list[Request] = [
                Post(key=f"p{index}", reservation=number, charges=(charge(20, "alice"),)),
                Void(key=f"v{index}", reservation=number),
            ]
            try:
                till.do(ends[index % 2])
            except LedgerError:
                return False
            return True

        with ThreadPoolExecutor(8) as pool:
            assert sum(pool.map(one, range(24))) == 1
        check_coherent(till.ledger, at_rest=True)
