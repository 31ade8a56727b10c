"""The key-value port of the online features, and its SQLite backend.

Light on purpose: the data plane imports it, so it needs the standard library only.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Protocol

from tidemill.core import UnavailableError, make_private_folder

_READ_BATCH = 500


class KeyValueStore(Protocol):
    """Latest values by space and key. Implementations are thread-safe; writes are all or nothing."""

    def put_many(self, space: str, items: Iterable[tuple[str, bytes]]) -> int:
        """Store the values, replacing older ones, and return how many. Raises UnavailableError."""
        ...

    def get_many(self, space: str, keys: Sequence[str]) -> list[bytes | None]:
        """Return the values in the order of the keys, None where there is none."""
        ...

    def count(self, space: str) -> int:
        """Return how many keys the space holds."""
        ...

    def clear(self, space: str) -> None:
        """Remove every key of the space."""
        ...


class SqliteKeyValue:
    """Key-value in one SQLite file in WAL mode: many readers in many processes, one writer at a time.

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
        connection = self._connection()
        try:
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany("INSERT OR REPLACE INTO entry (space, key, value) VALUES (?, ?, ?)", rows)
            connection.execute("COMMIT")
        except sqlite3.Error as error:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise UnavailableError(f"online values were not written to {self._path}: {error}") from error
        return len(rows)

    def get_many(self, space: str, keys: Sequence[str]) -> list[bytes | None]:
        """Return the values in the order of the keys."""
        connection = self._connection()
        if len(keys) == 1:
            row = connection.execute("SELECT value FROM entry WHERE space = ? AND key = ?", (space, keys[0])).fetchone()
            return [row[0] if row else None]
        found: dict[str, bytes] = {}
        distinct = list(dict.fromkeys(keys))
        for start in range(0, len(distinct), _READ_BATCH):
            batch = distinct[start : start + _READ_BATCH]
            marks = ",".join("?" * len(batch))
            query = f"SELECT key, value FROM entry WHERE space = ? AND key IN ({marks})"  # noqa: S608 - only marks
            found.update(connection.execute(query, (space, *batch)))
        return [found.get(key) for key in keys]

    def count(self, space: str) -> int:
        """Return how many keys the space holds."""
        row = self._connection().execute("SELECT count(*) FROM entry WHERE space = ?", (space,)).fetchone()
        return int(row[0])

    def clear(self, space: str) -> None:
        """Remove every key of the space."""
        self._connection().execute("DELETE FROM entry WHERE space = ?", (space,))

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            try:
                connection = _connect(self._path)
            except sqlite3.Error as error:
                raise UnavailableError(f"online values at {self._path} cannot be opened: {error}") from error
            self._local.connection = connection
        return connection


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, timeout=10)
    connection.execute("PRAGMA journal_mode = WAL")
    # A lost tail after a power cut is made good by materializing again: values here are derived.
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute(
        "CREATE TABLE IF NOT EXISTS entry (space TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL,"
        " PRIMARY KEY (space, key)) WITHOUT ROWID"
    )
    return connection
