"""One worker process and the socket to it.

Promises: an answer, or ``WorkerFailed`` with the reason, within the time given; the process and its children
are gone after :meth:`Worker.end`, whatever they were doing. Never: gives a worker more than its socket, the
documents and a folder of its own.
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from plantin.inspect.channel import ChannelClosed, receive, send

_START_SECONDS = 60.0


class WorkerFailed(Exception):
    """A worker could not do what it was asked. The message says why, for people."""


class TooMuch(WorkerFailed):
    """What was asked is beyond a limit, or impossible; the document itself may be sound."""


class WorkerDied(WorkerFailed):
    """The worker ended in the middle, and not by a limit: whether the document is to blame is not known."""


class NoWorker(WorkerFailed):
    """No worker could be started: the server's trouble, not the document's."""


class Worker:
    """One worker process and the socket to it."""

    def __init__(self, folder: Path, memory: int) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="worker-", dir=folder))
        self.requests = 0
        self.idle_since = 0.0
        """On the monotonic clock."""
        ours, theirs = socket.socketpair()
        self.channel = ours
        with theirs:
            self.process = subprocess.Popen(  # noqa: S603  our own module under our own interpreter
                [
                    sys.executable,
                    "-m",
                    "plantin.inspect.worker",
                    str(theirs.fileno()),
                    str(self.folder),
                    str(memory),
                ],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                env=_environment(self.folder),
                cwd=self.folder,
                start_new_session=True,
            )
        self.channel.settimeout(_START_SECONDS)
        self.sandbox: dict[str, bool] = {}
        self._ended = ""

    def wait_ready(self) -> None:
        """Waits for the worker's first message.

        Raises:
            NoWorker: when it does not come.
        """
        try:
            message, _ = receive(self.channel)
        except (ChannelClosed, TimeoutError):
            raise NoWorker(f"an inspection worker did not start ({self.end()})") from None
        self.sandbox = dict(message.get("sandbox", {}))

    def ask(
        self, request: dict[str, Any], files: Sequence[int], wall_seconds: float, owned: int = -1
    ) -> dict[str, Any]:
        """One request, one answer.

        Args:
            owned: a descriptor to close once the worker has it: the reading end of a pipe, so that the
                writer notices a worker that is gone.

        Raises:
            WorkerFailed: the worker is dead or hangs; it is of no further use.
        """
        self.requests += 1
        self.channel.settimeout(wall_seconds)
        try:
            try:
                send(self.channel, request, files)
            finally:
                if owned >= 0:
                    os.close(owned)
            answer, _ = receive(self.channel)
        except TimeoutError:
            self.end()
            raise TooMuch(f"it took more than {wall_seconds:g} s") from None
        except ChannelClosed:
            text = self.end()
            by_limit = self.process.returncode == -signal.SIGXCPU
            raise (TooMuch if by_limit else WorkerDied)(text) from None
        return answer

    def kill(self) -> None:
        """Ends the process and its children at once, from any thread; who asked it is told that it died."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)

    def end(self) -> str:
        """Ends the worker and its children; says how it ended. May be repeated."""
        if self._ended:
            return self._ended
        self._ended = self._end()
        return self._ended

    def _end(self) -> str:
        self.channel.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout=0.2)
        self.kill()
        status = self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
        if status == -signal.SIGXCPU:
            return "it took more processor time than a worker has"
        if status < 0:
            return f"the worker died of {signal.Signals(-status).name}"
        return f"the worker ended with status {status}"


def _environment(folder: Path) -> dict[str, str]:
    """What a worker may know of ours: where programs and fonts are, and how Python was started."""
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    return {**kept, "TMPDIR": str(folder), "HOME": str(folder), "LC_ALL": "C.UTF-8", "OMP_NUM_THREADS": "1"}
