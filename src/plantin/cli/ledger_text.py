"""Money on the command line: how it is typed, how it is printed, and how the ledger's refusals are told.

People type ``12.50`` or ``12,50``; more decimals than the unit has are refused and never rounded. Programs
get every amount twice, as an exact decimal in a string (``…``) and as an integer of minor units
(``…_minor``).
"""

from collections.abc import Collection, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

import click

from plantin.cli.output import plain
from plantin.core.errors import Refusal
from plantin.ledger.currencies import amount_text
from plantin.ledger.errors import InvalidRequest, LedgerError
from plantin.ledger.money import Unit, parse_amount, to_decimal

__all__ = [
    "AMOUNT",
    "LedgerGroup",
    "amount_of",
    "amount_text",
    "money",
    "optional_amount",
    "show_ledger_table",
    "twice",
]

_CELL_MAX: Final = 40
AMOUNT = click.argument("amount", metavar="AMOUNT")


@contextmanager
def _told() -> Any:
    try:
        yield
    except LedgerError as error:
        raise Refusal(error.code, plain(error.reason)) from None


class LedgerGroup(click.Group):
    """A group whose commands ask something of the ledger: its refusal is the command's error."""

    def invoke(self, ctx: click.Context) -> Any:
        with _told():
            return super().invoke(ctx)


def amount_of(text: str, unit: Unit, *, zero: bool = False, negative: bool = False) -> int:
    """Minor units of an amount as a person typed it.

    Args:
        zero: whether 0 makes sense here.
        negative: whether an amount below zero does.

    Raises:
        Refusal: says how it is written.
    """
    typed = text.strip()
    if typed.count(",") == 1 and "." not in typed:
        typed = typed.replace(",", ".")
    try:
        minor = parse_amount(typed, unit)
    except InvalidRequest as error:
        if " decimal digits" in error.reason:
            decimals = "no decimals" if not unit.digits else f"{unit.digits} decimals"
            raise _bad(
                f"{plain(text)[:40]} has more decimals than {unit.code}, which has {decimals}"
            ) from None
        if "beyond" in error.reason:
            raise _bad(f"{plain(text)[:40]} is more than the ledger takes at once") from None
        example = f"{to_decimal(1250, unit):.{unit.digits}f}"
        wrong = f"{plain(text)[:40]!r} is not an amount in {unit.code}: write it like {example}"
        raise _bad(f"{wrong}, with no separator of thousands") from None
    if minor < 0 and not negative:
        raise _bad(f"{plain(text)[:40]} is below zero")
    if not minor and not zero:
        raise _bad("an amount of 0 changes nothing")
    return minor


def optional_amount(text: str | None, unit: Unit) -> int | None:
    """The same, None for None."""
    return None if text is None else amount_of(text, unit)


def _bad(text: str) -> Refusal:
    return Refusal("bad-amount", text)


def money(minor: int, unit: Unit) -> str:
    """An amount without its unit: ``12.50``."""
    return f"{to_decimal(minor, unit):.{unit.digits}f}"


def twice(key: str, minor: int | None, unit: Unit) -> dict[str, Any]:
    """An amount for programs: the decimal and the integer."""
    return {key: None if minor is None else money(minor, unit), f"{key}_minor": minor}


def show_ledger_table(
    rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str], right: Collection[str], empty: str
) -> None:
    """Rows under headings; the columns of ``right`` are set flush right, and amounts are never cut.

    Args:
        columns: key -> heading, in order. The first and the last one are never cut either.
        empty: what to say when there are no rows.
    """
    if not rows:
        click.echo(empty)
        return
    keys, heads = list(columns), list(columns.values())
    whole = {*right, keys[0], keys[-1]}
    lines = [[_cell(row.get(key, ""), key in whole) for key in keys] for row in rows]
    widths = [max(len(head), *(len(line[i]) for line in lines)) for i, head in enumerate(heads)]
    for line in (heads, *lines):
        cells = [
            text.rjust(width) if key in right else text.ljust(width)
            for key, text, width in zip(keys, line, widths, strict=True)
        ]
        click.echo("  ".join(cells).rstrip())


def _cell(value: object, whole: bool) -> str:
    text = plain(value)
    return text if whole or len(text) <= _CELL_MAX else text[: _CELL_MAX - 1] + "…"
