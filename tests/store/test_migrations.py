"""The schema: migrations say what the models say, on a new database and on a migrated one."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection, connections, models

from plantin.core.errors import PlantinError
from plantin.store.database import SQLITE_PRAGMAS, DatabaseUrl, is_migrated, migrate, open_database
from tests.store.support import Database


def test_no_migration_is_missing(sqlite: Database) -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_migrating_again_changes_nothing(database: Database) -> None:
    assert is_migrated()
    migrate()
    assert is_migrated()


def test_a_new_database_is_not_migrated(tmp_path: Path) -> None:
    open_database(DatabaseUrl.sqlite(tmp_path / "new.sqlite3"))
    assert not is_migrated()
    migrate()
    assert is_migrated()
    connections.close_all()


def test_tables_and_indexes_are_those_of_the_models(database: Database) -> None:
    with connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor))
        for model in apps.get_app_config("store").get_models():
            meta = model._meta
            assert meta.db_table in tables
            described = connection.introspection.get_table_description(cursor, meta.db_table)
            fields = {field.name: field for field in meta.concrete_fields}
            columns = {field.column: field for field in meta.concrete_fields}
            assert {one.name for one in described} == set(columns)
            assert all(bool(one.null_ok) == columns[one.name].null for one in described)
            found = connection.introspection.get_constraints(cursor, meta.db_table)
            named = {index.name for index in (*meta.indexes, *meta.constraints)}
            assert named <= set(found), meta.db_table
            for name in {index.name for index in meta.indexes}:
                index = next(one for one in meta.indexes if one.name == name)
                plain = [field.lstrip("-") for field in index.fields]
                wanted = [fields[field].column for field in plain]
                assert found[name]["columns"] == wanted


def test_sqlite_is_as_durable_as_promised(sqlite: Database) -> None:
    wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
    with connection.cursor() as cursor:
        for name, value in wanted.items():
            assert f"PRAGMA {name}=" in SQLITE_PRAGMAS
            cursor.execute(f"PRAGMA {name}")
            assert cursor.fetchone()[0] == value, name


def test_ids_are_never_used_twice_in_sqlite(sqlite: Database) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name LIKE 'store_%'")
        tables = dict(cursor.fetchall())
    for model in apps.get_app_config("store").get_models():
        if isinstance(model._meta.pk, models.AutoField):
            assert "AUTOINCREMENT" in tables[model._meta.db_table]


@pytest.mark.parametrize("name", ["plain", "with space", "100%41#a?b", "ümläut", "a:b@c"])
def test_any_path_will_do(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    folder.mkdir()
    url = DatabaseUrl.sqlite(folder / "plantin.sqlite3")
    assert url.is_sqlite and url.path == folder / "plantin.sqlite3"
    open_database(url)
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    connections.close_all()
    assert (folder / "plantin.sqlite3").exists()


def test_a_postgresql_address() -> None:
    url = DatabaseUrl("postgresql://me:p%40ss@db.test:5433/pl%61ntin?sslmode=require&host=/run/pg")
    assert not url.is_sqlite
    assert url.as_django() == {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "plantin",
        "USER": "me",
        "PASSWORD": "p@ss",
        "HOST": "/run/pg",
        "PORT": "5433",
        "OPTIONS": {"sslmode": "require"},
    }


@pytest.mark.parametrize("url", ["", "mysql://x/y", "/var/lib/plantin.sqlite3", "oracle:thing"])
def test_other_addresses_are_refused(url: str) -> None:
    with pytest.raises(PlantinError) as caught:
        open_database(DatabaseUrl(url))
    assert caught.value.reason == "bad-database-url"
    assert "sqlite:///PATH" in caught.value.text


def test_a_later_release_s_database_is_left_alone(database: Database) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('store', '9999_later', '2030-01-01')"
        )
    try:
        with pytest.raises(PlantinError, match="9999_later"):
            is_migrated()
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM django_migrations WHERE name = '9999_later'")
