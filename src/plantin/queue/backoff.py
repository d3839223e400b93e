"""How long a device that failed is left alone: exponential with full jitter on the upper half.

The jitter keeps a floor of a hundred printers that lost their switch from being tried in the same instant.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Backoff:
    """The schedule of waits, in seconds."""

    first_s: float = 1.0
    factor: float = 2.0
    max_s: float = 60.0

    def wait_s(self, failures: int, least_s: float, chance: float) -> float:
        """The wait after ``failures`` failures in a row (1 for the first).

        Args:
            least_s: what the device itself asked for.
            chance: a random number in [0, 1).
        """
        exponent = min(max(failures, 1) - 1, 32)
        full = min(self.max_s, self.first_s * self.factor**exponent)
        return max(least_s, full * (0.5 + 0.5 * chance))
