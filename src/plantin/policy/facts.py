"""What a decision is made of: facts about the job, the person, the queue and the moment.

Promises that None means "not known", for every fact, and never zero or no: a document in an unknown language
has `pages=None`. Counts are those of the design (input pages, impressions, sheets, copies are four numbers).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class JobFacts:
    """The job and its document. Attribute names are IPP's where IPP has them."""

    name: str | None = None
    application: str | None = None
    document_format: str | None = None
    pages: int | None = None
    impressions: int | None = None
    colour_impressions: int | None = None
    mono_impressions: int | None = None
    sheets: int | None = None
    copies: int | None = 1
    two_sided: bool | None = None
    colour: bool | None = None
    paper_sizes: frozenset[str] | None = None
    spool_bytes: int | None = None
    cost: Decimal | None = None
    missing_money: Decimal | None = None
    missing_quota: int | None = None
    duplicate_age_seconds: int | None = None
    """Seconds since the same person sent the same document; None also when they never did."""
    account: str | None = None


@dataclass(frozen=True, slots=True)
class PrincipalFacts:
    """Who prints. `restricted` is whether the account stops at its limit."""

    user: str | None = None
    groups: frozenset[str] | None = frozenset()
    authenticated: bool | None = None
    restricted: bool | None = None
    balance: Decimal | None = None
    client_address: str | None = None


@dataclass(frozen=True, slots=True)
class QueueFacts:
    """Where it goes."""

    queue: str | None = None
    device: str | None = None
    device_groups: frozenset[str] | None = frozenset()
    site: str | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """All of it, with the local time of the site."""

    job: JobFacts
    principal: PrincipalFacts
    queue: QueueFacts
    moment: datetime


Fact = str | int | bool | Decimal | frozenset[str] | None
FACTS: dict[str, tuple[type, Callable[[Facts], Fact]]] = {
    "user": (str, lambda f: f.principal.user),
    "group": (frozenset, lambda f: f.principal.groups),
    "authenticated": (bool, lambda f: f.principal.authenticated),
    "restricted": (bool, lambda f: f.principal.restricted),
    "balance": (Decimal, lambda f: f.principal.balance),
    "client": (str, lambda f: f.principal.client_address),
    "queue": (str, lambda f: f.queue.queue),
    "device": (str, lambda f: f.queue.device),
    "device_group": (frozenset, lambda f: f.queue.device_groups),
    "site": (str, lambda f: f.queue.site),
    "name": (str, lambda f: f.job.name),
    "application": (str, lambda f: f.job.application),
    "format": (str, lambda f: f.job.document_format),
    "account": (str, lambda f: f.job.account),
    "pages": (int, lambda f: f.job.pages),
    "impressions": (int, lambda f: f.job.impressions),
    "colour_impressions": (int, lambda f: f.job.colour_impressions),
    "mono_impressions": (int, lambda f: f.job.mono_impressions),
    "sheets": (int, lambda f: f.job.sheets),
    "copies": (int, lambda f: f.job.copies),
    "spool_bytes": (int, lambda f: f.job.spool_bytes),
    "missing_quota": (int, lambda f: f.job.missing_quota),
    "duplicate_within": (int, lambda f: f.job.duplicate_age_seconds),
    "cost": (Decimal, lambda f: f.job.cost),
    "missing_money": (Decimal, lambda f: f.job.missing_money),
    "colour": (bool, lambda f: f.job.colour),
    "two_sided": (bool, lambda f: f.job.two_sided),
    "paper": (frozenset, lambda f: f.job.paper_sizes),
}
"""Every fact that a condition may name: its type and where it is found. The one visible table."""

NEVER_UNKNOWN = frozenset({"duplicate_within"})
"""Facts for which None is an answer: no such document was sent before."""
