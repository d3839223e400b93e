"""Where files of the spool lie, and the steps that make a file durable under its name.

::

    format                       "plantin-spool 1"; also the lock under which processes start
    incoming/TOKEN/              files being written, one directory for each process, locked while it lives
    documents/YYYYMMDD/HHM0/     files at rest, by the ten minutes (UTC) of their commit
    quarantine/                  damaged documents, kept for a person to look at

A name is ``YYYYMMDD/HHM0/MILLISECONDS-NUMBER-TOKEN.b`` (bundle: many documents) or ``.d`` (one document), the
parts hexadecimal and of fixed width, so that names sort by time. A file under ``documents/`` is always whole:
it gets its name by rename(2) after its fsync(2).
"""

import os
import re
import secrets
import stat
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from plantin.core.errors import Permanent, SpoolDamaged
from plantin.spool.osfiles import OsFiles

MARKER: Final = "format"
VERSION: Final = "plantin-spool 1\n"
SHARD_MINUTES: Final = 10
BUNDLE: Final = ".b"
SINGLE: Final = ".d"
NAME: Final = re.compile(r"(\d{8}/\d{4})/([0-9a-f]{12})-[0-9a-f]{6}-[0-9a-f]{8}\.[bd]")


def system_ms() -> int:
    """Unix time in milliseconds."""
    return time.time_ns() // 1_000_000


def shard_of(at_ms: int) -> str:
    """``YYYYMMDD/HHM0`` of a Unix time in milliseconds."""
    at = datetime.fromtimestamp(at_ms / 1000, UTC)
    return f"{at:%Y%m%d/%H}{at.minute // SHARD_MINUTES * SHARD_MINUTES:02d}"


def time_of(name: str) -> int:
    """When the file of this (valid) name was committed first, Unix milliseconds."""
    return int(name[14:26], 16)


def closed_at(name: str, bundle_age_s: int) -> int:
    """From when on nothing is added to the file of this (valid) name, Unix milliseconds."""
    return time_of(name) + (bundle_age_s * 1000 if name.endswith(BUNDLE) else 0)


class Layout:
    """The directories of one spool, as one process uses them. Methods may be called from any thread."""

    def __init__(self, root: Path, files: OsFiles, now_ms: Callable[[], int] = system_ms) -> None:
        self.root = str(root)
        self.files = files
        self.documents = f"{self.root}/documents"
        self.quarantine = f"{self.root}/quarantine"
        self._now_ms = now_ms
        self._token = secrets.token_hex(4)
        self._incoming = f"{self.root}/incoming/{self._token}"
        self._incoming_fd = -1
        self._lock = threading.Lock()
        self._last_ms = 0
        self._number = 0
        self._durable_shard = ""

    def now_ms(self) -> int:
        """Unix time in milliseconds; never goes back."""
        with self._lock:
            return self._now()

    def open(self) -> None:
        """Checks the directory (makes it when it is missing) and clears what dead processes left unfinished.

        Raises:
            Permanent: "spool-unusable": it is not a spool, of another version, or open to others.
            OSError: the file system refused.
        """
        self._make_root()
        # The directory itself is the lock, not the marker: two processes that both make a new spool would
        # write two markers, lock one each, and clear away the other's incoming directory.
        root = self.files.open(self.root, os.O_RDONLY | os.O_DIRECTORY)
        try:
            self.files.lock(root, wait=True)
            self.files.close(self._check_marker())
            for name in ("incoming", "documents", "quarantine"):
                self._make_directory(f"{self.root}/{name}")
            self.sync_directory(self.root)
            self._clear_incoming()
            self.files.mkdir(self._incoming)
            self._incoming_fd = self.files.open(self._incoming, os.O_RDONLY | os.O_DIRECTORY)
            self.files.lock(self._incoming_fd, wait=False)
        finally:
            self.files.close(root)

    def close(self) -> None:
        """Gives the incoming directory up."""
        if self._incoming_fd >= 0:
            with suppress(OSError):
                self.files.rmdir(self._incoming)
            self.files.close(self._incoming_fd)
            self._incoming_fd = -1

    def path(self, name: str) -> str:
        """The path of a spool file. Raises ``SpoolDamaged`` for what is no name of ours."""
        if NAME.fullmatch(name) is None:
            raise SpoolDamaged(f"{name!r} is not the name of a spool file")
        return f"{self.documents}/{name}"

    def present(self) -> bool:
        """False when the whole spool is gone (not mounted, say), so that one missing file proves nothing."""
        try:
            self.files.stat(f"{self.root}/{MARKER}")
        except OSError:
            return False
        return True

    def create(self) -> tuple[str, int]:
        """Path and descriptor of a new file in ``incoming``."""
        with self._lock:
            self._number += 1
            path = f"{self._incoming}/{self._number:x}"
        return path, self.files.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL)

    def settle(self, path: str, kind: str) -> str:
        """Gives a file from ``incoming``, already fsynced, its name; durable when this returns.

        Any ``OSError`` means that the name is not durable: the caller has to forget it.
        """
        with self._lock:
            at = self._now()
            self._number += 1
            shard = shard_of(at)
            name = f"{shard}/{at:012x}-{self._number & 0xFFFFFF:06x}-{self._token}{kind}"
            if shard != self._durable_shard:
                self._make_shard(shard)
        try:
            self.files.rename(path, f"{self.documents}/{name}")
            self.sync_directory(f"{self.documents}/{shard}")
        except OSError:
            self._durable_shard = ""
            with suppress(OSError):
                self.files.unlink(f"{self.documents}/{name}")
            raise
        return name

    def abandon(self, path: str, fd: int) -> None:
        """Closes and removes an unfinished file; never fails."""
        with suppress(OSError):
            self.files.close(fd)
        with suppress(OSError):
            self.files.unlink(path)

    def prune(self, shard: str) -> None:
        """Removes a directory that is empty and of the past; leaves any other alone."""
        with self._lock:
            if shard != self._durable_shard and shard < shard_of(self._now_ms()):
                with suppress(OSError):
                    self.files.rmdir(f"{self.documents}/{shard}")

    def free(self) -> int:
        """Free octets for us on the file system of the spool."""
        found = self.files.statvfs(self.root)
        return found.f_bavail * found.f_frsize

    def sync_directory(self, path: str) -> None:
        fd = self.files.open(path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            self.files.fsync(fd)
        finally:
            self.files.close(fd)

    def _now(self) -> int:
        self._last_ms = max(self._last_ms, self._now_ms())
        return self._last_ms

    def _make_shard(self, shard: str) -> None:
        """Both levels, durable; fsynced even where they exist: their maker may have crashed before that."""
        day = f"{self.documents}/{shard[:8]}"
        self._make_directory(day)
        self.sync_directory(self.documents)
        self._make_directory(f"{self.documents}/{shard}")
        self.sync_directory(day)
        self._durable_shard = shard

    def _make_directory(self, path: str) -> None:
        with suppress(FileExistsError):
            self.files.mkdir(path)

    def _make_root(self) -> None:
        try:
            self.files.mkdir(self.root)
        except FileExistsError:
            pass
        else:
            self.sync_directory(str(Path(self.root).parent))
        found = self.files.stat(self.root)
        if not stat.S_ISDIR(found.st_mode):
            raise Permanent("spool-unusable", f"the spool {self.root} is not a directory")
        if found.st_mode & 0o077:
            raise Permanent(
                "spool-unusable",
                f"the spool {self.root} is open to others (mode {found.st_mode & 0o777:04o}); make it 0700",
            )
        if found.st_uid != os.geteuid():
            raise Permanent(
                "spool-unusable",
                f"the spool {self.root} belongs to user {found.st_uid}, and we run as user {os.geteuid()}",
            )

    def _check_marker(self) -> int:
        """A descriptor of the marker, written when the directory is still empty."""
        path = f"{self.root}/{MARKER}"
        try:
            fd = self.files.open(path, os.O_RDONLY)
        except FileNotFoundError:
            return self._write_marker(path)
        said = self.files.pread(fd, 64, 0)
        if said != VERSION.encode():
            self.files.close(fd)
            raise Permanent(
                "spool-unusable",
                f"the spool {self.root} says {said[:40]!r}, and this release knows {VERSION.strip()!r} only",
            )
        return fd

    def _write_marker(self, path: str) -> int:
        foreign = [name for name in self.files.listdir(self.root) if not name.startswith(f".{MARKER}-")]
        if foreign:
            raise Permanent(
                "spool-unusable", f"{self.root} is not a spool: it holds {min(foreign)!r} and no {MARKER!r}"
            )
        temp = f"{self.root}/.{MARKER}-{self._token}"
        fd = self.files.open(temp, os.O_RDWR | os.O_CREAT | os.O_EXCL)
        try:
            if self.files.writev(fd, [VERSION.encode()]) != len(VERSION):
                raise Permanent("spool-unusable", f"{path} could not be written whole")
            self.files.fsync(fd)
            self.files.rename(temp, path)
            self.sync_directory(self.root)
        except BaseException:
            self.abandon(temp, fd)
            raise
        return fd

    def _clear_incoming(self) -> None:
        """Removes the directories in ``incoming`` that no living process holds."""
        top = f"{self.root}/incoming"
        for token in self.files.listdir(top):
            directory = f"{top}/{token}"
            fd = self.files.open(directory, os.O_RDONLY | os.O_DIRECTORY)
            try:
                if self.files.lock(fd, wait=False):
                    for name in self.files.listdir(directory):
                        self.files.unlink(f"{directory}/{name}")
                    self.files.rmdir(directory)
            finally:
                self.files.close(fd)
