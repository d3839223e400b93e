"""The virtual device: writes what it receives to a folder, or appends it to one file.

Promises that a printed file appears whole under its name or not at all (temporary name, fsync, rename),
that it never replaces an earlier one and never leaves its folder, whatever the job is called. Blocking
calls run on threads of its own (law 8).
"""

import asyncio
import errno
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, TypeVar

from plantin.core.errors import Refusal, SpoolDamaged
from plantin.core.model import Delivered, DeviceRecord, DocumentRecord, Ticket
from plantin.core.ports import DocumentSource, Progress, Reached, Stop
from plantin.delivery import outcome
from plantin.delivery.naming import file_name
from plantin.delivery.pieces import close_pieces
from plantin.delivery.places import Place, open_place
from plantin.delivery.surroundings import Surroundings

_T = TypeVar("_T")
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class _Stopped(Exception):
    """The wish to stop was seen between two pieces."""


class FileBackend:
    """Writes to folders and files below the configured roots. One object serves any number of devices."""

    def __init__(self, surroundings: Surroundings, *, threads: int = 2) -> None:
        self._surroundings = surroundings
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="file-device")

    async def reach(self, device: DeviceRecord, stop: Stop, limit_s: float) -> Reached | None:
        """Nothing to gain: a folder is always near."""
        return None

    async def deliver(
        self,
        ticket: Ticket,
        source: DocumentSource,
        progress: Progress,
        stop: Stop,
        reached: Reached | None = None,
    ) -> Delivered:
        """See :class:`plantin.core.ports.Backend`."""
        if stop.reason:
            return outcome.stopped_before(stop.reason)
        try:
            place = await self._run(open_place, self._surroundings.target(ticket.device), self._roots)
        except Refusal as error:
            return outcome.temporary(error.reason, error.text)
        except OSError as error:
            return outcome.temporary(*_in_words(error))
        try:
            await progress.sending()
            return await self._write(ticket, source, place, stop)
        finally:
            await self._run(place.close)

    async def probe(self, device: DeviceRecord) -> tuple[str, str] | None:
        """Opens the folder or file and closes it."""
        try:
            place = await self._run(open_place, self._surroundings.target(device), self._roots)
            await self._run(place.close)
        except Refusal as error:
            return error.reason, error.text
        except OSError as error:
            return _in_words(error)
        return None

    async def recover(self, ticket: Ticket, device_job: str) -> Delivered | None:
        """A file that appears only when it is whole may or may not have appeared."""
        return outcome.unknown("interrupted", "interrupted while the file was being written", 0)

    async def close(self) -> None:
        """Lets the threads go."""
        self._threads.shutdown(wait=False)

    @property
    def _roots(self) -> tuple[Path, ...]:
        return self._surroundings.file_roots

    async def _run(self, function: Callable[..., _T], *args: object) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, lambda: function(*args))

    async def _write(self, ticket: Ticket, source: DocumentSource, place: Place, stop: Stop) -> Delivered:
        octets = 0
        try:
            for document in ticket.documents:
                if stop.reason:
                    raise _Stopped
                await self._run(place.begin, _name(ticket, document))
                octets += await self._document(document, source, place, stop)
            names = await self._run(place.commit)
        except _Stopped:
            return outcome.canceled(stop.reason, "stopped while it was being written", place.paper)
        except SpoolDamaged as error:
            return outcome.permanent(error.reason, error.text, octets=place.paper)
        except OSError as error:
            reason, text = _in_words(error)
            if place.paper:
                return outcome.unknown(reason, f"{text}, after {place.paper} octets", place.paper)
            return outcome.temporary(reason, text)
        return outcome.completed(f"written to {', '.join(names)}", octets, confirmed=True)

    async def _document(
        self, document: DocumentRecord, source: DocumentSource, place: Place, stop: Stop
    ) -> int:
        whole = await source.small(document)
        if whole is not None:
            await self._run(place.write, whole)
            return len(whole)
        octets = 0
        pieces = source.chunks(document)
        try:
            async for piece in pieces:
                if stop.reason:
                    raise _Stopped
                await self._run(place.write, piece)
                octets += len(piece)
        finally:
            await close_pieces(pieces)
        return octets


def _name(ticket: Ticket, document: DocumentRecord) -> str:
    job = ticket.job
    return file_name(job.id, document.number, len(ticket.documents), job.name, document.format)


def _in_words(error: OSError) -> tuple[str, str]:
    reason = "device-full" if error.errno in _FULL else "file-device-error"
    name = f"{error.filename}: " if error.filename else ""
    return reason, f"cannot write: {name}{error.strerror or error}"
