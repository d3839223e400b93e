"""``plantin allocation``: credit and pages that people are granted at the beginning of every period."""

import re
from datetime import date
from typing import Any, Final

import click

from plantin.cli.group import installation
from plantin.cli.ledger_place import NAME, now, unit_here
from plantin.cli.ledger_text import LedgerGroup, amount_of, amount_text, show_ledger_table, twice
from plantin.cli.output import JSON, actor, plain, plural, progress, show_fields, show_json
from plantin.core.errors import Refusal
from plantin.ledger.accounts import AccountKind
from plantin.ledger.allocations import Allocation
from plantin.ledger.errors import LedgerError
from plantin.ledger.money import Unit, unit_of
from plantin.ledger.periods import Every, Period, Schedule
from plantin.ledger.quotas import PageKind
from plantin.store.ledger import accounts as rows
from plantin.store.ledger import allocations
from plantin.store.ledger.book import Answer, DatabaseBook
from plantin.store.queries.rules import members

COLUMNS: Final = {
    "name": "ALLOCATION",
    "amount": "AMOUNT",
    "unit": "UNIT",
    "often": "EVERY",
    "cap": "UP TO",
    "to": "TO",
}
EMPTY: Final = "No allocations yet. Add one: plantin allocation add NAME --everyone --amount 5 --every month"
_EVERY: Final = {"day": Every.DAY, "week": Every.WEEK, "month": Every.MONTH, "term": Every.TERM}
_WORDS: Final = {every: word for word, every in _EVERY.items()}
_TERM: Final = re.compile(r"(?:([^=]{1,60})=)?(\d{4}-\d{2}-\d{2})\.\.(\d{4}-\d{2}-\d{2})")
_AT_ONCE: Final = 500
_EVERYBODY_MAX: Final = 10_000_000
_SHOWN: Final = 10
"""Refusals that are told before the rest is only counted."""


@click.group(cls=LedgerGroup)
def allocation() -> None:
    """Grant people credit or pages every day, week, month or term."""


@allocation.command()
@NAME
@click.option("--user", "users", multiple=True, metavar="USER", help="Who gets it; may be repeated.")
@click.option("--group", "groups", multiple=True, metavar="GROUP", help="Whose members get it.")
@click.option("--everyone", is_flag=True, help="Everybody who has an account of their own gets it.")
@click.option("--amount", metavar="AMOUNT", help="So much money.")
@click.option("--pages", type=click.IntRange(1, 10**12), metavar="N", help="So many pages: a quota.")
@click.option(
    "--kind",
    type=click.Choice([kind.value for kind in PageKind]),
    default=PageKind.IMPRESSIONS.value,
    show_default=True,
    help="What --pages counts.",
)
@click.option("--every", type=click.Choice(list(_EVERY)), required=True, help="How often.")
@click.option("--starts-on", type=click.IntRange(1, 28), default=1, help="Day of the week or month; 1.")
@click.option("--terms", multiple=True, metavar="[NAME=]FIRST..LAST", help="A term; repeated for each.")
@click.option("--cap", metavar="AMOUNT", help="Fill up to so much, and no further.")
@click.option("--accumulate", is_flag=True, help="Add it to what is left of the period before.")
def add(name: str, **given: Any) -> None:
    """Add an allocation. Money accumulates unless it has a --cap; pages are filled up to their number."""
    here = installation()
    if bool(given["everyone"]) is bool(given["users"] or given["groups"]):
        raise click.UsageError("say who gets it: --user and --group, or --everyone")
    if (given["amount"] is None) is (given["pages"] is None):
        raise click.UsageError("say what they get: either --amount or --pages")
    if given["cap"] is not None and given["accumulate"]:
        raise click.UsageError("either --cap or --accumulate")
    unit = unit_here(here) if given["pages"] is None else PageKind(given["kind"]).unit
    amount = given["pages"] or amount_of(given["amount"], unit)
    schedule = Schedule(_EVERY[given["every"]], given["starts_on"], _terms(given["terms"]))
    rule = allocations.allocation(
        name,
        unit.code,
        amount,
        schedule,
        cap=_cap(given["cap"], given["accumulate"], amount, unit),
        users=given["users"],
        groups=given["groups"],
    )
    here.write(allocations.add, DatabaseBook(), rule, today=_today(), actor=actor())
    click.echo(f"allocation {plain(name)} added: {_words(rule)}; plantin allocation run grants what is due")
    for group in given["groups"]:
        if not members(group):
            click.echo(f"(group {plain(group)} has nobody in it yet)")


def _cap(text: str | None, accumulate: bool, amount: int, unit: Unit) -> int | None:
    if text is not None:
        return amount_of(text, unit)
    is_pages = unit.code in [kind.value for kind in PageKind]
    return amount if is_pages and not accumulate else None


def _terms(texts: tuple[str, ...]) -> tuple[Period, ...]:
    """The terms in order of their beginning, with ids that keep their names."""
    found = []
    for text in (part.strip() for one in texts for part in one.split(",")):
        match = _TERM.fullmatch(text)
        try:
            first, last = (date.fromisoformat(match[part]) for part in (2, 3)) if match else (None, None)
        except ValueError:
            first = last = None
        if match is None or first is None or last is None:
            wrong = f"{plain(text)[:60]!r} is no term"
            raise Refusal("bad-term", f"{wrong}: write autumn=2027-09-01..2028-01-31")
        found.append(Period(f"term:{match[1] or first.isoformat()}", first, last))
    if len({term.id for term in found}) != len(found):
        raise Refusal("bad-term", "two terms have the same name")
    return tuple(sorted(found, key=lambda term: term.first))


def _today() -> date:
    return now().astimezone().date()


def _everybody() -> list[str]:
    """Who has an account of their own."""
    personal = rows.AccountQuestion(AccountKind.PERSONAL, closed=False, limit=_EVERYBODY_MAX)
    return [account.owner for account, _ in rows.find(personal) if account.owner is not None]


def _who(rule: Allocation) -> list[str]:
    if not rule.users and not rule.groups:
        return ["everyone"]
    return [*sorted(rule.users), *(f"group {group}" for group in sorted(rule.groups))]


def _often(schedule: Schedule) -> str:
    word = _WORDS[schedule.every]
    return f"{word} from day {schedule.starts_on}" if schedule.starts_on != 1 else word


def _term_words(term: Period) -> str:
    name = term.id.removeprefix("term:")
    days = f"{term.first} to {term.last}"
    return days if name == f"{term.first}" else f"{plain(name)} {days}"


def _words(rule: Allocation) -> str:
    up_to = f", up to {amount_text(rule.cap, rule.unit)}" if rule.cap is not None else ", accumulating"
    amount = amount_text(rule.amount, rule.unit)
    return f"{amount} every {_often(rule.schedule)}{up_to}, to {plain(_who(rule))}"


def _facts(kept: allocations.Kept) -> dict[str, Any]:
    rule = kept.rule
    unit = unit_of(rule.unit)
    return {
        "name": rule.name,
        "unit": rule.unit,
        **twice("amount", rule.amount, unit),
        **twice("cap", rule.cap, unit),
        "every": _WORDS[rule.schedule.every],
        "starts_on": rule.schedule.starts_on,
        "terms": [
            {"name": term.id.removeprefix("term:"), "first": f"{term.first}", "last": f"{term.last}"}
            for term in rule.schedule.terms
        ],
        "users": sorted(rule.users),
        "groups": sorted(rule.groups),
        "everyone": not rule.users and not rule.groups,
        "granted_until": f"{kept.granted_until}",
    }


@allocation.command("list")
@JSON
def list_allocations(as_json: bool) -> None:
    """List all allocations."""
    installation()
    kept = allocations.rules()
    facts = [_facts(one) for one in kept]
    if as_json:
        show_json(facts)
        return
    for row, one in zip(facts, kept, strict=True):
        row["often"], row["to"] = _often(one.rule.schedule), _who(one.rule)
    show_ledger_table(facts, COLUMNS, ("amount", "cap"), EMPTY)


@allocation.command()
@NAME
@JSON
def show(name: str, as_json: bool) -> None:
    """Show one allocation."""
    installation()
    kept = allocations.show(name)
    facts = _facts(kept)
    if as_json:
        show_json(facts)
        return
    rule = kept.rule
    period = rule.schedule.at(_today())
    show_fields(
        {
            "allocation": rule.name,
            "grants": _words(rule),
            "terms": [_term_words(term) for term in rule.schedule.terms],
            "period now": f"{period.first} to {period.last}" if period else "none",
            "granted": f"what began up to {kept.granted_until}",
        }
    )


@allocation.command()
@NAME
def remove(name: str) -> None:
    """Remove an allocation. What it granted stays."""
    installation().write(allocations.remove, name, actor=actor())
    click.echo(f"allocation {plain(name)} removed; what it granted stays")


@allocation.command()
@click.argument("name", required=False)
def run(name: str | None) -> None:
    """Grant now what is due, by NAME alone or by all; what was granted before is not granted again."""
    here = installation()
    kept = allocations.rules() if name is None else [allocations.show(name)]
    today = _today()
    everybody = _everybody()
    granted, refused = 0, []
    for one in kept:
        wanted = allocations.missing(one, today, members, everybody)
        with progress(one.rule.name, len(wanted)) as bar:
            for start in range(0, len(wanted), _AT_ONCE):
                part = wanted[start : start + _AT_ONCE]
                answers: list[Answer] = here.write(allocations.grant, DatabaseBook(), part, now())
                for asked, answer in zip(part, answers, strict=True):
                    if isinstance(answer, LedgerError):
                        refused.append(f"{one.rule.name}: {asked.user}: {answer.reason}")
                granted += sum(not isinstance(answer, LedgerError) for answer in answers)
                bar.update(len(part))
        here.write(allocations.settled, one.rule.name, today)
    click.echo(f"{plural(len(kept), 'allocation')} run: {plural(granted, 'grant')}")
    for text in refused[:_SHOWN]:
        click.echo(f"not granted: {plain(text)}", err=True)
    if len(refused) > _SHOWN:
        click.echo(f"and {plural(len(refused) - _SHOWN, 'more refusal')}", err=True)
