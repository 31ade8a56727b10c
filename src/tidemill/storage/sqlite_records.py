"""Records in one SQLite file.

Threads that write at the same time share one transaction and one fsync (`group_commit`). Processes take turns at a
file lock: with SQLite's busy time-out alone a writer can wait for seconds behind luckier ones.
A group ends after a number of writes or some milliseconds, so that no process keeps the others waiting. Readers take no
lock (WAL). `synchronous = FULL`: what was acknowledged survives a power cut.

A disk that fails to keep a commit may have dropped what it was given, and may say at the next try that all is well. So
there is no next try: the store takes no more writes in this process, as PostgreSQL does since 2018. A full disk is no
such case: that write is refused, and the next is tried anew. A sync can fail as well when the log of changes is moved
into the file, which SQLite does by itself and without a word: so here the store does it (`_shorten_log`).
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar, cast

import sqlalchemy as sa

from tidemill.core import Clock, DamagedError, UnavailableError
from tidemill.storage.filelock import FileLock
from tidemill.storage.group_commit import GroupCommit, WaitingWrite
from tidemill.storage.records import Transaction
from tidemill.storage.wal_file import is_long

T = TypeVar("T")

_MOST_WRITES = 128
_LONGEST_S = 0.01
_IO_ERROR = 10  # SQLITE_IOERR, the lower byte of its kinds
_SHARED_MEMORY = "SQLITE_IOERR_SHM"  # of the readers' index beside the file, which a full disk cannot hold either


class SqliteDatabase:
    """The records of a store in a SQLite file. See `Database`."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self.path = path
        self.folder = path.parent
        self._clock = clock
        self._log = path.with_name(f"{path.name}-wal")
        self._engine = _engine(path)
        self._file_lock = FileLock(path.with_name(f"{path.name}.lock"))
        self._writers = GroupCommit(self._commit_group)
        self._looked_for_unsealed = False
        self._failure = ""

    def write(self, function: Callable[[Transaction], T]) -> T:
        """Run the function in a transaction and commit it durably; other threads' writes may share its commit.

        It sees all that was written before it, and nothing that failed. It may run in another thread.

        Raises whatever the function raises, after rolling back what it did and nothing else; UnavailableError when
        the disk refuses.
        """
        self.check_writable()
        return self._writers.write(function)

    def read(self, function: Callable[[Transaction], T]) -> T:
        """Run the function on one unchanging view of the records; nothing it writes is kept."""
        with self._refusals(), self._connection("BEGIN") as connection:
            return function(Transaction(connection, self._clock.now()))

    def check_writable(self) -> None:
        """Raise UnavailableError once the disk has failed to keep a commit; asks no disk."""
        if self._failure:
            raise UnavailableError(self._failure)

    def close(self) -> None:
        """Close every connection; the object can be used again afterwards."""
        self._engine.dispose()
        self._file_lock.close()

    def _commit_group(self) -> None:
        """Run the writes that wait in one transaction and commit it."""
        group: list[WaitingWrite] = []
        try:
            with self._refusals():
                self.check_writable()
                with self._file_lock, self._connection("BEGIN IMMEDIATE") as connection:
                    if self._run_waiting(connection, group):
                        self._commit(_raw(connection), group)
                        self._looked_for_unsealed = True
                        self._shorten_log(_raw(connection))
        except Exception as error:  # noqa: BLE001 - it is raised to those who wait
            for write in group or self._writers.take_all():
                write.failed(_copy(error))
        finally:  # after an interrupt, or when one write took the transaction down with it: they were not committed
            self._writers.put_back(group)

    def _run_waiting(self, connection: sa.Connection, group: list[WaitingWrite]) -> bool:
        """Run the writes that wait and list those to be committed; tell whether there is something to commit."""
        until = time.monotonic() + _LONGEST_S
        while (write := self._writers.take()) is not None:
            group.append(write)
            self._run(connection, write, first=len(group) == 1)
            if write.settled:  # by its error
                group.pop()
            if not _raw(connection).in_transaction:
                return False
            if not group or len(group) >= _MOST_WRITES or time.monotonic() > until:
                break
        return bool(group)

    def _run(self, connection: sa.Connection, write: WaitingWrite, *, first: bool) -> None:
        """Run one write. What it did is undone when it raises; the first has the transaction still to itself."""
        raw = _raw(connection)
        try:
            with self._refusals():
                if not first:
                    raw.execute("SAVEPOINT one_write")
                transaction = Transaction(connection, self._clock.now())
                write.ran(write.function(transaction))
                transaction.seal(older=not self._looked_for_unsealed)
                if not raw.in_transaction:
                    raise sqlite3.OperationalError("a statement took the whole transaction down")
                if not first:
                    raw.execute("RELEASE one_write")
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - it is raised to its caller
            if raw.in_transaction and not first:
                raw.execute("ROLLBACK TO one_write")
                raw.execute("RELEASE one_write")
            write.failed(error)

    def _commit(self, raw: sqlite3.Connection, group: list[WaitingWrite]) -> None:
        try:
            raw.execute("COMMIT")
        except sqlite3.Error as error:
            self._note_failure(error)
            raise
        except BaseException:  # an interrupt, which comes before or after, never amid
            if not raw.in_transaction:
                _let_go(group)
            raise
        _let_go(group)

    def _shorten_log(self, raw: sqlite3.Connection) -> None:
        """Move the log into the file once it is long. Nothing acknowledged is lost when it fails: the log stays."""
        if is_long(self._log):
            try:
                raw.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
            except sqlite3.Error as error:  # for a full disk as well, which the next try may find with room
                self._note_failure(error)

    def _note_failure(self, error: sqlite3.Error) -> None:
        """Take no more writes when the disk has failed to keep a change for another reason than that it is full."""
        code, name = getattr(error, "sqlite_errorcode", 0), getattr(error, "sqlite_errorname", "")
        if code & 0xFF == _IO_ERROR and not name.startswith(_SHARED_MEMORY):
            self._failure = (
                f"the store {self.path} takes no more writes in this process, reads go on: its disk failed to keep a "
                f"change ({error}, {name}); see to the disk, run 'tidemill verify', and start this process again"
            )

    @contextmanager
    def _connection(self, begin: str) -> Iterator[sa.Connection]:
        with self._engine.connect() as connection:
            raw = _raw(connection)
            raw.execute(begin)
            try:
                yield connection
            finally:
                if raw.in_transaction:
                    with suppress(sqlite3.Error):  # whoever is told why hears it from the error that led here
                        raw.execute("ROLLBACK")

    @contextmanager
    def _refusals(self) -> Iterator[None]:
        """Say in one line what SQLite refused."""
        try:
            yield
        except (sa.exc.IntegrityError, sqlite3.IntegrityError):
            raise
        except (sa.exc.DatabaseError, sqlite3.DatabaseError) as error:
            cause = error.orig if isinstance(error, sa.exc.DatabaseError) else error
            if isinstance(cause, sqlite3.OperationalError):
                said = self._failure or f"the store {self.path} refused: {cause}; free space and rights?"
                raise UnavailableError(said) from error
            raise DamagedError(f"the store {self.path} cannot be read: {cause}; restore a copy") from error


def _raw(connection: sa.Connection) -> sqlite3.Connection:
    # Transactions are begun and ended here: it is a few microseconds away, and SQLAlchemy would keep books of them.
    return cast(sqlite3.Connection, connection.connection.dbapi_connection)


def _let_go(group: list[WaitingWrite]) -> None:
    for write in group:
        write.committed()


def _copy(error: Exception) -> Exception:
    """Return an error for one more thread to raise: each writes its own trace into it."""
    if isinstance(error, UnavailableError | DamagedError):
        copy = type(error)(str(error))
        copy.__cause__ = error.__cause__
        return copy
    return error


def _engine(path: Path) -> sa.Engine:
    # Transactions are begun and ended by hand: the driver would begin them late and never IMMEDIATE.
    engine = sa.create_engine(f"sqlite+pysqlite:///{path}", isolation_level="AUTOCOMMIT", pool_size=8, max_overflow=32)

    def prepare(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute("PRAGMA busy_timeout = 10000")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        connection.execute("PRAGMA foreign_keys = ON")

    sa.event.listen(engine, "connect", prepare)
    return engine
