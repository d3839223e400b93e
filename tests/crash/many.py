"""Crashes for as long as you like: ``python -m tests.crash.many [KILLS [SEED [RUNS [CLIENTS]]]]``.

Prints what is wrong and keeps the data directory of a run that failed.
"""

from __future__ import annotations

import asyncio
import shutil
import sys
import tempfile
from pathlib import Path

from tests.crash.world import CLIENTS, World


def main(kills: int = 100, seed: int = 1, runs: int = 1, clients: int = CLIENTS) -> int:
    """Run them; 1 when anything was wrong."""
    failed = 0
    for number in range(seed, seed + runs):
        folder = Path(tempfile.mkdtemp(prefix="plantin-crash-"))
        world = World(folder, number)
        asyncio.run(world.run(kills, clients))
        verdict = world.judge()
        print(f"seed {number}, {kills} kills: {world.clients.acknowledged} jobs acknowledged, {verdict}")
        for fault in [*verdict.faults, *world.clients.refused]:
            print(f"  {fault}")
        if verdict.faults or world.clients.refused:
            failed += 1
            print(f"  the data directory is kept: {folder}")
        else:
            shutil.rmtree(folder)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*(int(word) for word in sys.argv[1:])))
