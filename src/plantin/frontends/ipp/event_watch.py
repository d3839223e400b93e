"""Waiting for events: one look at the event log for all who wait, and none while nobody does."""

import asyncio
import contextlib
from collections.abc import Iterator
from typing import Final

from plantin.core.errors import PlantinError
from plantin.store.access import Store
from plantin.store.queries.directory import last_event

_LOOK_S: Final = 0.5
_LOOKS_EACH_SECOND: Final = 200
"""How many of those who wait may ask the store for their events in one second, all together."""


class EventWatch:
    """Wakes waiters when the store's event log has grown. One for each event loop."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._last = -1
        self._waiters = 0
        self._parked = 0
        self._changed: asyncio.Event = asyncio.Event()
        self._looking: asyncio.Task[None] | None = None

    async def last(self) -> int:
        """The id of the newest event, read now."""
        return await self._store.read(last_event)

    async def wait(self, after: int, timeout_s: float) -> int:
        """The id of the newest event, as soon as it is beyond ``after``; ``after`` itself when time is up."""
        self._waiters += 1
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(timeout_s):
                    while self._last <= after:
                        await self._changed.wait()
        finally:
            self._waiters -= 1
        return max(self._last, after)

    @property
    def pause_s(self) -> float:
        """How long one of those who wait leaves the store alone after it found nothing."""
        return self._parked / _LOOKS_EACH_SECOND

    @contextlib.contextmanager
    def parked(self) -> Iterator[None]:
        """Around the whole wait of one client."""
        self._parked += 1
        try:
            yield
        finally:
            self._parked -= 1

    async def _look(self) -> None:
        while self._waiters:
            try:
                last = await self.last()
            except PlantinError:
                last = self._last  # the store fails just now; waiters time out by themselves
            if last > self._last:
                self._last = last
                changed, self._changed = self._changed, asyncio.Event()
                changed.set()
            await asyncio.sleep(_LOOK_S)

    async def close(self) -> None:
        """Ends the looking; waiters time out."""
        if self._looking is not None:
            self._looking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._looking
