"""Many jobs by many people through `lp`, and what each device counted against what the ledger says.

`python -m tests.e2e.accounting JOBS USERS` runs it at any size. Some devices fail, some jobs are canceled,
some people have not enough money or pages, some are held back by rules. In the end, device by device and
person by person, the sides that came out are those that were charged, to the cent; nobody is beyond their
limit; nothing stays reserved; and `plantin ledger verify` finds nothing.
"""

from __future__ import annotations

import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

from tests.e2e.documents import Paper, document
from tests.e2e.site import MONEY, PAGES, TARIFFS, Counted, Site, kind_of, site
from tests.peers.client import job_id
from tests.peers.process import wait_until
from tests.peers.sink import Behaviour

CLIENTS = 4
"""How many people print at the same moment."""
PATIENCE_S = 1200.0
LOOK_S = 5.0
COMPLETED = 9


@dataclass(frozen=True)
class Wish:
    """One job as somebody prints it."""

    name: str
    user: str
    queue: str
    paper: Paper
    options: tuple[str, ...]
    fate: str = ""
    """"canceled": while it waits; "slow": while it prints; "jam": the device aborts it after two sides."""


def wishes(jobs: int, users: list[str], chance: random.Random) -> Iterator[Wish]:
    """A mix of everything."""
    kinds = {
        "desk": ("pdf", "ps", "text", "pcl", "pwg"),
        "laser": ("pdf", "pdf", "pdf", "ps", "text", "pcl"),
        "hall": ("pdf", "pdf", "pdf", "ps", "pwg", "jpeg"),
        "air": ("pdf", "pwg"),
        "bad": ("pdf", "ps"),
        "off": ("text", "ps", "pdf"),
    }
    weights = {"desk": 30, "laser": 22, "hall": 30, "air": 5, "off": 9}
    for number in range(jobs):
        user = users[number % len(users)]
        (queue,) = chance.choices(list(weights), list(weights.values()))
        fate = "canceled" if chance.random() < 0.06 else ""
        if number % 17 == 3:
            queue = "bad"
        elif number % 11 == 8:
            queue, fate = "hall", ("slow", "jam")[number // 11 % 2]
        word = {"slow": "SLOW", "jam": "FAIL2"}.get(fate, "job")
        name = f"{user}-{number:04d}-{word}"
        if fate in ("slow", "jam"):
            paper = document("pdf", name, chance, at_least=3)
        else:
            paper = document(chance.choice(kinds[queue]), name, chance)
        asked = () if fate in ("slow", "jam") else tuple(options(queue, paper, chance))
        yield Wish(name, user, queue, paper, asked, fate)


def options(queue: str, paper: Paper, chance: random.Random) -> Iterator[str]:
    """What the job asks for beside its document, possible or not."""

    def sometimes() -> bool:
        return chance.random() < 0.3

    if sometimes():
        yield f"-n{chance.randint(2, 5)}"
    if sometimes():
        yield from ("-o", chance.choice(("sides=two-sided-long-edge", "sides=one-sided")))
    if paper.pages > 2 and sometimes():
        yield from ("-P", chance.choice(("1-2", "2", "1,3")))
    if paper.pages > 1 and queue != "desk" and sometimes():
        yield from ("-o", chance.choice(("number-up=2", "number-up=4", "imposition-template=signature")))
    if chance.random() < 0.1:
        yield from ("-o", "print-color-mode=monochrome")


@dataclass
class Run:
    """The jobs on their way."""

    site: Site
    wishes: list[Wish]
    ids: dict[str, int] = field(default_factory=dict)
    """Name of the job -> its id."""
    canceled: set[str] = field(default_factory=set)

    def go(self) -> None:
        """All are printed. When half of them are there the rules come, and the device that was off."""
        half = len(self.wishes) // 2
        self._send(self.wishes[:half])
        self.site.rule()
        self.site.raws["off"].sink.behave(Behaviour.GOOD)
        self._send(self.wishes[half:])
        looked = time.monotonic()

        def over() -> bool:
            nonlocal looked
            if time.monotonic() - looked > LOOK_S:
                self._look()
                looked = time.monotonic()
            self._cancel_slow()
            return not self.site.busy()

        wait_until(over, f"the end of {len(self.wishes)} jobs", PATIENCE_S)

    def _send(self, some: list[Wish]) -> None:
        with ThreadPoolExecutor(CLIENTS) as clients:
            sent: list[Future[None]] = [clients.submit(self._print, wish) for wish in some]
            while not all(one.done() for one in sent):
                self._cancel_slow()
                self._look()
                time.sleep(0.2)
            for one in sent:
                one.result()

    def _print(self, wish: Wish) -> None:
        tools = self.site.tools(wish.user)
        hold = ("-H", "hold") if wish.fate == "canceled" else ()
        file = tools.home / wish.name
        file.write_bytes(wish.paper.data)
        said = tools("lp", "-d", wish.queue, "-t", wish.name, *hold, *wish.options, file).check()
        self.ids[wish.name] = job_id(said.out)
        if wish.fate == "canceled":
            tools("cancel", f"{wish.queue}-{self.ids[wish.name]}").check()

    def _cancel_slow(self) -> None:
        """Their owners cancel slow jobs once they see the first side."""
        for user, name, _ in self.site.eves["hall"].lines():
            if "SLOW" in name and name in self.ids and name not in self.canceled:
                self.canceled.add(name)
                self.site.tools(user)("cancel", f"hall-{self.ids[name]}")  # it may be over by now

    def _look(self) -> None:
        for eve in self.site.eves.values():
            eve.look()


@dataclass(frozen=True)
class Account:
    """What the books say of one job."""

    name: str
    user: str
    queue: str
    state: int
    reason: str
    counted: tuple[int, int]
    """Sides in black and in colour, before it printed."""
    printed: tuple[int, int]
    cents: int
    """What it cost."""
    earned: int
    """What the ledger booked for it."""


def accounts(made: Site) -> list[Account]:
    """What the books say of each job."""
    rows = made.rows(
        "SELECT j.name, j.owner, q.name, j.state, j.reasons, c.impressions_mono, c.impressions_colour, "
        "c.printed_mono, c.printed_colour, c.cost_minor, "
        "(SELECT coalesce(sum(p.amount), 0) FROM store_ledgertransaction t JOIN store_posting p "
        " ON p.number = t.number WHERE t.job = j.uuid AND p.account = 'revenue:EUR' AND p.layer = 0) "
        "FROM store_job j JOIN store_queue q ON q.id = j.queue_id LEFT JOIN store_job_cost c ON c.job = j.id"
    )
    return [
        Account(name, user, queue, state, reason, (row[0], row[1]), (row[2], row[3]), row[4], row[5])
        for name, user, queue, state, reason, *row in rows
    ]


def compare(made: Site, counted: Counted, found: list[Account]) -> None:
    """The devices' own counts against the books."""
    by_name = {one.name: one for one in found}
    for name, sides in counted.jobs.items():
        one = by_name[name]
        assert one.printed == (sides.count(False), sides.count(True)), (one, sides)
    for one in found:
        if one.name not in counted.jobs:
            assert one.printed == (0, 0), one
        if one.state == COMPLETED and one.queue != "air":  # it counts blank backs between copies as sides
            assert one.counted == one.printed, one  # what was expected is what came out
    booked: Counter[tuple[str, str, bool]] = Counter()
    for one in found:
        booked[one.queue, one.user, False] += one.printed[0]
        booked[one.queue, one.user, True] += one.printed[1]
    assert +booked == +counted.sides  # device by device, person by person
    _compare_money(made, counted, found)


def _compare_money(made: Site, counted: Counted, found: list[Account]) -> None:
    due: Counter[str] = Counter()
    for (device, user, colour), number in counted.sides.items():
        due[user] += number * TARIFFS.get(f"device:{device}", TARIFFS["everywhere"])[colour]
    paid: Counter[str] = Counter()
    for one in found:
        assert one.cents == one.earned, one
        paid[one.user] += one.earned
    assert +paid == +due
    balances = {row[0]: row[1:] for row in made.rows("SELECT id, booked, reserved FROM store_account")}
    for user in made.users:
        assert balances[user] == (MONEY[kind_of(user)] - due[user], 0)
        if kind_of(user) == "quota":
            used = sum(number for (_, who, _), number in counted.sides.items() if who == user)
            assert balances[f"quota:{user}:impressions"] == (PAGES - used, 0) and used <= PAGES
        else:
            assert balances[user][0] >= 0
    assert not made.rows("SELECT * FROM store_openreservation")


def run(jobs: int, users: int, seed: int = 1) -> str:
    """Prints, compares; a few words about what happened."""
    chance = random.Random(seed)
    began = time.monotonic()
    with site(users) as made:
        work = Run(made, list(wishes(jobs, made.users, chance)))
        work.go()
        counted = made.counted({wish.name: wish.user for wish in work.wishes})
        found = accounts(made)
        assert len(found) == jobs
        compare(made, counted, found)
        verified = made.plantin("ledger", "verify").check().out
        check_shown(made, work, found)
        check_variety(found)
    states = Counter({7: "canceled", 8: "aborted", 9: "completed", 4: "held"}[one.state] for one in found)
    held = Counter(one.reason for one in found if one.state == 4)
    sides = sum(counted.sides.values())
    cents = sum(one.earned for one in found)
    return (
        f"{jobs} jobs by {users} people in {time.monotonic() - began:.0f} s: {dict(states)}; "
        f"held: {dict(held)}; {sides} sides for {cents / 100:.2f} EUR, as the devices counted\n{verified}"
    )


def check_shown(made: Site, work: Run, found: list[Account]) -> None:
    """`job show` tells what the books say."""
    one = next(one for one in found if one.earned)
    shown = made.plantin.json("job", "show", str(work.ids[one.name]))
    assert shown["printed"]["impressions_mono"] == one.printed[0]
    booked = [row for row in shown["postings"] if (row["account"], row["layer"]) == ("revenue:EUR", "booked")]
    assert sum(row["amount_minor"] for row in booked) == one.earned


def check_variety(found: list[Account]) -> None:
    """Something of everything has happened, or the comparison says little."""
    happened = {
        "completed": any(one.state == COMPLETED for one in found),
        "denied by a rule": any(one.state == 8 and kind_of(one.user) == "guest" for one in found),
        "without money": any(one.state == 4 and kind_of(one.user) == "poor" for one in found),
        "without pages": any(one.state == 4 and kind_of(one.user) == "quota" for one in found),
        "canceled while it waited": any(one.state == 7 and not any(one.printed) for one in found),
        "canceled while it printed": any(one.state == 7 and any(one.printed) for one in found),
        "failed after some sides": any(one.state in (4, 8) and any(one.printed) for one in found),
        "failed with nothing": any(one.state == 8 and one.queue == "bad" for one in found),
        "in colour": any(one.printed[1] for one in found),
    }
    assert all(happened.values()), happened


if __name__ == "__main__":
    print(run(*map(int, sys.argv[1:])))
