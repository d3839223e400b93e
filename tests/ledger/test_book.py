"""The ledger in memory keeps the contract, in any order of events."""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis import settings

from plantin.ledger.book import Book
from plantin.ledger.view import Ledger

from .contract import LedgerContract
from .machine import OVERDRAFT, LedgerMachine


class TestBook(LedgerContract):
    def make_ledger(self, overdrafts: Mapping[str, int]) -> Ledger:
        return Book("test", overdrafts)


class BookMachine(LedgerMachine):
    factory = staticmethod(lambda: Book("test", {"EUR": OVERDRAFT}))


TestBookMachine = BookMachine.TestCase
TestBookMachine.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
