"""Where documents are made fit for devices: sandboxed workers, and files that never have a name.

Promises: nothing is loaded and no process runs before the first conversion, nor some minutes after the last;
what is made lies in a file without a name on the disk of the data directory (``O_TMPFILE``, or unlinked as
soon as it is open), so that it is gone with this process, however it ends, and is never found by name in
clear where the spool is encrypted. What Ghostscript works on has a name in its worker's own folder (mode
0700) while that step runs; what a crash leaves of it is cleared at the next start. Never: makes a file that
would leave less free space than the spool's floor.
"""

import asyncio
import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TypeVar

from plantin.core.errors import Temporary
from plantin.core.model import DocumentRecord
from plantin.core.ports import DocumentSource
from plantin.delivery.pieces import close_pieces
from plantin.inspect import limits

if TYPE_CHECKING:
    from plantin.inspect.pool import Pool

_T = TypeVar("_T")
IDLE_STOP_S = 300.0
"""Workers end after so long without work."""


class Unfit(Exception):
    """The document cannot be made fit: ``reason`` is a job-state-reasons keyword."""

    def __init__(self, reason: str, text: str) -> None:
        super().__init__(text)
        self.reason = reason
        self.text = text


class Workshop:
    """Makes documents.

    Args:
        folder: for the files; made when it is first needed, and cleared of what a crash left.
        free_floor: octets that are left free on the disk, as the spool does it.
        workers: documents that are made at once.
        idle_stop_s: seconds without work after which the workers end.
    """

    def __init__(
        self,
        folder: Path,
        *,
        free_floor: int = 0,
        workers: int = 2,
        idle_stop_s: float = IDLE_STOP_S,
    ) -> None:
        self._folder = folder
        self._free_floor = free_floor
        self._workers = workers
        self._idle_stop_s = idle_stop_s
        self._pool: Pool | None = None
        self._threads: ThreadPoolExecutor | None = None
        self._opening = asyncio.Lock()

    @property
    def threads(self) -> ThreadPoolExecutor:
        """Where files are read and written."""
        if self._threads is None:
            self._threads = ThreadPoolExecutor(self._workers, "conversion")
        return self._threads

    def clear(self) -> None:
        """Removes what a process that was killed left behind. Blocking; before anything is made."""
        shutil.rmtree(self._folder, ignore_errors=True)

    async def make(
        self, document: DocumentRecord, source: DocumentSource, steps: Sequence[dict[str, Any]]
    ) -> IO[bytes]:
        """The document after ``steps``, to be closed by the caller. Cancelled, it leaves nothing behind.

        Raises:
            Unfit: the document is damaged, beyond a limit, or kills its worker.
            Temporary, SpoolDamaged: it cannot be read or made now.
        """
        try:
            pool = await self._ready()
            if document.octets > self._room():
                raise _no_room()
            with await self._new_file() as copy:
                await self._fill(copy, document, source)
                return await self._convert(pool, steps, copy)
        except OSError as error:
            text = f"document {document.number} cannot be converted now: {error.strerror or error}"
            raise Temporary("conversion-not-possible-now", text) from None

    async def close(self) -> None:
        """Ends the workers."""
        pool, threads = self._pool, self._threads
        self._pool = self._threads = None
        if pool is not None:
            await asyncio.to_thread(pool.close)
        if threads is not None:
            threads.shutdown(wait=False)

    async def _ready(self) -> "Pool":
        async with self._opening:
            if self._pool is None:
                self._pool = await self._on_thread(self._open)
            return self._pool

    def _open(self) -> "Pool":
        from plantin.inspect.pool import Pool  # an idle server does not even load it

        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return Pool(
            self._workers,
            cpu_seconds=limits.CONVERSION_CPU_SECONDS,
            wall_seconds=limits.CONVERSION_WALL_SECONDS,
            idle_stop_s=self._idle_stop_s,
            folder=self._folder,
        )

    async def _new_file(self) -> IO[bytes]:
        loop = asyncio.get_running_loop()
        opening = loop.run_in_executor(self.threads, _unnamed, self._folder)
        try:
            return await asyncio.shield(opening)
        except asyncio.CancelledError:
            opening.add_done_callback(_close_it)
            raise

    async def _fill(self, copy: IO[bytes], document: DocumentRecord, source: DocumentSource) -> None:
        pieces = source.chunks(document)
        try:
            async for piece in pieces:
                await self._on_thread(copy.write, piece)
        finally:
            await close_pieces(pieces)
        await self._on_thread(copy.flush)

    async def _convert(self, pool: "Pool", steps: Sequence[dict[str, Any]], copy: IO[bytes]) -> IO[bytes]:
        """Once more when the worker dies: another document's weight may have killed it, or this one."""
        from plantin.inspect.pool import NoWorker, TooMuch, WorkerDied, WorkerFailed

        for last in (False, True):
            made = await self._new_file()
            try:
                os.lseek(copy.fileno(), 0, os.SEEK_SET)
                await pool.convert_async(steps, copy.fileno(), made.fileno(), self._room())
                if not os.fstat(made.fileno()).st_size:
                    raise Unfit("document-format-error", "there is nothing in it")
            except NoWorker as error:
                made.close()
                raise Temporary("conversion-not-possible-now", f"no worker can be started: {error}") from None
            except WorkerDied as error:
                made.close()
                if last:
                    raise Unfit("document-unprintable-error", f"it breaks its worker: {error}") from None
            except TooMuch as error:
                made.close()
                raise Unfit("document-unprintable-error", str(error)) from None
            except WorkerFailed as error:
                made.close()
                raise Unfit("document-format-error", str(error)) from None
            except BaseException:
                made.close()
                raise
            else:
                return made
        raise AssertionError("the last try returns or raises")

    def _room(self) -> int:
        """How large a file may become."""
        room = os.statvfs(self._folder)
        free = room.f_bavail * room.f_frsize - self._free_floor
        if free <= 0:
            raise _no_room()
        return min(free, limits.WORKER_FILE_OCTETS)

    async def _on_thread(self, work: Callable[..., _T], *arguments: object) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self.threads, work, *arguments)


def _no_room() -> Temporary:
    return Temporary("spool-area-full", "there is no room to convert a document")


def _unnamed(folder: Path) -> IO[bytes]:
    return tempfile.TemporaryFile(dir=folder)


def _close_it(opening: "asyncio.Future[IO[bytes]]") -> None:
    if not opening.cancelled() and opening.exception() is None:
        opening.result().close()
