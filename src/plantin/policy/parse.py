"""Rules from plain data (TOML, JSON, a form): checked field by field.

Promises a `PolicyError` that names the rule and the field; an unknown field is an error, never ignored,
so that a misspelt condition does not let everything pass. A rule that denies or holds says why.

    [[rule]]
    name = "Big jobs wait"
    scope = "queue:library"
    when = { pages = { over = 100 }, not = { group = "staff" } }
    then = { outcome = "hold", message = "{pages} pages: please release at the desk." }
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .actions import VARIABLES, Actions, Outcome, Position, Watermark, unknown_variables
from .errors import PolicyError
from .limits import NUMBER_MAX, RULES_MAX, TEXT_CHARS_MAX
from .parse_condition import parse_condition
from .parse_values import expect, only_keys, table, text
from .rules import Rule, Scope, ScopeKind, WhenUnknown

_RULE = frozenset({"name", "scope", "order", "enabled", "when", "when_unknown", "then"})
THEN = frozenset({"outcome", "message", "sides", "monochrome", "max_copies", "route", "confirm", "watermark"})
_SIDES = {"one-sided": False, "two-sided": True}
COPIES_MAX = 9_999


def parse_rules(data: object) -> tuple[Rule, ...]:
    """The rules of a list of tables, their names all different. Raises `PolicyError`."""
    rows: Sequence[object] = expect(data, list, "rules")
    if len(rows) > RULES_MAX:
        raise PolicyError("rules", f"{len(rows)} rules; {RULES_MAX} are possible")
    rules = tuple(parse_rule(row, f"rule {index}") for index, row in enumerate(rows, start=1))
    names: set[tuple[Scope, str]] = set()
    for index, rule in enumerate(rules, start=1):
        if (rule.scope, rule.name) in names:
            raise PolicyError(f"rule {index}", f"another rule of {rule.scope} is named {rule.name!r}")
        names.add((rule.scope, rule.name))
    return rules


def parse_rule(data: object, where: str = "rule") -> Rule:
    """The rule of one table. Raises `PolicyError`."""
    rows = table(data, where)
    only_keys(rows, _RULE, where)
    name = text(rows.get("name"), f"{where}: name", TEXT_CHARS_MAX)
    where = f"{where} ({name[:60]})"
    return Rule(
        name=name,
        then=_actions(rows.get("then"), f"{where}: then"),
        when=parse_condition(rows.get("when", {}), f"{where}: when"),
        scope=parse_scope(rows.get("scope", "everywhere"), f"{where}: scope"),
        order=_whole(rows.get("order", 0), f"{where}: order", -NUMBER_MAX, NUMBER_MAX),
        when_unknown=WhenUnknown(
            _one_of(rows.get("when_unknown", "skip"), WhenUnknown, f"{where}: when_unknown")
        ),
        enabled=expect(rows.get("enabled", True), bool, f"{where}: enabled"),
    )


def parse_scope(value: object, where: str = "scope") -> Scope:
    """The scope of "everywhere", "site:NAME" or "queue:NAME". Raises `PolicyError`."""
    found = text(value, where, TEXT_CHARS_MAX)
    kind, _, name = found.partition(":")
    known = {item.value for item in ScopeKind}
    if kind not in known or bool(name) is (kind == ScopeKind.EVERYWHERE.value):
        raise PolicyError(where, f"{found[:60]!r} is none of everywhere, site:NAME, queue:NAME")
    return Scope(ScopeKind(kind), name)


def _actions(data: object, where: str) -> Actions:
    rows = table(data, where)
    only_keys(rows, THEN, where)
    if not rows:
        raise PolicyError(where, f"a rule does something: {', '.join(sorted(THEN))}")
    outcome = None
    if "outcome" in rows:
        outcome = Outcome(_one_of(rows["outcome"], Outcome, f"{where}.outcome"))
    if outcome in (Outcome.DENY, Outcome.HOLD) and "message" not in rows:
        raise PolicyError(where, f"a rule with outcome {outcome.value} has a message that says why")
    sides = None
    if "sides" in rows:
        sides = _SIDES.get(expect(rows["sides"], str, f"{where}.sides"))
        if sides is None:
            raise PolicyError(f"{where}.sides", f"{rows['sides']!r:.40} is neither one-sided nor two-sided")
    copies = rows.get("max_copies")
    route = rows.get("route")
    return Actions(
        outcome=outcome,
        message=_template(rows, "message", where),
        two_sided=sides,
        monochrome=expect(rows.get("monochrome", False), bool, f"{where}.monochrome"),
        max_copies=None if copies is None else _whole(copies, f"{where}.max_copies", 1, COPIES_MAX),
        route_to=None if route is None else text(route, f"{where}.route", TEXT_CHARS_MAX),
        confirm=_template(rows, "confirm", where),
        watermark=_watermark(rows["watermark"], f"{where}.watermark") if "watermark" in rows else None,
    )


def _watermark(data: object, where: str) -> Watermark:
    if isinstance(data, str):
        return Watermark(_template({"text": data}, "text", where))
    rows = table(data, where)
    only_keys(rows, frozenset({"text", "position"}), where)
    position = _one_of(rows.get("position", "bottom"), Position, f"{where}.position")
    if "text" not in rows:
        raise PolicyError(where, "a watermark has a text")
    return Watermark(_template(rows, "text", where), Position(position))


def _template(rows: Mapping[str, object], key: str, where: str) -> str:
    if key not in rows:
        return ""
    found = text(rows[key], f"{where}.{key}", TEXT_CHARS_MAX)
    unknown = unknown_variables(found)
    if unknown:
        known = ", ".join(sorted(VARIABLES))
        raise PolicyError(f"{where}.{key}", f"{{{unknown[0]}}} is no variable; known: {known}")
    return found


def _whole(value: object, where: str, least: int, most: int) -> int:
    found = expect(value, int, where)
    if not least <= found <= most:
        raise PolicyError(where, f"{found} is not between {least} and {most}")
    return found


def _one_of(value: object, kind: type[Outcome] | type[Position] | type[WhenUnknown], where: str) -> str:
    known = [item.value for item in kind]
    if value not in known:
        raise PolicyError(where, f"{value!r:.40} is none of {', '.join(known)}")
    return str(value)
