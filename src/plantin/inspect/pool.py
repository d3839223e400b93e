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
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, Any, Self, TypeVar

from plantin.inspect import limits
from plantin.inspect.media import Size
from plantin.inspect.pool_wire import ticket_json
from plantin.inspect.pool_worker import NoWorker, TooMuch, Worker, WorkerDied, WorkerFailed
from plantin.inspect.report import Inspection, Settings, could_not_inspect, from_json

__all__ = ["Arrival", "NoWorker", "Pool", "TooMuch", "WorkerDied", "WorkerFailed"]

Document = IO[bytes] | int | bytes
_T = TypeVar("_T")
_ARRIVAL_SECONDS = 4 * 3600.0
"""A slow client may take this long to send a document that is inspected while it arrives."""


class _Call:
    """One request, which another thread may break off: its worker is killed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._worker: Worker | None = None
        self._cancelled = False

    def begin(self, worker: Worker) -> bool:
        """False when nobody wants it any more."""
        with self._lock:
            if not self._cancelled:
                self._worker = worker
            return not self._cancelled

    def end(self) -> bool:
        """True when the worker was killed."""
        with self._lock:
            killed = self._worker is not None and self._cancelled
            self._worker = None
            return killed

    def cancel(self) -> None:
        with self._lock:
            self._cancelled = True
            if self._worker is not None:
                self._worker.kill()


class Arrival:
    """A document that is inspected while it arrives. Blocking; one thread at a time."""

    def __init__(self, pool: "Pool", worker: Worker | None, request: dict[str, Any]) -> None:
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
        workers: how many documents are worked on at once.
        cpu_seconds: processor time for one document.
        wall_seconds: time for one document, waiting for its bytes included.
        memory: octets of address space of a worker.
        idle_stop_s: None: all workers are started here and kept. Else one is started when it is first
            needed, and ended after so many seconds without work: an idle pool has no process.
        folder: where the pool makes its own temporary folder; None: where the system has them.
    """

    def __init__(
        self,
        workers: int = 2,
        *,
        cpu_seconds: int = limits.WORKER_CPU_SECONDS,
        wall_seconds: float = limits.WORKER_WALL_SECONDS,
        memory: int = limits.WORKER_MEMORY_OCTETS,
        idle_stop_s: float | None = None,
        folder: Path | None = None,
    ) -> None:
        self._cpu_seconds, self._wall_seconds, self._memory = cpu_seconds, wall_seconds, memory
        self._arrival_seconds = max(_ARRIVAL_SECONDS, wall_seconds)
        self._idle_stop_s = idle_stop_s
        self._folder = Path(tempfile.mkdtemp(prefix="plantin-inspect-", dir=folder))
        self._closed = False
        self._change = threading.Condition()
        self._idle: list[Worker | None] = []
        """Who waits for work, the last one first; None stands for a worker that is to be started."""
        self._reaping = False
        self._executor = ThreadPoolExecutor(workers + 2, thread_name_prefix="inspection")
        self.sandbox: dict[str, bool] = {}
        """Which parts of the sandbox are in force in this kernel, once a worker has started."""
        if idle_stop_s is not None:
            self._idle = [None] * workers
            return
        started = [Worker(self._folder, memory) for _ in range(workers)]
        for worker in started:
            self._give(worker)
            worker.wait_ready()
            self.sandbox = worker.sandbox

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends all workers, once the calls that are running have ended."""
        if self._closed:
            return
        self._closed = True
        self._executor.shutdown(wait=True)
        with self._change:
            ended, self._idle = self._idle, []
            self._change.notify_all()
        for worker in ended:
            if worker is not None:
                worker.end()
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def running(self) -> int:
        """How many workers wait for work."""
        with self._change:
            return sum(worker is not None for worker in self._idle)

    def inspect(
        self, document: Document, ticket: Settings | None = None, paper: Size | None = None
    ) -> Inspection:
        """Inspects an open file, a descriptor (a pipe will do), or octets. Blocking, thread-safe."""
        return self._inspect(document, ticket, paper, None)

    async def inspect_async(
        self, document: Document, ticket: Settings | None = None, paper: Size | None = None
    ) -> Inspection:
        """As ``inspect``, without blocking the loop. Cancelled, it ends the worker."""
        mine = document if isinstance(document, bytes) else _duplicate(document)
        return await self._run_async(
            lambda call: self._inspect(mine, ticket, paper, call), [mine] if isinstance(mine, int) else []
        )

    def arriving(self, ticket: Settings | None = None, paper: Size | None = None) -> Arrival | None:
        """Begins to inspect a document that is still arriving; None when every worker is busy."""
        with self._change:
            if not self._idle:
                return None
            worker = self._idle.pop()
        return Arrival(self, worker, {**self._request(ticket, paper), "stream": True})

    def convert(
        self,
        steps: Sequence[dict[str, Any]],
        source: int,
        target: int,
        octets: int = limits.WORKER_FILE_OCTETS,
    ) -> None:
        """Runs conversion steps (``convert.plan``) from one open file to another. Blocking, thread-safe.

        Args:
            octets: no file on the way may become larger.

        Raises:
            WorkerFailed: says why there is no result: the document's fault, or one of its subclasses.
        """
        self._convert(steps, source, target, octets, None)

    async def convert_async(
        self,
        steps: Sequence[dict[str, Any]],
        source: int,
        target: int,
        octets: int = limits.WORKER_FILE_OCTETS,
    ) -> None:
        """As ``convert``, without blocking the loop. Cancelled, it ends the worker at once; both descriptors
        may be closed then."""
        mine = [os.dup(source), os.dup(target)]
        await self._run_async(lambda call: self._convert(steps, mine[0], mine[1], octets, call), mine)

    async def _run_async(self, work: Callable[[_Call], _T], mine: Sequence[int]) -> _T:
        """Runs ``work`` on a thread; the descriptors ``mine`` are closed when it is through, or never ran."""
        call = _Call()

        def close(_: object) -> None:
            for handle in mine:
                os.close(handle)

        future = self._executor.submit(work, call)
        future.add_done_callback(close)
        try:
            return await asyncio.wrap_future(future)
        except asyncio.CancelledError:
            future.cancel()
            call.cancel()
            raise

    def _inspect(
        self, document: Document, ticket: Settings | None, paper: Size | None, call: _Call | None
    ) -> Inspection:
        with _opened(document, self._folder) as handle:
            return self.run(self._take(), self._request(ticket, paper), [handle], -1, call)

    def _convert(
        self, steps: Sequence[dict[str, Any]], source: int, target: int, octets: int, call: _Call | None
    ) -> None:
        seconds = self._cpu_seconds
        request = {"operation": "convert", "steps": list(steps), "seconds": seconds, "octets": octets}
        answer = self._ask(self._take(), request, [source, target], -1, call)
        if "failed" in answer:
            raise (TooMuch if answer.get("unprintable") else WorkerFailed)(str(answer["failed"]))

    def _request(self, ticket: Settings | None, paper: Size | None) -> dict[str, Any]:
        return {
            "operation": "inspect",
            "seconds": self._cpu_seconds,
            "ticket": ticket_json(ticket),
            "paper": paper,
        }

    def run(
        self,
        worker: Worker | None,
        request: dict[str, Any],
        files: list[int],
        owned: int,
        call: _Call | None = None,
    ) -> Inspection:
        """One inspection by a worker that was taken from the idle ones; gives it back."""
        try:
            answer = self._ask(worker, request, files, owned, call)
            if "failed" in answer:
                return could_not_inspect("unknown", str(answer["failed"]))
            return from_json(answer)
        except WorkerFailed as error:
            return could_not_inspect("unknown", str(error))
        except (KeyError, TypeError, ValueError):
            return could_not_inspect("unknown", "a worker gave an answer that makes no sense")

    def _ask(
        self,
        worker: Worker | None,
        request: dict[str, Any],
        files: list[int],
        owned: int,
        call: _Call | None,
    ) -> dict[str, Any]:
        call = call or _Call()
        fit = False
        try:
            if worker is None:
                try:
                    worker = self._start()
                except (NoWorker, OSError) as error:
                    if owned >= 0:
                        os.close(owned)
                    raise NoWorker(str(error)) from None
            if not call.begin(worker):
                fit = True
                raise WorkerFailed("it was broken off")
            wall_seconds = self._wall_seconds if owned < 0 else self._arrival_seconds
            answer = worker.ask(request, files, wall_seconds, owned)
            fit = worker.requests < limits.REQUESTS_PER_WORKER
            return answer
        finally:
            fit = not call.end() and fit
            if not fit and worker is not None:
                worker.end()
                worker = None
            if worker is None and self._idle_stop_s is None and not self._closed:
                worker = self._try_start()
            self._give(worker)

    def _take(self) -> Worker | None:
        with self._change:
            while not self._idle:
                self._change.wait()
            return self._idle.pop()

    def _give(self, worker: Worker | None) -> None:
        with self._change:
            if worker is None:
                self._idle.insert(0, None)
            else:
                worker.idle_since = time.monotonic()
                self._idle.append(worker)
                if self._idle_stop_s is not None and not self._reaping:
                    self._reaping = True
                    threading.Thread(target=self._reap, name="inspection-idle", daemon=True).start()
            self._change.notify_all()

    def _reap(self) -> None:
        """Ends workers that nobody needed for a while; ends itself with the last of them."""
        while True:
            with self._change:
                kept = [worker for worker in self._idle if worker is not None]
                if not kept or self._closed:
                    self._reaping = False
                    return
                due = min(worker.idle_since for worker in kept) + (self._idle_stop_s or 0.0)
                left_s = due - time.monotonic()
                if left_s > 0:
                    self._change.wait(left_s)
                    continue
                stale = [worker for worker in kept if worker.idle_since + (self._idle_stop_s or 0.0) <= due]
                self._idle = [None if worker in stale else worker for worker in self._idle]
            for worker in stale:
                worker.end()

    def _start(self) -> Worker:
        worker = Worker(self._folder, self._memory)
        worker.wait_ready()
        self.sandbox = worker.sandbox
        return worker

    def _try_start(self) -> Worker | None:
        """A new worker, or None: the next caller tries again and is told if it fails."""
        try:
            return self._start()
        except (NoWorker, OSError):
            return None


def _duplicate(document: IO[bytes] | int) -> int:
    """A descriptor of our own of what the caller may close at any time."""
    if isinstance(document, int):
        return os.dup(document)
    if document.writable():
        document.flush()
    return os.dup(document.fileno())


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
