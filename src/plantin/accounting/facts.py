"""The facts that policies decide on, from what is known of a job: the one place that fills them.

Promises that the dry run and the real decision are given the same facts, that what nobody could count stays
unknown, and that after a rule changed copies, sides or colour everything is counted and priced anew.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from plantin.accounting.counts import Counted, Uncountable, count_all
from plantin.accounting.ticket import ONE_SIDED, JobTicket
from plantin.inspect.report import UNKNOWN_FORMAT, Inspection
from plantin.ledger.usage import Usage
from plantin.policy.facts import JobFacts

_MICROSOFT = "Microsoft "


@dataclass(frozen=True, slots=True)
class Valuation:
    """What a usage would cost this person here, and what they lack for it; None where nobody can say."""

    cost: Decimal | None = None
    missing_money: Decimal | None = None
    missing_quota: int | None = None


Value = Callable[[Usage], Valuation]
"""Prices a usage for the person and the place of the job."""


def unpriced(usage: Usage) -> Valuation:
    """The valuation of somebody who knows no tariff."""
    return Valuation()


@dataclass(frozen=True, slots=True)
class Submission:
    """A job as it came, with its documents' inspections: all that does not depend on its paper."""

    inspections: Sequence[Inspection]
    name: str | None = None
    application: str | None = None
    spool_bytes: int | None = None
    account: str | None = None
    duplicate_age_seconds: int | None = None

    @property
    def document_format(self) -> str | None:
        """What the documents are found to be; None when that is unknown, or when they differ."""
        formats = {inspection.format for inspection in self.inspections}
        found = formats.pop() if len(formats) == 1 else UNKNOWN_FORMAT
        return None if found == UNKNOWN_FORMAT else found


def job_facts(submission: Submission, ticket: JobTicket, value: Value = unpriced) -> JobFacts:
    """The facts of a job that prints with this ticket."""
    try:
        counted = count_all(submission.inspections, ticket)
    except Uncountable:
        return _uncounted(submission, ticket)
    return _counted(submission, counted, value(counted.usage))


def reviser(
    submission: Submission, ticket: JobTicket, value: Value = unpriced
) -> Callable[[JobFacts], JobFacts]:
    """What `policy.decide` asks after a rule changed the job: its facts counted and priced anew."""
    before = job_facts(submission, ticket)

    def revise(wanted: JobFacts) -> JobFacts:
        changed = ticket.changed(
            copies=wanted.copies if wanted.copies != before.copies else None,
            two_sided=wanted.two_sided if wanted.two_sided != before.two_sided else None,
            monochrome=wanted.colour is False and before.colour is not False,
        )
        found = job_facts(submission, changed, value)
        # What the rule said stands, also where nobody could count.
        return replace(found, copies=wanted.copies, two_sided=wanted.two_sided, colour=wanted.colour)

    return revise


def application_of(name: str | None) -> str | None:
    """The program that printed, where the job's name tells it: Microsoft's put theirs before the document's
    ("Microsoft Word - letter.docx"). None when it does not."""
    if name is None or not name.startswith(_MICROSOFT):
        return None
    application, dash, _ = name.partition(" - ")
    return application if dash else None


def _common(submission: Submission) -> JobFacts:
    return JobFacts(
        name=submission.name,
        application=submission.application or application_of(submission.name),
        document_format=submission.document_format,
        spool_bytes=submission.spool_bytes,
        account=submission.account,
        duplicate_age_seconds=submission.duplicate_age_seconds,
    )


def _counted(submission: Submission, counted: Counted, value: Valuation) -> JobFacts:
    return replace(
        _common(submission),
        pages=counted.input_pages,
        impressions=counted.impressions,
        colour_impressions=counted.colour_impressions,
        mono_impressions=counted.mono_impressions,
        sheets=counted.sheets,
        copies=counted.copies,
        two_sided=counted.two_sided,
        colour=counted.colour_impressions > 0,
        paper_sizes=counted.paper_sizes,
        cost=value.cost,
        missing_money=value.missing_money,
        missing_quota=value.missing_quota,
    )


def _uncounted(submission: Submission, ticket: JobTicket) -> JobFacts:
    """What the ticket says is known, whatever the document is."""
    settings = ticket.settings
    return replace(
        _common(submission),
        copies=settings.copies,
        two_sided=None if settings.sides is None else settings.sides != ONE_SIDED,
        colour=False if settings.mono_mode else None,
    )
