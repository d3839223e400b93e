"""Which installation a command works on: ``--data`` and ``--config`` anywhere, environment, file."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from plantin import __version__
from tests.cli.support import Cli


def test_data_is_understood_before_and_after_the_command(cli: Cli, tmp_path: Path) -> None:
    other = tmp_path / "other"
    cli.good("--data", other, "queue", "add", "one")
    cli.good("queue", "--data", other, "add", "two")
    cli.good("queue", "add", "three", "--data", other)
    assert [row["name"] for row in cli.json("queue", "list", "--data", other)] == ["one", "three", "two"]
    assert cli.json("queue", "list") == []


def test_what_stands_nearest_to_the_end_wins(cli: Cli, tmp_path: Path) -> None:
    cli.good("--data", tmp_path / "first", "queue", "add", "one", "--data", tmp_path / "second")
    assert not (tmp_path / "first").exists()
    assert cli.json("--data", tmp_path / "second", "queue", "list")[0]["name"] == "one"


def test_the_configuration_file_of_the_data_directory_is_read(office: Cli, page: Path) -> None:
    (office.data / "plantin.toml").write_text("[queue]\nrelease_expire_s = 60\n")
    office.good("print", page, "--queue", "secure")
    job = office.json("job", "show", "1")
    assert job["expires_at"] - job["created_at"] == pytest.approx(60_000, abs=5_000)


def test_another_configuration_file_can_be_named(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "other.toml"
    file.write_text('[devices]\nfile_roots = ["/srv/prints"]\n')
    cli.bad("device", "add", "folder", "--uri", "file:///srv/prints/")
    cli.good("device", "add", "folder", "--uri", "file:///srv/prints/", "--config", file)
    assert "No such file" in cli.bad("queue", "list", "--config", tmp_path / "missing")


def test_a_wrong_configuration_is_told_by_every_command(cli: Cli) -> None:
    cli.good("queue", "list")
    (cli.data / "plantin.toml").write_text("[ipp]\nlisten = 5\n")
    for words in (["queue", "list"], ["status"], ["config"], ["serve"]):
        assert "plantin.toml: [ipp] listen must be a list of strings, not 5" in cli.bad(*words)


def test_the_data_directory_is_private(cli: Cli) -> None:
    cli.good("queue", "list")
    assert stat.S_IMODE(cli.data.stat().st_mode) == 0o700
    for path in cli.data.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


def test_a_data_directory_that_cannot_be_used_is_told(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "the data directory" in cli.bad("queue", "list", "--data", tmp_path / "file")


def test_a_database_that_is_none_is_told(cli: Cli) -> None:
    cli.data.mkdir()
    (cli.data / "plantin.sqlite3").write_bytes(b"this is no database, but it is long enough to be read" * 100)
    assert "file is not a database" in cli.bad("queue", "list")


def test_a_database_of_a_later_release_is_left_alone(cli: Cli) -> None:
    from django.db import connection

    cli.good("queue", "list")
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('store', '9999_future', '2030-01-01')"
        )
    assert "a later release of Plantin has written this database (9999_future)" in cli.bad("queue", "list")


def test_version_and_help(cli: Cli) -> None:
    assert __version__ in cli.good("--version")
    assert cli.good("--help").startswith("Usage: plantin [OPTIONS] COMMAND [ARGS]...")
    told = cli("queue")
    assert told.code == 2 and "Usage: plantin queue" in told.err
