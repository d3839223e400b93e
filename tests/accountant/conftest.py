"""The databases, for the tests of this folder."""

from tests.store.fixtures import database, migrated_postgresql, migrated_sqlite, sqlite

__all__ = ["database", "migrated_postgresql", "migrated_sqlite", "sqlite"]
