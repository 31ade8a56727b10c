"""Records in PostgreSQL, by psycopg 3.

Writes run SERIALIZABLE: rooms look, then write, as if nobody else did (`max(version) + 1`), which on SQLite is so, and
here the server sees to it: of two transactions that would not fit one after the other, one is run again. Reads run
REPEATABLE READ and READ ONLY: one view from the first statement on, taken without a lock.

Events are stored with the change and sealed later, in batches, by whoever reads them next (`PostgresDatabase.seal`):
to chain them inside each transaction would put all writers in one row, at a third of the speed.
"""

from __future__ import annotations

import os
import random
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar, cast

import sqlalchemy as sa

from tidemill.core import Clock, DamagedError, UnavailableError, UsageError, make_private_folder
from tidemill.storage.records import Transaction
from tidemill.storage.sealing import Entry, put_again, seal_waiting

T = TypeVar("T")

_SCHEMES = ("postgresql", "postgres", "postgresql+psycopg")
_PATIENCE_S = 30.0
_SEALER, _UNLUCKY = 0x7469646501, 0x7469646502  # advisory locks: "tide" and a number
_RETRY = {"40001", "40P01", "55P03"}  # serialization failure, deadlock, lock not available
_TAKEN = "23505"  # unique violation: a concurrent twin of a look-then-insert; a second look finds it
_MOST_TAKEN = 3
_MOST_LOST_COMMITS = 5
_SETTLE_S = 10.0
_STAMP = sa.text("SELECT CAST(pg_current_snapshot() AS TEXT)")
_STAMP_EVERY_S = 0.025
# A stopped process must not hold rows, or the sealer's place, for ever; what is committed is on disk.
_PREPARE = (
    "SELECT set_config('synchronous_commit', CASE current_setting('synchronous_commit') WHEN 'off' THEN 'on' "
    "ELSE current_setting('synchronous_commit') END, false), set_config('lock_timeout', '10s', false), "
    "set_config('idle_in_transaction_session_timeout', '30s', false)"
)


class OutcomeUnknownError(UnavailableError):
    """The connection was lost during a commit: the change was kept, or not. Look before doing it again."""


class _LostCommitError(Exception):
    """A commit whose connection was lost: an event of it, and what its function gave."""

    def __init__(self, said: str, entry: Entry, result: object) -> None:
        super().__init__(said)
        self.entry = entry
        self.result = result


class PostgresDatabase:
    """The records of a store in a PostgreSQL database. See `Database`.

    url: ``postgresql://user:password@host:5432/database``; what libpq takes may follow ``?``. No error names the
    password. Connections are made when they are needed, and made anew when the server was away.

    Raises UsageError for a URL of another kind, UnavailableError when psycopg is not installed.
    """

    shared = True

    def __init__(self, url: str, folder: Path, clock: Clock) -> None:
        self.folder = folder
        self._clock = clock
        parsed = _parsed(url)
        self.address = _address(parsed)
        self._engine = _engine(parsed)
        self._serializable = self._engine.execution_options(isolation_level="SERIALIZABLE")
        self._fixed = self._engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        self._plain = self._engine.execution_options(isolation_level="READ COMMITTED")
        self._autocommit = self._engine.execution_options(isolation_level="AUTOCOMMIT")
        self._stamped = (-_STAMP_EVERY_S, "")
        make_private_folder(folder)
        _drop_in_forks(self._engine)
        weakref.finalize(self, self._engine.dispose)  # nobody has to remember `close` for the server's sake

    def write(self, function: Callable[[Transaction], T]) -> T:
        """Run the function in a transaction of its own and commit it durably; again when another came between.

        Raises whatever the function raises, after rolling back; UnavailableError when the server cannot be reached or
        stays busy; OutcomeUnknownError, which is one, when the connection was lost during the commit and it cannot be
        found out what became of it. It can when the function emits an event and the server comes back within ten
        seconds: its event is looked for by its id, and the function is run again only when it was not kept.
        """
        for _ in range(_MOST_LOST_COMMITS):
            try:
                return self._persistently(lambda alone: self._write(function, alone=alone))
            except _LostCommitError as lost:
                if self._was_kept(lost):
                    return cast(T, lost.result)
        raise self._busy("connections were lost during each commit")

    def read(self, function: Callable[[Transaction], T]) -> T:
        """Run the function on one unchanging view of the records; a write in it is refused.

        Raises UnavailableError when the server cannot be reached.
        """

        def once(_alone: bool) -> T:
            with self._fixed.connect() as connection:
                return function(Transaction(connection, self._clock.now()))

        return self._persistently(once)

    def seal(self, limit: int | None = None) -> int:
        """Seal the events committed by now, up to about `limit` of them, and return how many were sealed here.

        One process seals at a time; another waits for it, and goes on without when it takes too long.

        Raises UnavailableError when the server cannot be reached.
        """
        count = 0
        while limit is None or count < limit:
            sealed = self._persistently(lambda _alone: self._seal_piece())
            count += sealed
            if not sealed:
                break
        return count

    def define(self, function: Callable[[sa.Connection, str], None]) -> None:
        """Run a function that changes tables, given a connection and the address, in one transaction."""

        def once(_alone: bool) -> None:
            with self._plain.connect() as connection:
                function(connection, self.address)
                self._commit(connection)

        self._persistently(once)

    def check_writable(self) -> None:
        """Do nothing: a server that fails to keep a commit starts anew and is asked again with the next write."""

    def stamp(self) -> str:
        """Return what changes with every commit, by one round trip, at most one in 25 ms.

        It names the transactions that were under way or yet to come when it was taken: PostgreSQL has it at hand,
        no table is read, no writer waits for it (as with NOTIFY, which lets one transaction commit at a time), and it
        is no number of a row, which is given before the row can be seen. Writers of other databases of the same server
        change it too.

        Raises UnavailableError when the server cannot be reached.
        """
        at, known = self._stamped
        if time.monotonic() - at < _STAMP_EVERY_S:
            return known

        def once(_alone: bool) -> str:
            with self._autocommit.connect() as connection:
                return str(connection.execute(_STAMP).scalar())

        found = self._persistently(once)
        self._stamped = (time.monotonic(), found)
        return found

    def close(self) -> None:
        """Close every connection; the object can be used again afterwards."""
        self._engine.dispose()

    def _write(self, function: Callable[[Transaction], T], *, alone: bool) -> T:
        with self._serializable.connect() as connection, _one_at_a_time(connection, alone):
            transaction = Transaction(connection, self._clock.now())
            result = function(transaction)
            transaction.store_unsealed()
            try:
                self._commit(connection)
            except OutcomeUnknownError as error:
                if (entry := transaction.first_emitted()) is None:
                    raise
                raise _LostCommitError(str(error), entry, result) from error
            return result

    def _was_kept(self, lost: _LostCommitError) -> bool:
        """Tell whether a commit was kept, by putting its event a second time.

        While the server is still at work on that commit this waits for its end; where it was kept the event is there
        already; where it was not this one is rolled back. Raises OutcomeUnknownError when the server stays away.
        """
        until = time.monotonic() + _SETTLE_S
        while True:
            try:
                with self._plain.connect() as connection:
                    return not put_again(connection, lost.entry)
            except sa.exc.DBAPIError as error:
                if not _is_lost(error) or time.monotonic() > until:
                    raise OutcomeUnknownError(str(lost)) from error
                time.sleep(0.1)

    def _commit(self, connection: sa.Connection) -> None:
        try:
            connection.commit()
        except sa.exc.DBAPIError as error:
            if _is_lost(error):
                raise OutcomeUnknownError(
                    f"the connection to {self.address} was lost during a commit ({_said(error)}): whether the change "
                    "was kept is not known; look for it before doing it again"
                ) from error
            raise

    def _seal_piece(self) -> int:
        with self._plain.connect() as connection:
            try:
                sealed = seal_waiting(connection, _SEALER)
            except sa.exc.DBAPIError as error:
                if _state(error) == "55P03":  # another seals, and is slow: what it does is done for us too
                    return 0
                raise
            connection.commit()
            return sealed

    def _persistently(self, attempt: Callable[[bool], T]) -> T:
        """Try until it is done, refused or too late; the unlucky, from their third try on, go one at a time."""
        started, failures, lost = time.monotonic(), 0, 0
        while True:
            try:
                return attempt(failures >= 2)
            except sa.exc.TimeoutError as error:
                raise self._busy("no connection came free") from error
            except sa.exc.DBAPIError as error:
                if _is_lost(error) and not lost:  # it may have been stale: the server was restarted since
                    lost += 1
                    continue
                failures += 1
                if not _may_be_tried_again(error, failures):
                    raise self._explained(error) from error
                if time.monotonic() - started > _PATIENCE_S:
                    raise self._busy(f"{failures} tries met other writers") from error
                time.sleep(random.uniform(0, min(0.2, 0.004 * 2**failures)))  # noqa: S311 - spreads retries

    def _busy(self, why: str) -> UnavailableError:
        return UnavailableError(f"the store {self.address} is busy: {why} for {_PATIENCE_S:.0f} s; try again later")

    def _explained(self, error: sa.exc.DBAPIError) -> Exception:
        state, said = _state(error), _said(error)
        if state[:2] == "22" or (not state and isinstance(error, sa.exc.DataError)):  # the driver refuses NUL
            return UsageError(f"PostgreSQL cannot hold this value ({said}); change it and try again")
        if _is_lost(error) or state[:2] in {"53", "57", "58", "28", "3D"} or state in {"42501", "25006"} or not state:
            return UnavailableError(
                f"the store {self.address} cannot be used now ({said}); see that the server runs, has room and "
                "lets this user in, and try again"
            )
        if state[:2] == "XX":
            return DamagedError(f"the store {self.address} cannot be read: {said}; restore a copy")
        return error


@contextmanager
def _one_at_a_time(connection: sa.Connection, alone: bool) -> Iterator[None]:
    """Hold the place of the unlucky around a transaction: its view must begin after the wait, so not within it."""
    if not alone:
        yield
        return
    connection.execute(sa.text("SELECT pg_advisory_lock(:key)"), {"key": _UNLUCKY})
    connection.commit()
    try:
        yield
    finally:
        if not connection.invalidated:
            connection.rollback()
            connection.execute(sa.text("SELECT pg_advisory_unlock(:key)"), {"key": _UNLUCKY})
            connection.commit()


def _may_be_tried_again(error: sa.exc.DBAPIError, failures: int) -> bool:
    state = _state(error)
    return state in _RETRY or (state == _TAKEN and failures < _MOST_TAKEN)


def _is_lost(error: sa.exc.DBAPIError) -> bool:
    return error.connection_invalidated or _state(error)[:2] == "08" or _state(error) in {"57P01", "57P02", "57P03"}


def _state(error: sa.exc.DBAPIError) -> str:
    return getattr(error.orig, "sqlstate", None) or ""


def _said(error: sa.exc.DBAPIError) -> str:
    return " ".join(str(error.orig).split())[:300]


def _parsed(url: str) -> sa.URL:
    """Read a URL. What is wrong with it is said without it: it may hold a password."""
    try:
        parsed = sa.make_url(url)
    except (sa.exc.ArgumentError, ValueError):
        parsed = None
    if parsed is None or parsed.drivername not in _SCHEMES or not parsed.database:
        raise UsageError(
            "the records' URL is not one of PostgreSQL: write postgresql://user:password@host:5432/database"
        )
    return parsed.set(drivername="postgresql+psycopg")


def _address(url: sa.URL) -> str:
    query: dict[str, Any] = {name: url.query[name] for name in ("host", "port") if name in url.query}
    bare = url.set(drivername="postgresql", query=query)
    return sa.URL.create(
        "postgresql", bare.username, None, bare.host, bare.port, bare.database, bare.query
    ).render_as_string(hide_password=True)


def _engine(url: sa.URL) -> sa.Engine:
    given = {} if "connect_timeout" in url.query else {"connect_timeout": 10}
    try:
        engine = sa.create_engine(
            url, pool_size=4, max_overflow=16, pool_use_lifo=True, hide_parameters=True, connect_args=given
        )
    except ModuleNotFoundError as error:
        raise UnavailableError(
            "records in PostgreSQL need the package psycopg: pip install 'tidemill[postgres]'"
        ) from error

    def prepare(connection: Any, record: Any) -> None:
        connection.execute(_PREPARE)
        connection.commit()
        record.info["of"] = os.getpid(), weakref.ref(engine.pool)

    def end_if_left(_connection: Any, record: Any) -> None:
        # In use while the others were closed: the pool that it comes back to is gone, and nobody would close it.
        process, pool = record.info.get("of", (None, None))
        if process == os.getpid() and pool() is not engine.pool:
            record.invalidate()

    sa.event.listen(engine, "connect", prepare)
    sa.event.listen(engine, "checkin", end_if_left)
    return engine


def _drop_in_forks(engine: sa.Engine) -> None:
    """Let a forked child make its own connections: its parent's are not the child's to use or to end."""
    if hasattr(os, "register_at_fork"):
        known = weakref.ref(engine)

        def drop() -> None:
            if (mine := known()) is not None:
                mine.dispose(close=False)

        os.register_at_fork(after_in_child=drop)
