"""Online values in one SQLite file: the store of a single machine."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from tidemill.core import UnavailableError, UsageError, make_private_folder

_READ_BATCH = 500
_KEYS_AT_ONCE = 10_000

T = TypeVar("T")


class SqliteKeyValue:
    """Key-value in one SQLite file in WAL mode: many readers in many processes, one writer at a time.

    A batch of any size is one transaction, which survives a power cut once its call returned. Each thread has a
    connection of its own.

    >>> import tempfile
    >>> store = SqliteKeyValue(Path(tempfile.mkdtemp()) / "online.db")
    >>> store.put_many("default/carrier_delay", [("UA", b"1")])
    1
    >>> store.get_many("default/carrier_delay", ["UA", "XX"])
    [b'1', None]
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()
        make_private_folder(path.parent)

    def put_many(self, space: str, items: Iterable[tuple[str, bytes]]) -> int:
        """Store the values in one transaction."""
        rows = [(space, key, value) for key, value in items]
        self._write(lambda connection: _insert(connection, rows))
        return len(rows)

    def replace(self, space: str, items: Iterable[tuple[str, bytes]]) -> int:
        """Replace all values of the space in one transaction."""
        rows = list({key: (space, key, value) for key, value in items}.values())

        def swap(connection: sqlite3.Connection) -> None:
            connection.execute("DELETE FROM entry WHERE space = ?", (space,))
            _insert(connection, rows)

        self._write(swap)
        return len(rows)

    def get_many(self, space: str, keys: Sequence[str]) -> list[bytes | None]:
        """Return the values in the order of the keys."""
        with self._reading() as connection:
            if len(keys) == 1:
                query = "SELECT value FROM entry WHERE space = ? AND key = ?"
                row = connection.execute(query, (space, keys[0])).fetchone()
                return [row[0] if row else None]
            distinct = list(dict.fromkeys(keys))
            if len(distinct) <= _READ_BATCH:
                found = _select(connection, space, distinct)
            else:
                found = _select_in_parts(connection, space, distinct)
        return [found.get(key) for key in keys]

    def count(self, space: str) -> int:
        """Return how many keys the space holds."""
        with self._reading() as connection:
            row = connection.execute("SELECT count(*) FROM entry WHERE space = ?", (space,)).fetchone()
        return int(row[0])

    def remove_many(self, space: str, keys: Iterable[str]) -> int:
        """Remove these keys in one transaction."""
        rows = [(space, key) for key in dict.fromkeys(keys)]

        def remove(connection: sqlite3.Connection) -> int:
            return connection.executemany("DELETE FROM entry WHERE space = ? AND key = ?", rows).rowcount

        return max(0, self._write(remove))

    def keys(self, space: str) -> Iterator[str]:
        """Yield the keys of the space, some thousands at a time."""
        query = "SELECT key FROM entry WHERE space = ? AND key > ? ORDER BY key LIMIT ?"
        first = "SELECT key FROM entry WHERE space = ? AND key >= ? ORDER BY key LIMIT ?"
        last, statement = "", first
        while True:
            with self._reading() as connection:
                page = [row[0] for row in connection.execute(statement, (space, last, _KEYS_AT_ONCE))]
            yield from page
            if len(page) < _KEYS_AT_ONCE:
                return
            last, statement = page[-1], query

    def clear(self, space: str) -> None:
        """Remove every key of the space."""
        self._write(lambda connection: connection.execute("DELETE FROM entry WHERE space = ?", (space,)))

    def spaces(self, prefix: str = "") -> list[str]:
        """Return the names of the spaces that begin so: one step down the index for each."""
        found: list[str] = []
        with self._reading() as connection:
            row = connection.execute("SELECT min(space) FROM entry WHERE space >= ?", (prefix,)).fetchone()
            while row[0] is not None and row[0].startswith(prefix):
                found.append(row[0])
                row = connection.execute("SELECT min(space) FROM entry WHERE space > ?", (row[0],)).fetchone()
        return found

    def close(self) -> None:
        """Close this thread's connection; those of other threads close when they are done with them."""
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is not None:
            connection.close()
        self._local = threading.local()

    def _write(self, change: Callable[[sqlite3.Connection], T]) -> T:
        connection = self._connection()
        try:
            connection.execute("BEGIN IMMEDIATE")
            result = change(connection)
            connection.execute("COMMIT")
        except sqlite3.Error as error:
            raise UnavailableError(f"online values were not written to {self._path}: {error}") from error
        except UnicodeEncodeError as error:
            raise _no_text(error) from None
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        return result

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        try:
            yield self._connection()
        except sqlite3.Error as error:
            raise UnavailableError(f"online values at {self._path} cannot be read: {error}") from error
        except UnicodeEncodeError as error:
            raise _no_text(error) from None

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            try:
                connection = _connect(self._path)
            except sqlite3.Error as error:
                raise UnavailableError(f"online values at {self._path} cannot be opened: {error}") from error
            self._local.connection = connection
        return connection


def _insert(connection: sqlite3.Connection, rows: Sequence[tuple[str, str, bytes]]) -> None:
    connection.executemany("INSERT OR REPLACE INTO entry (space, key, value) VALUES (?, ?, ?)", rows)


def _select(connection: sqlite3.Connection, space: str, keys: Sequence[str]) -> dict[str, bytes]:
    marks = ",".join("?" * len(keys))
    query = f"SELECT key, value FROM entry WHERE space = ? AND key IN ({marks})"  # noqa: S608 - only marks
    return dict(connection.execute(query, (space, *keys)))


def _select_in_parts(connection: sqlite3.Connection, space: str, keys: Sequence[str]) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    connection.execute("BEGIN")  # all parts see one state
    try:
        for start in range(0, len(keys), _READ_BATCH):
            found.update(_select(connection, space, keys[start : start + _READ_BATCH]))
    finally:
        connection.execute("ROLLBACK")
    return found


def _no_text(error: UnicodeEncodeError) -> UsageError:
    return UsageError(f"the key {error.object!r} is no Unicode text: {error.reason}")


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, timeout=10)
    connection.execute("PRAGMA journal_mode = WAL")
    # One sync a batch: the records say that it is online, which must hold after a power cut. A checkpoint costs two.
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(
        "CREATE TABLE IF NOT EXISTS entry (space TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL,"
        " PRIMARY KEY (space, key)) WITHOUT ROWID"
    )
    return connection
