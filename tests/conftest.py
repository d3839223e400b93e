"""What every test can use: the fixtures of the real peers, each in a private folder on loopback."""

from __future__ import annotations

pytest_plugins = ["tests.peers.fixtures"]
