"""A document on its way into the local spool, with back-pressure.

It waits in memory while it is small, and then shares a bundle with others; beyond that it goes to a file of
its own, a hop to threads for every MiB or so, the next being gathered meanwhile (so it holds about 2 MiB).
When all streams together hold too much, each goes to disk at once with what it has.
"""

import asyncio
import hashlib
from types import TracebackType
from typing import TYPE_CHECKING, Self

from plantin.core.errors import PlantinError
from plantin.spool.bundle import Small
from plantin.spool.failures import closed, too_large
from plantin.spool.records import Stored
from plantin.spool.stream import StreamWriter

if TYPE_CHECKING:
    from plantin.spool.local import Spool


class LocalIntake:
    """See ``records.Intake``. Its methods are called one at a time."""

    def __init__(self, spool: "Spool") -> None:
        self._spool = spool
        self._pieces: list[bytes] = []
        self._pending = 0
        self._octets = 0
        self._hash = hashlib.sha256()
        self._writer: StreamWriter | None = None
        self._hop: asyncio.Future[tuple[None, None]] | asyncio.Future[Stored] | None = None
        self._hop_octets = 0
        self._failure: Exception | None = None
        self._over = False

    @property
    def octets(self) -> int:
        """Octets taken so far."""
        return self._octets

    async def write(self, piece: bytes) -> None:
        """See ``records.Intake.write``."""
        self._check()
        limits = self._spool.limits
        if self._octets + len(piece) > limits.document_octets:
            raise await self._fail(too_large(limits.document_octets))
        self._octets += len(piece)
        self._pieces.append(piece)
        self._pending += len(piece)
        self._spool.buffered += len(piece)
        crowded = self._spool.buffered > limits.memory_octets
        if self._writer is None:
            if self._octets <= limits.bundled_octets and not crowded:
                self._hash.update(piece)
                return
            self._writer = self._spool.stream_writer()
        if crowded or self._pending >= limits.hop_octets:
            await self._next_hop(wait=crowded)

    async def finish(self) -> Stored:
        """See ``records.Intake.finish``."""
        self._check()
        try:
            if self._writer is None:
                stored = await self._spool.put_hashed(Small(self._pieces, self._octets, self._hash.digest()))
            else:
                await self._next_hop(wait=True)
                self._check()
                last = self._spool.in_stream(self._writer.finish)
                self._hop = last
                stored = await asyncio.shield(last)
        except PlantinError as error:
            raise await self._fail(error) from error.__cause__
        self._release()
        return stored

    async def abort(self) -> None:
        """See ``records.Intake.abort``."""
        if self._over:
            return
        self._over = True
        await self._settle_hop()
        if self._writer is not None:
            await self._spool.in_stream(self._writer.abort)
        self._release()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.abort()

    def _check(self) -> None:
        if self._failure is not None:
            raise self._failure
        if self._over:
            raise closed()

    async def _next_hop(self, *, wait: bool) -> None:
        """Hands the gathered pieces to a thread, after the hop before; then waits for it if asked to."""
        assert self._writer is not None
        try:
            await self._end_hop()
            self._check()
            if self._pieces:
                pieces, self._pieces = self._pieces, []
                self._hop_octets, self._pending = self._pending, 0
                self._hop = asyncio.gather(
                    self._spool.in_stream(self._writer.digest, pieces),
                    self._spool.in_stream(self._writer.write, pieces),
                )
            if wait:
                await self._end_hop()
        except PlantinError as error:
            raise await self._fail(error) from error.__cause__

    async def _end_hop(self) -> None:
        if self._hop is not None:
            await asyncio.shield(self._hop)
            self._hop = None
            self._spool.buffered -= self._hop_octets
            self._hop_octets = 0

    async def _settle_hop(self) -> None:
        """Waits until no thread works for us, whatever it says."""
        hop, self._hop = self._hop, None
        if hop is not None:
            await asyncio.wait([hop])
            if not hop.cancelled():
                hop.exception()

    async def _fail(self, error: Exception) -> Exception:
        await self.abort()
        self._failure = error
        return error

    def _release(self) -> None:
        self._over = True
        self._spool.buffered -= self._pending + self._hop_octets
        self._pieces, self._pending, self._hop_octets = [], 0, 0
        self._spool.intake_over(self)
