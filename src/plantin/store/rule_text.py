"""Tariffs and policies as the text that is kept, and as the pure rooms know them.

Promises that what is stored was understood when it was stored, and that the error says where it was not.
"""

import tomllib
from collections.abc import Iterable
from datetime import tzinfo
from itertools import combinations
from typing import Any

from plantin.core.errors import Refusal
from plantin.core.limits import RULES_TEXT_OCTETS_MAX
from plantin.ledger.errors import LedgerError
from plantin.ledger.tariff_parse import parse_tariff
from plantin.ledger.tariffs import Tariff
from plantin.policy.errors import PolicyError
from plantin.policy.limits import RULES_MAX
from plantin.policy.parse import parse_rules
from plantin.policy.rules import Rule
from plantin.store.zone import LOCAL


def _table(source: str, what: str) -> dict[str, Any]:
    octets = len(source.encode("utf-8", "surrogatepass"))
    if octets > RULES_TEXT_OCTETS_MAX:
        raise Refusal("too-large", f"the {what} has {octets} octets; {RULES_TEXT_OCTETS_MAX} is the most")
    try:
        return tomllib.loads(source)
    except tomllib.TOMLDecodeError as error:
        raise Refusal("bad-toml", f"the {what} is not TOML: {error}") from None
    except RecursionError:
        raise Refusal("bad-toml", f"the {what} is nested too deep") from None


def read_tariff(source: str, zone: tzinfo = LOCAL) -> Tariff:
    """The tariff of a text.

    Args:
        zone: where a date without a time begins.

    Raises:
        Refusal: says what in it is wrong.
    """
    try:
        return parse_tariff(_table(source, "tariff"), zone)
    except LedgerError as error:
        raise Refusal(error.code, error.reason) from None


def read_rules(source: str) -> tuple[Rule, ...]:
    """The rules of a document, in its order.

    Raises:
        Refusal: says what in it is wrong.
    """
    table = _table(source, "policy")
    unknown = sorted(table.keys() - {"rule"})
    if unknown:
        raise Refusal("policy-error", f"the policy has {unknown[0][:40]!r}; it has [[rule]] and nothing else")
    try:
        return parse_rules(table.get("rule", []))
    except PolicyError as error:
        raise Refusal(error.code, str(error)) from None


def require_together(tariff: Tariff, others: Iterable[Tariff]) -> None:
    """Whether a tariff may stand beside the others.

    Raises:
        Refusal: one of them is for the same place and begins with it, or counts in another currency.
    """
    for other in others:
        if other.unit != tariff.unit:
            raise Refusal(
                "tariff-error",
                f"tariff {tariff.name} is in {tariff.unit.code}, tariff {other.name} in {other.unit.code}",
            )
        if (other.scope, other.valid_from) == (tariff.scope, tariff.valid_from):
            since = f"at {tariff.valid_from.isoformat()}" if tariff.valid_from else "without a first day"
            raise Refusal(
                "tariff-error",
                f"tariffs {other.name} and {tariff.name} are both for {tariff.scope} and begin {since}",
            )


def require_named_once(documents: dict[str, tuple[Rule, ...]]) -> None:
    """Whether documents of rules may stand beside each other.

    Raises:
        Refusal: two rules of one scope have the same name, or there are too many.
    """
    number = sum(map(len, documents.values()))
    if number > RULES_MAX:
        raise Refusal("policy-error", f"{number} rules in all policies; {RULES_MAX} is the most")
    names = {name: {(rule.scope, rule.name) for rule in rules} for name, rules in documents.items()}
    for one, other in combinations(names, 2):
        for scope, name in sorted(names[one] & names[other], key=str):
            raise Refusal("policy-error", f"policies {one} and {other} both have a rule {name!r} for {scope}")
