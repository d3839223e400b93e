"""``plantin tariff quote``: what a document would cost, before it prints, line by line."""

from datetime import datetime
from typing import Any

import click

from plantin.cli.dry_run import AS, DEVICE, OPTIONS, QUEUE, Imagined, facts_of, imagine, show_job
from plantin.cli.group import installation
from plantin.cli.output import JSON, show_json
from plantin.cli.parameters import MOMENT
from plantin.core.errors import Refusal
from plantin.ledger.errors import LedgerError
from plantin.ledger.money import to_decimal
from plantin.ledger.price import Price, price_usage
from plantin.ledger.tariffs import PriceList
from plantin.store.queries import rules as queries


@click.command()
@click.argument("file")
@QUEUE
@DEVICE
@AS
@OPTIONS
@click.option("--at", type=MOMENT, metavar="TIME", help="By the tariffs of this moment; default: now.")
@JSON
def quote(
    file: str,
    queue_name: str,
    device_name: str | None,
    owner: str | None,
    options: tuple[str, ...],
    at: datetime | None,
    as_json: bool,
) -> None:
    """Tell what FILE would cost, line by line; - is standard input."""
    installation()
    job = imagine(file, queue_name, device_name, owner, options, at)
    if job.seen.counted is None:
        raise Refusal("uncountable", f"{file}: {job.seen.error}")
    price = price_of(job)
    if as_json:
        show_json(facts_of(job) | price_facts(price))
        return
    show_job(job)
    click.echo()
    click.echo(price.explain() if price is not None else "no tariff holds there: it costs nothing")


def price_of(job: Imagined) -> Price | None:
    """The price; None where no tariff is for the place, so that printing costs nothing.

    Raises:
        Refusal: the tariffs say nothing of what the job uses, or contradict each other.
    """
    tariffs = PriceList(queries.tariffs()).of(job.place)
    if not tariffs or job.seen.counted is None:
        return None
    try:
        return price_usage(job.seen.counted.usage, tariffs, job.place, job.moment, job.groups)
    except LedgerError as error:
        raise Refusal(error.code, error.reason) from None


def price_facts(price: Price | None) -> dict[str, Any]:
    """A price for programs: decimals in strings, and the integer of minor units; null where there is none."""
    if price is None:
        return {"price": None, "price_minor": None, "currency": None, "lines": []}
    return {
        "price": str(to_decimal(price.minor, price.unit)),
        "price_minor": price.minor,
        "currency": price.unit.code,
        "lines": [
            {
                "text": line.text,
                "quantity": str(line.quantity),
                "price": str(line.price),
                "amount": str(line.amount),
                "tariff": line.tariff or None,
            }
            for line in price.lines
        ],
    }
