"""A statement as a bank prints it: 80 columns, money out and money in, the balance after every line.

Promises that the figures are those of :mod:`plantin.ledger.statement`, that no amount is ever cut or wrapped
(long words are), and that what is reserved stands apart. Knows no database: it is given all that it prints.
"""

import csv
import io
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, NamedTuple

from plantin.cli.ledger_text import money, twice
from plantin.cli.output import plain
from plantin.ledger.accounts import Account
from plantin.ledger.money import Unit
from plantin.ledger.statement import Statement
from plantin.ledger.transactions import Kind, Layer, Transaction
from plantin.store.queries.ledger import JobName

WIDTH: Final = 80
_WORDS_MIN: Final = 8
_DATE: Final = 10


class Held(NamedTuple):
    """An amount (minor units, above zero) that is reserved since ``at`` for what ``text`` says."""

    number: int
    at: datetime
    text: str
    amount: int


@dataclass(frozen=True, slots=True)
class Paper:
    """One statement with its words. ``first`` and ``last`` are the days of the period, both included."""

    account: Account
    unit: Unit
    first: date
    last: date
    figures: Statement
    words: Mapping[int, str]
    held: Sequence[Held]
    limit: str
    """How far the account may go, in words."""


def words_for(
    transaction: Transaction, account: str, jobs: Mapping[str, JobName], kinds: Mapping[str, str]
) -> str:
    """What a line of the statement says of a transaction.

    Args:
        jobs: the jobs that still have a name, by UUID.
        kinds: the kind (``AccountKind``'s value) of every account concerned.
    """
    if transaction.key.startswith("voucher:"):  # its memo is "voucher BATCH/SERIAL"
        return f"V{plain(transaction.memo)[1:]}"
    match transaction.kind:
        case Kind.POST | Kind.CHARGE | Kind.RESERVE if transaction.job:
            return job_words(transaction.job, jobs, account)
        case Kind.TRANSFER:
            text = _transfer_words(transaction, account, kinds)
        case Kind.REFUND | Kind.REVERSE:
            noun = "Refund" if transaction.kind is Kind.REFUND else "Reversal"
            text = f"{noun} of no {transaction.refers_to}"
        case _:
            text = {Kind.ALLOCATE: "Allowance", Kind.ADJUST: "Adjustment"}.get(transaction.kind, "Charge")
    return f"{text}: {plain(transaction.memo)}" if transaction.memo else text


def job_words(uuid: str, jobs: Mapping[str, JobName], account: str = "") -> str:
    """``Job 7 "Minutes"``, and whose it is unless it is the account's own person's."""
    job = jobs.get(uuid)
    if job is None:  # its history is over, the ledger's is not
        return f"Job {uuid[:8]}"
    whose = f" of {plain(job.owner)}" if job.owner and job.owner != account.rpartition(":")[2] else ""
    return f'Job {job.id} "{plain(job.name)}"{whose}' if job.name else f"Job {job.id}{whose}"


def _transfer_words(transaction: Transaction, account: str, kinds: Mapping[str, str]) -> str:
    rows = [posting for posting in transaction.postings if posting.layer is Layer.BOOKED]
    others = [posting.account for posting in rows if posting.account != account]
    other = others[0] if others else ""
    incoming = sum(posting.amount for posting in rows if posting.account == account) > 0
    if kinds.get(other) == "cash":
        return "Top-up" if incoming else "Paid out"
    return f"From {plain(other)}" if incoming else f"To {plain(other)}"


def render(paper: Paper) -> Iterator[str]:
    """The lines of the statement for people."""
    figures, unit = paper.figures, paper.unit
    out = -sum(line.amount for line in figures.lines if line.amount < 0)
    into = sum(line.amount for line in figures.lines if line.amount > 0)
    every = [figures.opening, figures.closing, *(line.balance for line in figures.lines)]
    widths = _Widths(
        max(2, *(len(str(line.number)) for line in figures.lines)) if figures.lines else 2,
        max(len("Out"), len(money(out, unit))),
        max(len("In"), len(money(into, unit))),
        max(len("Balance"), *(len(money(minor, unit)) for minor in every)),
    )
    yield from _heading(paper)
    yield "-" * WIDTH
    yield from widths.rows(("No", "Date", "Description", "Out", "In", "Balance"))
    yield "-" * WIDTH
    yield from widths.rows(("", f"{paper.first}", "Opening balance", "", "", money(figures.opening, unit)))
    if not figures.lines:
        yield from widths.rows(("", "", "No movements in this period", "", "", ""))
    for line in figures.lines:
        sides = ("", money(line.amount, unit)) if line.amount > 0 else (money(-line.amount, unit), "")
        day = f"{line.at.astimezone():%Y-%m-%d}"
        words = paper.words.get(line.number, line.text)
        yield from widths.rows((str(line.number), day, words, *sides, money(line.balance, unit)))
    closing = (money(out, unit), money(into, unit), money(figures.closing, unit))
    yield "-" * WIDTH
    yield from widths.rows(("", f"{paper.last}", "Closing balance", *closing))
    yield from _reserved(paper, widths)


@dataclass(frozen=True, slots=True)
class _Widths:
    """The columns: what the figures need, and the rest of the line for the words."""

    number: int
    out: int
    into: int
    balance: int

    @property
    def words(self) -> int:
        return max(_WORDS_MIN, WIDTH - self.number - _DATE - self.out - self.into - self.balance - 5 * 2)

    def rows(self, cells: Sequence[str]) -> Iterator[str]:
        number, day, text, out, into, balance = cells
        first, *more = textwrap.wrap(text, self.words) or [""]
        left = f"{number:>{self.number}}  {day:<{_DATE}}  {first:<{self.words}}"
        yield f"{left}  {out:>{self.out}}  {into:>{self.into}}  {balance:>{self.balance}}".rstrip()
        for part in more:
            yield f"{'':{self.number}}  {'':{_DATE}}  {part}"


def _heading(paper: Paper) -> Iterator[str]:
    account = paper.account
    facts = {
        "Account": account.id + (f" ({plain(account.name)})" if account.name else ""),
        "Owner": plain(account.owner or ""),
        "Kind": account.kind.value + (", closed" if account.closed else ""),
        "Limit": paper.limit,
        "Period": f"{paper.first} to {paper.last}",
        "Currency" if len(paper.unit.code) == 3 else "Counted in": paper.unit.code,
    }
    yield "Statement of account".rjust(WIDTH)
    for name, value in facts.items():
        if value:
            yield from textwrap.wrap(f"{name:<10}  {value}", WIDTH, subsequent_indent=" " * 12)


def _reserved(paper: Paper, widths: _Widths) -> Iterator[str]:
    figures, unit = paper.figures, paper.unit
    if not figures.reserved:
        return
    yield ""
    yield "Reserved, not yet charged"
    for one in paper.held:
        day = f"{one.at.astimezone():%Y-%m-%d}"
        yield from widths.rows((str(one.number), day, one.text, money(one.amount, unit), "", ""))
    yield from widths.rows(("", "", "Reserved in all", "", "", money(figures.reserved, unit)))
    free = figures.closing + figures.reserved
    yield from widths.rows(("", "", "Available", "", "", money(free, unit)))


def facts_of(paper: Paper) -> dict[str, Any]:
    """The statement for programs."""
    figures, unit = paper.figures, paper.unit
    return {
        "account": paper.account.id,
        "name": paper.account.name,
        "owner": paper.account.owner,
        "unit": unit.code,
        "from": f"{paper.first}",
        "to": f"{paper.last}",
        **twice("opening", figures.opening, unit),
        "lines": [
            {
                "number": line.number,
                "at": round(line.at.timestamp() * 1000),
                "at_iso": line.at.isoformat(timespec="milliseconds"),
                "text": paper.words.get(line.number, line.text),
                **twice("amount", line.amount, unit),
                **twice("balance", line.balance, unit),
            }
            for line in figures.lines
        ],
        **twice("closing", figures.closing, unit),
        **twice("reserved", -figures.reserved, unit),
        **twice("available", figures.closing + figures.reserved, unit),
    }


def csv_of(paper: Paper) -> str:
    """The movements as CSV (RFC 4180); no cell starts a formula in a spreadsheet."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(["number", "at", "text", "amount", "balance", "unit"])
    for line in paper.figures.lines:
        text = paper.words.get(line.number, line.text)
        writer.writerow(
            [
                line.number,
                line.at.isoformat(timespec="seconds"),
                f"'{text}" if text[:1] in tuple("=+-@\t\r") else text,
                money(line.amount, paper.unit),
                money(line.balance, paper.unit),
                paper.unit.code,
            ]
        )
    return out.getvalue()
