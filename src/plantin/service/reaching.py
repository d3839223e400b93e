"""The front end asks whether a device can be reached; it does not touch one itself (law 9)."""

import asyncio
import secrets
from typing import Final

from plantin.service.clock import SystemClock
from plantin.store.access import Store
from plantin.store.commands import reaching
from plantin.store.queries import directory

LIMIT_S: Final = 90.0
"""A device may take its time to connect and to answer; after that, the part that talks to devices is to blame
(``plantin.service.devices.WAITED_FOR_S``, which this process must not load)."""
_LOOK_S: Final = 0.05


async def trouble_with(store: Store, clock: SystemClock, uri: str, limit_s: float = LIMIT_S) -> str:
    """Asks the process that talks to devices. Empty when the device was reached, else a sentence: why not."""
    token = secrets.token_hex(8)
    before = await store.read(directory.last_event)
    await store.write(reaching.ask, token, uri, clock.now_ms())
    deadline = clock.monotonic() + limit_s
    while clock.monotonic() < deadline:
        answers = await store.read(reaching.answers, before)
        if token in answers:
            return answers[token]
        await asyncio.sleep(_LOOK_S)
    return f"nobody could tell within {limit_s:g} s: the part that talks to devices does not answer"
