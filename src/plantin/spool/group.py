"""Group commit: documents that wait at the same time become durable together.

One group is on its way to the disk at a time, in a thread; what comes meanwhile waits and is the next group.
So groups grow with the load by themselves. On a fast disk that alone leaves them small, so a group that would
begin within a few milliseconds of the one before waits for company that long; and no longer does, for a
while, when nobody comes. A lone document never waits. One hand-off to the thread and one back to the event
loop for each group, however many documents it has.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final

from plantin.core.errors import Temporary
from plantin.spool.bundle import BundleWriter, Committed, Small
from plantin.spool.records import SpoolLimits, Stored

_TRIES: Final = 2
_HURRIED_GROUPS: Final = 64
_Waiting = tuple[Small, asyncio.Future[Stored]]


class GroupCommit:
    """Queues small documents for a ``BundleWriter``. For one event loop."""

    def __init__(
        self, writer: BundleWriter, limits: SpoolLimits, committed: Callable[[Committed], None]
    ) -> None:
        """
        Args:
            committed: told of every group, before those who wait for it.
        """
        self._writer = writer
        self._limits = limits
        self._committed = committed
        self._thread = ThreadPoolExecutor(1, "spool-commit")
        self._queue: deque[_Waiting] = deque()
        self._octets = 0
        self._began = 0.0
        self._in_vain = 0
        """How often in a row nobody came while a group waited."""
        self._hurry = 0
        """So many groups do not wait."""
        self._busy: asyncio.Future[None] | None = None
        """Done when nothing waits any more."""

    async def put(self, document: Small) -> Stored:
        """Durable when it returns; raises ``Temporary`` ("spool-busy" when too much waits)."""
        if self._octets + document.octets > self._limits.waiting_octets:
            raise Temporary(
                "spool-busy", f"{self._octets} octets wait for the disk already", retry_after_s=1.0
            )
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Stored] = loop.create_future()
        self._queue.append((document, future))
        self._octets += document.octets
        if self._busy is None:
            self._busy = loop.create_future()
            loop.call_soon(self._commit_next)
        return await future

    async def drain(self) -> None:
        """Returns when nothing waits."""
        if self._busy is not None:
            await asyncio.shield(self._busy)

    async def close(self) -> None:
        """Ends the current bundle; nothing may be put any more."""
        try:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._writer.close)
        finally:
            self._thread.shutdown(wait=False)

    def _commit_next(self) -> None:
        """Commits what waits: at once, or a moment later when that brings company."""
        rest = self._began + self._limits.group_spacing_ms / 1000 - asyncio.get_running_loop().time()
        if not self._queue or rest <= 0:
            self._commit_now()
        elif self._hurry:
            self._hurry -= 1
            self._commit_now()
        else:
            asyncio.get_running_loop().call_later(rest, self._commit_gathered, len(self._queue))

    def _commit_gathered(self, before: int) -> None:
        self._in_vain = self._in_vain + 1 if len(self._queue) == before else 0
        if self._in_vain == _TRIES:
            self._in_vain, self._hurry = 0, _HURRIED_GROUPS
        self._commit_now()

    def _commit_now(self) -> None:
        if self._queue:
            self._began = asyncio.get_running_loop().time()
            group = self._next_group()
            hop = asyncio.get_running_loop().run_in_executor(
                self._thread, self._writer.commit, [document for document, _ in group]
            )
            hop.add_done_callback(partial(self._hand_out, group))
        elif self._busy is not None:
            self._busy.set_result(None)
            self._busy = None

    def _next_group(self) -> list[_Waiting]:
        group = [self._queue.popleft()]
        octets = group[0][0].octets
        while (
            self._queue and len(group) < self._limits.group_documents and octets < self._limits.group_octets
        ):
            group.append(self._queue.popleft())
            octets += group[-1][0].octets
        return group

    def _hand_out(self, group: Sequence[_Waiting], hop: asyncio.Future[Committed]) -> None:
        self._octets -= sum(document.octets for document, _ in group)
        failure = hop.exception()
        results: Sequence[Stored | BaseException]
        if failure is None:
            committed = hop.result()
            self._committed(committed)
            results = committed.results
        else:
            results = [failure] * len(group)
        for (_, future), result in zip(group, results, strict=True):
            if future.done():
                continue
            if isinstance(result, Stored):
                future.set_result(result)
            else:
                future.set_exception(result)
        self._commit_next()
