"""Writes documents to disk: many small ones as one bundle, or one large one as a stream. Blocks: for threads.

The steps are those of the law of acceptance: write (result checked), fsync, rename, fsync of the directory.
A file whose write or fsync failed is abandoned: after a failed fsync the kernel may have dropped the pages,
and a second fsync would wrongly say that all is well.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from errno import EIO
from typing import Final

from plantin.core.errors import Temporary
from plantin.core.model import SpoolRef
from plantin.spool.cipher import Sealer, SpoolCipher
from plantin.spool.failures import below_floor, is_full, storage_failure
from plantin.spool.layout import BUNDLE, SINGLE, Layout
from plantin.spool.osfiles import OsFiles
from plantin.spool.records import SpoolLimits, Stored

_IOV_MAX: Final = 1024
_WRITEBACK_OCTETS: Final = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Small:
    """A small document in memory, hashed, on its way to a bundle."""

    pieces: Sequence[bytes]
    octets: int
    sha256: bytes


@dataclass(frozen=True, slots=True)
class Committed:
    """A group commit: one result for each document, and the bundle if there is one."""

    results: list[Stored | Temporary]
    name: str = ""
    fd: int = -1
    """Open for reading; the receiver closes it. -1: there is none."""


def write_all(files: OsFiles, fd: int, pieces: Sequence[bytes]) -> tuple[int, OSError | None]:
    """Writes every octet or says how many were written and why not more."""
    written = 0
    queue: list[bytes | memoryview] = list(pieces)
    at = 0
    while at < len(queue):
        group = queue[at : at + _IOV_MAX]
        expected = sum(map(len, group))
        try:
            count = files.writev(fd, group)
        except OSError as error:
            return written, error
        written += count
        if count == expected:
            at += len(group)
            continue
        if count == 0:
            return written, OSError(EIO, "nothing was written")
        while count >= len(queue[at]):
            count -= len(queue[at])
            at += 1
        queue[at] = memoryview(queue[at])[count:]
    return written, None


class BundleWriter:
    """Commits groups of small documents, each group as one file. For one thread."""

    def __init__(self, layout: Layout, limits: SpoolLimits, cipher: SpoolCipher | None) -> None:
        self._layout = layout
        self._files = layout.files
        self._limits = limits
        self._cipher = cipher

    def commit(self, batch: Sequence[Small]) -> Committed:
        """Durable when it returns, but for those documents whose result is an error."""
        try:
            path, fd = self._layout.create()
        except OSError as error:
            return Committed([storage_failure(error, "making a file")] * len(batch))
        try:
            return self._commit(batch, path, fd)
        except OSError as error:
            self._layout.abandon(path, fd)
            return Committed([storage_failure(error, "making documents durable")] * len(batch))

    def _commit(self, batch: Sequence[Small], path: str, fd: int) -> Committed:
        sealed = [self._at_rest(document) for document in batch]
        sizes = [sum(map(len, pieces)) for pieces in sealed]
        refused = self._without_room(sizes)
        fitting = [index for index in range(len(batch)) if index not in refused]
        pieces = [piece for index in fitting for piece in sealed[index] if piece]
        written, failure = write_all(self._files, fd, pieces)
        if failure is not None:
            if not is_full(failure):
                raise failure
            fitting = self._keep_whole(fd, fitting, sizes, written)
            refused.update(
                (index, storage_failure(failure, "writing a document"))
                for index in range(len(batch))
                if index not in fitting and index not in refused
            )
        if not fitting:
            self._layout.abandon(path, fd)
            return Committed([refused[index] for index in range(len(batch))])
        self._files.fsync(fd)
        name = self._layout.settle(path, BUNDLE)
        results: list[Stored | Temporary] = []
        offset = 0
        for index, document in enumerate(batch):
            if index in refused:
                results.append(refused[index])
                continue
            ref = SpoolRef(name, offset, sizes[index])
            results.append(Stored(ref, document.octets, document.sha256))
            offset += sizes[index]
        return Committed(results, name, fd)

    def _without_room(self, sizes: Sequence[int]) -> dict[int, Temporary]:
        """Those that would take the file system below the floor, by index."""
        free = self._layout.free()
        room = free - self._limits.free_floor
        refused: dict[int, Temporary] = {}
        for index, size in enumerate(sizes):
            if size <= room:
                room -= size
            else:
                refused[index] = below_floor(free, self._limits.free_floor, size)
        return refused

    def _keep_whole(self, fd: int, fitting: Sequence[int], sizes: Sequence[int], written: int) -> list[int]:
        """The disk filled up on the way: those that are whole in the file stay, the rest is cut off."""
        kept: list[int] = []
        end = 0
        for index in fitting:
            if end + sizes[index] > written:
                break
            end += sizes[index]
            kept.append(index)
        self._files.ftruncate(fd, end)
        return kept

    def _at_rest(self, document: Small) -> Sequence[bytes]:
        return document.pieces if self._cipher is None else self._cipher.seal(document.pieces)


class StreamWriter:
    """Writes one large document to a file of its own. Its methods run one at a time, in any thread."""

    def __init__(self, layout: Layout, limits: SpoolLimits, cipher: SpoolCipher | None) -> None:
        self._layout = layout
        self._files = layout.files
        self._limits = limits
        self._sealer: Sealer | None = None if cipher is None else cipher.sealer()
        self._hash = hashlib.sha256()
        self._octets = 0
        self._size = 0
        self._started = 0
        """Octets whose write-back has begun."""
        self._dropped = 0
        self._path = ""
        self._fd = -1

    def write(self, pieces: Sequence[bytes]) -> None:
        """Appends. After an error (``Temporary``) nothing is left on disk and the writer is over."""
        for piece in pieces:
            self._hash.update(piece)
            self._octets += len(piece)
        try:
            if self._fd < 0:
                self._path, self._fd = self._layout.create()
            self._append(pieces if self._sealer is None else self._sealer.update(pieces))
        except OSError as error:
            self.abort()
            raise storage_failure(error, "writing a document") from error
        except Temporary:
            self.abort()
            raise

    def finish(self) -> Stored:
        """Makes the document durable under its name."""
        try:
            if self._sealer is not None:
                self._append(self._sealer.finish())
            self._files.fsync(self._fd)
            name = self._layout.settle(self._path, SINGLE)
        except OSError as error:
            self.abort()
            raise storage_failure(error, "making a document durable") from error
        except Temporary:
            self.abort()
            raise
        if self._size > self._limits.cache_octets:
            self._files.drop_cache(self._fd, 0, 0)
        self._files.close(self._fd)
        self._fd = -1
        return Stored(SpoolRef(name, 0, self._size), self._octets, self._hash.digest())

    def abort(self) -> None:
        """Removes what there is; may be called at any time and twice."""
        if self._fd >= 0:
            fd, self._fd = self._fd, -1
            self._layout.abandon(self._path, fd)

    def _append(self, pieces: Sequence[bytes]) -> None:
        size = sum(map(len, pieces))
        free = self._layout.free()
        if free - size < self._limits.free_floor:
            raise below_floor(free, self._limits.free_floor, size)
        written, failure = write_all(self._files, self._fd, [piece for piece in pieces if piece])
        self._size += written
        if failure is not None:
            raise failure
        self._write_back()

    def _write_back(self) -> None:
        """Keeps the disk busy and dirty pages few, so that the last fsync is short for us and for others."""
        if self._size - self._started < _WRITEBACK_OCTETS:
            return
        begun = self._started
        self._files.start_writeback(self._fd, begun, self._size - begun)
        self._started = self._size
        if self._size > self._limits.cache_octets and begun > self._dropped:
            self._files.finish_writeback(self._fd, self._dropped, begun - self._dropped)
            self._dropped = begun
