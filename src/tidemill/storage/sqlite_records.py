"""Records in one SQLite file.

One writer per process behind a cross-process file lock: with SQLite's busy time-out alone a writer can wait
for seconds behind luckier ones. Readers take no lock (WAL). `synchronous = FULL`: what was acknowledged
survives a power cut.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import sqlalchemy as sa

from tidemill.core import Clock, DamagedError, UnavailableError
from tidemill.storage.filelock import FileLock
from tidemill.storage.records import Transaction

T = TypeVar("T")


class SqliteDatabase:
    """The records of a store in a SQLite file. See `Database`."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self.path = path
        self.folder = path.parent
        self._clock = clock
        self._engine = _engine(path)
        self._thread_lock = threading.Lock()
        self._file_lock = FileLock(path.with_name(f"{path.name}.lock"))
        self._looked_for_unsealed = False

    def write(self, function: Callable[[Transaction], T]) -> T:
        """Run the function in a transaction of its own and commit it durably.

        Raises whatever the function raises, after rolling back; UnavailableError when the disk refuses.
        """
        with self._thread_lock, self._file_lock, self._connection("BEGIN IMMEDIATE") as connection:
            transaction = Transaction(connection, self._clock.now())
            result = function(transaction)
            transaction.seal(older=not self._looked_for_unsealed)
            connection.exec_driver_sql("COMMIT")
            self._looked_for_unsealed = True
            return result

    def read(self, function: Callable[[Transaction], T]) -> T:
        """Run the function on one unchanging view of the records; nothing it writes is kept."""
        with self._connection("BEGIN") as connection:
            return function(Transaction(connection, self._clock.now()))

    def close(self) -> None:
        """Close every connection; the object can be used again afterwards."""
        self._engine.dispose()

    @contextmanager
    def _connection(self, begin: str) -> Iterator[sa.Connection]:
        try:
            with self._engine.connect() as connection:
                connection.exec_driver_sql(begin)
                try:
                    yield connection
                finally:
                    if _in_transaction(connection):
                        connection.exec_driver_sql("ROLLBACK")
        except sa.exc.OperationalError as error:
            raise UnavailableError(f"the store {self.path} refused: {error.orig}; free space and rights?") from error
        except sa.exc.DatabaseError as error:
            if isinstance(error, sa.exc.IntegrityError):
                raise
            raise DamagedError(f"the store {self.path} cannot be read: {error.orig}; restore a copy") from error


def _in_transaction(connection: sa.Connection) -> bool:
    raw = connection.connection.dbapi_connection
    return bool(getattr(raw, "in_transaction", False))


def _engine(path: Path) -> sa.Engine:
    # Transactions are begun and ended by hand: the driver would begin them late and never IMMEDIATE.
    engine = sa.create_engine(f"sqlite+pysqlite:///{path}", isolation_level="AUTOCOMMIT", pool_size=8, max_overflow=32)

    def prepare(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute("PRAGMA busy_timeout = 10000")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")

    sa.event.listen(engine, "connect", prepare)
    return engine
