"""The client commands people use (lp, lpstat, cancel, ipptool, ...), run with a clean environment.

Each runner has its own HOME, so that no ~/.cups/lpoptions or client.conf of the machine's user takes part,
and CUPS_SERVER points at the server under test.
"""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.peers.process import PeerError, clean_environment, program

_PACKAGES = {
    "lpr": "cups-bsd",
    "lpq": "cups-bsd",
    "lprm": "cups-bsd",
    "ipptool": "cups-ipp-utils",
    "ippfind": "cups-ipp-utils",
    "pdbedit": "samba-common-bin",
    "smbclient": "smbclient",
    "rpcclient": "smbclient",
    "curl": "curl",
    "avahi-browse": "avahi-utils",
    "gs": "ghostscript",
    "pdfinfo": "poppler-utils",
}


@dataclass(frozen=True)
class Result:
    """What a command returned."""

    command: tuple[str, ...]
    code: int
    out: str
    err: str

    def check(self) -> Result:
        """Itself, or PeerError with all that was said when the code is not 0."""
        if self.code != 0:
            raise PeerError(f"{' '.join(self.command)}: exit {self.code}\n{self.out}\n{self.err}")
        return self


class ClientTools:
    """Runs commands against one server, `HOST:PORT`."""

    def __init__(self, home: Path, server: str, *, user: str | None = None) -> None:
        self.home = home
        self.server = server
        home.mkdir(parents=True, exist_ok=True)
        self.env = clean_environment(home, CUPS_SERVER=server)
        if user is not None:
            self.env["CUPS_USER"] = user

    def __call__(
        self,
        *command: str | Path,
        stdin: bytes = b"",
        timeout: float = 120.0,
        env: dict[str, str] | None = None,
        cwd: Path | None = None,
    ) -> Result:
        """Run `command` to its end; never raises for a return code (see Result.check)."""
        words = [str(word) for word in command]
        words[0] = program(words[0], _PACKAGES.get(words[0], "cups-client"))
        try:
            done = subprocess.run(
                words,
                input=stdin,
                capture_output=True,
                env={**self.env, **(env or {})},
                cwd=cwd or self.home,
                timeout=timeout,
            )
        except subprocess.TimeoutExpired as error:
            said = (error.output or b"") + (error.stderr or b"")
            raise PeerError(f"{' '.join(words)}: no end after {timeout:.0f} s\n{said.decode()}") from error
        return Result(
            tuple(words),
            done.returncode,
            done.stdout.decode(errors="replace"),
            done.stderr.decode(errors="replace"),
        )

    def python(self, script: str, *arguments: str, timeout: float = 120.0) -> Result:
        """Run a script under the system's Python, which has Debian's python3-cups (pycups)."""
        return self("/usr/bin/python3", "-I", "-c", script, *arguments, timeout=timeout)


def job_id(said: str) -> int:
    """The job-id in lp's "request id is QUEUE-ID (N file(s))"."""
    words: Sequence[str] = said.split()
    if len(words) < 4 or words[:3] != ["request", "id", "is"]:
        raise PeerError(f"lp did not say a request id: {said!r}")
    return int(words[3].rsplit("-", 1)[1])
