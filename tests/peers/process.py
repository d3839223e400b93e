"""Private daemons: started in a folder and a process group of their own, waited for, stopped without a trace.

Promises: `stop()` ends the whole group; a daemon that does not come up raises PeerError with the tail of its
log. Never uses a port, a folder or a configuration of the machine's own services.
"""

from __future__ import annotations

import atexit
import contextlib
import itertools
import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
START_SECONDS = 30.0
STOP_SECONDS = 10.0
_POLL_SECONDS = 0.02


class PeerError(Exception):
    """A peer is missing, did not come up, or did not do what the test needs."""


def program(name: str, package: str) -> str:
    """Path of a program; PeerError names the Debian package when it is missing."""
    path = shutil.which(name, path=SYSTEM_PATH)
    if path is None:
        raise PeerError(f"{name} is not installed: apt-get install {package} (or run `make test` as root)")
    return path


def _ports() -> Iterator[int]:
    # Outside Linux' ephemeral range, so that no outgoing connection takes a port between our look and the
    # daemon's bind; a slice per xdist worker, a random start because another run may share the machine.
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    slice_ = int(worker) % 8 if worker.isdigit() else 0
    low, width = 20000 + slice_ * 1500, 1500
    for step in itertools.count(random.SystemRandom().randrange(width)):
        yield low + step % width


_candidates = _ports()


def free_port(address: str = "127.0.0.1") -> int:
    """A TCP port that nobody listens on; never the same twice in a row within this process."""
    for port in itertools.islice(_candidates, 1500):
        with socket.socket() as probe:
            try:
                probe.bind((address, port))
            except OSError:
                continue
            return port
    raise PeerError(f"no free port on {address}")


def wait_until(condition: Callable[[], bool], what: str, seconds: float = START_SECONDS) -> None:
    """Poll until `condition` holds; PeerError saying `what` was awaited after `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise PeerError(f"waited {seconds:.0f} s in vain: {what}")
        time.sleep(_POLL_SECONDS)


def accepts(port: int, address: str = "127.0.0.1") -> bool:
    """Whether a TCP connection to the port succeeds now."""
    with contextlib.suppress(OSError), socket.create_connection((address, port), timeout=1):
        return True
    return False


@contextlib.contextmanager
def private_folder(name: str) -> Iterator[Path]:
    """A folder that other users may pass through (daemons drop their rights), removed at the end."""
    folder = Path(tempfile.mkdtemp(prefix=f"plantin-{name}-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def clean_environment(home: Path, **extra: str) -> dict[str, str]:
    """Environment of a peer: own HOME, UTF-8, and no variable of the machine's user."""
    return {
        "PATH": SYSTEM_PATH,
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        **extra,
    }


def process_ids(mark: str) -> list[int]:
    """Ids of the processes whose command line contains `mark` (a private path: nobody else's match)."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        with contextlib.suppress(OSError):
            if mark.encode() in (entry / "cmdline").read_bytes():
                found.append(int(entry.name))
    return found


def kill_marked(mark: str, seconds: float = STOP_SECONDS) -> None:
    """SIGTERM, then SIGKILL, to the processes of `process_ids(mark)`: helpers that left their group."""
    for number, patience in ((signal.SIGTERM, seconds / 2), (signal.SIGKILL, seconds / 2)):
        for pid in process_ids(mark):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, number)
        with contextlib.suppress(PeerError):
            wait_until(lambda: not process_ids(mark), "helpers end", patience)
            return


class Daemon:
    """One started program with its process group and its log."""

    def __init__(
        self,
        command: Sequence[str | Path],
        *,
        log: Path,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        user: str | None = None,
    ) -> None:
        self.command = [str(part) for part in command]
        self.log = log
        self._ended = False
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=dict(env) if env is not None else None,
                cwd=cwd,
                user=user,
                group=user,
                extra_groups=[] if user is not None else None,
                start_new_session=True,
            )
        atexit.register(self._kill_group, signal.SIGKILL)

    @property
    def pid(self) -> int:
        return self.process.pid

    def alive(self) -> bool:
        return self.process.poll() is None

    def log_tail(self, lines: int = 40) -> str:
        """The last lines of the log, for a message."""
        try:
            text = self.log.read_text(errors="replace")
        except OSError as error:
            return f"(no log: {error})"
        return "\n".join(text.splitlines()[-lines:])

    def wait_ready(self, condition: Callable[[], bool], seconds: float = START_SECONDS) -> None:
        """Wait for the condition; PeerError with the log when the program ends or the time is over."""
        deadline = time.monotonic() + seconds
        while not condition():
            if not self.alive():
                raise PeerError(f"{self.command[0]} ended with {self.process.returncode}\n{self.log_tail()}")
            if time.monotonic() > deadline:
                self.stop()
                raise PeerError(f"{self.command[0]} not ready after {seconds:.0f} s\n{self.log_tail()}")
            time.sleep(_POLL_SECONDS)

    def stop(self, seconds: float = STOP_SECONDS) -> int:
        """SIGTERM, wait, SIGKILL to what is left of the group; the program's return code."""
        if not self._ended and self.alive():
            self.process.terminate()
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                self._kill_group(signal.SIGKILL)
        return self.kill()

    def kill(self) -> int:
        """SIGKILL to the whole group, as a power cut would; the program's return code."""
        if not self._ended:
            self._kill_group(signal.SIGKILL)
            self.process.wait(STOP_SECONDS)
            self._ended = True
            atexit.unregister(self._kill_group)
        return self.process.wait(STOP_SECONDS)

    def _kill_group(self, number: signal.Signals) -> None:
        # start_new_session made the program's id the group's id; the group lives as long as a member does.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, number)
