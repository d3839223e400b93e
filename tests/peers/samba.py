"""A private smbd with `printing = cups` whose print server is the one under test.

Windows people print through it: guests, and the users `alice` and `bob` (password PASSWORD) who map to one
Unix user. smbclient prints, rpcclient lists; both with a configuration of their own.
"""

from __future__ import annotations

import contextlib
import getpass
import os
from collections.abc import Iterator
from pathlib import Path

from tests.peers.client import ClientTools, Result
from tests.peers.process import (
    Daemon,
    PeerError,
    accepts,
    clean_environment,
    free_port,
    kill_marked,
    private_folder,
    program,
    wait_until,
)

PASSWORD = "Secret-1-Plantin"
USERS = ("alice", "bob")

_CONF = """\
[global]
  workgroup = PLANTIN
  netbios name = PRN{port}
  server role = standalone server
  security = user
  map to guest = Bad User
  guest account = {guest}
  username map = {root}/users.map
  interfaces = 127.0.0.1/8
  bind interfaces only = yes
  disable netbios = yes
  smb ports = {port}
  private dir = {root}/private
  state directory = {root}/state
  cache directory = {root}/cache
  lock directory = {root}/lock
  pid directory = {root}/run
  ncalrpc dir = {root}/ncalrpc
  passdb backend = tdbsam:{root}/private/passdb.tdb
  log file = {root}/log/log.smbd
  log level = 1 printing:5
  usershare path =
  load printers = yes
  printing = cups
  printcap name = cups
  printcap cache time = 1
  lpq cache time = 0
  cups server = {server}
  cups options = raw
[printers]
  path = {root}/spool
  printable = yes
  guest ok = yes
"""


class Samba:
    """An smbd in `folder` that prints to the server at `HOST:PORT`."""

    def __init__(self, folder: Path, server: str) -> None:
        self.folder = folder
        self.port = free_port()
        self.conf = folder / "smb.conf"
        self.daemon: Daemon | None = None
        self.tools = ClientTools(folder / "home", server)
        root = os.geteuid() == 0
        self.unix_user = "daemon" if root else getpass.getuser()
        for name in ("private", "state", "cache", "lock", "run", "ncalrpc", "log", "spool"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / "spool").chmod(0o1777)
        (folder / "users.map").write_text(f"{self.unix_user} = {' '.join(USERS)}\n")
        guest = "nobody" if root else self.unix_user
        self.conf.write_text(_CONF.format(port=self.port, root=folder, server=server, guest=guest))
        # A guest session has no key to sign with, and rpcclient would insist.
        (folder / "client.conf").write_text(
            f"[global]\n  workgroup = PLANTIN\n  cache directory = {folder}/cache\n"
            "  client signing = if_required\n  client ipc signing = if_required\n"
        )

    def start(self) -> None:
        """Make the account, start smbd, wait until it listens."""
        env = clean_environment(self.folder)
        # The path is in smbd's command line and in its helpers': that is how stop() finds those.
        made = self.tools(
            *("pdbedit", "-s", self.conf, "-a", "-t", "-u", self.unix_user),
            stdin=f"{PASSWORD}\n{PASSWORD}\n".encode(),
        )
        made.check()
        self.daemon = Daemon(
            [program("smbd", "samba"), "-F", "--no-process-group", f"--configfile={self.conf}"],
            log=self.folder / "log/stdout",
            env=env,
        )
        self.daemon.wait_ready(lambda: accepts(self.port))

    def stop(self) -> None:
        """End smbd and the helpers that leave its group (samba-dcerpcd, rpcd_*, samba-bgqd)."""
        if self.daemon is not None:
            self.daemon.stop()
        kill_marked(str(self.conf))

    def log_tail(self, lines: int = 60) -> str:
        """The last lines of its logs."""
        texts = [path.read_text(errors="replace") for path in sorted((self.folder / "log").glob("log.*"))]
        return "\n".join("\n".join(texts).splitlines()[-lines:])

    def _login(self, user: str | None) -> list[str]:
        login = ["-U", f"visitor%{PASSWORD}" if user is None else f"{user}%{PASSWORD}"]
        return ["-s", str(self.folder / "client.conf"), "-p", str(self.port), *login]

    def rpc(self, command: str, user: str | None = None) -> Result:
        """One rpcclient command, as `user` or as guest."""
        return self.tools("rpcclient", *self._login(user), "-c", command, "127.0.0.1")

    def queues(self, user: str | None = None) -> list[str]:
        """Names of the printers a Windows machine would see."""
        said = self.rpc("enumprinters", user).check().out
        paths = [line.split("[", 1)[1].rstrip("]") for line in said.splitlines() if "name:[" in line]
        return [path.rsplit("\\", 1)[-1] for path in paths]

    def wait_queue(self, name: str, seconds: float = 60.0) -> None:
        """Wait until the queue is listed: the first spoolss call starts the helper that loads the list."""
        try:
            wait_until(lambda: name in self.queues(), f"Samba lists {name}", seconds)
        except PeerError as error:
            error.add_note(self.log_tail())
            raise

    def print(self, queue: str, document: Path, user: str | None = None) -> Result:
        """Print a file through SMB with smbclient."""
        done = self.tools("smbclient", *self._login(user), f"//127.0.0.1/{queue}", "-c", f"print {document}")
        if done.code != 0 or "NT_STATUS" in done.out + done.err:
            raise PeerError(f"smbclient: {done.code}\n{done.out}\n{done.err}\n{self.log_tail()}")
        return done


@contextlib.contextmanager
def private_samba(server: str) -> Iterator[Samba]:
    """A started smbd in a folder that is removed at the end."""
    with private_folder("samba") as folder:
        samba = Samba(folder, server)
        try:
            samba.start()
            yield samba
        finally:
            samba.stop()
