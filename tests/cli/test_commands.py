"""The table of commands, the house rules that all of them keep, and their page in the documentation."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from plantin.service.main import plantin

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "commands.md").read_text()


def leaves(
    command: click.Command, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    if not isinstance(command, click.Group):
        yield path, command
        return
    context = click.Context(command)
    for name in command.list_commands(context):
        inner = command.get_command(context, name)
        assert inner is not None
        yield from leaves(inner, (*path, name))


LEAVES = dict(leaves(plantin))
TELLING = {
    *(("inspect",), ("tariff", "quote"), ("tariff", "explain"), ("policy", "test")),
    *(("account", "statement"), ("ledger", "verify"), ("ledger", "journal")),
}
"""Commands that tell something, beside the lists and shows."""


def test_these_are_the_commands() -> None:
    assert {" ".join(path) for path in LEAVES} == {
        *("serve", "config", "print", "inspect", "status", "import", "export"),
        *(f"device {word}" for word in ("add", "list", "show", "set", "remove", "test")),
        *(f"queue {word}" for word in ("add", "list", "show", "set", "remove")),
        *(f"queue {word}" for word in ("accept", "reject", "enable", "disable")),
        *(f"tariff {word}" for word in ("add", "list", "show", "remove", "quote", "explain")),
        *(f"policy {word}" for word in ("add", "list", "show", "remove", "test")),
        *(f"group {word}" for word in ("add", "list", "show", "remove")),
        *(f"job {word}" for word in ("list", "show", "why", "release", "hold", "cancel", "move", "reprint")),
        *(f"account {word}" for word in ("add", "list", "show", "set", "close", "reopen", "pin", "default")),
        *(f"account {word}" for word in ("tree", "charge", "refund", "top-up", "transfer", "statement")),
        *(f"account {word}" for word in ("export", "import")),
        *(f"allocation {word}" for word in ("add", "list", "show", "remove", "run")),
        *(f"voucher {word}" for word in ("create", "redeem", "list", "withdraw")),
        *(f"refund {word}" for word in ("request", "list", "show", "approve", "reject", "withdraw")),
        *(f"ledger {word}" for word in ("verify", "journal", "overdraft")),
    }


@pytest.mark.parametrize("path", LEAVES, ids=" ".join)
def test_every_command_has_a_place_a_help_and_json_where_it_shows(path: tuple[str, ...]) -> None:
    command = LEAVES[path]
    options = {word for parameter in command.params for word in parameter.opts}
    assert {"--data", "--config"} <= options
    assert command.help and command.help.splitlines()[0].endswith(".")
    assert ("--json" in options) is (path[-1] in ("list", "show", "why", "status") or path in TELLING)


@pytest.mark.parametrize("path", LEAVES, ids=" ".join)
def test_every_command_and_option_is_documented(path: tuple[str, ...]) -> None:
    heading = f"### `plantin {' '.join(path)}"
    assert heading in PAGE
    section = PAGE.split(heading, 1)[1].split("\n#", 1)[0]
    for parameter in LEAVES[path].params:
        for word in parameter.opts if isinstance(parameter, click.Option) else ():
            if word not in ("--data", "--config"):
                assert word in section, f"plantin {' '.join(path)} {word}"


def test_the_page_has_no_command_that_is_not_there() -> None:
    named = [line.split("`")[1] for line in PAGE.splitlines() if line.startswith("### `plantin ")]
    assert len(named) == len(LEAVES)
    for line in named:
        words = tuple(line.split()[1:])
        assert any(words[: len(path)] == path for path in LEAVES), line


def test_a_short_command_imports_little() -> None:
    """Ten thousand calls must not each pay for backends, codecs and document readers."""
    script = (
        "import sys; sys.argv = ['plantin', 'queue', 'add', '--help']\n"
        "from plantin.service.main import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print(' '.join(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    loaded = set(done.stderr.split())
    assert "plantin.cli.queue" in loaded
    for costly in (
        *("plantin.delivery", "plantin.inspect", "plantin.spool", "plantin.frontends", "plantin.ipp"),
        *("uvloop", "httptools", "cryptography", "pikepdf", "zeroconf"),
    ):
        assert costly not in loaded
