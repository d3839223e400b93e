"""Runs many seeds: ``python -m tests.simulation.many FIRST COUNT``. Prints every seed that fails."""

import hashlib
import logging
import sys
import time
import traceback

from tests.simulation.oracle import check
from tests.simulation.world import World


def digest(first: int, count: int) -> str:
    """What happened in these runs, as a number: equal in every process, or a seed could not be replayed."""
    found = hashlib.sha256()
    for seed in range(first, first + count):
        world = World(seed)
        world.run()
        found.update(repr([(str(event.kind), event.job, event.at) for event in world.store.events]).encode())
    return found.hexdigest()


def main(first: int, count: int) -> int:
    failed = crashes = jobs = 0
    logging.getLogger("plantin").setLevel(logging.CRITICAL)
    began = time.monotonic()
    for seed in range(first, first + count):
        world = World(seed)
        try:
            world.run()
            check(world)
        except Exception:  # noqa: BLE001 (whatever it is: the seed is printed, and the next one runs)
            failed += 1
            print(f"seed {seed}:")
            traceback.print_exc()
        crashes += world.crashes
        jobs += len(world.acknowledged)
    took = time.monotonic() - began
    print(f"{count} seeds, {jobs} jobs, {crashes} crashes, {failed} failed, {took:.0f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    if sys.argv[1] == "digest":
        print(digest(int(sys.argv[2]), int(sys.argv[3])))
        sys.exit()
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2])))
