"""A price with its reasons: every line of it, adding up exactly.

Promises that the lines' exact amounts, the rounding line included, add up to the price to the last digit;
and that what the tariffs do not price raises `Unpriced` instead of being free. Never rounds a line: the one
rounding is at the end (see `money`). Used for the quote before printing and for the charge after it alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from .errors import Unpriced
from .layout import Page, Ticket, impose
from .money import EXACT, Unit, format_amount, round_price, to_decimal
from .sizes import Size
from .tariffs import Basis, Per, Place, Rate, Tariff, chain, find_rate, group_factor, mentions
from .usage import SideCount, Usage, usage_of

_PER = {Per.EACH: "", Per.SQUARE_METRE: " m2", Per.METRE: " m"}


@dataclass(frozen=True, slots=True)
class PriceLine:
    """One line: `quantity` x `price` = `amount`, all exact, and the tariff that says so."""

    text: str
    quantity: Decimal
    price: Decimal
    amount: Decimal
    tariff: str = ""


@dataclass(frozen=True, slots=True)
class Price:
    """The price in minor units of `unit`, and the lines that add up to it."""

    minor: int
    unit: Unit
    lines: tuple[PriceLine, ...]

    def explain(self) -> str:
        """The lines as a table for people."""
        rows = [
            (line.text, f"{_plain(line.quantity)} x {_plain(line.price)}", _plain(line.amount), line.tariff)
            for line in self.lines
        ]
        rows.append(("total", "", format_amount(self.minor, self.unit), ""))
        widths = [max(len(row[column]) for row in rows) for column in range(3)]
        return "\n".join(
            f"{a:<{widths[0]}}  {b:>{widths[1]}}  {c:>{widths[2]}}  {d}".rstrip() for a, b, c, d in rows
        )


def price_usage(
    usage: Usage, tariffs: Iterable[Tariff], place: Place, at: datetime, groups: frozenset[str] = frozenset()
) -> Price:
    """The price of a usage at a place and moment for a person of these groups.

    Raises `Unpriced` when no tariff applies or none has a rate for what was used, `TariffError` when the
    tariffs contradict each other. Nothing printed costs nothing, the price per job included.
    """
    applied = chain(tariffs, place, at)
    if not applied:
        raise Unpriced(f"no tariff applies to {place} at {at.isoformat(' ', 'minutes')}")
    lines: list[PriceLine] = []
    if usage.impressions or usage.media_sheets:
        lines += _job_line(applied)
    lines += _sheet_lines(applied, usage)
    for side in usage.sides:
        lines += _side_lines(applied, side)
    lines += _finishing_lines(applied, usage)
    factor = group_factor(applied, groups)
    subtotal = _sum(lines)
    if factor is not None and factor[2] != 1 and lines:
        tariff, group, value = factor
        change = EXACT.subtract(value, Decimal(1))
        text = f"factor {_plain(value)} for {group}"
        lines.append(PriceLine(text, subtotal, change, EXACT.multiply(subtotal, change), tariff.name))
    return _closed(lines, applied[0].unit)


def quote(
    pages: Sequence[Page],
    ticket: Ticket,
    tariffs: Iterable[Tariff],
    place: Place,
    at: datetime,
    groups: frozenset[str] = frozenset(),
) -> Price:
    """What a document would cost with this ticket, before it prints; errors as `price_usage` and `impose`."""
    return price_usage(usage_of(impose(pages, ticket)), tariffs, place, at, groups)


def _closed(lines: list[PriceLine], unit: Unit) -> Price:
    """The price of the lines, with the one rounding as a line of its own."""
    exact = _sum(lines)
    minor = round_price(exact, unit)
    rest = EXACT.subtract(to_decimal(minor, unit), exact)
    if rest:
        lines.append(PriceLine("rounding", Decimal(1), rest, rest))
    return Price(minor, unit, tuple(lines))


def _sum(lines: Iterable[PriceLine]) -> Decimal:
    total = Decimal(0)
    for line in lines:
        total = EXACT.add(total, line.amount)
    return total


def _line(text: str, quantity: Decimal, price: Decimal, tariff: Tariff) -> PriceLine:
    return PriceLine(text, quantity, price, EXACT.multiply(quantity, price), tariff.name)


def _job_line(tariffs: Sequence[Tariff]) -> list[PriceLine]:
    for tariff in tariffs:
        if tariff.job is not None:
            return [_line("job", Decimal(1), tariff.job, tariff)]
    return []


def _found(
    tariffs: Sequence[Tariff], basis: Basis, size: Size | None, colour: bool | None, name: str = ""
) -> tuple[Tariff, Rate] | None:
    """The rate; None when the tariffs do not price this basis at all; `Unpriced` when only not this piece."""
    found = find_rate(tariffs, basis, size, colour, name)
    if found is None and mentions(tariffs, basis):
        kind = {True: " colour", False: " mono", None: ""}[colour]
        names = ", ".join(tariff.name for tariff in tariffs)
        raise Unpriced(f"no {basis.value} rate for{kind} {name or size} in {names}")
    return found


def _quantity(count: int, size: Size, per: Per) -> Decimal:
    each = {Per.EACH: Decimal(1), Per.SQUARE_METRE: size.area_m2, Per.METRE: size.length_m}[per]
    return EXACT.multiply(Decimal(count), each)


def _sheet_lines(tariffs: Sequence[Tariff], usage: Usage) -> list[PriceLine]:
    lines = []
    for sheet in usage.sheets:
        found = _found(tariffs, Basis.SHEET, sheet.size, None)
        if found is not None:
            tariff, rate = found
            text = f"sheet {sheet.size}{_PER[rate.per]}"
            lines.append(_line(text, _quantity(sheet.count, sheet.size, rate.per), rate.price, tariff))
    return lines


def _side_lines(tariffs: Sequence[Tariff], side: SideCount) -> list[PriceLine]:
    lines = []
    kind = f"{'colour' if side.colour else 'mono'} {side.size}"
    found = _found(tariffs, Basis.SIDE, side.size, side.colour)
    if found is not None:
        tariff, rate = found
        quantity = _quantity(side.count, side.size, rate.per)
        line = _line(f"side {kind}{_PER[rate.per]}", quantity, rate.price, tariff)
        lines.append(line)
        lines += _duplex_lines(tariffs, side, line, kind)
    covered = _found(tariffs, Basis.COVERAGE, side.size, side.colour)
    if covered is not None:
        tariff, rate = covered
        permille = side.coverage_permille
        if permille is None:
            permille = side.count * _assumed(tariffs)
        quantity = Decimal(permille).scaleb(-3, context=EXACT)
        lines.append(_line(f"coverage {kind}", quantity, rate.price, tariff))
    return lines


def _duplex_lines(tariffs: Sequence[Tariff], side: SideCount, line: PriceLine, kind: str) -> list[PriceLine]:
    giver = next((tariff for tariff in tariffs if tariff.duplex_discount is not None), None)
    if not side.duplex or giver is None or giver.duplex_discount is None:
        return []
    discount = giver.duplex_discount
    lines = []
    if discount.percent:
        share = discount.percent.scaleb(-2, context=EXACT).copy_negate()
        lines.append(_line(f"duplex discount {_plain(discount.percent)} % {kind}", line.amount, share, giver))
    if discount.amount:
        whole = _line(f"duplex discount {kind}", Decimal(side.count), discount.amount.copy_negate(), giver)
        # A discount never makes a side cost less than nothing: it ends where the side's own price does.
        lines.append(
            whole
            if line.amount >= whole.amount.copy_negate()
            else _line(whole.text, line.amount, Decimal(-1), giver)
        )
    return lines


def _assumed(tariffs: Sequence[Tariff]) -> int:
    """Coverage of a side that nobody measured: the tariff's own assumption, else 5 % as in ISO/IEC 19752."""
    values = (t.assumed_coverage_permille for t in tariffs if t.assumed_coverage_permille is not None)
    return next(values, 50)


def _finishing_lines(tariffs: Sequence[Tariff], usage: Usage) -> list[PriceLine]:
    """Finishing that no tariff names is free: most devices staple at no cost."""
    lines = []
    for name, count in usage.finishings:
        for family in _families(name):
            found = find_rate(tariffs, Basis.FINISHING, name=family)
            if found is not None:
                lines.append(_line(f"finishing {name}", Decimal(count), found[1].price, found[0]))
                break
    return lines


def _families(finishing: str) -> Iterator[str]:
    """The keyword and what it is a kind of: "staple-top-left", "staple-top", "staple"."""
    while finishing:
        yield finishing
        finishing = finishing.rpartition("-")[0]


def _plain(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
