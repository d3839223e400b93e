"""``plantin policy test``: the dry run. Every rule that would be asked, whether it fires, why, what it does.

Asks the very functions that decide about real jobs, with the person's real accounts; what that writes (an
account that is made when somebody first prints) is rolled back.
"""

from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Any

import click

from plantin.accounting.admission import Asking, assess, deliberate
from plantin.accounting.facts import Submission
from plantin.cli.dry_run import AS, DEVICE, OPTIONS, QUEUE, Imagined, facts_of, imagine, show_job
from plantin.cli.group import installation
from plantin.cli.installation import Installation
from plantin.cli.output import JSON, plain, show_json
from plantin.cli.parameters import MOMENT, pairs
from plantin.core.errors import Refusal
from plantin.ledger.currencies import amount_text
from plantin.ledger.errors import LedgerError
from plantin.ledger.money import to_decimal, unit_of
from plantin.ledger.tariffs import PriceList
from plantin.ledger.verdict import Verdict
from plantin.policy.decide import Decision, Step
from plantin.policy.facts import FACTS, Fact
from plantin.store.commands.accounting import Who, person_of
from plantin.store.ledger.book import DatabaseBook
from plantin.store.queries import rules as queries


class _Undo(Exception):
    """Carries an answer out of a transaction that is rolled back."""

    def __init__(self, decision: Decision, verdict: Verdict) -> None:
        self.decision, self.verdict = decision, verdict


@click.command("test")
@click.argument("file")
@QUEUE
@DEVICE
@AS
@OPTIONS
@click.option("--at", type=MOMENT, metavar="TIME", help="As if it were then; default: now.")
@click.option("--title", default="", help="The job's name; default: the file's.")
@click.option("--application", metavar="NAME", help="The program that printed.")
@click.option("--client", default="", metavar="ADDRESS", help="Where it came from.")
@JSON
def try_policies(
    file: str,
    queue_name: str,
    device_name: str | None,
    owner: str | None,
    options: tuple[str, ...],
    at: datetime | None,
    title: str,
    application: str | None,
    client: str,
    as_json: bool,
) -> None:
    """Tell what the rules would do with FILE, rule by rule, and why. Prints nothing, changes nothing."""
    here = installation()
    job = imagine(file, queue_name, device_name, owner, options, at, title)
    asking = _asking(here, job, application, client)
    decision, verdict = _decided(here, job, asking)
    if as_json:
        show_json(facts_of(job) | _answer_facts(decision, verdict))
        return
    show_job(job)
    click.echo()
    for line in decision.explain().splitlines():
        click.echo(plain(line))
    for line in _changes(decision):
        click.echo(f"    {plain(line)}")
    if verdict.quote_minor >= 0:
        click.echo(f"price: {amount_text(verdict.quote_minor, verdict.unit)}")
    told = f": {plain(verdict.message)}" if verdict.message else ""
    click.echo(f"answer: {verdict.answer.value}{told}")


def _asking(here: Installation, job: Imagined, application: str | None, client: str) -> Asking:
    wanted = pairs(job.options)
    account = wanted.get("job-account-id", "")
    return Asking(
        submission=Submission(
            [job.seen.inspection],
            name=job.name,
            application=application,
            spool_bytes=job.seen.octets,
            account=account or None,
        ),
        ticket=job.ticket,
        place=job.place,
        moment=job.moment,
        currency=here.currency,
        client=client,
        authenticated=True,
        account=account,
        accounting_user=wanted.get("job-accounting-user-id", ""),
    )


def _decided(here: Installation, job: Imagined, asking: Asking) -> tuple[Decision, Verdict]:
    rules, prices = queries.rules(), PriceList(queries.tariffs())
    who = Who(job.user, job.groups, here.currency, here.new_accounts == "restricted")

    def work() -> None:
        book = DatabaseBook()
        person = person_of(book, who)
        view = book.view()
        decision = deliberate(asking, person, rules, prices, view)
        raise _Undo(decision, assess(asking, person, rules, prices, view, lambda changes, ticket: b""))

    try:
        here.write(work)
    except _Undo as undone:
        return undone.decision, undone.verdict
    except LedgerError as error:
        raise Refusal(error.code, error.reason) from None
    raise AssertionError("unreachable")


def _changes(decision: Decision) -> list[str]:
    """What would be changed in the job, one line each."""
    changes = decision.changes
    lines = []
    if changes.two_sided is not None:
        lines.append(f"changed: printed on {'both sides' if changes.two_sided else 'one side'}")
    if changes.monochrome:
        lines.append("changed: printed in black only")
    if changes.copies is not None:
        lines.append(f"changed: {changes.copies} {'copy' if changes.copies == 1 else 'copies'}")
    if changes.watermark is not None:
        lines.append(f"changed: watermark {changes.watermark!r}")
    if changes.route_to is not None:
        lines.append(f"changed: printed on queue {changes.route_to}")
    return lines


def _answer_facts(decision: Decision, verdict: Verdict) -> dict[str, Any]:
    priced = verdict.quote_minor >= 0
    return {
        "decision": decision.outcome.value,
        "messages": list(decision.messages),
        "confirmations": list(decision.confirmations),
        "changes": {key: _plain(value) for key, value in asdict(decision.changes).items()},
        "rules": [_step(step) for step in decision.steps],
        "facts": _facts(decision.steps[0]) if decision.steps else {},
        "price": str(to_decimal(verdict.quote_minor, unit_of(verdict.unit))) if priced else None,
        "currency": verdict.unit if priced else None,
        "answer": verdict.answer.value,
        "reason": verdict.reason or None,
        "message": verdict.message,
    }


def _step(step: Step) -> dict[str, Any]:
    """A rule: ``fired`` is null when it was not asked because an earlier one was final."""
    return {
        "scope": str(step.rule.scope),
        "name": step.rule.name,
        "fired": step.fired,
        "because": list(step.because),
        "did": list(step.did),
    }


def _facts(step: Step) -> dict[str, Any]:
    """What the first rule was asked with; null is not known."""
    return {name: _plain(read(step.facts)) for name, (_, read) in FACTS.items()}


def _plain(value: Fact | Enum) -> Any:
    match value:
        case Decimal():
            return str(value)
        case Enum():
            return value.value
        case frozenset():
            return sorted(value)
    return value
