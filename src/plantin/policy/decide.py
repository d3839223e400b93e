"""The decision about a job: what the rules make of it, and every reason.

Promises that the same facts and rules give the same decision, that every rule that fired is in it with its
reasons, and that later rules see what earlier ones changed (copies, sides, colour). Deny beats hold, hold
beats allow; of several caps the lowest counts; of several values for sides, route or watermark the last.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from .actions import Actions, Outcome, Position, fill
from .facts import Facts, JobFacts
from .rules import Rule, WhenUnknown, applicable


@dataclass(frozen=True, slots=True)
class Changes:
    """What is changed in the job before it prints; None or False leaves it as it is."""

    two_sided: bool | None = None
    monochrome: bool = False
    copies: int | None = None
    route_to: str | None = None
    watermark: str | None = None
    watermark_position: Position | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """What one rule said: `fired` None when it was not asked, because an earlier rule was final.

    `facts` are those that the rule saw; the reasons are put in words only when somebody wants them.
    """

    rule: Rule
    fired: bool | None
    facts: Facts
    did: tuple[str, ...] = ()

    @property
    def because(self) -> tuple[str, ...]:
        """Why it fired, or did not."""
        if self.fired is None:
            return ()
        return self.rule.when.evaluate(self.facts).because or ("always",)


@dataclass(frozen=True, slots=True)
class Decision:
    """The outcome, the changes, what the person is told and asked, and the whole way to it."""

    outcome: Outcome
    changes: Changes
    messages: tuple[str, ...]
    confirmations: tuple[str, ...]
    steps: tuple[Step, ...]

    @property
    def fired(self) -> tuple[Step, ...]:
        """The rules that fired, in order."""
        return tuple(step for step in self.steps if step.fired)

    @property
    def reasons(self) -> tuple[str, ...]:
        """One line for each rule that fired: its name, what it did, and why."""
        return tuple(
            f"{step.rule.name}: {'; '.join(step.did)} ({'; '.join(step.because)})" for step in self.fired
        )

    def explain(self) -> str:
        """The dry run for people: every rule of this queue and what it said."""
        lines = []
        for step in self.steps:
            mark = {True: "fired", False: "no", None: "not asked"}[step.fired]
            lines.append(f"[{mark}] {step.rule.scope} / {step.rule.name}")
            lines += [f"    because {text}" for text in step.because]
            lines += [f"    -> {text}" for text in step.did]
        lines.append(f"decision: {self.outcome.value}")
        lines += [f"    message: {text}" for text in self.messages]
        lines += [f"    to confirm: {text}" for text in self.confirmations]
        return "\n".join(lines)


def decide(
    rules: Iterable[Rule], facts: Facts, revise: Callable[[JobFacts], JobFacts] | None = None
) -> Decision:
    """The decision of the rules for these facts.

    `revise` is asked after a rule changed the job's copies, sides or colour, and returns its facts with
    sheets, impressions and cost counted anew; without it those become unknown, never stale.
    """
    outcome = Outcome.ALLOW
    changes = Changes()
    messages: list[str] = []
    confirmations: list[str] = []
    steps: list[Step] = []
    ended = False
    for rule in applicable(rules, facts.queue):
        if ended:
            steps.append(Step(rule, None, facts))
            continue
        answer = rule.when.answer(facts)
        if not (answer or (answer is None and rule.when_unknown is WhenUnknown.FIRE)):
            steps.append(Step(rule, False, facts))
            continue
        then, seen = rule.then, facts
        changes, did = _changed(changes, then, facts)
        # Told with the facts that the rule saw, not with those that its own change made unknown.
        if then.message:
            messages.append(fill(then.message, facts))
        if then.confirm:
            confirmations.append(fill(then.confirm, facts))
        facts = replace(facts, job=_after(facts.job, then, revise))
        if then.outcome is not None:
            did.insert(0, then.outcome.value)
            outcome = then.outcome if then.outcome is not Outcome.ALLOW else outcome
            ended = then.is_final
        steps.append(Step(rule, True, seen, tuple(did)))
    return Decision(outcome, changes, tuple(messages), tuple(confirmations), tuple(steps))


def _changed(changes: Changes, then: Actions, facts: Facts) -> tuple[Changes, list[str]]:
    """The changes so far with this rule's, and what it did in words."""
    did = []
    if then.two_sided is not None:
        changes = replace(changes, two_sided=then.two_sided)
        did.append("print on both sides" if then.two_sided else "print on one side")
    if then.monochrome:
        changes = replace(changes, monochrome=True)
        did.append("print in black only")
    if then.max_copies is not None:
        copies = facts.job.copies
        if copies is None or copies > then.max_copies:
            changes = replace(changes, copies=then.max_copies)
        did.append(f"no more than {then.max_copies} copies")
    if then.route_to is not None:
        changes = replace(changes, route_to=then.route_to)
        did.append(f"route to {then.route_to}")
    if then.watermark is not None:
        text = fill(then.watermark.text, facts)
        changes = replace(changes, watermark=text, watermark_position=then.watermark.position)
        did.append(f"watermark {text!r}")
    if then.confirm:
        did.append("ask the person to confirm")
    if then.message:
        did.append("tell the person")
    return changes, did


def _after(job: JobFacts, then: Actions, revise: Callable[[JobFacts], JobFacts] | None) -> JobFacts:
    """The job's facts after a rule changed it."""
    changed = job
    if then.two_sided is not None:
        changed = replace(changed, two_sided=then.two_sided)
    if then.monochrome:
        changed = replace(changed, colour=False, colour_impressions=0, mono_impressions=job.impressions)
    if then.max_copies is not None and (job.copies is None or job.copies > then.max_copies):
        changed = replace(changed, copies=then.max_copies)
    if changed == job:
        return job
    if revise is not None:
        return revise(changed)
    return _without_counts(job, changed)


def _without_counts(job: JobFacts, changed: JobFacts) -> JobFacts:
    """What the change may have made wrong becomes unknown."""
    if changed.copies != job.copies:
        changed = replace(
            changed, impressions=None, colour_impressions=None, mono_impressions=None, sheets=None
        )
    elif changed.two_sided != job.two_sided:
        changed = replace(changed, sheets=None)
    return replace(changed, cost=None, missing_money=None, missing_quota=None)
