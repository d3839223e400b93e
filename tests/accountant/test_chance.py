"""Whatever happens in whatever order, and whenever the accountant dies: the books are right in the end.

The oracle is the test's own tally of what the device printed, attempt by attempt; it knows nothing of counts,
prices and reservations but that a side costs a cent.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from dataclasses import dataclass, field
from typing import cast

import pytest

from plantin.accountant import accountant as module
from plantin.core.errors import PlantinError
from plantin.core.ids import JobId
from plantin.core.model import Gate, Hold, JobRecord, Outcome
from plantin.core.ports import Started
from plantin.core.states import Reason
from plantin.ledger.transactions import Balance, Transaction
from plantin.store.commands import accounting, job_sets, jobs, rules
from plantin.store.ledger import journal
from plantin.store.ledger.audit import verify_ledger
from plantin.store.ledger.book import DatabaseBook
from plantin.store.queries import accounting as queries
from plantin.store.queries import jobs as job_queries
from tests.accountant.house import RIDDLE, House, Inside, charged, copies, copies_of, house, reserved
from tests.store.cashier import Cashier
from tests.store.support import ALICE, Database

LIMITED = ("alice", "carol", "dave")
"""They have a little money each, and get some more now and then."""
FREE = ("bob", "eve")
RULE = """
[[rule]]
name = "Long ones wait"
when = { pages = { over = 6 } }
then = { outcome = "hold", message = "{pages} pages" }
[[rule]]
name = "Not that many"
when = { copies = { over = 3 } }
then = { outcome = "deny", message = "{copies} copies" }
"""
HOUR = 3_600_000
STEPS = 160


@dataclass
class Tally:
    """What the device printed, in sides, by the job's UUID."""

    sides: Counter[str] = field(default_factory=Counter)
    owner: dict[str, str] = field(default_factory=dict)


@pytest.mark.parametrize("seed", range(6))
def test_any_order_of_things(sqlite: Database, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    monkeypatch.setattr(module, "_TICK_S", 0.02)
    monkeypatch.setattr(module, "_SCAN_S", 0.2)
    before = Cashier(sqlite)
    for user in LIMITED:
        before.person(user, 30)
    before.tariff()
    sqlite.write(accounting.keep_new_accounts, "unrestricted")
    tally = Tally()

    async def told() -> list[JobId]:
        async with house(sqlite, before.queue, seed) as made:
            story = Story(made, tally)
            made.start()
            for _ in range(STEPS):
                await story.step()
            made.reader.stumbles = 0.0
            return await story.end()

    known = asyncio.run(told())
    check(tally, known)


@dataclass
class Story:
    """One thing after the other, as chance has it."""

    made: House
    tally: Tally
    on_device: list[Started] = field(default_factory=list)
    jobs: list[JobId] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.cashier = Cashier(cast(Database, Inside()), self.made.queue)
        self.ruled = False

    async def step(self) -> None:
        chance = self.made.chance
        weights = {
            self.submit: 30,
            self.begin: 25,
            self.finish: 25,
            self.act: 20,
            self.top_up: 3,
            self.change_rules: 2,
            self.let_time_pass: 1,
            self.die: 6,
        }
        self.made.reader.stumbles = 0.1
        (what,) = chance.choices(list(weights), list(weights.values()))
        await what()
        await asyncio.sleep(chance.choice([0.0, 0.0, 0.002, 0.01]))

    async def submit(self) -> None:
        chance = self.made.chance
        owner = chance.choice(LIMITED + FREE)
        name = RIDDLE if chance.random() < 0.1 else str(chance.randint(1, 9))
        attributes = copies(chance.randint(1, 4)) if chance.random() < 0.4 else b""
        hold = Hold(Reason.RELEASE_WAIT) if chance.random() < 0.2 else None
        self.jobs.append(await self.made.submit(owner, name, attributes=attributes, hold=hold))

    async def begin(self) -> None:
        for job in (await self.made.ready())[:3]:
            started = await self.made.begin(job)
            if started is not None:
                await self.check_reserved(started.job)
                self.on_device.append(started)

    async def check_reserved(self, job: JobRecord) -> None:
        """Nobody whose money is limited prints what is not reserved, whatever was changed on the way."""
        (paper,) = (await self.made.read(job_queries.documents, [job.id]))[job.id]
        if job.owner in LIMITED and paper.name != RIDDLE:
            price = int(paper.name) * copies_of(job)
            assert job.gate is Gate.PASSED
            assert reserved(await self.made.booked(job.uuid)) == price

    async def finish(self) -> None:
        if not self.on_device:
            return
        chance = self.made.chance
        started = self.on_device.pop(chance.randrange(len(self.on_device)))
        job, (paper,) = started.job, started.documents
        whole = None if paper.name == RIDDLE else int(paper.name) * copies_of(job)
        outcome = chance.choices(list(Outcome), [60, 10, 8, 10, 12])[0]
        told = -1
        if outcome is not Outcome.TEMPORARY and chance.random() < 0.5:
            told = chance.randint(1, (whole or 5) + (2 if chance.random() < 0.2 else 0))
        sent = chance.choice([0, 1, 500, 1000])
        await self.made.end(started, outcome, impressions=told, octets_sent=sent)
        self.tally.owner[job.uuid] = job.owner
        if told >= 0:
            self.tally.sides[job.uuid] += told
        elif outcome is Outcome.COMPLETED:
            self.tally.sides[job.uuid] += whole or 0
        elif outcome in (Outcome.CANCELED, Outcome.PERMANENT):
            self.tally.sides[job.uuid] += (whole or 0) * sent // 1000

    async def act(self) -> None:
        """Somebody does something to a job, possible or not."""
        if not self.jobs:
            return
        chance = self.made.chance
        job = chance.choice(self.jobs[-12:])
        write = self.made.write
        with contextlib.suppress(PlantinError):
            match chance.randrange(7):
                case 0:
                    await write(jobs.cancel, job, ALICE)
                case 1:
                    await write(jobs.hold, job, Hold(Reason.HOLD_UNTIL), ALICE)
                case 2 | 3:
                    await write(jobs.release, job, ALICE)
                case 4:
                    await write(jobs.change, job, ALICE, "", attributes=copies(chance.randint(1, 4)))
                case 5:
                    await write(jobs.restart, job, None, 0, ALICE)
                case 6:
                    await write(job_sets.purge_one, job)

    async def top_up(self) -> None:
        user = self.made.chance.choice(LIMITED)
        await self.made.write(self.cashier.fill, user, self.made.chance.randint(1, 30), "cash:EUR")

    async def change_rules(self) -> None:
        if self.ruled:
            await self.made.write(rules.remove_policy, "House")
        else:
            await self.made.write(rules.add_policy, "House", RULE)
        self.ruled = not self.ruled

    async def let_time_pass(self) -> None:
        self.made.clock.now += 25 * HOUR

    async def die(self) -> None:
        await self.made.kill()
        if self.made.chance.random() < 0.3:
            await self.submit()
            await self.finish()
        self.made.start()

    async def end(self) -> list[JobId]:
        """What is on the device comes out, all that waits is canceled; the books are closed."""
        while self.on_device:
            await self.finish()
        await self.made.settled()
        for job in (await self.made.read(job_queries.jobs_by_id, self.jobs)).values():
            if not job.state.terminal:
                await self.check_waiting(job)
                await self.made.write(jobs.cancel, job.id, ALICE)

        async def all_closed() -> bool:
            return not await self.made.read(queries.waiting, 0, 10_000)

        await self.made.until("all books are closed", all_closed)
        left = await self.made.read(job_queries.jobs_by_id, self.jobs)
        return list(map(JobId, left))

    async def check_waiting(self, job: JobRecord) -> None:
        """What is reserved is reserved for a job that may print, and known to be."""
        held = reserved(await self.made.booked(job.uuid))
        cost = await self.made.read(queries.cost, job.id)
        known = cost.reservation if cost is not None else 0
        assert (held > 0) == (known > 0)
        if held:
            assert job.gate is Gate.PASSED or await self.made.read(queries.waiting, job.id - 1, 1) == [job.id]


def check(tally: Tally, known: list[JobId]) -> None:
    """The books against the tally."""
    book = DatabaseBook()
    assert verify_ledger(book).problems == ()
    balances = {account.id: book.balance(account.id) for account in book.accounts()}
    assert all(balance.reserved == 0 for balance in balances.values())
    assert sum(balance.booked for balance in balances.values()) == 0
    assert all(balances[user].booked >= 0 for user in LIMITED)
    by_job: dict[str, list[Transaction]] = {}
    for one in journal.stream():
        if one.job:
            by_job.setdefault(one.job, []).append(one)
    found = {uuid: charged(transactions) for uuid, transactions in by_job.items()}
    assert {uuid: cents for uuid, cents in found.items() if cents} == {
        uuid: sides for uuid, sides in tally.sides.items() if sides
    }
    assert balances.get("revenue:EUR", Balance()).booked == sum(tally.sides.values())
    for user in FREE:
        spent = sum(sides for uuid, sides in tally.sides.items() if tally.owner[uuid] == user)
        assert balances.get(user, Balance()).booked == -spent
    costs = queries.costs(known)
    for job in job_queries.jobs_by_id(known).values():
        cost = costs[job.id]
        assert (cost.cost_minor, cost.reservation) == (tally.sides.get(job.uuid, 0), 0)
        assert cost.printed_colour + cost.printed_mono == tally.sides.get(job.uuid, 0)
