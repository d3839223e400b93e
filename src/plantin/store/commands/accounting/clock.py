"""What time and the switch of the whole accounting do to jobs."""

from plantin.ledger.requests import Expire
from plantin.store import sql
from plantin.store.commands.accounting.costs import ACTOR, moment
from plantin.store.ledger.book import DatabaseBook
from plantin.store.queries import gate


def expire(at: int, limit: int) -> int:
    """Restores reservations whose time is over; their jobs have to ask again. Those of jobs that are on a
    device right now, or have ended and are about to be charged, are left to their settlement."""
    book = DatabaseBook()
    due = book.due(moment(at), limit)
    if not due:
        return 0
    rows = sql.select(
        "SELECT c.reservation, j.id, j.state, j.uuid FROM store_job_cost c JOIN store_job j ON j.id = c.job "
        f"WHERE c.reservation IN ({sql.marks(due)})",
        list(due),
        lambda row: row,
    )
    of = {int(row[0]): row for row in rows}
    free = [number for number in due if number not in of or of[number][2] in (2, 3, 4)]
    book.apply_batch(
        [
            Expire(
                key=f"reservation:{number}:expire",
                job=of[number][3] if number in of else "",
                actor=ACTOR,
                reservation=number,
            )
            for number in free
        ],
        moment(at),
    )
    jobs = [of[number][1] for number in free if number in of]
    if jobs:
        marks = sql.marks(jobs)
        sql.execute(f"UPDATE store_job SET gate = 1 WHERE id IN ({marks}) AND gate = 2", jobs)
        sql.execute(f"UPDATE store_job_cost SET reservation = 0 WHERE job IN ({marks})", jobs)
    return len(free)


def keep_new_accounts(what: str) -> None:
    """Writes down what accounts that are made on demand are, where the acceptance looks for it.

    Where nobody keeps accounts any more, nothing waits behind the gate; where somebody does again, all that
    waits is asked about, and what printed meanwhile is not charged.
    """
    before = gate.new_accounts()
    if what == gate.OFF:
        sql.execute("UPDATE store_job SET gate = 0 WHERE state < 7 AND gate = 1", [])
    elif before == gate.OFF:
        sql.execute("UPDATE store_job SET gate = 1 WHERE state < 5 AND gate = 0", [])
        sql.execute(
            "UPDATE store_job SET books_closed = %s WHERE state >= 7 AND books_closed = %s "
            "AND id NOT IN (SELECT job FROM store_job_cost WHERE reservation > 0)",
            [True, False],
        )
    sql.execute("DELETE FROM store_setting WHERE name = %s", [gate.NEW_ACCOUNTS])
    sql.insert("store_setting", ("name", "value"), [(gate.NEW_ACCOUNTS, what)])
