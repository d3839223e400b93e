"""The lines of a price at rest: JSON and back, to the last digit."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal

from plantin.ledger.price import Price, PriceLine


@dataclass(frozen=True, slots=True)
class StoredPrice:
    """A price as it is kept: minor units, the code of the unit, and its lines."""

    minor: int
    unit: str
    lines: tuple[PriceLine, ...]


def lines_json(price: Price) -> str:
    """The lines as JSON: text, quantity, price, amount (decimals as text), tariff."""
    return json.dumps(
        [
            [line.text, str(line.quantity), str(line.price), str(line.amount), line.tariff]
            for line in price.lines
        ],
        ensure_ascii=False,
    )


def lines_of(text: str) -> tuple[PriceLine, ...]:
    """The inverse of `lines_json`."""
    return tuple(
        PriceLine(words, Decimal(quantity), Decimal(price), Decimal(amount), tariff)
        for words, quantity, price, amount, tariff in json.loads(text)
    )
