"""A file system that fails on demand, stops at a chosen step, and knows what a loss of power leaves.

Works on a real directory. Beside it, it keeps account of what POSIX calls durable: the content of a file as
of its last fsync, and the entries of a directory as of its last fsync. ``power_cut`` builds what is left.
"""

import errno
import os
import random
import stat
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from plantin.spool.osfiles import OsFiles

BLOCK = 4096


class SimulatedCrash(Exception):
    """The process is gone: nothing that comes after this happened."""


@dataclass
class Fault:
    """Fails the calls of one kind, from the ``first`` on (0-based), ``times`` of them."""

    call: str
    """open, writev, fsync-file, fsync-directory, rename, mkdir, unlink, pread, ftruncate"""
    number: int = errno.EIO
    first: int = 0
    times: int = 1
    partial: int = -1
    """For writev: octets that still get written; -1: none, and no octet either."""


class FaultyFiles(OsFiles):
    """See the module. Attributes may be set at any time."""

    def __init__(self, base: Path, *, crash_at: int = -1) -> None:
        self.base = str(base)
        self.crash_at = crash_at
        self.crashed = False
        self.faults: list[Fault] = []
        self.most_per_write = 1 << 30
        self.free: int | None = None
        self.gate = threading.Event()
        """While it is not set, writes and fsyncs wait."""
        self.gate.set()
        self.came = threading.Event()
        """Set by a write that has come to the gate."""
        self.trace: list[tuple[str, str]] = []
        """Steps that changed something: the call, and what it was about."""
        self.opens: list[str] = []
        """Every path that was opened."""
        self.failed_fsyncs: set[int] = set()
        self._lock = threading.RLock()
        self._seen: dict[str, int] = {}
        self._paths: dict[int, str] = {}
        self._contents: dict[int, bytes] = {}
        self._dirty: dict[int, set[int]] = {}
        """Inode -> numbers of blocks written since the last fsync: a loss of power may tear them."""
        self._entries: dict[str, dict[str, int]] = {self.base: {}}
        """Directory -> name -> inode; 0 for a directory."""

    # Steps and faults

    def _step(self, call: str, about: str) -> None:
        with self._lock:
            if self.crashed or len(self.trace) == self.crash_at:
                self.crashed = True
                raise SimulatedCrash(f"at step {self.crash_at}, {call} {about}")
            self.trace.append((call, about.removeprefix(self.base)))

    def _fault(self, call: str) -> Fault | None:
        if self.crashed:
            raise SimulatedCrash(call)
        with self._lock:
            seen = self._seen[call] = self._seen.get(call, -1) + 1
            for fault in self.faults:
                if fault.call == call and fault.first <= seen < fault.first + fault.times:
                    return fault
        return None

    def _check(self, call: str) -> None:
        fault = self._fault(call)
        if fault is not None:
            raise OSError(fault.number, os.strerror(fault.number))

    def fail(self, call: str, number: int, *, times: int = 1, partial: int = -1) -> None:
        """The next calls of this kind fail."""
        with self._lock:
            first = self._seen.get(call, -1) + 1
            self.faults.append(Fault(call, number, first, times, partial))

    def open_now(self) -> list[str]:
        """The paths under which files are open that are not closed yet."""
        return list(self._paths.values())

    def die(self) -> None:
        """Closes what the dead process had open, and so gives its locks up."""
        self.crashed = True
        for fd in self._paths:
            with suppress(OSError):
                os.close(fd)
        self._paths.clear()

    # Calls

    def open(self, path: str, flags: int, mode: int = 0o600) -> int:
        if flags & os.O_CREAT:
            self._step("create", path)
        self._check("open")
        fd = super().open(path, flags, mode)
        with self._lock:
            self._paths[fd] = path
            self.opens.append(path)
            if flags & os.O_CREAT:
                self._contents.pop(os.fstat(fd).st_ino, None)
                self._dirty.pop(os.fstat(fd).st_ino, None)
        return fd

    def close(self, fd: int) -> None:
        if self.crashed:
            raise SimulatedCrash("close")
        with self._lock:
            self._paths.pop(fd, None)
            super().close(fd)

    def writev(self, fd: int, pieces: Sequence[bytes | memoryview]) -> int:
        self.came.set()
        self.gate.wait()
        fault = self._fault("writev")
        whole = b"".join(pieces)
        if fault is not None:
            if fault.partial < 0:
                raise OSError(fault.number, os.strerror(fault.number))
            whole = whole[: fault.partial]
            if not whole and fault.number == 0:
                return 0
        if not self.crashed and len(self.trace) == self.crash_at:
            os.write(fd, whole[: len(whole) // 2])
        self._step("write", self._paths[fd])
        start = os.lseek(fd, 0, os.SEEK_CUR)
        blocks = range(start // BLOCK, -(-(start + len(whole)) // BLOCK))
        with self._lock:
            self._dirty.setdefault(os.fstat(fd).st_ino, set()).update(blocks)
        return os.write(fd, whole[: self.most_per_write])

    def fsync(self, fd: int) -> None:
        self.gate.wait()
        path = self._paths[fd]
        found = os.fstat(fd)
        kind = "directory" if stat.S_ISDIR(found.st_mode) else "file"
        self._step(f"fsync-{kind}", path)
        assert found.st_ino not in self.failed_fsyncs, "fsync again after a failed fsync"
        try:
            self._check(f"fsync-{kind}")
        except OSError:
            if kind == "file":
                self.failed_fsyncs.add(found.st_ino)
            raise
        super().fsync(fd)
        with self._lock:
            if kind == "directory":
                self._entries[path] = {
                    entry.name: 0 if entry.is_dir() else entry.inode() for entry in os.scandir(path)
                }
            else:
                self._dirty.pop(found.st_ino, None)
                self._contents[found.st_ino] = os.pread(fd, found.st_size, 0)

    def ftruncate(self, fd: int, octets: int) -> None:
        self._step("truncate", self._paths[fd])
        self._check("ftruncate")
        super().ftruncate(fd, octets)

    def pread(self, fd: int, octets: int, offset: int) -> bytes:
        self._check("pread")
        return super().pread(fd, octets, offset)

    def rename(self, source: str, target: str) -> None:
        self._step("rename", target)
        self._check("rename")
        super().rename(source, target)

    def unlink(self, path: str) -> None:
        self._step("unlink", path)
        self._check("unlink")
        inode = os.stat(path).st_ino
        super().unlink(path)
        with self._lock:
            self.failed_fsyncs.discard(inode)

    def mkdir(self, path: str) -> None:
        self._step("mkdir", path)
        self._check("mkdir")
        super().mkdir(path)
        with self._lock:
            self._entries[path] = {}

    def rmdir(self, path: str) -> None:
        self._step("rmdir", path)
        super().rmdir(path)

    def punch_hole(self, fd: int, offset: int, octets: int) -> bool:
        self._step("punch", self._paths[fd])
        return super().punch_hole(fd, offset, octets)

    def statvfs(self, path: str) -> os.statvfs_result:
        if self.crashed:
            raise SimulatedCrash("statvfs")
        found = super().statvfs(path)
        if self.free is None:
            return found
        changed = list(found)
        changed[1], changed[4] = 1, self.free
        return os.statvfs_result(changed)

    # Loss of power

    def power_cut(self, target: Path, rng: random.Random | None = None) -> None:
        """Builds in ``target`` what is left under ``base``.

        Without ``rng`` only what was fsynced; with it, of everything else whatever the dice say.
        """

        def coin() -> bool:
            return rng is not None and rng.random() < 0.5

        self._rebuild(self.base, target, coin, rng or random.Random(0))

    def _rebuild(self, path: str, target: Path, coin: Callable[[], bool], rng: random.Random) -> None:
        durable = self._entries.get(path, {})
        now: dict[str, os.stat_result] = {}
        with suppress(FileNotFoundError):
            now = {entry.name: entry.stat(follow_symlinks=False) for entry in os.scandir(path)}
        names = {name: inode for name, inode in durable.items() if name in now or not coin()}
        for name, found in now.items():
            if name not in names and coin():
                names[name] = 0 if stat.S_ISDIR(found.st_mode) else found.st_ino
        for name, inode in names.items():
            if inode == 0:
                (target / name).mkdir(mode=0o700)
                self._rebuild(f"{path}/{name}", target / name, coin, rng)
                continue
            content = self._contents.get(inode, b"")
            if name in now and coin():
                written = Path(path, name).read_bytes()[len(content) :]
                torn = bytearray(content + written[: rng.randrange(len(written) + 1)])
                for block in self._dirty.get(inode, ()):
                    if coin() and block * BLOCK < len(torn):
                        end = min((block + 1) * BLOCK, len(torn))
                        torn[block * BLOCK : end] = rng.randbytes(end - block * BLOCK)
                content = bytes(torn)
            (target / name).write_bytes(content)
