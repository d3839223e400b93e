"""Opens the database: SQLite (the default, one file) or PostgreSQL.

SQLite runs in WAL mode with ``synchronous=FULL``: a commit that returned survives a power loss.
Several processes of one node write to the same file; each takes the *baton* (an advisory lock on a file
beside the database) before it begins a transaction, so that a waiting writer sleeps in the kernel and wakes
at once instead of polling SQLite's busy handler.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from django.db import DEFAULT_DB_ALIAS, DatabaseError, InterfaceError, connection, connections

from plantin.core.errors import PlantinError, Temporary

SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA busy_timeout=30000; "
    "PRAGMA foreign_keys=ON; PRAGMA temp_store=MEMORY; PRAGMA cache_size=-16000; "
    "PRAGMA wal_autocheckpoint=4000; PRAGMA journal_size_limit=67108864"
)


@dataclass(frozen=True, slots=True)
class DatabaseUrl:
    """Where the store is: ``sqlite:///absolute/path`` or ``postgresql://user:password@host:port/name``."""

    url: str

    @classmethod
    def sqlite(cls, path: Path) -> "DatabaseUrl":
        return cls(f"sqlite://{quote(str(path.absolute()))}")

    @property
    def is_sqlite(self) -> bool:
        return self.url.startswith("sqlite:")

    @property
    def path(self) -> Path:
        return Path(unquote(urlsplit(self.url).path))

    def as_django(self) -> dict[str, Any]:
        """The entry for Django's DATABASES.

        Raises:
            PlantinError: the scheme is neither sqlite nor postgresql.
        """
        parts = urlsplit(self.url)
        if parts.scheme == "sqlite":
            return {
                "ENGINE": "django.db.backends.sqlite3",
                "NAME": str(self.path),
                "OPTIONS": {
                    "transaction_mode": "IMMEDIATE",
                    "init_command": SQLITE_PRAGMAS,
                    "timeout": 30,
                    "cached_statements": 512,
                },
            }
        if parts.scheme in ("postgresql", "postgres"):
            options = dict(parse_qsl(parts.query))
            return {
                "ENGINE": "django.db.backends.postgresql",
                "NAME": unquote(parts.path.lstrip("/")),
                "USER": unquote(parts.username or ""),
                "PASSWORD": unquote(parts.password or ""),
                "HOST": options.pop("host", "") or parts.hostname or "",
                "PORT": str(parts.port or ""),
                "OPTIONS": options,
            }
        raise PlantinError(
            "bad-database-url",
            f"the database address begins with {parts.scheme!r}; use sqlite:///PATH or postgresql://…",
        )


class Baton:
    """One writer at a time over all processes of the node (SQLite only; see also ``sql.take_turn``)."""

    def __init__(self, path: Path | None) -> None:
        self._file = None if path is None else os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    @contextmanager
    def held(self) -> Iterator[None]:
        if self._file is None:
            yield
            return
        fcntl.flock(self._file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)

    def close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None


def open_database(url: DatabaseUrl) -> None:
    """Says which database the store is in this process. Call it before the first query.

    Raises:
        PlantinError: the address is of no known kind.
    """
    connections.close_all()
    known = connections.configure_settings({DEFAULT_DB_ALIAS: url.as_django()})
    connections.settings[DEFAULT_DB_ALIAS] = known[DEFAULT_DB_ALIAS]
    with suppress(AttributeError):
        del connections[DEFAULT_DB_ALIAS]  # this thread's connection object still has the old address


def is_migrated() -> bool:
    """Whether the schema is that of this release. One query: every command asks.

    Raises:
        PlantinError: a later release has changed the schema, which this one does not know.
    """
    known = {path.stem for path in (Path(__file__).parent / "migrations").glob("[0-9]*.py")}
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT name FROM django_migrations WHERE app = 'store'")
            applied = {str(row[0]) for row in cursor.fetchall()}
    except (DatabaseError, InterfaceError):  # no such table: it is new. Anything worse, migrating will tell
        connection.close()
        return False
    if later := applied - known:
        raise PlantinError(
            "later-release",
            f"a later release of Plantin has written this database ({', '.join(sorted(later))})",
        )
    return known <= applied


def migrate() -> None:
    """Brings the schema up to this release.

    Raises:
        PlantinError: the database can't be reached, or can't be changed, and why.
    """
    from django.core.management import call_command  # a tenth of a second that only a new schema needs

    with database_errors("the database can't be opened"):
        call_command("migrate", verbosity=0, interactive=False)


@contextmanager
def database_errors(doing: str = "the database could not do it") -> Iterator[None]:
    """Gives what the database raises as the product's own error.

    Raises:
        Temporary: "store-error"; its cause is the database's error.
    """
    try:
        yield
    except (DatabaseError, InterfaceError) as error:
        raise Temporary("store-error", f"{doing}: {' '.join(str(error).split())}") from error
