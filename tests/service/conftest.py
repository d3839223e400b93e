"""A server that the tests of one file share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.peers.plantin import Plantin, private_plantin


@pytest.fixture(scope="module")
def server() -> Iterator[Plantin]:
    """A started server without queues."""
    with private_plantin() as found:
        yield found


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Plantin]:
    """A server of the test's own, not started."""
    found = Plantin(tmp_path / "data")
    yield found
    if found.daemon is not None:
        found.kill()
