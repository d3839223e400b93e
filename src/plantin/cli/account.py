"""``plantin account``: who has what, and who may charge what."""

import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

import click

from plantin.cli import account_files, account_money, account_statement
from plantin.cli.account_facts import columns_of, facts_of, limit_words, show_tree
from plantin.cli.group import installation
from plantin.cli.installation import Installation
from plantin.cli.ledger_place import (
    NAME,
    asked_for,
    can_spend,
    key_of,
    now,
    standing,
    unit_here,
    unit_of_account,
)
from plantin.cli.ledger_text import LedgerGroup, amount_of, amount_text, show_ledger_table
from plantin.cli.output import JSON, actor, plain, show_fields, show_json
from plantin.cli.parameters import TEXT
from plantin.core.errors import Refusal
from plantin.ledger.accounts import PIN_CHARS_MAX, PIN_SALT_BYTES_MIN, Account, AccountKind, pin_digest
from plantin.ledger.money import Unit
from plantin.ledger.requests import Adjust
from plantin.store.ledger import accounts as rows
from plantin.store.ledger import people
from plantin.store.ledger.book import DatabaseBook
from plantin.store.ledger.people import allowance_of

CUSTOMERS: Final = ("personal", "shared", "allowance")
EMPTY: Final = "No such accounts. Add one: plantin account add NAME"
_PAGE: Final = 5_000


@click.group(cls=LedgerGroup)
def account() -> None:
    """Add, list, show and change accounts; charge them, pay into them, print their statements."""


# -- seeing ----------------------------------------------------------------------------------------------


@account.command("list")
@click.option("--kind", type=click.Choice([kind.value for kind in AccountKind]), help="Only of this kind.")
@click.option("--owner", default="", metavar="USER", help="Only of this person.")
@click.option("--match", default="", metavar="TEXT", help="Only those with this in their name.")
@click.option("--all", "everything", is_flag=True, help="Also the house's own: revenue, cash, grants.")
@click.option("--limit", type=click.IntRange(1, 1_000_000), default=1000, show_default=True)
@JSON
def list_accounts(
    kind: str | None, owner: str, match: str, everything: bool, limit: int, as_json: bool
) -> None:
    """List accounts by name, with what is in them."""
    installation()
    question = rows.AccountQuestion(AccountKind(kind) if kind else None, owner=owner, text=match)
    found = _found(question, limit, house=everything or kind is not None)
    view = DatabaseBook().view()
    facts = [facts_of(one, balance, can_spend(view, one, balance)) for one, balance in found]
    if as_json:
        show_json(facts)
        return
    heads, right = columns_of(facts)
    show_ledger_table(facts, heads, right, EMPTY)
    if len(facts) == limit:
        click.echo(f"(the first {limit}; more with --limit)", err=True)


def _found(question: rows.AccountQuestion, limit: int, *, house: bool) -> list[rows.Kept]:
    """The first accounts that are asked for; those of the house only if they are wanted."""
    found: list[rows.Kept] = []
    while len(found) < limit:
        page = rows.find(replace(question, limit=_PAGE, after=question.after))
        found += [kept for kept in page if house or kept[0].is_customer]
        if len(page) < _PAGE:
            break
        question = replace(question, after=page[-1][0].id)
    return found[:limit]


@account.command()
@NAME
@JSON
def show(name: str, as_json: bool) -> None:
    """Show one account."""
    installation()
    view = DatabaseBook().view()
    one = view.account(name)
    unit = unit_of_account(one)
    balance = view.balance(name)
    facts = facts_of(one, balance, can_spend(view, one, balance), view.tree_balance(name))
    if as_json:
        show_json(facts)
        return
    below = rows.find(rows.AccountQuestion(parent=name))
    show_fields(
        {
            "account": one.id,
            "name": one.name,
            "kind": one.kind.value,
            "owner": one.owner,
            "state": "closed" if one.closed else "open",
            "balance": amount_text(facts["balance_minor"], one.unit),
            "reserved": (facts["reserved_minor"] and amount_text(facts["reserved_minor"], one.unit)) or "",
            "can spend": facts["can_spend"] and amount_text(facts["can_spend_minor"], one.unit),
            "limit": limit_words(one, view.default_overdraft(one.unit), unit),
            "part of": one.parent,
            "parts": [kept.id for kept, _ in below],
            "with all its parts": below and amount_text(view.tree_balance(name).booked, one.unit),
            "users who may charge it": sorted(one.users),
            "groups that may charge it": sorted(one.groups),
            "PIN": "set" if one.pin_digest else "",
        }
    )


@account.command()
@click.argument("name", required=False)
def tree(name: str | None) -> None:
    """Show the cost centres as a tree, or what is below NAME."""
    installation()
    if name is not None:
        DatabaseBook().account(name)
    found = _found(rows.AccountQuestion(AccountKind.SHARED), 1_000_000, house=False)
    show_tree(found, name)


# -- adding and changing ---------------------------------------------------------------------------------


@account.command()
@NAME
@click.option("--kind", type=click.Choice(CUSTOMERS), default="personal", show_default=True)
@click.option("--name", "title", type=TEXT, default="", metavar="TEXT", help="What it is called.")
@click.option("--parent", metavar="ACCOUNT", help="The cost centre that a shared account is part of.")
@click.option("--owner", metavar="USER", help="Whose it is; default: NAME, of a shared account nobody's.")
@click.option(
    "--restricted/--unrestricted",
    default=None,
    help="Whether it has a limit; default: a person's as the configuration says, others have one.",
)
@click.option("--overdraft", metavar="AMOUNT", help="How far it may go below zero; else the default.")
@click.option("--user", "users", multiple=True, metavar="USER", help="May charge a shared account.")
@click.option("--group", "groups", multiple=True, metavar="GROUP", help="Whose members may charge it.")
@click.option("--pin", is_flag=True, help="Ask for a PIN; who knows it may charge a shared account.")
@click.option("--balance", metavar="AMOUNT", help="What is in it at the beginning.")
def add(name: str, kind: str, title: str, balance: str | None, pin: bool, **given: Any) -> None:
    """Add an account: a person's, a cost centre, or an allowance."""
    here = installation()
    unit = unit_here(here)
    wanted = AccountKind(kind)
    new = Account(
        id=_id(name, wanted),
        kind=wanted,
        unit=unit.code,
        name=title,
        owner=given["owner"] or (None if wanted is AccountKind.SHARED else name.removeprefix("allowance:")),
        parent=given["parent"],
        restricted=_restricted(here, wanted) if given["restricted"] is None else given["restricted"],
        overdraft_minor=_overdraft(given["overdraft"], unit),
        users=frozenset(given["users"]),
        groups=frozenset(given["groups"]),
    )
    _check_rights(new, pin)
    opening = 0 if balance is None else amount_of(balance, unit, zero=True, negative=True)
    if pin:
        new = replace(new, pin_digest=_new_pin())

    def work() -> str:
        book = DatabaseBook()
        book.open_account(new, actor=actor())
        if opening:
            house = people.ensure_house(book, unit.code)
            texts = {"key": key_of(""), "actor": actor(), "memo": "opening balance"}
            asked = Adjust(source=house.grant, target=new.id, unit=unit.code, balance=opening, **texts)
            book.apply(asked, now())
        limit = limit_words(new, book.default_overdraft(unit.code), unit)
        return f"{standing(book, new.id)}; limit: {limit}"

    click.echo(f"account {new.id} added: {here.write(work)}")


def _restricted(here: Installation, kind: AccountKind) -> bool:
    return kind is not AccountKind.PERSONAL or here.new_accounts == "restricted"


def _id(name: str, kind: AccountKind) -> str:
    """The id of a new account; an allowance may be named by its person alone."""
    bare = name.removeprefix("allowance:") if kind is AccountKind.ALLOWANCE else name
    if not bare.strip() or bare != bare.strip() or any(sign in bare for sign in ":,"):
        why = "it has no colon, no comma, and no space at its ends"
        raise Refusal("bad-name", f"{plain(name)[:60]!r} is no name of an account: {why}")
    return allowance_of(bare) if kind is AccountKind.ALLOWANCE else bare


def _check_rights(wanted: Account, pin: bool) -> None:
    """Users, groups and PINs are for shared accounts; a right that nobody would ask for is a mistake."""
    if wanted.kind is not AccountKind.SHARED and (wanted.users or wanted.groups or pin):
        kind = wanted.kind.value
        raise Refusal(
            "bad-setting", f"--user, --group and --pin are for shared accounts; {wanted.id} is {kind}"
        )


def _new_pin() -> str:
    """Asks for a PIN; returns its digest."""
    pin = asked_for("PIN", hidden=True)
    if not 0 < len(pin) <= PIN_CHARS_MAX:
        raise Refusal("bad-pin", f"a PIN has 1 to {PIN_CHARS_MAX} characters")
    return pin_digest(pin, os.urandom(PIN_SALT_BYTES_MIN))


def _change(here: Installation, name: str, change: Callable[[Account], Account]) -> str:
    """Changes the settings of an account; returns how it stands."""

    def work() -> str:
        book = DatabaseBook()
        book.change_account(change(book.account(name)), actor=actor())
        return standing(book, name)

    return here.write(work)


@account.command("set")
@NAME
@click.option("--name", "title", type=TEXT, metavar="TEXT", help="What it is called.")
@click.option("--parent", metavar="ACCOUNT", help="The cost centre that it is part of; '' for none.")
@click.option("--owner", metavar="USER", help="Whose it is; '' for nobody's.")
@click.option("--restricted/--unrestricted", default=None, help="Whether it has a limit.")
@click.option(
    "--overdraft", metavar="AMOUNT", help="How far it may go below zero; 'default' for the default."
)
@click.option("--user", "users", multiple=True, metavar="USER", help="May charge it from now on.")
@click.option("--no-user", "no_users", multiple=True, metavar="USER", help="May not any more.")
@click.option("--group", "groups", multiple=True, metavar="GROUP", help="Its members may charge it.")
@click.option("--no-group", "no_groups", multiple=True, metavar="GROUP", help="They may not any more.")
def set_account(name: str, **given: Any) -> None:
    """Change an account; only what is named."""
    if not any(value not in (None, ()) for value in given.values()):
        raise click.UsageError("nothing to change: name what shall change")

    def change(old: Account) -> Account:
        changes: dict[str, Any] = {}
        if given["title"] is not None:
            changes["name"] = given["title"]
        if given["parent"] is not None:
            changes["parent"] = given["parent"] or None
        if given["owner"] is not None:
            changes["owner"] = given["owner"] or None
        if given["restricted"] is not None:
            changes["restricted"] = given["restricted"]
        if given["overdraft"] is not None:
            changes["overdraft_minor"] = _overdraft(given["overdraft"], unit_of_account(old))
        changes["users"] = _set_of(old.users, given["users"], given["no_users"])
        changes["groups"] = _set_of(old.groups, given["groups"], given["no_groups"])
        new = replace(old, **changes)
        if new.parent == name:
            raise Refusal("bad-setting", f"account {name} cannot be part of itself")
        if not old.is_customer:
            raise Refusal("bad-setting", f"account {name} is the house's own: nothing of it is set")
        if old.kind is AccountKind.PERSONAL and new.owner != old.owner:
            raise Refusal("bad-setting", f"account {name} is {old.owner}'s own, and stays so")
        _check_rights(new, False)
        return new

    click.echo(f"account {name} changed; {_change(installation(), name, change)}")


def _set_of(old: frozenset[str], more: tuple[str, ...], fewer: tuple[str, ...]) -> frozenset[str]:
    return (old | frozenset(more)) - frozenset(fewer)


def _overdraft(text: str | None, unit: Unit) -> int | None:
    return None if text in (None, "default") else amount_of(str(text), unit, zero=True)


@account.command()
@NAME
def close(name: str) -> None:
    """Let an account, and the cost centres below it, take no new business. Its balance stays."""
    told = _change(installation(), name, lambda old: replace(_customers(old), closed=True))
    click.echo(f"account {name} closed; {told}")


@account.command()
@NAME
def reopen(name: str) -> None:
    """Let a closed account be used again."""
    told = _change(installation(), name, lambda old: replace(_customers(old), closed=False))
    click.echo(f"account {name} open; {told}")


def _customers(one: Account) -> Account:
    if not one.is_customer:
        raise Refusal("bad-setting", f"account {one.id} is the house's own and is never closed")
    return one


@account.command()
@NAME
@click.option("--none", "remove", is_flag=True, help="Take the PIN away.")
def pin(name: str, remove: bool) -> None:
    """Set the PIN of a shared account: asked for on a terminal, else read from standard input."""
    here = installation()
    _check_rights(DatabaseBook().account(name), True)
    digest = "" if remove else _new_pin()
    _change(here, name, lambda old: replace(old, pin_digest=digest))
    click.echo(f"account {name}: PIN {'taken away' if remove else 'set'}")


@account.command()
@click.argument("user")
@click.argument("name", metavar="[ACCOUNT]", required=False)
@click.option("--none", "remove", is_flag=True, help="Their own account again.")
def default(user: str, name: str | None, remove: bool) -> None:
    """Set, or show, the shared account that a person's jobs are charged to if they name none."""
    here = installation()
    if name is not None and remove:
        raise click.UsageError("either an account or --none")
    if name is not None or remove:
        here.write(people.set_default_account, DatabaseBook(), user, name, actor=actor())
    chosen = people.default_account(people.check_user(user))
    click.echo(f"{plain(user)} prints at the expense of {plain(chosen or 'their own account')}")


for command in (
    *(account_money.charge, account_money.refund, account_money.top_up, account_money.transfer),
    *(account_statement.statement, account_files.export, account_files.import_balances),
):
    account.add_command(command)
