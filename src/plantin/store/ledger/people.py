"""Whose purses a job draws on, and the accounts that are made when they are first needed.

Promises the naming of accounts in one place: a person's own money is the account of the person's name,
`allowance:USER` is granted credit, `quota:USER:KIND` granted pages; the house has `revenue:`, `cash:` and
`grant:` with the currency, and `used:` and `granted:` with the kind of page. A name that an account of
another kind or of another person has is refused, never charged.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from plantin.ledger.accounts import Account, AccountKind
from plantin.ledger.errors import InvalidRequest, LedgerError, UnknownAccount
from plantin.ledger.limits import ID_CHARS_MAX
from plantin.ledger.payer import Payer
from plantin.ledger.quotas import PageKind, house_account, loss_account
from plantin.store import sql
from plantin.store.commands.config import now_ms
from plantin.store.commands.events import EventRow, record
from plantin.store.ledger import accounts
from plantin.store.ledger.book import DatabaseBook

_RESERVED = ("allowance:", "quota:", "revenue:", "cash:", "grant:", "used:", "granted:")
_PAGE_UNITS = {kind.value: kind for kind in PageKind}


@dataclass(frozen=True, slots=True)
class House:
    """The ids of the house's accounts in one unit. Pages are never paid for in cash: then `cash` is empty."""

    revenue: str
    grant: str
    cash: str = ""


def allowance_of(user: str) -> str:
    """The id of a person's allowance in money."""
    return f"allowance:{user}"


def quota_of(user: str, kind: PageKind) -> str:
    """The id of a person's quota of pages of this kind."""
    return f"quota:{user}:{kind.value}"


def house_of(unit: str) -> House:
    """The ids of the house's accounts in a currency or a kind of page."""
    if kind := _PAGE_UNITS.get(unit):
        return House(house_account(kind), loss_account(kind))
    return House(f"revenue:{unit}", f"grant:{unit}", f"cash:{unit}")


def ensure_house(book: DatabaseBook, unit: str) -> House:
    """The house's accounts in this unit, made where they are missing."""
    house = house_of(unit)
    wanted = [(house.revenue, AccountKind.REVENUE), (house.grant, AccountKind.GRANT)]
    if house.cash:
        wanted.append((house.cash, AccountKind.CASH))
    there = {account.id: account for account, _ in accounts.by_ids(one for one, _ in wanted)}
    for account_id, kind in wanted:
        found = there.get(account_id)
        if found is None:
            book.open_account(Account(account_id, kind, unit), quiet=True)
        elif (found.kind, found.unit) != (kind, unit):
            raise InvalidRequest(
                f"account {account_id} is {found.kind.value} in {found.unit}: the house's own"
            )
    return house


def check_user(user: str) -> str:
    """The person's name as accounts carry it.

    Raises:
        InvalidRequest: no account can have this name.
    """
    clean = sql.clean(user)
    if not 0 < len(clean) <= ID_CHARS_MAX or not clean.isprintable() or clean.startswith(_RESERVED):
        raise InvalidRequest(f"{clean[:60]!r} cannot be the name of somebody's account")
    return clean


def personal(user: str, unit: str, *, restricted: bool = False) -> Account:
    """A new personal account, as it is made when somebody first prints."""
    user = check_user(user)
    return Account(user, AccountKind.PERSONAL, unit, owner=user, restricted=restricted)


def payer_of(
    book: DatabaseBook, user: str, groups: frozenset[str], *, unit: str, create: Account | None
) -> Payer:
    """The person as a payer: purses in drawing order (the open allowance first), and the default account.

    Makes the personal account from `create` when there is none; without `create` the payer has only what is
    there, perhaps no purse at all.

    Raises:
        InvalidRequest: an account of that name is somebody else's, or in another unit.
    """
    user = check_user(user)
    own, allowance = user, allowance_of(user)
    there = {account.id: account for account, _ in accounts.by_ids([own, allowance])}
    if own not in there and create is not None:
        made = replace(create, id=own, owner=user, kind=AccountKind.PERSONAL, unit=unit)
        book.open_account(made, quiet=True)
        there[own] = made
    purses = []
    for account_id, kind in ((allowance, AccountKind.ALLOWANCE), (own, AccountKind.PERSONAL)):
        found = there.get(account_id)
        if found is None or (kind is AccountKind.ALLOWANCE and found.closed):
            continue
        if (found.kind, found.owner) != (kind, user):
            raise InvalidRequest(f"account {account_id} is {found.kind.value}, not {user}'s own")
        if found.unit != unit:
            raise InvalidRequest(f"account {account_id} is in {found.unit}, not in {unit}")
        purses.append(account_id)
    return Payer(user, groups, tuple(purses), default_account(user))


def quotas_of(book: DatabaseBook, user: str) -> list[tuple[PageKind, str]]:
    """The kinds of pages that the person has an open quota of, with its account."""
    clean = sql.clean(user)
    wanted = {quota_of(clean, kind): kind for kind in PageKind}
    found = {
        account.id
        for account, _ in accounts.by_ids(wanted)
        if account.kind is AccountKind.ALLOWANCE and account.owner == clean and not account.closed
    }
    return [(kind, account_id) for account_id, kind in wanted.items() if account_id in found]


def granted_account(user: str, unit: str) -> str:
    """The id of the account that grants in `unit` to this person fill.

    Raises:
        InvalidRequest: no account can have this name.
    """
    user = check_user(user)
    kind = _PAGE_UNITS.get(unit)
    account_id = allowance_of(user) if kind is None else quota_of(user, kind)
    if len(account_id) > ID_CHARS_MAX:
        raise InvalidRequest(f"{user[:60]!r} is too long a name for an account of {unit}")
    return account_id


def ensure_granted(book: DatabaseBook, users: Iterable[str], unit: str) -> dict[str, LedgerError]:
    """Makes the accounts that grants in `unit` fill, where these people have none.

    Gives who cannot have one and why: an account of that name is something else.
    """
    names = {user: granted_account(user, unit) for user in users}
    there = {account.id: account for account, _ in accounts.by_ids(names.values())}
    made: list[Account] = []
    refused: dict[str, LedgerError] = {}
    for user, account_id in names.items():
        found = there.get(account_id)
        if found is None:
            made.append(Account(account_id, AccountKind.ALLOWANCE, unit, owner=user))
        elif (found.kind, found.unit, found.owner) != (AccountKind.ALLOWANCE, unit, user):
            text = f"account {account_id} is {found.kind.value} in {found.unit}: no allowance of {user}"
            refused[user] = InvalidRequest(text)
    accounts.insert(made)
    return refused


def default_account(user: str) -> str | None:
    """The account that the person's jobs are charged to when they name none; None: their own purses."""
    for account in sql.select(
        "SELECT account FROM store_defaultaccount WHERE person = %s",
        [sql.clean(user)],
        lambda row: str(row[0]),
    ):
        return account
    return None


def set_default_account(book: DatabaseBook, user: str, account_id: str | None, *, actor: str = "") -> None:
    """Chooses the shared account that this person's jobs are charged to; None: their own purses.

    Whether the person may charge it is checked with every job, because rights change.

    Raises:
        UnknownAccount: no such account.
        InvalidRequest: it is not a shared account.
    """
    user = check_user(user)
    sql.execute("DELETE FROM store_defaultaccount WHERE person = %s", [user])
    if account_id is not None:
        found = book.account(account_id)
        if found.kind is not AccountKind.SHARED:
            raise InvalidRequest(f"account {found.id} is {found.kind.value}; a default is a shared account")
        sql.insert("store_defaultaccount", ["person", "account"], [(user, found.id)])
    text = f"{user} prints at the expense of {account_id or 'their own account'} unless a job says otherwise"
    record([EventRow(now_ms(), "account-changed", actor=actor, text=text)])


def own_account(book: DatabaseBook, user: str) -> Account:
    """The person's own account.

    Raises:
        UnknownAccount: there is none, or the name is another's.
    """
    found = book.account(check_user(user))
    if found.kind is not AccountKind.PERSONAL or found.owner != found.id:
        raise UnknownAccount(f"{found.id} has no personal account")
    return found
