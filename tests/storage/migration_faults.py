"""A process that migrates a store again and again, and is killed at each statement, or has its disk full.

python -m tests.storage.migration_faults DUMP FOLDER STRIDE, with STRIDE 1 for each statement, 3 for every third

It forks, so that what takes long to import is imported once. FOLDER/NAME/records.db is what each try left. Printed are
the names, a JSON line each, with how the try ended.
"""

from __future__ import annotations

import json
import os
import sqlite3
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import alembic.migration
import alembic.operations
import alembic.script  # noqa: F401 - imported before the forks
import sqlalchemy as sa
import sqlalchemy.dialects.sqlite.pysqlite

from tidemill.core import SystemClock, UnavailableError
from tidemill.storage.schema import open_database

KILLED, UNAVAILABLE, DONE = 9, 3, 0
_SPARE_PAGES = (0, 1, 2, 3, 5, 8, 12, 20, 30, 45, 60)


class _Killer:
    """Ends the process before or after its n-th statement."""

    def __init__(self, at: int) -> None:
        self._left = at

    def __call__(self, *_: Any) -> None:
        self._left -= 1
        if self._left == 0:
            os._exit(KILLED)


def kill_at(number: int, when: str) -> None:
    """Let the process end at a statement; `when` is before or after."""
    sa.event.listen(sa.Engine, f"{when}_cursor_execute", _Killer(number))


def fill_disk(spare: int) -> None:
    """Let SQLite files have no more than some pages more than they have."""

    def limit(connection: Any, _record: object) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages + spare}")

    sa.event.listen(sa.pool.Pool, "connect", limit)


def attempt(dump: Path, folder: Path, prepare: Callable[[], None]) -> int:
    """Write the store anew and migrate it in a child; return how that ended."""
    folder.mkdir(parents=True)
    path = folder / "records.db"
    connection = sqlite3.connect(path)
    connection.executescript(dump.read_text("utf-8"))
    connection.close()
    child = os.fork()
    if child == 0:
        prepare()
        try:
            open_database(path, SystemClock()).close()
        except UnavailableError as error:
            print(f"refused: {error}", file=sys.stderr, flush=True)
            os._exit(UNAVAILABLE)
        os._exit(DONE)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def main(dump: Path, folder: Path, stride: int) -> None:
    """Try every statement, or every so many, and every disk."""
    for when in ("before", "after"):
        number, ended = 1 - stride, KILLED
        while ended == KILLED:
            number += stride
            name = f"{when}-{number}"
            ended = attempt(dump, folder / name, partial(kill_at, number, when))
            print(json.dumps([name, ended]), flush=True)
    for spare in _SPARE_PAGES[::stride]:
        ended = attempt(dump, folder / f"full-{spare}", partial(fill_disk, spare))
        print(json.dumps([f"full-{spare}", ended]), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
