"""The condition language: three answers, bounded patterns, times, and errors that say where."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from fnmatch import translate
from re import DOTALL, IGNORECASE, fullmatch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plantin.policy.conditions import All, Any, Condition, Not, YesNoTest
from plantin.policy.errors import PolicyError
from plantin.policy.facts import FACTS
from plantin.policy.glob import glob_matches
from plantin.policy.limits import (
    CHOICES_MAX,
    CONDITION_DEPTH_MAX,
    CONDITION_TERMS_MAX,
    NUMBER_MAX,
    PATTERN_CHARS_MAX,
    SUBJECT_CHARS_MAX,
)
from plantin.policy.parse_condition import parse_condition

from .facts import facts


def answer(when: object, **changes: object) -> bool | None:
    return parse_condition(when, "when").evaluate(facts(**changes)).answer


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ({}, True),
        ({"user": "alice"}, True),
        ({"user": "ALICE"}, True),
        ({"user": ["bob", "al*"]}, True),
        ({"user": "bob"}, False),
        ({"group": "staff"}, True),
        ({"group": ["x", "lib*"]}, True),
        ({"group": {"only": ["staff", "library"]}}, True),
        ({"group": {"only": "staff"}}, False),
        ({"device_group": "big"}, True),
        ({"queue": "secure", "device": "lib-?", "site": "main", "account": "physics"}, True),
        ({"client": "192.0.2.*"}, True),
        ({"authenticated": True}, True),
        ({"authenticated": False}, False),
        ({"pages": 3}, True),
        ({"pages": {"over": 3}}, False),
        ({"pages": {"at_least": 3}}, True),
        ({"pages": {"under": 3}}, False),
        ({"pages": {"at_most": 3}}, True),
        ({"pages": {"is": 4}}, False),
        ({"pages": {"over": 2, "under": 4}}, True),
        ({"pages": {"over": 2, "under": 3}}, False),
        ({"cost": {"over": "0.299999"}}, True),
        ({"cost": "0.3"}, True),
        ({"balance": {"under": 5}}, True),
        ({"impressions": 3, "colour_impressions": 1, "mono_impressions": 2, "sheets": 2}, True),
        ({"all": [{"pages": 3}, {"user": "alice"}]}, True),
        ({"all": [{"pages": 3}, {"user": "bob"}]}, False),
        ({"any": [{"pages": 4}, {"user": "alice"}]}, True),
        ({"any": [{"pages": 4}, {"user": "bob"}]}, False),
        ({"not": {"pages": 4}}, True),
        ({"pages": 3, "not": {"user": "bob"}, "any": [{"site": "main"}]}, True),
        ({"known": ["pages", "cost"]}, True),
        ({"unknown": "pages"}, False),
        ({"duplicate_within": 60}, False),
    ],
)
def test_answers(when: object, expected: bool) -> None:
    assert answer(when) is expected


UNKNOWN = {"pages": None}


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ({"pages": {"over": 1}}, None),
        ({"not": {"pages": {"over": 1}}}, None),
        ({"all": [{"pages": 1}, {"user": "bob"}]}, False),
        ({"all": [{"pages": 1}, {"user": "alice"}]}, None),
        ({"any": [{"pages": 1}, {"user": "alice"}]}, True),
        ({"any": [{"pages": 1}, {"user": "bob"}]}, None),
        ({"unknown": "pages"}, True),
        ({"known": "pages"}, False),
        ({"unknown": ["pages", "cost"]}, False),
    ],
)
def test_what_is_not_known_is_neither_yes_nor_no(when: object, expected: bool | None) -> None:
    assert answer(when, pages=None) is expected


@pytest.mark.parametrize("fact", sorted(set(FACTS) - {"duplicate_within"}))
def test_every_fact_can_be_unknown(fact: str) -> None:
    attribute = {
        "group": "groups",
        "client": "client_address",
        "device_group": "device_groups",
        "format": "document_format",
        "paper": "paper_sizes",
    }.get(fact, fact)
    value: object = {str: "x", frozenset: "x", bool: True}.get(FACTS[fact][0], 1)
    assert answer({fact: value}, **{attribute: None}) is None
    if FACTS[fact][0] is frozenset:
        assert answer({fact: {"only": "x"}}, **{attribute: None}) is None
        assert answer({fact: {"only": "x"}}, **{attribute: frozenset()}) is False


@pytest.mark.parametrize(
    ("test", "moment", "expected"),
    [
        ({"between": "08:00-18:00"}, "2027-03-01T08:00", True),
        ({"between": "08:00-18:00"}, "2027-03-01T07:59", False),
        ({"between": "08:00-18:00"}, "2027-03-01T18:00", False),
        ({"between": "22:00-06:00"}, "2027-03-01T23:00", True),
        ({"between": "22:00-06:00"}, "2027-03-01T05:59", True),
        ({"between": "22:00-06:00"}, "2027-03-01T06:00", False),
        ({"between": "22:00-24:00"}, "2027-03-01T23:59", True),
        ({"between": "22:00-00:00"}, "2027-03-01T21:59", False),
        ({"weekdays": "mon-fri"}, "2027-03-05T12:00", True),
        ({"weekdays": ["mon-fri"]}, "2027-03-06T12:00", False),
        ({"weekdays": ["sat", "Sun"]}, "2027-03-07T12:00", True),
        ({"weekdays": "fri-mon"}, "2027-03-01T12:00", True),
        ({"weekdays": "fri-mon"}, "2027-03-02T12:00", False),
        ({"from": date(2027, 3, 1), "until": "2027-03-02"}, "2027-03-02T23:59", True),
        ({"from": "2027-03-02"}, "2027-03-01T23:59", False),
        ({"until": date(2027, 2, 28)}, "2027-03-01T00:00", False),
        ({"between": "08:00-18:00", "weekdays": "mon"}, "2027-03-02T12:00", False),
    ],
)
def test_times(test: object, moment: str, expected: bool) -> None:
    at = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    assert answer({"time": test}, moment=at) is expected


def test_answers_are_explained() -> None:
    def words(when: object, **changes: object) -> tuple[str, ...]:
        return parse_condition(when, "when").evaluate(facts(**changes)).because

    assert words({"pages": {"at_least": 2}}) == ("pages is 3, wanted at least 2: yes",)
    assert words({"cost": {"over": "2.50"}}) == ("cost is 0.30, wanted over 2.50: no",)
    assert words({"colour": False}) == ("colour is yes, wanted no: no",)
    assert words({"user": ["bob", "al*"]}) == ("user is 'alice', wanted bob or al*: yes",)
    assert words({"group": "x"}) == ("group is library, staff, wanted x: no",)
    assert words({"group": "x"}, groups=frozenset()) == ("group is none, wanted x: no",)
    assert words({"group": {"only": "x"}}, groups=frozenset(f"g{n}" for n in range(9))) == (
        "group is g0, g1, g2, g3, g4, g5, g6, g7, ..., wanted only x: no",
    )
    assert words({"pages": 1}, pages=None) == ("pages is unknown, wanted 1: not known",)
    assert words({"known": "pages"}) == ("pages is 3, wanted known: yes",)
    assert words({"time": {"weekdays": "mon"}}) == ("time is Mon 2027-03-01 10:30: yes",)
    assert words({"not": {"user": "bob"}}) == ("not (user is 'alice', wanted bob: no)",)
    assert words({"pages": 3, "user": "bob"}) == ("user is 'alice', wanted bob: no",)
    assert words({}) == ()


@given(st.text("ab*?", max_size=8), st.text("ab", max_size=10))
def test_patterns_are_those_of_the_shell(pattern: str, subject: str) -> None:
    expected = fullmatch(translate(pattern), subject, IGNORECASE | DOTALL) is not None
    assert glob_matches(pattern, subject) is expected


def test_patterns_ignore_capitals_and_take_everything_else_as_it_is() -> None:
    assert glob_matches("*.PDF", "straße[1].pdf")
    assert glob_matches("STRASSE[1]*", "straße[1].pdf")
    assert not glob_matches("[a]", "a")
    assert glob_matches("**", "")
    assert not glob_matches("?", "")


def test_a_hostile_name_meets_a_hostile_pattern() -> None:
    pattern = ("a*" * (PATTERN_CHARS_MAX // 2))[:-1] + "b"
    assert answer({"name": pattern}, name="a" * 100_000) is False
    assert answer({"name": "*x"}, name="a" * (SUBJECT_CHARS_MAX - 1) + "x") is True
    assert answer({"name": "*x"}, name="a" * SUBJECT_CHARS_MAX + "x") is False


def nested(depth: int) -> object:
    when: object = {"pages": 1}
    for _ in range(depth):
        when = {"not": when}
    return when


@pytest.mark.parametrize(
    ("when", "reason"),
    [
        ([], "when: .* is not a table"),
        ({1: 2}, "when: .* is not a table"),
        ({"page": 1}, "when.page: 'page' is no fact; known: account, application"),
        ({"all": []}, "when.all: a list of conditions"),
        ({"any": {}}, "when.any: {} is not a list"),
        ({"any": [{"pages": 1}, {"pages": "x"}]}, r"when.any\[2\].pages: 'x' is no number"),
        ({"not": [{}]}, "when.not: .* is not a table"),
        ({"known": "page"}, "when.known: 'page' is no fact"),
        ({"known": []}, "when.known: 0 values"),
        ({"user": 3}, "when.user: 3 is not a text"),
        ({"user": ""}, "when.user: a text has 1 to 200"),
        ({"user": "x" * (PATTERN_CHARS_MAX + 1)}, "when.user: a text has 1 to 200"),
        ({"user": ["x"] * (CHOICES_MAX + 1)}, "when.user: 501 values"),
        ({"user": {"only": "x"}}, "when.user: a pattern or a list"),
        ({"group": {"none": "x"}}, "when.group: 'none' is unknown; known: only"),
        ({"group": {}}, "when.group.only: None is not a text"),
        ({"pages": 1.5}, "when.pages: 1.5 is no number"),
        ({"pages": True}, "when.pages: True is no number"),
        ({"pages": "1e9"}, "when.pages: '1e9' is no number"),
        ({"pages": NUMBER_MAX + 1}, "when.pages: 1000000000001 is beyond"),
        ({"pages": {}}, "when.pages: one of at_least, at_most, is, over, under"),
        ({"pages": {"more": 1}}, "when.pages: 'more' is unknown"),
        ({"pages": {"over": None}}, "when.pages.over: None is no number"),
        ({"colour": "yes"}, "when.colour: 'yes' is not true or false"),
        ({"time": {}}, "when.time: between, weekdays"),
        ({"time": {"at": 1}}, "when.time: 'at' is unknown"),
        ({"time": {"between": "8-18"}}, "when.time.between: '8-18' is no span"),
        ({"time": {"between": "08:00"}}, "when.time.between"),
        ({"time": {"between": "08:00-25:00"}}, "when.time.between"),
        ({"time": {"between": 8}}, "when.time.between: 8 is not a text"),
        ({"time": {"weekdays": "monday"}}, "when.time.weekdays: 'monday' is no weekday"),
        ({"time": {"weekdays": "mon-x"}}, "when.time.weekdays: 'mon-x'"),
        ({"time": {"from": "1.3.2027"}}, "when.time.from: '1.3.2027' is no date"),
        ({"time": {"from": datetime(2027, 3, 1, tzinfo=UTC)}}, "when.time.from: .* is not a text"),
        ({"time": {"from": "2027-03-02", "until": "2027-03-01"}}, "when.time: until is before from"),
        (nested(CONDITION_DEPTH_MAX + 1), "conditions nest at most 8 deep"),
        ({"all": [{"pages": 1}] * CONDITION_TERMS_MAX}, "a condition has at most 200 tests"),
    ],
)
def test_wrong_conditions_are_refused_with_their_place(when: object, reason: str) -> None:
    with pytest.raises(PolicyError, match=reason):
        parse_condition(when, "when")


def test_the_limits_are_reached() -> None:
    parse_condition(nested(CONDITION_DEPTH_MAX), "when")
    parse_condition({"all": [{"pages": 1}] * (CONDITION_TERMS_MAX - 1)}, "when")
    parse_condition({"user": ["x" * PATTERN_CHARS_MAX] * CHOICES_MAX, "pages": -NUMBER_MAX}, "when")


leaves = st.sampled_from(
    [YesNoTest("colour", True), YesNoTest("two_sided", True), YesNoTest("restricted", False)]
)
conditions: st.SearchStrategy[Condition] = st.recursive(
    leaves,
    lambda inner: (
        st.builds(Not, inner)
        | st.builds(All, st.lists(inner, max_size=3).map(tuple))
        | st.builds(Any, st.lists(inner, min_size=1, max_size=3).map(tuple))
    ),
    max_leaves=8,
)
unsure = st.sampled_from([True, False, None])


@given(conditions, unsure, unsure, unsure)
def test_a_sure_answer_stays_when_more_is_known(
    condition: Condition, colour: bool | None, two_sided: bool | None, restricted: bool | None
) -> None:
    first = condition.evaluate(facts(colour=colour, two_sided=two_sided, restricted=restricted))
    for known in (True, False):
        more = [known if value is None else value for value in (colour, two_sided, restricted)]
        sure = facts(colour=more[0], two_sided=more[1], restricted=more[2])
        now = condition.evaluate(sure)
        assert now.answer is not None
        assert first.answer in (None, now.answer)
        assert condition.answer(sure) is now.answer


def test_decimals_compare_exactly() -> None:
    assert answer({"cost": {"over": "0.1"}}, cost=Decimal("0.1")) is False
    assert answer({"cost": {"at_least": "0.1"}}, cost=Decimal("0.100")) is True
