"""``plantin account charge``, ``refund``, ``top-up`` and ``transfer``: money moved by a person's decision."""

import click

from plantin.cli.group import installation
from plantin.cli.ledger_place import KEY, NAME, book_it, key_of, now, standing, unit_of_account
from plantin.cli.ledger_text import AMOUNT, amount_of, amount_text
from plantin.cli.output import actor
from plantin.cli.parameters import TEXT
from plantin.core.errors import Refusal
from plantin.ledger.accounts import Account, AccountKind
from plantin.ledger.currencies import is_currency
from plantin.ledger.money import unit_of
from plantin.ledger.plan_refund import refundable
from plantin.ledger.requests import Allocate, Charge, ChargeNow, Refund, Request, Share, Transfer
from plantin.ledger.transactions import Layer, Transaction
from plantin.store.ledger import people
from plantin.store.ledger.book import DatabaseBook

MEMO = click.option("--memo", type=TEXT, default="", metavar="TEXT", help="What it is for.")


@click.command()
@NAME
@AMOUNT
@click.option("--memo", type=TEXT, required=True, metavar="TEXT", help="What it is for.")
@KEY
def charge(name: str, amount: str, memo: str, key: str) -> None:
    """Charge an account for something that is no job: a binding, a lost card."""

    def make(book: DatabaseBook, account: Account) -> Request:
        minor = amount_of(amount, unit_of_account(account))
        owed = Charge(account.unit, minor, (Share((account.id,)),), people.house_of(account.unit).revenue)
        return ChargeNow(key=key_of(key), charges=(owed,), actor=actor(), memo=memo)

    done, stands = book_it(installation(), name, make)
    click.echo(f"{_moved(done, name)} charged to {name}: transaction {done.number}; {stands}")


@click.command("top-up")
@NAME
@AMOUNT
@MEMO
@KEY
def top_up(name: str, amount: str, memo: str, key: str) -> None:
    """Pay money into an account at the cash desk; into an allowance, grant it."""

    def make(book: DatabaseBook, account: Account) -> Request:
        if not account.is_customer:
            raise Refusal("bad-account", f"account {name} is the house's own: nobody pays into it")
        minor = amount_of(amount, unit_of_account(account))
        house = people.house_of(account.unit)
        texts = {"key": key_of(key), "actor": actor(), "memo": memo}
        if account.kind is AccountKind.ALLOWANCE:  # given, not sold
            unit = account.unit
            return Allocate(source=house.grant, target=name, unit=unit, amount=minor, cap=None, **texts)
        return Transfer(source=house.cash, target=name, unit=account.unit, amount=minor, **texts)

    done, stands = book_it(installation(), name, make)
    given = "granted" if done.kind.value == "allocate" else "paid in"
    click.echo(f"{_moved(done, name)} {given} to {name}: transaction {done.number}; {stands}")


@click.command()
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
@AMOUNT
@MEMO
@KEY
def transfer(source: str, target: str, amount: str, memo: str, key: str) -> None:
    """Move money from one account to another, within the limit of the first."""

    def make(book: DatabaseBook, account: Account) -> Request:
        minor = amount_of(amount, unit_of_account(account))
        texts = {"key": key_of(key), "actor": actor(), "memo": memo}
        return Transfer(source=source, target=target, unit=account.unit, amount=minor, **texts)

    done, stands = book_it(installation(), source, make)
    moved = f"{_moved(done, target)} moved from {source} to {target}"
    click.echo(f"{moved}: transaction {done.number}; {source}: {stands}")


@click.command()
@click.argument("transaction", type=click.IntRange(1, 2**63 - 1), metavar="TRANSACTION")
@click.argument("amount", metavar="AMOUNT|all")
@click.option("--reason", type=TEXT, required=True, metavar="TEXT", help="Why; it stands on the statement.")
@KEY
def refund(transaction: int, amount: str, reason: str, key: str) -> None:
    """Pay back what TRANSACTION charged, in part or all that is left of it, to those who paid."""
    here = installation()

    def work() -> tuple[Transaction, list[str]]:
        book = DatabaseBook()
        unit, left = left_of(book, transaction)
        if not left:
            raise Refusal("refund-too-large", f"of transaction {transaction} nothing is left to be paid back")
        minor = left if amount == "all" else amount_of(amount, unit_of(unit))
        job = book.transaction(transaction).job
        texts = {"key": key_of(key), "actor": actor(), "memo": reason, "job": job}
        done = book.apply(Refund(transaction=transaction, unit=unit, amount=minor, **texts), now())
        payers = sorted({posting.account for posting in done.postings if posting.amount > 0})
        return done, [f"{_moved(done, payer)} to {payer}, {standing(book, payer)}" for payer in payers]

    done, told = here.write(work)
    click.echo(f"transaction {transaction} paid back: {'; '.join(told)}: transaction {done.number}")


def left_of(book: DatabaseBook, transaction: int) -> tuple[str, int]:
    """The unit that a charge was paid in, and what of it has not been paid back yet, minor units.

    A charge in money and in pages is paid back in money here.

    Raises:
        LedgerError: it is no charge.
    """
    view = book.view()
    original = view.transaction(transaction)
    refundable(view, transaction, "")  # raises when it is no charge
    units = [posting.unit for posting in original.postings if posting.layer is Layer.BOOKED]
    if not units:
        return "", 0
    unit = next(filter(is_currency, units), units[0])
    return unit, sum(refundable(view, transaction, unit).values())


def _moved(done: Transaction, account: str) -> str:
    """What a transaction booked on an account, without a sign."""
    rows = [one for one in done.postings if one.account == account and one.layer is Layer.BOOKED]
    return amount_text(abs(sum(one.amount for one in rows)), rows[0].unit if rows else "")
