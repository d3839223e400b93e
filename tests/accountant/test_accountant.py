"""The real accountant over a real store: one job through all of it, and what befalls it on the way."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, cast

import pytest

from plantin.accountant import accountant as module
from plantin.core.ids import JobId
from plantin.core.model import Gate, Outcome, QueueMode
from plantin.core.states import JobState, Reason
from plantin.ledger.quotas import PageKind
from plantin.ledger.transactions import Kind
from plantin.store.commands import config, documents, jobs, rules
from plantin.store.ledger.audit import verify_ledger
from plantin.store.ledger.book import DatabaseBook
from plantin.store.queries import accounting as queries
from plantin.store.queries import config as config_queries
from tests.accountant.house import RIDDLE, House, Inside, asks, charged, copies, house
from tests.store.cashier import Cashier
from tests.store.support import ALICE, Database, document

Story = Callable[[House, Cashier], Awaitable[None]]
HOUR = 3_600_000


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_TICK_S", 0.02)


def tell(database: Database, story: Story, **settings: Any) -> None:
    """Runs a story in a house where a side costs a cent; alice has ten cents, bob has no limit."""

    before = Cashier(database)
    before.person("alice", 10)
    before.tariff()

    async def told() -> None:
        async with house(database, before.queue, **settings) as made:
            made.start()
            await story(made, Cashier(cast(Database, Inside()), made.queue))
            if made.accountant is None:
                made.start()
            await made.settled()

    asyncio.run(told())
    assert verify_ledger(DatabaseBook()).problems == ()


async def passed(made: House, job: JobId) -> None:
    async def through() -> bool:
        return (await made.job(job)).gate is Gate.PASSED

    await made.until(f"job {job} passes", through)


async def held(made: House, job: JobId, reason: str) -> str:
    """The message with which accounting holds the job."""

    async def waits() -> bool:
        record = await made.job(job)
        return record.state is JobState.HELD and record.hold_reason == reason

    await made.until(f"job {job} is held: {reason}", waits)
    return (await made.job(job)).message


async def closed(made: House, job: JobId) -> None:
    async def is_closed() -> bool:
        return job not in await made.read(queries.waiting, 0, 1000)

    await made.until(f"the books of job {job} are closed", is_closed)


def test_counted_reserved_printed_and_charged(database: Database) -> None:
    async def story(made: House, cashier: Cashier) -> None:
        job = await made.submit("alice", "3", attributes=copies(2))
        assert asks(await made.job(job)) and await made.begin(job) is None
        await passed(made, job)
        assert await made.balance("alice") == (10, -6)
        await made.prints(job)
        await closed(made, job)
        assert await made.balance("alice") == (4, 0)
        cost = await made.read(queries.cost, job)
        assert cost is not None and made.reader.inspected == ["3"]
        assert (cost.pages, cost.copies, cost.printed_mono, cost.printed_sheets, cost.cost_minor) == (
            *(3, 2, 6),
            *(6, 6),
        )

    tell(database, story)


def test_a_free_job_is_charged_when_it_has_printed(database: Database) -> None:
    async def story(made: House, cashier: Cashier) -> None:
        job = await made.submit("bob", "3")
        await made.prints(job, impressions=2)
        await closed(made, job)
        assert await made.balance("bob") == (-2, 0)

    tell(database, story)


def test_who_cannot_pay_waits_until_somebody_does(database: Database) -> None:
    async def story(made: House, cashier: Cashier) -> None:
        job = await made.submit("alice", "12")
        assert "0.02" in await held(made, job, Reason.ACCOUNT_LIMIT)
        await made.write(jobs.release, job, ALICE)
        await held(made, job, Reason.ACCOUNT_LIMIT)
        await made.write(cashier.fill, "alice", 2, "cash:EUR")
        await made.write(jobs.release, job, ALICE)
        await passed(made, job)
        await made.prints(job)
        await closed(made, job)
        assert await made.balance("alice") == (0, 0)

    tell(database, story)


def test_what_rules_hold_and_nobody_can_count_prints_after_two_releases(database: Database) -> None:
    async def story(made: House, cashier: Cashier) -> None:
        await made.write(cashier.rule, 'outcome = "hold", message = "wait"')
        job = await made.submit("alice", RIDDLE)
        assert await held(made, job, Reason.POLICY_HOLD) == "wait"
        await made.write(jobs.release, job, ALICE)
        assert "nobody understands it" in await held(made, job, Reason.ACCOUNT_INFO)
        await made.write(jobs.release, job, ALICE)
        await passed(made, job)
        await made.prints(job, impressions=4)
        await closed(made, job)
        assert await made.balance("alice") == (6, 0)

    tell(database, story)


def test_nobody_gets_past_a_hold_by_printing_again(database: Database) -> None:
    async def story(made: House, cashier: Cashier) -> None:
        await made.write(cashier.rule, 'outcome = "hold", message = "wait"')
        job = await made.submit("bob", "1")
        await held(made, job, Reason.POLICY_HOLD)
        await made.write(jobs.cancel, job, ALICE)
        await made.write(jobs.restart, job, None, 0, ALICE)
        await held(made, job, Reason.POLICY_HOLD)

    tell(database, story)


def test_more_copies_than_were_reserved_for_ask_again(database: Database) -> None:
    async def story(made: House, cashier: Cashier) -> None:
        job = await made.submit("alice", "3")
        await passed(made, job)
        await made.write(jobs.change, job, ALICE, "more", attributes=copies(99))
        assert await made.begin(job) is None
        await held(made, job, Reason.ACCOUNT_LIMIT)
        assert await made.balance("alice") == (10, 0)
        await made.write(jobs.change, job, ALICE, "fewer", attributes=copies(3))
        await made.write(jobs.release, job, ALICE)
        await passed(made, job)
        assert await made.balance("alice") == (10, -9)
        await made.write(jobs.cancel, job, ALICE)
        await closed(made, job)
        assert await made.balance("alice") == (10, 0)

    tell(database, story)


def test_a_job_changed_while_it_is_counted_is_asked_about_as_it_is_then(database: Database) -> None:
    async def story(made: House, cashier: Cashier) -> None:
        made.reader.slow["3"] = asyncio.Event()
        job = await made.submit("alice", "3")
        await asyncio.sleep(0.1)
        await made.write(jobs.change, job, ALICE, "more", attributes=copies(3))
        made.reader.slow["3"].set()
        await passed(made, job)
        assert await made.balance("alice") == (10, -9)

    tell(database, story)


def test_a_slow_document_delays_nobody_else(database: Database) -> None:
    async def story(made: House, cashier: Cashier) -> None:
        await made.write(cashier.person, "carol", 5)
        made.reader.slow["3"] = asyncio.Event()
        slow, behind = await made.submit("alice", "3"), await made.submit("alice", "8")
        free, other = await made.submit("bob", "1"), await made.submit("carol", "1")
        await passed(made, other)
        await made.prints(free)
        await closed(made, free)
        assert asks(await made.job(slow)) and asks(await made.job(behind))  # who came first is asked first
        made.reader.slow["3"].set()
        await passed(made, slow)
        await held(made, behind, Reason.ACCOUNT_LIMIT)

    tell(database, story)


def test_canceled_while_it_is_counted(database: Database) -> None:
    async def story(made: House, cashier: Cashier) -> None:
        made.reader.slow["3"] = asyncio.Event()
        job = await made.submit("alice", "3")
        await asyncio.sleep(0.1)
        await made.write(jobs.cancel, job, ALICE)
        made.reader.slow["3"].set()
        await closed(made, job)
        assert await made.balance("alice") == (10, 0)

    tell(database, story)


def test_rules_hold_from_the_first_job_on(database: Database) -> None:
    """The first look and the first scan meet at the start: neither decides by rules not read yet."""
    rule = '[[rule]]\nname = "No"\nthen = { outcome = "deny", message = "no" }\n'

    async def story(made: House, cashier: Cashier) -> None:
        await made.kill()
        made_jobs = [await made.submit("alice", "1") for _ in range(5)]
        await made.write(rules.add_policy, "No", rule)
        made.start()
        made_jobs += [await made.submit(name, "1") for name in ("alice", "bob")]
        for job in made_jobs:
            await closed(made, job)
            assert (await made.job(job)).state is JobState.ABORTED

    tell(database, story)


def test_a_rule_is_asked_as_soon_as_it_is_there(database: Database) -> None:
    rule = '[[rule]]\nname = "No"\nthen = { outcome = "deny", message = "no" }\n'

    async def story(made: House, cashier: Cashier) -> None:
        await passed(made, await made.submit("alice", "1"))
        await made.write(rules.add_policy, "No", rule)
        denied = await made.submit("alice", "1")
        await closed(made, denied)
        assert (await made.job(denied)).state is JobState.ABORTED
        await made.write(rules.remove_policy, "No")
        await passed(made, await made.submit("alice", "1"))

    tell(database, story)


def test_sent_to_another_queue_by_the_rules(database: Database) -> None:
    async def story(made: House, cashier: Cashier) -> None:
        await made.write(config.add_queue, "q2", ["d1"], mode=QueueMode.DIRECT)
        other = await made.read(config_queries.queue, "q2")
        await made.write(cashier.rule, 'route = "q2"')
        job = await made.submit("bob", "1")
        await passed(made, job)
        assert (await made.job(job)).queue == other.id

    tell(database, story)


def test_an_unknown_end_a_release_and_a_second_print(database: Database) -> None:
    async def story(made: House, cashier: Cashier) -> None:
        job = await made.submit("alice", "4")
        await passed(made, job)
        await made.prints(job, Outcome.UNKNOWN)
        await made.settled()
        assert await made.balance("alice") == (10, 0)
        await made.write(jobs.release, job, ALICE)
        await passed(made, job)
        await made.prints(job)
        await closed(made, job)
        assert await made.balance("alice") == (6, 0)

    tell(database, story)


def test_a_reservation_that_expires_is_asked_for_again(database: Database) -> None:
    async def story(made: House, cashier: Cashier) -> None:
        job = await made.submit("alice", "4")
        await passed(made, job)
        made.clock.now += 25 * HOUR

        async def again() -> bool:
            known = [one.kind for one in await made.booked((await made.job(job)).uuid)]
            return known == [Kind.RESERVE, Kind.EXPIRE, Kind.RESERVE]

        await asyncio.sleep(0.1)
        assert made.accountant is not None
        await made.accountant.scan()  # which comes by itself every half minute
        await made.until("it is reserved anew", again)
        assert await made.balance("alice") == (10, -4)

    tell(database, story, reservation_hours=24)


def test_a_document_taken_out_of_a_job_is_not_charged(database: Database) -> None:
    async def story(made: House, cashier: Cashier) -> None:
        papers = (document(1, name="3"), document(2, name="4"))
        job = await made.submit("alice", "", documents=papers)
        await passed(made, job)
        assert await made.balance("alice") == (10, -7)
        await made.write(documents.cancel, job, 2, ALICE, "not that one")
        await passed(made, job)
        assert await made.balance("alice") == (10, -3)
        await made.prints(job)
        await closed(made, job)
        assert await made.balance("alice") == (7, 0)

    tell(database, story)


def test_pages_and_money(database: Database) -> None:
    async def story(made: House, cashier: Cashier) -> None:
        quota = await made.write(cashier.quota, "alice", PageKind.SHEETS, 5)
        job, more = await made.submit("alice", "3"), await made.submit("alice", "3")
        await passed(made, job)
        assert quota in await held(made, more, Reason.ACCOUNT_LIMIT)
        await made.prints(job, impressions=1)
        await closed(made, job)
        assert (await made.balance("alice"), await made.balance(quota)) == ((9, 0), (4, 0))

    tell(database, story)


def test_a_death_at_any_moment_changes_nothing(database: Database) -> None:
    async def story(made: House, cashier: Cashier) -> None:
        job = await made.submit("alice", "3")
        for pause in range(6):
            await asyncio.sleep(pause * 0.004)
            await made.kill()
            made.start()
        await passed(made, job)
        started = await made.begin(job)
        assert started is not None
        await made.kill()
        await made.end(started)
        for pause in range(6):
            made.start()
            await asyncio.sleep(pause * 0.004)
            await made.kill()
        made.start()
        await closed(made, job)
        assert await made.balance("alice") == (7, 0)
        assert charged(await made.booked((await made.job(job)).uuid)) == 3

    tell(database, story)


def test_a_worker_that_dies_takes_nothing_with_it(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_SCAN_S", 0.1)

    async def story(made: House, cashier: Cashier) -> None:
        made.reader.stumbles = 0.7
        limited, free = await made.submit("alice", "3"), await made.submit("bob", "4")
        await made.prints(free)
        await closed(made, free)
        await passed(made, limited)
        assert await made.balance("bob") == (-4, 0)

    tell(database, story)
