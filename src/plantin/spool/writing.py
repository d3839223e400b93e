"""The one way in which the spool writes: every octet, or the number of those written and why not more."""

from collections.abc import Sequence
from errno import EIO
from typing import Final

from plantin.spool.osfiles import OsFiles

_IOV_MAX: Final = 1024


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
