"""Where the virtual device writes: a folder of files, or one file that grows. Blocking; for threads only.

Promises that a file in a folder appears whole under its name or not at all, and that nothing is replaced.
Paths are opened once and everything after goes through the descriptor, so that a folder that is swapped for
a link in between changes nothing.
"""

import errno
import os
import stat
from pathlib import Path
from typing import Final, Protocol

from plantin.core.errors import Refusal
from plantin.delivery.surroundings import Target
from plantin.delivery.uri import NULL, inside

_SAME_NAME_MAX: Final = 10_000


class Place(Protocol):
    """Where one job is written to."""

    @property
    def paper(self) -> int:
        """Octets that cannot be taken back."""
        ...

    def begin(self, name: str) -> None:
        """The next document, called ``name``."""
        ...

    def write(self, data: bytes) -> None:
        """More of it."""
        ...

    def commit(self) -> list[str]:
        """All documents are written: they appear. Returns their names."""
        ...

    def close(self) -> None:
        """Lets go; what was not committed disappears."""
        ...


def open_place(target: Target, roots: tuple[Path, ...]) -> Place:
    """The folder or file of a device.

    Raises:
        Refusal: a link leads out of the roots.
        OSError: it cannot be opened.
    """
    path = Path(target.uri.path)
    real = Path(os.path.realpath(path))
    if target.uri.path != NULL and not any(inside(real, Path(os.path.realpath(root))) for root in roots):
        raise Refusal("bad-device-uri", f"{path} leads outside of the folders for file devices")
    if target.uri.folder or real.is_dir():
        real.mkdir(mode=0o750, exist_ok=True)
        return FolderPlace(real, sync=target.options.sync)
    return AppendPlace(real, sync=target.options.sync)


class FolderPlace:
    """A new file for every document."""

    paper = 0

    def __init__(self, folder: Path, *, sync: bool) -> None:
        self._sync = sync
        self._folder = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        self._written: list[tuple[str, str]] = []
        self._file = -1

    def begin(self, name: str) -> None:
        self._end()
        temporary = f".{name[:180]}.{os.getpid()}-{id(self):x}-{len(self._written)}.part"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        self._file = os.open(temporary, flags, 0o640, dir_fd=self._folder)
        self._written.append((temporary, name))

    def write(self, data: bytes) -> None:
        write_all(self._file, data)

    def commit(self) -> list[str]:
        self._end()
        names: list[str] = []
        while self._written:
            temporary, name = self._written[0]
            final = self._claim(name)
            os.rename(temporary, final, src_dir_fd=self._folder, dst_dir_fd=self._folder)
            names.append(final)
            self._written.pop(0)
        if self._sync:
            os.fsync(self._folder)
        return names

    def close(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
        for temporary, _ in self._written:
            try:
                os.unlink(temporary, dir_fd=self._folder)
            except OSError:
                pass  # the folder itself may be gone
        self._written.clear()
        if self._folder >= 0:
            os.close(self._folder)
            self._folder = -1

    def _end(self) -> None:
        if self._file >= 0:
            if self._sync:
                os.fsync(self._file)
            os.close(self._file)
            self._file = -1

    def _claim(self, name: str) -> str:
        """A free name, made ours by an empty file that the rename then replaces."""
        stem, dot, ending = name.rpartition(".")
        for again in range(_SAME_NAME_MAX):
            candidate = name if again == 0 else f"{stem}~{again + 1}{dot}{ending}"
            try:
                flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
                os.close(os.open(candidate, flags, 0o640, dir_fd=self._folder))
            except FileExistsError:
                continue
            return candidate
        raise OSError(errno.EEXIST, f"there are {_SAME_NAME_MAX} files called {name} already")


class AppendPlace:
    """One file, or something that behaves like one, that takes every document in turn."""

    def __init__(self, path: Path, *, sync: bool) -> None:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC
        self._file = os.open(path, flags, 0o640)
        kind = os.fstat(self._file).st_mode
        if not (stat.S_ISREG(kind) or stat.S_ISCHR(kind)):
            os.close(self._file)
            raise OSError(errno.EINVAL, f"{path} is neither a file nor a character device")
        self._sync = sync and stat.S_ISREG(kind)
        self._path = path
        self.paper = 0

    def begin(self, name: str) -> None:
        """Documents follow each other without a mark."""

    def write(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            taken = os.write(self._file, view)
            self.paper += taken
            view = view[taken:]

    def commit(self) -> list[str]:
        if self._sync:
            os.fsync(self._file)
        return [str(self._path)]

    def close(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


def write_all(file: int, data: bytes) -> None:
    """All of ``data``, however little is taken at a time.

    Raises:
        OSError: as ``os.write``.
    """
    view = memoryview(data)
    while view:
        view = view[os.write(file, view) :]
