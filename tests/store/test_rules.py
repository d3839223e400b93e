"""Tariffs, policies and groups in the store, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from plantin.core.errors import NotFound, Refusal
from plantin.core.limits import RULES_TEXT_OCTETS_MAX, USER_NAME_OCTETS_MAX
from plantin.ledger.limits import ID_CHARS_MAX
from plantin.ledger.tariffs import Scope, ScopeKind
from plantin.policy.limits import RULES_MAX
from plantin.store.commands import config
from plantin.store.commands import rules as commands
from plantin.store.models import Event
from plantin.store.queries import rules as queries
from plantin.store.rule_text import read_rules, read_tariff
from plantin.store.zone import LOCAL
from tests.store.support import Database

HOUSE = """\
# What a side costs.
name = "House"
currency = "EUR"
side = [{ price = "0.05" }]
"""
WAIT = """\
[[rule]]
name = "Big jobs wait"
when = { pages = { over = 100 } }
then = { outcome = "hold", message = "{pages} pages" }
"""
GREY = '[[rule]]\nname = "Grey"\nthen = { monochrome = true }\n'


def tariff(name: str = "House", **fields: str) -> str:
    lines = {"currency": '"EUR"', "side": '[{ price = "0.05" }]'} | fields
    return "\n".join([f'name = "{name}"', *(f"{key} = {value}" for key, value in lines.items())])


def events() -> list[tuple[Any, ...]]:
    return list(Event.objects.order_by("pk").values_list("kind", "actor", "text"))


def test_a_tariff_is_kept_as_it_was_given(database: Database) -> None:
    assert (queries.any_tariffs(), queries.tariffs(), queries.tariff_texts()) == (False, [], [])
    assert database.write(commands.add_tariff, HOUSE, actor="root") == "House"
    assert queries.any_tariffs() and database.commits == [(False, True)]
    text = queries.tariff_text("House")
    assert (text.source, text.actor) == (HOUSE, "root") and text.changed_at
    assert queries.tariff_texts() == [text]
    assert [one.name for one in queries.tariffs()] == ["House"]
    assert events() == [("tariff-added", "root", "House for everywhere")]


def test_a_tariff_is_replaced_only_when_that_is_wished(database: Database) -> None:
    database.write(commands.add_tariff, HOUSE)
    dearer = HOUSE.replace("0.05", "0.06")
    with pytest.raises(Refusal, match="there is a tariff 'House' already; --replace"):
        database.write(commands.add_tariff, dearer)
    assert queries.tariff_text("House").source == HOUSE
    database.write(commands.add_tariff, dearer, replace=True)
    assert [text.source for text in queries.tariff_texts()] == [dearer]
    database.write(commands.add_tariff, tariff("Q", scope='"queue:q"'), replace=True)
    assert [kind for kind, *_ in events()] == ["tariff-added", "tariff-changed", "tariff-added"]
    database.write(commands.remove_tariff, "House", actor="root")
    assert [one.name for one in queries.tariffs()] == ["Q"]
    assert events()[-1] == ("tariff-removed", "root", "House")
    with pytest.raises(NotFound, match="no tariff 'House'"):
        database.write(commands.remove_tariff, "House")
    with pytest.raises(NotFound, match="no tariff 'House'"):
        queries.tariff_text("House")


def test_two_tariffs_for_one_place_do_not_begin_together(database: Database) -> None:
    database.write(commands.add_tariff, tariff("A", scope='"site:main"'))
    database.write(commands.add_tariff, tariff("B", scope='"site:main"', valid_from="2027-01-01"))
    with pytest.raises(Refusal, match="tariffs A and C are both for site:main and begin without"):
        database.write(commands.add_tariff, tariff("C", scope='"site:main"'))
    with pytest.raises(Refusal, match=r"B and C are both for site:main and begin at 2027-01-01T00:00"):
        database.write(commands.add_tariff, tariff("C", scope='"site:main"', valid_from="2027-01-01"))
    with pytest.raises(Refusal, match="tariff C is in USD, tariff A in EUR"):
        database.write(commands.add_tariff, tariff("C", currency='"USD"'))
    with pytest.raises(Refusal, match="tariff C is in EUR, this installation counts in CHF"):
        database.write(commands.add_tariff, tariff("C", scope='"queue:q"'), currency="CHF")
    later = tariff("C", scope='"site:main"', valid_from="2027-01-02")
    database.write(commands.add_tariff, later, currency="EUR")
    database.write(commands.add_tariff, tariff("A", scope='"site:main"'), replace=True)
    assert [one.name for one in queries.tariffs()] == ["A", "B", "C"]
    assert [kind for kind, *_ in events()] == ["tariff-added"] * 3 + ["tariff-changed"]


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("name = ]", "not TOML.*line 1"),
        (tariff(sied="[]"), "unknown field sied"),
        (tariff("\\u0000"), "no name of a tariff"),
        (tariff(" x"), "no name of a tariff"),
        (tariff(currency='"euro"'), "three capital letters"),
        ("x = " + "[" * 5000 + "]" * 5000, "nested too deep"),
    ],
)
def test_a_tariff_that_makes_no_sense(database: Database, source: str, words: str) -> None:
    with pytest.raises(Refusal, match=words):
        database.write(commands.add_tariff, source)
    assert not queries.any_tariffs() and events() == []


def test_limits(database: Database) -> None:
    assert database.write(commands.add_tariff, HOUSE + "#" * (RULES_TEXT_OCTETS_MAX - len(HOUSE)))
    with pytest.raises(Refusal, match=f"{RULES_TEXT_OCTETS_MAX + 1} octets"):
        database.write(commands.add_tariff, HOUSE + "#" * (RULES_TEXT_OCTETS_MAX - len(HOUSE) + 1))
    long = "é" * (USER_NAME_OCTETS_MAX // 2) + "e"
    database.write(commands.add_members, long, [long])
    with pytest.raises(Refusal, match=f"has {USER_NAME_OCTETS_MAX + 1} octets"):
        database.write(commands.add_members, "g", [long + "e"])
    with pytest.raises(Refusal, match="255 is the most"):
        database.write(commands.add_tariff, tariff(long + "e"))
    database.device("d1")
    database.write(commands.add_devices, "g" * ID_CHARS_MAX, ["d1"])
    with pytest.raises(Refusal, match=f"at most {ID_CHARS_MAX} characters"):
        database.write(commands.add_devices, "g" * (ID_CHARS_MAX + 1), ["d1"])


def test_so_many_rules_and_not_one_more(sqlite: Database) -> None:
    many = "".join(f'[[rule]]\nname="{number}"\nthen={{monochrome=true}}\n' for number in range(RULES_MAX))
    assert sqlite.write(commands.add_policy, "many", many) == RULES_MAX
    with pytest.raises(Refusal, match=f"{RULES_MAX + 1} rules in all policies; {RULES_MAX} is the most"):
        sqlite.write(commands.add_policy, "one", GREY)


def test_rules_are_asked_in_the_order_of_their_documents(database: Database) -> None:
    assert not queries.any_rules() and queries.rules() == []
    assert database.write(commands.add_policy, "z", WAIT, actor="root") == 1
    assert database.write(commands.add_policy, "a", GREY) == 1
    assert queries.any_rules()
    assert [rule.name for rule in queries.rules()] == ["Big jobs wait", "Grey"]
    both = WAIT + GREY.replace("Grey", "Greyer")
    with pytest.raises(Refusal, match="there is a policy 'z' already"):
        database.write(commands.add_policy, "z", both)
    assert database.write(commands.add_policy, "z", both, replace=True) == 2
    assert [rule.name for rule in queries.rules()] == ["Big jobs wait", "Greyer", "Grey"]
    assert [text.name for text in queries.policy_texts()] == ["z", "a"]
    assert queries.policy_text("z").source == both
    database.write(commands.remove_policy, "z")
    assert [rule.name for rule in queries.rules()] == ["Grey"]
    assert [row[0] for row in events()] == [
        *("policy-added", "policy-added", "policy-changed", "policy-removed")
    ]
    for question in (queries.policy_text, lambda name: database.write(commands.remove_policy, name)):
        with pytest.raises(NotFound, match="no policy 'z'"):
            question("z")


@pytest.mark.parametrize(
    ("name", "source", "words"),
    [
        ("x", "rule = 3", "rules"),
        ("x", "[[rule]]\nname = 'a'", "does something|then"),
        ("x", "[rules]", "has 'rules'; it has"),
        ("x", GREY, "policies grey and x both have a rule 'Grey' for everywhere"),
        ("a b", WAIT, "policy name cannot hold"),
    ],
)
def test_a_policy_that_makes_no_sense(database: Database, name: str, source: str, words: str) -> None:
    database.write(commands.add_policy, "grey", GREY)
    with pytest.raises(Refusal, match=words):
        database.write(commands.add_policy, name, source)
    assert len(events()) == 1
    elsewhere = GREY.replace("then", 'scope = "queue:q"\nthen')
    assert database.write(commands.add_policy, "q", elsewhere) == 1


def test_groups_of_people(database: Database) -> None:
    add, remove = commands.add_members, commands.remove_members
    assert database.write(add, "staff", ["bob", "alice", "bob"], actor="root") == ["bob", "alice"]
    assert database.write(add, "staff", ["alice", "zoë"]) == ["zoë"]
    assert database.write(add, "Domain Users", ["alice"]) == ["alice"]
    assert database.write(add, "Domain Users", ["alice"]) == []
    assert queries.groups_of("alice") == {"staff", "Domain Users"}
    assert queries.groups_of("Alice") == queries.groups_of("x\0\udcff") == frozenset()
    assert queries.members("staff") == ["alice", "bob", "zoë"]
    assert queries.group_sizes() == {"Domain Users": 1, "staff": 3}
    with pytest.raises(NotFound, match="'eve' is not in group 'staff'"):
        database.write(remove, "staff", ["bob", "eve"])
    assert len(queries.members("staff")) == 3
    database.write(remove, "staff", ["bob"])
    database.write(remove, "Domain Users", ["alice"])
    assert queries.group_sizes() == {"staff": 2} and queries.members("Domain Users") == []
    assert events()[0] == ("group-added", "root", "staff: bob, alice")
    assert [kind for kind, *_ in events()] == ["group-added"] * 3 + ["group-removed"] * 2


def test_a_group_of_many(database: Database) -> None:
    everybody = [f"user{number:05}" for number in range(3000)]
    assert len(database.write(commands.add_members, "all", everybody)) == 3000
    assert queries.members("all") == everybody
    assert events()[0][2].endswith("user00009 and 2990 more")
    database.write(commands.remove_members, "all", everybody[1:])
    assert queries.members("all") == everybody[:1]


@pytest.mark.parametrize("name", ["", " a", "a\n", "\0", "\udc80"])
def test_names_that_are_none(database: Database, name: str) -> None:
    for group, user in ((name, "alice"), ("staff", name)):
        with pytest.raises(Refusal, match="is no name"):
            database.write(commands.add_members, group, [user])


def test_groups_of_devices(database: Database) -> None:
    for name in ("d1", "d2"):
        database.device(name)
    before = len(events())
    assert database.write(commands.add_devices, "colour", ["d2", "d1", "d2"]) == ["d2", "d1"]
    assert database.write(commands.add_devices, "colour", ["d1"]) == []
    assert queries.device_groups_of("d1") == {"colour"} and queries.device_groups_of("d9") == frozenset()
    assert queries.device_members("colour") == ["d1", "d2"]
    assert queries.device_group_sizes() == {"colour": 2}
    with pytest.raises(NotFound, match="no device 'd9'"):
        database.write(commands.add_devices, "colour", ["d9"])
    with pytest.raises(NotFound, match="device 'd9' is not in group 'colour'"):
        database.write(commands.remove_devices, "colour", ["d1", "d9"])
    assert queries.device_members("colour") == ["d1", "d2"]
    database.write(commands.remove_devices, "colour", ["d1"])
    database.write(config.remove_device, "d2")
    assert queries.device_group_sizes() == {}
    assert [kind for kind, *_ in events()][before:-1] == ["group-added", "group-removed"]


def test_a_day_begins_at_midnight_of_the_machine() -> None:
    for day in map(datetime.fromisoformat, ("2027-01-01", "2027-07-01")):
        local = read_tariff(tariff(valid_from=day.date().isoformat())).valid_from
        assert local is not None and local.timestamp() == day.timestamp()
        assert (local.tzname(), local.utcoffset()) == (
            day.astimezone().tzname(),
            day.astimezone().utcoffset(),
        )
    east = timezone(timedelta(hours=9))
    there = read_tariff(tariff(valid_from="2027-01-01"), east).valid_from
    assert there == datetime(2026, 12, 31, 15, tzinfo=UTC)
    assert [LOCAL.utcoffset(None), LOCAL.dst(None), LOCAL.tzname(None)] == [None] * 3


def test_texts_are_read_as_the_pure_rooms_know_them() -> None:
    assert read_tariff(tariff(scope='"device-group:colour"')).scope == Scope(ScopeKind.DEVICE_GROUP, "colour")
    assert [rule.name for rule in read_rules(WAIT + GREY)] == ["Big jobs wait", "Grey"]
    assert read_rules("") == ()
