"""The spool in a local directory: documents at rest, durable when a call returns (law 1).

Promises: ``put`` and ``Intake.finish`` return only after write, fsync, rename and the fsync of the directory;
small documents that arrive together share these steps. No call blocks the event loop: the file system is
touched by the spool's own threads (one for group commits, a few for streams, a few for reading, one for
upkeep), but for reads that the page cache answers at once. Never removes a file that ``alive`` claims, and
never a damaged one.
"""

import asyncio
import hashlib
import time
from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from inspect import isawaitable
from pathlib import Path
from typing import Final, TypeVar

from plantin.core.model import DocumentRecord, SpoolRef
from plantin.spool.bundle import BundleWriter, Committed, Small
from plantin.spool.cipher import SpoolCipher
from plantin.spool.failures import below_floor, closed, storage_failure, too_large
from plantin.spool.group import GroupCommit
from plantin.spool.intake import LocalIntake
from plantin.spool.layout import Layout, system_ms
from plantin.spool.osfiles import OsFiles
from plantin.spool.reading import Cursor, Reader, reference
from plantin.spool.records import DEFAULT_LIMITS, Alive, Retired, SpoolLimits, Stored, Swept, Usage
from plantin.spool.stream import StreamWriter
from plantin.spool.upkeep import Upkeep

_STREAM_THREADS: Final = 4
_READ_THREADS: Final = 4
_PIECES_PER_HOP: Final = 4

_T = TypeVar("_T")


class Spool:
    """Documents at rest in one directory. One instance for one event loop; several processes may share it."""

    def __init__(
        self,
        root: Path,
        *,
        cipher: SpoolCipher | None = None,
        limits: SpoolLimits = DEFAULT_LIMITS,
        files: OsFiles | None = None,
        now_ms: Callable[[], int] = system_ms,
        free_space_age_s: float = 1.0,
    ) -> None:
        """
        Args:
            root: made, with mode 0700, when it is missing.
            cipher: encrypts what is stored from now on; documents stored in the clear stay readable.
            files: the file system, for tests.
            now_ms: Unix time in milliseconds.
            free_space_age_s: how old the free space may be by which ``admit`` decides.
        """
        self.limits = limits
        self._files = files or OsFiles()
        self._layout = Layout(root, self._files, now_ms)
        self._now_ms = now_ms
        self._cipher = cipher
        self._group = GroupCommit(BundleWriter(self._layout, limits, cipher), limits, self._remember)
        self._reader = Reader(self._layout, limits, cipher)
        self._upkeep = Upkeep(self._layout, limits)
        self._streams = ThreadPoolExecutor(_STREAM_THREADS, "spool-stream")
        self._readers = ThreadPoolExecutor(_READ_THREADS, "spool-read")
        self._keeper = ThreadPoolExecutor(1, "spool-upkeep")
        self._refreshing: asyncio.Future[None] | None = None
        self._intakes: set[LocalIntake] = set()
        self._closing: set[asyncio.Future[None]] = set()
        self._open: OrderedDict[str, int] = OrderedDict()
        self._free_space_age_s = free_space_age_s
        self._free = 0
        self._free_at = 0.0
        self._running = False
        self._closed = False
        self.buffered = 0
        """Octets that intakes hold in memory."""

    async def start(self) -> None:
        """Makes the spool ready; clears what crashed processes left unfinished.

        Raises:
            Permanent: "spool-unusable": not a spool, of another version, or open to other users.
            Temporary: the file system failed.
        """
        try:
            await self._in(self._keeper, self._layout.open)
            await self._refresh_free()
        except OSError as error:
            raise storage_failure(error, f"opening the spool {self._layout.root}") from error
        self._running = True

    async def close(self) -> None:
        """Finishes what was put, aborts intakes, and lets the directory go. A second call does nothing."""
        self._running = False
        if self._closed:
            return
        try:
            await self._group.drain()
            await self._group.close()
            for intake in list(self._intakes):
                await intake.abort()
            if self._refreshing is not None:
                await self._refreshing
            await asyncio.gather(*self._closing)
            for name in list(self._open):
                self._forget(name)
            await self._in(self._keeper, self._layout.close)
        finally:
            self._closed = True
            for pool in (self._streams, self._readers, self._keeper):
                pool.shutdown(wait=False)

    async def __aenter__(self) -> "Spool":
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    # Accepting

    async def put(self, data: bytes | Sequence[bytes]) -> Stored:
        """Stores a document that is in memory; durable when this returns.

        Raises:
            Temporary: "spool-area-full", "spool-error", "spool-closed", or "spool-busy": too much waits.
            Refusal: "document-too-large".
        """
        pieces = (data,) if isinstance(data, bytes) else data
        octets = sum(map(len, pieces))
        if octets > self.limits.bundled_octets:
            async with self.intake(octets) as intake:
                for piece in pieces:
                    await intake.write(piece)
                return await intake.finish()
        digest = hashlib.sha256()
        for piece in pieces:
            digest.update(piece)
        return await self.put_hashed(Small(pieces, octets, digest.digest()))

    async def put_hashed(self, document: Small) -> Stored:
        """As ``put``, for the spool's own intakes."""
        if not self._running:
            raise closed()
        return await self._group.put(document)

    def intake(self, expected: int = 0) -> LocalIntake:
        """Takes a document piece by piece.

        Args:
            expected: octets, as far as known (Content-Length): lets a full disk refuse at once.

        Raises:
            Temporary, Refusal: as ``admit``.
        """
        self.admit(expected)
        intake = LocalIntake(self)
        self._intakes.add(intake)
        return intake

    def admit(self, octets: int = 0) -> None:
        """Whether a document of so many octets may come; for use before its first octet is read.

        Raises:
            Temporary: "spool-area-full" by the free space of about a second ago, or "spool-closed".
            Refusal: "document-too-large".
        """
        if not self._running:
            raise closed()
        if octets > self.limits.document_octets:
            raise too_large(self.limits.document_octets)
        if time.monotonic() - self._free_at > self._free_space_age_s and self._refreshing is None:
            self._refreshing = asyncio.ensure_future(self._refresh_free())
        if self._free - octets < self.limits.free_floor:
            raise below_floor(self._free, self.limits.free_floor, octets)

    # Reading

    async def small(self, document: DocumentRecord) -> bytes | None:
        """The whole document, found to match its SHA-256, or None when it is not small.

        Raises:
            SpoolDamaged: it is missing, short, or not what was stored.
            Temporary: "spool-error", "spool-key-missing": it cannot be read now.
        """
        if document.octets > self.limits.bundled_octets:
            return None
        ref = document.spool
        fd = -1 if ref is None else self._open.get(ref.name, -1)
        if fd >= 0 and (found := self._reader.read_hot(fd, document)) is not None:
            return found
        found, fd = await self._in(self._readers, self._reader.read_small, document)
        self._keep(document, fd)
        return found

    def _keep(self, document: DocumentRecord, fd: int) -> None:
        """Keeps the descriptor of a bundle for the neighbours of this document, which are often next."""
        ref = document.spool
        if self._running and ref is not None and ref.name not in self._open:
            self._remember(Committed([], ref.name, fd))
        else:
            self._reader.close(fd, reference(document), drop=False)

    async def chunks(self, document: DocumentRecord) -> AsyncGenerator[bytes, None]:
        """The document in pieces of at most 256 KiB.

        A caller may rely on this: sizes are checked before the first piece, and the last piece comes only
        after all octets were found to match the SHA-256. So whoever got every piece has what was stored, and
        whoever got ``SpoolDamaged`` (or ``Temporary``) has at least the last piece less; earlier pieces of a
        damaged document may have been given (never so when it is small or the spool encrypts).

        Raises:
            SpoolDamaged, Temporary: as ``small``.
        """
        whole = await self.small(document)
        if whole is not None:
            if whole:
                yield whole
            return
        loop = asyncio.get_running_loop()
        cursor = await self._in(self._readers, self._reader.cursor, document)
        hop = loop.run_in_executor(self._readers, cursor.next, _PIECES_PER_HOP)
        try:
            while pieces := await asyncio.shield(hop):
                hop = loop.run_in_executor(self._readers, cursor.next, _PIECES_PER_HOP)
                for piece in pieces:
                    yield piece
        finally:
            drop = document.octets > self.limits.cache_octets
            hop.add_done_callback(_heard)
            self._close_cursor(cursor, drop=drop)

    # Upkeep

    async def quarantine(self, ref: SpoolRef) -> str:
        """Keeps a damaged document where nothing removes it; returns its path there.

        A file of its own is moved; out of a bundle its octets are copied, since others live there.

        Raises:
            SpoolDamaged: the file is missing.
            Temporary: the file system failed.
        """
        return await self._in(self._keeper, self._upkeep.quarantine, ref)

    async def retire(self, refs: Sequence[SpoolRef], *, alive: Alive) -> Retired:
        """Gives back the space of documents that no live row refers to any longer.

        Call it after the rows were retired. A file in which nothing lives is removed (a bundle only after the
        settling time; until then, and while others live in it, only the octets are given back).

        Raises:
            Temporary: the file system failed; what was not removed is an orphan for the sweep.
        """
        living = await self._ask(alive, list(dict.fromkeys(ref.name for ref in refs)))
        for ref in refs:
            if ref.name not in living:
                self._forget(ref.name)
        return await self._in(self._keeper, self._upkeep.retire, refs, living, self._now_ms())

    async def sweep(
        self, alive: Alive, *, grace_s: int, now_ms: int, after: str = "", limit: int = 10_000
    ) -> Swept:
        """One step of the search for files that no row knows; call it again with ``after=swept.resume``.

        Args:
            grace_s: seconds that a file has to be old; more than any commit of a row can take.
            limit: files to look at in this step.

        Raises:
            Temporary: the file system failed.
        """
        before = now_ms - grace_s * 1000
        names, resume = await self._in(self._keeper, self._upkeep.candidates, after, before, limit)
        removed = octets = 0
        for at in range(0, len(names), self.limits.ask_names):
            group = names[at : at + self.limits.ask_names]
            living = await self._ask(alive, group)
            dead = [name for name in group if name not in living]
            for name in dead:
                self._forget(name)
            count, size = await self._in(self._keeper, self._upkeep.remove, dead)
            removed += count
            octets += size
        return Swept(len(names), removed, octets, resume)

    async def usage(self) -> Usage:
        """Walks the whole spool, shard by shard.

        Raises:
            Temporary: the file system failed.
        """
        try:
            files = octets = 0
            for shard in await self._in(self._keeper, self._upkeep.shards):
                count, size = await self._in(self._keeper, self._upkeep.measure, shard)
                files += count
                octets += size
            return Usage(files, octets, *await self._in(self._keeper, self._upkeep.space))
        except OSError as error:
            raise storage_failure(error, "measuring the spool") from error

    # For the spool's own intakes

    def stream_writer(self) -> StreamWriter:
        return StreamWriter(self._layout, self.limits, self._cipher)

    def in_stream(self, work: Callable[..., _T], *arguments: object) -> asyncio.Future[_T]:
        """Runs a step of a stream in a thread."""
        if self._closed:
            raise closed()
        return asyncio.get_running_loop().run_in_executor(self._streams, work, *arguments)

    def intake_over(self, intake: LocalIntake) -> None:
        self._intakes.discard(intake)

    async def _in(self, pool: ThreadPoolExecutor, work: Callable[..., _T], *arguments: object) -> _T:
        if self._closed:
            raise closed()
        return await asyncio.get_running_loop().run_in_executor(pool, work, *arguments)

    def _remember(self, committed: Committed) -> None:
        """Keeps the descriptor of a new bundle: who reads it soon need not open it."""
        if committed.fd < 0:
            return
        self._open[committed.name] = committed.fd
        if len(self._open) > self.limits.open_bundles:
            self._forget(next(iter(self._open)))

    def _forget(self, name: str) -> None:
        fd = self._open.pop(name, -1)
        if fd >= 0:
            with suppress(OSError):
                self._files.close(fd)

    def _close_cursor(self, cursor: Cursor, *, drop: bool) -> None:
        if self._closed:
            cursor.close(drop=drop)
            return
        loop = asyncio.get_running_loop()
        closing = loop.run_in_executor(self._readers, partial(cursor.close, drop=drop))
        self._closing.add(closing)
        closing.add_done_callback(self._closing.discard)

    async def _refresh_free(self) -> None:
        try:
            self._free = await self._in(self._keeper, self._layout.free)
            self._free_at = time.monotonic()
        except OSError:
            self._free = 0
        finally:
            self._refreshing = None

    async def _ask(self, alive: Alive, names: Sequence[str]) -> set[str]:
        living: set[str] = set()
        for at in range(0, len(names), self.limits.ask_names):
            answer = alive(names[at : at + self.limits.ask_names])
            living |= await answer if isawaitable(answer) else answer
        return living


def _heard(done: "asyncio.Future[list[bytes]]") -> None:
    """Nobody waits for it any longer; an error of it is no news."""
    if not done.cancelled():
        done.exception()
