"""Digits of the minor unit: ISO 4217's exceptions from two, and none for kinds of pages."""

from __future__ import annotations

from decimal import Decimal

_NO_DIGITS = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_THREE_DIGITS = "BHD IQD JOD KWD LYD OMR TND"
_EXCEPTIONS = {**dict.fromkeys(_NO_DIGITS.split(), 0), **dict.fromkeys(_THREE_DIGITS.split(), 3)}


def is_currency(code: str) -> bool:
    """Whether a unit's code has the form of a currency's: three capital letters."""
    return len(code) == 3 and code.isascii() and code.isalpha() and code.isupper()


def minor_digits(code: str) -> int:
    """Decimal digits of a unit: those of the currency, or 0 for whole pieces."""
    return _EXCEPTIONS.get(code, 2) if is_currency(code) else 0


def amount_text(minor: int, code: str) -> str:
    """Text for people: "12.50 EUR", "-3 impressions"."""
    digits = minor_digits(code)
    return f"{Decimal(minor).scaleb(-digits):.{digits}f} {code}"
