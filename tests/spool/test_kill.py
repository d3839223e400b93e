"""SIGKILL of a real process under load: every document that it called durable is there."""

import asyncio
import random
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from plantin.core.model import SpoolRef
from plantin.spool import Spool, SpoolLimits, Stored

from .contract import T0, read, record
from .victim import content

ROUNDS = 4
LIMITS = SpoolLimits(bundled_octets=65_536, free_floor=0)


def life(root: Path, seed: int, lines: int) -> list[str]:
    """Runs the victim until it has said so many lines, kills it, and returns all that it said."""
    command = [sys.executable, str(Path(__file__).with_name("victim.py")), str(root), str(seed)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as victim:
        assert victim.stdout is not None
        said = [victim.stdout.readline() for _ in range(lines)]
        victim.kill()
        rest = victim.stdout.read()
    assert all(line.endswith("\n") for line in said), "the victim died by itself"
    return [line for line in "".join([*said, rest]).splitlines(keepends=True) if line.endswith("\n")]


async def check(root: Path, said: Sequence[tuple[int, str]]) -> None:
    names = set()
    async with Spool(root, limits=LIMITS) as spool:
        assert not [path for path in (root / "incoming").rglob("*") if path.is_file()]
        for seed, line in said:
            index, octets, digest, ref = line.split()
            stored = Stored(SpoolRef.parse(ref), int(octets), bytes.fromhex(digest))
            assert await read(spool, record(stored)) == content(seed, int(index)), f"seed {seed}: {line}"
            names.add(stored.ref.name)
        await spool.sweep(names.intersection, grace_s=0, now_ms=2 * T0)
        assert (await spool.usage()).files == len(names)


def test_what_a_killed_process_acknowledged_is_there(tmp_path: Path) -> None:
    rng = random.Random(11)
    said: list[tuple[int, str]] = []
    for seed in range(ROUNDS):
        said += [(seed, line) for line in life(tmp_path / "spool", seed, rng.randrange(1, 300))]
    asyncio.run(check(tmp_path / "spool", said))
