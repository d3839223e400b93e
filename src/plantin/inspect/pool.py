"""Inspection workers kept ready, for threads and for asyncio.

Promises: every call ends with a report, within the wall time; a worker that dies, hangs or breaks the rules
is replaced and its document "could not be inspected: why", nobody else's. Workers get an empty environment,
no descriptor but their socket and the document, a folder of their own, and the sandbox. Bounded: as many
documents at once as there are workers; callers wait their turn. Never: opens a document by name in a
worker, or inspects in this process.
"""

import asyncio
import contextlib
import os
import queue
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, Any, Self

from plantin.inspect import limits
from plantin.inspect.channel import ChannelClosed, receive, send
from plantin.inspect.media import Size
from plantin.inspect.pool_wire import ticket_json
from plantin.inspect.report import Inspection, Settings, could_not_inspect, from_json

Document = IO[bytes] | int | bytes
_START_SECONDS = 60.0
_ARRIVAL_SECONDS = 4 * 3600.0
"""A slow client may take this long to send a document that is inspected while it arrives."""


class WorkerFailed(Exception):
    """A worker could not do what it was asked. The message says why, for people."""


class _Worker:
    """One worker process and the socket to it."""

    def __init__(self, folder: Path, memory: int) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="worker-", dir=folder))
        self.requests = 0
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

    def wait_ready(self) -> None:
        """Waits for the worker's first message.

        Raises:
            WorkerFailed: when it does not come.
        """
        try:
            message, _ = receive(self.channel)
        except (ChannelClosed, TimeoutError):
            raise WorkerFailed(f"an inspection worker did not start ({self.end()})") from None
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
            raise WorkerFailed(f"it took more than {wall_seconds:g} s") from None
        except ChannelClosed:
            raise WorkerFailed(self.end()) from None
        return answer

    def end(self) -> str:
        """Ends the worker and its children; says how it ended."""
        self.channel.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout=0.2)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
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


class Arrival:
    """A document that is inspected while it arrives. Blocking; one thread at a time."""

    def __init__(self, pool: "Pool", worker: _Worker | None, request: dict[str, Any]) -> None:
        self._pool, self._worker, self._request = pool, worker, request
        source, self._sink = os.pipe()
        self._answer: list[Inspection] = []
        self._thread = threading.Thread(
            target=self._ask, args=(source,), name="inspection-arrival", daemon=True
        )
        self._thread.start()

    def _ask(self, source: int) -> None:
        self._answer.append(self._pool.run(self._worker, self._request, [source], source))

    def write(self, data: bytes) -> None:
        """Passes the next octets on; does nothing once the worker has seen enough or is gone."""
        view = memoryview(data)
        while view and self._sink >= 0:
            try:
                view = view[os.write(self._sink, view) :]
            except BrokenPipeError:
                self._close()

    def finish(self) -> Inspection:
        """The report, after the last octet."""
        self._close()
        self._thread.join()
        return self._answer[0] if self._answer else could_not_inspect("unknown", "the inspection broke off")

    def abort(self) -> None:
        """Gives the worker back without waiting for a report that nobody wants."""
        self.finish()

    def _close(self) -> None:
        if self._sink >= 0:
            os.close(self._sink)
            self._sink = -1


class Pool:
    """Workers kept ready. Use as a context manager, or call ``close``.

    Args:
        workers: how many documents are inspected at once.
        cpu_seconds: processor time for one document.
        wall_seconds: time for one document, waiting for its bytes included.
        memory: octets of address space of a worker.
    """

    def __init__(
        self,
        workers: int = 2,
        *,
        cpu_seconds: int = limits.WORKER_CPU_SECONDS,
        wall_seconds: float = limits.WORKER_WALL_SECONDS,
        memory: int = limits.WORKER_MEMORY_OCTETS,
    ) -> None:
        self._cpu_seconds, self._wall_seconds, self._memory = cpu_seconds, wall_seconds, memory
        self._arrival_seconds = max(_ARRIVAL_SECONDS, wall_seconds)
        self._folder = Path(tempfile.mkdtemp(prefix="plantin-inspect-"))
        self._closed = False
        self._idle: queue.LifoQueue[_Worker | None] = queue.LifoQueue()
        self._executor = ThreadPoolExecutor(workers + 2, thread_name_prefix="inspection")
        started = [_Worker(self._folder, memory) for _ in range(workers)]
        for worker in started:
            self._idle.put(worker)
            worker.wait_ready()
        self.sandbox = started[0].sandbox if started else {}
        """Which parts of the sandbox are in force in this kernel."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends all workers; calls that are running end with a report of the failure."""
        if self._closed:
            return
        self._closed = True
        self._executor.shutdown(wait=True)
        while not self._idle.empty():
            worker = self._idle.get()
            if worker is not None:
                worker.end()
        shutil.rmtree(self._folder, ignore_errors=True)

    def inspect(
        self, document: Document, ticket: Settings | None = None, paper: Size | None = None
    ) -> Inspection:
        """Inspects an open file, a descriptor (a pipe will do), or octets. Blocking, thread-safe."""
        with _opened(document, self._folder) as handle:
            worker = self._idle.get()
            return self.run(worker, self._request(ticket, paper), [handle], -1)

    async def inspect_async(
        self, document: Document, ticket: Settings | None = None, paper: Size | None = None
    ) -> Inspection:
        """As ``inspect``, without blocking the loop."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._executor, self.inspect, document, ticket, paper)

    def arriving(self, ticket: Settings | None = None, paper: Size | None = None) -> Arrival | None:
        """Begins to inspect a document that is still arriving; None when every worker is busy."""
        try:
            worker = self._idle.get_nowait()
        except queue.Empty:
            return None
        return Arrival(self, worker, {**self._request(ticket, paper), "stream": True})

    def convert(self, steps: Sequence[dict[str, Any]], source: int, target: int) -> None:
        """Runs conversion steps (``convert.plan``) from one open file to another. Blocking, thread-safe.

        Raises:
            WorkerFailed: says why there is no result.
        """
        request = {"operation": "convert", "steps": list(steps), "seconds": self._cpu_seconds}
        answer = self._ask(self._idle.get(), request, [source, target], -1)
        if "failed" in answer:
            raise WorkerFailed(str(answer["failed"]))

    async def convert_async(self, steps: Sequence[dict[str, Any]], source: int, target: int) -> None:
        """As ``convert``, without blocking the loop."""
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._executor, self.convert, steps, source, target)

    def _request(self, ticket: Settings | None, paper: Size | None) -> dict[str, Any]:
        return {
            "operation": "inspect",
            "seconds": self._cpu_seconds,
            "ticket": ticket_json(ticket),
            "paper": paper,
        }

    def run(
        self, worker: "_Worker | None", request: dict[str, Any], files: list[int], owned: int
    ) -> Inspection:
        """One inspection by a worker that was taken from the idle ones; gives it back."""
        try:
            answer = self._ask(worker, request, files, owned)
            if "failed" in answer:
                return could_not_inspect("unknown", str(answer["failed"]))
            return from_json(answer)
        except WorkerFailed as error:
            return could_not_inspect("unknown", str(error))
        except (KeyError, TypeError, ValueError):
            return could_not_inspect("unknown", "a worker gave an answer that makes no sense")

    def _ask(
        self, worker: "_Worker | None", request: dict[str, Any], files: list[int], owned: int
    ) -> dict[str, Any]:
        fit = False
        try:
            if worker is None:
                try:
                    worker = self._replace()
                except (WorkerFailed, OSError) as error:
                    if owned >= 0:
                        os.close(owned)
                    raise WorkerFailed(str(error)) from None
            wall_seconds = self._wall_seconds if owned < 0 else self._arrival_seconds
            answer = worker.ask(request, files, wall_seconds, owned)
            fit = worker.requests < limits.REQUESTS_PER_WORKER
            return answer
        finally:
            if not fit and worker is not None:
                worker.end()
                worker = None
            self._idle.put(worker if worker is not None or self._closed else self._try_replace())

    def _replace(self) -> _Worker:
        worker = _Worker(self._folder, self._memory)
        worker.wait_ready()
        return worker

    def _try_replace(self) -> "_Worker | None":
        """A new worker, or None: the next caller tries again and is told if it fails."""
        try:
            return self._replace()
        except (WorkerFailed, OSError):
            return None


@contextlib.contextmanager
def _opened(document: Document, folder: Path) -> Any:
    """A descriptor of a document for as long as a worker needs it."""
    if isinstance(document, int):
        yield document
    elif isinstance(document, bytes):
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(document)
            file.flush()
            file.seek(0)
            yield file.fileno()
    else:
        document.flush() if document.writable() else None
        yield document.fileno()
