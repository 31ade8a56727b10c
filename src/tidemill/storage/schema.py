"""Opening a store: created from `schema.sql`, brought up to date by Alembic, refused when it is newer.

A fresh store does not need Alembic, whose import alone costs most of a second; a test holds that
`schema.sql` and the migrations give the same tables.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from importlib import resources
from pathlib import Path
from typing import overload

import sqlalchemy as sa

from tidemill.core import Clock, ConflictError, DamagedError, UnavailableError, make_private_folder
from tidemill.storage.file_systems import refuse_network_folder
from tidemill.storage.filelock import FileLock
from tidemill.storage.migrating import VERSION_TABLE, known_versions, upgrade
from tidemill.storage.postgres_records import PostgresDatabase
from tidemill.storage.postgres_schema import create_or_check
from tidemill.storage.records import Database
from tidemill.storage.sqlite_copy import copy_sqlite
from tidemill.storage.sqlite_records import SqliteDatabase

__all__ = ["VERSION_TABLE", "copy_beside", "known_versions", "migrate", "open_database", "version_of"]


@overload
def open_database(place: Path, clock: Clock) -> SqliteDatabase: ...


@overload
def open_database(place: Path | str, clock: Clock, folder: Path) -> Database: ...


def open_database(place: Path | str, clock: Clock, folder: Path | None = None) -> Database:
    """Open the records at a path or a PostgreSQL URL, creating them first. A file of an older Tidemill is migrated.

    folder: where this process keeps its local locks; beside the file when the records are one.

    Raises ConflictError for a store of a newer Tidemill and for a server's of an older, DamagedError for what is no
    store, UnavailableError when its folder cannot be written or its server not be reached, UsageError for a URL of
    another kind or a folder on a network file system.
    """
    if isinstance(place, Path):
        return _open_file(place, clock)
    if folder is None:
        raise TypeError("records in PostgreSQL need a folder for this process's locks")
    database = PostgresDatabase(place, folder, clock)
    try:
        create_or_check(database)
    except BaseException:
        database.close()
        raise
    return database


def _open_file(path: Path, clock: Clock) -> SqliteDatabase:
    """Open a SQLite file; a copy is kept beside a migrated one."""
    refuse_network_folder(path.parent)
    try:
        make_private_folder(path.parent)
    except OSError as error:
        raise UnavailableError(
            f"{path.parent} cannot hold a store ({error.strerror}); name another with --home"
        ) from error
    with closing(FileLock(path.with_name(f"{path.name}.lock"))) as lock, lock:
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


def version_of(path: Path) -> str | None:
    """Return the schema version of a SQLite file, None for one that is missing or empty.

    Raises DamagedError for a file that is no store, UnavailableError when it cannot be read.
    """
    if not path.exists() or path.stat().st_size == 0:
        return None
    try:
        return _version_in(path)
    except sqlite3.OperationalError as error:
        raise UnavailableError(
            f"the store {path} cannot be opened now ({error}); free space on its disk, see to its rights, and try again"
        ) from error
    except sqlite3.DatabaseError as error:
        raise DamagedError(
            f"{path} is not a Tidemill store ({error}); choose another folder or restore a copy"
        ) from error


def _version_in(path: Path) -> str | None:
    with closing(sqlite3.connect(path)) as connection:
        tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if VERSION_TABLE in tables:
            row = connection.execute(f"SELECT version_num FROM {VERSION_TABLE}").fetchone()  # noqa: S608 - a constant
            return str(row[0]) if row else None
    if tables:
        raise DamagedError(f"{path} is a SQLite file of another program; choose another folder with --home")
    return None


def _create(path: Path) -> None:
    """Make the tables, all or none. Raises UnavailableError when the disk refuses."""
    try:
        _run_script(path)
    except (sqlite3.OperationalError, OSError) as error:
        raise UnavailableError(f"the store {path} cannot be made ({error}); free space and rights?") from error


def _run_script(path: Path) -> None:
    script = (resources.files("tidemill.storage") / "schema.sql").read_text("utf-8")
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        path.chmod(0o600)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript(
            f"BEGIN IMMEDIATE;\n{script}\n"
            f"CREATE TABLE {VERSION_TABLE} (version_num VARCHAR(32) NOT NULL PRIMARY KEY);\n"
            f"INSERT INTO {VERSION_TABLE} VALUES ('{known_versions()[-1]}');\nCOMMIT;"
        )


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
    engine = sa.create_engine(f"sqlite+pysqlite:///{path}", isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)

    try:
        with engine.connect() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            upgrade(connection, version)
            connection.exec_driver_sql("COMMIT")
    except sa.exc.OperationalError as error:
        raise UnavailableError(
            f"the store {path} could not be brought up to date and is as it was: {error.orig}; free space on its disk, "
            "then try again"
        ) from error
    finally:
        engine.dispose()
