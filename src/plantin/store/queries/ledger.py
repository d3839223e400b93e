"""What statements and lists want to know around the ledger: jobs by their UUID, an account's movements.

Reads only. Which jobs still have a name depends on how long their history is kept; the ledger keeps theirs.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from plantin.ledger.transactions import Layer, Transaction
from plantin.ledger.verify import Head
from plantin.store import sql
from plantin.store.ledger import journal

_IN_MAX = 5_000


class JobName(NamedTuple):
    """What a job is called for people."""

    id: int
    name: str
    owner: str


@dataclass(frozen=True, slots=True)
class Hold:
    """What an open reservation holds on one account: minor units, above zero."""

    number: int
    at: datetime
    job: str
    memo: str
    amount: int


def job_names(uuids: Iterable[str]) -> dict[str, JobName]:
    """Those of these jobs that are still known, by UUID."""
    wanted = sorted({uuid for uuid in uuids if uuid})
    found: dict[str, JobName] = {}
    for start in range(0, len(wanted), _IN_MAX):
        part = wanted[start : start + _IN_MAX]
        statement = f"SELECT uuid, id, name, owner FROM store_job WHERE uuid IN ({sql.marks(part)})"
        found |= dict(sql.select(statement, part, lambda row: (str(row[0]), JobName(*row[1:]))))
    return found


def holds_on(account: str) -> list[Hold]:
    """The open reservations that hold something on an account, oldest first."""
    return sql.select(
        "SELECT t.number, t.at_us, t.job, t.memo, CAST(-SUM(p.amount) AS bigint) "
        "FROM store_openreservation o JOIN store_posting p ON p.number = o.number "
        "JOIN store_ledgertransaction t ON t.number = o.number "
        "WHERE p.account = %s AND p.layer = %s "
        "GROUP BY t.number, t.at_us, t.job, t.memo ORDER BY t.number",
        [account, Layer.RESERVED.value],
        lambda row: Hold(row[0], journal.from_us(row[1]), row[2], row[3], row[4]),
    )


def latest_of_account(account: str, limit: int) -> Sequence[Transaction]:
    """The latest transactions that have a posting on an account, in their order."""
    numbers = sql.select(
        "SELECT DISTINCT number FROM store_posting WHERE account = %s "
        f"ORDER BY number DESC LIMIT {max(1, limit)}",
        [account],
        lambda row: int(row[0]),
    )
    return journal.by_numbers(numbers)


def latest(limit: int) -> Sequence[Transaction]:
    """The latest transactions, in their order."""
    end = head()
    return list(journal.stream(end.number - limit, end.number)) if end is not None else []


def head() -> Head | None:
    """The end of the journal as it is kept; None when nothing was ever booked."""
    statement = "SELECT number, digest FROM store_ledgerhead"
    found = sql.select(statement, [], lambda row: Head(row[0], bytes(row[1])))
    return found[0] if found else None
