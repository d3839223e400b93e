"""Which jobs must pass accounting, and that a shut one is nowhere to be had, on both databases."""

from __future__ import annotations

from dataclasses import replace

import pytest

from plantin.core.ids import JobId
from plantin.core.model import Gate, Hold, Outcome
from plantin.core.ports import Lane
from plantin.core.states import JobState, Reason
from plantin.ipp import Attribute, Tag
from plantin.ipp.blobs import pack
from plantin.ledger.accounts import AccountKind
from plantin.ledger.quotas import PageKind
from plantin.store.commands import accounting as commands
from plantin.store.commands import delivery, jobs, queue_jobs, rules
from plantin.store.ledger import people
from plantin.store.queries import accounting as queries
from plantin.store.queries import delivery as delivery_queries
from plantin.store.queries import gate as gate_queries
from plantin.store.queries import jobs as job_queries
from tests.store.cashier import Cashier, cost_of, gate_of
from tests.store.support import ALICE, Database, record_of, state_of

FREE, SHUT, PASSED = Gate.FREE, Gate.SHUT, Gate.PASSED


@pytest.fixture
def cashier(database: Database) -> Cashier:
    return Cashier(database)


def gate(cashier: Cashier, owner: str = "alice", *attributes: Attribute) -> Gate:
    return gate_of(cashier.job(owner, attributes=pack(attributes)))


def account(name: str) -> Attribute:
    return Attribute("job-account-id", Tag.NAME, (name,))


# -- who is asked -----------------------------------------------------------------------------------------


def test_where_there_is_nothing_to_ask_about(cashier: Cashier) -> None:
    assert gate(cashier) is FREE
    assert gate(cashier, "alice", account("physics")) is FREE


def test_a_tariff_concerns_those_whose_money_is_limited(cashier: Cashier) -> None:
    cashier.tariff()
    cashier.person("alice", restricted=True)
    cashier.person("bob", restricted=False)
    assert [gate(cashier, name) for name in ("alice", "bob", "carol")] == [SHUT, FREE, FREE]


def test_limited_money_is_no_limit_where_printing_is_free(cashier: Cashier) -> None:
    cashier.person("alice", restricted=True)
    assert gate(cashier) is FREE


def test_a_closed_account_takes_no_new_business(cashier: Cashier) -> None:
    cashier.tariff()
    cashier.person("alice", restricted=False, closed=True)
    assert gate(cashier) is SHUT


def test_pages_are_limited_also_where_printing_is_free(cashier: Cashier) -> None:
    cashier.person("alice", restricted=False)
    cashier.quota("alice", PageKind.SHEETS, 10)
    assert [gate(cashier, name) for name in ("alice", "bob")] == [SHUT, FREE]


def test_an_allowance_in_money_is_no_limit_of_its_own(cashier: Cashier) -> None:
    cashier.tariff()
    cashier.person("alice", restricted=False)
    cashier.open("allowance:alice", AccountKind.ALLOWANCE, owner="alice")
    assert gate(cashier) is FREE


def test_who_prints_at_the_expense_of_others_is_asked(cashier: Cashier) -> None:
    cashier.tariff()
    cashier.shared("physics", users=frozenset({"alice"}))
    cashier.database.write(people.set_default_account, cashier.book, "alice", "physics")
    user = Attribute("job-accounting-user-id", Tag.NAME, ("bob",))
    assert gate(cashier) is SHUT
    assert [gate(cashier, "bob"), gate(cashier, "bob", account("physics")), gate(cashier, "bob", user)] == [
        FREE,
        SHUT,
        SHUT,
    ]


def test_rules_concern_everybody(cashier: Cashier) -> None:
    cashier.rule()
    assert gate(cashier, "anybody") is SHUT
    cashier.database.write(rules.remove_policy, "House")
    assert gate(cashier, "anybody") is FREE


def test_new_people_may_be_limited(cashier: Cashier) -> None:
    cashier.tariff()
    cashier.person("bob", restricted=False)
    cashier.database.write(commands.keep_new_accounts, "restricted")
    assert [gate(cashier, name) for name in ("bob", "stranger")] == [FREE, SHUT]
    cashier.database.write(commands.keep_new_accounts, "unrestricted")
    assert gate(cashier, "stranger") is FREE


def test_names_that_the_database_writes_alike_are_one(cashier: Cashier) -> None:
    cashier.tariff()
    cashier.person("a\ufffdb", restricted=True)
    claims = [replace(record_of(cashier.job("bob")), owner=name) for name in ("a\0b", "a\ufffdb", "bob")]
    assert gate_queries.gates(claims) == [SHUT, SHUT, FREE]


def test_a_batch_of_jobs_is_asked_about_with_one_question(cashier: Cashier) -> None:
    cashier.tariff()
    cashier.person("alice", restricted=True)
    claims = [record_of(cashier.job(name)) for name in ("alice", "bob", "alice", "carol")]
    assert gate_queries.gates(claims) == [SHUT, FREE, SHUT, FREE]
    assert gate_queries.gates([]) == []


# -- nobody keeps accounts --------------------------------------------------------------------------------


def test_nobody_is_asked_where_nobody_keeps_accounts(cashier: Cashier) -> None:
    cashier.tariff()
    cashier.rule()
    cashier.person("alice", restricted=True)
    assert gate(cashier) is SHUT
    cashier.database.write(commands.keep_new_accounts, gate_queries.OFF)
    assert gate(cashier) is FREE
    assert not gate_queries.books_are_kept() and not gate_queries.charges()


def test_what_waits_goes_when_accounts_are_given_up(cashier: Cashier) -> None:
    cashier.tariff()
    cashier.person("alice", restricted=True)
    waiting = cashier.job()
    assert delivery_queries.lanes() == []
    cashier.database.write(commands.keep_new_accounts, gate_queries.OFF)
    assert gate_of(waiting) is FREE
    assert delivery_queries.lanes() == [Lane(cashier.queue.id, None)]


def test_what_printed_while_nobody_kept_accounts_is_not_charged_later(cashier: Cashier) -> None:
    cashier.tariff()
    cashier.person("alice", 5)
    before = cashier.job()
    cashier.passed(before, 3)
    cashier.database.write(commands.keep_new_accounts, gate_queries.OFF)
    ended = cashier.job("bob")
    cashier.database.printed(ended)
    cashier.database.printed(before)
    waiting = cashier.job("bob")
    cashier.database.write(commands.keep_new_accounts, "unrestricted")
    waits = job_queries.jobs_by_id([ended, before, waiting])
    assert waits[waiting].gate is SHUT  # all that waits is asked about
    assert queries.waiting(0, 10) == [before, waiting]  # what was reserved is still to be posted


# -- shut -------------------------------------------------------------------------------------------------


def shut(cashier: Cashier) -> JobId:
    cashier.tariff()
    cashier.person("alice", 100)
    job = cashier.job()
    assert gate_of(job) is SHUT
    return job


def test_a_shut_job_is_nowhere_to_be_had(cashier: Cashier) -> None:
    before = job_queries.last_event()
    job = shut(cashier)
    lane = Lane(cashier.queue.id, None)
    assert delivery_queries.lanes() == [] and delivery_queries.ready(lane, 10) == []
    feed = delivery_queries.feed(before, 1000)
    assert feed.ready == [] and job in feed.gone
    assert cashier.database.start(job) is None and state_of(job) is JobState.PENDING


def test_a_job_that_passed_is_to_be_had(cashier: Cashier) -> None:
    job = shut(cashier)
    before = job_queries.last_event()
    cashier.passed(job)
    assert [one.id for one in delivery_queries.feed(before, 10).ready] == [job]
    assert [one.id for one in delivery_queries.ready(Lane(cashier.queue.id, None), 10)] == [job]
    assert cashier.database.start(job) is not None


@pytest.mark.parametrize("outcome", [Outcome.UNKNOWN, Outcome.CANCELED, Outcome.PERMANENT, Outcome.COMPLETED])
def test_the_gate_is_shut_behind_what_may_have_printed(cashier: Cashier, outcome: Outcome) -> None:
    job = shut(cashier)
    cashier.passed(job)
    cashier.database.finish(cashier.database.started(job), outcome)
    assert gate_of(job) is SHUT


def test_what_has_not_printed_may_go_again(cashier: Cashier) -> None:
    job = shut(cashier)
    cashier.passed(job)
    cashier.database.finish(cashier.database.started(job), Outcome.TEMPORARY)
    assert gate_of(job) is PASSED and cashier.database.start(job) is not None


def test_a_free_job_stays_free(cashier: Cashier) -> None:
    job = cashier.job()
    cashier.database.finish(cashier.database.started(job), Outcome.UNKNOWN)
    assert gate_of(job) is FREE


def test_two_who_want_a_shut_job(cashier: Cashier) -> None:
    """A wish to start from before the gate was shut finds it shut."""
    job = shut(cashier)
    other = cashier.job("bob")
    device = cashier.database.device("d2")
    wishes = [delivery.Start(one, cashier.queue.id, device.id, "d2", 1) for one in (job, other)]
    started = cashier.database.write(delivery.start_batch, wishes)
    assert [one is not None for one in started] == [False, True]


# -- asked anew -------------------------------------------------------------------------------------------


def test_a_reprint_asks_again(cashier: Cashier) -> None:
    job = shut(cashier)
    cashier.passed(job)
    cashier.database.printed(job)
    cashier.database.write(jobs.restart, job, None, 0, ALICE)
    assert gate_of(job) is SHUT and cashier.database.start(job) is None


def test_a_reprint_where_nothing_is_to_be_asked_any_more(cashier: Cashier) -> None:
    job = shut(cashier)
    cashier.passed(job)
    cashier.database.printed(job)
    cashier.database.write(rules.remove_tariff, "House")
    cashier.database.write(jobs.restart, job, None, 0, ALICE)
    assert gate_of(job) is FREE


@pytest.mark.parametrize(
    "columns",
    [{"attributes": pack([Attribute("copies", Tag.INTEGER, (99,))])}, {"copies": 99}, {"name": "x"}],
)
def test_a_job_that_is_changed_asks_again(cashier: Cashier, columns: dict[str, object]) -> None:
    job = shut(cashier)
    cashier.passed(job)
    cashier.database.write(jobs.change, job, ALICE, "changed", **columns)
    assert gate_of(job) is SHUT and cashier.database.start(job) is None


def test_a_change_that_no_price_depends_on(cashier: Cashier) -> None:
    job = shut(cashier)
    cashier.passed(job)
    cashier.database.write(jobs.change, job, ALICE, "changed", priority=99)
    assert gate_of(job) is PASSED


def test_a_job_may_name_an_account_later(cashier: Cashier) -> None:
    cashier.tariff()
    job = cashier.job("bob")
    assert gate_of(job) is FREE
    cashier.database.write(jobs.change, job, ALICE, "changed", attributes=pack([account("physics")]))
    assert gate_of(job) is SHUT


def test_a_job_that_is_moved_asks_again(cashier: Cashier) -> None:
    other = cashier.database.queue("q2", ["d1"])
    job = shut(cashier)
    cashier.passed(job)
    cashier.database.write(queue_jobs.move, job, other.id, None, 0, ALICE, "moved")
    assert gate_of(job) is SHUT


def test_a_job_that_was_held_asks_by_the_rules_of_its_release(cashier: Cashier) -> None:
    job = cashier.database.held(cashier.queue)
    assert gate_of(job) is FREE
    cashier.rule()
    cashier.database.write(jobs.release, job, ALICE)
    assert gate_of(job) is SHUT


def test_a_created_job_asks_by_the_rules_of_its_end(cashier: Cashier) -> None:
    job = cashier.job(incoming=True)
    cashier.rule()
    cashier.database.write(jobs.close, job, None, 0, ALICE)
    assert gate_of(job) is SHUT


def test_a_job_that_passed_and_was_held_need_not_ask_again(cashier: Cashier) -> None:
    job = shut(cashier)
    cashier.passed(job)
    cashier.database.write(jobs.hold, job, Hold(Reason.HOLD_UNTIL), ALICE)
    cashier.database.write(jobs.release, job, ALICE)
    assert gate_of(job) is PASSED


def test_released_to_another_device_it_asks_again(cashier: Cashier) -> None:
    device = cashier.database.device("d2")
    job = shut(cashier)
    cashier.passed(job)
    cashier.database.write(jobs.hold, job, Hold(Reason.HOLD_UNTIL), ALICE)
    cashier.database.write(jobs.release, job, ALICE, device=device.id)
    assert gate_of(job) is SHUT


def test_what_was_answered_is_forgotten_with_the_print(cashier: Cashier) -> None:
    """Nobody gets past a hold by canceling the job and printing it again."""
    other = cashier.database.queue("q2", ["d1"])
    job = shut(cashier)
    for again in (
        lambda: cashier.database.write(jobs.cancel, job, ALICE),
        lambda: cashier.database.write(queue_jobs.move, job, other.id, None, 0, ALICE, "moved"),
    ):
        cost = replace(commands.empty_cost(job), held_for=Reason.POLICY_HOLD)
        cashier.database.write(commands.write_costs, [cost])
        again()
        if state_of(job).terminal:
            cashier.database.write(jobs.restart, job, None, 0, ALICE)
        assert cost_of(job).held_for == ""
