"""``plantin ledger``: the journal itself, the proof that it is sound, and what holds for all accounts."""

import re
import sys
from typing import Any, Final

import click

from plantin.cli.account_paper import job_words
from plantin.cli.group import installation
from plantin.cli.ledger_place import unit_here
from plantin.cli.ledger_text import LedgerGroup, amount_of, amount_text, twice
from plantin.cli.output import JSON, actor, iso, moment, plain, plural, show_json
from plantin.core.errors import Refusal
from plantin.ledger.money import unit_of
from plantin.ledger.transactions import Layer, Transaction
from plantin.ledger.verify import Head
from plantin.store.ledger import journal as rows
from plantin.store.ledger import settings
from plantin.store.ledger.audit import verify_ledger
from plantin.store.ledger.book import DatabaseBook
from plantin.store.queries import jobs
from plantin.store.queries import ledger as queries

_MANY: Final = 50_000
"""Transactions from which on a person is told that it takes a while."""
_HEAD: Final = re.compile(r"(\d{1,18}):([0-9a-f]{64})")


class _HeadType(click.ParamType[Head]):
    """A head as ``verify`` prints it."""

    name = "head"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Head:
        match = _HEAD.fullmatch(str(value).strip().lower())
        if match is None:
            self.fail("write it as verify prints it: NUMBER:DIGEST", param, ctx)
        return Head(int(match[1]), bytes.fromhex(match[2]))


@click.group(cls=LedgerGroup)
def ledger() -> None:
    """Verify the ledger, read its journal, set the default overdraft."""


@ledger.command()
@click.option("--head", "noted", type=_HeadType(), metavar="NUMBER:DIGEST", help="A head noted before.")
@JSON
def verify(noted: Head | None, as_json: bool) -> None:
    """Check every row of the ledger: chain, sums, balances, reservations. Exit status 1 if anything is wrong.

    Note the head that it prints in another place: with it, a later run also finds that the newest rows were
    cut off or that all of it was written anew.
    """
    installation()
    end = queries.head()
    if end is not None and end.number >= _MANY and sys.stderr.isatty():
        click.echo(f"checking {end.number:,} transactions …", err=True)
    report = verify_ledger(DatabaseBook(), noted)
    sound = not report.problems
    facts = {
        "sound": sound,
        "transactions": report.head.number,
        "open_reservations": len(report.open_reservations),
        "head": {"number": report.head.number, "digest": report.head.digest.hex()},
        "problems": [{"transaction": one.number, "text": one.text} for one in report.problems],
    }
    if as_json:
        show_json(facts)
    else:
        for one in report.problems:
            where = f"transaction {one.number}: " if one.number is not None else ""
            click.echo(f"{where}{plain(one.text)}")
        counted = plural(report.head.number, "transaction")
        held = plural(len(report.open_reservations), "open reservation")
        click.echo(f"{'sound' if sound else 'NOT SOUND'}: {counted}, {held}")
        click.echo(f"head {report.head.number}:{report.head.digest.hex()}")
    if not sound:
        raise Refusal("not-sound", f"the ledger is not sound: {plural(len(report.problems), 'finding')}")


@ledger.command()
@click.option("--account", "account_id", metavar="NAME", help="Only what concerns this account.")
@click.option("--job", "job_id", type=click.IntRange(1, 2**63 - 1), metavar="ID", help="Only of this job.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=100, show_default=True)
@JSON
def journal(account_id: str | None, job_id: int | None, limit: int, as_json: bool) -> None:
    """Print the latest transactions with all their postings, in their order."""
    installation()
    if account_id is not None:
        DatabaseBook().account(account_id)
    if job_id is not None:
        found = [
            one
            for one in rows.of_job(jobs.job(job_id).uuid)
            if account_id is None or any(posting.account == account_id for posting in one.postings)
        ][-limit:]
    else:
        found = list(
            queries.latest(limit) if account_id is None else queries.latest_of_account(account_id, limit)
        )
    if as_json:
        show_json([_facts(one) for one in found])
        return
    names = queries.job_names(one.job for one in found)
    for one in found:
        _show(one, names)
    if not found:
        click.echo("No transactions.")
    if len(found) == limit:
        click.echo(f"(the latest {limit}; more with --limit)", err=True)


def _facts(one: Transaction) -> dict[str, Any]:
    at = round(one.at.timestamp() * 1000)
    return {
        "number": one.number,
        "kind": one.kind.value,
        "at": at,
        "at_iso": iso(at),
        "key": one.key,
        "refers_to": one.refers_to,
        "job": one.job or None,
        "actor": one.actor,
        "memo": one.memo,
        "expires_at_iso": one.expires_at.isoformat(timespec="milliseconds") if one.expires_at else None,
        "digest": one.digest.hex(),
        "postings": [
            {
                "account": posting.account,
                "unit": posting.unit,
                **twice("amount", posting.amount, unit_of(posting.unit)),
                "layer": posting.layer.name.lower(),
                "share": posting.share,
            }
            for posting in one.postings
        ],
    }


def _show(one: Transaction, names: dict[str, queries.JobName]) -> None:
    words = [
        f"no {one.number}  {moment(round(one.at.timestamp() * 1000))}  {one.kind.value}",
        f"of no {one.refers_to}" if one.refers_to is not None else "",
        job_words(one.job, names) if one.job else "",
        plain(one.memo),
        f"by {plain(one.actor)}" if one.actor else "",
    ]
    click.echo("  ".join(word for word in words if word))
    width = max((len(plain(posting.account)) for posting in one.postings), default=0)
    amounts = [amount_text(posting.amount, posting.unit) for posting in one.postings]
    right = max(map(len, amounts), default=0)
    for posting, amount in zip(one.postings, amounts, strict=True):
        layer = "  reserved" if posting.layer is Layer.RESERVED else ""
        click.echo(f"    {plain(posting.account):<{width}}  {amount:>{right}}{layer}")
    if not one.postings:
        click.echo("    (nothing moved)")


@ledger.command()
@click.argument("amount", required=False)
def overdraft(amount: str | None) -> None:
    """Show, or set, how far accounts may go below zero that say nothing of their own; allowances never."""
    here = installation()
    unit = unit_here(here)
    if amount is not None:
        minor = amount_of(amount, unit, zero=True)
        here.write(settings.set_default_overdraft, unit.code, minor, actor=actor())
    kept = settings.default_overdrafts().get(unit.code, 0)
    click.echo(f"default overdraft: {amount_text(kept, unit.code)}")
