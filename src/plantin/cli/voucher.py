"""``plantin voucher``: top-up vouchers, made in batches, shown once, used once."""

import csv
import io
import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

import click

from plantin.cli.group import installation
from plantin.cli.ledger_place import asked_for, now, standing, unit_here
from plantin.cli.ledger_text import LedgerGroup, amount_of, amount_text, money, show_ledger_table, twice
from plantin.cli.output import JSON, actor, moment, plain, plural, show_json, with_iso
from plantin.core.errors import Refusal
from plantin.ledger.errors import VoucherRefused
from plantin.ledger.limits import VOUCHERS_PER_BATCH_MAX
from plantin.ledger.money import unit_of
from plantin.ledger.vouchers import make_batch
from plantin.store.ledger import vouchers
from plantin.store.ledger.book import DatabaseBook

COLUMNS: Final = {
    "batch": "BATCH",
    "value": "VALUE",
    "unit": "UNIT",
    "count": "VOUCHERS",
    "used": "USED",
    "withdrawn": "WITHDRAWN",
    "open": "OPEN",
    "expires_on": "LAST DAY",
    "made": "MADE",
}
EMPTY: Final = "No vouchers yet. Make some: plantin voucher create --count 10 --amount 5"
DAY: Final = click.DateTime(["%Y-%m-%d"])
FILE: Final = click.Path(dir_okay=False, path_type=Path)


@click.group(cls=LedgerGroup)
def voucher() -> None:
    """Make, list, redeem and withdraw top-up vouchers."""


@voucher.command()
@click.option("--count", type=click.IntRange(1, VOUCHERS_PER_BATCH_MAX), required=True, help="How many.")
@click.option("--amount", required=True, metavar="AMOUNT", help="What each is worth.")
@click.option("--expires", type=DAY, metavar="DATE", help="The last day on which they can be used.")
@click.option("--batch", metavar="NAME", help="A name for these; default: today, and a number.")
@click.option("--csv", "as_csv", is_flag=True, help="Print them as CSV.")
@click.option("--print", "sheet", type=FILE, metavar="FILE", help="Write a PDF of cards to be cut.")
def create(
    count: int, amount: str, expires: datetime | None, batch: str | None, as_csv: bool, sheet: Path | None
) -> None:
    """Make a batch of vouchers and show their codes, which nobody can read again."""
    here = installation()
    unit = unit_here(here)
    value = amount_of(amount, unit)
    last = expires.date() if expires else None
    if last is not None and last < _today():
        raise Refusal("bad-date", f"{last} is over: such vouchers could never be used")
    name = batch or _free_name()
    drawn: list[int] = []

    def draw(bits: int) -> int:
        drawn.append(secrets.randbits(bits))
        return drawn[-1]

    # The codes are on paper before the store has their digests: codes that fit nothing do no harm, digests
    # whose codes nobody has seen are lost money.
    codes = [(code, one.serial) for code, one in make_batch(name, count, value, unit.code, draw, last)]
    with _written(sheet, name, codes, amount_text(value, unit.code), last):
        again = iter(drawn)
        here.write(
            vouchers.create,
            DatabaseBook(),
            name,
            count,
            value,
            unit.code,
            expires_on=last,
            actor=actor(),
            randbits=lambda bits: next(again),
        )
    if as_csv:
        click.echo(_csv(name, codes, money(value, unit), unit.code, last), nl=False)
        return
    until = f", until {last}" if last else ""
    click.echo(f"batch {plain(name)}: {plural(count, 'voucher')} of {amount_text(value, unit.code)}{until}")
    if sheet is not None:
        click.echo(f"their codes are in {sheet} and nowhere else")
        return
    click.echo("\n".join(f"{serial:>{len(str(count))}}  {code}" for code, serial in codes))
    click.echo("(the codes are shown this once)")


def _today() -> date:
    return now().astimezone().date()


def _free_name() -> str:
    """Today, and if there is a batch of today, a number."""
    taken = {one.name for one in vouchers.batches()}
    today = f"{_today()}"
    names = (today, *(f"{today}-{number}" for number in range(2, len(taken) + 3)))
    return next(name for name in names if name not in taken)


@contextmanager
def _written(
    file: Path | None, name: str, codes: Sequence[tuple[str, int]], value: str, last: date | None
) -> Iterator[None]:
    """The sheet, readable by this user alone; gone again if the vouchers could not be made."""
    if file is None:
        yield
        return
    from plantin.cli.voucher_sheet import sheet_of

    sheet = sheet_of(name, codes, value, last)
    with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.write(sheet)
    try:
        yield
    except BaseException:
        file.unlink(missing_ok=True)
        raise


def _csv(name: str, codes: Sequence[tuple[str, int]], value: str, unit: str, last: date | None) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(["batch", "serial", "code", "value", "unit", "expires_on"])
    safe = f"'{name}" if name[:1] in tuple("=+-@") else name
    writer.writerows([safe, serial, code, value, unit, last or ""] for code, serial in codes)
    return out.getvalue()


@voucher.command()
@click.argument("code")
@click.option("--account", "account_id", required=True, metavar="NAME", help="The account that it tops up.")
def redeem(code: str, account_id: str) -> None:
    """Top an account up with the voucher that has this code; - asks for the code."""
    here = installation()
    if code == "-":
        code = asked_for("Code")

    def work() -> tuple[int, str, str]:
        book, at = DatabaseBook(), now()
        done = vouchers.redeem(book, code, account_id, today=_today(), at=at, actor=actor())
        if done.at != at:
            used = f"{done.at.astimezone():%Y-%m-%d %H:%M}"
            raise VoucherRefused(f"{done.memo} was used already, for this account, on {used}")
        minor = sum(posting.amount for posting in done.postings if posting.account == account_id)
        return done.number, amount_text(minor, done.postings[0].unit), standing(book, account_id)

    number, worth, stands = here.write(work)
    click.echo(f"{worth} paid in to {account_id}: transaction {number}; {stands}")


@voucher.command("list")
@click.argument("batch", required=False)
@JSON
def list_vouchers(batch: str | None, as_json: bool) -> None:
    """List the batches of vouchers, or the vouchers of BATCH (without their codes)."""
    installation()
    if batch is not None:
        _list_batch(batch, as_json)
        return
    found = vouchers.batches()
    rows: list[dict[str, Any]] = [
        with_iso(
            {
                "batch": one.name,
                **twice("value", one.value, unit_of(one.unit)),
                "unit": one.unit,
                "count": one.count,
                "used": one.used,
                "withdrawn": one.withdrawn,
                "open": one.count - one.used - one.withdrawn,
                "expires_on": one.expires_on.isoformat() if one.expires_on else None,
                "expired": one.expires_on is not None and one.expires_on < _today(),
                "created_by": one.created_by,
                "created_at": one.created_at,
            },
            "created_at",
        )
        for one in found
    ]
    if as_json:
        show_json(rows)
        return
    for row in rows:
        row["made"] = moment(row["created_at"])[:10]
        row["expires_on"] = f"{row['expires_on'] or ''}{' (over)' if row['expired'] else ''}"
    show_ledger_table(rows, COLUMNS, ("value", "count", "used", "withdrawn", "open"), EMPTY)


def _list_batch(batch: str, as_json: bool) -> None:
    over = vouchers.batch(batch).expires_on
    expired = over is not None and over < _today()
    rows: list[dict[str, Any]] = []
    for line in vouchers.vouchers(batch):
        state = "used" if line.transaction else "withdrawn" if line.voucher.withdrawn else "open"
        facts: dict[str, Any] = {
            "batch": batch,
            "serial": line.voucher.serial,
            "state": "expired" if expired and state == "open" else state,
            "transaction": line.transaction or None,
            "used_at": line.used_at_us // 1000,
        }
        rows.append(with_iso(facts, "used_at"))
    if as_json:
        show_json(rows)
        return
    for row in rows:
        row["used"] = moment(row["used_at"])
    heads = {"serial": "NO", "state": "STATE", "used": "USED", "transaction": "TRANSACTION"}
    show_ledger_table(rows, heads, ("serial",), EMPTY)


@voucher.command()
@click.argument("batch")
@click.option("--serial", "serials", type=click.IntRange(1), multiple=True, help="Only this one; repeatable.")
def withdraw(batch: str, serials: tuple[int, ...]) -> None:
    """Make the unused vouchers of a batch worthless."""
    count = installation().write(vouchers.withdraw, batch, serials or None, actor=actor())
    click.echo(f"batch {plain(batch)}: {plural(count, 'voucher')} withdrawn")
