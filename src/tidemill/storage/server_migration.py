"""Bringing a store in PostgreSQL up to date: what would be done, trying it, doing it. Nothing else does it.

It is one transaction under a lock of its own. Killed at any moment, client or server, the store is as old or as new;
of several at once one migrates, and the others then find that there is nothing to do.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tidemill.core import Clock, UsageError
from tidemill.storage.home_files import Told, untold
from tidemill.storage.migration_plan import Migrated, MigrationPlan, steps_after
from tidemill.storage.postgres_records import PostgresDatabase
from tidemill.storage.postgres_schema import migrate_tables, size_of, version_in


def plan_server(url: str, clock: Clock) -> MigrationPlan:
    """Return what migrating the records at a URL would do; nothing is written.

    Raises UsageError for an empty database, ConflictError for a store of a newer Tidemill, DamagedError for a database
    of another program, UnavailableError when the server cannot be reached.
    """
    with _opened(url, clock) as database:
        return _plan(database)


def migrate_server(url: str, clock: Clock, told: Told = untold, *, rehearse: bool = False) -> Migrated:
    """Migrate the records at a URL; nothing when they are up to date.

    rehearse: do it all in its transaction, and roll that back; other users of the store wait for it meanwhile.

    Raises what `plan_server` raises, and UnavailableError too when somebody keeps a table for too long: the store is
    as it was then.
    """
    with _opened(url, clock) as database:
        plan, began, n_done = _plan(database), time.monotonic(), 0

        def come_to(version: str) -> None:
            nonlocal n_done
            n_done += 1
            told(f"schema {version}", min(n_done, len(plan.steps)), len(plan.steps))

        if plan.steps:
            told(f"schema {plan.version}", 0, len(plan.steps))
            migrate_tables(database, rehearse=rehearse, told=come_to)
        return Migrated(plan, time.monotonic() - began, rehearsed=rehearse)


@contextmanager
def _opened(url: str, clock: Clock) -> Iterator[PostgresDatabase]:
    with tempfile.TemporaryDirectory() as folder:  # for locks, of which none are taken
        database = PostgresDatabase(url, Path(folder), clock)
        try:
            yield database
        finally:
            database.close()


def _plan(database: PostgresDatabase) -> MigrationPlan:
    version = version_in(database)
    if version is None:
        raise UsageError(f"there is no store in {database.address}; 'tidemill run' or 'tidemill up' makes one")
    return MigrationPlan(database.address, version, steps_after(version), None, size_of(database))
