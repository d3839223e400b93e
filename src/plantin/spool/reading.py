"""Reads documents back and checks them against what was stored. Blocking, but for ``read_hot``: for threads.

Never gives the last octets of a document before all of it has been found to match its SHA-256.
"""

import hashlib
import os
import threading
from typing import Final

from plantin.core.errors import PlantinError, SpoolDamaged
from plantin.core.model import DocumentRecord, SpoolRef
from plantin.spool.cipher import (
    CHUNK_OCTETS,
    HEADER_OCTETS,
    TAG_OCTETS,
    Opener,
    SpoolCipher,
    key_missing,
    size_at_rest,
)
from plantin.spool.failures import storage_failure
from plantin.spool.layout import Layout
from plantin.spool.records import SpoolLimits

CHUNKS_PER_PIECE: Final = 4
PIECE_OCTETS: Final = CHUNKS_PER_PIECE * CHUNK_OCTETS
"""What ``chunks`` yields at most."""


def reference(document: DocumentRecord) -> SpoolRef:
    """Where it rests; its sizes are checked against each other. Raises ``SpoolDamaged``."""
    ref = document.spool
    if ref is None:
        raise SpoolDamaged(f"document {document.number} of job {document.job} has been retired")
    if ref.offset < 0 or ref.size not in (document.octets, size_at_rest(document.octets)):
        raise SpoolDamaged(
            f"{ref} does not fit document {document.number} of job {document.job}: {document.octets} octets"
        )
    return ref


class Reader:
    """Opens documents at rest. May be used from any thread."""

    def __init__(self, layout: Layout, limits: SpoolLimits, cipher: SpoolCipher | None) -> None:
        self._layout = layout
        self._files = layout.files
        self._limits = limits
        self._cipher = cipher

    def read_small(self, document: DocumentRecord) -> tuple[bytes, int]:
        """A whole document, and the descriptor of its file, which the caller closes.

        Raises:
            SpoolDamaged: it is missing, short, or not what was stored.
            Temporary: the spool cannot be read now, or the master key is not at hand.
        """
        ref = reference(document)
        fd = self.open(ref)
        try:
            raw = self._files.pread(fd, ref.size, ref.offset)
            return self.check(raw, document, ref), fd
        except OSError as error:
            self._files.close(fd)
            raise storage_failure(error, f"reading {ref}") from error
        except BaseException:
            self._files.close(fd)
            raise

    def read_hot(self, fd: int, document: DocumentRecord) -> bytes | None:
        """As ``read_small`` from an open bundle, when that takes no wait for the disk; else None."""
        ref = reference(document)
        if self._files.fstat(fd).st_nlink == 0:
            return None
        raw = self._files.pread_nowait(fd, ref.size, ref.offset)
        return None if raw is None else self.check(raw, document, ref)

    def open(self, ref: SpoolRef) -> int:
        """A descriptor of the file, which is long enough for ``ref``."""
        path = self._layout.path(ref.name)
        try:
            fd = self._files.open(path, os.O_RDONLY)
        except FileNotFoundError as error:
            if not self._layout.present():
                raise storage_failure(error, f"looking for the spool {self._layout.root}") from error
            raise SpoolDamaged(f"the spool file {ref.name} is missing") from None
        except OSError as error:
            raise storage_failure(error, f"opening {ref.name}") from error
        size = self._files.fstat(fd).st_size
        if size < ref.offset + ref.size:
            self._files.close(fd)
            raise SpoolDamaged(
                f"the spool file {ref.name} is cut off: {ref} needs more than its {size} octets"
            )
        return fd

    def check(self, raw: bytes, document: DocumentRecord, ref: SpoolRef) -> bytes:
        """The document from its octets at rest."""
        if len(raw) != ref.size:
            raise SpoolDamaged(f"{ref} is cut off: {len(raw)} octets could be read")
        if ref.size != document.octets:
            raw = self.opener(raw[:HEADER_OCTETS]).open(raw[HEADER_OCTETS:], last=True)
        if hashlib.sha256(raw).digest() != document.sha256:
            raise SpoolDamaged(f"{ref} is not what was stored: its SHA-256 differs")
        return raw

    def opener(self, header: bytes) -> Opener:
        if self._cipher is None:
            raise key_missing(header[6:14])
        return self._cipher.opener(header)

    def cursor(self, document: DocumentRecord) -> "Cursor":
        """For a document of any size, piece by piece. Raises as ``read_small``."""
        ref = reference(document)
        fd = self.open(ref)
        try:
            return Cursor(self, fd, document, ref)
        except (OSError, PlantinError) as error:
            self._files.close(fd)
            if isinstance(error, OSError):
                raise storage_failure(error, f"reading {ref}") from error
            raise

    def read(self, fd: int, octets: int, offset: int, ref: SpoolRef) -> bytes:
        """Exactly so many octets."""
        try:
            raw = self._files.pread(fd, octets, offset)
        except OSError as error:
            raise storage_failure(error, f"reading {ref}") from error
        if len(raw) != octets:
            raise SpoolDamaged(f"{ref} is cut off at {offset + len(raw)}")
        return raw

    def close(self, fd: int, ref: SpoolRef, *, drop: bool) -> None:
        if drop:
            self._files.drop_cache(fd, ref.offset, ref.size)
        self._files.close(fd)


class Cursor:
    """Reads one document from front to back. Its methods may be called from any thread."""

    def __init__(self, reader: Reader, fd: int, document: DocumentRecord, ref: SpoolRef) -> None:
        self._reader = reader
        self._fd = fd
        self._ref = ref
        self._document = document
        self._lock = threading.Lock()
        self._hash = hashlib.sha256()
        self._at = ref.offset
        self._end = ref.offset + ref.size
        self._opener: Opener | None = None
        self._step = PIECE_OCTETS
        if ref.size != document.octets:
            self._opener = reader.opener(reader.read(fd, HEADER_OCTETS, ref.offset, ref))
            self._at += HEADER_OCTETS
            self._step += CHUNKS_PER_PIECE * TAG_OCTETS

    def next(self, pieces: int) -> list[bytes]:
        """Up to so many pieces; none after the end or when it is closed."""
        with self._lock:
            return self._next(pieces) if self._fd >= 0 else []

    def _next(self, pieces: int) -> list[bytes]:
        out: list[bytes] = []
        while len(out) < pieces and self._at < self._end:
            raw = self._reader.read(self._fd, min(self._step, self._end - self._at), self._at, self._ref)
            self._at += len(raw)
            last = self._at == self._end
            if self._opener is not None:
                raw = self._opener.open(raw, last=last)
            self._hash.update(raw)
            if last and self._hash.digest() != self._document.sha256:
                raise SpoolDamaged(f"{self._ref} is not what was stored: its SHA-256 differs")
            out.append(raw)
        return out

    def close(self, *, drop: bool = False) -> None:
        """``drop``: nobody will read it again soon."""
        with self._lock:
            if self._fd >= 0:
                fd, self._fd = self._fd, -1
                self._reader.close(fd, self._ref, drop=drop)
