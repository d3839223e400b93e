"""Any order of top-up, grant, reserve, post, void, expire, refund and reversal, against any ledger.

Invariants after every step: every layer of every unit sums to zero, no account is beyond its limit, revenue
is what was charged less what was given back. At the end, with every reservation ended, none is left.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, rule

from plantin.ledger.errors import (
    AlreadyReversed,
    InsufficientFunds,
    KeyConflict,
    NotExpired,
    RefundTooLarge,
    ReservationClosed,
)
from plantin.ledger.requests import (
    Charge,
    ChargeNow,
    Expire,
    Post,
    Request,
    Reserve,
    Share,
    Transfer,
    Void,
)
from plantin.ledger.transactions import Layer, Transaction, sums
from plantin.ledger.view import Ledger

from .contract import NOW, PAGES, Till, check_coherent

OVERDRAFT = 7
CUSTOMERS = ("alice", "alice:free", "bob", "faculty", "physics", "lab")
amounts = st.integers(0, 40)
payers = st.lists(
    st.builds(
        Share,
        st.lists(st.sampled_from(CUSTOMERS), min_size=1, max_size=3, unique=True).map(tuple),
        st.integers(1, 3),
    ),
    min_size=1,
    max_size=3,
).map(tuple)


class LedgerMachine(RuleBasedStateMachine):
    """`factory` makes a new, empty ledger with a default overdraft of `OVERDRAFT` in EUR."""

    factory: Callable[[], Ledger]
    reservations: Bundle[tuple[int, tuple[Charge, ...]]] = Bundle("reservations")
    bookings: Bundle[int] = Bundle("bookings")
    requests: Bundle[tuple[Request, Transaction]] = Bundle("requests")

    @initialize()
    def begin(self) -> None:
        self.ledger = type(self).factory()
        self.till = Till(self.ledger)
        self.now = NOW
        self.revenue = 0
        self.ended: set[int] = set()

    def charges(self, amount: int, shares: tuple[Share, ...], colour: int) -> tuple[Charge, ...]:
        quota = Charge(PAGES, colour, (Share(("alice:colour",)),), "used:colour", "granted:colour")
        return Charge("EUR", amount, shares, "revenue", "grants"), quota

    def do(self, request: Request) -> Transaction:
        return self.till.do(request, self.now)

    @rule(target=bookings, account=st.sampled_from(CUSTOMERS), amount=st.integers(1, 40))
    def top_up(self, account: str, amount: int) -> int:
        return self.do(
            Transfer(key=self.till.key(), source="cash", target=account, unit="EUR", amount=amount)
        ).number

    @rule(target=bookings, amount=amounts, cap=st.none() | amounts)
    def allocate(self, amount: int, cap: int | None) -> int:
        self.till.grant("alice:colour", amount, cap)
        return self.till.grant("alice:free", amount, cap).number

    @rule(target=bookings, source=st.sampled_from(CUSTOMERS), amount=st.integers(1, 40))
    def transfer(self, source: str, amount: int) -> int:
        target = "bob" if source != "bob" else "alice"
        try:
            return self.do(
                Transfer(key=self.till.key(), source=source, target=target, unit="EUR", amount=amount)
            ).number
        except InsufficientFunds:
            return 0

    @rule(target=reservations, amount=amounts, shares=payers, colour=st.integers(0, 3))
    def reserve(self, amount: int, shares: tuple[Share, ...], colour: int) -> tuple[int, tuple[Charge, ...]]:
        charges = self.charges(amount, shares, colour)
        expires_at = self.now + timedelta(hours=1)
        try:
            made = self.do(Reserve(key=self.till.key(), charges=charges, expires_at=expires_at))
        except InsufficientFunds:
            return 0, charges
        return made.number, charges

    @rule(target=bookings, held=consumes(reservations), amount=st.integers(0, 80), colour=st.integers(0, 9))
    def post(self, held: tuple[int, tuple[Charge, ...]], amount: int, colour: int) -> int:
        number, charges = held
        if not number:
            return 0
        true = self.charges(amount, charges[0].shares, colour)
        try:
            made = self.do(Post(key=self.till.key(), reservation=number, charges=true))
        except ReservationClosed:
            assert number in self.ended
            return 0
        assert number not in self.ended
        self.ended.add(number)
        self.revenue += amount
        return made.number

    @rule(held=consumes(reservations), expire=st.booleans())
    def end(self, held: tuple[int, tuple[Charge, ...]], expire: bool) -> None:
        number, _ = held
        if number:
            end = Expire if expire else Void
            try:
                self.do(end(key=self.till.key(), reservation=number))
                assert number not in self.ended
                self.ended.add(number)
            except NotExpired:
                assert expire
            except ReservationClosed:
                assert number in self.ended

    @rule(minutes=st.integers(1, 90))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
        for number in self.ledger.due(self.now):
            self.do(Expire(key=f"expire:{number}", reservation=number))
            self.ended.add(number)

    @rule(target=bookings, amount=amounts, shares=payers, printed=st.booleans())
    def charge_now(self, amount: int, shares: tuple[Share, ...], printed: bool) -> int:
        charges = self.charges(amount, shares, 0)[:1]
        try:
            made = self.do(ChargeNow(key=self.till.key(), charges=charges, printed=printed))
        except InsufficientFunds:
            assert not printed
            return 0
        self.revenue += amount
        return made.number

    @rule(target=bookings, booking=bookings, amount=st.integers(1, 40))
    def refund(self, booking: int, amount: int) -> int:
        charged = booking and self.ledger.transaction(booking).kind.value in ("post", "charge")
        if not charged:
            return 0
        try:
            made = self.till.refund(booking, amount)
        except RefundTooLarge:
            return 0
        self.revenue -= amount
        return made.number

    @rule(booking=bookings)
    def reverse(self, booking: int) -> None:
        if not booking:
            return
        try:
            made = self.till.reverse(booking)
        except (AlreadyReversed, InsufficientFunds):
            return
        self.revenue += sum(p.amount for p in made.postings if p.account == "revenue")

    @rule(target=requests, account=st.sampled_from(CUSTOMERS), amount=st.integers(1, 9))
    def remember(self, account: str, amount: int) -> tuple[Request, Transaction]:
        request = Transfer(key=self.till.key(), source="cash", target=account, unit="EUR", amount=amount)
        return request, self.do(request)

    @rule(remembered=requests)
    def replay(self, remembered: tuple[Request, Transaction]) -> None:
        request, made = remembered
        assert self.do(request) == made
        try:
            self.do(Void(key=request.key, reservation=1))
            raise AssertionError("a key was used twice")
        except KeyConflict:
            pass

    @invariant()
    def sums_are_zero(self) -> None:
        totals = sums(p for t in self.ledger.transactions() for p in t.postings)
        assert set(totals.values()) <= {0}

    @invariant()
    def nobody_is_beyond_the_limit(self) -> None:
        for account in self.ledger.accounts():
            floor = account.floor(OVERDRAFT if account.unit == "EUR" else 0)
            assert floor is None or self.ledger.tree_balance(account.id).available >= floor, account.id
            assert not account.is_customer or self.ledger.balance(account.id).reserved <= 0

    @invariant()
    def revenue_is_what_was_charged(self) -> None:
        assert self.ledger.balance("revenue").booked == self.revenue

    def teardown(self) -> None:
        ended = {t.refers_to for t in self.ledger.transactions()}
        for transaction in list(self.ledger.transactions()):
            held = transaction.kind.value == "reserve" and transaction.number not in ended
            if held:
                assert {p.layer for p in transaction.postings} <= {Layer.RESERVED}
                self.do(Void(key=f"void:{transaction.number}", reservation=transaction.number))
        check_coherent(self.ledger, at_rest=True)
