"""A private cupsd 2.4: own folders, loopback port, no web pages, no browsing; queues written or added by IPP.

Also the benchmark's opponent: `write_queues` gives it any number of raw queues before it starts.
"""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.peers.process import Daemon, clean_environment, free_port, private_folder, program

_FILES_CONF = """\
ServerRoot {root}/etc
ServerBin /usr/lib/cups
DataDir /usr/share/cups
DocumentRoot /usr/share/cups/doc-root
RequestRoot {root}/spool
CacheDir {root}/cache
StateDir {root}/run
TempDir {root}/spool/tmp
ServerKeychain {root}/etc/ssl
AccessLog {root}/log/access_log
ErrorLog {root}/log/error_log
PageLog {root}/log/page_log
FileDevice Yes
Sandboxing relaxed
SystemGroup {group}
{identity}"""

# Loopback may do everything unasked: a test drives the administration commands without a password.
_CUPSD_CONF = """\
Listen 127.0.0.1:{port}
WebInterface No
Browsing Off
DefaultShared No
DefaultAuthType None
LogLevel {log_level}
MaxJobs 0
MaxClients 500
MaxLogSize 0
MaxJobTime 0
PreserveJobHistory {history}
PreserveJobFiles No
JobRetryInterval 1
ErrorPolicy retry-job
MultipleOperationTimeout 60
{extra}
<Location />
  Order deny,allow
</Location>
<Location /admin>
  Order deny,allow
</Location>
<Policy default>
  JobPrivateAccess all
  JobPrivateValues none
  SubscriptionPrivateAccess all
  SubscriptionPrivateValues none
  <Limit All>
    Order deny,allow
  </Limit>
</Policy>
"""

_QUEUE = """\
<Printer {name}>
PrinterId {number}
UUID urn:uuid:00000000-0000-4000-8000-{number:012x}
Info {name}
DeviceURI {uri}
State Idle
StateTime 1700000000
ConfigTime 1700000000
Type 4
Accepting Yes
Shared No
JobSheets none none
QuotaPeriod 0
PageLimit 0
KLimit 0
OpPolicy default
ErrorPolicy retry-job
</Printer>
"""


class PrivateCupsd:
    """A cupsd in `folder`; start() may be called again after stop() or kill(), on the same data."""

    def __init__(
        self,
        folder: Path,
        *,
        log_level: str = "info",
        history: bool = True,
        settings: str = "",
    ) -> None:
        self.folder = folder
        self.port = free_port()
        self.server = f"127.0.0.1:{self.port}"
        self.daemon: Daemon | None = None
        for name in ("etc/ssl", "spool/tmp", "cache", "run", "log"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        root = os.geteuid() == 0
        (folder / "etc/cups-files.conf").write_text(
            _FILES_CONF.format(
                root=folder,
                group="root" if root else "lpadmin",
                identity="User lp\nGroup lp\n" if root else "",
            )
        )
        (folder / "etc/cupsd.conf").write_text(
            _CUPSD_CONF.format(
                port=self.port, log_level=log_level, history="Yes" if history else "No", extra=settings
            )
        )

    def write_queues(self, devices: Mapping[str, str]) -> None:
        """Give it raw queues (name to device URI) before it starts."""
        text = "".join(
            _QUEUE.format(name=name, number=number, uri=uri)
            for number, (name, uri) in enumerate(devices.items(), 1)
        )
        (self.folder / "etc/printers.conf").write_text(text)

    def uri(self, queue: str = "") -> str:
        """URI of a queue, or of the server."""
        return f"ipp://{self.server}/printers/{queue}" if queue else f"ipp://{self.server}/"

    @property
    def running(self) -> Daemon:
        assert self.daemon is not None, "cupsd is not started"
        return self.daemon

    def launch(self) -> Daemon:
        """Start the program without waiting (the benchmark measures the wait)."""
        self.daemon = Daemon(
            [
                program("cupsd", "cups-daemon"),
                "-f",
                "-c",
                self.folder / "etc/cupsd.conf",
                "-s",
                self.folder / "etc/cups-files.conf",
            ],
            log=self.folder / "log/stdout",
            env=clean_environment(self.folder),
        )
        return self.daemon

    def start(self) -> None:
        """Start and wait until it answers a request."""
        daemon = self.launch()
        try:
            daemon.wait_ready(self.answers)
        except Exception as error:
            error.add_note(self.log_tail())
            raise

    def answers(self) -> bool:
        """Whether it answers HTTP now (an accepted connection alone means only that the kernel listens)."""
        with (
            contextlib.suppress(OSError),
            socket.create_connection(("127.0.0.1", self.port), timeout=5) as link,
        ):
            link.sendall(b"OPTIONS * HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            return link.recv(12).startswith(b"HTTP/1.1")
        return False

    def stop(self) -> None:
        self.running.stop()

    def kill(self) -> None:
        self.running.kill()

    def log_tail(self, lines: int = 40) -> str:
        """The last lines of its error log."""
        log = self.folder / "log/error_log"
        return (
            "\n".join(log.read_text(errors="replace").splitlines()[-lines:]) if log.exists() else "(no log)"
        )


@contextlib.contextmanager
def private_cupsd(*, settings: str = "", queues: Mapping[str, str] | None = None) -> Iterator[PrivateCupsd]:
    """A started cupsd in a folder that is removed at the end."""
    with private_folder("cupsd") as folder:
        cupsd = PrivateCupsd(folder, settings=settings)
        if queues:
            cupsd.write_queues(queues)
        cupsd.start()
        try:
            yield cupsd
        finally:
            cupsd.stop()
