"""What statements and lists ask around the ledger, on both databases."""

from __future__ import annotations

from plantin.ledger.requests import Void
from plantin.store.queries import ledger as queries
from tests.store.ledger.support import NOW, Desk
from tests.store.support import Database, record_of


def test_jobs_have_names_as_long_as_they_are_known(database: Database) -> None:
    queue = database.site()
    job = record_of(database.job(queue, name="Minutes", owner="alice"))
    unknown = "00000000-0000-7000-8000-000000000000"
    assert queries.job_names([job.uuid, unknown, "", job.uuid]) == {
        job.uuid: queries.JobName(job.id, "Minutes", "alice")
    }
    assert queries.job_names([]) == {}


def test_open_reservations_of_an_account_with_their_amounts(database: Database) -> None:
    desk = Desk(database)
    desk.top_up("alice", 500)
    first = desk.reserve("alice", 120, job="u1")
    second = desk.reserve("alice", 30, job="u2")
    assert queries.holds_on("alice") == [
        queries.Hold(first.number, NOW, "u1", "", 120),
        queries.Hold(second.number, NOW, "u2", "", 30),
    ]
    desk.do(Void(key="void", reservation=first.number))
    assert [hold.number for hold in queries.holds_on("alice")] == [second.number]
    assert queries.holds_on("bob") == []


def test_the_latest_transactions_in_their_order(database: Database) -> None:
    assert (queries.head(), queries.latest(5)) == (None, [])
    desk = Desk(database)
    made = [desk.top_up(account, 100) for account in ("alice", "bob", "alice", "alice")]
    head = queries.head()
    assert head is not None and (head.number, head.digest) == (4, made[-1].digest)
    assert list(queries.latest(2)) == made[2:]
    assert list(queries.latest(9)) == made
    assert list(queries.latest_of_account("alice", 2)) == made[2:]
    assert list(queries.latest_of_account("bob", 2)) == [made[1]]
    assert list(queries.latest_of_account("nobody", 2)) == []
