"""Tariffs, rules and groups, read as the pure rooms know them.

Reading the texts takes milliseconds: processes keep what they read until an event of the configuration comes.
"""

from dataclasses import dataclass
from datetime import tzinfo

from plantin.core.errors import NotFound
from plantin.ledger.tariffs import Tariff
from plantin.policy.rules import Rule
from plantin.store import sql
from plantin.store.rule_text import read_rules, read_tariff
from plantin.store.zone import LOCAL


@dataclass(frozen=True, slots=True)
class RuleText:
    """A tariff or a policy as it was given."""

    name: str
    source: str
    actor: str
    changed_at: int


def _texts(table: str) -> list[RuleText]:
    return sql.select(
        f"SELECT name, source, actor, changed_at FROM {table} ORDER BY id", [], lambda row: RuleText(*row)
    )


def _text(table: str, kind: str, name: str) -> RuleText:
    found = sql.select(
        f"SELECT name, source, actor, changed_at FROM {table} WHERE name = %s",
        [sql.clean(name)],
        lambda row: RuleText(*row),
    )
    if not found:
        raise NotFound(f"there is no {kind} {name!r}")
    return found[0]


def _any(table: str) -> bool:
    return bool(sql.select(f"SELECT 1 FROM {table} LIMIT 1", [], lambda row: row))


def tariff_texts() -> list[RuleText]:
    """Every tariff as it was given, the one that was added first at the top."""
    return _texts("store_tariff")


def tariff_text(name: str) -> RuleText:
    """The tariff of this name.

    Raises:
        NotFound: there is none.
    """
    return _text("store_tariff", "tariff", name)


def tariffs(zone: tzinfo = LOCAL) -> list[Tariff]:
    """Every tariff, for `ledger.tariffs.PriceList`.

    Args:
        zone: where a date without a time begins.
    """
    return [read_tariff(text.source, zone) for text in tariff_texts()]


def any_tariffs() -> bool:
    """Whether anything has a price."""
    return _any("store_tariff")


def policy_texts() -> list[RuleText]:
    """Every document of rules as it was given, in the order in which they are asked."""
    return _texts("store_policy")


def policy_text(name: str) -> RuleText:
    """The document of rules of this name.

    Raises:
        NotFound: there is none.
    """
    return _text("store_policy", "policy", name)


def rules() -> list[Rule]:
    """Every rule of every document, in their order, for `policy.rules.RuleBook`."""
    return [rule for text in policy_texts() for rule in read_rules(text.source)]


def any_rules() -> bool:
    """Whether there may be a rule to ask: one look at an index."""
    return _any("store_policy")


def groups_of(user: str) -> frozenset[str]:
    """The groups that a person is in."""
    return frozenset(_names("SELECT group_name FROM store_group_member WHERE member = %s", user))


def members(group: str) -> list[str]:
    """The people of a group, by name; none when there is no such group."""
    return _names("SELECT member FROM store_group_member WHERE group_name = %s", group)


def group_sizes() -> dict[str, int]:
    """How many people each group has, by name."""
    return _sizes("store_group_member")


_DEVICES = "FROM store_device_group g JOIN store_device d ON d.id = g.device_id"


def device_groups_of(device: str) -> frozenset[str]:
    """The groups that a device is in."""
    return frozenset(_names(f"SELECT g.group_name {_DEVICES} WHERE d.name = %s", device))


def device_members(group: str) -> list[str]:
    """The devices of a group, by name; none when there is no such group."""
    return _names(f"SELECT d.name {_DEVICES} WHERE g.group_name = %s", group)


def device_group_sizes() -> dict[str, int]:
    """How many devices each group has, by name."""
    return _sizes("store_device_group")


def _names(statement: str, parameter: str) -> list[str]:
    """Sorted here, because databases differ in how they sort text."""
    return sorted(sql.select(statement, [sql.clean(parameter)], lambda row: str(row[0])))


def _sizes(table: str) -> dict[str, int]:
    statement = f"SELECT group_name, count(*) FROM {table} GROUP BY group_name"
    return dict(sorted(sql.select(statement, [], lambda row: (str(row[0]), int(row[1])))))
