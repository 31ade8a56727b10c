"""Opening a store: created from `schema.sql`, brought up to date by Alembic, refused when it is newer.

A fresh store does not need Alembic, whose import alone costs most of a second; a test holds that
`schema.sql` and the migrations give the same tables.
"""

from __future__ import annotations

import sqlite3
from importlib import resources
from pathlib import Path

from tidemill.core import Clock, ConflictError, DamagedError, UnavailableError, make_private_folder
from tidemill.storage.filelock import FileLock
from tidemill.storage.sqlite_copy import copy_sqlite
from tidemill.storage.sqlite_records import SqliteDatabase

VERSION_TABLE = "tidemill_migration"


def open_database(path: Path, clock: Clock) -> SqliteDatabase:
    """Open the records at a path, creating or migrating them first; a copy is kept beside a migrated one.

    Raises ConflictError for a store of a newer Tidemill, DamagedError for a file that is no store, UnavailableError
    when its folder cannot be written.
    """
    try:
        make_private_folder(path.parent)
    except OSError as error:
        raise UnavailableError(
            f"{path.parent} cannot hold a store ({error.strerror}); name another with --home"
        ) from error
    with FileLock(path.with_name(f"{path.name}.lock")):
        version = version_of(path)
        migrated = version is not None and version != known_versions()[-1]
        if version is None:
            _create(path)
        elif migrated:
            _migrate(path, version)
    database = SqliteDatabase(path, clock)
    if migrated:
        database.write(lambda _: None)  # seals the events of a time when they were not; else the next write does
    return database


def known_versions() -> list[str]:
    """Return the schema versions that this Tidemill knows, oldest first.

    >>> known_versions()[0]
    '0001'
    """
    folder = resources.files("tidemill.storage") / "migrations" / "versions"
    return sorted(file.name[:4] for file in folder.iterdir() if file.name[:4].isdigit())


def version_of(path: Path) -> str | None:
    """Return the schema version of a SQLite file, None for one that is missing or empty.

    Raises DamagedError for a file that is no store, UnavailableError when it cannot be read.
    """
    if not path.exists() or path.stat().st_size == 0:
        return None
    connection = sqlite3.connect(path)
    try:
        tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if VERSION_TABLE in tables:
            row = connection.execute(f"SELECT version_num FROM {VERSION_TABLE}").fetchone()  # noqa: S608 - a constant
            return str(row[0]) if row else None
    except sqlite3.OperationalError as error:
        raise UnavailableError(
            f"the store {path} cannot be opened now ({error}); free space on its disk, see to its rights, and try again"
        ) from error
    except sqlite3.DatabaseError as error:
        raise DamagedError(
            f"{path} is not a Tidemill store ({error}); choose another folder or restore a copy"
        ) from error
    finally:
        connection.close()
    if tables:
        raise DamagedError(f"{path} is a SQLite file of another program; choose another folder with --home")
    return None


def _create(path: Path) -> None:
    script = (resources.files("tidemill.storage") / "schema.sql").read_text("utf-8")
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        path.chmod(0o600)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript(
            f"BEGIN IMMEDIATE;\n{script}\n"
            f"CREATE TABLE {VERSION_TABLE} (version_num VARCHAR(32) NOT NULL PRIMARY KEY);\n"
            f"INSERT INTO {VERSION_TABLE} VALUES ('{known_versions()[-1]}');\nCOMMIT;"
        )
    finally:
        connection.close()


def _migrate(path: Path, version: str) -> None:
    known = known_versions()
    if version not in known:
        raise ConflictError(
            f"the store {path} was written by a newer Tidemill (schema {version}); this one knows up to {known[-1]}: "
            "upgrade with 'pip install -U tidemill'"
        )
    # Also when there is one: it may be of an earlier time, and the store have been written to since.
    copy_sqlite(path, copy_beside(path, version))
    migrate(path)


def copy_beside(path: Path, version: str) -> Path:
    """Return where the copy of a store is kept that is migrated from a version."""
    return path.with_name(f"{path.name}.{version}.copy")


def migrate(path: Path, version: str = "head") -> None:
    """Run the migrations on a SQLite file up to a version, all in one transaction.

    Raises UnavailableError when the disk refuses; the file is as it was then.
    """
    # Alembic is imported here, in its adapter, since only an older store needs it.
    import sqlalchemy as sa
    from alembic.migration import MigrationContext
    from alembic.operations import Operations
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory(str(resources.files("tidemill.storage") / "migrations"))
    engine = sa.create_engine(f"sqlite+pysqlite:///{path}", isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)

    def steps(revision: object, _context: MigrationContext) -> object:
        return scripts._upgrade_revs(version, revision)  # type: ignore[arg-type]  # what alembic's env.py calls

    try:
        with engine.connect() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            context = MigrationContext.configure(
                connection, opts={"fn": steps, "version_table": VERSION_TABLE, "transactional_ddl": False}
            )
            with Operations.context(context):
                context.run_migrations()
            connection.exec_driver_sql("COMMIT")
    except sa.exc.OperationalError as error:
        raise UnavailableError(
            f"the store {path} could not be brought up to date and is as it was: {error.orig}; free space on its disk, "
            "then try again"
        ) from error
    finally:
        engine.dispose()
