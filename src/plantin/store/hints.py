"""Wake-ups between the processes of one node: a byte on a socket, and no state in it.

Each process that follows the store listens on a datagram socket in the run directory; whoever committed
something sends it one byte: ``j`` for jobs, ``c`` for configuration. A lost byte costs a second, because
every listener also looks by itself (a hint is only a hint).
"""

import asyncio
import contextlib
import os
import socket
import time
from collections.abc import Callable
from pathlib import Path

JOBS = b"j"
CONFIG = b"c"
_SUFFIX = ".hint"
_SETTLED_NS = 1_000_000_000


class Hints:
    """Sends wake-ups to all processes that listen in ``run`` (except the one called ``own``)."""

    def __init__(self, run: Path, own: str = "") -> None:
        self._run = run
        self._own = own + _SUFFIX
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self._folder = -1
        self._names: list[str] = []
        self._seen = -1

    def committed(self, jobs: bool, config: bool) -> None:
        """For :class:`plantin.store.access.Store`: tells the others what kind of thing was committed."""
        self.send((JOBS if jobs else b"") + (CONFIG if config else b""))

    def send(self, what: bytes) -> None:
        """Wakes every listener. Never fails: there may be none, or a buffer may be full of hints."""
        try:
            self._look()
        except OSError:
            return
        for name in self._names:
            with contextlib.suppress(OSError):
                # By way of the descriptor: a socket's path may have 107 octets only, a data directory more.
                self._socket.sendto(what, f"/proc/self/fd/{self._folder}/{name}")

    def _look(self) -> None:
        changed = self._run.stat().st_mtime_ns
        if changed == self._seen:
            return
        if self._folder < 0:
            self._folder = os.open(self._run, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        self._names = [
            entry.name
            for entry in os.scandir(self._run)
            if entry.name.endswith(_SUFFIX) and entry.name != self._own
        ]
        # A change in the same tick of the clock would not be seen: a young list is not kept.
        self._seen = changed if time.time_ns() - changed > _SETTLED_NS else -1

    def close(self) -> None:
        self._socket.close()
        if self._folder >= 0:
            os.close(self._folder)
            self._folder = -1


class Listener:
    """Calls back when somebody sent a hint. Use it on a running loop."""

    def __init__(self, run: Path, name: str, *, jobs: Callable[[], None], config: Callable[[], None]) -> None:
        self._jobs = jobs
        self._config = config
        self._path = run / f"{name}{_SUFFIX}"
        self._path.unlink(missing_ok=True)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        folder = os.open(run, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            self._socket.bind(f"/proc/self/fd/{folder}/{self._path.name}")
        finally:
            os.close(folder)
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._socket, self._read)

    def _read(self) -> None:
        heard = b""
        with contextlib.suppress(BlockingIOError):
            for _ in range(64):  # many hints are one: "look"
                heard += self._socket.recv(16)
        if JOBS in heard:
            self._jobs()
        if CONFIG in heard:
            self._config()

    def close(self) -> None:
        self._loop.remove_reader(self._socket)
        self._socket.close()
        self._path.unlink(missing_ok=True)


def listens(run: Path, name: str) -> bool:
    """Whether the process called ``name`` lives and listens. Sends it nothing."""
    try:
        folder = os.open(run, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        return False
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as probe:
        try:
            probe.connect(f"/proc/self/fd/{folder}/{name}{_SUFFIX}")
        except OSError:  # no such file, or the file of a process that is gone
            return False
        finally:
            os.close(folder)
    return True
