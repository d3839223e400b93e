"""Which jobs must pass accounting before they may print.

A job is free when no rule exists that could stop or change it, and when nobody whose money or pages are
limited pays for it. This is asked in the transaction of the acceptance, for many jobs at once, so that no job
slips through while an administrator tightens the rules.
"""

from collections.abc import Sequence
from typing import Protocol

from plantin.core.model import Gate
from plantin.store import sql

NEW_ACCOUNTS = "accounting-new-accounts"
"""The setting that says what an account is that is made when its owner first prints."""
RESTRICTED = "restricted"
OFF = "off"
"""The setting's value where nobody keeps accounts at all."""
_ASKS_FOR_ACCOUNT = (b"job-account-id", b"job-accounting-user-id")


class Claim(Protocol):
    """What of a job decides it."""

    @property
    def owner(self) -> str: ...

    @property
    def attributes(self) -> bytes: ...


def new_accounts() -> str | None:
    """What the setting says; None while nobody has kept accounts yet."""
    return next(
        iter(
            sql.select(
                "SELECT value FROM store_setting WHERE name = %s", [NEW_ACCOUNTS], lambda row: str(row[0])
            )
        ),
        None,
    )


def books_are_kept() -> bool:
    """Whether there is somebody who counts and charges what has printed."""
    return new_accounts() not in (None, OFF)


def charges() -> bool:
    """Whether what has printed may cost somebody something."""
    return (
        books_are_kept()
        and sql.select(
            "SELECT EXISTS(SELECT 1 FROM store_tariff) OR EXISTS(SELECT 1 FROM store_account)",
            [],
            lambda row: bool(row[0]),
        )[0]
    )


def gates(jobs: Sequence[Claim]) -> list[Gate]:
    """The gate of each job."""
    if not jobs:
        return []
    rules, tariffs, accounts, new = sql.select(
        "SELECT EXISTS(SELECT 1 FROM store_policy), EXISTS(SELECT 1 FROM store_tariff), "
        "EXISTS(SELECT 1 FROM store_account), (SELECT value FROM store_setting WHERE name = %s)",
        [NEW_ACCOUNTS],
        lambda row: row,
    )[0]
    if new == OFF:
        return [Gate.FREE] * len(jobs)
    if rules:
        return [Gate.SHUT] * len(jobs)
    if not tariffs and not accounts:
        return [Gate.FREE] * len(jobs)
    limited = _limited({job.owner for job in jobs}, money=bool(tariffs), new=new or "")
    return [
        Gate.SHUT if sql.clean(job.owner) in limited or (tariffs and _names_account(job)) else Gate.FREE
        for job in jobs
    ]


def _names_account(job: Claim) -> bool:
    return any(word in job.attributes for word in _ASKS_FOR_ACCOUNT)


def _limited(owners: set[str], *, money: bool, new: str) -> set[str]:
    """Those of them (as the database writes their names) who may not print as they like: their pages are
    counted or, where printing costs money, their money is, or their account is closed."""
    clean = sorted({sql.clean(name) for name in owners})
    marks = sql.marks(clean)
    found = sql.select(
        "SELECT owner, kind, restricted OR closed, id FROM store_account WHERE owner IN "
        f"({marks}) UNION ALL SELECT person, 'default', %s, '' FROM store_defaultaccount "
        f"WHERE person IN ({marks})",
        [*clean, True, *clean],
        lambda row: (str(row[0]), str(row[1]), bool(row[2]), str(row[3])),
    )
    limited = set()
    known = set()
    for owner, kind, restricted, account in found:
        if kind == "personal":
            known.add(owner)
        if (money and restricted and kind in ("personal", "default")) or account.startswith("quota:"):
            limited.add(owner)
    if money and new == RESTRICTED:
        limited |= set(clean) - known
    return limited
