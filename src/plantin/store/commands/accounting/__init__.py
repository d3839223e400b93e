"""What accounting writes: counts, the answer to a job that wants to print, and what it cost in the end.

Each of these is one transaction with the ledger's entries and the job's trail: a job is admitted exactly when
its price is reserved, and its books are closed exactly when what it used is charged. Only the accounting
process calls them, so nobody else changes the rows of ``store_job_cost``.
"""

from plantin.store.commands.accounting.admission import Ask, admit_batch, payers_in
from plantin.store.commands.accounting.clock import expire, keep_new_accounts
from plantin.store.commands.accounting.costs import (
    ACTOR,
    ROUTED,
    Who,
    empty_cost,
    person_of,
    with_counts,
    write_costs,
)
from plantin.store.commands.accounting.settlement import Print, Settlement, settle_batch

__all__ = [
    "ACTOR",
    "ROUTED",
    "Ask",
    "Print",
    "Settlement",
    "Who",
    "admit_batch",
    "empty_cost",
    "expire",
    "keep_new_accounts",
    "payers_in",
    "person_of",
    "settle_batch",
    "with_counts",
    "write_costs",
]
