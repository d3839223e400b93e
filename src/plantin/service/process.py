"""What every process of the server has in common: its loop, its signals, its word that it is ready."""

import asyncio
import contextlib
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from socket import socket

import uvloop

from plantin.cli.installation import Installation
from plantin.service.config import Config
from plantin.store.access import Store
from plantin.store.database import open_database
from plantin.store.hints import Hints, Listener

log = logging.getLogger("plantin.service")

SWITCH_INTERVAL_S = 0.0005
"""How long a thread keeps the interpreter while another waits. The default, 5 ms, is longer than a whole job
takes: the writer's thread would wait for the loop once per statement."""


@dataclass(frozen=True, slots=True)
class Process:
    """One process, as its main function gets it."""

    name: str
    config: Config
    installation: Installation
    sockets: tuple[socket, ...]
    ready: Callable[[], None]
    """Says to the supervisor that the process does its work now."""
    stop: asyncio.Event
    """Set when the process shall end."""
    niceness: int = 0
    """How much its loop lets others go first (nice(2)); see :meth:`store`."""

    @contextlib.asynccontextmanager
    async def store(self, *, readers: int = 4) -> AsyncIterator[Store]:
        """The store, with hints to the other processes after each commit."""
        open_database(self.installation.database)
        baton = self.installation.baton()
        hints = Hints(self.installation.run, self.name)
        store = Store(baton, committed=hints.committed, readers=readers)
        # On Linux a thread's niceness is its own. The writer, which is running by now, keeps its place: who
        # waits for a core while it holds the database makes every device wait.
        os.nice(self.niceness)
        try:
            yield store
        finally:
            await asyncio.to_thread(store.close)
            hints.close()
            baton.close()

    def listen_to_hints(self, *, jobs: Callable[[], None], config: Callable[[], None]) -> Listener:
        """Calls back when another process committed something."""
        return Listener(self.installation.run, self.name, jobs=jobs, config=config)


Main = Callable[[Process], Awaitable[None]]


def run(
    name: str,
    main: Main,
    config: Config,
    installation: Installation,
    sockets: tuple[socket, ...],
    ready_fd: int,
    niceness: int = 0,
) -> None:
    """Runs ``main`` on a loop of its own until it ends or a signal says so."""
    sys.setswitchinterval(SWITCH_INTERVAL_S)

    def ready() -> None:
        os.write(ready_fd, b"r")
        os.close(ready_fd)

    async def with_signals() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        await main(Process(name, config, installation, sockets, ready, stop, niceness))

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(with_signals())
