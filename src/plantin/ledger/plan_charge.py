"""Drawing charges from purses: who pays how much, and what is missing.

Promises that a split is exact (see `split`), that each payer's purses are drawn in order, that what was held
for a job pays for it first, and that no limit is crossed: the excess is refused before printing, and borne
by the house's loss account after it. Never a partial charge: all charges of a request, or none.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from .accounts import Account, AccountKind
from .errors import InsufficientFunds, InvalidRequest, Shortfall
from .headroom import Headroom, check_open, check_unit
from .requests import Charge
from .split import largest_remainder
from .transactions import Layer, Posting, Transaction
from .view import View


def hold(charges: Sequence[Charge], view: View) -> tuple[Posting, ...]:
    """The postings that reserve the charges; raises `InsufficientFunds` with everything that is missing."""
    return _Drawing(view, Layer.RESERVED, {}, printed=False).all_of(charges)


def book(
    charges: Sequence[Charge], view: View, released: Iterable[Posting], *, printed: bool
) -> tuple[Posting, ...]:
    """The postings that charge, after the holds in `released` were given back to their accounts.

    With `printed` the paper is out: a purse that was closed since pays with what it holds and no more.
    """
    held: defaultdict[str, int] = defaultdict(int)
    for posting in released:
        if posting.amount > 0:
            held[posting.account] += posting.amount
    return _Drawing(view, Layer.BOOKED, dict(held), printed=printed).all_of(charges)


def restored(reservation: Transaction) -> tuple[Posting, ...]:
    """The postings that end a reservation."""
    return tuple(posting.opposite() for posting in reservation.postings)


class _Drawing:
    def __init__(self, view: View, layer: Layer, held: dict[str, int], *, printed: bool) -> None:
        self._view = view
        self._printed = printed
        self._layer = layer
        self._held = held
        self._headroom = Headroom(view)
        for account_id, amount in held.items():
            self._headroom.take(view.account(account_id), -amount)

    def all_of(self, charges: Sequence[Charge]) -> tuple[Posting, ...]:
        drawn = [self._from_holds(charge) for charge in charges]
        postings: list[Posting] = []
        shortfalls: list[Shortfall] = []
        for charge, (amounts, needs) in zip(charges, drawn, strict=True):
            missing = self._from_room(charge, amounts, needs)
            loss = charge.loss if self._printed else None
            if loss is None:
                shortfalls += missing
            postings += self._postings(charge, amounts, loss, sum(item.missing for item in missing))
        if shortfalls:
            raise InsufficientFunds(shortfalls)
        return tuple(postings)

    def _from_holds(self, charge: Charge) -> tuple[dict[tuple[int, str], int], list[int]]:
        """Draws on what is held; gives the amounts by share and purse, and what each share still needs."""
        self._check_house(charge)
        needs = list(largest_remainder(charge.amount, [share.weight for share in charge.shares]))
        amounts: dict[tuple[int, str], int] = {}
        for index, share in enumerate(charge.shares):
            for purse in share.purses:
                account = self._payer(purse, charge.unit)
                taken = min(needs[index], self._held.get(purse, 0))
                if taken:
                    self._held[purse] -= taken
                    self._draw(amounts, index, account, taken)
                    needs[index] -= taken
        return amounts, needs

    def _from_room(
        self, charge: Charge, amounts: dict[tuple[int, str], int], needs: list[int]
    ) -> list[Shortfall]:
        missing = []
        for index, share in enumerate(charge.shares):
            for purse in share.purses:
                account = self._view.account(purse)
                taken = min(needs[index], 0 if account.closed else self._headroom.room(account))
                if taken:
                    self._draw(amounts, index, account, taken)
                    needs[index] -= taken
            if needs[index]:
                missing.append(Shortfall(share.purses, charge.unit, needs[index]))
        return missing

    def _draw(self, amounts: dict[tuple[int, str], int], index: int, account: Account, taken: int) -> None:
        amounts[index, account.id] = amounts.get((index, account.id), 0) + taken
        self._headroom.take(account, taken)

    def _payer(self, purse: str, unit: str) -> Account:
        account = self._view.account(purse)
        if not account.is_customer:
            raise InvalidRequest(f"account {account.id} is the house's own: nobody pays with it")
        return self._usable(account, unit)

    def _usable(self, account: Account, unit: str) -> Account:
        return check_unit(account, unit) if self._printed else check_open(account, unit)

    def _check_house(self, charge: Charge) -> None:
        to = self._usable(self._view.account(charge.to), charge.unit)
        if to.kind is not AccountKind.REVENUE:
            raise InvalidRequest(f"account {to.id} is {to.kind.value}; charges go to a revenue account")
        if charge.loss is not None:
            loss = self._usable(self._view.account(charge.loss), charge.unit)
            if loss.kind is not AccountKind.GRANT:
                raise InvalidRequest(f"account {loss.id} is {loss.kind.value}; losses go to a grant account")

    def _postings(
        self, charge: Charge, amounts: dict[tuple[int, str], int], loss: str | None, lost: int
    ) -> list[Posting]:
        if not charge.amount:
            return []
        rows = [Posting(a, charge.unit, -n, self._layer, index) for (index, a), n in amounts.items()]
        if loss is not None and lost:
            rows.append(Posting(loss, charge.unit, -lost, self._layer))
        return [*rows, Posting(charge.to, charge.unit, charge.amount, self._layer)]
