"""Several processes race for the last cent of one account: exactly those win that can be paid for."""

from __future__ import annotations

import subprocess
import sys

from tests.core.places import ROOT
from tests.store.ledger.other_process import JOBS
from tests.store.ledger.support import Desk
from tests.store.support import Database

PATIENCE_S = 60.0
PROCESSES = 3
CENTS = 71


def test_processes_race_for_the_last_cent(database: Database) -> None:
    desk = Desk(database)
    desk.top_up("alice", CENTS)
    module = "tests.store.ledger.other_process"
    racers = [
        subprocess.Popen(
            [sys.executable, "-m", module, f"p{number}", database.url.url, str(database.folder)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(PROCESSES)
    ]
    try:
        for racer in racers:
            assert racer.stdout is not None and racer.stdout.readline() == "ready\n"
        for racer in racers:
            assert racer.stdin is not None
            racer.stdin.write("go\n")
            racer.stdin.flush()
        won = [int(racer.communicate(timeout=PATIENCE_S)[0]) for racer in racers]
    finally:
        for racer in racers:
            racer.kill()
            racer.communicate()
    assert PROCESSES * JOBS > CENTS == sum(won)
    assert desk.book.balance("alice").available == 0
    assert len(list(desk.book.transactions())) == 1 + CENTS
    desk.check()
