"""One installation of Plantin: its data directory and its database, as the commands and the processes see it.

Every command works on it whether the server runs or not: a change is committed to the store, and a hint
tells a running server to look. Any number of commands may run at once.
"""

import fcntl
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import ParamSpec, TypeVar

from plantin.core.errors import PlantinError
from plantin.core.limits import DOCUMENT_OCTETS_MAX, MIB
from plantin.store.access import write_alone
from plantin.store.database import Baton, DatabaseUrl, is_migrated, migrate, open_database
from plantin.store.hints import Hints

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Installation:
    """Where everything is, and what of the configuration the commands keep to."""

    data: Path
    database: DatabaseUrl
    spool: Path
    spool_key_file: Path | None = None
    spool_free_floor: int = 128 * MIB
    document_octets_max: int = DOCUMENT_OCTETS_MAX
    file_roots: tuple[Path, ...] = ()
    release_expire_s: int = 0
    currency: str = "EUR"
    new_accounts: str = "unrestricted"

    @property
    def run(self) -> Path:
        """Sockets and locks of the running processes."""
        return self.data / "run"

    @property
    def devices(self) -> Path:
        """Where virtual devices write to, unless the configuration allows more."""
        return self.data / "devices"

    def prepare(self) -> None:
        """Makes the data directory ready: folders, private to this user.

        Raises:
            PlantinError: it can't be made or used, and why.
        """
        try:
            for folder in (self.data, self.run, self.devices):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not os.access(self.data, os.W_OK):
                raise PermissionError(13, "no permission to write there", str(self.data))
            if self.database.is_sqlite:  # the database's other files take over the mode of this one
                os.close(os.open(self.database.path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600))
        except OSError as error:
            raise PlantinError(
                "bad-data-directory", f"the data directory {self.data} can't be used: {error.strerror}"
            ) from None

    def open(self) -> None:
        """Opens the store, brought up to this release. Two processes at once wait for each other.

        Raises:
            PlantinError: the store can't be opened, and why.
        """
        self.prepare()
        open_database(self.database)
        if is_migrated():  # every command passes here: one query, and no lock
            return
        with (self.run / "migrate.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not is_migrated():
                migrate()

    def baton(self) -> Baton:
        """What orders the writers of this node."""
        return Baton(self.run / "write.lock" if self.database.is_sqlite else None)

    def write(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Runs a unit of work and wakes a running server. For commands; processes use ``Store``."""
        baton, hints = self.baton(), Hints(self.run)
        try:
            return write_alone(baton, hints.committed, partial(function, *args, **kwargs))
        finally:
            hints.close()
            baton.close()

    def running(self) -> int:
        """The process id of the server that runs on this data directory; 0 when none does."""
        with suppress(OSError), (self.run / "serve.lock").open("r") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return int(lock.read().strip() or 0)
        return 0
