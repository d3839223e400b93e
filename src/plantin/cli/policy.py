"""``plantin policy``: who may print what, and what is changed before."""

from pathlib import Path
from typing import Any, Final

import click

from plantin.cli.group import Commands, installation
from plantin.cli.output import JSON, actor, moment, plain, plural, show_json, show_table, with_iso
from plantin.cli.parameters import text_of
from plantin.core.errors import Refusal
from plantin.store.commands import rules as commands
from plantin.store.queries import rules as queries
from plantin.store.queries.rules import RuleText
from plantin.store.rule_text import read_rules

EMPTY: Final = "No policies yet: everything is allowed. Add one: plantin policy add FILE"
COLUMNS: Final = {"policy": "POLICY", "scope": "FOR", "order": "ORDER", "enabled": "ENABLED", "rule": "RULE"}


@click.group(cls=Commands, lazy={"test": "plantin.cli.policy_trial:try_policies"})
def policy() -> None:
    """Add, list, show, try and remove policies."""


@policy.command()
@click.argument("file")
@click.option("--name", metavar="NAME", help="What it is called; default: the file's name.")
@click.option("--replace", is_flag=True, help="Put it in the place of the one of the same name.")
def add(file: str, name: str | None, replace: bool) -> None:
    """Add the rules of FILE, a .toml; - is standard input."""
    source = text_of(file)
    if name is None:
        if file == "-":
            raise Refusal("bad-name", "standard input has no name: say with --name what it is called")
        name = Path(file).stem
    rules = installation().write(commands.add_policy, name, source, actor=actor(), replace=replace)
    click.echo(f"policy {name} added: {plural(rules, 'rule')}")


@policy.command("list")
@JSON
def list_policies(as_json: bool) -> None:
    """List all rules in the order in which they are asked: everywhere, then by site, then by queue."""
    installation()
    texts = queries.policy_texts()
    if as_json:
        show_json([_facts(text) for text in texts])
        return
    rules = [(rule.scope.kind.value, rule, text.name) for text in texts for rule in read_rules(text.source)]
    kinds = ["everywhere", "site", "queue"]
    rules.sort(key=lambda row: (kinds.index(row[0]), row[1].scope.name, row[1].order))
    rows = [
        {
            "policy": name,
            "scope": str(rule.scope),
            "order": rule.order,
            "enabled": rule.enabled,
            "rule": rule.name,
        }
        for _, rule, name in rules
    ]
    show_table(rows, COLUMNS, EMPTY)


@policy.command()
@click.argument("name")
@JSON
def show(name: str, as_json: bool) -> None:
    """Show one policy as it was given."""
    installation()
    text = queries.policy_text(name)
    if as_json:
        show_json(_facts(text) | {"source": text.source})
        return
    click.echo(f"# added by {plain(text.actor)}, {moment(text.changed_at)}")
    for line in text.source.splitlines():
        click.echo(plain(line.replace("\t", "    ")))


@policy.command()
@click.argument("name")
def remove(name: str) -> None:
    """Remove a policy with all its rules."""
    installation().write(commands.remove_policy, name, actor=actor())
    click.echo(f"policy {plain(name)} removed")


def _facts(text: RuleText) -> dict[str, Any]:
    """A policy for programs."""
    facts: dict[str, Any] = {
        "name": text.name,
        "rules": [
            {
                "name": rule.name,
                "scope": str(rule.scope),
                "order": rule.order,
                "enabled": rule.enabled,
                "when_unknown": rule.when_unknown.value,
            }
            for rule in read_rules(text.source)
        ],
        "actor": text.actor,
        "changed_at": text.changed_at,
    }
    return with_iso(facts, "changed_at")
