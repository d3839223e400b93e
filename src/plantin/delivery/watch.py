"""Waiting for one thing while the wish to stop may come: the one place where the two are raced."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from plantin.core.ports import Stop

T = TypeVar("T")


class Stopped(Exception):
    """The wish to stop came first."""


class StopWatch:
    """Races waits against a wish to stop. Use as an asynchronous context, or :meth:`close` it.

    Args:
        stop: the wish; None when nobody can have one.
    """

    def __init__(self, stop: Stop | None = None) -> None:
        self._stop = stop
        self._task: asyncio.Task[None] | None = None

    @property
    def reason(self) -> str:
        """The keyword of the wish, empty while there is none."""
        return self._stop.reason if self._stop is not None else ""

    def check(self) -> None:
        """Raises :class:`Stopped` if there is a wish already."""
        if self.reason:
            raise Stopped

    async def wait(self, future: "asyncio.Future[T]", limit_s: float) -> T:
        """The result of ``future``, which lives on whatever happens here.

        Raises:
            Stopped: the wish came first.
            TimeoutError: it took longer than ``limit_s`` seconds.
        """
        if future.done():
            return future.result()
        self.check()
        waiting: set[asyncio.Future[Any]] = {future}
        if self._stop is not None:
            if self._task is None:
                self._task = asyncio.create_task(self._stop.wait(), name="delivery-stop")
            waiting.add(self._task)
        await asyncio.wait(waiting, timeout=max(0.0, limit_s), return_when=asyncio.FIRST_COMPLETED)
        if future.done():
            return future.result()
        self.check()
        raise TimeoutError

    async def run(self, work: Coroutine[Any, Any, T], limit_s: float) -> T:
        """The result of ``work``, which is canceled when it is not waited for any more.

        Raises:
            Stopped, TimeoutError: as :meth:`wait`.
        """
        task = asyncio.create_task(work)
        try:
            return await self.wait(task, limit_s)
        finally:
            if not task.done():
                task.cancel()
                await asyncio.wait({task})
            if not task.cancelled():
                task.exception()  # seen: a failure that came too late is nobody's

    async def pause(self, seconds: float) -> None:
        """Sleeps.

        Raises:
            Stopped: the wish came first.
        """
        try:
            await self.wait(asyncio.get_running_loop().create_future(), seconds)
        except TimeoutError:
            pass

    def close(self) -> None:
        """Lets go of the watching task."""
        if self._task is not None:
            self._task.cancel()
            self._task = None
