"""What a job was counted to be, what it costs and what was booked for it: each figure with its rows."""

from typing import Any, Final

import click

from plantin.accounting.lines import lines_of
from plantin.cli.output import iso, moment, plain, plural
from plantin.cli.quote import price_facts
from plantin.core.errors import Refusal
from plantin.core.model import Gate, JobRecord
from plantin.ledger.money import format_amount, unit_of
from plantin.ledger.price import Price
from plantin.ledger.transactions import Layer, Transaction
from plantin.store.ledger import journal
from plantin.store.queries import accounting as queries
from plantin.store.queries.accounting import CostRecord

FACTS: Final = ("counts", "printed", "quote", "cost", "admission", "note", "postings")


def cost_facts(job: JobRecord) -> dict[str, Any]:
    """All that accounting knows of a job, for programs; null while nobody has counted it."""
    cost = queries.cost(job.id)
    if cost is None:
        return dict.fromkeys(FACTS) | {"postings": []}
    return {
        "counts": {
            "error": cost.error or None,
            "pages": _known(cost.pages),
            "input_pages": _known(cost.input_pages),
            "copies": cost.copies,
            "impressions": None if cost.error else cost.impressions_colour + cost.impressions_mono,
            "impressions_colour": _known(cost.impressions_colour),
            "impressions_mono": _known(cost.impressions_mono),
            "sheets": _known(cost.sheets),
            "blank_sides": _known(cost.blank_sides),
        },
        "printed": {
            "impressions_colour": cost.printed_colour,
            "impressions_mono": cost.printed_mono,
            "sheets": cost.printed_sheets,
        },
        "quote": price_facts(quoted(cost)),
        "cost": price_facts(charged(cost)),
        "admission": cost.admission or None,
        "note": cost.note or None,
        "postings": [
            {
                "transaction": one.number,
                "kind": one.kind.value,
                "at_iso": iso(round(one.at.timestamp() * 1000)),
                "account": posting.account,
                "unit": posting.unit,
                "amount_minor": posting.amount,
                "layer": posting.layer.name.lower(),
            }
            for one in journal.of_job(job.uuid)
            for posting in one.postings
        ],
    }


def show_cost(job: JobRecord) -> None:
    """Prints counts, price lines and postings of a job."""
    cost = queries.cost(job.id)
    if cost is None:
        waits = " It waits for that." if job.gate is Gate.SHUT else ""
        click.echo(f"counts: not counted yet.{waits}")
        return
    click.echo(f"counts: {plain(_counts(cost))}")
    if job.attempts:
        click.echo(f"printed: {_paper(cost.printed_colour, cost.printed_mono, cost.printed_sheets)}")
    for title, price in (("quote before printing", quoted(cost)), ("charged", charged(cost))):
        if price is not None:
            click.echo(f"{title}: {format_amount(price.minor, price.unit)}")
            _indented(price.explain())
    if cost.note:
        click.echo(f"note: {plain(cost.note)}")
    booked = journal.of_job(job.uuid)
    if booked:
        click.echo("postings:")
        for one in booked:
            _postings(one)
    if cost.admission and cost.admission != "decision: allow":
        click.echo("rules:")
        _indented(cost.admission)


def explain(job: JobRecord) -> None:
    """Prints each line of the price, the one before printing and the one that was charged.

    Raises:
        Refusal: it has no price, and why.
    """
    cost = queries.cost(job.id)
    if cost is None:
        raise Refusal("not-counted", f"job {job.id} has not been counted yet")
    before, after = quoted(cost), charged(cost)
    if before is None and after is None:
        why = cost.error or cost.note or "no tariff holds where it printed: it cost nothing"
        raise Refusal("no-price", f"job {job.id} has no price: {why}")
    click.echo(f'job {job.id} "{plain(job.name)}" of {plain(job.owner)}: {plain(_counts(cost))}')
    for title, price in (("before printing", before), ("charged for what came out", after)):
        if price is not None:
            click.echo(f"{title}:")
            _indented(price.explain())
    if cost.note:
        click.echo(f"note: {plain(cost.note)}")


def quoted(cost: CostRecord) -> Price | None:
    """The price before printing."""
    if cost.quote_minor < 0:
        return None
    return Price(cost.quote_minor, unit_of(cost.unit), lines_of(cost.quote_lines))


def charged(cost: CostRecord) -> Price | None:
    """The price of what came out; None when nothing was charged. The lines are those of the last print."""
    lines = lines_of(cost.cost_lines)
    return Price(cost.cost_minor, unit_of(cost.unit), lines) if lines else None


def _counts(cost: CostRecord) -> str:
    if cost.error:
        return cost.error
    copies = f" x {cost.copies} copies" if cost.copies != 1 else ""
    asked = f" ({cost.input_pages} of them asked for)" if cost.input_pages != cost.pages else ""
    blank = f", {plural(cost.blank_sides, 'blank side')}" if cost.blank_sides else ""
    paper = _paper(cost.impressions_colour, cost.impressions_mono, cost.sheets)
    return f"{plural(cost.pages, 'page')}{asked}{copies}: {paper}{blank}"


def _paper(colour: int, mono: int, sheets: int) -> str:
    sides = f"{plural(colour + mono, 'impression')} ({colour} colour, {mono} mono)"
    return f"{sides} on {plural(sheets, 'sheet')}"


def _postings(one: Transaction) -> None:
    at = moment(round(one.at.timestamp() * 1000))
    click.echo(f"  {one.number}  {at}  {one.kind.value}")
    width = max((len(posting.account) for posting in one.postings), default=0)
    for posting in one.postings:
        layer = "  (reserved)" if posting.layer is Layer.RESERVED else ""
        amount = format_amount(posting.amount, unit_of(posting.unit))
        click.echo(f"      {plain(posting.account).ljust(width)}  {amount:>16}{layer}")


def _indented(text: str) -> None:
    for line in text.splitlines():
        click.echo(f"  {plain(line)}")


def _known(number: int) -> int | None:
    return None if number < 0 else number
