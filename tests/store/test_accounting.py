"""Admission, settlement and expiry in the store: each a transaction with the ledger, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from plantin.accounting.lines import lines_of
from plantin.core.ids import JobId
from plantin.core.model import Gate, Hold, Outcome
from plantin.core.states import JobState, Reason
from plantin.ipp import Attribute, Tag
from plantin.ipp.blobs import pack
from plantin.ledger.errors import InvalidRequest
from plantin.ledger.quotas import PageKind
from plantin.ledger.requests import Reserve, Share, Transfer, Void
from plantin.ledger.transactions import Kind
from plantin.ledger.verdict import Answer, Counts, Person, Verdict
from plantin.ledger.view import View
from plantin.store.commands import accounting as commands
from plantin.store.commands import jobs
from plantin.store.ledger import journal
from plantin.store.queries import accounting as queries
from plantin.store.queries import jobs as job_queries
from tests.store.cashier import (
    HOUR,
    Cashier,
    answers,
    charge,
    closed,
    cost_of,
    costs,
    gate_of,
    moment,
    printed,
)
from tests.store.support import ALICE, Database, kinds, record_of, state_of

ADMITTED, HELD, DENIED, ROUTED = Answer.ADMITTED, Answer.HELD, Answer.DENIED, Answer.ROUTED


@pytest.fixture
def cashier(database: Database) -> Cashier:
    """alice has a euro and not a cent more."""
    made = Cashier(database)
    made.tariff()
    made.person("alice", 100)
    return made


def booked(job: JobId) -> list[Kind]:
    """What the ledger knows of a job."""
    return [one.kind for one in journal.of_job(record_of(job).uuid)]


# -- admission --------------------------------------------------------------------------------------------


def test_a_job_passes_exactly_when_its_price_is_reserved(cashier: Cashier) -> None:
    job = cashier.job()
    assert cashier.admit(cashier.ask(job, 30)) == [ADMITTED]
    assert gate_of(job) is Gate.PASSED and state_of(job) is JobState.PENDING
    assert kinds(job)[-1] == "admitted"
    assert cashier.balance("alice") == (100, -30)
    cost = cost_of(job)
    assert (cost.reservation, cost.quote_minor, cost.unit) == (2, 30, "EUR")
    assert commands.payers_in(cost.charges) == {"EUR": (Share(("alice",)),)}
    cashier.check(open_reservations=1)


def test_who_cannot_pay_is_told_what_is_missing(cashier: Cashier) -> None:
    job = cashier.job()
    assert cashier.admit(cashier.ask(job, 101)) == [HELD]
    record = record_of(job)
    assert (record.state, record.gate, record.hold_reason) == (
        JobState.HELD,
        Gate.SHUT,
        Reason.ACCOUNT_LIMIT,
    )
    assert "alice" in record.message and "0.01" in record.message
    assert record.expires_at > 0 and kinds(job)[-1] == "held"
    assert cost_of(job).reservation == 0 and cashier.balance("alice") == (100, 0)
    cashier.check()


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("alone", [True, False])
def test_a_hundred_jobs_race_for_the_last_cent(cashier: Cashier, together: bool, alone: bool) -> None:
    """Exactly those pass that can be paid for, however they are asked."""
    jobs_ = [cashier.job() for _ in range(100)]
    asks = [cashier.ask(job, 3, alone=alone) for job in jobs_]
    given = cashier.admit(*asks) if together else [cashier.admit(ask)[0] for ask in asks]
    assert given == [ADMITTED] * 33 + [HELD] * 67
    assert [gate_of(job) for job in jobs_] == [Gate.PASSED] * 33 + [Gate.SHUT] * 67
    assert all("0.02" in record_of(job).message for job in jobs_[33:])  # a cent is left, two are missing
    assert cashier.balance("alice") == (100, -99)
    cashier.check(open_reservations=33)
    assert [cashier.database.start(job) is not None for job in jobs_[32:34]] == [True, False]


def test_each_decision_of_a_rule_sees_what_was_reserved_before_it(cashier: Cashier) -> None:
    seen: list[int] = []

    def assess(person: Person, view: View) -> Verdict:
        seen.append(person.balance)
        return costs(40)(person, view)

    asks = [cashier.ask(cashier.job(), assess, alone=True) for _ in range(3)]
    assert cashier.admit(*asks) == [ADMITTED, ADMITTED, HELD]
    assert seen == [100, 60, 20]


def test_pages_and_money_are_reserved_together_or_not_at_all(cashier: Cashier) -> None:
    quota = cashier.quota("alice", PageKind.SHEETS, 5)

    def both(person: Person, view: View) -> Verdict:
        charges = charge(60, "alice"), charge(3, quota, unit="sheets")
        return Verdict(ADMITTED, payers=(Share(("alice",)),), charges=charges, unit="EUR", quote_minor=60)

    first, second = cashier.job(), cashier.job()
    assert cashier.admit(cashier.ask(first, both), cashier.ask(second, both)) == [ADMITTED, HELD]
    assert (cashier.balance("alice"), cashier.balance(quota)) == ((100, -60), (5, -3))
    message = record_of(second).message
    assert "0.20" in message and quota in message and "1" in message
    payers = commands.payers_in(cost_of(first).charges)
    assert payers == {"EUR": (Share(("alice",)),), "sheets": (Share((quota,)),)}
    cashier.check(open_reservations=1)


def test_a_job_without_a_price_passes_and_who_would_pay_is_noted(cashier: Cashier) -> None:
    cashier.shared("physics")
    job = cashier.job()
    verdict = Verdict(ADMITTED, payers=(Share(("physics",), 100),), counts=Counts(error="nobody knows"))
    assert cashier.admit(cashier.ask(job, answers(verdict))) == [ADMITTED]
    cost = cost_of(job)
    assert (cost.reservation, cost.error) == (0, "nobody knows")
    assert commands.payers_in(cost.charges) == {"EUR": (Share(("physics",), 100),)}
    cashier.check()


@pytest.mark.parametrize(
    "meanwhile",
    [
        lambda job: jobs.cancel(job, ALICE),
        lambda job: jobs.hold(job, Hold(Reason.HOLD_UNTIL), ALICE),
        lambda job: jobs.move(job, job_queries.job(job).queue + 1, ALICE),  # type: ignore[arg-type]
        lambda job: jobs.change(job, ALICE, "", attributes=pack([Attribute("copies", Tag.INTEGER, (9,))])),
        lambda job: jobs.change(job, ALICE, "", name="secret"),
    ],
)
def test_a_job_that_asks_no_more_or_for_something_else(cashier: Cashier, meanwhile: Any) -> None:
    cashier.database.queue("q2", ["d1"])
    job = cashier.job()
    ask = cashier.ask(job, 30)
    cashier.database.write(meanwhile, job)
    before = record_of(job)
    assert cashier.admit(ask) == [None]
    assert record_of(job) == before and queries.cost(job) is None
    assert cashier.balance("alice") == (100, 0)
    cashier.check()


def test_a_job_is_asked_about_once(cashier: Cashier) -> None:
    job = cashier.job()
    ask = cashier.ask(job, 30)
    assert cashier.admit(ask) == [ADMITTED]
    assert cashier.admit(ask) == [None]
    assert cashier.balance("alice") == (100, -30)


def test_a_job_that_is_gone(cashier: Cashier) -> None:
    ask = cashier.ask(cashier.job(), 30)
    assert cashier.admit(replace(ask, job=JobId(999)), ask) == [None, ADMITTED]


def test_denied(cashier: Cashier) -> None:
    job = cashier.job()
    verdict = Verdict(DENIED, message="no colour here", explain="decision: deny")
    assert cashier.admit(cashier.ask(job, answers(verdict))) == [DENIED]
    record = record_of(job)
    assert (record.state, record.message) == (JobState.ABORTED, "no colour here")
    assert record.completed_at and cost_of(job).admission == "decision: deny"
    cashier.settle(cashier.settlement(job))
    assert closed(job) and booked(job) == []


def test_routed(cashier: Cashier) -> None:
    other = cashier.database.queue("q2", ["d1"])
    job = cashier.job()
    assert cashier.admit(cashier.ask(job, answers(Verdict(ROUTED, route_to="q2")))) == [ROUTED]
    record = record_of(job)
    assert (record.state, record.queue, record.gate) == (JobState.PENDING, other.id, Gate.SHUT)
    assert cost_of(job).held_for == commands.ROUTED and job in queries.waiting(0, 10)
    assert cashier.admit(cashier.ask(job)) == [ADMITTED]


def test_routed_to_nowhere(cashier: Cashier) -> None:
    job = cashier.job()
    cashier.admit(cashier.ask(job, answers(Verdict(ROUTED, route_to="nowhere"))))
    assert (state_of(job), record_of(job).hold_reason) == (JobState.HELD, Reason.POLICY_HOLD)
    assert "nowhere" in record_of(job).message


def test_what_the_rules_changed_is_written_into_the_job(cashier: Cashier) -> None:
    job = cashier.job(copies=5)
    verdict = Verdict(ADMITTED, payers=(Share(("alice",)),), attributes=b"changed", copies=2)
    cashier.admit(cashier.ask(job, answers(verdict)))
    assert (record_of(job).attributes, record_of(job).copies, gate_of(job)) == (b"changed", 2, Gate.PASSED)


def test_each_hold_that_was_answered_is_remembered(cashier: Cashier) -> None:
    job = cashier.job()
    found = []
    for reason in (Reason.TO_BE_CONFIRMED, Reason.ACCOUNT_INFO, Reason.ACCOUNT_LIMIT, Reason.POLICY_HOLD):
        cashier.admit(cashier.ask(job, answers(Verdict(HELD, reason, "wait"))))
        assert record_of(job).hold_reason == reason
        found.append(set(cost_of(job).held_for.split()))
        cashier.database.write(jobs.release, job, ALICE)
    confirmed, info, hold = Reason.TO_BE_CONFIRMED, Reason.ACCOUNT_INFO, Reason.POLICY_HOLD
    assert found == [{confirmed}, {confirmed, info}, {confirmed, info}, {info, hold}]
    cashier.admit(cashier.ask(job))
    assert cost_of(job).held_for == ""


def test_who_is_nobody_is_held(cashier: Cashier) -> None:
    cashier.shared("physics")
    cashier.rule()
    job = cashier.job("physics")
    assert cashier.admit(cashier.ask(job)) == [HELD]
    assert record_of(job).hold_reason == Reason.ACCOUNT_INFO
    assert "physics is shared" in record_of(job).message


def test_a_reservation_that_makes_no_sense_holds(cashier: Cashier) -> None:
    cashier.shared("closed", closed=True)
    job = cashier.job()
    verdict = Verdict(ADMITTED, payers=(Share(("closed",)),), charges=(charge(5, "closed"),))
    assert cashier.admit(cashier.ask(job, answers(verdict))) == [HELD]
    assert record_of(job).hold_reason == Reason.ACCOUNT_INFO and "closed" in record_of(job).message


def test_who_asks_again_gives_back_what_was_reserved(cashier: Cashier) -> None:
    """A job that is changed after it passed is not reserved for twice, and its own money counts for it."""
    job = cashier.job()
    cashier.passed(job, 80)
    change = pack([Attribute("copies", Tag.INTEGER, (9,))])
    cashier.database.write(jobs.change, job, ALICE, "more", attributes=change)
    assert cashier.admit(cashier.ask(job, 90)) == [ADMITTED]
    assert booked(job) == [Kind.RESERVE, Kind.VOID, Kind.RESERVE]
    assert cashier.balance("alice") == (100, -90)
    cashier.database.write(jobs.change, job, ALICE, "too many", name="x")
    assert cashier.admit(cashier.ask(job, 110)) == [HELD]
    assert cashier.balance("alice") == (100, 0) and cost_of(job).reservation == 0
    cashier.check()


# -- settlement -------------------------------------------------------------------------------------------


def ended(cashier: Cashier, reserved: int, outcome: Outcome = Outcome.COMPLETED) -> JobId:
    """A job for which so much is reserved, through the device."""
    job = cashier.job()
    cashier.passed(job, reserved)
    ticket = cashier.database.started(job)
    cashier.database.sending(ticket.attempt)
    cashier.database.finish(ticket, outcome)
    return job


@pytest.mark.parametrize(("cost", "left"), [(30, 70), (12, 88), (55, 45), (100, 0)])
def test_the_true_amount_is_posted_and_the_rest_restored(cashier: Cashier, cost: int, left: int) -> None:
    job = ended(cashier, 30)
    assert not closed(job)
    cashier.settle(cashier.settlement(job, cashier.came_out(job, cost)))
    assert cashier.balance("alice") == (left, 0) and cashier.balance("revenue:EUR") == (cost, 0)
    assert booked(job) == [Kind.RESERVE, Kind.POST] and closed(job)
    found = cost_of(job)
    assert (found.cost_minor, found.reservation, found.printed_mono, found.note) == (cost, 0, cost, "")
    cashier.check()


def test_what_goes_beyond_the_limit_the_house_bears(cashier: Cashier) -> None:
    job = ended(cashier, 30)
    cashier.settle(cashier.settlement(job, cashier.came_out(job, 130)))
    assert cashier.balance("alice") == (0, 0)
    assert cashier.balance("revenue:EUR") == (130, 0) and cashier.balance("grant:EUR") == (-30, 0)
    cashier.check()


def test_settled_twice_is_charged_once(cashier: Cashier) -> None:
    """The accountant died after the commit and before it knew: the same settlement comes again."""
    job = ended(cashier, 30)
    settlement = cashier.settlement(job, cashier.came_out(job, 20))
    cashier.settle(settlement)
    cashier.settle(settlement)
    assert cashier.balance("alice") == (80, 0) and booked(job) == [Kind.RESERVE, Kind.POST]
    assert cost_of(job).cost_minor == 20 and closed(job)
    cashier.check()


def test_nothing_came_out(cashier: Cashier) -> None:
    job = ended(cashier, 30, Outcome.CANCELED)
    cashier.settle(cashier.settlement(job, printed(1, 0, charges=None)))
    assert cashier.balance("alice") == (100, 0) and booked(job) == [Kind.RESERVE, Kind.VOID]
    assert closed(job) and cost_of(job).reservation == 0
    cashier.check()


def test_what_costs_nothing_restores_what_was_reserved(cashier: Cashier) -> None:
    job = ended(cashier, 30)
    cashier.settle(cashier.settlement(job, cashier.came_out(job, 0)))
    assert booked(job) == [Kind.RESERVE, Kind.VOID] and closed(job)
    cashier.check()


def test_canceled_before_it_printed(cashier: Cashier) -> None:
    job = cashier.job()
    cashier.passed(job, 30)
    cashier.database.write(jobs.cancel, job, ALICE)
    cashier.settle(cashier.settlement(job))
    assert booked(job) == [Kind.RESERVE, Kind.VOID] and closed(job)
    cashier.check()


def test_a_free_job_is_charged_after_it(cashier: Cashier) -> None:
    job = cashier.job("bob")
    cashier.database.printed(job)
    assert gate_of(job) is Gate.FREE
    cashier.settle(cashier.settlement(job, cashier.came_out(job, 7)))
    assert cashier.balance("bob") == (-7, 0) and booked(job) == [Kind.CHARGE] and closed(job)
    cashier.check()


def test_many_free_jobs_of_several_people_in_one_transaction(cashier: Cashier) -> None:
    made = [cashier.job(name) for name in ("bob", "carol", "bob", "alice")]
    for job in made:
        if gate_of(job) is Gate.FREE:
            cashier.database.printed(job)
    free = [job for job in made if state_of(job).terminal]
    cashier.settle(*(cashier.settlement(job, cashier.came_out(job, 5)) for job in free))
    assert [cashier.balance(name)[0] for name in ("bob", "carol", "alice")] == [-10, -5, 100]
    assert [closed(job) for job in made] == [True, True, True, False]
    cashier.check()


def test_nobody_needs_an_account_where_printing_costs_nothing(cashier: Cashier) -> None:
    job = cashier.job("bob")
    cashier.database.printed(job)
    free = cashier.came_out(job, 0, priced=False, unit="EUR", lines="[]")
    cashier.settle(cashier.settlement(job, free))
    assert "bob" not in [account.id for account in cashier.book.accounts()] and closed(job)


def test_a_reprint_is_reserved_and_posted_for_itself(cashier: Cashier) -> None:
    job = ended(cashier, 30)
    cashier.settle(cashier.settlement(job, cashier.came_out(job, 30)))
    cashier.database.write(jobs.restart, job, None, 0, ALICE)
    assert not closed(job)
    cashier.passed(job, 30)
    ticket = cashier.database.started(job)
    cashier.database.sending(ticket.attempt)
    cashier.database.finish(ticket)
    cashier.settle(cashier.settlement(job, cashier.came_out(job, 25)))
    assert booked(job) == [Kind.RESERVE, Kind.POST] * 2 and closed(job)
    cost = cost_of(job)
    assert (cost.cost_minor, cost.printed_mono, cashier.balance("alice")) == (55, 55, (45, 0))
    assert sum(line.amount for line in lines_of(cost.cost_lines)) * 100 == 55
    cashier.check()


def test_two_attempts_settled_at_once(cashier: Cashier) -> None:
    """An unknown end that the device counted, tried again before anybody looked."""
    job = ended(cashier, 30, Outcome.UNKNOWN)
    assert (state_of(job), gate_of(job)) == (JobState.HELD, Gate.SHUT)
    cashier.database.write(jobs.release, job, ALICE)
    (first,) = queries.cases([job])[0].attempts
    cashier.passed(job, 30)
    cashier.database.printed(job)
    (_, second) = queries.cases([job])[0].attempts
    prints = printed(first.id, 10), printed(second.id, 30)
    cashier.settle(cashier.settlement(job, *prints))
    assert cashier.balance("alice") == (60, 0) and cost_of(job).cost_minor == 40
    assert closed(job)
    cashier.check()


def test_a_job_that_may_print_again_keeps_its_reservation(cashier: Cashier) -> None:
    job = ended(cashier, 30, Outcome.TEMPORARY)
    cashier.settle(cashier.settlement(job))
    assert cashier.balance("alice") == (100, -30) and gate_of(job) is Gate.PASSED and not closed(job)
    cashier.check(open_reservations=1)


def test_an_unknown_end_lets_go_what_was_reserved(cashier: Cashier) -> None:
    job = ended(cashier, 30, Outcome.UNKNOWN)
    cashier.settle(cashier.settlement(job, printed(1, 0, charges=None)))
    assert booked(job) == [Kind.RESERVE, Kind.VOID] and not closed(job)
    cashier.database.write(jobs.release, job, ALICE)
    cashier.passed(job, 30)
    cashier.check(open_reservations=1)


def test_the_payers_of_the_admission_pay_also_where_nothing_was_reserved(cashier: Cashier) -> None:
    """Nobody could count it, the device did: charged to the account that the job named, not to its owner."""
    cashier.shared("physics", 50)
    job = cashier.job()
    verdict = Verdict(ADMITTED, payers=(Share(("physics",), 100),))
    cashier.admit(cashier.ask(job, answers(verdict)))
    cashier.database.printed(job)
    cashier.settle(cashier.settlement(job, cashier.came_out(job, 9)))
    assert (cashier.balance("physics"), cashier.balance("alice")) == ((41, 0), (100, 0))
    assert booked(job) == [Kind.CHARGE]
    cashier.check()


def test_pages_of_the_admission_are_charged(cashier: Cashier) -> None:
    quota = cashier.quota("alice", PageKind.SHEETS, 5)
    job = cashier.job()
    charges = charge(10, "alice"), charge(4, quota, unit="sheets")
    verdict = Verdict(ADMITTED, payers=(Share(("alice",)),), charges=charges)
    cashier.admit(cashier.ask(job, answers(verdict)))
    cashier.database.printed(job)
    cashier.settle(cashier.settlement(job, cashier.came_out(job, 10)))
    assert (cashier.balance("alice"), cashier.balance(quota)) == ((90, 0), (3, 0))
    cashier.check()


def test_a_free_job_that_names_an_account_is_charged_to_it(cashier: Cashier) -> None:
    """It came before there was a tariff."""
    cashier.shared("physics", 50, users=frozenset({"bob"}))
    made = [cashier.job("bob") for _ in range(2)]
    for job in made:
        cashier.database.printed(job)
    charges = [
        cashier.settlement(job, cashier.came_out(job, 9), account=account)
        for job, account in zip(made, ("physics", "nowhere"), strict=True)
    ]
    cashier.settle(*charges)
    assert (cashier.balance("physics"), cashier.balance("bob")) == ((41, 0), (-9, 0))
    assert [cost_of(job).note for job in made] == ["", "charged to bob: no account 'nowhere'"]
    cashier.check()


def test_who_has_no_account_is_noted_and_the_books_close(cashier: Cashier) -> None:
    cashier.shared("physics")
    job = cashier.job("physics")
    cashier.database.printed(job)
    cashier.settle(cashier.settlement(job, cashier.came_out(job, 9)))
    assert closed(job) and "not charged: account physics is shared" in cost_of(job).note
    assert cost_of(job).cost_minor == 0
    cashier.check()


def test_an_account_closed_since_pays_what_it_held(cashier: Cashier) -> None:
    job = ended(cashier, 30)
    account = cashier.book.account("alice")
    cashier.database.write(cashier.book.change_account, replace(account, closed=True))
    cashier.settle(cashier.settlement(job, cashier.came_out(job, 40)))
    assert cashier.balance("alice") == (70, 0) and cashier.balance("grant:EUR") == (-10, 0)
    cashier.check()


def test_what_the_ledger_refuses_is_noted(cashier: Cashier) -> None:
    job = cashier.job("bob")
    cashier.database.printed(job)

    def refused(shares: tuple[Share, ...], person: Person) -> Any:
        raise InvalidRequest("no such thing")

    cashier.settle(cashier.settlement(job, cashier.came_out(job, 1, charges=refused)))
    assert cost_of(job).note == "not charged: no such thing" and closed(job)


# -- closing ----------------------------------------------------------------------------------------------


def test_books_stay_open_while_an_attempt_is_not_charged(cashier: Cashier) -> None:
    """The job was printed again between the look at it and the charge."""
    job = cashier.job("bob")
    cashier.database.printed(job)
    early = cashier.settlement(job, cashier.came_out(job, 5))
    cashier.database.write(jobs.restart, job, None, 0, ALICE)
    cashier.database.printed(job)
    cashier.settle(early)
    assert not closed(job) and job in queries.waiting(0, 10)
    cashier.settle(cashier.settlement(job, cashier.came_out(job, 5)))
    assert closed(job) and cashier.balance("bob") == (-10, 0)


def test_books_of_a_job_that_goes_on_stay_open(cashier: Cashier) -> None:
    job = cashier.job("bob")
    cashier.database.printed(job)
    early = cashier.settlement(job, cashier.came_out(job, 5))
    cashier.database.write(jobs.restart, job, None, 0, ALICE)
    cashier.settle(early)
    assert not closed(job) and state_of(job) is JobState.PENDING


def test_a_job_that_is_gone_leaves_no_row(cashier: Cashier) -> None:
    cashier.database.write(commands.write_costs, [commands.empty_cost(JobId(999))])
    assert queries.cost(999) is None


# -- expiry -----------------------------------------------------------------------------------------------


def expire(cashier: Cashier, hours: float = 2) -> int:
    return cashier.database.write(commands.expire, cashier.clock + int(hours * HOUR), 100)


def test_a_reservation_has_its_time(cashier: Cashier) -> None:
    job = cashier.job()
    cashier.passed(job, 30)
    assert expire(cashier, 0.9) == 0 and gate_of(job) is Gate.PASSED
    assert expire(cashier) == 1 and expire(cashier) == 0
    assert (gate_of(job), cost_of(job).reservation) == (Gate.SHUT, 0)
    assert cashier.database.start(job) is None and job in queries.waiting(0, 10)
    assert booked(job) == [Kind.RESERVE, Kind.EXPIRE] and cashier.balance("alice") == (100, 0)
    cashier.check()
    cashier.passed(job, 30)


def test_a_job_on_a_device_does_not_expire(cashier: Cashier) -> None:
    job = cashier.job()
    cashier.passed(job, 30)
    ticket = cashier.database.started(job)
    assert expire(cashier) == 0 and cashier.balance("alice") == (100, -30)
    cashier.database.finish(ticket)
    assert expire(cashier) == 0  # it is about to be charged
    cashier.settle(cashier.settlement(job, cashier.came_out(job, 30)))
    assert booked(job) == [Kind.RESERVE, Kind.POST]
    cashier.check()


def test_a_held_job_expires_and_asks_when_it_is_released(cashier: Cashier) -> None:
    job = cashier.job()
    cashier.passed(job, 30)
    cashier.database.write(jobs.hold, job, Hold(Reason.HOLD_UNTIL), ALICE)
    assert expire(cashier) == 1
    cashier.database.write(jobs.release, job, ALICE)
    assert gate_of(job) is Gate.SHUT


def test_a_report_that_comes_too_late_is_charged_all_the_same(cashier: Cashier) -> None:
    """The settlement was planned with a reservation that ended before it was written."""
    job = ended(cashier, 30)
    late = cashier.settlement(job, cashier.came_out(job, 30))
    book, number = cashier.book, late.cost.reservation
    void = Void(key="by-hand", reservation=number)
    cashier.database.write(book.apply, void, moment(cashier.clock))
    other = Transfer(key="spent", source="alice", target="cash:EUR", unit="EUR", amount=80)
    cashier.do(other)
    cashier.settle(late)
    assert cashier.balance("alice") == (0, 0) and cashier.balance("grant:EUR") == (-10, 0)
    assert booked(job) == [Kind.RESERVE, Kind.CHARGE] and cost_of(job).cost_minor == 30
    cashier.check()


def test_a_void_that_comes_too_late_is_as_good(cashier: Cashier) -> None:
    job = cashier.job()
    cashier.passed(job, 30)
    cashier.database.write(jobs.cancel, job, ALICE)
    late = cashier.settlement(job)
    void = Void(key="by-hand", reservation=late.cost.reservation)
    cashier.database.write(cashier.book.apply, void, moment(cashier.clock))
    cashier.settle(late)
    assert closed(job) and cost_of(job).note == ""
    cashier.check()


def test_a_reservation_whose_job_is_gone_expires(cashier: Cashier) -> None:
    ask = cashier.ask(cashier.job(), 30)
    until = moment(cashier.clock) + timedelta(hours=1)
    request = Reserve(key="lost", charges=(charge(30, "alice"),), expires_at=until)
    cashier.do(request)
    assert expire(cashier) == 1 and ask.cost.reservation == 0
    cashier.check()


# -- news -------------------------------------------------------------------------------------------------


def test_what_accounting_hears_of(cashier: Cashier) -> None:
    before = job_queries.last_event()
    shut, free, held = cashier.job(), cashier.job("bob"), cashier.database.held(cashier.queue, owner="bob")
    news = queries.news(before, 100)
    assert (news.asking, news.ended, news.rules) == ([shut, held], [], False)
    cashier.database.printed(free)
    assert queries.news(news.position, 100).ended == [free]
    cashier.database.write(jobs.change, shut, ALICE, "renamed", name="x")
    assert shut in queries.news(news.position, 100).asking


@pytest.mark.parametrize(
    "change",
    [
        lambda cashier: cashier.rule(),
        lambda cashier: cashier.database.queue("q2", ["d1"]),
        lambda cashier: cashier.database.device("d2"),
    ],
)
def test_what_changes_the_decisions_is_news(cashier: Cashier, change: Any) -> None:
    before = job_queries.last_event()
    change(cashier)
    assert queries.news(before, 100).rules


def test_open_books_are_found_without_any_news(cashier: Cashier) -> None:
    shut, free, held = cashier.job(), cashier.job("bob"), cashier.database.held(cashier.queue)
    assert queries.waiting(0, 10) == [shut, held]
    cashier.database.printed(free)
    assert queries.waiting(0, 10) == [shut, free, held]
    assert queries.waiting(free, 10) == [held] and queries.waiting(0, 1) == [shut]
    cashier.database.write(commands.write_costs, [commands.empty_cost(held)])
    assert queries.waiting(0, 10) == [shut, free]
