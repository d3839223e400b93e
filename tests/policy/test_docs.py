"""`docs/policy.md` says what the code does: facts, actions, variables, and its rules are rules."""

from __future__ import annotations

import tomllib
from pathlib import Path

from plantin.policy.actions import VARIABLES
from plantin.policy.decide import decide
from plantin.policy.facts import FACTS
from plantin.policy.parse import THEN, parse_rules

from .facts import facts

TEXT = (Path(__file__).parents[2] / "docs" / "policy.md").read_text()


def test_every_fact_action_and_variable_is_documented() -> None:
    conditions = TEXT.split("## Conditions")[1].split("## Actions")[0]
    actions = TEXT.split("## Actions")[1].split("## Dry run")[0]
    assert [name for name in FACTS if f"`{name}`" not in conditions] == []
    assert [name for name in THEN if f"| `{name}` |" not in actions] == []
    assert [name for name in VARIABLES if f"`{{{name}}}`" not in actions] == []


def test_the_rules_and_the_dry_run_on_the_page_are_real() -> None:
    example = TEXT.split("```toml\n")[1].split("```")[0]
    rules = parse_rules(tomllib.loads(example)["rule"])
    assert len(rules) == 3
    decision = decide(
        [rule for rule in rules if rule.name != "Colour is asked about"],
        facts(application="Microsoft Outlook", queue="library"),
    )
    assert decision.explain() in TEXT
