"""The real Plantin: `plantin serve` on loopback, and the `plantin` command on its data folder."""

from __future__ import annotations

import contextlib
import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.peers.client import Result
from tests.peers.process import (
    STOP_SECONDS,
    Daemon,
    clean_environment,
    free_port,
    private_folder,
)

PROGRAM = Path(sys.executable).with_name("plantin")


class Plantin:
    """A server and its data folder. start() may be called again after stop() or kill(), on the same data."""

    def __init__(self, data: Path, *, settings: str = "", env: Mapping[str, str] | None = None) -> None:
        """`settings` is the text of a plantin.toml; `env` has further PLANTIN_... variables."""
        self.data = data
        data.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.web_port = free_port()
        self.server = f"127.0.0.1:{self.port}"
        self.web = f"http://127.0.0.1:{self.web_port}"
        self.log = data.parent / f"{data.name}.log"
        self.daemon: Daemon | None = None
        # Hundreds of servers on one machine do not announce their queues to each other, unless asked to.
        silent = {} if "dns_sd" in settings else {"PLANTIN_DNS_SD_ENABLED": "false"}
        self.env = clean_environment(data.parent, **silent, **(env or {}))
        if settings:
            (data / "plantin.toml").write_text(settings)

    def uri(self, queue: str = "") -> str:
        """URI of a queue (or of the default queue)."""
        return f"ipp://{self.server}/printers/{queue}" if queue else f"ipp://{self.server}/ipp/print"

    @property
    def running(self) -> Daemon:
        assert self.daemon is not None, "plantin is not started"
        return self.daemon

    def launch(self) -> Daemon:
        """Start the process without waiting."""
        self.log.unlink(missing_ok=True)
        self.daemon = Daemon(
            [
                *(PROGRAM, "serve", "--data", self.data),
                *("--ipp", self.server, "--web", f"127.0.0.1:{self.web_port}"),
            ],
            log=self.log,
            env=self.env,
            cwd=self.data.parent,
        )
        return self.daemon

    def ready(self) -> bool:
        """Whether it has printed its line with the addresses."""
        if not self.log.exists():
            return False
        return re.search(rf"ready.*:{self.port}\b", self.log.read_text(errors="replace")) is not None

    def start(self, seconds: float = 60.0) -> None:
        """Start and wait for the line with the addresses: it accepts then."""
        self.launch().wait_ready(self.ready, seconds)

    def stop(self) -> int:
        """SIGTERM: drain; its return code (0 when all is well)."""
        return self.running.stop(3 * STOP_SECONDS)

    def kill(self) -> None:
        """SIGKILL to all its processes at once."""
        self.running.kill()

    def __call__(self, *words: str | Path, stdin: bytes = b"", timeout: float = 60.0) -> Result:
        """Run `plantin WORDS --data DIR`; never raises for a return code (see Result.check)."""
        command = [PROGRAM, *words, "--data", self.data]
        done = subprocess.run(
            [str(word) for word in command],
            input=stdin,
            capture_output=True,
            env=self.env,
            cwd=self.data.parent,
            timeout=timeout,
        )
        return Result(
            tuple(str(word) for word in command),
            done.returncode,
            done.stdout.decode(errors="replace"),
            done.stderr.decode(errors="replace"),
        )

    def json(self, *words: str) -> Any:
        """The answer of a list or show command, read from its --json."""
        return json.loads(self(*words, "--json").check().out)

    def add_queue(self, name: str, uri: str, mode: str = "direct") -> str:
        """A device and a queue of the same name; the queue's URI."""
        self("device", "add", name, "--uri", uri).check()
        self("queue", "add", name, "--device", name, "--mode", mode).check()
        return self.uri(name)

    def log_tail(self, lines: int = 60) -> str:
        return self.daemon.log_tail(lines) if self.daemon is not None else "(not started)"


@contextlib.contextmanager
def private_plantin(*, settings: str = "", env: Mapping[str, str] | None = None) -> Iterator[Plantin]:
    """A started server in a folder that is removed at the end."""
    with private_folder("server") as folder:
        server = Plantin(folder / "data", settings=settings, env=env)
        try:
            server.start()
            yield server
        finally:
            if server.daemon is not None:
                server.stop()
