"""The asynchronous door to the store: one writer thread with group commit, a few reader threads.

Units of work are synchronous functions. Those that wait at the same moment share one transaction, and so one
fsync. A *batch command* takes the whole list of its payloads and answers in the same order (an exception in
the answer fails only that caller); any other function runs in a savepoint of its own.

Concurrency: all writes of a process go through its one writer thread, so no two units interleave.
Writers of different processes are ordered by the baton (SQLite) or by an advisory lock (PostgreSQL). When a
shared transaction fails as a whole, each unit is tried once more alone, so that one bad unit cannot take the
others with it; when the database itself is out of reach, the rest is not tried one by one.
"""

import asyncio
import contextlib
import logging
import threading
import time
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any, ParamSpec, TypeVar

from django.db import (
    DEFAULT_DB_ALIAS,
    DatabaseError,
    InterfaceError,
    OperationalError,
    close_old_connections,
    connection,
    connections,
    transaction,
)
from django.db.backends.base.base import BaseDatabaseWrapper

from plantin.core.errors import Temporary
from plantin.core.limits import GROUP_COMMIT_MAX
from plantin.store import sql
from plantin.store.commands.events import touched
from plantin.store.database import Baton

P = ParamSpec("P")
R = TypeVar("R")
Payload = TypeVar("Payload")

log = logging.getLogger("plantin.store")

_GIVE_UP_AFTER = 2
"""Units that fail one after the other because the database can't be had, before the rest is not tried."""

_BUSY_S = 0.01
"""A commit that follows the last one so soon has others right behind it …"""
_GATHER_S = 0.001
"""… and gives them this long to come along: fewer commits, each with more units, do more in all. A unit that
comes when nothing is going on does not wait."""

BatchCommand = Callable[[Sequence[Payload]], Sequence[R | Exception]]


@dataclass(slots=True)
class _Unit:
    batch: BatchCommand[Any, Any] | None
    """The batch command, or None for a plain function."""
    work: Any
    """The payload of the batch command, or the function itself."""
    future: asyncio.Future[Any]
    result: Any = None
    error: Exception | None = None


class Store:
    """Reads and writes of one process.

    Args:
        baton: orders the writers of this node.
        committed: called on the writer's thread after each commit that changed jobs or configuration, with
            (jobs?, configuration?): the place to wake other processes.
        readers: how many queries run at once.
    """

    def __init__(
        self,
        baton: Baton,
        *,
        committed: Callable[[bool, bool], None] = lambda jobs, config: None,
        readers: int = 4,
    ) -> None:
        self._baton = baton
        self._committed = committed
        self._units: SimpleQueue[_Unit | None] = SimpleQueue()
        """None at its end: the store closes."""
        self._closing = False
        self._connections: list[BaseDatabaseWrapper] = []
        self._readers = ThreadPoolExecutor(
            readers, thread_name_prefix="store-read", initializer=self._remember_connection
        )
        self._writer = threading.Thread(target=self._run, name="store-write", daemon=True)
        self._writer.start()

    async def write(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Runs ``function`` in a transaction; returns once it is durable."""
        result: R = await self._submit(None, partial(function, *args, **kwargs))
        return result

    def batch(self, command: BatchCommand[Payload, R], payload: Payload) -> Awaitable[R]:
        """Runs ``command`` on this payload together with all others that wait for the same command."""
        return self._submit(command, payload)

    async def read(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Runs a query on a reader thread."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._readers, partial(_reading, function, *args, **kwargs))

    def close(self) -> None:
        """Finishes what was submitted, then ends the threads. Blocks; call it when no loop runs any more."""
        self._closing = True
        self._units.put(None)
        self._writer.join()
        self._readers.shutdown()
        for reading in self._connections:
            reading.close()

    def _remember_connection(self) -> None:
        own = connections[DEFAULT_DB_ALIAS]
        own.inc_thread_sharing()  # so that another thread may close it, once this one has ended
        self._connections.append(own)

    def _submit(self, batch: BatchCommand[Any, Any] | None, work: Any) -> asyncio.Future[Any]:
        if self._closing:
            raise Temporary("shutting-down", "the store is closing")
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._units.put(_Unit(batch, work, future))
        return future

    def _run(self) -> None:
        last = 0.0
        while (unit := self._units.get()) is not None:
            units = [unit]
            if time.monotonic() - last < _BUSY_S:
                time.sleep(_GATHER_S)
            with contextlib.suppress(Empty):
                while len(units) < GROUP_COMMIT_MAX and (unit := self._units.get_nowait()) is not None:
                    units.append(unit)
            self._commit(units)
            last = time.monotonic()
            if unit is None:
                break
        connection.close()

    def _commit(self, units: list[_Unit]) -> None:
        try:
            self._transaction(units)
        except Exception as error:  # noqa: BLE001 (any failure of the shared transaction is handled per unit)
            _forget_broken_connection(error)
            self._one_by_one(units)
        jobs, touched.jobs = touched.jobs, False
        config, touched.config = touched.config, False
        if jobs or config:
            try:
                self._committed(jobs, config)
            except Exception:  # what was committed is so, and those who wait for it must hear it
                log.exception("the others could not be told of a commit")
        by_loop: dict[asyncio.AbstractEventLoop, list[_Unit]] = {}
        for unit in units:
            by_loop.setdefault(unit.future.get_loop(), []).append(unit)
        for loop, finished in by_loop.items():
            with contextlib.suppress(RuntimeError):  # the loop is gone: nobody waits for the answer
                loop.call_soon_threadsafe(_resolve, finished)

    def _one_by_one(self, units: list[_Unit]) -> None:
        unreachable: list[Exception] = []
        for unit in units:
            unit.result = unit.error = None
            if len(unreachable) == _GIVE_UP_AFTER:  # each of them would wait for a time-out of its own
                unit.error = unreachable[-1]
                continue
            try:
                self._transaction([unit])
                unreachable.clear()
            except Exception as alone:  # noqa: BLE001 (it belongs to the caller, whatever it is)
                _forget_broken_connection(alone)
                unit.error = _for_caller(alone)
                if isinstance(alone, OperationalError):
                    unreachable.append(unit.error)
                else:
                    unreachable.clear()

    def _transaction(self, units: list[_Unit]) -> None:
        with self._baton.held(), transaction.atomic():
            sql.take_turn()
            position = 0
            while position < len(units):
                unit = units[position]
                if unit.batch is None:
                    _alone(unit)
                    position += 1
                    continue
                end = position
                while end < len(units) and units[end].batch is unit.batch:
                    end += 1
                together = units[position:end]
                answers = unit.batch([one.work for one in together])
                for one, answer in zip(together, answers, strict=True):
                    one.error = answer if isinstance(answer, Exception) else None
                    one.result = None if one.error else answer
                position = end


def write_alone(baton: Baton, committed: Callable[[bool, bool], None], function: Callable[[], R]) -> R:
    """Runs one unit of work on this very thread: for commands, which have no loop.

    Raises:
        Temporary: the database could not take it.
    """
    touched.jobs = touched.config = False
    try:
        with baton.held(), transaction.atomic():
            sql.take_turn()
            result = function()
    except (DatabaseError, InterfaceError) as error:
        raise _for_caller(error) from error
    committed(touched.jobs, touched.config)
    return result


def _alone(unit: _Unit) -> None:
    try:
        with transaction.atomic():
            unit.result = unit.work()
    except (DatabaseError, InterfaceError):
        raise
    except Exception as error:  # noqa: BLE001 (rolled back; it is the caller's answer)
        unit.error = error


def _resolve(units: list[_Unit]) -> None:
    for unit in units:
        if unit.future.done():  # the caller was cancelled; the work is done all the same
            continue
        if unit.error is not None:
            unit.future.set_exception(unit.error)
        else:
            unit.future.set_result(unit.result)


def _reading(function: Callable[..., R], *args: Any, **kwargs: Any) -> R:
    try:
        return function(*args, **kwargs)
    except (DatabaseError, InterfaceError) as error:
        _forget_broken_connection(error)
        if connection.connection is not None:  # it is not the connection's fault
            raise _for_caller(error) from error
    try:  # a question may be asked again
        return function(*args, **kwargs)
    except (DatabaseError, InterfaceError) as error:
        _forget_broken_connection(error)
        raise _for_caller(error) from error


def _forget_broken_connection(error: Exception) -> None:
    if isinstance(error, DatabaseError | InterfaceError) and not connection.in_atomic_block:
        close_old_connections()


def _for_caller(error: Exception) -> Exception:
    if isinstance(error, DatabaseError | InterfaceError):
        return Temporary("store-error", f"the database could not take it: {error}")
    return error
