"""Waits for something to become true, on the loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

DEADLINE_S = 60.0


async def until(what: str, condition: Callable[[], object], seconds: float = DEADLINE_S) -> None:
    """Look again and again; AssertionError saying `what` was awaited after `seconds`."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    while True:
        if condition():
            return
        assert loop.time() < deadline, f"waited {seconds:.0f} s in vain: {what}"
        await asyncio.sleep(0.02)
