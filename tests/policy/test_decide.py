"""Rules in order, what they change, and the explanation."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plantin.policy.actions import VARIABLES, Outcome, Position, fill, unknown_variables
from plantin.policy.decide import Changes, decide
from plantin.policy.errors import PolicyError
from plantin.policy.facts import JobFacts, QueueFacts
from plantin.policy.limits import NUMBER_MAX, RULES_MAX, TEXT_CHARS_MAX
from plantin.policy.parse import COPIES_MAX, parse_rule, parse_rules, parse_scope
from plantin.policy.rules import Rule, RuleBook, ScopeKind, applicable

from .facts import facts

Data = dict[str, object]


def rules(*data: Data) -> tuple[Rule, ...]:
    named = [{"name": f"r{index}"} | row for index, row in enumerate(data, start=1)]
    return parse_rules(named)


DENY: Data = {"outcome": "deny", "message": "no"}
HOLD: Data = {"outcome": "hold", "message": "wait"}
ALLOW: Data = {"outcome": "allow"}


def test_without_rules_everything_is_allowed() -> None:
    decision = decide((), facts())
    assert (decision.outcome, decision.changes, decision.steps) == (Outcome.ALLOW, Changes(), ())
    assert decision.explain() == "decision: allow"


def test_rules_are_asked_from_the_house_to_the_queue_and_by_their_order() -> None:
    made = rules(
        {"scope": "queue:secure", "then": {"message": "5"}},
        {"scope": "site:main", "order": 2, "then": {"message": "4"}},
        {"scope": "site:main", "order": 1, "then": {"message": "3"}},
        {"scope": "everywhere", "then": {"message": "1"}},
        {"then": {"message": "2"}},
        {"then": {"message": "off"}, "enabled": False},
        {"scope": "queue:other", "then": {"message": "elsewhere"}},
        {"scope": "site:other", "then": {"message": "elsewhere"}},
    )
    assert decide(made, facts()).messages == ("1", "2", "3", "4", "5")
    assert len(applicable(made, QueueFacts())) == 2
    book = RuleBook(made)
    assert decide(book.of(facts().queue), facts()) == decide(made, facts())
    assert len(book.of(facts().queue)) == 6
    assert len(book.of(QueueFacts())) == 3


@pytest.mark.parametrize(
    ("outcomes", "expected", "asked"),
    [
        ([DENY, ALLOW], "deny", 1),
        ([ALLOW, DENY], "allow", 1),
        ([HOLD, DENY], "deny", 2),
        ([HOLD, ALLOW], "hold", 2),
        ([HOLD, HOLD], "hold", 2),
    ],
)
def test_deny_beats_hold_and_hold_beats_allow(outcomes: list[Data], expected: str, asked: int) -> None:
    decision = decide(
        parse_rules([{"name": str(i), "then": then} for i, then in enumerate(outcomes)]), facts()
    )
    assert decision.outcome.value == expected
    assert len(decision.fired) == asked
    assert [step.fired for step in decision.steps] == [True] * asked + [None] * (2 - asked)


def test_what_the_house_denies_no_queue_allows() -> None:
    made = rules({"scope": "queue:secure", "order": -5, "then": ALLOW}, {"then": DENY})
    assert decide(made, facts()).outcome is Outcome.DENY


def test_changes_add_up() -> None:
    made = rules(
        {"then": {"max_copies": 5, "sides": "two-sided", "watermark": "first", "route": "a"}},
        {"then": {"max_copies": 3, "monochrome": True}},
        {"then": {"max_copies": 4, "sides": "one-sided", "watermark": {"text": "2", "position": "diagonal"}}},
        {"then": {"route": "b"}},
    )
    assert decide(made, facts(copies=9)).changes == Changes(
        two_sided=False,
        monochrome=True,
        copies=3,
        route_to="b",
        watermark="2",
        watermark_position=Position.DIAGONAL,
    )


def test_later_rules_see_what_earlier_ones_changed() -> None:
    made = rules(
        {"then": {"monochrome": True, "max_copies": 2, "sides": "one-sided"}},
        {"when": {"colour": False, "copies": 2, "two_sided": False, "colour_impressions": 0}, "then": DENY},
    )
    assert decide(made, facts(copies=2)).outcome is Outcome.DENY


@pytest.mark.parametrize(
    ("then", "unknown", "known"),
    [
        (
            {"max_copies": 2},
            ["impressions", "colour_impressions", "mono_impressions", "sheets", "cost"],
            ["pages"],
        ),
        (
            {"sides": "one-sided"},
            ["sheets", "cost", "missing_money", "missing_quota"],
            ["impressions", "pages"],
        ),
        ({"monochrome": True}, ["cost"], ["sheets", "impressions", "mono_impressions"]),
        ({"sides": "two-sided"}, [], ["sheets", "cost"]),
        ({"max_copies": 9}, [], ["sheets", "cost"]),
    ],
)
def test_counts_that_a_change_made_stale_become_unknown(
    then: Data, unknown: list[str], known: list[str]
) -> None:
    made = rules(
        {"then": then}, *({"when": {"unknown": [name]}, "then": {"message": name}} for name in unknown)
    )
    made += tuple(
        replace(rule, name=f"k{rule.name}")
        for rule in rules(*({"when": {"known": [name]}, "then": {"message": name}} for name in known))
    )
    assert decide(made, facts(copies=9)).messages == (*unknown, *known)


def test_counts_are_revised_when_the_caller_can() -> None:
    seen: list[JobFacts] = []

    def revise(job: JobFacts) -> JobFacts:
        seen.append(job)
        return replace(job, cost=Decimal("0.10"))

    made = rules(
        {"then": {"monochrome": True, "message": "it was {cost}"}},
        {"then": {"confirm": "it costs {cost}"}},
    )
    decision = decide(made, facts(), revise)
    assert decision.messages == ("it was 0.30",)
    assert decision.confirmations == ("it costs 0.10",)
    assert [(job.colour, job.mono_impressions) for job in seen] == [(False, 3)]


def test_every_rule_that_fired_is_explained() -> None:
    made = rules(
        {
            "name": "Paper",
            "when": {"pages": {"over": 2}},
            "then": {"sides": "two-sided", "message": "Saved paper"},
        },
        {"name": "Guests", "when": {"group": "guests"}, "then": DENY},
        {"name": "Mark", "then": {"watermark": "{user}", "max_copies": 1, "route": "x", "monochrome": True}},
        {"name": "Ask", "scope": "site:main", "then": {"confirm": "Sure?", "sides": "one-sided"}},
        {"name": "Stop", "scope": "queue:secure", "when": {"colour": False}, "then": DENY},
        {"name": "Never", "scope": "queue:secure", "then": ALLOW},
    )
    decision = decide(made, facts())
    assert decision.explain().splitlines() == [
        "[fired] everywhere / Paper",
        "    because pages is 3, wanted over 2: yes",
        "    -> print on both sides",
        "    -> tell the person",
        "[no] everywhere / Guests",
        "    because group is library, staff, wanted guests: no",
        "[fired] everywhere / Mark",
        "    because always",
        "    -> print in black only",
        "    -> no more than 1 copies",
        "    -> route to x",
        "    -> watermark 'alice'",
        "[fired] site:main / Ask",
        "    because always",
        "    -> print on one side",
        "    -> ask the person to confirm",
        "[fired] queue:secure / Stop",
        "    because colour is no, wanted no: yes",
        "    -> deny",
        "    -> tell the person",
        "[not asked] queue:secure / Never",
        "decision: deny",
        "    message: Saved paper",
        "    message: no",
        "    to confirm: Sure?",
    ]
    assert (
        decision.reasons[0] == "Paper: print on both sides; tell the person (pages is 3, wanted over 2: yes)"
    )
    assert len(decision.reasons) == 4


def test_templates_fill_in_every_variable_once() -> None:
    template = " ".join(f"{{{name}}}" for name in sorted(VARIABLES))
    assert fill(template, facts()) == (
        "physics Microsoft Word 4.20 1 0.30 2027-03-01 lib-1 3 0 0 Letter to Ortelius.docx "
        "3 secure 2 main 10:30 alice"
    )
    assert fill("{cost} {other} { user} {}", facts(cost=None)) == "? ? ? ?"
    hostile = facts(name="{user}\x1b[31m\n{cost}" + "x" * 300)
    assert fill("<{name}>", hostile) == "<{user}[31m{cost}" + "x" * 182 + ">"
    assert unknown_variables("{user} {x} {}") == ["x", ""]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"name": None}, r"rule 1: name: None is not a text"),
        ({"name": "x" * (TEXT_CHARS_MAX + 1)}, r"rule 1: name: a text has"),
        ({"wen": {}}, r"rule 1: 'wen' is unknown; known: enabled, name"),
        ({"scope": "printer:x"}, r"rule 1 \(r\): scope: 'printer:x' is none of"),
        ({"scope": "queue"}, r"scope: 'queue' is none of"),
        ({"scope": "everywhere:x"}, r"scope: 'everywhere:x' is none of"),
        ({"order": "1"}, r"order: '1' is not a whole number"),
        ({"order": True}, r"order: True is not a whole number"),
        ({"order": NUMBER_MAX + 1}, r"order: 1000000000001 is not between"),
        ({"enabled": 1}, r"enabled: 1 is not true or false"),
        ({"when": []}, r"rule 1 \(r\): when: \[\] is not a table"),
        ({"when_unknown": "deny"}, r"when_unknown: 'deny' is none of skip, fire"),
        ({"then": None}, r"then: None is not a table"),
        ({"then": {}}, r"then: a rule does something"),
        ({"then": {"do": 1}}, r"then: 'do' is unknown"),
        ({"then": {"outcome": "ok"}}, r"then.outcome: 'ok' is none of allow, hold, deny"),
        ({"then": {"outcome": []}}, r"then.outcome: \[\] is none of"),
        ({"then": {"outcome": "deny"}}, r"outcome deny has a message that says why"),
        ({"then": {"outcome": "hold"}}, r"outcome hold has a message that says why"),
        ({"then": {"message": ""}}, r"then.message: a text has 1 to 500"),
        (
            {"then": {"message": "{pages} {colour}"}},
            r"then.message: \{colour\} is no variable; known: account",
        ),
        ({"then": {"confirm": "{x}"}}, r"then.confirm: \{x\} is no variable"),
        ({"then": {"sides": "both"}}, r"then.sides: 'both' is neither"),
        ({"then": {"sides": True}}, r"then.sides: True is not a text"),
        ({"then": {"monochrome": "yes"}}, r"then.monochrome: 'yes' is not true or false"),
        ({"then": {"max_copies": 0}}, r"then.max_copies: 0 is not between 1 and 9999"),
        ({"then": {"max_copies": COPIES_MAX + 1}}, r"then.max_copies: 10000 is not between"),
        ({"then": {"route": ""}}, r"then.route: a text has"),
        ({"then": {"watermark": 3}}, r"then.watermark: 3 is not a table"),
        ({"then": {"watermark": {}}}, r"then.watermark: a watermark has a text"),
        ({"then": {"watermark": {"text": "x", "angle": 3}}}, r"then.watermark: 'angle' is unknown"),
        (
            {"then": {"watermark": {"text": "x", "position": "left"}}},
            r"watermark.position: 'left' is none of",
        ),
        ({"then": {"watermark": "{x}"}}, r"then.watermark.text: \{x\} is no variable"),
    ],
)
def test_wrong_rules_are_refused_with_their_place(change: Data, reason: str) -> None:
    with pytest.raises(PolicyError, match=reason) as refused:
        parse_rules([{"name": "r", "then": ALLOW} | change])
    assert refused.value.where.startswith("rule 1")
    assert refused.value.reason


def test_rules_are_bounded_and_their_names_differ() -> None:
    many = [{"name": f"r{number}", "then": ALLOW} for number in range(RULES_MAX + 1)]
    assert len(parse_rules(many[:-1])) == RULES_MAX
    with pytest.raises(PolicyError, match="20001 rules"):
        parse_rules(many)
    with pytest.raises(PolicyError, match=r"rules: {} is not a list"):
        parse_rules({})
    with pytest.raises(PolicyError, match="rule 2: another rule of everywhere is named 'r'"):
        parse_rules([{"name": "r", "then": ALLOW}] * 2)
    assert (
        len(parse_rules([{"name": "r", "then": ALLOW}, {"name": "r", "scope": "queue:x", "then": ALLOW}]))
        == 2
    )


def test_a_rule_and_a_scope_are_parsed_alone() -> None:
    rule = parse_rule({"name": "r", "scope": "site:main:2", "then": {"max_copies": COPIES_MAX}})
    assert (rule.scope.kind, rule.scope.name, str(rule.scope)) == (ScopeKind.SITE, "main:2", "site:main:2")
    assert str(parse_scope("everywhere")) == "everywhere"


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
keys = st.sampled_from(
    [
        "name",
        "when",
        "then",
        "scope",
        "outcome",
        "message",
        "pages",
        "user",
        "group",
        "time",
        "all",
        "not",
        "over",
    ]
)
garbage = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(keys | st.text(max_size=3), inner, max_size=4)
    ),
)


@given(garbage)
def test_garbage_is_a_rule_or_an_error_with_a_place(data: object) -> None:
    for read in (parse_rules, parse_rule):
        try:
            read(data)
        except PolicyError as error:
            assert error.where
