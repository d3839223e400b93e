"""Beside the ledger: vouchers, refund requests, balances as CSV."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from plantin.ledger.errors import (
    AccountClosed,
    ImportRefused,
    InvalidRequest,
    RefundTooLarge,
    UnknownTransaction,
    VoucherRefused,
    WorkflowError,
)
from plantin.ledger.refunds import RefundRequest, RefundState
from plantin.ledger.requests import Refund
from plantin.ledger.transactions import Transaction
from plantin.ledger.vouchers import encode_code
from plantin.store.ledger import balances, people, refunds, vouchers
from plantin.store.models import Event, Voucher
from tests.store.ledger.support import NOW, Desk
from tests.store.support import Database

TODAY = date(2027, 3, 1)


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database)


# -- vouchers -----------------------------------------------------------------------------------------------


def make(desk: Desk, name: str = "spring", count: int = 3, expires_on: date | None = TODAY) -> list[str]:
    made = desk.database.write(
        lambda: vouchers.create(desk.book, name, count, 500, "EUR", expires_on=expires_on, actor="root")
    )
    return [code for code, _ in made]


def redeem(desk: Desk, code: str, account: str = "alice", today: date = TODAY) -> Transaction:
    return desk.database.write(
        lambda: vouchers.redeem(desk.book, code, account, today=today, at=NOW, actor="alice")
    )


def test_a_voucher_is_used_once(desk: Desk) -> None:
    codes = make(desk)
    made = redeem(desk, codes[0].lower().replace("-", " "))
    assert made.memo == "voucher spring/1"
    assert redeem(desk, codes[0]) == made
    with pytest.raises(VoucherRefused, match="spring/1 was used already"):
        redeem(desk, codes[0], "bob")
    assert desk.booked("alice", "bob", "cash:EUR") == [500, 0, -500]
    desk.check()


def test_codes_are_not_kept(desk: Desk) -> None:
    codes = make(desk)
    kept = [value for row in Voucher.objects.values_list() for value in row]
    for code in codes:
        assert code not in kept and code.replace("-", "") not in kept
    assert [event.text for event in Event.objects.filter(kind="voucher-added")] == [
        "spring: 3 vouchers of 5.00 EUR"
    ]


def test_vouchers_expire_and_are_withdrawn(desk: Desk) -> None:
    codes = make(desk)
    with pytest.raises(VoucherRefused, match="spring/2 was valid until 2027-03-01"):
        redeem(desk, codes[1], today=TODAY + timedelta(days=1))
    redeem(desk, codes[0])

    def withdraw(serials: list[int] | None = None) -> int:
        return desk.database.write(lambda: vouchers.withdraw("spring", serials, actor="root"))

    assert withdraw([1, 2]) == 1  # the used one stays used
    with pytest.raises(VoucherRefused, match="spring/2 was withdrawn"):
        redeem(desk, codes[1])
    assert [line.voucher.withdrawn for line in vouchers.vouchers("spring")] == [False, True, False]
    assert (withdraw(), withdraw()) == (1, 0)
    (batch,) = vouchers.batches()
    assert (batch.name, batch.count, batch.used, batch.withdrawn) == ("spring", 3, 1, 2)
    assert (batch.expires_on, batch.created_by) == (TODAY, "root")
    first = vouchers.vouchers("spring")[0]
    assert (first.transaction, first.used_at_us > 0, first.voucher.expires_on) == (1, True, TODAY)


def test_wrong_codes_and_batches_are_refused(desk: Desk) -> None:
    make(desk, expires_on=None)
    with pytest.raises(VoucherRefused, match="there is no such voucher"):
        redeem(desk, encode_code(12345))
    with pytest.raises(VoucherRefused, match="letters and digits"):
        redeem(desk, "x")
    with pytest.raises(InvalidRequest, match="there is a batch spring already"):
        make(desk)
    for name in ("", "a/b", "x" * 121, "a\n"):
        with pytest.raises(InvalidRequest, match="a batch's name"):
            make(desk, name)
    with pytest.raises(InvalidRequest, match="no batch 'autumn'"):
        vouchers.batch("autumn")
    with pytest.raises(InvalidRequest, match="no batch"):
        desk.database.write(vouchers.withdraw, "a\0")


def test_a_closed_account_leaves_the_voucher_unused(desk: Desk) -> None:
    (code,) = make(desk, count=1)
    alice = desk.book.account("alice")
    desk.database.write(desk.book.change_account, replace(alice, closed=True))
    with pytest.raises(AccountClosed):
        redeem(desk, code)
    redeem(desk, code, "bob")
    assert desk.booked("bob") == [500]


# -- refund requests ----------------------------------------------------------------------------------------


@pytest.fixture
def paid(desk: Desk) -> Transaction:
    desk.top_up("alice", 100)
    return desk.pay("alice", 60, job="j1")


def ask(desk: Desk, charge: int, amount: int | None = None, by: str = "alice") -> RefundRequest:
    return desk.database.write(
        lambda: refunds.ask(desk.book, charge, "EUR", amount, by=by, reason="jam", at=NOW)
    )


def approve(desk: Desk, request: str, by: str = "carol", amount: int | None = None) -> refunds.Approved:
    return desk.database.write(
        lambda: refunds.approve(desk.book, request, by=by, at=NOW, amount=amount, note="ok")
    )


def test_a_refund_is_asked_for_and_approved_by_somebody_else(desk: Desk, paid: Transaction) -> None:
    asked = ask(desk, paid.number)
    assert (asked.asked, asked.state) == (60, RefundState.ASKED)
    with pytest.raises(WorkflowError, match="somebody else has to approve"):
        approve(desk, asked.id, by="alice")
    with pytest.raises(WorkflowError, match="1 to 60 can be granted"):
        approve(desk, asked.id, amount=61)
    assert refunds.show(asked.id) == asked
    done = approve(desk, asked.id, amount=25)
    assert desk.booked("alice", "revenue:EUR") == [65, 35]
    assert (done.refund.refers_to, done.refund.job, done.refund.actor) == (paid.number, "j1", "carol")
    assert refunds.show(asked.id) == done.request
    assert [(step.state.value, step.by, step.note) for step in done.request.trail] == [
        ("asked", "alice", "jam"),
        ("approved", "carol", "ok"),
    ]
    with pytest.raises(WorkflowError, match="is approved already"):
        approve(desk, asked.id)
    rest = ask(desk, paid.number)
    assert rest.asked == 35
    desk.check()


def test_no_more_is_asked_for_than_was_paid(desk: Desk, paid: Transaction) -> None:
    with pytest.raises(RefundTooLarge, match=r"0\.60 EUR can be paid back, not 0\.61"):
        ask(desk, paid.number, 61)
    with pytest.raises(UnknownTransaction, match="is a transfer"):
        ask(desk, 1, 5)
    first = ask(desk, paid.number, 60)
    with pytest.raises(WorkflowError, match=f"refund {first.id} of transaction {paid.number} is still open"):
        ask(desk, paid.number, 1, by="bob")
    approve(desk, first.id)
    with pytest.raises(RefundTooLarge, match=r"0\.00 EUR"):
        ask(desk, paid.number)


def test_an_approval_that_cannot_be_booked_decides_nothing(desk: Desk, paid: Transaction) -> None:
    asked = ask(desk, paid.number)
    other = Refund(key="elsewhere", transaction=paid.number, unit="EUR", amount=50)
    desk.do(other)
    with pytest.raises(RefundTooLarge):
        approve(desk, asked.id)
    assert refunds.show(asked.id).state is RefundState.ASKED
    approve(desk, asked.id, amount=10)
    assert desk.booked("alice") == [100]


def test_requests_are_rejected_withdrawn_and_found(desk: Desk, paid: Transaction) -> None:
    first = ask(desk, paid.number, 5)
    with pytest.raises(WorkflowError, match="needs a reason"):
        desk.database.write(lambda: refunds.reject(first.id, by="carol", at=NOW, note=" "))
    desk.database.write(lambda: refunds.reject(first.id, by="carol", at=NOW, note="printed well"))
    second = ask(desk, paid.number, 5)
    with pytest.raises(WorkflowError, match="only alice can withdraw"):
        desk.database.write(lambda: refunds.withdraw(second.id, by="bob", at=NOW))
    desk.database.write(lambda: refunds.withdraw(second.id, by="alice", at=NOW))
    third = ask(desk, paid.number, 5, by="bob")

    def ids(found: list[RefundRequest]) -> list[str]:
        return [one.id for one in found]

    assert ids(refunds.requests()) == [first.id, second.id, third.id]
    assert ids(refunds.requests(state=RefundState.ASKED)) == [third.id]
    assert ids(refunds.requests(by="alice", limit=1)) == [first.id]
    assert ids(refunds.requests(charge=paid.number + 1)) == []
    assert refunds.show(first.id).trail[-1].note == "printed well"
    for wrong in ("", "x", "٣", "0", "9" * 30):
        with pytest.raises(UnknownTransaction, match="no request"):
            refunds.show(wrong)
    assert desk.booked("alice") == [40]


# -- balances as CSV ----------------------------------------------------------------------------------------


def import_csv(desk: Desk, text: str, *, create: bool = False) -> list[Transaction]:
    return desk.database.write(
        lambda: balances.import_csv(
            desk.book,
            text,
            "EUR",
            at=NOW,
            actor="root",
            create=(lambda name: people.personal(name, "EUR")) if create else None,
        )
    )


def test_what_is_exported_is_imported_unchanged(desk: Desk) -> None:
    desk.shared("=physics")
    desk.top_up("alice", 1250)
    desk.top_up("=physics", 7)
    text = balances.export_csv("EUR")
    assert text == "account,balance\r\n'=physics,0.07\r\nalice,12.50\r\nbob,0.00\r\n"
    assert [made.postings for made in import_csv(desk, text)] == [(), (), ()]
    assert balances.export_csv("EUR") == text
    desk.pay("alice", 1000)
    import_csv(desk, text)
    assert desk.booked("alice") == [250]  # the same file again has no other effect
    import_csv(desk, text + "\r\n")
    assert desk.booked("alice") == [1250]
    desk.check()


def test_an_import_is_all_or_nothing(desk: Desk) -> None:
    text = "account,balance\r\nalice,5.00\r\ncarol,1.00\r\n"
    with pytest.raises(ImportRefused, match="account carol: no account 'carol'"):
        import_csv(desk, text)
    assert desk.booked("alice") == [0]
    with pytest.raises(ImportRefused, match="line 2: "):
        import_csv(desk, "account,balance\r\nalice,x\r\n", create=True)
    with pytest.raises(ImportRefused, match="account cash:EUR: account cash:EUR is not a customer's"):
        import_csv(desk, "account,balance\r\ncash:EUR,5.00\r\n", create=True)
    with pytest.raises(ImportRefused, match="account cash:USD: 'cash:USD' cannot be the name"):
        import_csv(desk, "account,balance\r\ncash:USD,5.00\r\n", create=True)
    import_csv(desk, text, create=True)
    assert desk.booked("alice", "carol", "grant:EUR") == [500, 100, -600]
    desk.check()
