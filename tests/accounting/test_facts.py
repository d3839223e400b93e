"""The facts that a decision is made of, counted anew after every change."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from plantin.accounting.facts import Submission, Valuation, application_of, job_facts, reviser
from plantin.accounting.ticket import JobTicket
from plantin.inspect.report import Inspection, Settings, could_not_inspect
from plantin.ledger.usage import Usage
from plantin.policy.decide import decide
from plantin.policy.facts import Facts, JobFacts, PrincipalFacts, QueueFacts
from plantin.policy.parse import parse_rules
from tests.accounting.test_counts import document, page

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)


def price(usage: Usage) -> Valuation:
    """A cent for each sheet, ten for each side in colour."""
    cents = usage.media_sheets + 10 * usage.colour_impressions
    return Valuation(Decimal(cents) / 100, Decimal(max(0, cents - 50)) / 100, 0)


LETTER = Submission(
    [document(page(True), page(), page())], name="Microsoft Word - letter.docx", spool_bytes=9, account="p"
)


def facts(job: JobFacts) -> Facts:
    return Facts(job, PrincipalFacts("alice"), QueueFacts("q1"), NOON)


def test_a_job_that_was_counted_and_priced() -> None:
    found = job_facts(LETTER, JobTicket(Settings(copies=2, sides="two-sided-long-edge")), price)
    assert found == JobFacts(
        name="Microsoft Word - letter.docx",
        application="Microsoft Word",
        document_format="application/pdf",
        pages=3,
        impressions=6,
        colour_impressions=2,
        mono_impressions=4,
        sheets=4,
        copies=2,
        two_sided=True,
        colour=True,
        paper_sizes=frozenset({"A4"}),
        spool_bytes=9,
        cost=Decimal("0.24"),
        missing_money=Decimal(0),
        missing_quota=0,
        account="p",
    )


def test_what_nobody_could_count_is_not_known() -> None:
    job = Submission([could_not_inspect("application/pdf", "it is encrypted")], name="x")
    found = job_facts(job, JobTicket(Settings(copies=4, mono_mode=True)), price)
    assert found == JobFacts(
        name="x", document_format="application/pdf", copies=4, two_sided=None, colour=False
    )
    assert job_facts(job, JobTicket()).copies is None
    assert job_facts(Submission([Inspection("unknown")]), JobTicket()).document_format is None


def test_documents_of_different_formats_have_none() -> None:
    both = [document(page()), document(page(), kind="image/urf")]
    assert job_facts(Submission(both), JobTicket()).document_format is None


RULES = parse_rules(
    [
        {"name": "grey", "when": {"cost": {"over": "1.00"}}, "then": {"monochrome": True}},
        {"name": "few", "when": {"cost": {"over": "0.40"}}, "then": {"max_copies": 10}},
        {"name": "backs", "when": {"sheets": {"over": 20}}, "then": {"sides": "two-sided"}},
        {
            "name": "deny",
            "when": {"cost": {"over": "0.20"}},
            "then": {"outcome": "deny", "message": "{cost}"},
        },
    ]
)


def test_later_rules_see_what_earlier_ones_saved() -> None:
    ticket = JobTicket(Settings(copies=20))
    decision = decide(RULES, facts(job_facts(LETTER, ticket, price)), reviser(LETTER, ticket, price))
    assert [step.rule.name for step in decision.fired] == ["grey", "few", "backs"]
    assert (decision.changes.copies, decision.changes.two_sided) == (10, True)
    final = job_facts(LETTER, ticket.with_changes(decision.changes), price)
    assert final == decision.steps[-1].facts.job
    assert (final.cost, final.sheets, final.colour) == (Decimal("0.20"), 20, False)


def test_what_a_rule_changed_stands_where_nobody_could_count() -> None:
    job = Submission([Inspection("unknown")])
    revised = reviser(job, JobTicket(), price)(JobFacts(copies=3, two_sided=True, colour=False))
    assert revised == JobFacts(copies=3, two_sided=True, colour=False)


@pytest.mark.parametrize(
    ("name", "application"),
    [
        ("Microsoft Outlook - Memo Style", "Microsoft Outlook"),
        ("Microsoft manual.pdf", None),
        ("letter - draft.pdf", None),
        ("", None),
        (None, None),
    ],
)
def test_the_application_that_a_name_tells(name: str | None, application: str | None) -> None:
    assert application_of(name) == application
