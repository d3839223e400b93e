"""ippeveprinter, CUPS' own IPP Everywhere printer, as the device behind Plantin.

Several may run on one private avahi. What it prints is kept as files in `spool`; its name is its instance.
Each job runs a command that obeys the test: `busy()` lets jobs wait in processing until `go()`, `say()` makes
them report state and counters, `fail()` makes them abort. (Without a command it would sleep 5 to 15 s a job.)
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.peers.avahi import Avahi
from tests.peers.process import Daemon, accepts, clean_environment, free_port, program, wait_until

FORMATS = (
    "application/pdf",
    "application/postscript",
    "image/jpeg",
    "image/pwg-raster",
    "image/urf",
    "application/octet-stream",
)

_COMMAND = """\
#!/bin/sh
[ ! -e "{root}/say" ] || cat "{root}/say" >&2
while [ -e "{root}/busy" ]; do sleep 0.05; done
[ ! -e "{root}/fail" ]
"""


class IppEvePrinter:
    """One printer at `uri`. start() may be called again after stop() or kill(), on the same port."""

    def __init__(
        self,
        folder: Path,
        avahi: Avahi,
        *,
        name: str = "Peer",
        formats: Sequence[str] = FORMATS,
        duplex: bool = True,
        pages_per_minute: tuple[int, int] = (60, 60),
        options: Sequence[str] = (),
    ) -> None:
        self.folder = folder
        self.spool = folder / "spool"
        self.spool.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.name = name
        self.uri = f"ipp://127.0.0.1:{self.port}/ipp/print"
        self.daemon: Daemon | None = None
        self.avahi = avahi
        self._options = ["-f", ",".join(formats), "-s", "{},{}".format(*pages_per_minute)]
        if duplex:
            self._options.append("-2")
        self._options += options
        self.command = folder / "command"
        self.command.write_text(_COMMAND.format(root=folder))
        self.command.chmod(0o755)

    @property
    def running(self) -> Daemon:
        assert self.daemon is not None, "ippeveprinter is not started"
        return self.daemon

    def start(self) -> None:
        """Start and wait until it listens."""
        self.daemon = Daemon(
            [
                program("ippeveprinter", "cups-ipp-utils"),
                *("-p", str(self.port)),
                *("-d", str(self.spool)),
                *("-n", "localhost"),
                *("-c", str(self.command)),
                *("-K", str(self.folder)),
                "-k",
                "-vvv",
                *self._options,
                self.name,
            ],
            log=self.folder / "ippeveprinter.log",
            env=clean_environment(self.folder, **self.avahi.env),
        )
        self.daemon.wait_ready(lambda: accepts(self.port))

    def stop(self) -> None:
        self.running.stop()

    def kill(self) -> None:
        """Gone at once, in the middle of whatever it does."""
        self.running.kill()

    def busy(self) -> None:
        """Jobs stay in processing until go()."""
        (self.folder / "busy").touch()

    def go(self) -> None:
        (self.folder / "busy").unlink(missing_ok=True)

    def fail(self, failing: bool = True) -> None:
        """Whether the jobs that end from now on abort."""
        if failing:
            (self.folder / "fail").touch()
        else:
            (self.folder / "fail").unlink(missing_ok=True)

    def say(self, *lines: str) -> None:
        """What each job reports from now on: "STATE: +media-jam", "ATTR: job-impressions-completed=3", ..."""
        (self.folder / "say").write_text("".join(line + "\n" for line in lines))

    def saw(self, operation: str) -> bool:
        """Whether it was asked for an operation since its first start ("Cancel-Job")."""
        return operation in self.running.log.read_text(errors="replace")

    @property
    def documents(self) -> list[Path]:
        """What it was sent and kept, oldest first (files still growing are among them)."""
        kept = [
            path for path in self.spool.glob("*-*") if path.suffix != ".prn"
        ]  # .prn: the command's output
        return sorted(kept, key=lambda path: (path.stat().st_mtime_ns, path.name))

    def wait_documents(self, count: int, seconds: float = 30.0) -> list[Path]:
        """Wait until it kept `count` documents; PeerError with its log otherwise."""
        try:
            wait_until(lambda: len(self.documents) >= count, f"{count} documents at {self.uri}", seconds)
        except Exception as error:
            error.add_note(self.running.log_tail())
            raise
        return self.documents


@contextlib.contextmanager
def ippeveprinter(folder: Path, avahi: Avahi, *, name: str = "Peer") -> Iterator[IppEvePrinter]:
    """A started printer that keeps its files in `folder`."""
    printer = IppEvePrinter(folder, avahi, name=name)
    printer.start()
    try:
        yield printer
    finally:
        printer.stop()
