"""The seeds of the fuzz target, and what it once found, keep to its invariants."""

from pathlib import Path

import pytest

from tests.fuzz.ipp_invariants import check_octets

SEEDS = sorted((Path(__file__).parent / "corpus" / "ipp").iterdir())


@pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: seed.name)
def test_seed(seed: Path) -> None:
    data = seed.read_bytes()
    for mode in range(4):
        check_octets(data[:7] + bytes((mode,)) + data[8:])


def test_there_are_seeds() -> None:
    assert len(SEEDS) >= 10
