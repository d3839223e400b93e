"""The seeds of the fuzz target, and what it once found, keep to its invariants."""

from pathlib import Path

import pytest

from tests.fuzz.ipp_invariants import MODES, PIECES, check_octets

SEEDS = sorted((Path(__file__).parent / "corpus" / "ipp").iterdir())


@pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: seed.name)
def test_seed(seed: Path) -> None:
    data = seed.read_bytes()
    for mode in range(len(MODES)):
        for pieces in range(len(PIECES)):
            check_octets(data[:6] + bytes((pieces, mode)) + data[8:])


def test_there_are_seeds() -> None:
    assert len(SEEDS) >= 10
