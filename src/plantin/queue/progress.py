"""How an attempt reports while it runs, and what is written down of that
(:class:`plantin.core.ports.Progress`)."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from plantin.core.errors import PlantinError
from plantin.core.model import Delivered, Ticket
from plantin.core.ports import QueueStore

log = logging.getLogger("plantin.queue")

STOPPED = 5


class AttemptProgress:
    """The progress of one attempt. Reports that need not be awaited are written in their order."""

    def __init__(self, store: QueueStore, ticket: Ticket, *, sending: bool = False) -> None:
        self._store = store
        self._ticket = ticket
        self._last: asyncio.Task[None] | None = None
        self._state: tuple[int, tuple[str, ...], str] | None = None
        self._impressions = -1
        self._sheets = -1
        self.is_sending = sending

    async def sending(self) -> None:
        if not self.is_sending:
            await self._store.sending(self._ticket.attempt)
            self.is_sending = True

    async def not_sending(self) -> None:
        if self.is_sending:
            await self._store.not_sending(self._ticket.attempt)
            self.is_sending = False

    async def device_job(self, device_job: str) -> None:
        await self._store.device_job(self._ticket.attempt, device_job)

    def device_state(self, state: int, reasons: Sequence[str], message: str) -> None:
        found = state, tuple(reasons), message
        if found == self._state:
            return
        before, self._state = self._state, found
        device, job = self._ticket.device.id, self._ticket.job.id
        self._later(lambda: self._store.device_state(device, state, reasons, message))
        was_stopped = before is not None and before[0] == STOPPED
        if (state == STOPPED) != was_stopped:
            words = " ".join(["printer-stopped", *(word for word in reasons if word != "none")])
            text = message or " ".join(reasons)
            self._later(lambda: self._store.stopped(job, state == STOPPED, words, text))

    def printed(self, impressions: int, sheets: int) -> None:
        self._impressions = max(self._impressions, impressions)
        self._sheets = max(self._sheets, sheets)

    def completed(self, delivered: Delivered) -> Delivered:
        """The outcome with the counts that came on the way, where the end did not bring better ones."""
        return replace(
            delivered,
            impressions=max(delivered.impressions, self._impressions),
            sheets=max(delivered.sheets, self._sheets),
        )

    async def settled(self) -> None:
        """All reports are written."""
        if self._last is not None:
            await asyncio.wait([self._last])

    def _later(self, work: Callable[[], Awaitable[None]]) -> None:
        self._last = asyncio.create_task(_after(self._last, work))


async def _after(before: "asyncio.Task[None] | None", work: Callable[[], Awaitable[None]]) -> None:
    if before is not None:
        await asyncio.wait([before])
    try:
        await work()
    except PlantinError as error:  # the outcome of the attempt is written all the same
        log.warning("a report on the way could not be written: %s", error)
