"""An account's statement, as a bank prints it: opening balance, every movement, closing balance.

Promises that opening balance plus the lines is the closing balance, and that what is reserved is shown apart
and never as spent. The period is half open: from `since`, up to but without `until`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, tzinfo

from .money import Unit, to_decimal
from .transactions import Balance, Kind, Layer, Transaction

_TEXT = {
    Kind.POST: "Print",
    Kind.CHARGE: "Charge",
    Kind.TRANSFER: "Transfer",
    Kind.ALLOCATE: "Allowance",
    Kind.ADJUST: "Adjustment",
    Kind.REFUND: "Refund",
    Kind.REVERSE: "Reversal",
}


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One movement in minor units, and the balance after it."""

    number: int
    at: datetime
    text: str
    amount: int
    balance: int


@dataclass(frozen=True, slots=True)
class Statement:
    """The statement of one account; `reserved` is what is spoken for at its end (zero or below)."""

    account: str
    unit: Unit
    since: datetime
    until: datetime
    opening: int
    lines: tuple[StatementLine, ...]
    closing: int
    reserved: int

    def render(self, zone: tzinfo) -> str:
        """The statement as text for people, times in `zone`."""
        day = f"{self.since.astimezone(zone):%Y-%m-%d}"
        rows = [("", day, "Opening balance", "", self._money(self.opening))]
        for line in self.lines:
            when = f"{line.at.astimezone(zone):%Y-%m-%d %H:%M}"
            sign = "+" if line.amount > 0 else ""
            money = sign + self._money(line.amount), self._money(line.balance)
            rows.append((str(line.number), when, line.text, *money))
        rows.append(
            ("", f"{self.until.astimezone(zone):%Y-%m-%d}", "Closing balance", "", self._money(self.closing))
        )
        if self.reserved:
            rows.append(("", "", "of it reserved for jobs", "", self._money(-self.reserved)))
        header = ("No", "Date", "Text", "Amount", f"Balance {self.unit.code}")
        widths = [max(len(row[column]) for row in [header, *rows]) for column in range(5)]
        body = [_row(row, widths) for row in [header, *rows]]
        rule = "-" * max(len(line) for line in body)
        return "\n".join([f"Account {self.account}", rule, body[0], rule, *body[1:], rule])

    def _money(self, minor: int) -> str:
        return f"{to_decimal(minor, self.unit):.{self.unit.digits}f}"


def _row(row: tuple[str, ...], widths: list[int]) -> str:
    number, when, text, amount, balance = row
    left = f"{number:>{widths[0]}}  {when:<{widths[1]}}  {text:<{widths[2]}}"
    return f"{left}  {amount:>{widths[3]}}  {balance:>{widths[4]}}".rstrip()


def statement(
    transactions: Iterable[Transaction], account: str, unit: Unit, since: datetime, until: datetime
) -> Statement:
    """The statement of `account` over a journal that begins with its first transaction."""
    opening = 0
    balance = Balance()
    lines: list[StatementLine] = []
    for transaction in transactions:
        if transaction.at >= until:
            continue
        for posting in transaction.postings:
            if posting.account == account:
                balance = balance.plus(posting)
        amount = sum(
            p.amount for p in transaction.postings if p.account == account and p.layer is Layer.BOOKED
        )
        if transaction.at < since:
            opening += amount
        elif amount:
            lines.append(_line(transaction, amount))
    return Statement(
        account, unit, since, until, opening, _running(lines, opening), balance.booked, balance.reserved
    )


def _line(transaction: Transaction, amount: int) -> StatementLine:
    text = _TEXT[transaction.kind]
    note = transaction.memo or transaction.job
    return StatementLine(transaction.number, transaction.at, f"{text}: {note}" if note else text, amount, 0)


def _running(lines: Iterable[StatementLine], balance: int) -> tuple[StatementLine, ...]:
    """The lines in the order of the journal, each with the balance after it.

    A transaction dated before the period but written after one inside it is part of the opening balance.
    """
    done = []
    for line in lines:
        balance += line.amount
        done.append(StatementLine(line.number, line.at, line.text, line.amount, balance))
    return tuple(done)
