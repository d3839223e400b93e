"""What a run of the benchmark is told."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Options:
    """`folder` is on the disk that is measured; `only` leaves one server out (for profiling)."""

    folder: Path
    seconds: float = 10.0
    rounds: int = 3
    queues: int = 10_000
    finished: int = 1_000_000
    held: int = 100_000
    document_octets: int = 2_000_000_000
    clients: int = 16
    only: str = ""

    @property
    def kinds(self) -> tuple[str, ...]:
        """The servers to measure, in turn."""
        return (self.only,) if self.only else ("cupsd", "plantin")
