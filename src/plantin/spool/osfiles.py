"""Every call that the spool makes to the file system, in one place, so that a test can replace it.

Promises nothing beyond the system calls themselves: short writes are returned as they are, errors are the
``OSError`` that the kernel gave. Two calls that Python lacks (``fallocate`` to punch holes, and
``sync_file_range``) go through ctypes. They are left out, silently, where the system has none: both only save
space or time.
"""

# One method is one system call, and to make a Path costs more than some of them:
# ruff: noqa: PTH102, PTH104, PTH106, PTH108, PTH116, PTH208

import ctypes
import fcntl
import os
from collections.abc import Sequence
from typing import Final

_FALLOC_KEEP_SIZE: Final = 0x01
_FALLOC_PUNCH_HOLE: Final = 0x02
_SYNC_WAIT_BEFORE: Final = 1
_SYNC_WRITE: Final = 2
_SYNC_WAIT_AFTER: Final = 4
_READ_NOWAIT: Final[int] = getattr(os, "RWF_NOWAIT", 0)

_libc = ctypes.CDLL(None, use_errno=True)


class OsFiles:
    """The system calls of the spool. Paths are text; every method may raise ``OSError``."""

    def open(self, path: str, flags: int, mode: int = 0o600) -> int:
        """A descriptor, closed on exec."""
        return os.open(path, flags | os.O_CLOEXEC, mode)

    def close(self, fd: int) -> None:
        os.close(fd)

    def dup(self, fd: int) -> int:
        """Another descriptor of the same open file."""
        return os.dup(fd)

    def writev(self, fd: int, pieces: Sequence[bytes | memoryview]) -> int:
        """Octets written, perhaps fewer than given."""
        return os.writev(fd, pieces)

    def pread(self, fd: int, octets: int, offset: int) -> bytes:
        return os.pread(fd, octets, offset)

    def pread_nowait(self, fd: int, octets: int, offset: int) -> bytes | None:
        """As ``pread``, but None where it would have to wait for the disk (or cannot tell)."""
        if not _READ_NOWAIT:
            return None
        buffer = bytearray(octets)
        try:
            got = os.preadv(fd, [buffer], offset, _READ_NOWAIT)
        except OSError:
            return None
        return bytes(buffer) if got == octets else None

    def fsync(self, fd: int) -> None:
        os.fsync(fd)

    def ftruncate(self, fd: int, octets: int) -> None:
        os.ftruncate(fd, octets)

    def fstat(self, fd: int) -> os.stat_result:
        return os.fstat(fd)

    def stat(self, path: str) -> os.stat_result:
        return os.stat(path, follow_symlinks=False)

    def rename(self, source: str, target: str) -> None:
        os.rename(source, target)

    def unlink(self, path: str) -> None:
        os.unlink(path)

    def mkdir(self, path: str) -> None:
        os.mkdir(path, 0o700)

    def rmdir(self, path: str) -> None:
        os.rmdir(path)

    def listdir(self, path: str) -> list[str]:
        return os.listdir(path)

    def statvfs(self, path: str) -> os.statvfs_result:
        return os.statvfs(path)

    def lock(self, fd: int, *, wait: bool) -> bool:
        """An exclusive ``flock``, gone with the descriptor; False when another holds it and we don't wait."""
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            return False
        return True

    def punch_hole(self, fd: int, offset: int, octets: int) -> bool:
        """Gives these octets back to the file system; False where it cannot."""
        call = getattr(_libc, "fallocate", None)
        if call is None:
            return False
        mode = _FALLOC_PUNCH_HOLE | _FALLOC_KEEP_SIZE
        return bool(call(fd, mode, ctypes.c_int64(offset), ctypes.c_int64(octets)) == 0)

    def start_writeback(self, fd: int, offset: int, octets: int) -> None:
        """Lets the kernel begin to write these octets. A hint: no promise, hence no error."""
        self._sync_range(fd, offset, octets, _SYNC_WRITE)

    def finish_writeback(self, fd: int, offset: int, octets: int) -> None:
        """Waits until these octets are written and drops them from the page cache. A hint as well."""
        self._sync_range(fd, offset, octets, _SYNC_WAIT_BEFORE | _SYNC_WRITE | _SYNC_WAIT_AFTER)
        self.drop_cache(fd, offset, octets)

    def drop_cache(self, fd: int, offset: int, octets: int) -> None:
        if hasattr(os, "posix_fadvise"):
            os.posix_fadvise(fd, offset, octets, os.POSIX_FADV_DONTNEED)

    def _sync_range(self, fd: int, offset: int, octets: int, flags: int) -> None:
        call = getattr(_libc, "sync_file_range", None)
        if call is not None:
            call(fd, ctypes.c_int64(offset), ctypes.c_int64(octets), ctypes.c_uint(flags))
