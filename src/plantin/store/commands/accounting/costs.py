"""The accounting of a job as a row, and the person as the accounts know them."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass, replace
from datetime import UTC, datetime

from plantin.core.ids import JobId
from plantin.ledger.verdict import Counts, Person
from plantin.store import sql
from plantin.store.commands import books
from plantin.store.ledger import people
from plantin.store.ledger.book import DatabaseBook
from plantin.store.queries.accounting import COST_COLUMNS, CostRecord
from plantin.store.queries.why import ACCOUNTING

ACTOR = ACCOUNTING
ROUTED = "routed"
"""What stands in ``held_for`` once the rules have sent a job to another queue."""


@dataclass(frozen=True, slots=True)
class Who:
    """Whose accounts are asked."""

    user: str
    groups: frozenset[str]
    currency: str
    new_restricted: bool
    """What their account is when it is made now."""


def person_of(book: DatabaseBook, who: Who) -> Person:
    """The person as the accounts know them; their personal account is made if it is missing.

    Raises:
        LedgerError: nobody of this name can have an account.
    """
    create = people.personal(who.user, who.currency, restricted=who.new_restricted)
    payer = people.payer_of(book, who.user, who.groups, unit=who.currency, create=create)
    view = book.view()
    accounts = [view.account(purse) for purse in payer.purses]
    return Person(
        payer,
        tuple(people.quotas_of(book, who.user)),
        any(account.restricted for account in accounts if account.id == payer.user),
        sum(view.balance(account.id).available for account in accounts),
    )


def empty_cost(job: JobId) -> CostRecord:
    """The accounting of a job of which nothing is known."""
    return CostRecord(
        job, 0, "", "[]", -1, -1, 1, -1, -1, -1, -1, "", -1, "[]", "", "", "", 0, 0, 0, 0, 0, 0, "[]", ""
    )


def with_counts(cost: CostRecord, counts: Counts) -> CostRecord:
    return replace(
        cost,
        error=counts.error,
        pages=counts.pages,
        input_pages=counts.input_pages,
        copies=counts.copies,
        impressions_colour=counts.impressions_colour,
        impressions_mono=counts.impressions_mono,
        sheets=counts.sheets,
        blank_sides=counts.blank_sides,
    )


def write_costs(rows: Sequence[CostRecord]) -> Sequence[Exception | None]:
    """Puts these rows in the place of what was known of their jobs; jobs that were purged meanwhile have
    none. A batch command."""
    there = books.existing([row.job for row in rows])
    kept = [astuple(row) for row in rows if row.job in there]
    sql.insert("store_job_cost", COST_COLUMNS, kept, replacing="job")
    return [None] * len(rows)


def moment(at: int) -> datetime:
    """UTC milliseconds as the pure ledger takes them."""
    return datetime.fromtimestamp(at / 1000, UTC)
