"""Copying a SQLite file that is in use: one unchanging view of it, while others go on writing."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tidemill.core import DamagedError, UnavailableError, make_private_folder, new_id
from tidemill.storage.home_files import Told, untold

_PAGES = 500


def copy_sqlite(source: Path, target: Path, told: Told = untold) -> None:
    """Copy a SQLite file by a temporary name, synced, readable by its owner only.

    The copy is the state of one moment: a read transaction is held over all of it, so that no write makes the copy
    begin again, and none waits for it.

    Raises UnavailableError when it cannot be read or written, DamagedError when it is no SQLite file.
    """
    make_private_folder(target.parent)
    temporary = target.with_name(f".{new_id()}.part")
    try:
        with _opened(source) as reader, _opened(temporary) as writer:
            temporary.chmod(0o600)
            reader.execute("PRAGMA busy_timeout = 10000")
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM sqlite_master").fetchone()
            reader.backup(
                writer, pages=_PAGES, progress=lambda _, left, total: told(source.name, total - left, total), sleep=0
            )
            reader.execute("ROLLBACK")
        _sync(temporary)
        for stale in ("-wal", "-shm"):
            target.with_name(f"{target.name}{stale}").unlink(missing_ok=True)
        temporary.replace(target)
    except sqlite3.OperationalError as error:
        raise UnavailableError(f"{source} could not be copied to {target.parent}: {error}; free space?") from error
    except sqlite3.DatabaseError as error:
        raise DamagedError(f"{source} cannot be read: {error}; restore a copy") from error
    finally:
        for left in ("", "-journal", "-wal", "-shm"):
            temporary.with_name(f"{temporary.name}{left}").unlink(missing_ok=True)


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        yield connection
    finally:
        connection.close()


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
