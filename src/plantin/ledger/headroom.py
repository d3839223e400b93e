"""How much may still be drawn from an account, while a plan draws on several.

Promises to honour the limit of the account and of every cost centre above it, what the plan drew so far
included. Never below zero: an account that is beyond its limit already simply gives nothing.
"""

from __future__ import annotations

from .accounts import Account, lineage
from .errors import AccountClosed, InvalidRequest
from .limits import AMOUNT_MAX
from .view import View


class Headroom:
    """The working sheet of one plan."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._room: dict[str, int | None] = {}

    def room(self, account: Account) -> int:
        """What may be drawn now, in minor units; `AMOUNT_MAX` when there is no limit."""
        rooms = [self._of(node) for node in lineage(account, self._view.account)]
        return max(0, min((room for room in rooms if room is not None), default=AMOUNT_MAX))

    def take(self, account: Account, amount: int) -> None:
        """Notes that the plan draws `amount`; a negative amount gives back."""
        for node in lineage(account, self._view.account):
            room = self._of(node)
            if room is not None:
                self._room[node.id] = room - amount

    def _of(self, node: Account) -> int | None:
        if node.id not in self._room:
            floor = node.floor(self._view.default_overdraft(node.unit))
            available = None if floor is None else self._view.tree_balance(node.id).available - floor
            self._room[node.id] = available
        return self._room[node.id]


def check_unit(account: Account, unit: str) -> Account:
    """The same account; raises `InvalidRequest` when it counts in another unit."""
    if account.unit != unit:
        raise InvalidRequest(f"account {account.id} is in {account.unit}, not in {unit}")
    return account


def check_open(account: Account, unit: str) -> Account:
    """The same account; raises when it is closed or counts in another unit."""
    if account.closed:
        raise AccountClosed(f"account {account.id} is closed")
    return check_unit(account, unit)
