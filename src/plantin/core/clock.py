"""The clock as a port: rooms that need the time are handed one, so that a test can hold it."""

from typing import Protocol


class Clock(Protocol):
    """Tells the time and nothing else."""

    def now_ms(self) -> int:
        """Unix time in milliseconds (UTC)."""
        ...

    def monotonic(self) -> float:
        """Seconds from an arbitrary origin; never goes back."""
        ...
