"""One server for all tests of a worker: each test has queues, devices and users of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.clients.desk import Desk
from tests.clients.desk import desk as make_desk


@pytest.fixture(scope="session")
def desk() -> Iterator[Desk]:
    """A running Plantin and what looks at it."""
    with make_desk() as made:
        yield made
