"""The processes of a running server, found by their names, and SIGKILL for some or all of them."""

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path

from tests.peers.plantin import Plantin
from tests.peers.process import wait_until

SUPERVISOR, ALL, FRONTEND, QUEUE = "supervisor", "all", "frontend", "queue"
_PARTS = {f"plantin-{part}"[:15]: part for part in (FRONTEND, QUEUE, "accounting")}


def children(server: Plantin) -> dict[str, int]:
    """Part name to process id."""
    parent = server.running.pid
    found = {}
    with contextlib.suppress(OSError):
        for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text().split():
            with contextlib.suppress(OSError):
                name = Path(f"/proc/{pid}/comm").read_text().strip()
                found[_PARTS.get(name, name)] = int(pid)
    return found


def gone(pid: int) -> bool:
    """Whether the process has ended (a zombie has)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    except OSError:
        return True


def kill(server: Plantin, what: str) -> int:
    """SIGKILL; returns when it has ended. The id of the process that was killed.

    `supervisor` leaves it to the kernel that the others die with it, `all` kills the whole group at once.
    """
    if what == ALL:
        server.kill()
        return server.running.pid
    parts = children(server)
    if what == SUPERVISOR:
        server.running.process.kill()
        wait_until(lambda: all(gone(pid) for pid in parts.values()), "the parts die with their supervisor")
        server.kill()
        return server.running.pid
    pid = parts[what]
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: gone(pid), f"{what} dies")
    return pid


def wait_restarted(server: Plantin, what: str, before: int) -> None:
    """Wait until the supervisor has started that part anew."""
    wait_until(lambda: children(server).get(what, before) != before, f"{what} is started again")
