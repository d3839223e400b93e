"""Access until log-in exists, seen from other machines: owners, strangers, named networks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.strangers import CHECKS
from tests.peers.process import private_folder, program


@pytest.fixture(scope="module")
def findings() -> Iterator[dict[str, str]]:
    """What the program in its own network found: check -> error, empty when all is well."""
    spaces = ["--net"] if os.geteuid() == 0 else ["--net", "--user", "--map-root-user"]
    with private_folder("strangers") as folder:
        done = subprocess.run(
            [
                *(program("unshare", "util-linux"), *spaces, "--kill-child"),
                *(sys.executable, "-m", "tests.clients.strangers", str(folder)),
            ],
            capture_output=True,
            text=True,
            timeout=120,
            cwd=Path(__file__).parents[2],
            env={**os.environ, "PATH": f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"},
        )
        assert done.returncode == 0, done.stdout + done.stderr
        yield json.loads(done.stdout)


@pytest.mark.parametrize("name", list(CHECKS))
def test_from_another_machine(findings: dict[str, str], name: str) -> None:
    assert not findings[name], findings[name]
