"""Writes one large document to a file of its own. Blocking: for threads.

The steps are those of the law of acceptance: write (result checked), fsync, rename, fsync of the directory.
A file whose write or fsync failed is abandoned and removed.
"""

import hashlib
from collections.abc import Sequence
from typing import Final

from plantin.core.errors import Temporary
from plantin.core.model import SpoolRef
from plantin.spool.cipher import Sealer, SpoolCipher
from plantin.spool.failures import below_floor, closed, storage_failure
from plantin.spool.layout import SINGLE, Layout
from plantin.spool.records import SpoolLimits, Stored
from plantin.spool.writing import write_all

_WRITEBACK_OCTETS: Final = 8 * 1024 * 1024


class StreamWriter:
    """Writes one large document to a file of its own.

    Its methods run one at a time, in any thread; but ``digest`` and ``write`` of the same pieces may run at
    the same time: hashing takes about as long as writing.
    """

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
        self._over = False
        self._path = ""
        self._fd = -1

    def digest(self, pieces: Sequence[bytes]) -> None:
        """Takes the pieces into the SHA-256."""
        for piece in pieces:
            self._hash.update(piece)
            self._octets += len(piece)

    def write(self, pieces: Sequence[bytes]) -> None:
        """Appends. After an error (``Temporary``) nothing is left on disk and the writer is over."""
        if self._over:
            raise closed()
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
        if self._over:
            raise closed()
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
        self._over = True
        return Stored(SpoolRef(name, 0, self._size), self._octets, self._hash.digest())

    def abort(self) -> None:
        """Removes what there is; does nothing after ``finish``. May be called twice."""
        self._over = True
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
