"""An event loop whose time is made up: waiting costs nothing, and the same seed gives the same run."""

import asyncio
import selectors
from typing import Any


class Deadlock(Exception):
    """Everything waits and nothing is due: the system under test would hang."""


class _Selector(selectors.SelectSelector):
    """Advances the clock instead of waiting."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout is None:
            raise Deadlock("all tasks wait for ever")
        self.now += max(timeout, 0.0)
        return []


class SimulatedLoop(asyncio.SelectorEventLoop):
    """Runs tasks in virtual time."""

    def __init__(self) -> None:
        self._virtual = _Selector()
        super().__init__(self._virtual)

    def time(self) -> float:
        return self._virtual.now


class SimulatedClock:
    """:class:`plantin.core.clock.Clock` on a simulated loop."""

    EPOCH_MS = 1_700_000_000_000

    def __init__(self, loop: SimulatedLoop) -> None:
        self._loop = loop

    def now_ms(self) -> int:
        return self.EPOCH_MS + int(self._loop.time() * 1000)

    def monotonic(self) -> float:
        return self._loop.time()
