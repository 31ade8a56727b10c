"""Bringing an older store up to date by hand: what would be done, whether it would work, and doing it.

An embedded store is also migrated by itself when it is opened, after a copy was put beside it; one in PostgreSQL only
by hand (`server_migration`). Either way all migrations run in one transaction: a process that is killed at any moment
leaves the store as old or as new.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from tidemill.core import Clock, ConflictError, UsageError, new_id
from tidemill.storage.home_files import Told, untold
from tidemill.storage.schema import copy_beside, known_versions, migrate, open_database, version_of
from tidemill.storage.sqlite_copy import copy_sqlite


@dataclass(frozen=True)
class MigrationStep:
    """A version that a store goes to, and what it brings."""

    version: str
    title: str


@dataclass(frozen=True)
class MigrationPlan:
    """What migrating a store would do.

    records: a file, or the address of a server's database. steps: none when it is up to date.
    copy: kept beside a file, as large as it is; none of a server's.
    """

    records: Path | str
    version: str
    steps: tuple[MigrationStep, ...]
    copy: Path | None
    n_bytes: int


@dataclass(frozen=True)
class Migrated:
    """What was done, or rehearsed on a copy that was thrown away, and how long it took."""

    plan: MigrationPlan
    seconds: float
    rehearsed: bool


def plan_migration(records: Path) -> MigrationPlan:
    """Return what migrating the records would do; nothing is written.

    Raises UsageError when there is no store, ConflictError for one of a newer Tidemill, DamagedError.
    """
    version = version_of(records)
    if version is None:
        raise UsageError(f"there is no store at {records}; 'tidemill run' or 'tidemill up' makes one")
    known = known_versions()
    if version not in known:
        raise ConflictError(
            f"the store {records} was written by a newer Tidemill (schema {version}); this one knows up to "
            f"{known[-1]}: upgrade with 'pip install -U tidemill'"
        )
    return MigrationPlan(records, version, steps_after(version), copy_beside(records, version), records.stat().st_size)


def steps_after(version: str) -> tuple[MigrationStep, ...]:
    """Return the versions that a store of a version goes through, up to the newest."""
    known = known_versions()
    return tuple(MigrationStep(each, _title(each)) for each in known[known.index(version) + 1 :])


def run_migration(records: Path, clock: Clock, told: Told = untold) -> Migrated:
    """Migrate the records, after putting a copy beside them; nothing when they are up to date.

    Raises what `plan_migration` raises, UnavailableError when the disk refuses: the store is as it was then.
    """
    plan, began = plan_migration(records), time.monotonic()
    told(f"schema {plan.version}", 0, 1)
    open_database(records, clock).close()
    told(f"schema {known_versions()[-1]}", 1, 1)
    return Migrated(plan, time.monotonic() - began, rehearsed=False)


def rehearse_migration(records: Path, clock: Clock, told: Told = untold) -> Migrated:
    """Migrate a copy of the records in their folder, check that it opens, and throw it away: needs twice their space.

    Raises what `run_migration` raises.
    """
    plan, began = plan_migration(records), time.monotonic()
    trial = records.with_name(f".{new_id()}.part")
    try:
        copy_sqlite(records, trial, told)
        migrate(trial)
        opened = open_database(trial, clock)
        opened.write(lambda _: None)
        opened.close()
        return Migrated(plan, time.monotonic() - began, rehearsed=True)
    finally:
        for left in trial.parent.glob(f"{trial.name}*"):
            left.unlink()


def _title(version: str) -> str:
    """Return the first line of a migration's docstring, without running it."""
    folder = resources.files("tidemill.storage") / "migrations" / "versions"
    (file,) = (each for each in folder.iterdir() if each.name.startswith(version))
    line = file.read_text("utf-8").partition("\n")[0].strip('"')
    return line.partition(":")[2].strip().rstrip(".")
