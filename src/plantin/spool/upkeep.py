"""Takes documents off the disk when they are retired or were never accepted, and puts damaged ones aside.

Blocking: for one thread. Never decides who lives: the caller says so, from the store's rows. A removal need
not be durable: a file that comes back after a loss of power is an orphan again.
"""

import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Final

from plantin.core.errors import SpoolDamaged
from plantin.core.model import SpoolRef
from plantin.spool.bundle import BLOCK_OCTETS
from plantin.spool.failures import storage_failure
from plantin.spool.layout import BUNDLE, NAME, Layout, closed_at, shard_of
from plantin.spool.records import Retired, SpoolLimits
from plantin.spool.writing import write_all

_COPY_OCTETS: Final = 1024 * 1024


class Upkeep:
    """Retires, sweeps, quarantines and measures."""

    def __init__(self, layout: Layout, limits: SpoolLimits) -> None:
        self._layout = layout
        self._files = layout.files
        self._bundle_age_s = limits.bundle_age_s
        self._settle_ms = limits.settle_s * 1000

    def retire(self, refs: Iterable[SpoolRef], alive: Collection[str], now_ms: int) -> Retired:
        """Removes the files in which nothing lives, and gives back the octets of the others.

        A bundle younger than the settling time stays even when no row names it: the rows of other documents
        in it may be on their way. The sweep takes it later.
        """
        groups: dict[str, list[SpoolRef]] = {}
        for ref in refs:
            groups.setdefault(ref.name, []).append(ref)
        files = holes = 0
        for name, gone in groups.items():
            path = self._layout.path(name)
            bundle = name.endswith(BUNDLE)
            settled = not bundle or now_ms - self._closed_at(name) >= self._settle_ms
            try:
                if name not in alive and settled:
                    self._files.unlink(path)
                    files += 1
                elif bundle:
                    holes += self._punch(path, gone)
            except FileNotFoundError:
                continue
            except OSError as error:
                raise storage_failure(error, f"removing {name}") from error
        return Retired(files, holes)

    def candidates(self, after: str, before_ms: int, limit: int) -> tuple[list[str], str]:
        """Names of files older than ``before_ms`` that follow ``after``, in order; and where to go on.

        The latter is empty when there are no more. Directories that are empty and past are removed.
        """
        found: list[str] = []
        try:
            for shard in self._shards(after[:13], shard_of(max(before_ms, 0))):
                for name in self._names(shard, prune=True):
                    if name <= after or self._closed_at(name) >= before_ms:
                        continue
                    if len(found) == limit:
                        return found, found[-1]
                    found.append(name)
        except OSError as error:
            raise storage_failure(error, "walking the spool") from error
        return found, ""

    def remove(self, names: Sequence[str]) -> tuple[int, int]:
        """Removes orphans; how many, and their octets."""
        removed = octets = 0
        for name in names:
            path = self._layout.path(name)
            try:
                size = self._files.stat(path).st_size
                self._files.unlink(path)
            except FileNotFoundError:
                continue
            except OSError as error:
                raise storage_failure(error, f"removing {name}") from error
            removed += 1
            octets += size
        return removed, octets

    def quarantine(self, ref: SpoolRef) -> str:
        """Puts a damaged document where nothing removes it; returns its path.

        A file of its own is moved. Of a bundle the octets of this document are copied out, as many as exist.
        """
        source = self._layout.path(ref.name)
        target = f"{self._layout.quarantine}/{ref.name.replace('/', '-')}"
        try:
            if ref.name.endswith(BUNDLE):
                target = f"{target}.{ref.offset}"
                self._copy_out(source, target, ref)
            else:
                self._files.rename(source, target)
                self._layout.sync_directory(self._layout.quarantine)
                self._layout.sync_directory(source.rpartition("/")[0])
        except FileNotFoundError:
            raise SpoolDamaged(f"the spool file {ref.name} is missing, there is nothing to keep") from None
        except OSError as error:
            raise storage_failure(error, f"keeping {ref} for inspection") from error
        return target

    def shards(self) -> list[str]:
        """Every ``YYYYMMDD/HHM0`` there is."""
        return list(self._shards("", "99999999/9999"))

    def measure(self, shard: str) -> tuple[int, int]:
        """Files and octets on disk in one shard."""
        files = octets = 0
        for name in self._names(shard, prune=False):
            with suppress(FileNotFoundError):
                octets += self._files.stat(self._layout.path(name)).st_blocks * 512
                files += 1
        return files, octets

    def space(self) -> tuple[int, int, int]:
        """Files in quarantine, free octets, octets of the whole file system."""
        found = self._files.statvfs(self._layout.root)
        kept = len(self._files.listdir(self._layout.quarantine))
        return kept, found.f_bavail * found.f_frsize, found.f_blocks * found.f_frsize

    def _closed_at(self, name: str) -> int:
        return closed_at(name, self._bundle_age_s)

    def _shards(self, first: str, last: str) -> Iterator[str]:
        for day in sorted(self._files.listdir(self._layout.documents)):
            if not first[:8] <= day <= last[:8]:
                continue
            shards = sorted(
                f"{day}/{part}" for part in self._files.listdir(f"{self._layout.documents}/{day}")
            )
            yield from (shard for shard in shards if first <= shard <= last)
            if not shards and day < last[:8]:
                with suppress(OSError):
                    self._files.rmdir(f"{self._layout.documents}/{day}")

    def _names(self, shard: str, *, prune: bool) -> list[str]:
        directory = f"{self._layout.documents}/{shard}"
        try:
            entries = self._files.listdir(directory)
        except FileNotFoundError:
            return []
        if prune and not entries:
            self._layout.prune(shard)
        return sorted(name for entry in entries if NAME.fullmatch(name := f"{shard}/{entry}"))

    def _punch(self, path: str, refs: Sequence[SpoolRef]) -> int:
        """Only whole blocks: those that are shared with documents that stay are not touched."""
        fd = self._files.open(path, os.O_RDWR)
        try:
            holes = 0
            for start, end, documents in _runs(refs):
                first = -(-start // BLOCK_OCTETS) * BLOCK_OCTETS
                past = end // BLOCK_OCTETS * BLOCK_OCTETS
                if first < past and self._files.punch_hole(fd, first, past - first):
                    holes += documents
            return holes
        finally:
            self._files.close(fd)

    def _copy_out(self, source: str, target: str, ref: SpoolRef) -> None:
        path, out = self._layout.create()
        try:
            fd = self._files.open(source, os.O_RDONLY)
            try:
                at, end = ref.offset, ref.offset + ref.size
                while at < end and (piece := self._files.pread(fd, min(_COPY_OCTETS, end - at), at)):
                    _, failure = write_all(self._files, out, [piece])
                    if failure is not None:
                        raise failure
                    at += len(piece)
            finally:
                self._files.close(fd)
            self._files.fsync(out)
            self._files.rename(path, target)
            self._layout.sync_directory(self._layout.quarantine)
        except OSError:
            self._layout.abandon(path, out)
            raise
        self._files.close(out)


def _runs(refs: Iterable[SpoolRef]) -> Iterator[tuple[int, int, int]]:
    """Start, end and number of documents that lie one right after the other."""
    start = end = documents = 0
    for ref in sorted(refs, key=lambda ref: ref.offset):
        if documents and ref.offset == end:
            end += ref.size
            documents += 1
            continue
        if documents:
            yield start, end, documents
        start, end, documents = ref.offset, ref.offset + ref.size, 1
    if documents:
        yield start, end, documents
