"""``plantin account export`` and ``import``: balances as CSV (``account,balance``), out and in."""

import sys
from functools import partial
from pathlib import Path
from typing import Final

import click

from plantin.cli.group import installation
from plantin.cli.ledger_place import now, unit_here
from plantin.cli.ledger_text import amount_text
from plantin.cli.output import actor, plain, plural
from plantin.core.errors import Refusal
from plantin.ledger.transactions import Layer, Transaction
from plantin.store.ledger import balances, people
from plantin.store.ledger.book import DatabaseBook

_FILE_OCTETS_MAX: Final = 256 * 1024 * 1024
_SHOWN: Final = 20
"""Changes that a dry run tells before it only counts the rest."""


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path, allow_dash=True), default="-")
def export(file: Path) -> None:
    """Write the balances of all accounts in the currency to FILE as CSV; - is standard output."""
    here = installation()
    text = balances.export_csv(unit_here(here).code)
    if str(file) == "-":
        click.echo(text, nl=False)
        return
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    click.echo(f"{plural(text.count(chr(10)) - 1, 'balance')} written to {file}")


class _OnlyTried(Exception):
    """Takes a dry run out of its transaction, so that nothing of it stays."""

    def __init__(self, done: list[Transaction]) -> None:
        super().__init__()
        self.done = done


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path, allow_dash=True))
@click.option("--create", is_flag=True, help="Make personal accounts for people who have none.")
@click.option("--dry-run", is_flag=True, help="Only tell what would change.")
def import_balances(file: Path, create: bool, dry_run: bool) -> None:
    """Bring accounts to the balances of FILE, a CSV (account,balance): all of them, or none."""
    here = installation()
    unit = unit_here(here).code
    text = _text(file)
    started = now()
    restricted = here.new_accounts == "restricted"
    make = partial(people.personal, unit=unit, restricted=restricted) if create else None

    def work() -> list[Transaction]:
        done = balances.import_csv(DatabaseBook(), text, unit, at=started, actor=actor(), create=make)
        if dry_run:
            raise _OnlyTried(done)
        return done

    try:
        done = here.write(work)
    except _OnlyTried as tried:
        done = tried.done
    changes = [
        (posting.account, posting.amount)
        for one in done
        if one.at == started
        for posting in one.postings
        if posting.layer is Layer.BOOKED and not posting.account.startswith("grant:")
    ]
    told = f"{plural(len(done), 'row')}, {plural(len(changes), 'balance')}"
    if dry_run:
        for account, amount in changes[:_SHOWN]:
            sign = "+" if amount > 0 else ""
            click.echo(f"{plain(account)}: {sign}{amount_text(amount, unit)}")
        if len(changes) > _SHOWN:
            click.echo(f"and {len(changes) - _SHOWN} more")
        click.echo(f"{file}: {told} would change; nothing was changed")
        return
    click.echo(f"{told} changed from {file}")


def _text(file: Path) -> str:
    data = sys.stdin.buffer.read(_FILE_OCTETS_MAX + 1) if str(file) == "-" else _head(file)
    if len(data) > _FILE_OCTETS_MAX:
        raise Refusal("bad-file", f"{file}: more than {_FILE_OCTETS_MAX} octets")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise Refusal("bad-file", f"{file}: line {line}: this is no UTF-8") from None


def _head(file: Path) -> bytes:
    with file.open("rb") as opened:
        return opened.read(_FILE_OCTETS_MAX + 1)
