"""What jobs do to the ledger, for the tests of commands that show it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.db import transaction

from plantin.ledger.requests import Charge, Post, Request, Reserve, Share
from plantin.ledger.transactions import Transaction
from plantin.store.ledger import people
from plantin.store.ledger.book import DatabaseBook
from plantin.store.queries import jobs


def reserved(job: int, minor: int, *purses: str, at: datetime | None = None) -> Transaction:
    """Reserves for a job, in EUR."""
    now = at or datetime.now(UTC)
    charges = (Charge("EUR", minor, (Share(purses),), "revenue:EUR", "grant:EUR"),)
    uuid = jobs.job(job).uuid
    later = now + timedelta(hours=24)
    return _booked(Reserve(key=f"job:{uuid}:reserve", job=uuid, charges=charges, expires_at=later), now)


def charged(job: int, minor: int, *purses: str, at: datetime | None = None) -> Transaction:
    """Reserves and posts for a job, in EUR; returns the charge."""
    held = reserved(job, minor, *purses, at=at)
    charges = (Charge("EUR", minor, (Share(purses),), "revenue:EUR", "grant:EUR"),)
    uuid = jobs.job(job).uuid
    return _booked(Post(key=f"job:{uuid}:post", job=uuid, reservation=held.number, charges=charges), held.at)


def _booked(request: Request, at: datetime) -> Transaction:
    with transaction.atomic():
        book = DatabaseBook()
        people.ensure_house(book, "EUR")
        return book.apply(request, at)
