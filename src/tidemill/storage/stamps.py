"""Stamps: has anything been written since? Cheap enough to be asked many times a second, whatever the database."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol, runtime_checkable

from tidemill.core import UnavailableError
from tidemill.storage.records import Database

Stamp = object


@runtime_checkable
class Stamped(Protocol):
    """A database that says by itself whether it was written to."""

    def stamp(self) -> Stamp:
        """Return what is another value after each commit, of whatever process. Raises UnavailableError."""
        ...


def stamp_of(database: Database) -> Stamp:
    """Return what is equal until somebody commits, and another value afterwards; None when it cannot be told now.

    It may change when nothing was written; look again now and then all the same, since nothing follows from time alone.
    """
    if not isinstance(database, Stamped):
        return _size_and_time(database.folder / "records.db-wal")
    try:
        return database.stamp()
    except UnavailableError:
        return None


def _size_and_time(file: Path) -> tuple[int, int]:
    try:
        found = file.stat()
    except OSError:
        return 0, 0
    return found.st_size, found.st_mtime_ns
