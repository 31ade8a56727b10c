"""Creating and migrating the tables of a store in PostgreSQL: by the migrations, in one transaction.

A server's database is shared: it is not migrated by whoever happens to open it first, but by `tidemill migrate`, once,
when its owner says so. An empty one is filled when it is opened: there is nothing in it to lose, nor to plan.

Text is `TEXT COLLATE "C"` and whole numbers are `BIGINT` there, so that both stores hold the same values and put them
in the same order: SQLite compares bytes and has no lengths.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from tidemill.core import ConflictError, DamagedError
from tidemill.storage.migrating import VERSION_TABLE, known_versions, upgrade
from tidemill.storage.postgres_records import OutcomeUnknownError, PostgresDatabase

_OPENING = 0x7469646500  # an advisory lock: "tide" and a number
_TABLES = (
    "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
    "WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p')"
)
_LONGEST_WAIT = "10s"
_SIZE = "SELECT pg_database_size(current_database())"


class _ThrownAwayError(Exception):
    """Ends the transaction of a rehearsal."""


def create_or_check(database: PostgresDatabase) -> None:
    """Create the tables of an empty database; see that those of another are of this version.

    Raises ConflictError for a store of an older Tidemill, which `migrate_tables` brings up to date, and for one of a
    newer; DamagedError for a database of another program; UnavailableError when the server cannot be reached.
    """
    version = version_in(database)
    if version is None:
        migrate_tables(database)
    elif version != known_versions()[-1]:
        raise ConflictError(
            f"the store {database.address} has schema {version} and this Tidemill needs {known_versions()[-1]}: stop "
            "what uses it, then run 'tidemill migrate' (--plan says what it does, --dry-run tries it)"
        )


def version_in(database: PostgresDatabase) -> str | None:
    """Return the schema version of a store, None for an empty database.

    Raises ConflictError for a store of a newer Tidemill, DamagedError for a database of another program.
    """
    return database.read(lambda tx: _version(tx.execute, database.address))


def size_of(database: PostgresDatabase) -> int:
    """Return how many bytes the database takes."""
    return int(database.read(lambda tx: tx.scalar(sa.text(_SIZE))))


def migrate_tables(
    database: PostgresDatabase,
    version: str = "head",
    *,
    rehearse: bool = False,
    told: Callable[[str], None] = lambda _: None,
) -> None:
    """Bring the tables up to a version, in one transaction; of several who try at once one does it.

    rehearse: do it all, and roll it back. told: called with each version that was come to.

    Raises what `version_in` raises; UnavailableError when the server cannot be reached, or when somebody keeps a table
    for longer than ten seconds. The store is as old or as new then, never between.
    """

    def define(connection: sa.Connection, address: str) -> None:
        # The lock of the transaction: gone with it, however it ends. Another who migrates is waited for.
        connection.execute(sa.text("SELECT set_config('lock_timeout', '0', true)"))
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": _OPENING})
        connection.execute(sa.text("SELECT set_config('lock_timeout', :longest, true)"), {"longest": _LONGEST_WAIT})
        if _version(connection.execute, address) != known_versions()[-1]:
            with _wide_types(connection.dialect):
                upgrade(connection, version, told)
        if rehearse:
            raise _ThrownAwayError

    try:
        database.define(define)
    except _ThrownAwayError:
        return
    except OutcomeUnknownError:  # whether it was kept is seen by looking, under the lock
        database.define(define)


@contextmanager
def _wide_types(dialect: sa.Dialect) -> Iterator[None]:
    before = dialect.type_compiler_instance
    wide = type("WideTypes", (_WideTypes, type(before)), {})
    dialect.type_compiler_instance = wide(dialect)
    try:
        yield
    finally:
        dialect.type_compiler_instance = before


class _WideTypes:
    def visit_VARCHAR(self, *_: Any, **__: Any) -> str:  # noqa: N802 - SQLAlchemy's name
        return 'TEXT COLLATE "C"'

    visit_TEXT = visit_VARCHAR  # noqa: N815

    def visit_INTEGER(self, *_: Any, **__: Any) -> str:  # noqa: N802
        return "BIGINT"


def _version(execute: Any, address: str) -> str | None:
    tables = {row[0] for row in execute(sa.text(_TABLES))}
    if VERSION_TABLE not in tables:
        if tables:
            raise DamagedError(f"{address} is a database of another program; make an empty one for Tidemill")
        return None
    found = execute(sa.text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()  # noqa: S608 - a constant
    version = None if found is None else str(found)
    known = known_versions()
    if version is not None and version not in known:
        raise ConflictError(
            f"the store {address} was written by a newer Tidemill (schema {version}); this one knows up to "
            f"{known[-1]}: upgrade with 'pip install -U tidemill'"
        )
    return version
