"""The audit finds every row that somebody touched, on both databases, and nothing in a sound ledger."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest
from django.db import connection

from plantin.ledger.requests import Expire, Post, Refund, Reverse, Void
from plantin.ledger.verify import Head, Report
from plantin.store import sql
from plantin.store.ledger import journal, people
from plantin.store.ledger.audit import verify_ledger
from tests.store.ledger.support import LATER, NOW, Desk, charge
from tests.store.support import Database


@pytest.fixture
def desk(database: Database) -> Desk:
    """A ledger with a bit of everything in it."""
    found = Desk(database)
    found.top_up("alice", 100)  # 1
    found.top_up("bob", 100)
    found.reserve("alice", 30, job="j1")  # 3
    found.do(Post(key="post", job="j1", reservation=3, charges=(charge(20, "alice"),)))
    found.reserve("bob", 10)  # 5
    found.do(Void(key="void", reservation=5))
    found.reserve("bob", 10)  # 7
    found.do(Expire(key="expire", reservation=7), LATER)
    found.do(Refund(key="refund", transaction=4, unit="EUR", amount=5))
    found.do(Reverse(key="reverse", transaction=2))
    found.reserve("alice", 1)  # 11, open
    return found


def tamper(database: Database, *statements: str) -> None:
    """Does to the tables what their triggers forbid."""

    def work() -> None:
        for table in ("store_ledgertransaction", "store_posting", "store_account"):
            if sql.is_sqlite():
                for event in ("update", "delete"):
                    sql.execute(f"DROP TRIGGER {table}_no_{event}", [])
            else:
                sql.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER", [])
        for statement in statements:
            sql.execute(statement, [])
        if not sql.is_sqlite():  # its tables are the next test's too
            for table in ("store_ledgertransaction", "store_posting", "store_account"):
                sql.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER", [])

    database.write(work)


def found(desk: Desk, noted: Head | None = None) -> str:
    report = verify_ledger(desk.book, noted)
    return "\n".join(f"{problem.number}: {problem.text}" for problem in report.problems)


def test_a_sound_ledger_has_no_problems(desk: Desk) -> None:
    report = verify_ledger(desk.book)
    assert report.problems == ()
    assert report.head == Head(11, desk.book.transaction(11).digest)
    assert report.open_reservations == (11,)
    assert {account.id: desk.book.balance(account.id) for account in desk.book.accounts()} == {
        account.id: report.balances.get(account.id, desk.book.balance(account.id))
        for account in desk.book.accounts()
    }
    assert found(desk, report.head) == ""


def test_an_empty_ledger_has_no_problems(database: Database) -> None:
    report = verify_ledger(Desk(database).book)
    assert (report.problems, report.head.number) == ((), 0)


TAMPERED = {
    "an amount": ("UPDATE store_posting SET amount = -1 WHERE number = 4 AND amount = -20", "4: its content"),
    "two amounts": (
        "UPDATE store_posting SET amount = amount * 2 WHERE number = 1",
        "1: its content does not have its digest: it was changed",
    ),
    "an account": (
        "UPDATE store_posting SET account = 'bob' WHERE number = 1 AND account = 'alice'",
        "1: its content",
    ),
    "a layer": ("UPDATE store_posting SET layer = 1 WHERE number = 1", "1: its content"),
    "a layer that is none": (
        "UPDATE store_posting SET layer = 7 WHERE number = 1",
        "1: a posting on alice cannot be read",
    ),
    "a share": ("UPDATE store_posting SET share = 1 WHERE number = 4", "4: its content"),
    "the order": (
        "UPDATE store_posting SET position = 9 WHERE number = 4 AND position = 0",
        "4: its content",
    ),
    "a memo": ("UPDATE store_ledgertransaction SET memo = 'x' WHERE number = 2", "2: its content"),
    "a job": ("UPDATE store_ledgertransaction SET job = 'x' WHERE number = 3", "3: its content"),
    "a kind": ("UPDATE store_ledgertransaction SET kind = 'charge' WHERE number = 1", "1: its content"),
    "a kind that is none": (
        "UPDATE store_ledgertransaction SET kind = 'gift' WHERE number = 1",
        "1: it cannot be read: kind 'gift'",
    ),
    "a moment": ("UPDATE store_ledgertransaction SET at_us = at_us + 1 WHERE number = 1", "1: its content"),
    "no moment": (
        "UPDATE store_ledgertransaction SET at_us = 9000000000000000000 WHERE number = 1",
        "1: it cannot be read",
    ),
    "a time of expiry": (
        "UPDATE store_ledgertransaction SET expires_at_us = expires_at_us + 1 WHERE number = 11",
        "11: its content",
    ),
    "a key": ("UPDATE store_ledgertransaction SET key = 'other' WHERE number = 1", "1: its content"),
    "a reference": ("UPDATE store_ledgertransaction SET refers_to = 11 WHERE number = 4", "4: its content"),
    "a digest": (
        "UPDATE store_ledgertransaction SET digest = previous WHERE number = 6",
        "7: the chain breaks",
    ),
    "a chain": (
        "UPDATE store_ledgertransaction SET previous = digest WHERE number = 6",
        "6: the chain breaks",
    ),
    "a posting removed": (
        "DELETE FROM store_posting WHERE number = 1 AND position = 1",
        "1: booked postings in EUR",
    ),
    "a row removed": ("DELETE FROM store_ledgertransaction WHERE number = 2", "3: number 3 follows 1"),
    "a row's postings kept": (
        "DELETE FROM store_ledgertransaction WHERE number = 2",
        "2: a posting on cash:EUR of a transaction that is not there",
    ),
    "the end cut off": (
        "DELETE FROM store_ledgertransaction WHERE number = 11",
        "None: the head is kept as 11",
    ),
    "a row added": (
        "INSERT INTO store_posting (number, position, account, unit, amount, layer, share) "
        "VALUES (12, 0, 'alice', 'EUR', 5, 0, 0)",
        "12: it is beyond the head",
    ),
    "a posting added": (
        "INSERT INTO store_posting (number, position, account, unit, amount, layer, share) "
        "VALUES (1, 7, 'alice', 'EUR', 5, 0, 0)",
        "1: booked postings in EUR sum to 5",
    ),
    "a balance": (
        "UPDATE store_account SET booked = 10000 WHERE id = 'alice'",
        "alice is kept as 10000 booked",
    ),
    "a reserved sum": ("UPDATE store_account SET reserved = 0 WHERE id = 'alice'", "alice is kept as"),
    "an account removed": (
        "DELETE FROM store_account WHERE id = 'bob'",
        "a posting on bob, which is no account",
    ),
    "an account's unit": (
        "UPDATE store_account SET unit = 'USD' WHERE id = 'bob'",
        "on bob, which is in USD",
    ),
    "the head": ("UPDATE store_ledgerhead SET number = 9", "11: it is beyond the head"),
    "the head's digest": (
        "UPDATE store_ledgerhead SET digest = (SELECT previous FROM store_ledgertransaction LIMIT 1)",
        "11: its digest is not the one",
    ),
    "the head removed": ("DELETE FROM store_ledgerhead", "11: it is beyond the head"),
    "a reservation forgotten": ("DELETE FROM store_openreservation", "11: the reservation is kept as ended"),
    "a reservation invented": (
        "INSERT INTO store_openreservation (number, expires_at_us) VALUES (3, 0)",
        "3: the reservation is kept as open, and is not",
    ),
}


@pytest.mark.parametrize("what", TAMPERED)
def test_what_somebody_touched_is_found(desk: Desk, what: str) -> None:
    statement, problem = TAMPERED[what]
    tamper(desk.database, statement)
    assert problem in found(desk)


def test_rows_cut_off_with_everything_that_is_kept_of_them_are_found_by_a_noted_head(desk: Desk) -> None:
    noted = verify_ledger(desk.book).head
    before = desk.book.transaction(10)
    tamper(
        desk.database,
        "UPDATE store_account SET reserved = 0",
        "DELETE FROM store_posting WHERE number = 11",
        "DELETE FROM store_openreservation",
        "DELETE FROM store_ledgertransaction WHERE number = 11",
    )
    desk.database.write(sql.execute, "UPDATE store_ledgerhead SET number = 10, digest = %s", [before.digest])
    assert found(desk) == ""
    assert found(desk, noted) == "None: the journal ends at 10, but 11 was noted: rows were cut off"


def test_values_of_another_type_are_found(desk: Desk) -> None:
    """SQLite keeps whatever it is given; PostgreSQL refuses it by itself."""
    if sql.is_sqlite():
        tamper(
            desk.database,
            "UPDATE store_posting SET amount = 1.5 WHERE number = 1 AND position = 0",
            "UPDATE store_posting SET share = 'x' WHERE number = 2 AND position = 0",
            "UPDATE store_ledgertransaction SET at_us = 'x' WHERE number = 3",
            "UPDATE store_ledgertransaction SET job = 7.5 WHERE number = 4",
            "UPDATE store_ledgertransaction SET memo = x'ff' WHERE number = 5",
            "UPDATE store_ledgertransaction SET digest = 'x' WHERE number = 6",
        )
        told = found(desk)
        for number in range(1, 7):
            assert f"{number}: " in told
        assert told.count("cannot be read") == 5


def test_tampering_leaves_the_triggers_of_the_next_test(desk: Desk) -> None:
    """Of PostgreSQL's one database for all tests: they are there."""
    with connection.cursor() as cursor:
        if sql.is_sqlite():
            cursor.execute("SELECT COUNT(*) FROM sqlite_master WHERE type = 'trigger'")
            assert cursor.fetchone() == (6,)
        else:
            cursor.execute("SELECT COUNT(*) FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'O'")
            assert cursor.fetchone() == (6,)


def test_the_audit_goes_on_while_others_book(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between any two of its statements somebody books: it speaks of the ledger as it was when it began."""
    monkeypatch.setattr(journal, "PAGE", 3)
    run = sql.select
    busy = False

    def select(
        statement: str, parameters: Iterable[object], make: Callable[[tuple[object, ...]], object]
    ) -> object:
        nonlocal busy
        rows = run(statement, list(parameters), make)
        if not busy:
            busy = True
            desk.top_up("alice", 3)
            desk.reserve("alice", 1)
            desk.database.write(people.ensure_house, desk.book, f"U{desk.count}")
            busy = False
        return rows

    with monkeypatch.context() as patch:
        patch.setattr(sql, "select", select)
        report: Report = verify_ledger(desk.book)
    assert (report.problems, report.head.number) == ((), 11)
    assert verify_ledger(desk.book).problems == ()
    assert NOW < LATER
