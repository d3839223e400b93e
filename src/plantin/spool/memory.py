"""The spool's twin in memory: the same words and answers, for tests of other rooms and for the simulation.

Durable for as long as the object lives. As in the local spool, small documents that arrive in one turn of the
event loop share a file.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from inspect import isawaitable
from types import TracebackType
from typing import Self

from plantin.core.errors import PlantinError, SpoolDamaged
from plantin.core.model import DocumentRecord, SpoolRef
from plantin.spool.failures import below_floor, closed, too_large
from plantin.spool.layout import BUNDLE, SINGLE, closed_at, shard_of, system_ms
from plantin.spool.reading import PIECE_OCTETS, reference
from plantin.spool.records import DEFAULT_LIMITS, Alive, Retired, SpoolLimits, Stored, Swept, Usage


class MemorySpool:
    """Documents in a dictionary. ``failing`` and ``capacity`` let a test make it fail."""

    def __init__(
        self,
        *,
        limits: SpoolLimits = DEFAULT_LIMITS,
        capacity: int = 1 << 40,
        now_ms: Callable[[], int] = system_ms,
    ) -> None:
        self.limits = replace(limits, free_floor=0)
        self.capacity = capacity
        self.failing: PlantinError | None = None
        """Raised by every attempt to store while it is set."""
        self.files: dict[str, bytearray] = {}
        self.kept: dict[str, bytes] = {}
        """What was quarantined, by path."""
        self._now_ms = now_ms
        self._number = 0
        self._bundle = ""
        self._running = False

    async def start(self) -> None:
        self._running = True

    async def close(self) -> None:
        self._running = False

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def put(self, data: bytes | Sequence[bytes]) -> Stored:
        whole = data if isinstance(data, bytes) else b"".join(data)
        self.admit(len(whole))
        if len(whole) > self.limits.bundled_octets:
            name = self._name(SINGLE)
            self.files[name] = bytearray()
        else:
            if not self._bundle:
                self._bundle = self._name(BUNDLE)
                self.files[self._bundle] = bytearray()
                asyncio.get_running_loop().call_soon(self._end_bundle)
            name = self._bundle
        ref = SpoolRef(name, len(self.files[name]), len(whole))
        self.files[name] += whole
        await asyncio.sleep(0)
        return Stored(ref, len(whole), hashlib.sha256(whole).digest())

    def intake(self, expected: int = 0) -> "MemoryIntake":
        self.admit(expected)
        return MemoryIntake(self)

    def admit(self, octets: int = 0) -> None:
        if not self._running:
            raise closed()
        if octets > self.limits.document_octets:
            raise too_large(self.limits.document_octets)
        if self.failing is not None:
            raise self.failing
        free = self.capacity - sum(map(len, self.files.values()))
        if octets > free:
            raise below_floor(free, 0, octets)

    async def small(self, document: DocumentRecord) -> bytes | None:
        if document.octets > self.limits.bundled_octets:
            return None
        return self._read(document)

    async def chunks(self, document: DocumentRecord) -> AsyncIterator[bytes]:
        whole = self._read(document)
        for at in range(0, len(whole), PIECE_OCTETS):
            yield whole[at : at + PIECE_OCTETS]
            await asyncio.sleep(0)

    async def quarantine(self, ref: SpoolRef) -> str:
        path = f"quarantine/{ref.name.replace('/', '-')}"
        if ref.name not in self.files:
            raise SpoolDamaged(f"the spool file {ref.name} is missing, there is nothing to keep")
        if ref.name.endswith(BUNDLE):
            path = f"{path}.{ref.offset}"
            self.kept[path] = bytes(self.files[ref.name][ref.offset : ref.offset + ref.size])
        else:
            self.kept[path] = bytes(self.files.pop(ref.name))
        return path

    async def retire(self, refs: Sequence[SpoolRef], *, alive: Alive) -> Retired:
        living = await self._ask(alive, list({ref.name for ref in refs}))
        files = holes = 0
        for name in dict.fromkeys(ref.name for ref in refs):
            bundle = name.endswith(BUNDLE)
            settled = not bundle or self._now_ms() - self._closed_at(name) >= self.limits.settle_s * 1000
            if name not in living and settled:
                files += self.files.pop(name, None) is not None
            elif bundle and name in self.files:
                for ref in refs:
                    if ref.name == name:
                        self.files[name][ref.offset : ref.offset + ref.size] = bytes(ref.size)
                        holes += 1
        return Retired(files, holes)

    async def sweep(
        self, alive: Alive, *, grace_s: int, now_ms: int, after: str = "", limit: int = 10_000
    ) -> Swept:
        before = now_ms - grace_s * 1000
        names = sorted(name for name in self.files if name > after and self._closed_at(name) < before)
        resume = names[limit - 1] if len(names) > limit else ""
        names = names[:limit]
        living = await self._ask(alive, names)
        dead = [self.files.pop(name) for name in names if name not in living]
        return Swept(len(names), len(dead), sum(map(len, dead)), resume)

    async def usage(self) -> Usage:
        octets = sum(map(len, self.files.values()))
        return Usage(len(self.files), octets, len(self.kept), self.capacity - octets, self.capacity)

    def _name(self, kind: str) -> str:
        self._number += 1
        at = self._now_ms()
        return f"{shard_of(at)}/{at:012x}-{self._number & 0xFFFFFF:06x}-{0:08x}{kind}"

    def _closed_at(self, name: str) -> int:
        return closed_at(name, self.limits.bundle_age_s)

    def _end_bundle(self) -> None:
        self._bundle = ""

    def _read(self, document: DocumentRecord) -> bytes:
        ref = reference(document)
        if ref.name not in self.files:
            raise SpoolDamaged(f"the spool file {ref.name} is missing")
        found = bytes(self.files[ref.name][ref.offset : ref.offset + ref.size])
        if len(found) != ref.size:
            raise SpoolDamaged(f"{ref} is cut off")
        if hashlib.sha256(found).digest() != document.sha256:
            raise SpoolDamaged(f"{ref} is not what was stored: its SHA-256 differs")
        return found

    async def _ask(self, alive: Alive, names: Sequence[str]) -> set[str]:
        living: set[str] = set()
        for at in range(0, len(names), self.limits.ask_names):
            answer = alive(names[at : at + self.limits.ask_names])
            living |= await answer if isawaitable(answer) else answer
        return living


class MemoryIntake:
    """See ``records.Intake``."""

    def __init__(self, spool: MemorySpool) -> None:
        self._spool = spool
        self._data = bytearray()
        self._over = False

    @property
    def octets(self) -> int:
        return len(self._data)

    async def write(self, piece: bytes) -> None:
        if self._over:
            raise closed()
        try:
            self._spool.admit(len(self._data) + len(piece))
        except PlantinError:
            await self.abort()
            raise
        self._data += piece
        await asyncio.sleep(0)

    async def finish(self) -> Stored:
        if self._over:
            raise closed()
        self._over = True
        return await self._spool.put(bytes(self._data))

    async def abort(self) -> None:
        self._over = True
        self._data = bytearray()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.abort()
