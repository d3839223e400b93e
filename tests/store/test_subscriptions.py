"""Event subscriptions on both databases: kept, renewed, ended; events found and numbered by counting."""

from __future__ import annotations

from typing import Any

import pytest

from plantin.core.errors import NotFound, Refusal
from plantin.core.limits import EVENTS_PER_ANSWER_MAX, SUBSCRIPTIONS_MAX, SUBSCRIPTIONS_PER_JOB_MAX
from plantin.store.commands import config, jobs
from plantin.store.commands.subscriptions import NewSubscription, checkpoint, renew, subscribe, unsubscribe
from plantin.store.models import Subscription
from plantin.store.queries.subscriptions import (
    NOTIFY_EVENTS,
    Numbered,
    find_subscriptions,
    notifications,
    subscription,
)
from tests.store.support import ALICE, T0, Database, new_job


def wish(*events: str, lease_s: int = 0, owner: str = "alice") -> NewSubscription:
    return NewSubscription(events or ("job-completed",), owner, b"\0\xff", "utf-8", "en", 0, lease_s)


def one(database: Database, *events: str, **scope: Any) -> int:
    scope = {"queue": None, "job": None, "now": T0} | scope
    (made,) = database.write(subscribe, [wish(*events)], **scope)
    assert isinstance(made, int)
    return made


def told(number: int, since: int = 0, first: int = 1) -> Numbered:
    return notifications(subscription(number, T0), since, first)


def words(number: int) -> list[str]:
    return [found.name for found in told(number).notifications]


def test_kept_as_it_was_asked_for(database: Database) -> None:
    queue = database.site()
    (made,) = database.write(subscribe, [wish("a", "b", lease_s=60)], queue=queue.id, job=None, now=T0)
    assert isinstance(made, int)
    found = subscription(made, T0)
    assert (found.queue, found.job, found.events) == (queue.id, None, ("a", "b"))
    assert (found.owner, found.user_data, found.lease_s) == ("alice", b"\0\xff", 60)
    assert found.expires_at == T0 + 60_000
    with pytest.raises(NotFound):
        subscription(made, T0 + 60_000)
    database.write(renew, made, 120, T0 + 50_000)
    assert subscription(made, T0 + 60_000).expires_at == T0 + 170_000
    database.write(renew, made, 0, T0)
    assert subscription(made, T0 + 10**12).lease_s == 0
    database.write(unsubscribe, made)
    for call in (lambda: unsubscribe(made), lambda: renew(made, 1, T0)):
        with pytest.raises(NotFound):
            database.write(call)


def test_which_ones_there_are(database: Database) -> None:
    queue, other = database.site(), database.queue("q2")
    job = database.job(queue)
    everywhere, here, there, of_job = (
        one(database, **scope) for scope in ({}, {"queue": queue.id}, {"queue": other.id}, {"job": job})
    )

    def found(**question: Any) -> list[int]:
        question = {"queue": None, "job": None, "owner": None, "everywhere": False, "limit": 10} | question
        return [record.id for record in find_subscriptions(T0, **question)]

    assert found() == [everywhere]
    assert found(everywhere=True) == [everywhere, here, there]
    assert (found(queue=queue.id), found(job=job)) == ([here], [of_job])
    assert found(everywhere=True, limit=2) == [everywhere, here]
    assert found(everywhere=True, owner="bob") == []


@pytest.mark.parametrize("of_job", [False, True])
def test_the_limits_at_n_and_n_plus_1(database: Database, of_job: bool) -> None:
    job = database.job(database.site()) if of_job else None
    most = SUBSCRIPTIONS_PER_JOB_MAX if of_job else SUBSCRIPTIONS_MAX
    answers = database.write(subscribe, [wish()] * (most + 1), queue=None, job=job, now=T0)
    assert all(isinstance(answer, int) for answer in answers[:most])
    refusal = answers[most]
    assert isinstance(refusal, Refusal)
    assert refusal.status == "client-error-too-many-subscriptions"


def test_the_limit_that_an_administrator_set(database: Database) -> None:
    answers = database.write(subscribe, [wish()] * 4, queue=None, job=None, now=T0, most=3)
    assert [isinstance(answer, int) for answer in answers] == [True, True, True, False]
    assert "3 is the most" in str(answers[3])


def test_those_that_ran_out_make_room(database: Database) -> None:
    database.write(subscribe, [wish(lease_s=1)] * SUBSCRIPTIONS_MAX, queue=None, job=None, now=T0)
    (made,) = database.write(subscribe, [wish()], queue=None, job=None, now=T0 + 1000)
    assert isinstance(made, int) and Subscription.objects.count() == 1


def test_every_event_name_is_a_question_that_both_databases_take(database: Database) -> None:
    queue = database.site()
    job = database.job(queue)
    for name in NOTIFY_EVENTS:
        for scope in ({}, {"queue": queue.id}, {"job": job}):
            number = one(database, name, from_start=True, **scope)
            assert told(number).sequence == 0
            database.write(unsubscribe, number)


def test_a_job_s_life_as_its_subscriptions_see_it(database: Database) -> None:
    queue = database.site()
    number = one(database, "job-state-changed", "job-created", "job-completed", queue=queue.id)
    elsewhere = one(database, "job-completed", queue=database.queue("q2").id)
    job = database.held(queue)
    of_job = one(database, "job-completed", job=job, from_start=True)
    database.write(jobs.release, job, ALICE)
    ticket = database.started(job)
    database.finish(ticket, impressions=7)
    assert words(number) == ["job-created", "job-state-changed", "job-state-changed", "job-completed"]
    last = told(number).notifications[-1]
    assert (last.sequence, last.job, last.queue, last.state) == (4, job, queue.id, 9)
    assert (last.job_name, last.impressions, last.reasons) == ("letter", 7, ("job-completed-successfully",))
    assert (words(of_job), words(elsewhere)) == (["job-completed"], [])


def test_queues_and_devices(database: Database) -> None:
    queue = database.site()
    number = one(database, "printer-state-changed", "printer-config-changed", queue=queue.id)
    server = one(database, "printer-created", "printer-deleted")
    database.write(config.set_queue, "q1", enabled=False)
    database.write(config.set_queue, "q1", info="new")
    database.write(config.device_reported, queue.devices[0], event=True, state=5, state_reasons="media-jam")
    database.queue("q2")
    database.write(config.remove_queue, "q2")
    assert words(number) == ["printer-state-changed", "printer-config-changed", "printer-state-changed"]
    assert words(server) == ["printer-created", "printer-deleted"]
    assert told(number).notifications[-1].reasons == ("media-jam",)


def test_order_of_the_queue(database: Database) -> None:
    queue = database.site()
    number = one(database, "printer-queue-order-changed", "job-config-changed", queue=queue.id)
    first, second = database.job(queue), database.job(queue)
    database.write(jobs.reorder, second, None, ALICE)
    database.write(jobs.reorder, second, first, ALICE)
    database.write(jobs.change, first, ALICE, "renamed", name="x")
    order = "printer-queue-order-changed"
    assert words(number) == [order, order, "job-config-changed"]


def test_numbers_go_on_after_a_checkpoint_and_after_what_is_old(database: Database) -> None:
    queue = database.site()
    number = one(database, "job-created", queue=queue.id)
    for minute in range(6):
        database.accept(new_job(queue, created_at=T0 + minute))
    assert [found.sequence for found in told(number).notifications] == [1, 2, 3, 4, 5, 6]
    assert [found.sequence for found in told(number, first=5).notifications] == [5, 6]
    recent = told(number, since=T0 + 4)
    assert [found.sequence for found in recent.notifications] == [5, 6]
    database.write(checkpoint, number, recent.event_id, recent.sequence)
    assert subscription(number, T0).sequence == 4
    assert [found.sequence for found in told(number).notifications] == [5, 6]
    database.write(checkpoint, number, recent.event_id - 1, 1)  # an older one changes nothing
    assert subscription(number, T0).sequence == 4


def test_no_more_than_so_many_at_once(database: Database) -> None:
    queue = database.site()
    number = one(database, "job-created", queue=queue.id)
    database.accept(*(new_job(queue) for _ in range(EVENTS_PER_ANSWER_MAX + 1)))
    found = told(number).notifications
    assert (len(found), found[-1].sequence) == (EVENTS_PER_ANSWER_MAX, EVENTS_PER_ANSWER_MAX)


def test_they_go_with_what_they_are_about(database: Database) -> None:
    queue = database.site()
    one(database, queue=queue.id)
    one(database, job=database.job(queue))
    database.write(config.remove_queue, "q1")
    assert Subscription.objects.count() == 0
