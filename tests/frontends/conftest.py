"""A server for each scenario: a migrated database is copied, everything else is new."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from tests.frontends.harness import run
from tests.store.fixtures import migrated_sqlite

__all__ = ["migrated_sqlite", "serve"]


@pytest.fixture
def serve(tmp_path: Path, migrated_sqlite: Path) -> Callable[..., None]:
    """Runs a scenario (an async function of a World) on a server of its own."""
    return partial(run, tmp_path, migrated_sqlite)
