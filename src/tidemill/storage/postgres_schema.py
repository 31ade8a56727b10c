"""Creating and migrating the tables of a store in PostgreSQL: by the migrations, in one transaction.

Text is `TEXT COLLATE "C"` and whole numbers are `BIGINT` there, so that both stores hold the same values and put them
in the same order: SQLite compares bytes and has no lengths.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from tidemill.core import ConflictError, DamagedError
from tidemill.storage.migrating import VERSION_TABLE, known_versions, upgrade
from tidemill.storage.postgres_records import PostgresDatabase

_OPENING = 0x7469646500  # an advisory lock: "tide" and a number
_TABLES = (
    "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
    "WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p')"
)


def create_or_migrate(database: PostgresDatabase) -> None:
    """Create the tables of an empty database, or bring older ones up to date.

    Raises ConflictError for a store of a newer Tidemill, DamagedError for a database of another program,
    UnavailableError when the server cannot be reached.
    """
    if database.read(lambda tx: _version(tx.execute, database.address)) == known_versions()[-1]:
        return
    database.define(_define)


def _define(connection: sa.Connection, address: str) -> None:
    connection.execute(sa.text("SELECT set_config('lock_timeout', '0', true)"))
    connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": _OPENING})
    if _version(connection.execute, address) != known_versions()[-1]:
        dialect = connection.dialect
        before = dialect.type_compiler_instance
        wide = type("WideTypes", (_WideTypes, type(before)), {})
        dialect.type_compiler_instance = wide(dialect)
        try:
            upgrade(connection)
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
