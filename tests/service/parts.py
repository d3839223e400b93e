"""A supervisor with parts that misbehave: ``python -m tests.service.parts FOLDER BEHAVIOUR``.

Each start of a part adds a line to ``FOLDER/starts``. Behaviours: ``well``; ``fails`` at its start, with a
reason; ``breaks`` at its start, by a defect; ``mute``: never ready; ``dies`` once, after it was ready;
``dies-again``, each time; ``stubborn``: does not drain.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from plantin.cli.installation import Installation
from plantin.core.errors import PlantinError
from plantin.service import logs, supervisor
from plantin.service.config import Config
from plantin.service.process import Process
from plantin.service.supervisor import Part, Supervisor, take_lock
from plantin.store.database import DatabaseUrl


def main(folder: Path, behaviour: str) -> int:
    """Runs the supervisor; its exit status."""
    supervisor.READY_S = 3.0  # the product's, shorter for the test
    supervisor.DRAIN_S = 1.0
    supervisor.RESTART_FIRST_S = 0.05

    async def part(process: Process) -> None:
        with (folder / "starts").open("a") as starts:
            starts.write(f"{os.getpid()}\n")
        starts_so_far = len((folder / "starts").read_text().splitlines())
        if behaviour == "fails":
            raise PlantinError("no-paper", "there is no paper")
        if behaviour == "breaks":
            raise ZeroDivisionError("a defect")
        if behaviour == "mute":
            await asyncio.sleep(60)
        process.ready()
        if behaviour == "dies-again" or (behaviour == "dies" and starts_so_far == 1):
            os._exit(7)
        await process.stop.wait()
        if behaviour == "stubborn":
            await asyncio.sleep(60)
        (folder / "drained").touch()

    logs.set_up("info", "serve")
    installation = Installation(folder, DatabaseUrl.sqlite(folder / "none.sqlite3"), folder / "spool")
    installation.prepare()
    with take_lock(installation):
        return Supervisor(Config(data=folder), installation, [Part("odd", part)]).serve("plantin is ready")


if __name__ == "__main__":
    try:
        sys.exit(main(Path(sys.argv[1]), sys.argv[2]))
    except PlantinError as error:
        print(error.text, file=sys.stderr)
        sys.exit(1)
