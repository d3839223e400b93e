"""``plantin export``: what was set comes back by ``plantin import``."""

from __future__ import annotations

import tomllib
from pathlib import Path

from plantin.ipp.attributes import keyword
from plantin.ipp.blobs import pack
from plantin.store.commands import config
from tests.cli.support import Cli

OWN = {"uuid", "created_at", "config_at", "state_at", "open_jobs"}
OWN |= {f"{key}_iso" for key in OWN}


def told(cli: Cli, data: Path) -> dict[str, list[dict[str, object]]]:
    return {
        kind: [
            {k: v for k, v in row.items() if k not in OWN} for row in cli.json(kind, "list", "--data", data)
        ]
        for kind in ("device", "queue")
    }


def test_it_comes_back_as_it_was(office: Cli, tmp_path: Path) -> None:
    from django.db import transaction

    office.good("device", "set", "hall", "--info", 'The "big" \\ one', "-o", "sync=false", "--pause")
    office.good("queue", "set", "draft", "--allow", "anna", "--deny", "bert", "--unknown-policy", "retry")
    office.good("queue", "set", "secure", "--expire-after", "60", "--default", "--hold-new-jobs")
    office.good("queue", "reject", "anywhere")
    with transaction.atomic():
        config.set_queue("draft", defaults=pack([keyword("sides-default", "two-sided-long-edge")]))
    file = tmp_path / "office.toml"
    assert office.good("export", file) == f"2 devices and 3 queues written to {file}\n"
    office.good(
        "import", file, "--data", tmp_path / "other", env={"PLANTIN_DEVICES_FILE_ROOTS": str(office.data)}
    )
    before, after = told(office, office.data), told(office, tmp_path / "other")
    assert before == after
    assert next(row for row in after["queue"] if row["name"] == "draft")["defaults"] == {
        "sides-default": "two-sided-long-edge"
    }


def test_it_says_only_what_was_set(office: Cli) -> None:
    written = tomllib.loads(office.good("export", "-"))
    assert written["device"][1] == {"name": "shelf", "uri": "socket://127.0.0.1:1", "site": "main"}
    assert written["queue"][0] == {
        "name": "draft",
        "devices": ["hall"],
        "mode": "direct",
        "site": "main",
        "default": True,
    }


def test_nothing_is_an_empty_file(cli: Cli, tmp_path: Path) -> None:
    assert cli.good("export", "-") == ""
    assert cli.good("export", tmp_path / "a.toml").startswith("0 devices and 0 queues")
    cli.good("import", tmp_path / "a.toml")


def test_a_name_that_could_not_be_read_again_is_refused(cli: Cli, tmp_path: Path) -> None:
    assert "does not end in .toml" in cli.bad("export", tmp_path / "office.csv")
