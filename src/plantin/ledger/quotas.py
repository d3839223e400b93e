"""Page quotas: so many impressions, colour impressions or sheets in a period, beside money.

Promises that a quota is an allowance counted in pages: its account lives in the ledger in a unit of its
own, is filled by a capped allocation (see `allocations`), and is reserved and posted together with the money
in one transaction, so that no race goes beyond it. Nothing here counts on its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

from .money import Unit
from .price import Price
from .requests import Charge, Share
from .usage import Usage


class PageKind(Enum):
    """What a quota counts; the value is its unit's code in the ledger."""

    IMPRESSIONS = "impressions"
    COLOUR = "colour-impressions"
    MONO = "mono-impressions"
    SHEETS = "sheets"
    JOBS = "jobs"

    @property
    def unit(self) -> Unit:
        """The unit: whole pieces."""
        return Unit(self.value, 0)

    def count(self, usage: Usage) -> int:
        """How many of these a job uses."""
        return {
            PageKind.IMPRESSIONS: usage.impressions,
            PageKind.COLOUR: usage.colour_impressions,
            PageKind.MONO: usage.mono_impressions,
            PageKind.SHEETS: usage.media_sheets,
            PageKind.JOBS: int(usage.impressions > 0),
        }[self]


def house_account(kind: PageKind) -> str:
    """The id of the house account that used-up pages of this kind are booked to."""
    return f"used:{kind.value}"


def loss_account(kind: PageKind) -> str:
    """The id of the grant account that bears pages printed beyond a quota, and that quotas come from."""
    return f"granted:{kind.value}"


def job_charges(
    price: Price,
    payers: tuple[Share, ...],
    revenue: str,
    loss: str | None,
    usage: Usage,
    quotas: Iterable[tuple[PageKind, str]] = (),
) -> tuple[Charge, ...]:
    """All that a job is charged with: its price, and its pages on each of the person's quota accounts.

    The same call with the usage and price that came out makes the charges to post; their order is the same.
    """
    money = Charge(price.unit.code, price.minor, payers, revenue, loss)
    pages = (
        Charge(kind.value, kind.count(usage), (Share((account,)),), house_account(kind), loss_account(kind))
        for kind, account in quotas
    )
    return (money, *pages)
