"""An account as commands show it: for programs, in the list, and in the tree of cost centres."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from plantin.cli.ledger_text import amount_text, money, show_ledger_table, twice
from plantin.cli.output import plain
from plantin.ledger.accounts import Account
from plantin.ledger.limits import TREE_DEPTH_MAX
from plantin.ledger.money import Unit, unit_of
from plantin.ledger.transactions import Balance

_COLUMNS: Final = {
    "id": "ACCOUNT",
    "kind": "KIND",
    "owner": "OWNER",
    "balance": "BALANCE",
    "reserved": "RESERVED",
    "can_spend": "CAN SPEND",
    "unit": "UNIT",
    "state": "STATE",
    "name": "NAME",
}
_RIGHT: Final = ("balance", "reserved", "can_spend")


def facts_of(
    account: Account, balance: Balance, can_spend: int | None, tree: Balance | None = None
) -> dict[str, Any]:
    """An account for programs.

    Args:
        can_spend: what may be drawn now, minor units; None: no limit.
        tree: the balance of it and all below it, if that is wanted.
    """
    unit = unit_of(account.unit)
    facts: dict[str, Any] = {
        "id": account.id,
        "name": account.name,
        "kind": account.kind.value,
        "unit": account.unit,
        "owner": account.owner,
        "parent": account.parent,
        "closed": account.closed,
        "restricted": account.restricted,
        **twice("overdraft", account.overdraft_minor, unit),
        "users": sorted(account.users),
        "groups": sorted(account.groups),
        "has_pin": bool(account.pin_digest),
        **twice("balance", balance.booked, unit),
        **twice("reserved", -balance.reserved if account.is_customer else balance.reserved, unit),
        **twice("available", balance.available, unit),
        **twice("can_spend", None if account.closed else can_spend, unit),
    }
    return facts if tree is None else facts | twice("tree_balance", tree.booked, unit)


def limit_words(account: Account, default: int, unit: Unit) -> str:
    """How far an account may go below zero, in words.

    Args:
        default: the default overdraft of its unit, minor units.
    """
    floor = account.floor(default)
    if floor is None:
        return "none" if account.is_customer else ""
    origin = ", as all by default" if floor and account.overdraft_minor is None else ""
    return f"{amount_text(floor, unit.code)}{origin}"


def columns_of(facts: Sequence[dict[str, Any]]) -> tuple[Mapping[str, str], Sequence[str]]:
    """Makes facts into rows for people; returns the headings and the columns that are flush right."""
    for row in facts:
        row["state"] = "closed" if row["closed"] else "open"
        row["can_spend"] = row["can_spend"] if row["can_spend"] is not None else _no_amount(row)
        row["reserved"] = row["reserved"] if row["reserved_minor"] else ""
    return _COLUMNS, _RIGHT


def _no_amount(row: Mapping[str, Any]) -> str:
    if row["closed"]:
        return ""
    return "no limit" if row["kind"] in ("personal", "shared", "allowance") else ""


def show_tree(found: Sequence[tuple[Account, Balance]], root: str | None) -> None:
    """Prints cost centres below each other, each with its own balance and that of all of its tree."""
    below: dict[str | None, list[tuple[Account, Balance]]] = {}
    for account, balance in found:
        below.setdefault(account.parent if account.id != root else None, []).append((account, balance))
    roots = [kept for kept in below.get(None, ()) if root is None or kept[0].id == root]
    rows: list[dict[str, str]] = []
    for kept in roots:
        _branch(kept, below, 0, rows)
    heads = {"account": "ACCOUNT", "own": "OWN", "all": "WITH ITS PARTS", "unit": "UNIT", "name": "NAME"}
    empty = "No cost centres yet. Add one: plantin account add NAME --kind shared"
    show_ledger_table(rows, heads, ("own", "all"), empty if root is None else f"{root} is no cost centre.")


def _branch(
    kept: tuple[Account, Balance],
    below: Mapping[str | None, Sequence[tuple[Account, Balance]]],
    depth: int,
    rows: list[dict[str, str]],
) -> int:
    """Adds an account and what is below it to the rows; returns the balance of all of it."""
    account, balance = kept
    unit = unit_of(account.unit)
    row = {
        "account": "  " * depth + plain(account.id),
        "own": money(balance.booked, unit),
        "unit": account.unit,
        "name": account.name + (" (closed)" if account.closed else ""),
    }
    rows.append(row)
    total = balance.booked
    if depth < TREE_DEPTH_MAX:
        total += sum(_branch(one, below, depth + 1, rows) for one in below.get(account.id, ()))
    row["all"] = money(total, unit)
    return total
