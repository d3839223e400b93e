"""The book of the installation that a command works on, and how a command books something in it.

Every booking is one transaction of the store: it is in the books wholly or not at all. Its idempotency key is
the one that the caller gives with ``--key`` (the same key again books nothing again), else a fresh one.
"""

import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

import click

from plantin.cli.installation import Installation
from plantin.cli.ledger_text import amount_text
from plantin.cli.output import now_ms
from plantin.core.ids import uuid7
from plantin.ledger.accounts import Account, AccountKind
from plantin.ledger.headroom import Headroom
from plantin.ledger.limits import AMOUNT_MAX
from plantin.ledger.money import Unit, currency, unit_of
from plantin.ledger.requests import Request
from plantin.ledger.transactions import Balance, Transaction
from plantin.ledger.view import View
from plantin.store.ledger import people
from plantin.store.ledger.book import DatabaseBook

KEY = click.option(
    "--key", default="", metavar="TEXT", help="A name for this booking; the same name again books nothing."
)
NAME: Final = click.argument("name")


def unit_here(here: Installation) -> Unit:
    """The currency of the installation."""
    return currency(here.currency)


def now() -> datetime:
    """The moment of a booking."""
    return datetime.now(UTC)


def key_of(given: str) -> str:
    """The idempotency key of a command."""
    return f"command:{given or uuid7(now_ms(), os.urandom(10))}"


def asked_for(label: str, *, hidden: bool = False) -> str:
    """What should not stand on a command line: asked for on a terminal (twice if it is hidden), else the next
    line of standard input."""
    if sys.stdin.isatty():
        return str(click.prompt(label, hide_input=hidden, confirmation_prompt=hidden, err=True))
    return sys.stdin.readline().rstrip("\r\n")


def book_it(
    here: Installation, account_id: str, make: Callable[[DatabaseBook, Account], Request]
) -> tuple[Transaction, str]:
    """Books a request that concerns an account, the house's accounts of its unit made before.

    Args:
        make: the request, from the book and the account.

    Returns:
        The transaction, and in words how the account stands after it.
    """

    def work() -> tuple[Transaction, str]:
        book = DatabaseBook()
        account = book.account(account_id)
        people.ensure_house(book, account.unit)
        done = book.apply(make(book, account), now())
        return done, standing(book, account_id)

    return here.write(work)


def standing(book: DatabaseBook, account_id: str) -> str:
    """``balance 12.50 EUR``, and what of it is reserved."""
    view = book.view()
    account, balance = view.account(account_id), view.balance(account_id)
    reserved = f", {amount_text(-balance.reserved, account.unit)} reserved" if balance.reserved else ""
    return f"balance {amount_text(balance.booked, account.unit)}{reserved}"


def can_spend(view: View, account: Account, balance: Balance) -> int | None:
    """What may be drawn from an account now, minor units; None: without limit."""
    if not account.is_customer:
        return None
    if account.kind is AccountKind.SHARED:  # the limits of the cost centres above it count too
        room = Headroom(view).room(account)
        return None if room >= AMOUNT_MAX else room
    floor = account.floor(view.default_overdraft(account.unit))
    return None if floor is None else max(0, balance.available - floor)


def unit_of_account(account: Account) -> Unit:
    """What an account counts in."""
    return unit_of(account.unit)
