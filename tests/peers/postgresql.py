"""A private PostgreSQL cluster: Debian's program, own folder, unix socket and loopback port, trust to all.

Tests take `durable=False` (no fsync: speed), the benchmark True. As root the server runs as Debian's user
`postgres`, because it refuses to run as root.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.peers.client import ClientTools, Result
from tests.peers.process import STOP_SECONDS, Daemon, PeerError, clean_environment, free_port, private_folder

_HOME = Path("/usr/lib/postgresql")
_FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
_numbers = itertools.count(1)


def _binaries() -> Path:
    """Folder of the newest installed server."""
    found = [path.parent for path in _HOME.glob("*/bin/postgres")]
    if not found:
        raise PeerError(
            "PostgreSQL is not installed: apt-get install postgresql (or run `make test` as root)"
        )
    return max(found, key=lambda path: [int(part) for part in re.findall(r"\d+", str(path))])


class PostgreSQL:
    """A cluster in `folder`; superuser `plantin`, database `postgres`."""

    def __init__(self, folder: Path, *, durable: bool = False, max_connections: int = 200) -> None:
        self.folder = folder
        self.port = free_port()
        self.user = "plantin"
        self.daemon: Daemon | None = None
        self._binaries = _binaries()
        self._account = "postgres" if os.geteuid() == 0 else None
        self._settings = [
            "listen_addresses=127.0.0.1",
            f"unix_socket_directories={folder}",
            f"max_connections={max_connections}",
            "shared_buffers=128MB",
            *(() if durable else _FAST),
        ]

    def url(self, database: str = "postgres") -> str:
        """libpq URL of a database, over loopback TCP."""
        return f"postgresql://{self.user}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Make the cluster if it is not there, start it, wait until it takes connections."""
        env = clean_environment(self.folder)
        data = self.folder / "data"
        if self._account is not None:
            shutil.chown(self.folder, self._account)
        if not (data / "PG_VERSION").exists():
            initdb = Daemon(
                [
                    *(self._binaries / "initdb", "-D", data, "-U", self.user),
                    *("-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"),
                ],
                log=self.folder.parent / f"{self.folder.name}.initdb.log",
                env=env,
                cwd=self.folder,
                user=self._account,
            )
            log = initdb.log
            try:
                if initdb.process.wait(60) != 0:
                    raise PeerError(f"initdb failed\n{initdb.log_tail()}")
            finally:
                initdb.kill()
                log.unlink(missing_ok=True)
            self.port = free_port()  # that took seconds, in which others took ports too
        command: list[str | Path] = [self._binaries / "postgres", "-D", data]
        for setting in (f"port={self.port}", *self._settings):
            command += ["-c", setting]
        self.daemon = Daemon(
            command, log=self.folder / "server.log", env=env, cwd=self.folder, user=self._account
        )
        self.daemon.wait_ready(self._ready)

    def _ready(self) -> bool:
        return self._tool("pg_isready", "-q").code == 0

    def _tool(self, name: str, *arguments: str) -> Result:
        tools = ClientTools(self.folder.parent, "")
        tools.env["PGHOST"], tools.env["PGPORT"] = "127.0.0.1", str(self.port)
        tools.env["PGUSER"] = self.user
        return tools(str(self._binaries / name), *arguments)

    def create_database(self, name: str | None = None) -> str:
        """Make an empty database; its URL."""
        name = name or f"test{os.getpid()}_{next(_numbers)}"
        self._tool("createdb", name).check()
        return self.url(name)

    def stop(self) -> None:
        """Fast shutdown (SIGINT): sessions are ended, data is flushed."""
        if self.daemon is not None:
            if self.daemon.alive():
                self.daemon.process.send_signal(signal.SIGINT)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self.daemon.process.wait(STOP_SECONDS)
            self.daemon.stop()

    def kill(self) -> None:
        """SIGKILL to all of it."""
        if self.daemon is not None:
            self.daemon.kill()


@contextlib.contextmanager
def private_postgresql(*, durable: bool = False) -> Iterator[PostgreSQL]:
    """A started cluster in a folder that is removed at the end."""
    with private_folder("postgresql") as folder:
        cluster = PostgreSQL(folder / "cluster", durable=durable)
        cluster.folder.mkdir()
        try:
            cluster.start()
            yield cluster
        finally:
            cluster.stop()
