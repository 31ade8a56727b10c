"""Records: the port. Rows are written by short, retryable functions of a transaction, and read on one fixed view."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol, TypeVar

import sqlalchemy as sa

from tidemill.core import Event, UsageError, canonical_json, iso, new_id
from tidemill.storage.sealing import Entry, Head, append_sealed, append_unsealed, canonical_text, read_head, seal
from tidemill.storage.time_limits import stopped_after

T = TypeVar("T")
Parameters = Mapping[str, Any] | Sequence[Mapping[str, Any]]

_LONGEST_REASON = 20_000


class Transaction:
    """One transaction: statements, rows and the events that commit with them. Never leaves its function.

    dialect: which database it is, for statements about the database itself; all others are worded for all of them.
    """

    def __init__(self, connection: sa.Connection, now: datetime) -> None:
        self._connection = connection
        self._emitted: list[Entry] = []
        self.now = now
        self.dialect = connection.dialect.name

    def execute(self, statement: sa.Executable, parameters: Parameters | None = None) -> sa.CursorResult[Any]:
        """Run one statement.

        Raises sqlalchemy.exc.IntegrityError when a constraint refuses it, UsageError for a value that cannot be stored.
        """
        try:
            return self._connection.execute(statement, parameters)
        except (UnicodeEncodeError, OverflowError) as error:
            raise _not_storable(error) from error

    def execute_plain(self, text: str, parameters: Sequence[Sequence[Any]] | Mapping[str, Any]) -> None:
        """Run one statement in the driver's own words: with one row of parameters, or with each of many.

        Raises sqlalchemy.exc.IntegrityError or that of the driver when a constraint refuses it, UsageError for a value
        that cannot be stored.
        """
        try:
            if self.dialect == "sqlite" and not isinstance(parameters, Mapping):
                self._driver.executemany(text, parameters)
                return
            given: Any = dict(parameters) if isinstance(parameters, Mapping) else [tuple(each) for each in parameters]
            self._connection.exec_driver_sql(text, given)
        except (UnicodeEncodeError, OverflowError) as error:
            raise _not_storable(error) from error

    def rows_plain(self, text: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """Return all rows of one statement in the driver's own words, as the driver gives them."""
        if self.dialect == "sqlite":
            found: list[tuple[Any, ...]] = self._driver.execute(text, parameters).fetchall()
            return found
        return [tuple(row) for row in self._connection.exec_driver_sql(text, dict(parameters))]

    @property
    def _driver(self) -> Any:
        return self._connection.connection.dbapi_connection

    def within(self, seconds: float) -> AbstractContextManager[None]:
        """Stop what is read within when it takes longer: in SQLite in all, in PostgreSQL each statement.

        Raises UsageError, after which nothing can be read in this transaction.
        """
        return stopped_after(self._connection, seconds)

    def rows(self, statement: sa.Executable, parameters: Parameters | None = None) -> list[dict[str, Any]]:
        """Return all rows as dictionaries."""
        return [dict(row) for row in self.execute(statement, parameters).mappings()]

    def row(self, statement: sa.Executable, parameters: Parameters | None = None) -> dict[str, Any] | None:
        """Return the first row as a dictionary, or None."""
        first = self.execute(statement, parameters).mappings().first()
        return dict(first) if first is not None else None

    def scalar(self, statement: sa.Executable) -> Any:
        """Return the first column of the first row, or None."""
        return self.execute(statement).scalar()

    def emit(self, actor: str, project: str, event: Event) -> None:
        """Write an event with this transaction: it is stored, and sealed, just before the commit.

        Raises ValueError for NaN and infinities in its data, TypeError for what JSON cannot hold, UsageError for text
        that is no Unicode.
        """
        data = canonical_text(canonical_json(dict(event.data)))
        entry = Entry(project, new_id(), event.kind, event.subject, actor, iso(self.now), data)
        try:
            "".join(entry).encode()
        except UnicodeEncodeError as error:
            raise _not_storable(error) from error
        self._emitted.append(entry)

    def head(self) -> Head:
        """Return the last sealed event of the store; this transaction's own are sealed when it ends."""
        return read_head(self._connection)

    def seal(self, *, older: bool) -> None:
        """Store what was emitted, sealed; `older`: after sealing what an older Tidemill left unsealed."""
        if older:
            seal(self._connection)
        if self._emitted:
            append_sealed(self._connection, self._emitted)

    def first_emitted(self) -> Entry | None:
        """Return an event by which it can be told later whether this transaction was kept; None without one."""
        return self._emitted[0] if self._emitted else None

    def store_unsealed(self) -> None:
        """Store what was emitted, to be sealed after the commit: where writers are not serial, one seals for all."""
        if self._emitted:
            append_unsealed(self._connection, self._emitted)


class Database(Protocol):
    """The records of a store. Thread-safe; `write` and `read` run a function and return its result.

    The function must be short, hold no user code, and may be called again when the store was busy. It may run in
    another thread, so it takes no lock that its caller holds.
    folder: where this process keeps its local locks.
    """

    folder: Path

    def write(self, function: Callable[[Transaction], T]) -> T:
        """Run the function in a transaction of its own and commit it durably.

        Raises whatever the function raises, after rolling back; UnavailableError when the disk refuses.
        """
        ...

    def read(self, function: Callable[[Transaction], T]) -> T:
        """Run the function on one unchanging view of the records; nothing it writes is kept."""
        ...

    def check_writable(self) -> None:
        """Raise UnavailableError when the store is known to take no writes; asks no disk and no server."""
        ...

    def close(self) -> None:
        """Close every connection; the object can be used again afterwards."""
        ...


def is_shared(database: Database) -> bool:
    """Tell whether processes of other machines may use the same records, with a folder of their own."""
    return bool(getattr(database, "shared", False))


def storable(reason: str) -> str:
    """Return a text, such as that of an error, as every database can hold it: NUL and what is no Unicode as escapes.

    Of a very long one the middle is left out.

    >>> storable("a\\0b")
    'a\\\\x00b'
    """
    if len(reason) > _LONGEST_REASON:
        half = _LONGEST_REASON // 2
        reason = f"{reason[:half]} ... {len(reason) - 2 * half:,} characters ... {reason[-half:]}"
    return reason.encode("utf-8", "backslashreplace").decode("utf-8").replace("\0", "\\x00")


def _not_storable(error: UnicodeEncodeError | OverflowError) -> UsageError:
    if isinstance(error, UnicodeEncodeError):
        return UsageError(f"text cannot be stored that is no Unicode: it holds {error.object[error.start]!r}")
    return UsageError("a whole number cannot be stored that takes more than 64 bits")
