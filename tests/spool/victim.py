"""A process to be killed: stores documents as fast as it can and says which are durable, a line for each.

    python victim.py ROOT SEED

Standard output: ``INDEX OCTETS SHA256 REF``. Document INDEX is ``content(SEED, INDEX)``.
"""

import asyncio
import itertools
import os
import random
import sys
from pathlib import Path

from plantin.spool import Spool, SpoolLimits


def content(seed: int, index: int) -> bytes:
    rng = random.Random(f"{seed} {index}")
    return rng.randbytes(rng.choice((0, 100, 5_000, 50_000, 300_000)))


async def store(spool: Spool, seed: int, numbers: "itertools.count[int]") -> None:
    while True:
        index = next(numbers)
        data = content(seed, index)
        async with spool.intake() as intake:
            for at in range(0, len(data), 40_000):
                await intake.write(data[at : at + 40_000])
            stored = await intake.finish()
        os.write(1, f"{index} {stored.octets} {stored.sha256.hex()} {stored.ref}\n".encode())


async def main(root: Path, seed: int) -> None:
    limits = SpoolLimits(bundled_octets=65_536, hop_octets=100_000, free_floor=0)
    async with Spool(root, limits=limits) as spool:
        numbers = itertools.count()
        await asyncio.gather(*(store(spool, seed, numbers) for _ in range(8)))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
