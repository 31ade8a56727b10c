"""Making a SQLite file forget: what was deleted stays in free pages and in its log until both are rewritten."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

from tidemill.storage import FileLock

_LOOK_EVERY_S = 0.1


def scrub_sqlite(path: Path, within_s: float = 10.0, look: Callable[[], float] = time.monotonic) -> bool:
    """Write a SQLite file anew without free pages and empty its log; False when it is in use for too long.

    Readers may go on; writers of records wait for as long as that takes. It may be killed at any moment.
    """
    if not path.exists():
        return True
    until = look() + within_s
    with FileLock(path.with_name(f"{path.name}.lock")):
        while True:
            with suppress(sqlite3.OperationalError), closing(_connect(path)) as connection:
                connection.execute("VACUUM")
                busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
                if not busy:
                    return True
            if look() > until:
                return False
            time.sleep(_LOOK_EVERY_S)


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, timeout=2)
    connection.execute("PRAGMA secure_delete = ON")
    return connection
