"""``plantin tariff``: what printing costs."""

from datetime import datetime
from typing import Any, Final

import click

from plantin.cli import job_cost
from plantin.cli.group import Commands, installation
from plantin.cli.output import JSON, actor, moment, plain, show_json, show_table, with_iso
from plantin.cli.parameters import text_of
from plantin.ledger.tariffs import Rate, Tariff
from plantin.store.commands import rules as commands
from plantin.store.queries import jobs
from plantin.store.queries import rules as queries
from plantin.store.queries.rules import RuleText
from plantin.store.rule_text import read_tariff

EMPTY: Final = "No tariffs yet: printing costs nothing. Add one: plantin tariff add FILE"
COLUMNS: Final = {
    "name": "NAME",
    "scope": "FOR",
    "currency": "CURRENCY",
    "from": "FROM",
    "until": "UNTIL",
    "holds": "HOLDS",
    "rates": "RATES",
}


@click.group(cls=Commands, lazy={"quote": "plantin.cli.quote:quote"})
def tariff() -> None:
    """Add, list, show and remove tariffs; tell what a document would cost."""


@tariff.command()
@click.argument("file")
@click.option("--replace", is_flag=True, help="Put it in the place of the one of the same name.")
def add(file: str, replace: bool) -> None:
    """Add the tariff of FILE, a .toml; - is standard input."""
    source = text_of(file)
    here = installation()
    name = here.write(commands.add_tariff, source, currency=here.currency, actor=actor(), replace=replace)
    found = read_tariff(source)
    click.echo(f"tariff {plain(name)} holds for {plain(found.scope)}{_time(found)}")


def _time(found: Tariff) -> str:
    words = (("from", found.valid_from), ("until", found.valid_until))
    return "".join(f", {word} {at:%Y-%m-%d %H:%M}" for word, at in words if at is not None)


@tariff.command("list")
@JSON
def list_tariffs(as_json: bool) -> None:
    """List tariffs, and whether they hold now."""
    installation()
    rows = [_facts(text) for text in queries.tariff_texts()]
    if as_json:
        show_json(rows)
        return
    for row in rows:
        row["from"], row["until"] = (_day(row[key]) for key in ("valid_from", "valid_until"))
        row["holds"] = row["is_valid"]
        row["rates"] = len(row["rates"])
    show_table(rows, COLUMNS, EMPTY)


def _day(text: str | None) -> str:
    return "" if text is None else f"{datetime.fromisoformat(text):%Y-%m-%d %H:%M}"


@tariff.command()
@click.argument("name")
@JSON
def show(name: str, as_json: bool) -> None:
    """Show one tariff as it was given."""
    installation()
    text = queries.tariff_text(name)
    if as_json:
        show_json(_facts(text) | {"source": text.source})
        return
    click.echo(f"# added by {plain(text.actor)}, {moment(text.changed_at)}")
    for line in text.source.splitlines():
        click.echo(plain(line.replace("\t", "    ")))


@tariff.command()
@click.argument("name")
def remove(name: str) -> None:
    """Remove a tariff; what was charged by it stays charged."""
    installation().write(commands.remove_tariff, name, actor=actor())
    click.echo(f"tariff {plain(name)} removed")


@tariff.command()
@click.argument("job_id", metavar="JOB", type=click.IntRange(1, 2**63 - 1))
@JSON
def explain(job_id: int, as_json: bool) -> None:
    """Print each line of a job's price: before it printed, and for what came out."""
    installation()
    record = jobs.job(job_id)
    if as_json:
        show_json({"job": job_id} | job_cost.cost_facts(record))
        return
    job_cost.explain(record)


def _facts(text: RuleText) -> dict[str, Any]:
    """A tariff for programs."""
    found = read_tariff(text.source)
    now = datetime.now().astimezone()
    facts: dict[str, Any] = {
        "name": found.name,
        "scope": str(found.scope),
        "currency": found.unit.code,
        "valid_from": found.valid_from and found.valid_from.isoformat(),
        "valid_until": found.valid_until and found.valid_until.isoformat(),
        "is_valid": found.is_valid(now),
        "job": None if found.job is None else str(found.job),
        "duplex_discount": _discount(found),
        "assumed_coverage_permille": found.assumed_coverage_permille,
        "rates": [_rate(rate) for rate in found.rates],
        "factor": {group: str(factor) for group, factor in found.factors.items()},
        "actor": text.actor,
        "changed_at": text.changed_at,
    }
    return with_iso(facts, "changed_at")


def _discount(found: Tariff) -> str | None:
    discount = found.duplex_discount
    if discount is None:
        return None
    return f"{discount.percent}%" if discount.percent else str(discount.amount)


def _rate(rate: Rate) -> dict[str, Any]:
    return {
        "basis": rate.basis.value,
        "price": str(rate.price),
        "sizes": sorted(rate.sizes),
        "colour": rate.colour,
        "finishing": rate.finishing or None,
        "per": rate.per.value,
    }
