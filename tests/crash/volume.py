"""A folder whose disk can be filled and emptied: a small private file system where that may be had, else the
machine's own disk and a floor of free space that a big empty file reaches below."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.peers.process import program

MIB = 1 << 20
VOLUME_OCTETS = 48 * MIB
FLOOR_OCTETS = 8 * MIB
MARGIN_OCTETS = 2048 * MIB
"""Others use the machine's disk meanwhile: so far from the floor on both sides."""


@dataclass
class Volume:
    """The folder, and the floor that the spool shall keep free."""

    folder: Path
    private: bool
    """It has a file system of its own: it can be filled to the last octet."""
    floor: int
    margin: int = 0

    @property
    def _filler(self) -> Path:
        return self.folder / "filler"

    def fill(self, leave: int = 0) -> None:
        """Leave so many octets free (without a file system of its own: less than the floor)."""
        with self._filler.open("ab") as filler:
            if not self.private:
                os.posix_fallocate(filler.fileno(), 0, 2 * self.margin)
                return
            with contextlib.suppress(OSError):
                while (room := self.free() - leave) > 0:
                    filler.write(bytes(min(room, MIB)))
                    filler.flush()

    def empty(self) -> None:
        """Give the space back."""
        self._filler.unlink(missing_ok=True)

    def free(self) -> int:
        """Free octets."""
        found = os.statvfs(self.folder)
        return found.f_bavail * found.f_frsize


@contextlib.contextmanager
def small_volume(folder: Path) -> Iterator[Volume]:
    """The folder, made; what is in it is gone at the end if it was a file system of its own."""
    folder.mkdir()
    options = ["-t", "tmpfs", "-o", f"size={VOLUME_OCTETS},mode=755", "tmpfs", str(folder)]
    mounted = (
        os.geteuid() == 0
        and not subprocess.run([program("mount", "mount"), *options], capture_output=True).returncode
    )
    if not mounted:
        volume = Volume(folder, False, 0)
        volume.margin = min(MARGIN_OCTETS, volume.free() // 8)
        volume.floor = volume.free() - volume.margin
        try:
            yield volume
        finally:
            volume.empty()
        return
    try:
        yield Volume(folder, True, FLOOR_OCTETS)
    finally:
        subprocess.run([program("umount", "mount"), "-l", str(folder)], check=True)
