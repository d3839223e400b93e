"""Whatever is done to the journal is found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from plantin.ledger.accounts import Account
from plantin.ledger.book import Book
from plantin.ledger.encoding import digest_of
from plantin.ledger.transactions import Balance, Kind, Posting, Transaction
from plantin.ledger.verify import Head, Problem, Report, verify

from .contract import NOW, Till, charge


def journal() -> tuple[list[Transaction], dict[str, Account], dict[str, Balance]]:
    book = Book("test")
    till = Till(book)
    till.top_up("alice", 100)
    till.post(till.reserve(charge(30, "alice")), charge(20, "alice"))
    till.reserve(charge(10, "alice"))
    accounts = {account.id: account for account in book.accounts()}
    return list(book.transactions()), accounts, {a: book.balance(a) for a in accounts}


def resealed(transactions: list[Transaction], start: int) -> list[Transaction]:
    """The chain made anew from `start`, as one would who forges it all."""
    for index in range(start, len(transactions)):
        previous = transactions[index - 1].digest if index else transactions[0].previous_digest
        row = replace(transactions[index], previous_digest=previous)
        transactions[index] = replace(row, digest=digest_of(previous, row))
    return transactions


def check(transactions: list[Transaction], **more: object) -> Report:
    _, accounts, balances = journal()
    return verify(transactions, "test", accounts, balances, **more)  # type: ignore[arg-type]


def test_a_sound_journal_has_no_problem() -> None:
    transactions, _, balances = journal()
    head = Head(2, transactions[1].digest)
    report = check(transactions, head=head)
    assert report.problems == ()
    assert report.head == Head(4, transactions[-1].digest)
    assert report.open_reservations == (4,)
    assert {a: b for a, b in balances.items() if b != Balance()} == report.balances
    assert verify(transactions, "test").problems == ()


def changed(index: int, **changes: object) -> Callable[[list[Transaction]], list[Transaction]]:
    def change(rows: list[Transaction]) -> list[Transaction]:
        return [*rows[:index], replace(rows[index], **changes), *rows[index + 1 :]]  # type: ignore[arg-type]

    return change


@pytest.mark.parametrize(
    ("tamper", "number", "text"),
    [
        (changed(2, memo="x"), 3, "it was changed"),
        (changed(0, at=NOW + timedelta(days=1)), 1, "it was changed"),
        (changed(2, postings=()), 3, "it was changed"),
        (changed(1, digest=bytes(32)), 3, "the chain breaks"),
        (changed(0, previous_digest=bytes(32)), 1, "the chain breaks"),
        (lambda rows: rows[1:], 2, "number 2 follows 0"),
        (lambda rows: [rows[0], rows[2], rows[3]], 3, "number 3 follows 1"),
        (lambda rows: [rows[1], rows[0], *rows[2:]], 2, "number 2 follows 0"),
        (lambda rows: [*rows, rows[-1]], 4, "number 4 follows 4"),
        (lambda rows: rows[:-1], None, "account alice is kept as 80 booked, -10 reserved; counted 80, 0"),
        (lambda rows: rows[:-1], None, "rows were cut off"),
    ],
)
def test_a_tampered_row_is_found(
    tamper: Callable[[list[Transaction]], list[Transaction]], number: int | None, text: str
) -> None:
    rows, _, _ = journal()
    head = Head(4, rows[-1].digest)
    problems = check(tamper(rows), head=head).problems
    assert any(problem.number == number and text in problem.text for problem in problems), problems


def forged(index: int, **changes: object) -> Callable[[list[Transaction]], list[Transaction]]:
    def forge(rows: list[Transaction]) -> list[Transaction]:
        return resealed(changed(index, **changes)(rows), index)

    return forge


@pytest.mark.parametrize(
    ("forge", "number", "text"),
    [
        (forged(0, postings=(Posting("alice", "EUR", 100),)), 1, "booked postings in EUR sum to 100"),
        (forged(1, key="key:1"), 2, "its key was used by transaction 1"),
        (forged(2, refers_to=1), 3, "it ends reservation 1, which is not open"),
        (forged(2, refers_to=None), 3, "it ends reservation None"),
        (forged(2, postings=()), 3, "it does not restore what reservation 2 held"),
        (forged(3, kind=Kind.VOID, refers_to=2), 4, "it ends reservation 2, which is not open"),
        (
            forged(0, postings=(Posting("nobody", "EUR", 100), Posting("cash", "EUR", -100))),
            1,
            "a posting on nobody, which is no account",
        ),
        (
            forged(0, postings=(Posting("alice", "USD", 100), Posting("cash", "USD", -100))),
            1,
            "a posting in USD on alice, which is in EUR",
        ),
        (forged(0, memo="x"), 4, "its digest is not the one that was noted"),
    ],
)
def test_a_forged_chain_is_found_by_its_content_or_by_the_noted_head(
    forge: Callable[[list[Transaction]], list[Transaction]], number: int, text: str
) -> None:
    rows, _, _ = journal()
    head = Head(4, rows[-1].digest)
    problems = check(forge(rows), head=head).problems
    assert any(problem.number == number and text in problem.text for problem in problems), problems


def test_another_books_journal_is_found() -> None:
    rows, _, _ = journal()
    problems = verify(rows, "other").problems
    assert problems == (Problem(1, "the chain breaks: it does not follow the transaction before it"),)


def test_a_kept_balance_without_postings_is_found() -> None:
    rows, _, balances = journal()
    problems = verify(rows, "test", balances=balances | {"bob": Balance(5)}).problems
    assert [p.text for p in problems] == ["account bob is kept as 5 booked, 0 reserved; counted 0, 0"]
