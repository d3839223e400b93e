"""The ledger over the database keeps the contract, through two doors, and in any order of events."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from plantin.ledger.view import Ledger
from plantin.store.ledger.book import DatabaseBook
from tests.ledger.contract import LedgerContract
from tests.ledger.machine import OVERDRAFT, LedgerMachine
from tests.store.ledger.served import Doors, ServedBook
from tests.store.support import Database


class TestDatabaseBook(LedgerContract):
    @pytest.fixture(autouse=True)
    def doors(self, database: Database) -> Iterator[None]:
        self._doors = Doors(database)
        yield
        self._doors.close()

    def make_ledger(self, overdrafts: Mapping[str, int]) -> Ledger:
        return ServedBook(self._doors, overdrafts)


class DatabaseMachine(LedgerMachine):
    """Each run in a transaction that is rolled back at its end."""

    factory = staticmethod(lambda: DatabaseBook("test", {"EUR": OVERDRAFT}))

    def __init__(self) -> None:
        super().__init__()
        self._atomic: Any = transaction.atomic()
        self._atomic.__enter__()

    def teardown(self) -> None:
        try:
            super().teardown()
        finally:
            transaction.set_rollback(True)
            self._atomic.__exit__(None, None, None)


def test_any_order_of_events(database: Database) -> None:
    run_state_machine_as_test(
        DatabaseMachine,
        settings=settings(
            max_examples=15, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
