"""Batches of the database's ledger: each request its own answer, few statements, nothing between."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plantin.core.errors import PlantinError, Temporary
from plantin.ledger.accounts import Account, AccountKind, pin_digest
from plantin.ledger.book import Book
from plantin.ledger.errors import (
    InsufficientFunds,
    InvalidRequest,
    KeyConflict,
    LedgerError,
    UnknownTransaction,
)
from plantin.ledger.errors import UnknownAccount as Unknown
from plantin.ledger.requests import (
    Charge,
    ChargeNow,
    Expire,
    Post,
    Refund,
    Request,
    Reserve,
    Reverse,
    Transfer,
    Void,
)
from plantin.ledger.transactions import Balance, Kind, Transaction
from plantin.store import sql
from plantin.store.ledger import accounts, journal, people
from plantin.store.ledger.accounts import AccountQuestion
from plantin.store.ledger.book import DatabaseBook
from plantin.store.models import Event
from plantin.store.models import OpenReservation as Kept
from tests.ledger.contract import ACCOUNTS, NOW
from tests.ledger.machine import CUSTOMERS, payers
from tests.store.ledger.support import LATER, Desk, charge
from tests.store.support import Database


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database)


def batch(desk: Desk, *requests: Request) -> list[Transaction | LedgerError]:
    return desk.database.write(desk.book.apply_batch, requests, NOW)


# -- batches ------------------------------------------------------------------------------------------------


def test_each_request_of_a_batch_has_its_own_answer(desk: Desk) -> None:
    answers = batch(
        desk,
        desk.transfer("alice", 100),
        desk.transfer("nobody", 1),
        desk.reservation("alice", 60),
        desk.reservation("alice", 41),
        desk.reservation("alice", 40),
        desk.transfer("bob", 5, key="key:1"),
    )
    assert [type(answer) for answer in answers] == [
        Transaction,
        Unknown,
        Transaction,
        InsufficientFunds,
        Transaction,
        KeyConflict,
    ]
    assert [one.number for one in answers if isinstance(one, Transaction)] == [1, 2, 3]
    assert all(one.__traceback__ is None for one in answers if isinstance(one, LedgerError))
    assert desk.book.balance("alice") == Balance(100, -100)
    desk.check()


def test_a_key_twice_in_a_batch_is_done_once(desk: Desk) -> None:
    asked = desk.transfer("alice", 7)
    first, again, other = batch(desk, asked, replace(asked, memo="again"), replace(asked, amount=8))
    assert first == again
    assert isinstance(other, KeyConflict)
    assert desk.booked("alice") == [7]


def test_a_reservation_may_end_in_the_batch_that_made_it(desk: Desk) -> None:
    desk.top_up("alice", 10)
    made, ended, again = batch(
        desk,
        desk.reservation("alice", 10),
        Void(key="v", reservation=2),
        Post(key="p", reservation=2, charges=(charge(1, "alice"),)),
    )
    assert isinstance(made, Transaction) and isinstance(ended, Transaction)
    assert isinstance(again, LedgerError)
    assert not Kept.objects.exists()
    assert desk.book.due(LATER) == []
    desk.check()


def test_an_empty_batch_is_nothing(desk: Desk) -> None:
    assert batch(desk) == []


def test_a_batch_is_written_with_few_statements(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.shared("faculty")
    desk.shared("physics", parent="faculty", restricted=False)
    batch(desk, desk.transfer("alice", 10**6), desk.transfer("faculty", 10**6))
    seen: list[str] = []
    run = sql._run

    def noted(statement: str, parameters: Sequence[Any]) -> Any:
        seen.append(statement)
        return run(statement, parameters)

    payers = ("alice", "physics")
    with monkeypatch.context() as patch:
        patch.setattr(sql, "_run", noted)
        made = batch(desk, *(desk.reservation(payers[n % 2], 3) for n in range(200)))
        reserving, seen = len(seen), []
        posts = [
            Post(key=f"post:{one.number}", reservation=one.number, charges=(charge(2, payers[n % 2]),))
            for n, one in enumerate(made)
            if isinstance(one, Transaction)
        ]
        assert all(isinstance(one, Transaction) for one in batch(desk, *posts))
        posting = len(seen)
    assert len(posts) == 200
    assert reserving <= 14, seen
    assert posting <= 16, seen
    assert desk.booked("alice", "physics") == [10**6 - 200, -200]
    desk.check()


amounts = st.integers(0, 40)


@st.composite
def requests(draw: st.DrawFn, index: int) -> Request:
    """Any request; references and keys go back to what was asked before, often in vain."""
    key = f"k{draw(st.sampled_from([index, index, index, index, max(0, index - 3)]))}"
    number = draw(st.integers(1, index + 1))
    charges = (
        Charge(
            "EUR", draw(amounts), draw(payers), "revenue", draw(st.sampled_from(["grants", "grants", None]))
        ),
    )
    source, target = draw(
        st.sampled_from([("cash", "faculty"), ("alice", "bob"), ("cash", "lab"), ("lab", "physics")])
    )
    return draw(
        st.sampled_from(
            [
                Transfer(
                    key=key, source="cash", target=draw(st.sampled_from(CUSTOMERS)), unit="EUR", amount=99
                ),
                Transfer(key=key, source=source, target=target, unit="EUR", amount=draw(st.integers(1, 40))),
                Reserve(key=key, charges=charges, expires_at=LATER),
                Post(key=key, reservation=number, charges=charges),
                Post(key=key, reservation=max(1, index - 1), charges=charges),
                Void(key=key, reservation=number),
                Expire(key=key, reservation=number),
                ChargeNow(key=key, charges=charges, printed=draw(st.booleans())),
                Refund(key=key, transaction=number, unit="EUR", amount=draw(st.integers(1, 20))),
                Reverse(key=key, transaction=number, beyond_limit=draw(st.booleans())),
            ]
        )
    )


@st.composite
def runs(draw: st.DrawFn) -> list[list[Request]]:
    """Batches of requests."""
    sizes = draw(st.lists(st.integers(1, 12), min_size=1, max_size=4))
    indexes = iter(range(sum(sizes)))
    return [[draw(requests(next(indexes))) for _ in range(size)] for size in sizes]


@settings(
    max_examples=60, deadline=None, suppress_health_check=list(HealthCheck)
)  # the database is rolled back after each example
@given(batches=runs())
def test_a_batch_does_what_the_requests_do_one_by_one(
    database: Database, batches: list[list[Request]]
) -> None:
    """The same journal to the last digest, and the same refusals, as the ledger in memory."""
    reference, book = Book("test", {"EUR": 7}), DatabaseBook("test", {"EUR": 7})
    with transaction.atomic():
        for account in ACCOUNTS:
            reference.open_account(account)
            book.open_account(account)
        for asked in batches:
            wanted: list[Any] = []
            for request in asked:
                try:
                    wanted.append(reference.apply(request, NOW))
                except LedgerError as error:
                    wanted.append((error.code, error.reason))
            answers = book.apply_batch(asked, NOW)
            assert [(a.code, a.reason) if isinstance(a, LedgerError) else a for a in answers] == wanted
        assert list(book.transactions()) == list(reference.transactions())
        for account in ACCOUNTS:
            assert book.balance(account.id) == reference.balance(account.id)
            assert book.tree_balance(account.id) == reference.tree_balance(account.id)
        assert book.due(LATER) == reference.due(LATER)
        transaction.set_rollback(True)


# -- what strangers wrote -----------------------------------------------------------------------------------


def test_texts_that_no_database_takes_are_booked_as_they_can_be_kept(desk: Desk) -> None:
    asked = replace(desk.transfer("alice", 1), memo="a\0b", actor="\0", job="j\0")
    made = desk.do(asked)
    assert (made.memo, made.actor, made.job) == ("a\ufffdb", "\ufffd", "j\ufffd")
    assert desk.book.transaction(made.number) == made
    assert desk.do(asked) == made
    desk.check()


def test_a_key_has_no_nul(desk: Desk) -> None:
    with pytest.raises(InvalidRequest, match="no NUL"):
        desk.do(desk.transfer("alice", 1, key="a\0"))


@pytest.mark.parametrize("name", ["a\0", "\ud800", "alice\n", "x" * 100_000])
def test_odd_names_are_of_no_account(desk: Desk, name: str) -> None:
    first, second = batch(desk, desk.transfer(name, 1), desk.transfer("alice", 1))
    assert isinstance(first, Unknown | InvalidRequest)
    assert isinstance(second, Transaction)


@pytest.mark.parametrize("number", [0, -1, 10**30, 2**63])
def test_odd_numbers_are_of_no_transaction(desk: Desk, number: int) -> None:
    with pytest.raises(UnknownTransaction):
        desk.do(Void(key="v", reservation=number))
    with pytest.raises(UnknownTransaction):
        desk.book.transaction(number)


# -- where it runs ------------------------------------------------------------------------------------------


def test_a_book_is_written_in_a_transaction(desk: Desk) -> None:
    with pytest.raises(RuntimeError, match="inside a transaction"):
        desk.book.apply(desk.transfer("alice", 1), NOW)


def test_another_book_is_refused(desk: Desk) -> None:
    desk.top_up("alice", 1)
    with pytest.raises(PlantinError, match="has book 'plantin', not 'other'"):
        desk.database.write(DatabaseBook("other").apply, desk.transfer("alice", 1), NOW)


def test_what_is_rolled_back_was_never_booked(desk: Desk) -> None:
    first = desk.top_up("alice", 1)
    with pytest.raises(LookupError):
        desk.database.write(_book_and_fail, desk)
    second = desk.top_up("alice", 2)
    assert (second.number, second.previous_digest) == (2, first.digest)
    desk.check()


def _book_and_fail(desk: Desk) -> None:
    desk.book.apply(desk.transfer("alice", 50), NOW)
    desk.book.apply(desk.reservation("alice", 5), NOW)
    raise LookupError


def test_a_number_is_never_given_twice(desk: Desk) -> None:
    """Not even when somebody removed the head: the journal's own key refuses it."""
    desk.top_up("alice", 1)
    desk.database.write(sql.execute, "DELETE FROM store_ledgerhead", [])
    with pytest.raises(Temporary, match="the database could not take it"):
        desk.top_up("alice", 2)
    assert desk.booked("alice") == [1]


# -- the database refuses -----------------------------------------------------------------------------------

FORBIDDEN = [
    "UPDATE store_ledgertransaction SET memo = 'x'",
    "DELETE FROM store_ledgertransaction",
    "UPDATE store_posting SET amount = 2 WHERE number = 1",
    "DELETE FROM store_posting WHERE number = 1",
]


@pytest.mark.parametrize("statement", FORBIDDEN)
def test_the_database_refuses_to_change_the_journal(desk: Desk, statement: str) -> None:
    desk.top_up("alice", 1)
    with pytest.raises(
        Temporary, match=r"the ledger is append-only: a (transaction|posting) is never changed"
    ):
        desk.database.write(sql.execute, statement, [])
    desk.check()


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM store_account WHERE id = 'alice'",
        "UPDATE store_account SET id = 'carol' WHERE id = 'alice'",
        "UPDATE store_account SET unit = 'USD'",
        "UPDATE store_account SET kind = 'cash'",
    ],
)
def test_the_database_refuses_to_lose_an_account(desk: Desk, statement: str) -> None:
    with pytest.raises(Temporary, match="an account is never deleted, and keeps its id, kind and unit"):
        desk.database.write(sql.execute, statement, [])


def test_postgresql_refuses_to_empty_the_journal(desk: Desk) -> None:
    desk.top_up("alice", 1)
    if desk.database.kind == "postgresql":
        for table in ("store_posting", "store_ledgertransaction", "store_account"):
            with pytest.raises(Temporary, match="never"):
                desk.database.write(sql.execute, f"TRUNCATE {table}", [])
    desk.check()


# -- accounts -----------------------------------------------------------------------------------------------


def test_changes_of_accounts_leave_events_without_secrets(desk: Desk) -> None:
    desk.database.commits.clear()
    desk.shared("physics")
    digest = pin_digest("1234", b"s" * 16)
    physics = replace(
        desk.book.account("physics"), pin_digest=digest, overdraft_minor=5, users=frozenset("ba")
    )
    desk.database.write(lambda: desk.book.change_account(physics, actor="root"))
    assert desk.book.account("physics") == physics
    desk.database.write(desk.book.change_account, physics)
    added, changed = Event.objects.filter(text__startswith="physics").order_by("id")
    assert (added.kind, added.text) == ("account-added", "physics: shared account in EUR")
    assert (changed.kind, changed.actor) == ("account-changed", "root")
    assert changed.text == "physics: overdraft_minor=5, users=a,b, PIN set"
    assert desk.database.commits == [(False, True), (False, True), (False, False)]


def test_an_account_s_unit_is_a_unit(desk: Desk) -> None:
    with pytest.raises(InvalidRequest, match="unit code"):
        desk.open(Account("x", AccountKind.CASH, "E\0R"))


def test_accounts_are_found(desk: Desk) -> None:
    for name, parent in (
        ("faculty", None),
        ("Physics 100%", "faculty"),
        ("lab_1", "Physics 100%"),
        ("labx1", None),
    ):
        desk.shared(name, parent)
    desk.database.write(
        desk.book.change_account, replace(desk.book.account("labx1"), closed=True, name="Älteres Labor")
    )

    def ids(**asked: Any) -> list[str]:
        return [account.id for account, _ in accounts.find(AccountQuestion(**asked))]

    shared = AccountKind.SHARED
    assert ids() == sorted(account.id for account in desk.book.accounts())
    assert ids(kind=shared) == ["Physics 100%", "faculty", "lab_1", "labx1"]
    assert ids(kind=shared, limit=1, after="Physics 100%") == ["faculty"]
    assert ids(kind=shared, closed=False) == ["Physics 100%", "faculty", "lab_1"]
    assert ids(closed=True) == ["labx1"]
    assert ids(parent="faculty") == ["Physics 100%"]
    assert ids(owner="bob") == ids(text="BO", kind=AccountKind.PERSONAL) == ["bob"]
    assert ids(text="100%") == ["Physics 100%"]
    assert ids(text="lab_") == ["lab_1"]
    assert ids(text="labor") == ["labx1"]
    assert ids(text="\\") == ids(unit="USD") == ids(owner="\0") == []


def test_a_journal_is_read_by_job_and_by_key(desk: Desk) -> None:
    desk.top_up("alice", 100)
    made = desk.reserve("alice", 10, job="j1")
    other = desk.reserve("alice", 10, job="j2")
    ended = desk.do(Post(key="p", job="j1", reservation=made.number, charges=(charge(4, "alice"),)))
    assert journal.of_job("j1") == [made, ended]
    assert journal.of_job("") == journal.of_job("j\0") == []
    assert journal.by_keys([other.key, "none", "\0"]) == [other]
    assert journal.used_keys([other.key, "none"]) == {other.key}
    assert ended.kind is Kind.POST


def test_the_journal_is_read_in_pages(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "PAGE", 7)
    batch(desk, *(desk.transfer("alice", 1) for _ in range(20)))
    assert [one.number for one in desk.book.transactions()] == list(range(1, 21))
    assert [one.number for one in desk.book.transactions(after=13)] == list(range(14, 21))
    assert [one.number for one in journal.stream(3, until=9)] == list(range(4, 10))
    assert [len(rows) for rows, _ in journal.pages(0)] == [7, 7, 6]


# -- plans --------------------------------------------------------------------------------------------------


def test_questions_use_their_indexes(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, list[Any]]] = []
    run = sql._run

    def noted(statement: str, parameters: Sequence[Any]) -> Any:
        asked.append((statement, list(parameters)))
        return run(statement, parameters)

    with monkeypatch.context() as patch:
        patch.setattr(sql, "_run", noted)
        journal.of_job("j")
        journal.referring_to([5])
        journal.by_keys(["k"])
        desk.book.due(NOW)
        accounts.tree_sums(["alice"])
        people.quotas_of(desk.book, "alice")
    with transaction.atomic(), connection.cursor() as cursor:
        if desk.database.kind == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")  # the tables are too small for anything else
        for (statement, parameters), index in zip(
            asked,
            [
                "ledger_job",
                "ledger_refers_to",
                "key",
                "reservation_due",
                "account_below",
                "account",
            ],
            strict=True,
        ):
            cursor.execute(("EXPLAIN QUERY PLAN " if sql.is_sqlite() else "EXPLAIN ") + statement, parameters)
            told = "\n".join(str(row) for row in cursor.fetchall())
            assert index in told and "SCAN store_" not in told, (statement, told)
