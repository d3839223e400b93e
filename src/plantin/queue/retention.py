"""Housekeeping: documents and history that are no longer kept, orphans in the spool.

It runs beside the queue manager, in small steps, so that it never holds the store for long.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass

from plantin.core.clock import Clock
from plantin.core.errors import PlantinError
from plantin.spool import DocumentSpool
from plantin.store.access import Store
from plantin.store.commands import retention
from plantin.store.queries import spool as spool_queries

log = logging.getLogger("plantin.retention")

STEP = 200


@dataclass(frozen=True, slots=True)
class RetentionSettings:
    """How long things are kept. Times in seconds, sizes in octets."""

    documents_s: int = 86_400
    documents_octets: int = 10 * 1024**3
    history_s: int = 365 * 86_400
    orphan_grace_s: int = 3_600
    every_s: float = 60.0
    sweep_every_s: float = 3_600.0


class Housekeeper:
    """Retires what is due; see :class:`RetentionSettings`."""

    def __init__(self, store: Store, spool: DocumentSpool, clock: Clock, settings: RetentionSettings) -> None:
        self._store = store
        self._spool = spool
        self._clock = clock
        self._settings = settings

    async def run(self) -> None:
        """Works until it is cancelled."""
        next_sweep = self._clock.monotonic()
        while True:
            try:
                await self.tidy()
                if self._clock.monotonic() >= next_sweep:
                    await self.sweep()
                    next_sweep = self._clock.monotonic() + self._settings.sweep_every_s
            except PlantinError as error:
                log.error("housekeeping has to wait: %s", error)
            except Exception:
                log.exception("housekeeping failed")
            await asyncio.sleep(self._settings.every_s)

    async def tidy(self) -> None:
        """Retires documents by age and by size, then forgets history by age."""
        settings, now = self._settings, self._clock.now_ms()
        while True:
            refs = await self._store.write(
                retention.retire_documents, now - settings.documents_s * 1000, STEP, now
            )
            refs += await self._store.write(retention.retire_oldest, settings.documents_octets, STEP, now)
            if not refs:
                break
            await self._spool.retire(refs, alive=self._alive)
        while settings.history_s:
            before = now - settings.history_s * 1000
            if await self._store.write(retention.forget_history, before, STEP) < STEP:
                break

    async def sweep(self) -> None:
        """Removes files that belong to no row and are older than the grace."""
        after = ""
        while True:
            swept = await self._spool.sweep(
                self._alive, grace_s=self._settings.orphan_grace_s, now_ms=self._clock.now_ms(), after=after
            )
            if swept.removed:
                log.info("%d orphans (%d octets) removed from the spool", swept.removed, swept.octets)
            after = swept.resume
            if not after:
                return

    async def _alive(self, names: Sequence[str]) -> set[str]:
        return await self._store.read(spool_queries.alive, names)
