"""Records: rows in one SQLite file, written by short retryable functions of a transaction.

One writer per process behind a cross-process file lock: with SQLite's busy time-out alone a writer can wait
for seconds behind luckier ones. Readers take no lock (WAL). `synchronous = FULL`: what was acknowledged
survives a power cut.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa

from tidemill.core import Clock, DamagedError, Event, UnavailableError, canonical_json, iso, new_id
from tidemill.storage.filelock import FileLock
from tidemill.storage.sealing import Entry, Head, append_sealed, canonical_text, read_head, seal

T = TypeVar("T")
Parameters = Mapping[str, Any] | Sequence[Mapping[str, Any]]


class Transaction:
    """One transaction: statements, rows and the events that commit with them. Never leaves its function."""

    def __init__(self, connection: sa.Connection, now: datetime) -> None:
        self._connection = connection
        self._emitted: list[Entry] = []
        self.now = now

    def execute(self, statement: sa.Executable, parameters: Parameters | None = None) -> sa.CursorResult[Any]:
        """Run one statement. Raises sqlalchemy.exc.IntegrityError when a constraint refuses it."""
        return self._connection.execute(statement, parameters)

    def rows(self, statement: sa.Executable) -> list[dict[str, Any]]:
        """Return all rows as dictionaries."""
        return [dict(row) for row in self._connection.execute(statement).mappings()]

    def row(self, statement: sa.Executable) -> dict[str, Any] | None:
        """Return the first row as a dictionary, or None."""
        first = self._connection.execute(statement).mappings().first()
        return dict(first) if first is not None else None

    def scalar(self, statement: sa.Executable) -> Any:
        """Return the first column of the first row, or None."""
        return self._connection.execute(statement).scalar()

    def emit(self, actor: str, project: str, event: Event) -> None:
        """Write an event with this transaction: it is stored, and sealed, just before the commit.

        Raises ValueError for NaN and infinities in its data, TypeError for what JSON cannot hold.
        """
        data = canonical_text(canonical_json(dict(event.data)))
        self._emitted.append(Entry(project, new_id(), event.kind, event.subject, actor, iso(self.now), data))

    def head(self) -> Head:
        """Return the last sealed event of the store; this transaction's own are sealed when it ends."""
        return read_head(self._connection)

    def seal(self, *, older: bool) -> None:
        """Store what was emitted, sealed; `older`: after sealing what an older Tidemill left unsealed."""
        if older:
            seal(self._connection)
        if self._emitted:
            append_sealed(self._connection, self._emitted)


class Database:
    """The records of a store. Thread-safe; `write` and `read` run a function and return its result.

    The function must be short, hold no user code, and may be called again when the store was busy.
    """

    def __init__(self, path: Path, clock: Clock) -> None:
        self.path = path
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
