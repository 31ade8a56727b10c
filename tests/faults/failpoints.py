"""Failpoints inside the process, for machines on which the kernel's calls cannot be reached.

They sit at every SQL statement, commit, fsync, rename and opening of a file, and know less than strace does: what
SQLite writes between two statements is one step to them.
"""

from __future__ import annotations

import errno
import os
import signal
import sqlite3
import sys
from collections import Counter
from collections.abc import Callable
from typing import Any

POINTS = ("statement", "commit", "sync", "rename", "open")
_SQLITE = {"ENOSPC": "database or disk is full", "EIO": "disk I/O error"}


def set_failpoint(what: str, at: str, number: int) -> None:
    """Let the number-th passing of a point kill the process (`kill`), or fail with `ENOSPC` or `EIO`."""
    passed: Counter[str] = Counter()

    def pass_by(point: str) -> None:
        passed[point] += 1
        if point != at or passed[point] != number:
            return
        if what == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if point in {"statement", "commit"}:
            raise sqlite3.OperationalError(_SQLITE[what])
        code = getattr(errno, what)
        raise OSError(code, os.strerror(code))

    os.fsync = _passing(pass_by, "sync", os.fsync)
    os.replace = _passing(pass_by, "rename", os.replace)
    os.rename = _passing(pass_by, "rename", os.rename)
    _watch_statements(pass_by)
    sys.addaudithook(lambda event, _: pass_by("open") if event == "open" else None)


def _passing(pass_by: Callable[[str], None], point: str, call: Any) -> Any:
    def passing(*values: Any, **named: Any) -> Any:
        pass_by(point)
        return call(*values, **named)

    return passing


def _watch_statements(pass_by: Callable[[str], None]) -> None:
    def pass_statement(sql: str) -> None:
        pass_by("statement")
        if sql.strip().upper().startswith("COMMIT"):
            pass_by("commit")

    class Cursor(sqlite3.Cursor):
        def execute(self, *values: Any) -> Any:
            pass_statement(str(values[0]))
            return super().execute(*values)

    class Connection(sqlite3.Connection):
        def cursor(self, factory: Any = None) -> Any:
            return super().cursor(factory or Cursor)

        def execute(self, *values: Any) -> Any:
            pass_statement(str(values[0]))
            return super().execute(*values)

    connect: Any = sqlite3.connect
    options = {"factory": Connection}
    watched: Any = lambda *places, **named: connect(*places, **{**options, **named})  # noqa: E731
    sqlite3.connect = sqlite3.dbapi2.connect = watched
