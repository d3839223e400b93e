"""A fresh, migrated database for a test: SQLite, and PostgreSQL in a private cluster.

Both are migrated once for all tests; after that a file is copied, or the tables are emptied.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.db import connection, connections

from plantin.store.database import Baton, DatabaseUrl, migrate, open_database
from tests.peers.postgresql import PostgreSQL
from tests.store.support import Database

__all__ = ["BOTH", "database", "migrated_postgresql", "migrated_sqlite", "sqlite"]

# All tests on PostgreSQL run in one worker, so that one cluster is enough.
BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.xdist_group("postgresql"))]


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file to copy."""
    path = tmp_path_factory.mktemp("template") / "plantin.sqlite3"
    open_database(DatabaseUrl.sqlite(path))
    migrate()
    connections.close_all()
    return path


@pytest.fixture(scope="session")
def migrated_postgresql(postgresql: PostgreSQL) -> DatabaseUrl:
    """A database whose tables the tests empty."""
    url = DatabaseUrl(postgresql.create_database())
    open_database(url)
    migrate()
    connections.close_all()
    return url


def _of_sqlite(template: Path, folder: Path) -> Database:
    shutil.copy(template, folder / "plantin.sqlite3")
    url = DatabaseUrl.sqlite(folder / "plantin.sqlite3")
    open_database(url)
    return Database("sqlite", url, folder, Baton(folder / "write.lock"))


def _of_postgresql(url: DatabaseUrl, folder: Path) -> Database:
    open_database(url)
    tables = ",".join(model._meta.db_table for model in apps.get_app_config("store").get_models())
    with connection.cursor() as cursor:
        # As a replica no trigger fires: the ledger's refuse to empty it.
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(f"TRUNCATE {tables} RESTART IDENTITY CASCADE")
        cursor.execute("SET session_replication_role = DEFAULT")
    return Database("postgresql", url, folder, Baton(None))


@pytest.fixture(params=BOTH)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty database, open in this process."""
    with database_of_kind(request.param, request, tmp_path) as found:
        yield found


@contextlib.contextmanager
def database_of_kind(kind: str, request: pytest.FixtureRequest, folder: Path) -> Iterator[Database]:
    """An empty database of one kind, open in this process."""
    if kind == "sqlite":
        found = _of_sqlite(request.getfixturevalue("migrated_sqlite"), folder)
    else:
        found = _of_postgresql(request.getfixturevalue("migrated_postgresql"), folder)
    yield found
    connections.close_all()
    found.baton.close()


@pytest.fixture
def sqlite(migrated_sqlite: Path, tmp_path: Path) -> Iterator[Database]:
    """An empty SQLite database, open in this process."""
    found = _of_sqlite(migrated_sqlite, tmp_path)
    yield found
    connections.close_all()
    found.baton.close()
