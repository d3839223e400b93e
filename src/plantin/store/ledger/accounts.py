"""The accounts' rows: read as `Account` with their kept balances, added, changed, found for lists.

Promises that texts come back as they were kept, and that a balance changes only by `add_to_balances`, in the
transaction that writes the postings it stands for. Never deletes an account.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from plantin.ledger.accounts import Account, AccountKind
from plantin.ledger.transactions import Balance
from plantin.store import sql

_COLUMNS = (
    "id",
    "kind",
    "unit",
    "name",
    "owner",
    "parent",
    "restricted",
    "overdraft",
    "users",
    "groups",
    "pin_digest",
    "closed",
)
_SELECT = f"SELECT {','.join(_COLUMNS)},booked,reserved FROM store_account"
_KINDS = {kind.value: kind for kind in AccountKind}
_NOBODY: frozenset[str] = frozenset()
_IN_MAX = 5_000

Row = tuple[Any, ...]
Kept = tuple[Account, Balance]


@dataclass(frozen=True, slots=True)
class AccountQuestion:
    """Which accounts: those that agree with everything that is given. `after` is the last id seen before."""

    kind: AccountKind | None = None
    unit: str = ""
    owner: str = ""
    parent: str = ""
    text: str = ""
    """Part of the id or the name, capitals or not."""
    closed: bool | None = None
    after: str = ""
    limit: int = 1000


def _names(text: str) -> frozenset[str]:
    return _NOBODY if text == "[]" else frozenset(json.loads(text))


def account_of(row: Row) -> Kept:
    """An account and its balance of a row."""
    account = Account(
        row[0],
        _KINDS[row[1]],
        row[2],
        row[3],
        row[4],
        row[5],
        bool(row[6]),
        row[7],
        _names(row[8]),
        _names(row[9]),
        row[10],
        bool(row[11]),
    )
    return account, Balance(row[12], row[13])


def _row(account: Account) -> Row:
    return (
        account.id,
        account.kind.value,
        account.unit,
        account.name,
        account.owner,
        account.parent,
        account.restricted,
        account.overdraft_minor,
        json.dumps(sorted(account.users)),
        json.dumps(sorted(account.groups)),
        account.pin_digest,
        account.closed,
    )


def by_ids(ids: Iterable[str]) -> list[Kept]:
    """Those of these accounts that exist."""
    wanted = sorted({one for one in ids if one.isprintable()})
    found: list[Kept] = []
    for start in range(0, len(wanted), _IN_MAX):
        part = wanted[start : start + _IN_MAX]
        found += sql.select(f"{_SELECT} WHERE id IN ({sql.marks(part)})", part, account_of)
    return found


def everything() -> list[Kept]:
    """All accounts in the order of their ids by code points, which no database's collation changes."""
    return sorted(sql.select(_SELECT, [], account_of), key=lambda kept: kept[0].id)


def find(question: AccountQuestion) -> list[Kept]:
    """The accounts that are asked for, by id."""
    collate = "" if sql.is_sqlite() else ' COLLATE "C"'
    where, values = [f"id{collate} > %s"], [sql.clean(question.after)]
    for column, value in (
        ("kind", question.kind.value if question.kind else ""),
        ("unit", question.unit),
        ("owner", question.owner),
        ("parent", question.parent),
    ):
        if value:
            where.append(f"{column} = %s")
            values.append(sql.clean(value))
    if question.text:
        part = sql.clean(question.text).lower()
        for sign in "\\%_":
            part = part.replace(sign, f"\\{sign}")
        where.append(r"(lower(id) LIKE %s ESCAPE '\' OR lower(name) LIKE %s ESCAPE '\')")
        values += [f"%{part}%"] * 2
    if question.closed is not None:
        where.append("closed" if question.closed else "NOT closed")
    return sql.select(
        f"{_SELECT} WHERE {' AND '.join(where)} ORDER BY id{collate} LIMIT {max(1, question.limit)}",
        values,
        account_of,
    )


def tree_sums(roots: Sequence[str]) -> dict[str, Balance]:
    """For each of these accounts the sum of the kept balances of itself and everything below it."""
    if not roots:
        return {}
    found: dict[str, Balance] = {}
    # UNION, not UNION ALL: it ends even when somebody wrote a loop into the table.
    for root, booked, reserved in sql.select(
        "WITH RECURSIVE below(root, id) AS ("
        f"SELECT id, id FROM store_account WHERE id IN ({sql.marks(roots)}) "
        "UNION SELECT b.root, a.id FROM below b JOIN store_account a ON a.parent = b.id) "
        "SELECT b.root, CAST(SUM(a.booked) AS bigint), CAST(SUM(a.reserved) AS bigint) "
        "FROM below b JOIN store_account a ON a.id = b.id GROUP BY b.root",
        list(roots),
        lambda row: row,
    ):
        found[root] = Balance(booked, reserved)
    return found


def insert(new: Sequence[Account]) -> None:
    """Adds the accounts, with a balance of zero."""
    sql.insert("store_account", [*_COLUMNS, "booked", "reserved"], [(*_row(one), 0, 0) for one in new])


def update(account: Account) -> None:
    """Writes the account's settings; id, kind, unit and balance stay."""
    names = _COLUMNS[3:]
    values = sql.clean_columns(dict(zip(names, _row(account)[3:], strict=True)))
    sets = ",".join(f"{name} = %s" for name in names)
    sql.execute(f"UPDATE store_account SET {sets} WHERE id = %s", [*values.values(), account.id])


def add_to_balances(changes: Mapping[str, Balance]) -> None:
    """Adds these sums of postings to the kept balances, rows locked in the order of their ids."""
    changed = sorted((a, b.booked, b.reserved) for a, b in changes.items() if b.booked or b.reserved)
    one = "(%s,%s,%s)" if sql.is_sqlite() else "(%s::text,%s::bigint,%s::bigint)"
    for start in range(0, len(changed), _IN_MAX):
        part = changed[start : start + _IN_MAX]
        sql.execute(
            f"WITH v(id, more, held) AS (VALUES {','.join([one] * len(part))}) "
            "UPDATE store_account SET booked = booked + v.more, reserved = reserved + v.held "
            "FROM v WHERE store_account.id = v.id",
            [value for row in part for value in row],
        )
