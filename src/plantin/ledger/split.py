"""Exact division of an amount by weights: the method of the largest remainder.

Promises that the parts add up to the amount, that no part is more than one minor unit away from its exact
share, and that ties go to the earlier payer. Never rounds a remainder away.
"""

from __future__ import annotations

from collections.abc import Sequence

from .errors import InvalidRequest


def largest_remainder(amount: int, weights: Sequence[int]) -> tuple[int, ...]:
    """Parts of `amount` (minor units, not negative) in proportion to `weights` (not negative, not all 0)."""
    total = sum(weights)
    if amount < 0 or total <= 0 or min(weights) < 0:
        raise InvalidRequest("an amount is split by weights that are not negative and not all zero")
    parts = [amount * weight // total for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(amount * weights[i] % total), i))
    for index in by_remainder[: amount - sum(parts)]:
        parts[index] += 1
    return tuple(parts)
