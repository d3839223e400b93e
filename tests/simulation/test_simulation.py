"""Some hundreds of seeds; ``python -m tests.simulation.many FIRST COUNT`` runs as many as you like."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.simulation.many import digest
from tests.simulation.oracle import check
from tests.simulation.world import World

BLOCKS = 30
SEEDS_PER_BLOCK = 10
ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("block", range(BLOCKS))
def test_nothing_is_lost_or_printed_twice_in_silence(block: int) -> None:
    for seed in range(block * SEEDS_PER_BLOCK, (block + 1) * SEEDS_PER_BLOCK):
        run(seed)


def run(seed: int) -> World:
    world = World(seed)
    try:
        world.run()
        check(world)
    except BaseException:
        print(f"seed {seed} failed; replay it: python -m tests.simulation.many {seed} 1")
        raise
    return world


def test_the_same_seed_gives_the_same_run() -> None:
    first, second = run(4711), run(4711)
    assert [(event.kind, event.job, event.at) for event in first.store.events] == [
        (event.kind, event.job, event.at) for event in second.store.events
    ]


def test_a_seed_replays_in_another_process() -> None:
    command = [sys.executable, "-m", "tests.simulation.many", "digest", "0", "40"]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True, text=True)
    assert done.stdout.strip() == digest(0, 40)


def test_crashes_happen() -> None:
    assert sum(run(seed).crashes for seed in range(20)) > 5


def test_the_store_fails_now_and_then() -> None:
    assert sum(run(seed).troubles for seed in range(20)) > 20
