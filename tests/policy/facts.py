"""Facts for the tests: one ordinary job, and short ways to change it."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime
from decimal import Decimal

from plantin.policy.facts import Facts, JobFacts, PrincipalFacts, QueueFacts

MONDAY = datetime(2027, 3, 1, 10, 30, tzinfo=UTC)
ORDINARY = Facts(
    JobFacts(
        name="Letter to Ortelius.docx",
        application="Microsoft Word",
        document_format="application/pdf",
        pages=3,
        impressions=3,
        colour_impressions=1,
        mono_impressions=2,
        sheets=2,
        copies=1,
        two_sided=True,
        colour=True,
        paper_sizes=frozenset({"A4"}),
        spool_bytes=50_000,
        cost=Decimal("0.30"),
        missing_money=Decimal(0),
        missing_quota=0,
        account="physics",
    ),
    PrincipalFacts(
        user="alice",
        groups=frozenset({"staff", "library"}),
        authenticated=True,
        restricted=True,
        balance=Decimal("4.20"),
        client_address="192.0.2.7",
    ),
    QueueFacts(queue="secure", device="lib-1", device_groups=frozenset({"big"}), site="main"),
    MONDAY,
)


def facts(**changes: object) -> Facts:
    """The ordinary facts with these fields changed, wherever they are."""
    moment = changes.pop("moment", MONDAY)
    assert isinstance(moment, datetime)
    made = replace(ORDINARY, moment=moment)
    for part in ("job", "principal", "queue"):
        old = getattr(made, part)
        names = {field.name for field in fields(old)}
        own = {name: value for name, value in changes.items() if name in names}
        made = replace(made, **{part: replace(old, **own)})
    return made
