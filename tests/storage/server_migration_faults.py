"""A process that migrates a store in PostgreSQL again and again, and is killed at each statement.

python -m tests.storage.server_migration_faults URL WHEN STRIDE, with WHEN one of before, after, committed, and STRIDE 1
for each statement, 5 for every fifth.

It forks, so that what takes long to import is imported once. Printed is a JSON line for each try: its number, how it
ended, and what is left.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from typing import Any

import alembic.migration
import alembic.operations
import alembic.script  # noqa: F401 - imported before the forks
import sqlalchemy as sa
import sqlalchemy.dialects.postgresql.psycopg
from sqlalchemy.engine.default import DefaultDialect

from tests.storage.old_servers import seen, version_of
from tidemill.core import SystemClock
from tidemill.storage.server_migration import migrate_server


def _kill_at(number: int, when: str) -> None:
    """Let the process be killed at a statement, or once a commit is done."""
    left = [number]

    def count(*_: Any) -> None:
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    if when != "committed":
        sa.event.listen(sa.Engine, f"{when}_cursor_execute", count)
        return
    commit = DefaultDialect.do_commit

    def commit_and_die(dialect: DefaultDialect, connection: Any) -> None:
        commit(dialect, connection)  # type: ignore[no-untyped-call]
        count()

    DefaultDialect.do_commit = commit_and_die  # type: ignore[method-assign]


def main(url: str, when: str, stride: int) -> None:
    """Try every statement, or every so many, until a try comes to its end."""
    number, ended = 1 - stride, -1
    while ended != 0:
        number += stride
        child = os.fork()
        if child == 0:
            _kill_at(number, when)
            migrate_server(url, SystemClock())
            os._exit(0)
        ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        print(json.dumps([number, ended, version_of(url), seen(url)]), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
