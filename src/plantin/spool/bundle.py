"""Bundles: files in which small documents rest, a group of them for each commit. Blocking: for one thread.

The first group of a bundle takes all the steps of the law of acceptance: write (result checked), fsync,
rename, fsync of the directory. To make a file is what costs most of it, so while the bundle is young and not
yet full, further groups are appended: write (result checked) and fsync; its name is durable already. A group
begins on a block of its own, hence no block that holds an acknowledged document is ever written again, and a
torn write cannot reach it.

A bundle whose write or fsync failed is never written or fsynced again: after a failed fsync the kernel may
have dropped the pages, and another fsync would wrongly say that all is well. Its earlier groups stay as
durable as they were, and the next group begins a new bundle.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from errno import ESTALE
from typing import Final

from plantin.core.errors import Temporary
from plantin.core.model import SpoolRef
from plantin.spool.cipher import SpoolCipher
from plantin.spool.failures import below_floor, is_full, storage_failure
from plantin.spool.layout import BUNDLE, Layout, time_of
from plantin.spool.records import SpoolLimits, Stored
from plantin.spool.writing import write_all

BLOCK_OCTETS: Final = 4096


@dataclass(frozen=True, slots=True)
class Small:
    """A small document in memory, hashed, on its way to a bundle."""

    pieces: Sequence[bytes]
    octets: int
    sha256: bytes


@dataclass(frozen=True, slots=True)
class Committed:
    """A group commit: one result for each document."""

    results: list[Stored | Temporary]
    name: str = ""
    fd: int = -1
    """When a new bundle was begun: a descriptor to read it by, which the receiver closes; else -1."""


@dataclass(slots=True)
class _Bundle:
    """The file that is being filled."""

    path: str
    """In ``incoming``, until the first commit."""
    fd: int
    name: str = ""
    size: int = 0


class BundleWriter:
    """Commits groups of small documents."""

    def __init__(self, layout: Layout, limits: SpoolLimits, cipher: SpoolCipher | None) -> None:
        self._layout = layout
        self._files = layout.files
        self._limits = limits
        self._cipher = cipher
        self._current: _Bundle | None = None

    def commit(self, group: Sequence[Small]) -> Committed:
        """Durable when it returns, but for those documents whose result is an error."""
        try:
            sealed = [self._at_rest(document) for document in group]
            refused = self._without_room([sum(map(len, pieces)) for pieces in sealed])
            fitting = [index for index in range(len(group)) if index not in refused]
            bundle: _Bundle | None = None
            refs: dict[int, SpoolRef] = {}
            if fitting:
                bundle = self._bundle()
                refs, failure = self._add(bundle, [(index, sealed[index]) for index in fitting])
                if failure is not None:
                    refused.update((index, failure) for index in fitting if index not in refs)
        except OSError as error:
            self.close()
            return Committed([storage_failure(error, "making documents durable")] * len(group))
        results = [
            Stored(refs[index], document.octets, document.sha256) if index in refs else refused[index]
            for index, document in enumerate(group)
        ]
        if bundle is None or bundle.path == "":
            return Committed(results)
        bundle.path = ""
        return Committed(results, bundle.name, self._reading(bundle))

    def close(self) -> None:
        """Ends the current bundle; what was not committed of it is removed."""
        bundle, self._current = self._current, None
        if bundle is None:
            return
        if bundle.name:
            with suppress(OSError):
                self._files.close(bundle.fd)
        else:
            self._layout.abandon(bundle.path, bundle.fd)

    def _bundle(self) -> _Bundle:
        """The one to write to."""
        bundle = self._current
        if bundle is not None:
            if self._goes_on(bundle):
                return bundle
            self.close()
        self._current = _Bundle(*self._layout.create())
        return self._current

    def _goes_on(self, bundle: _Bundle) -> bool:
        """Room, age, and nobody has removed or cut the file."""
        age = self._layout.now_ms() - time_of(bundle.name)
        if bundle.size >= self._limits.bundle_octets or age >= self._limits.bundle_age_s * 1000:
            return False
        found = self._files.fstat(bundle.fd)
        return found.st_nlink > 0 and found.st_size == bundle.size

    def _add(
        self, bundle: _Bundle, documents: Sequence[tuple[int, Sequence[bytes]]]
    ) -> tuple[dict[int, SpoolRef], Temporary | None]:
        """Where those rest that are durable now, by index; and why the others are not."""
        start = bundle.size
        pieces = [piece for _, document in documents for piece in document if piece]
        size = sum(map(len, pieces))
        pieces.append(bytes(-size % BLOCK_OCTETS))
        written, error = write_all(self._files, bundle.fd, pieces)
        if error is not None and not is_full(error):
            raise error
        places: dict[int, tuple[int, int]] = {}
        end = 0
        for index, document in documents:
            octets = sum(map(len, document))
            if end + octets > written:
                break
            places[index] = (start + end, octets)
            end += octets
        if error is not None:
            if not places:
                raise error
            self._files.ftruncate(bundle.fd, start + end)
        self._files.fsync(bundle.fd)
        if bundle.name:
            if self._files.fstat(bundle.fd).st_nlink == 0:
                raise OSError(ESTALE, "the bundle was removed")
        else:
            bundle.name = self._layout.settle(bundle.path, BUNDLE)
        bundle.size = start + size + len(pieces[-1])
        refs = {index: SpoolRef(bundle.name, *place) for index, place in places.items()}
        if error is None:
            return refs, None
        bundle.size = self._limits.bundle_octets
        return refs, storage_failure(error, "writing a document")

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

    def _at_rest(self, document: Small) -> Sequence[bytes]:
        return document.pieces if self._cipher is None else self._cipher.seal(document.pieces)

    def _reading(self, bundle: _Bundle) -> int:
        try:
            return self._files.dup(bundle.fd)
        except OSError:
            return -1
