"""Every restriction and conversion filter of PaperCut, and its ready recipes, as rules of ours."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from plantin.policy.actions import Outcome
from plantin.policy.decide import Decision, decide
from plantin.policy.parse import parse_rules

from .facts import facts

Data = dict[str, object]


def run(when: Data, then: Data, **changes: object) -> Decision:
    rules = parse_rules([{"name": "filter", "when": when, "then": then}])
    return decide(rules, facts(**changes))


def deny(message: str) -> Data:
    return {"outcome": "deny", "message": message}


RESTRICTIONS: list[tuple[str, Data, Data, Data]] = [
    ("only some groups print here", {"not": {"group": ["staff"]}}, {"groups": frozenset({"guests"})}, {}),
    ("some groups never print here", {"group": "guests"}, {"groups": frozenset({"guests"})}, {}),
    (
        "only some groups print in colour",
        {"colour": True, "not": {"group": "design"}},
        {"groups": frozenset({"staff"})},
        {"colour": False},
    ),
    (
        "the cost of a job is bounded",
        {"cost": {"over": "2.50"}},
        {"cost": Decimal("2.51")},
        {"cost": Decimal("2.50")},
    ),
    ("the pages of a job are bounded", {"pages": {"over": 100}}, {"pages": 101}, {"pages": 100}),
    ("the copies of a job are bounded", {"copies": {"over": 5}}, {"copies": 6}, {"copies": 5}),
    ("one side only", {"two_sided": True}, {"two_sided": True}, {"two_sided": False}),
    ("both sides only", {"two_sided": False}, {"two_sided": False}, {"two_sided": True}),
    (
        "both sides for more than one page",
        {"two_sided": False, "pages": {"over": 1}},
        {"two_sided": False},
        {"two_sided": False, "pages": 1},
    ),
    ("colour only", {"colour": False}, {"colour": False}, {}),
    ("black only", {"colour": True}, {}, {"colour": False}),
    ("no such names", {"name": ["*.mp3", "*confidential*"]}, {"name": "The CONFIDENTIAL report.pdf"}, {}),
    ("no such extensions", {"name": "*.exe"}, {"name": "setup.EXE"}, {"name": "exe"}),
    (
        "no such formats",
        {"format": "application/postscript"},
        {"document_format": "application/postscript"},
        {},
    ),
    (
        "only some paper sizes",
        {"not": {"paper": {"only": ["A4", "A5", "Letter"]}}},
        {"paper_sizes": frozenset({"A4", "A3"})},
        {"paper_sizes": frozenset({"A4", "A5"})},
    ),
    ("the spool file is bounded", {"spool_bytes": {"over": 500_000_000}}, {"spool_bytes": 500_000_001}, {}),
    ("no duplicates", {"duplicate_within": 60}, {"duplicate_age_seconds": 60}, {"duplicate_age_seconds": 61}),
    (
        "only for restricted persons",
        {"restricted": True, "pages": {"over": 1}},
        {"restricted": True},
        {"restricted": False},
    ),
    (
        "colour pages in a year",
        {"colour": True, "missing_quota": {"over": 0}},
        {"missing_quota": 3},
        {"missing_quota": 3, "colour": False},
    ),
    ("no money", {"missing_money": {"over": 0}}, {"missing_money": Decimal("0.01")}, {}),
]


@pytest.mark.parametrize(
    ("text", "when", "refused", "passed"), RESTRICTIONS, ids=[r[0] for r in RESTRICTIONS]
)
def test_restriction_filters(text: str, when: Data, refused: Data, passed: Data) -> None:
    decision = run(when, deny(f"Sorry, {{user}}: {text}"), **refused)
    assert decision.outcome is Outcome.DENY
    assert decision.messages == (f"Sorry, alice: {text}",)
    assert len(decision.reasons) == 1
    assert run(when, deny(text), **passed).outcome is Outcome.ALLOW


@pytest.mark.parametrize("group", [None, "students"])
def test_conversion_to_grey_for_all_or_for_groups(group: str | None) -> None:
    when: Data = {"colour": True} | ({"group": group} if group else {})
    decision = run(when, {"monochrome": True}, groups=frozenset({"students"}))
    assert decision.outcome is Outcome.ALLOW
    assert decision.changes.monochrome
    assert run(when, {"monochrome": True}, groups=frozenset({"staff"})).changes.monochrome is (group is None)


@pytest.mark.parametrize("group", [None, "students"])
def test_conversion_to_both_sides_for_all_or_for_groups(group: str | None) -> None:
    when: Data = {"two_sided": False} | ({"group": group} if group else {})
    assert run(
        when, {"sides": "two-sided"}, two_sided=False, groups=frozenset({"students"})
    ).changes.two_sided
    assert run(when, {"sides": "two-sided"}, two_sided=True).changes.two_sided is None


def test_copies_are_capped() -> None:
    assert run({}, {"max_copies": 5}, copies=9).changes.copies == 5
    assert run({}, {"max_copies": 5}, copies=5).changes.copies is None
    assert run({}, {"max_copies": 5}, copies=None).changes.copies == 5


def test_recipe_large_jobs_are_held() -> None:
    then: Data = {"outcome": "hold", "message": "{pages} pages: ask at the desk"}
    decision = run({"pages": {"over": 100}}, then, pages=250)
    assert (decision.outcome, decision.messages) == (Outcome.HOLD, ("250 pages: ask at the desk",))


def test_recipe_large_jobs_are_routed() -> None:
    then: Data = {"route": "high-volume", "message": "Your job prints on {queue}'s big sister."}
    decision = run({"sheets": {"at_least": 50}}, then, sheets=50)
    assert decision.changes.route_to == "high-volume"
    assert decision.messages == ("Your job prints on secure's big sister.",)


def test_recipe_colour_is_discouraged_by_a_question_with_the_price() -> None:
    decision = run({"colour": True}, {"confirm": "Colour costs {cost} of your {balance}. Print?"})
    assert decision.outcome is Outcome.ALLOW
    assert decision.confirmations == ("Colour costs 0.30 of your 4.20. Print?",)


def test_recipe_mails_print_in_grey() -> None:
    when: Data = {"any": [{"application": ["*outlook*", "Thunderbird"]}, {"name": "Inbox*"}]}
    assert run(when, {"monochrome": True}, application="Microsoft Outlook").changes.monochrome
    assert run(when, {"monochrome": True}, name="inbox - alice@example.org").changes.monochrome
    assert not run(when, {"monochrome": True}).changes.monochrome


def test_recipe_a_watermark_with_variables() -> None:
    then: Data = {"watermark": {"text": "{user} {date} {time} {device}", "position": "top"}}
    changes = run({}, then, moment=datetime(2027, 3, 1, 9, 5, tzinfo=UTC)).changes
    assert changes.watermark == "alice 2027-03-01 09:05 lib-1"
    assert changes.watermark_position is not None
    assert changes.watermark_position.value == "top"


def test_recipe_nobody_prints_at_night() -> None:
    when: Data = {"time": {"between": "22:00-06:00"}}
    at = {
        hour: run(when, deny("closed"), moment=datetime(2027, 3, 1, hour, tzinfo=UTC))
        for hour in (5, 6, 21, 22)
    }
    assert [at[hour].outcome.value for hour in (5, 6, 21, 22)] == ["deny", "allow", "allow", "deny"]


@pytest.mark.parametrize(
    "changes", [{"pages": None}, {"document_format": "application/octet-stream", "pages": None}]
)
def test_a_document_that_nobody_could_count_does_not_count_zero(changes: Data) -> None:
    over: Data = {"pages": {"over": 100}}
    assert run(over, deny("too long"), **changes).fired == ()
    assert run({"not": over}, {"outcome": "allow"}, **changes).fired == ()
    assert run({"unknown": "pages"}, deny("what is it?"), **changes).outcome is Outcome.DENY
    strict = [
        {"name": "f", "when": over, "when_unknown": "fire", "then": deny("too long, or not to be counted")}
    ]
    assert decide(parse_rules(strict), facts(**changes)).outcome is Outcome.DENY
