"""SIGKILL under load, again and again; ``python -m tests.crash.many`` does it for as long as you like."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.crash.world import World

KILLS = 6
SEED = 1
pytestmark = pytest.mark.timeout(600)  # the machine may be busy with all the other tests


def test_nothing_acknowledged_is_lost_or_printed_twice_in_silence(tmp_path: Path) -> None:
    world = World(tmp_path, SEED)
    asyncio.run(world.run(KILLS))
    verdict = world.judge()
    assert not world.clients.refused, world.clients.refused[:5]
    assert not verdict.faults, f"{verdict}: {verdict.faults[:5]}\n{world.server.log_tail()}"
    assert verdict.printed > 50
