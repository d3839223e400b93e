"""Which account a job is charged to: what the client asked for, or the person's default.

Promises a reason for every refusal and that an account asked for is never replaced by another in silence.
Reads `job-account-id` and `job-accounting-user-id` (PWG 5100.7, PWG 5100.16): the first names a shared
account or a split such as "physics:60,library:40"; the second names who pays personally.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .accounts import Account, AccountKind, check_may_charge
from .errors import AccountClosed, InvalidRequest, NotPermitted
from .limits import SHARES_MAX
from .requests import Share


@dataclass(frozen=True, slots=True)
class Payer:
    """Who wants to charge, and what they own: `purses` in drawing order, allowances first."""

    user: str
    groups: frozenset[str]
    purses: tuple[str, ...]
    default_account: str | None = None


def parse_split(text: str) -> tuple[tuple[str, int], ...]:
    """Accounts and weights of a `job-account-id`: "physics", or "physics:60,library:40" (percent).

    Percentages are whole and add up to 100. Raises `InvalidRequest`.
    """
    parts = [part.strip() for part in text.split(",")]
    if len(parts) > SHARES_MAX:
        raise InvalidRequest(f"job-account-id names {len(parts)} accounts; {SHARES_MAX} are possible")
    rows = []
    for part in parts:
        account, colon, percent = part.rpartition(":")
        if not colon and len(parts) == 1:
            account, percent = part, "100"
        if not account or not (percent.isascii() and percent.isdecimal() and len(percent) <= 3):
            raise InvalidRequest(f"job-account-id {text[:80]!r}: ACCOUNT, or ACCOUNT:PERCENT,... expected")
        rows.append((account, int(percent)))
    if sum(percent for _, percent in rows) != 100:
        raise InvalidRequest(f"job-account-id {text[:80]!r}: the percentages do not add up to 100")
    return tuple(rows)


def choose_payers(
    payer: Payer,
    find: Callable[[str], Account],
    job_account_id: str = "",
    job_accounting_user_id: str = "",
    pin: str | None = None,
) -> tuple[Share, ...]:
    """The payers of a job, after checking that this person may charge each of them.

    Raises `NotPermitted`, `AccountClosed`, `UnknownAccount` or `InvalidRequest`.
    """
    if job_accounting_user_id and job_accounting_user_id != payer.user:
        raise NotPermitted(f"{payer.user} may not print at the expense of {job_accounting_user_id[:60]}")
    wanted = job_account_id or ("" if job_accounting_user_id else payer.default_account or "")
    if not wanted:
        return (Share(_own_purses(payer, find)),)
    rows = parse_split(wanted)
    for account_id, _ in rows:
        check_may_charge(find(account_id), find, payer.user, payer.groups, pin)
    return tuple(Share((account_id,), percent) for account_id, percent in rows)


def _own_purses(payer: Payer, find: Callable[[str], Account]) -> tuple[str, ...]:
    """The person's open purses, allowances before own money whatever order they were given in."""
    accounts = [find(purse) for purse in payer.purses]
    usable = [account for account in accounts if not account.closed]
    if not usable:
        raise AccountClosed(f"{payer.user} has no open account")
    for account in usable:
        check_may_charge(account, find, payer.user, payer.groups)
    usable.sort(key=lambda account: account.kind is not AccountKind.ALLOWANCE)
    return tuple(account.id for account in usable)
