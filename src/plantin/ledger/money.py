"""Money and page counts as integers in minor units, and the one rounding rule.

Promises exact arithmetic: an amount is an integer of minor units (cents, or whole pages), a price on its
way to an amount is an exact `Decimal`. **The rounding rule: a price is rounded once per job, at its very
end, half up (away from zero) to the unit's minor digits.** Never uses a float and never rounds elsewhere:
the arithmetic context raises `Inexact` rather than losing a digit.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal, Inexact, InvalidOperation, Overflow

from .currencies import is_currency, minor_digits
from .errors import InvalidRequest
from .limits import AMOUNT_MAX, ID_CHARS_MAX, RATE_DIGITS_MAX

EXACT = Context(prec=200, traps=[Inexact, InvalidOperation, Overflow])
"""Additions and multiplications of bounded rates fit 200 digits; anything that does not is an error."""

_ROUND = Context(prec=200, rounding=ROUND_HALF_UP, traps=[InvalidOperation, Overflow])
_DECIMAL = re.compile(rf"[+-]?[0-9]{{1,{RATE_DIGITS_MAX}}}(\.[0-9]{{1,{RATE_DIGITS_MAX}}})?")


@dataclass(frozen=True, slots=True)
class Unit:
    """What is counted: a currency by its ISO 4217 code, or a kind of page ("impressions").

    `digits` is the number of decimal digits of the minor unit: 2 for EUR, 0 for JPY and for pages.
    """

    code: str
    digits: int = 2

    def __post_init__(self) -> None:
        if not 0 < len(self.code) <= ID_CHARS_MAX or not self.code.isprintable() or " " in self.code:
            raise InvalidRequest(f"unit code {self.code[:40]!r}: 1 to {ID_CHARS_MAX} printable characters")
        if not 0 <= self.digits <= 4:
            raise InvalidRequest(f"unit {self.code}: {self.digits} decimal digits, 0 to 4 are possible")


def currency(code: str) -> Unit:
    """The unit of an ISO 4217 currency code, three capital letters; raises `InvalidRequest`."""
    if not is_currency(code):
        raise InvalidRequest(f"currency {code[:40]!r}: three capital letters expected")
    return Unit(code, minor_digits(code))


def unit_of(code: str) -> Unit:
    """The unit of a code as the ledger keeps it: a currency, or whole pieces of a kind of page."""
    return Unit(code, minor_digits(code))


def parse_decimal(text: str | int, what: str) -> Decimal:
    """An exact decimal from text such as "0.045" or an int; `what` names it in `InvalidRequest`.

    A float is refused on purpose: 0.1 in a data file must be written "0.1".
    """
    if isinstance(text, int) and not isinstance(text, bool):
        text = str(text)
    if not isinstance(text, str) or _DECIMAL.fullmatch(text) is None:
        raise InvalidRequest(f'{what}: {str(text)[:40]!r} is not a decimal number in quotes, like "0.05"')
    return Decimal(text)


def parse_amount(text: str, unit: Unit) -> int:
    """Minor units from text such as "12.50"; more digits than the unit has are refused, not rounded."""
    exact = parse_decimal(text, f"amount in {unit.code}")
    minor = exact.scaleb(unit.digits, context=EXACT)
    if minor != int(minor):
        raise InvalidRequest(f"amount {text}: {unit.code} has {unit.digits} decimal digits")
    return check_amount(int(minor))


def check_amount(minor: int) -> int:
    """The same amount, or `InvalidRequest` when its size is beyond `AMOUNT_MAX`."""
    if not -AMOUNT_MAX <= minor <= AMOUNT_MAX:
        raise InvalidRequest(f"amount {minor} is beyond {AMOUNT_MAX} minor units")
    return minor


def to_decimal(minor: int, unit: Unit) -> Decimal:
    """Minor units as an exact decimal of the major unit: 1250 of EUR is 12.50."""
    return Decimal(minor).scaleb(-unit.digits, context=EXACT)


def round_price(exact: Decimal, unit: Unit) -> int:
    """The rounding rule: minor units nearest to an exact price, half away from zero."""
    quantum = Decimal(1).scaleb(-unit.digits)
    return check_amount(int(exact.quantize(quantum, context=_ROUND).scaleb(unit.digits, context=EXACT)))


def format_amount(minor: int, unit: Unit) -> str:
    """Text for people: "12.50 EUR", "-3 impressions"."""
    return f"{to_decimal(minor, unit):.{unit.digits}f} {unit.code}"
