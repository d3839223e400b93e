"""A site with people, prices, rules and devices: the real server, and devices that count for themselves."""

from __future__ import annotations

import contextlib
import shlex
import sqlite3
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from plantin.ipp import Tag
from tests.e2e.paper import Sides, sides, words
from tests.peers.avahi import Avahi, private_avahi
from tests.peers.client import ClientTools
from tests.peers.ippeveprinter import IppEvePrinter
from tests.peers.plantin import Plantin
from tests.peers.process import private_folder
from tests.peers.sink import Behaviour, Sink
from tests.traps.wire import GET_JOBS, KEYWORD, NAME, URI, Wire, attribute, request

COMMAND = Path(__file__).with_name("device.py")
SETTINGS = """
[accounting]
new_accounts = "restricted"
[queue]
retry_first_s = 0.2
retry_max_s = 1.0
[dns_sd]
enabled = false
"""
TARIFFS = {
    "everywhere": (1, 5),
    "device:hall": (2, 7),
}
"""Cents for a side in black and in colour."""
RULES = """
[[rule]]
name = "Guests print no colour"
when = { group = "guests", colour = true }
then = { outcome = "deny", message = "guests print in black only" }
[[rule]]
name = "Students print on both sides"
when = { group = "students" }
then = { sides = "two-sided" }
[[rule]]
name = "Three copies at most"
when = { copies = { over = 3 } }
then = { max_copies = 3 }
"""
MONEY = {"rich": 100_000, "poor": 25, "quota": 0, "student": 100_000, "guest": 100_000}
"""Cents that people of each kind have at the beginning. Of money, "quota" needs none: their account has no
limit, their pages have."""
MORE = {"laser": 'options = { formats = "application/postscript,application/vnd.hp-PCL" }\n'}
UNKNOWN = ("hold", "abort")
PAGES = 6
"""Sides that a person with a quota may print."""


def kind_of(user: str) -> str:
    """Each fifth person is of the same kind."""
    return list(MONEY)[int(user[1:]) % len(MONEY)]


@dataclass
class Counted:
    """What a device counted, for one person: sides by colour."""

    sides: Counter[tuple[str, str, bool]] = field(default_factory=Counter)
    """(device, user, in colour?) -> how many."""
    jobs: dict[str, Sides] = field(default_factory=dict)
    """Name of the job -> its sides; without an entry: none came out."""

    def add(self, device: str, user: str, name: str, found: Sides) -> None:
        assert name not in self.jobs, f"{name} was printed twice"
        self.jobs[name] = found
        for colour in found:
            self.sides[device, user, colour] += 1


class EvePrinter:
    """An ippeveprinter that counts what it prints, job by job."""

    def __init__(self, name: str, folder: Path, avahi: Avahi, formats: tuple[str, ...]) -> None:
        self.name = name
        self.book = folder / "book"
        self.book.touch()
        self.printer = IppEvePrinter(folder, avahi, name=name, formats=formats, pages_per_minute=(60, 60))
        command = [sys.executable, "-I", COMMAND, self.book]
        self.printer.command.write_text(f'#!/bin/sh\nexec {shlex.join(map(str, command))} "$1"\n')
        self.printer.start()
        self._told: dict[str, tuple[str, int]] = {}

    def look(self) -> None:
        """Notes what it tells of its jobs; it forgets a job a minute after its end."""
        with Wire("127.0.0.1", self.printer.port) as wire:
            names = ("job-name", "job-originating-user-name", "job-impressions-completed")
            answer = wire.post(
                request(
                    GET_JOBS,
                    attribute(URI, "printer-uri", self.printer.uri),
                    attribute(NAME, "requesting-user-name", "root"),
                    attribute(KEYWORD, "which-jobs", "all"),
                    attribute(KEYWORD, "requested-attributes", *names),
                ),
                target="/ipp/print",
            )
        for job in answer.message.groups_of(Tag.JOB_ATTRIBUTES):
            name, user = job.string("job-name"), job.string("job-originating-user-name")
            assert name is not None and user is not None
            self._told[name] = user, job.integer("job-impressions-completed") or 0

    def lines(self) -> list[list[str]]:
        return [line.split() for line in self.book.read_text().splitlines()]

    def counted(self, into: Counted) -> None:
        """What it tells of each job; which of those sides were in colour stands in its book."""
        printed: dict[str, Sides] = {}
        for _, name, colour in self.lines():
            printed.setdefault(name, []).append(colour == "colour")
        for name, (user, number) in self._told.items():
            assert len(printed.get(name, [])) >= number
            into.add(self.name, user, name, printed.get(name, [])[:number])


class RawPrinter:
    """A port-9100 device, which cannot count: what it got is drawn and counted when all is over."""

    def __init__(self, name: str, behaviour: Behaviour = Behaviour.GOOD, **options: Any) -> None:
        self.name = name
        self.sink = Sink(behaviour, **options)

    def counted(self, into: Counted, tags: dict[str, str]) -> None:
        """`tags` says whose job it is that has this name."""
        for data in self.sink.jobs:
            text = words(data)
            (name,) = [tag for tag in tags if tag in text]
            into.add(self.name, tags[name], name, sides(data))


@dataclass
class Site:
    """All of it, running."""

    folder: Path
    plantin: Plantin
    eves: dict[str, EvePrinter]
    raws: dict[str, RawPrinter]
    users: list[str]
    _tools: dict[str, ClientTools] = field(default_factory=dict)

    def tools(self, user: str) -> ClientTools:
        if user not in self._tools:
            self._tools[user] = ClientTools(self.folder / f"home-{user}", self.plantin.server, user=user)
        return self._tools[user]

    def rows(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """What stands in the server's database."""
        path = self.plantin.data / "plantin.sqlite3"
        with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)) as database:
            return database.execute(statement, values).fetchall()

    # -- before -------------------------------------------------------------------------------------------

    def furnish(self) -> None:
        """People, prices, queues."""
        plantin = self.plantin
        for scope, (black, colour) in TARIFFS.items():
            prices = [("false", black), ("true", colour)]
            side = ", ".join(f"{{ price = '{cents / 100}', colour = {word} }}" for word, cents in prices)
            text = f'name = "{scope}"\nscope = "{scope}"\ncurrency = "EUR"\nside = [{side}]\n'
            plantin("tariff", "add", "-", stdin=text.encode()).check()
        rows = "".join(f"{user},{MONEY[kind_of(user)] / 100}\n" for user in self.users)
        balances = self.folder / "balances.csv"
        balances.write_text(f"account,balance\n{rows}")
        plantin("account", "import", balances, "--create").check()
        quota = [user for user in self.users if kind_of(user) == "quota"]
        for user in quota:
            plantin("account", "set", user, "--unrestricted").check()
        people = [word for user in quota for word in ("--user", user)]
        words = ("--pages", str(PAGES), "--kind", "impressions", "--every", "month")
        plantin("allocation", "add", "pages", *people, *words).check()
        plantin("allocation", "run").check()
        for group, kind in (("students", "student"), ("guests", "guest")):
            plantin("group", "add", group, *[user for user in self.users if kind_of(user) == kind]).check()
        uris = {name: eve.printer.uri for name, eve in self.eves.items()}
        uris |= {name: raw.sink.uri for name, raw in self.raws.items()}
        queues = "".join(
            f'[[device]]\nname = "{name}"\nuri = "{uri}"\n{MORE.get(name, "")}'
            f'[[queue]]\nname = "{name}"\ndevices = ["{name}"]\nunknown_policy = "{UNKNOWN[name == "bad"]}"\n'
            for name, uri in uris.items()
        )
        (self.folder / "queues.toml").write_text(queues)
        plantin("import", self.folder / "queues.toml").check()

    def rule(self) -> None:
        """The rules hold from now on."""
        (self.folder / "rules.toml").write_text(RULES)
        self.plantin("policy", "add", self.folder / "rules.toml").check()

    # -- after --------------------------------------------------------------------------------------------

    def busy(self) -> list[tuple[Any, ...]]:
        """Jobs that are not over, and those that are and not charged."""
        return self.rows(
            "SELECT id, name, state, gate FROM store_job WHERE state IN (2, 3, 5, 6) "
            "OR (state >= 7 AND books_closed = 0)"
        )

    def counted(self, tags: dict[str, str]) -> Counted:
        """What all devices counted. `tags`: the owner of each job by its name."""
        found = Counted()
        for eve in self.eves.values():
            eve.look()
            eve.counted(found)
        for raw in self.raws.values():
            raw.counted(found, tags)
        return found


@contextlib.contextmanager
def site(users: int) -> Iterator[Site]:
    """A furnished site of so many people."""
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(private_folder("site"))
        avahi = stack.enter_context(private_avahi())
        everything = (
            "application/pdf",
            "application/postscript",
            "image/jpeg",
            "image/pwg-raster",
            "image/urf",
        )
        eves = {}
        for name, formats in (("hall", everything), ("air", ("image/pwg-raster", "image/urf"))):
            (folder / name).mkdir()
            eves[name] = EvePrinter(name, folder / name, avahi, formats)
            stack.callback(eves[name].printer.stop)
        raws = {
            "desk": RawPrinter("desk"),
            "laser": RawPrinter("laser"),
            "bad": RawPrinter("bad", Behaviour.RESET, octets=600),
            "off": RawPrinter("off", Behaviour.REFUSE),
        }
        for raw in raws.values():
            stack.callback(raw.sink.close)
        plantin = Plantin(folder / "data", settings=SETTINGS)
        made = Site(folder, plantin, eves, raws, [f"u{number:02d}" for number in range(users)])
        plantin.start()
        stack.callback(plantin.stop)
        made.furnish()
        yield made
