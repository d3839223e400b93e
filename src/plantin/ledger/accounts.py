"""Accounts: whose money it is, how far it may go below zero, and who may charge it.

Promises that a right given on a cost centre holds for the tree below it, and that a limit on a cost centre
holds for the sum of its tree. Never keeps a PIN: only a salted scrypt digest of it (RFC 7914).
Sign convention of the whole ledger: a posting is what is added to an account's balance; money that a person
can spend is positive, money that the cash desk took in is negative there, so that all balances sum to zero.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum

from .errors import AccountClosed, InvalidRequest, NotPermitted
from .limits import AMOUNT_MAX, ID_CHARS_MAX, TEXT_CHARS_MAX, TREE_DEPTH_MAX

_SCRYPT = {"n": 2**13, "r": 8, "p": 1, "dklen": 32}
PIN_CHARS_MAX = 64
PIN_SALT_BYTES_MIN = 16


class AccountKind(Enum):
    """Customers' accounts have limits; the house's own (revenue, cash, grant) have none."""

    PERSONAL = "personal"
    ALLOWANCE = "allowance"
    SHARED = "shared"
    REVENUE = "revenue"
    CASH = "cash"
    GRANT = "grant"
    """Where allowances, gifts, write-offs and opening balances come from: the organisation's own expense."""


CUSTOMER_KINDS = frozenset({AccountKind.PERSONAL, AccountKind.ALLOWANCE, AccountKind.SHARED})


@dataclass(frozen=True, slots=True)
class Account:
    """One account in one unit (a currency, or a kind of page for quotas).

    `restricted` False means that it may go below zero without limit. `overdraft_minor` None means the
    ledger's default, which for an allowance is zero. `users` and `groups` may charge a shared account, as may
    whoever knows its PIN.
    """

    id: str
    kind: AccountKind
    unit: str
    name: str = ""
    owner: str | None = None
    parent: str | None = None
    restricted: bool = True
    overdraft_minor: int | None = None
    users: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    pin_digest: str = ""
    closed: bool = False

    def __post_init__(self) -> None:
        if not 0 < len(self.id) <= ID_CHARS_MAX or not self.id.isprintable():
            raise InvalidRequest(f"account id {self.id[:40]!r}: 1 to {ID_CHARS_MAX} printable characters")
        if len(self.name) > TEXT_CHARS_MAX:
            raise InvalidRequest(f"account {self.id}: the name is longer than {TEXT_CHARS_MAX}")
        if self.overdraft_minor is not None and not 0 <= self.overdraft_minor <= AMOUNT_MAX:
            raise InvalidRequest(f"account {self.id}: overdraft {self.overdraft_minor}, 0 to {AMOUNT_MAX}")
        if self.parent is not None and self.kind is not AccountKind.SHARED:
            raise InvalidRequest(f"account {self.id}: only shared accounts form a tree")
        if self.owner is None and self.kind in (AccountKind.PERSONAL, AccountKind.ALLOWANCE):
            raise InvalidRequest(f"account {self.id}: a {self.kind.value} account has an owner")

    @property
    def is_customer(self) -> bool:
        """Whether it belongs to somebody who pays."""
        return self.kind in CUSTOMER_KINDS

    def floor(self, default_overdraft_minor: int) -> int | None:
        """The lowest balance that a charge may leave, or None for no limit."""
        if not self.is_customer or not self.restricted:
            return None
        if self.overdraft_minor is not None:
            return -self.overdraft_minor
        return 0 if self.kind is AccountKind.ALLOWANCE else -default_overdraft_minor


def lineage(account: Account, find: Callable[[str], Account]) -> Iterator[Account]:
    """The account, its parent, and so on to the root; a loop or a deeper tree raises `InvalidRequest`."""
    for _ in range(TREE_DEPTH_MAX):
        yield account
        if account.parent is None:
            return
        account = find(account.parent)
    raise InvalidRequest(f"account {account.id}: the tree of cost centres is deeper than {TREE_DEPTH_MAX}")


def pin_digest(pin: str, salt: bytes) -> str:
    """What to keep of a PIN; `salt` is at least 16 random bytes from the caller. Raises `InvalidRequest`."""
    if not 0 < len(pin) <= PIN_CHARS_MAX or len(salt) < PIN_SALT_BYTES_MIN:
        raise InvalidRequest(
            f"a PIN has 1 to {PIN_CHARS_MAX} characters and {PIN_SALT_BYTES_MIN} bytes of salt"
        )
    return f"{salt.hex()}${hashlib.scrypt(pin.encode(), salt=salt, **_SCRYPT).hex()}"


def pin_matches(pin: str, digest: str) -> bool:
    """Whether `pin` is the one that `digest` was made of; compared in constant time."""
    salt, _, _ = digest.partition("$")
    if not digest or not 0 < len(pin) <= PIN_CHARS_MAX:
        return False
    return hmac.compare_digest(pin_digest(pin, bytes.fromhex(salt)), digest)


def check_may_charge(
    account: Account,
    find: Callable[[str], Account],
    user: str,
    groups: frozenset[str] = frozenset(),
    pin: str | None = None,
) -> str:
    """Why this person may charge this account ("owner", "user ... of ...", "group ...", "PIN of ...").

    Raises `AccountClosed` or `NotPermitted`. The house's own accounts are charged by nobody.
    """
    if account.kind in (AccountKind.PERSONAL, AccountKind.ALLOWANCE):
        if account.closed:
            raise AccountClosed(f"account {account.id} is closed")
        if account.owner == user:
            return "owner"
    elif account.kind is AccountKind.SHARED:
        line = tuple(lineage(account, find))
        for node in line:
            if node.closed:
                raise AccountClosed(f"account {node.id} is closed")
        for node in line:
            if reason := _right_on(node, user, groups, pin):
                return reason
    raise NotPermitted(f"{user} may not charge account {account.id}")


def _right_on(node: Account, user: str, groups: frozenset[str], pin: str | None) -> str:
    if user in node.users:
        return f"user of {node.id}"
    if common := sorted(groups & node.groups):
        return f"group {common[0]} of {node.id}"
    if pin is not None and pin_matches(pin, node.pin_digest):
        return f"PIN of {node.id}"
    return ""
