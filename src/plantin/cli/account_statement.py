"""``plantin account statement``: what happened on an account in a period, as a bank prints it."""

from datetime import date, datetime, time, timedelta
from typing import Final

import click

from plantin.cli.account_facts import limit_words
from plantin.cli.account_paper import Held, Paper, csv_of, facts_of, job_words, render, words_for
from plantin.cli.group import installation
from plantin.cli.ledger_place import NAME, now, unit_of_account
from plantin.cli.output import JSON, plain, show_json
from plantin.core.errors import Refusal
from plantin.store.ledger import accounts, journal
from plantin.store.ledger.book import DatabaseBook
from plantin.store.ledger.statements import statement_of
from plantin.store.queries import ledger as queries

DAY: Final = click.DateTime(["%Y-%m-%d"])


@click.command()
@NAME
@click.option("--from", "first", type=DAY, metavar="DATE", help="First day; default: the first of the month.")
@click.option("--to", "last", type=DAY, metavar="DATE", help="Last day; default: today.")
@click.option("--csv", "as_csv", is_flag=True, help="Print the movements as CSV.")
@JSON
def statement(name: str, first: datetime | None, last: datetime | None, as_csv: bool, as_json: bool) -> None:
    """Print the statement of an account: opening balance, every movement, closing balance."""
    if as_csv and as_json:
        raise click.UsageError("either --csv or --json")
    installation()
    end = last.date() if last else now().astimezone().date()
    begin = first.date() if first else end.replace(day=1)
    if begin > end:
        raise Refusal("bad-date", f"the period would begin on {begin} and end on {end}, before it began")
    paper = paper_of(name, begin, end)
    if as_json:
        show_json(facts_of(paper))
    elif as_csv:
        click.echo(csv_of(paper), nl=False)
    else:
        click.echo("\n".join(render(paper)))


def paper_of(name: str, first: date, last: date) -> Paper:
    """The statement of an account for a period, both days included, days as the clock on the wall has them.

    Raises:
        LedgerError: there is no such account.
    """
    book = DatabaseBook()
    account = book.account(name)
    figures = statement_of(book, name, _midnight(first), _midnight(last + timedelta(days=1)))
    moves = journal.by_numbers(line.number for line in figures.lines)
    holds = queries.holds_on(name) if last >= now().astimezone().date() else []
    jobs = queries.job_names([*(move.job for move in moves), *(hold.job for hold in holds)])
    others = {posting.account for move in moves for posting in move.postings}
    kinds = {one.id: one.kind.value for one, _ in accounts.by_ids(others)}
    return Paper(
        account,
        unit_of_account(account),
        first,
        last,
        figures,
        {move.number: words_for(move, name, jobs, kinds) for move in moves},
        [
            Held(
                one.number, one.at, job_words(one.job, jobs, name) if one.job else plain(one.memo), one.amount
            )
            for one in holds
        ],
        limit_words(account, book.default_overdraft(account.unit), unit_of_account(account)),
    )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time()).astimezone()
