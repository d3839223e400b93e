"""May this job print? Rules, price and purses asked in their order, and one answer.

Promises the order of `docs/ledger.md`: who pays, what it costs, what the rules say, then whether the money is
there, which the reservation in the same transaction decides for good. A job that nobody can count is never
taken for a job that costs nothing. A person's release answers a hold and a question, never a denial and never
an empty purse.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from plantin.accounting.counts import Counted, Uncountable, count_all
from plantin.accounting.facts import Submission, Valuation, job_facts, reviser
from plantin.accounting.lines import lines_json
from plantin.accounting.ticket import JobTicket
from plantin.core.states import Reason
from plantin.ledger.accounts import lineage
from plantin.ledger.errors import AccountClosed, LedgerError, NotPermitted
from plantin.ledger.headroom import Headroom
from plantin.ledger.money import format_amount, to_decimal, unit_of
from plantin.ledger.payer import choose_payers
from plantin.ledger.price import Price, price_usage
from plantin.ledger.quotas import job_charges
from plantin.ledger.requests import Charge, Share
from plantin.ledger.split import largest_remainder
from plantin.ledger.tariffs import Place, PriceList
from plantin.ledger.usage import Usage
from plantin.ledger.verdict import Answer, Counts, Person, Verdict
from plantin.ledger.view import View
from plantin.policy.actions import Outcome
from plantin.policy.decide import Changes, Decision, decide
from plantin.policy.facts import Facts, JobFacts, PrincipalFacts, QueueFacts
from plantin.policy.rules import Rule


@dataclass(frozen=True, slots=True)
class Asking:
    """A job that wants to print, with all that does not change while it is decided."""

    submission: Submission
    ticket: JobTicket
    place: Place
    moment: datetime
    """Now, in the site's local time (aware)."""
    currency: str
    client: str = ""
    authenticated: bool | None = None
    account: str = ""
    """``job-account-id`` as the job gives it."""
    accounting_user: str = ""
    answered: frozenset[str] = frozenset()
    """The reasons of the holds that a person has released it from."""
    routed: bool = False
    """The rules have sent it here; they do not send it on."""
    counted: Counted | None = None
    """What `submission` makes with `ticket`, where somebody has counted it already."""


Rewrite = Callable[[Changes, JobTicket], bytes]
"""The job's attributes with what the rules changed."""


_UNCHANGED = Changes()
_NO_RULES = Decision(Outcome.ALLOW, _UNCHANGED, (), (), ())


@dataclass(frozen=True, slots=True)
class _Means:
    """What pays for it."""

    shares: tuple[Share, ...]
    person: Person
    view: View
    currency: str

    def charges(self, price: Price | None, usage: Usage) -> tuple[Charge, ...]:
        return charges_of(self.shares, self.person, self.currency, price, usage)

    @property
    def limited(self) -> bool:
        """Whether some payer has only purses with a limit, of their own or of a cost centre above."""
        return any(all(map(self._is_limited, share.purses)) for share in self.shares)

    def _is_limited(self, purse: str) -> bool:
        find = self.view.account
        line = lineage(find(purse), find)
        return any(one.floor(self.view.default_overdraft(one.unit)) is not None for one in line)

    def missing(self, minor: int) -> int:
        parts = largest_remainder(minor, [share.weight for share in self.shares])
        room = Headroom(self.view)
        lacking = 0
        for share, part in zip(self.shares, parts, strict=True):
            left = part
            for purse in share.purses:
                account = self.view.account(purse)
                drawn = min(left, room.room(account))
                room.take(account, drawn)
                left -= drawn
            lacking += left
        return lacking

    def missing_pages(self, usage: Usage) -> int:
        room = Headroom(self.view)
        return sum(
            max(0, kind.count(usage) - room.room(self.view.account(account)))
            for kind, account in self.person.quotas
        )


def charges_of(
    shares: tuple[Share, ...], person: Person, currency: str, price: Price | None, usage: Usage
) -> tuple[Charge, ...]:
    """What a usage charges: its price to the payers, its pages to the quotas; no charge of nothing."""
    unit = price.unit if price is not None else unit_of(currency)
    every = job_charges(
        price or Price(0, unit, ()),
        shares,
        f"revenue:{unit.code}",
        f"grant:{unit.code}",
        usage,
        person.quotas,
    )
    return tuple(charge for charge in every if charge.amount)


def price_at(
    prices: PriceList, usage: Usage, place: Place, at: datetime, groups: frozenset[str]
) -> tuple[Price | None, str]:
    """The price, or why there is none; no tariff in the whole place means that printing is free there."""
    tariffs = prices.of(place)
    if not tariffs:
        return None, ""
    try:
        return price_usage(usage, tariffs, place, at, groups), ""
    except LedgerError as error:
        return None, str(error)


def assess(
    asking: Asking, person: Person, rules: Sequence[Rule], prices: PriceList, view: View, rewrite: Rewrite
) -> Verdict:
    """The answer. Reads accounts by `view`, changes nothing; the caller reserves `charges`."""
    try:
        shares = choose_payers(person.payer, view.account, asking.account, asking.accounting_user)
    except LedgerError as error:
        reason = {NotPermitted: Reason.ACCOUNT_REFUSED, AccountClosed: Reason.ACCOUNT_CLOSED}
        return Verdict(Answer.HELD, reason.get(type(error), Reason.ACCOUNT_INFO), str(error))
    means = _Means(shares, person, view, asking.currency)
    decision = _decide(asking, person, rules, prices, means)
    changes = decision.changes
    ticket = asking.ticket.with_changes(changes) if changes != _UNCHANGED else asking.ticket
    verdict = _priced(asking, ticket, prices, means, decision)
    return _changed(asking, verdict, decision, ticket, rewrite)


def deliberate(
    asking: Asking, person: Person, rules: Sequence[Rule], prices: PriceList, view: View
) -> Decision:
    """What the rules alone say, every step of it: the dry run.

    Raises `LedgerError` when nobody can be found who pays.
    """
    shares = choose_payers(person.payer, view.account, asking.account, asking.accounting_user)
    return _decide(asking, person, rules, prices, _Means(shares, person, view, asking.currency))


def _decide(
    asking: Asking, person: Person, rules: Sequence[Rule], prices: PriceList, means: _Means
) -> Decision:
    if not rules:
        return _NO_RULES
    unit = unit_of(asking.currency)

    def value(usage: Usage) -> Valuation:
        price, _ = price_at(prices, usage, asking.place, asking.moment, person.payer.groups)
        lacking = means.missing(price.minor) if price is not None else 0
        return Valuation(
            to_decimal(price.minor, price.unit) if price is not None else None,
            to_decimal(lacking, unit),
            means.missing_pages(usage),
        )

    facts = Facts(
        job_facts(asking.submission, asking.ticket, value),
        PrincipalFacts(
            user=person.payer.user,
            groups=person.payer.groups,
            authenticated=asking.authenticated,
            restricted=person.restricted,
            balance=to_decimal(person.balance, unit),
            client_address=asking.client or None,
        ),
        QueueFacts(asking.place.queue, asking.place.device, asking.place.device_groups, asking.place.site),
        asking.moment,
    )

    def revise(job: JobFacts) -> JobFacts:
        return reviser(asking.submission, asking.ticket, value)(job)

    return decide(rules, facts, revise)


def _priced(
    asking: Asking, ticket: JobTicket, prices: PriceList, means: _Means, decision: Decision
) -> Verdict:
    groups = means.person.payer.groups
    try:
        whole = asking.counted if ticket is asking.ticket else None
        counted = whole or count_all(asking.submission.inspections, ticket)
    except Uncountable as error:
        unsure = bool(means.person.quotas) or (means.limited and bool(prices.of(asking.place)))
        if unsure and Reason.ACCOUNT_INFO not in asking.answered:
            text = f"nobody can say what it costs: {error}"
            return _verdict(Answer.HELD, decision, Reason.ACCOUNT_INFO, text, Counts(error=str(error)))
        admitted = _verdict(Answer.ADMITTED, decision, "", str(error), Counts(error=str(error)))
        return replace(admitted, payers=means.shares)
    price, why = price_at(prices, counted.usage, asking.place, asking.moment, groups)
    counts = counts_of(counted)
    if why and means.limited and Reason.ACCOUNT_INFO not in asking.answered:
        return _verdict(Answer.HELD, decision, Reason.ACCOUNT_INFO, why, counts)
    text = _summary(counted, price)
    verdict = _verdict(Answer.ADMITTED, decision, "", text, counts)
    return replace(
        verdict,
        payers=means.shares,
        charges=means.charges(price, counted.usage),
        unit=asking.currency if price is None else price.unit.code,
        quote_minor=-1 if price is None else price.minor,
        quote_lines="[]" if price is None else lines_json(price),
    )


def _verdict(answer: Answer, decision: Decision, reason: str, message: str, counts: Counts) -> Verdict:
    return Verdict(answer, reason, message, decision.explain(), counts=counts)


def _changed(
    asking: Asking, verdict: Verdict, decision: Decision, ticket: JobTicket, rewrite: Rewrite
) -> Verdict:
    """The rules' own answer goes before the price's: deny, route, hold, question."""
    told = " ".join(decision.messages)
    explain = decision.explain()
    if decision.outcome is Outcome.DENY:
        return Verdict(Answer.DENIED, "", told, explain, counts=verdict.counts)
    changes = decision.changes
    if changes.route_to and changes.route_to != asking.place.queue and not asking.routed:
        text = told or f"the rules send it to queue {changes.route_to}"
        return Verdict(Answer.ROUTED, "", text, explain, changes.route_to, counts=verdict.counts)
    base = replace(
        verdict,
        message=" ".join(part for part in (told, verdict.message) if part),
        attributes=rewrite(changes, ticket) if changes != Changes(route_to=changes.route_to) else None,
        copies=changes.copies,
    )
    if decision.outcome is Outcome.HOLD and Reason.POLICY_HOLD not in asking.answered:
        return _held(base, Reason.POLICY_HOLD, told or "the rules hold it")
    if decision.confirmations and not asking.answered & {Reason.TO_BE_CONFIRMED, Reason.POLICY_HOLD}:
        return _held(base, Reason.TO_BE_CONFIRMED, " ".join(decision.confirmations))
    return base


def _held(verdict: Verdict, reason: str, message: str) -> Verdict:
    """Held as it came: what the rules change is changed when it is let through, and asked for again then."""
    return Verdict(
        Answer.HELD,
        reason,
        message,
        verdict.explain,
        unit=verdict.unit,
        quote_minor=verdict.quote_minor,
        quote_lines=verdict.quote_lines,
        counts=verdict.counts,
    )


def counts_of(counted: Counted) -> Counts:
    """The numbers as they are kept."""
    return Counts(
        counted.pages,
        counted.input_pages,
        counted.copies,
        counted.colour_impressions,
        counted.mono_impressions,
        counted.sheets,
        counted.blank_sides,
    )


def _summary(counted: Counted, price: Price | None) -> str:
    sides = f"{counted.impressions} impression{'s' * (counted.impressions != 1)}"
    if counted.colour_impressions:
        sides += f", {counted.colour_impressions} in colour,"
    text = f"{sides} on {counted.sheets} sheet{'s' * (counted.sheets != 1)}"
    return text if price is None else f"{text}: {format_amount(price.minor, price.unit)}"
