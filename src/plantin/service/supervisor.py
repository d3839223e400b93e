"""Starts the processes of the server and keeps them running.

The parent does nothing else: it binds the sockets (so that a process that is restarted loses no connection
that waits), forks the processes, says when all of them are ready, restarts one that died, and on SIGTERM
lets them drain. It has one thread and no loop, so that forking is safe at any time. Children die with it.
"""

import contextlib
import ctypes
import fcntl
import gc
import logging
import os
import select
import signal
import socket
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TextIO

from plantin.cli.installation import Installation
from plantin.core.errors import PlantinError
from plantin.service import logs, process
from plantin.service.config import Config

log = logging.getLogger("plantin.service")

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD)
READY_S = 60.0
PREDECESSOR_S = 5.0
DRAIN_S = 40.0
RESTART_FIRST_S = 0.5
RESTART_MAX_S = 30.0
_PR_SET_PDEATHSIG = 1
_PR_SET_NAME = 15


@dataclass(frozen=True, slots=True)
class Part:
    """A process that belongs to the server."""

    name: str
    main: process.Main
    sockets: tuple[socket.socket, ...] = ()
    niceness: int = 0
    """How much its loop lets the other parts go first when they want the same core (nice(2))."""


@dataclass(slots=True)
class _Child:
    part: Part
    pid: int = 0
    started: float = 0.0
    restarts: int = 0
    restart_at: float = 0.0
    ready: int = -1
    """The pipe on which a part that was started again says that it is ready; nobody waits for it."""


class Supervisor:
    """Runs the parts until a signal ends them. Use it once."""

    def __init__(self, config: Config, installation: Installation, parts: Sequence[Part]) -> None:
        self._config = config
        self._installation = installation
        self._children = [_Child(part) for part in parts]

    def serve(self, ready_line: str) -> int:
        """Starts everything, prints ``ready_line`` when it accepts, and returns the exit status at the end.

        Raises:
            PlantinError: it could not start, because a part failed.
        """
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        gc.collect()
        gc.freeze()  # what was loaded so far stays shared between the processes
        waiting = [self._fork(child) for child in self._children]
        self._await_ready(waiting)
        print(ready_line, flush=True)  # noqa: T201 (the one line that a person or a script waits for)
        _tell_systemd("READY=1")
        self._watch()
        _tell_systemd("STOPPING=1")
        return self._stop()

    def _fork(self, child: _Child) -> int:
        """Forks one part; returns the end of the pipe on which it says that it is ready."""
        reading, writing = os.pipe()
        parent = os.getpid()
        pid = os.fork()
        if pid:
            os.close(writing)
            child.pid, child.started = pid, time.monotonic()
            return reading
        status = 1
        try:
            os.close(reading)
            _die_with_parent(parent)
            _be_called(f"plantin-{child.part.name}")
            signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
            logs.set_up(self._config.log.level, child.part.name)
            process.run(
                child.part.name,
                child.part.main,
                self._config,
                self._installation,
                child.part.sockets,
                writing,
                child.part.niceness,
            )
            status = 0
        except PlantinError as error:
            log.critical("%s", error)
        except BaseException:  # noqa: BLE001 (a forked child must not go on as its parent)
            traceback.print_exc()
        finally:
            os._exit(status)

    def _await_ready(self, pipes: list[int]) -> None:
        deadline = time.monotonic() + READY_S
        while pipes:
            readable, _, _ = select.select(pipes, [], [], max(0.0, deadline - time.monotonic()))
            for pipe in readable:
                said = os.read(pipe, 1)
                os.close(pipe)
                pipes.remove(pipe)
                if not said:
                    self._kill()
                    raise PlantinError(
                        "not-started", "a part of the server could not start; see the log above"
                    )
            if not readable:
                self._kill()
                raise PlantinError("not-started", f"the server was not ready within {READY_S:.0f} s")

    def _watch(self) -> None:
        while True:
            due = [child.restart_at for child in self._children if not child.pid]
            wait = max(0.0, min(due) - time.monotonic()) if due else 3600.0
            info = signal.sigtimedwait(SIGNALS, wait)
            if info is not None and info.si_signo in (signal.SIGTERM, signal.SIGINT):
                return
            self._reap()
            for child in self._children:
                if not child.pid and child.restart_at <= time.monotonic():
                    log.warning("restarting %s", child.part.name)
                    child.ready = self._fork(child)

    def _reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not pid:
                return
            for child in self._children:
                if child.pid == pid:
                    self._ended(child, status)

    def _ended(self, child: _Child, status: int) -> None:
        if child.ready >= 0:
            os.close(child.ready)
            child.ready = -1
        lived = time.monotonic() - child.started
        child.restarts = 0 if lived > RESTART_MAX_S else child.restarts + 1
        wait = (
            min(RESTART_MAX_S, RESTART_FIRST_S * 2.0 ** (child.restarts - 1)) if child.restarts > 1 else 0.0
        )
        child.pid, child.restart_at = 0, time.monotonic() + wait
        code = os.waitstatus_to_exitcode(status)
        log.error("%s ended (%d) after %.0f s; next start in %.1f s", child.part.name, code, lived, wait)

    def _stop(self) -> int:
        """Lets the parts drain in their order: first who accepts, last who delivers."""
        deadline = time.monotonic() + DRAIN_S
        clean = True
        for child in self._children:
            if not child.pid:
                continue
            os.kill(child.pid, signal.SIGTERM)
            while True:
                pid, status = os.waitpid(child.pid, os.WNOHANG)
                if pid:
                    clean &= status == 0
                    break
                if time.monotonic() > deadline:
                    log.error("%s did not end in time", child.part.name)
                    os.kill(child.pid, signal.SIGKILL)
                    deadline += 5.0
                    clean = False
                signal.sigtimedwait((signal.SIGCHLD,), 0.2)
        return 0 if clean else 1

    def _kill(self) -> None:
        for child in self._children:
            if child.pid:
                os.kill(child.pid, signal.SIGKILL)
                os.waitpid(child.pid, 0)


def _tell_systemd(state: str) -> None:
    """The sd_notify protocol (man 3 sd_notify), for units of Type=notify. Does nothing without systemd."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.sendto(state.encode(), f"\0{address[1:]}" if address.startswith("@") else address)


def _die_with_parent(parent: int) -> None:
    """A child without its supervisor would hold the port and the lock for ever."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def _be_called(name: str) -> None:
    """What ps and top show; the kernel keeps 15 octets."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_NAME, name.encode(), 0, 0, 0)


def take_lock(installation: Installation) -> TextIO:
    """Makes this process the one server of the installation, for as long as what is returned stays open.

    A server that is ending gets a few seconds to do so, as a restart by systemd needs it.

    Raises:
        PlantinError: another server has the data directory; the text names its process.
    """
    lock = (installation.run / "serve.lock").open("a+")
    deadline = time.monotonic() + PREDECESSOR_S
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError:
            if time.monotonic() > deadline:
                lock.seek(0)
                pid = lock.read().strip() or "unknown"
                lock.close()
                raise PlantinError(
                    "already-running", f"a server runs on {installation.data} already: process {pid}"
                ) from None
            time.sleep(0.05)
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock


def bind(addresses: Sequence[tuple[str, int]], *, what: str, option: str) -> tuple[socket.socket, ...]:
    """Listening sockets for (host, port) pairs; port 0 takes a free one.

    Args:
        what: the protocol, for messages.
        option: where another address can be chosen, for messages.

    Raises:
        PlantinError: an address can't be had, and why.
    """
    found = []
    for host, port in addresses:
        try:
            infos = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
            for family, kind, protocol, _, address in infos[:1]:
                sock = socket.socket(family, kind, protocol)
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                if family == socket.AF_INET6:
                    sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                sock.bind(address)
                sock.listen(4096)
                sock.setblocking(False)
                found.append(sock)
        except OSError as error:
            why = (error.strerror or str(error)).lower()
            raise PlantinError(
                "bad-address",
                f"can't listen for {what} on {host}:{port}: {why}; choose another address with {option}",
            ) from None
    return tuple(found)


def in_child(work: Callable[[], str]) -> str:
    """Runs ``work`` in a process of its own and waits for it: nothing that it opens stays open here.

    Returns:
        What ``work`` returned, up to 4,096 octets.

    Raises:
        PlantinError: it failed; the text is its own.
    """
    reading, writing = os.pipe()
    pid = os.fork()
    if not pid:
        status, said = 1, ""
        try:
            said = work()
            status = 0
        except PlantinError as error:
            said = error.text
        except BaseException as error:  # noqa: BLE001 (a forked child must not go on as its parent)
            traceback.print_exc()
            said = f"{type(error).__name__}: {error}"
        finally:
            os.write(writing, said.encode()[:4096])
            os._exit(status)
    os.close(writing)
    with os.fdopen(reading, "rb") as answer:
        text = answer.read().decode(errors="replace")
    if os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]):
        raise PlantinError("not-started", text or "preparing the data directory failed")
    return text
