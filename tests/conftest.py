"""What every test can use: the real peers of tests/peers, each in a private folder on loopback."""

from __future__ import annotations
