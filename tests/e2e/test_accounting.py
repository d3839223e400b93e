"""Each device's own count equals the ledger's, person by person.

At the full size: `python -m tests.e2e.accounting 1000 50`.
"""

from __future__ import annotations

from tests.e2e.accounting import run


def test_devices_and_ledger_count_the_same() -> None:
    assert "sound: " in run(60, 10)
