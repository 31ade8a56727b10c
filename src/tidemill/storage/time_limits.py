"""Statements that are stopped when they take too long: those that somebody words, such as a filter.

SQLite asks every few thousand of its steps whether to go on; PostgreSQL keeps the time of each statement itself.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from tidemill.core import UsageError

_STEPS = 4000
_CANCELLED = "57014"


@contextmanager
def stopped_after(connection: sa.Connection, seconds: float) -> Iterator[None]:
    """Stop statements of a transaction that only reads after so many seconds: all in SQLite, each in PostgreSQL.

    Raises UsageError when one was stopped; the transaction is of no use then.
    """
    driver: Any = connection.connection.dbapi_connection
    on_sqlite = isinstance(driver, sqlite3.Connection)
    if on_sqlite:
        until = time.monotonic() + seconds
        driver.set_progress_handler(lambda: time.monotonic() > until, _STEPS)
    else:
        longest = {"longest": str(max(1, round(seconds * 1000)))}
        connection.execute(sa.text("SELECT set_config('statement_timeout', :longest, true)"), longest)
    try:
        yield
    except (sa.exc.DBAPIError, sqlite3.OperationalError) as error:
        if not _was_stopped(getattr(error, "orig", error)):
            raise
        raise UsageError(
            f"the search was stopped: it took more than {seconds:g} s; narrow it down, to fewer experiments or by a "
            "condition that few fulfil"
        ) from error
    finally:
        if on_sqlite:
            driver.set_progress_handler(None, 0)


def _was_stopped(error: object) -> bool:
    if isinstance(error, sqlite3.Error):
        return getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_INTERRUPT
    return getattr(error, "sqlstate", None) == _CANCELLED
