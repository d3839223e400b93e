"""Nothing that is still to be charged is forgotten: documents, history, purges, queues, on both databases."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from plantin.core.errors import Refusal
from plantin.core.ids import JobId
from plantin.core.model import Gate
from plantin.ledger.transactions import Kind
from plantin.store.commands import accounting as commands
from plantin.store.commands import config, job_sets, jobs, retention
from plantin.store.ledger import journal
from plantin.store.models import Attempt, Document, Event, Job, JobCost
from plantin.store.queries import gate
from plantin.store.queries import jobs as job_queries
from tests.store.cashier import Cashier, gate_of
from tests.store.support import ALICE, T0, Database, document, kinds, record_of

WEEK = retention.COUNTED_WITHIN_S * 1000
NOW = T0 + 1000


@pytest.fixture
def cashier(database: Database) -> Cashier:
    """A house that keeps accounts; alice has a euro."""
    made = Cashier(database)
    database.write(commands.keep_new_accounts, "unrestricted")
    made.tariff()
    made.person("alice", 100)
    return made


def printed(cashier: Cashier, owner: str = "bob", at: int = T0 + 100) -> JobId:
    """A job that printed and that nobody has charged."""
    job = cashier.job(owner, documents=(document(octets=1000),))
    if gate_of(job) is Gate.SHUT:
        cashier.passed(job, 30)
    ticket = cashier.database.started(job)
    cashier.database.sending(ticket.attempt)
    cashier.database.finish(ticket, at=at)
    return job


def settle(cashier: Cashier, job: JobId) -> None:
    cashier.settle(cashier.settlement(job, cashier.came_out(job, 5)))


def there(job: JobId) -> bool:
    return job in job_queries.jobs_by_id([job])


def retired(job: JobId) -> bool:
    return record_of(job).documents_retired_at > 0


Limit = Callable[[Cashier, int], object]
BY_AGE: Limit = lambda cashier, now: cashier.database.write(retention.retire_documents, NOW, 10, now)  # noqa: E731
BY_SIZE: Limit = lambda cashier, now: cashier.database.write(retention.retire_oldest, 0, 10, now)  # noqa: E731


# -- documents --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("limit", [BY_AGE, BY_SIZE], ids=["by age", "by size"])
def test_documents_stay_until_they_are_counted(cashier: Cashier, limit: Limit) -> None:
    counted, open_books = printed(cashier), printed(cashier)
    settle(cashier, counted)
    limit(cashier, NOW)
    assert (retired(counted), retired(open_books)) == (True, False)
    assert Document.objects.get(job_id=open_books).spool_name
    settle(cashier, open_books)
    limit(cashier, NOW)
    assert retired(open_books)


@pytest.mark.parametrize("limit", [BY_AGE, BY_SIZE], ids=["by age", "by size"])
def test_what_nobody_counts_goes_in_the_end(cashier: Cashier, limit: Limit) -> None:
    job = printed(cashier, at=T0 + 100)
    limit(cashier, T0 + 100 + WEEK)
    assert not retired(job)
    limit(cashier, T0 + 101 + WEEK)
    assert retired(job) and kinds(job)[-1] == "documents-retired"


@pytest.mark.parametrize("limit", [BY_AGE, BY_SIZE], ids=["by age", "by size"])
def test_where_nobody_counts_documents_go_by_the_limits(cashier: Cashier, limit: Limit) -> None:
    job = printed(cashier)
    cashier.database.write(commands.keep_new_accounts, gate.OFF)
    limit(cashier, NOW)
    assert retired(job)


def test_the_size_counts_those_that_are_spared(cashier: Cashier) -> None:
    open_books, first, second = printed(cashier), printed(cashier, at=T0 + 200), printed(cashier, at=T0 + 300)
    settle(cashier, first)
    settle(cashier, second)
    assert len(cashier.database.write(retention.retire_oldest, 2000, 10, NOW)) == 1
    assert [retired(job) for job in (open_books, first, second)] == [False, True, False]


# -- history ----------------------------------------------------------------------------------------------


def test_history_goes_when_it_is_charged_and_the_ledger_stays(cashier: Cashier) -> None:
    job = printed(cashier, "alice")
    uuid = record_of(job).uuid
    cashier.database.write(retention.retire_documents, NOW, 10, NOW + WEEK)
    assert cashier.database.write(retention.forget_history, NOW, 10) == 0
    settle(cashier, job)
    assert JobCost.objects.filter(job=job).exists()
    assert cashier.database.write(retention.forget_history, NOW, 10) == 1
    assert not there(job) and not JobCost.objects.exists()
    assert [one.kind for one in journal.of_job(uuid)] == [Kind.RESERVE, Kind.POST]
    cashier.check()


def test_where_nobody_charges_history_goes_by_its_age(cashier: Cashier) -> None:
    job = printed(cashier)
    cashier.database.write(commands.write_costs, [commands.empty_cost(job)])
    cashier.database.write(commands.keep_new_accounts, gate.OFF)
    cashier.database.write(retention.retire_documents, NOW, 10, NOW)
    assert cashier.database.write(retention.forget_history, NOW, 10) == 1
    assert not JobCost.objects.exists()


# -- purges -----------------------------------------------------------------------------------------------

Purge = Callable[[Cashier, JobId], object]
ONE: Purge = lambda cashier, job: cashier.database.write(job_sets.purge_one, job)  # noqa: E731
ALL: Purge = lambda cashier, job: cashier.database.write(job_sets.purge_ended, queue=None, limit=10)  # noqa: E731


@pytest.mark.parametrize("purge", [ONE, ALL], ids=["one", "all"])
def test_a_job_that_is_purged_is_charged_first(cashier: Cashier, purge: Purge) -> None:
    job = printed(cashier, "alice")
    assert purge(cashier, job) and there(job)
    assert cashier.database.write(job_sets.purge_ended, queue=None, limit=10) == 0  # the purge has its end
    settle(cashier, job)
    assert not there(job) and cashier.balance("alice") == (95, 0)
    for model in (Document, Attempt, JobCost):
        assert not model.objects.exists()
    assert not Event.objects.filter(job_id=job).exists()
    cashier.check()


@pytest.mark.parametrize("purge", [ONE, ALL], ids=["one", "all"])
def test_a_job_that_owes_nothing_is_purged_at_once(cashier: Cashier, purge: Purge) -> None:
    charged = printed(cashier, "alice")
    settle(cashier, charged)
    purge(cashier, charged)
    assert not there(charged) and not JobCost.objects.exists()


def test_what_was_reserved_for_a_purged_job_is_restored(cashier: Cashier) -> None:
    job = cashier.job()
    cashier.passed(job, 30)
    cashier.database.write(jobs.cancel, job, ALICE)
    cashier.database.write(job_sets.purge_one, job)
    assert not there(job) and cashier.balance("alice") == (100, 0)
    cashier.check()


def test_a_purged_job_that_is_printed_again_stays(cashier: Cashier) -> None:
    job = printed(cashier)
    cashier.database.write(job_sets.purge_one, job)
    cashier.database.write(jobs.restart, job, None, 0, ALICE)
    cashier.database.printed(job)
    settle(cashier, job)
    assert there(job)


def test_where_printing_costs_nobody_anything(database: Database) -> None:
    cashier = Cashier(database)
    database.write(commands.keep_new_accounts, "unrestricted")
    job = printed(cashier)
    assert database.write(job_sets.purge_one, job) and not there(job)


def test_a_job_that_goes_on_is_not_purged(cashier: Cashier) -> None:
    job = cashier.job()
    assert not cashier.database.write(job_sets.purge_one, job) and there(job)
    assert not cashier.database.write(job_sets.purge_one, 999)


def test_many_are_purged_in_bounded_steps(cashier: Cashier) -> None:
    made = [printed(cashier) for _ in range(5)]
    settle(cashier, made[0])
    steps = [cashier.database.write(job_sets.purge_ended, queue=cashier.queue.id, limit=2) for _ in range(4)]
    assert steps == [2, 2, 1, 0] and [there(job) for job in made] == [False, True, True, True, True]


# -- queues -----------------------------------------------------------------------------------------------


def test_a_queue_stays_until_its_jobs_are_charged(cashier: Cashier) -> None:
    job = printed(cashier, "alice")
    with pytest.raises(Refusal, match="'q1' has jobs that printed and are about to be charged"):
        cashier.database.write(config.remove_queue, "q1")
    assert there(job)
    settle(cashier, job)
    waiting = cashier.job()
    cashier.passed(waiting, 40)
    cashier.database.write(config.remove_queue, "q1")
    assert not Job.objects.exists() and not JobCost.objects.exists()
    assert cashier.balance("alice") == (95, 0)
    cashier.check()


def test_a_queue_goes_where_nobody_keeps_accounts(cashier: Cashier) -> None:
    printed(cashier)
    cashier.database.write(commands.keep_new_accounts, gate.OFF)
    cashier.database.write(config.remove_queue, "q1")
    assert not Job.objects.exists()
