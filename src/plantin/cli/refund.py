"""``plantin refund``: asked for with a reason, decided by somebody else; every step stays in the trail."""

from datetime import datetime
from typing import Any, Final

import click

from plantin.cli.account_money import left_of
from plantin.cli.account_paper import job_words
from plantin.cli.group import installation
from plantin.cli.ledger_place import now
from plantin.cli.ledger_text import (
    LedgerGroup,
    amount_of,
    amount_text,
    optional_amount,
    show_ledger_table,
    twice,
)
from plantin.cli.output import JSON, iso, moment, plain, show_fields, show_json, user
from plantin.cli.parameters import TEXT
from plantin.core.errors import Refusal
from plantin.ledger.money import unit_of
from plantin.ledger.refunds import RefundRequest, RefundState
from plantin.ledger.transactions import Kind
from plantin.store.ledger import journal, refunds
from plantin.store.ledger.book import DatabaseBook
from plantin.store.queries import jobs
from plantin.store.queries import ledger as queries

COLUMNS: Final = {
    "id": "NO",
    "state": "STATE",
    "of": "OF",
    "asked": "ASKED",
    "granted": "GRANTED",
    "unit": "UNIT",
    "by": "BY",
    "day": "SINCE",
    "reason": "REASON",
}
NUMBER: Final = click.argument("number", metavar="NO", type=click.IntRange(1, 10**18 - 1))
_STATES: Final = click.Choice([*(state.value for state in RefundState), "all"])


@click.group(cls=LedgerGroup)
def refund() -> None:
    """Ask for refunds, list, approve and reject them."""


@refund.command()
@click.argument("number", metavar="JOB", type=click.IntRange(1, 2**63 - 1))
@click.argument("amount", metavar="AMOUNT|all")
@click.option("--reason", type=TEXT, required=True, metavar="TEXT", help="Why.")
@click.option(
    "--transaction", "is_transaction", is_flag=True, help="The number is a transaction's, not a job's."
)
@click.option("--user", "asker", metavar="USER", help="Who asks; default: who runs the command.")
def request(number: int, amount: str, reason: str, is_transaction: bool, asker: str | None) -> None:
    """Ask for a refund of what a job cost, or part of it. Somebody else has to approve it."""
    here = installation()
    # The trail tells both: on whose behalf, and who typed it.
    text = reason if asker in (None, user()) else f"{reason} (entered by {user()})"

    def work() -> RefundRequest:
        book = DatabaseBook()
        charge = number if is_transaction else _charge_of(book, number, amount)
        unit, left = left_of(book, charge)
        if not left:
            raise Refusal("refund-too-large", f"of transaction {charge} nothing is left to be paid back")
        minor = left if amount == "all" else amount_of(amount, unit_of(unit))
        return refunds.ask(book, charge, unit, minor, by=asker or user(), reason=text, at=now())

    made = here.write(work)
    asked = f"{amount_text(made.asked, made.unit)} of transaction {made.transaction}"
    click.echo(f"refund {made.id} asked for by {plain(made.by)}: {asked}; somebody else has to approve it")


def _charge_of(book: DatabaseBook, job_id: int, amount: str) -> int:
    """The one charge of a job that so much can be paid back of."""
    uuid = jobs.job(job_id).uuid
    charges = [one.number for one in journal.of_job(uuid) if one.kind in (Kind.POST, Kind.CHARGE)]
    left = {number: left_of(book, number) for number in charges}
    able = [number for number, (_, minor) in left.items() if minor]
    if not able:
        told = "nothing of it is left to be paid back" if charges else "nothing was charged for it"
        raise Refusal("refund-too-large", f"job {job_id}: {told}")
    if len(able) > 1 and amount != "all":
        enough = [one for one in able if left[one][1] >= amount_of(amount, unit_of(left[one][0]))]
        able = enough if len(enough) == 1 else able
    if len(able) > 1:
        numbers = ", ".join(map(str, able))
        raise Refusal(
            "not-clear", f"job {job_id} was charged by transactions {numbers}: name one with --transaction"
        )
    return able[0]


@refund.command("list")
@click.option("--state", type=_STATES, default="asked", show_default=True)
@click.option("--user", "asker", default="", metavar="USER", help="Only of this person.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=1000, show_default=True)
@JSON
def list_refunds(state: str, asker: str, limit: int, as_json: bool) -> None:
    """List requests for refunds, the oldest first: those that wait for a decision, or others."""
    installation()
    wanted = None if state == "all" else RefundState(state)
    found = refunds.requests(by=asker, state=wanted, limit=limit)
    facts = _facts(found)
    if as_json:
        show_json(facts)
        return
    for row, one in zip(facts, found, strict=True):
        row["of"] = row["job_words"] or f"transaction {one.transaction}"
        row["granted"] = row["granted"] if one.granted else ""
        row["day"] = _day(one.trail[0].at)
        row["reason"] = one.trail[-1].note or one.trail[0].note
    empty = "No requests." if state == "all" else f"No requests that are {state}."
    show_ledger_table(facts, COLUMNS, ("id", "asked", "granted"), empty)
    if len(facts) == limit:
        click.echo(f"(the first {limit}; more with --limit)", err=True)


def _day(at: datetime) -> str:
    return f"{at.astimezone():%Y-%m-%d}"


def _facts(found: list[RefundRequest]) -> list[dict[str, Any]]:
    charges = {one.number: one.job for one in journal.by_numbers(one.transaction for one in found)}
    names = queries.job_names(charges.values())
    rows = []
    for one in found:
        uuid = charges.get(one.transaction, "")
        unit = unit_of(one.unit)
        rows.append(
            {
                "id": one.id,
                "state": one.state.value,
                "transaction": one.transaction,
                "job": names[uuid].id if uuid in names else None,
                "job_words": job_words(uuid, names) if uuid else "",
                "unit": one.unit,
                **twice("asked", one.asked, unit),
                **twice("granted", one.granted, unit),
                "by": one.by,
                "trail": [
                    {
                        "state": step.state.value,
                        "by": step.by,
                        "at": round(step.at.timestamp() * 1000),
                        "at_iso": iso(round(step.at.timestamp() * 1000)),
                        "note": step.note,
                    }
                    for step in one.trail
                ],
            }
        )
    return rows


@refund.command()
@NUMBER
@JSON
def show(number: int, as_json: bool) -> None:
    """Show a request with its trail."""
    installation()
    one = refunds.show(str(number))
    (facts,) = _facts([one])
    if as_json:
        show_json(facts)
        return
    shown = {
        "refund": one.id,
        "state": one.state.value,
        "of": facts["job_words"],
        "transaction": one.transaction,
        "asked": amount_text(one.asked, one.unit),
        "granted": one.granted and amount_text(one.granted, one.unit),
    }
    show_fields({key: value or "" for key, value in shown.items()})
    for step in one.trail:
        at = moment(round(step.at.timestamp() * 1000))
        note = f": {plain(step.note)}" if step.note else ""
        click.echo(f"  {at}  {step.state.value} by {plain(step.by)}{note}")


@refund.command()
@NUMBER
@click.argument("amount", required=False)
@click.option("--note", type=TEXT, default="", metavar="TEXT", help="What the person is told.")
def approve(number: int, amount: str | None, note: str) -> None:
    """Approve a request, for AMOUNT or for all of it, and pay it back."""
    here = installation()

    def work() -> refunds.Approved:
        unit = unit_of(refunds.show(str(number)).unit)
        minor = optional_amount(amount, unit)
        asked: dict[str, Any] = {"by": user(), "at": now(), "amount": minor, "note": note}
        return refunds.approve(DatabaseBook(), str(number), **asked)

    done = here.write(work)
    paid = amount_text(done.request.granted, done.request.unit)
    to = ", ".join(sorted({plain(one.account) for one in done.refund.postings if one.amount > 0}))
    click.echo(f"refund {number} approved: {paid} paid back to {to}: transaction {done.refund.number}")


@refund.command()
@NUMBER
@click.option("--reason", type=TEXT, required=True, metavar="TEXT", help="What the person is told.")
def reject(number: int, reason: str) -> None:
    """Reject a request."""
    installation().write(refunds.reject, str(number), by=user(), at=now(), note=reason)
    click.echo(f"refund {number} rejected")


@refund.command()
@NUMBER
@click.option("--user", "asker", metavar="USER", help="Who asked; default: who runs the command.")
@click.option("--reason", type=TEXT, default="", metavar="TEXT", help="Why.")
def withdraw(number: int, asker: str | None, reason: str) -> None:
    """Take a request back that was not decided yet."""
    installation().write(refunds.withdraw, str(number), by=asker or user(), at=now(), note=reason)
    click.echo(f"refund {number} withdrawn")
