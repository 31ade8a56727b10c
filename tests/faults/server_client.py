"""A client of records in PostgreSQL: it writes, notes what it was promised, and goes on whatever the server does.

python -m tests.faults.server_client URL FOLDER NAME [--careless]; it ends when its standard input does.

Each write is a job under a key of the client's own and two events of it: one transaction. A write that was refused, or
of which nobody knows, is done again under the same key. --careless: it does not wait for commits, which must be found.
"""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path

import sqlalchemy as sa

from tests.faults.acknowledgements import Acknowledgements
from tidemill.core import Event, SystemClock, UnavailableError
from tidemill.storage import postgres_records
from tidemill.storage._tables import job_table
from tidemill.storage.postgres_records import PostgresDatabase
from tidemill.storage.queue import NewJob, Queue
from tidemill.storage.records import Transaction

KIND, EVENTS = "promised", ("work.asked", "work.noted")
_AGAIN_S = 0.05


def write_once(queue: Queue, tx: Transaction, key: str) -> bool:
    """Add the job of a key and its events, unless they are there; tell whether they were not."""
    known = sa.select(job_table.c.id).where(job_table.c.kind == KIND, job_table.c.unique_key == key)
    if tx.scalar(known.where(job_table.c.project_id == "default")) is not None:
        return False
    queue.enqueue(tx, "default", "ann", NewJob(KIND, {}, key))
    for kind in EVENTS:
        tx.emit("ann", "default", Event(kind, key))
    return True


def _listen(ended: threading.Event) -> None:
    sys.stdin.read()
    ended.set()


def main() -> None:
    """Write until nobody listens."""
    url, folder, name, *options = sys.argv[1:]
    if options:
        postgres_records._PREPARE = "SELECT set_config('synchronous_commit', 'off', false)"
    database = PostgresDatabase(url, Path(folder), SystemClock())
    queue, record = Queue(database), Acknowledgements(Path(folder) / name)
    ended = threading.Event()
    threading.Thread(target=_listen, args=(ended,), daemon=True).start()
    number = 0
    while not ended.is_set():
        key = f"{name}/{number}"
        record.say(0, key, "begin")
        while True:
            try:
                database.write(lambda tx, key=key: write_once(queue, tx, key))  # type: ignore[misc]
            except UnavailableError as error:
                record.say(0, key, "failed", why=type(error).__name__, line=str(error))
                if ended.is_set():
                    return
                time.sleep(_AGAIN_S)
            else:
                record.say(0, key, "done")
                break
        number += 1


if __name__ == "__main__":
    main()
