"""A worker that claims jobs and finishes each when it is told to, for tests that stop its process meanwhile."""

from __future__ import annotations

import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa

from tidemill.core import ConflictError, SystemClock
from tidemill.storage.queue import Job, Queue
from tidemill.storage.records import Database, Transaction
from tidemill.storage.schema import open_database

INSIDE_S = 0.02


def record_effect(database: Database, queue: Queue, job: Job, by: str, inside_s: float = 0.0) -> str:
    """Store the work's effect and finish the job in one transaction; return "accepted", or why not.

    inside_s: how long to dwell between the check of the fence and the commit.
    """

    def finish(tx: Transaction) -> None:
        queue.finish(tx, job, {"by": by, "attempt": job.attempt})
        effect = {"job": job.id, "attempt": job.attempt}
        tx.execute(sa.text("INSERT INTO effect (job, attempt) VALUES (:job, :attempt)"), effect)
        if inside_s:
            print("inside", flush=True)
            time.sleep(inside_s)

    try:
        database.write(finish)
    except ConflictError as error:
        return str(error)
    return "accepted"


def open_place(place: str) -> Database:
    """Open the records at a path or a URL, with a folder for locks of this process alone: as on another machine."""
    if "://" not in place:
        return open_database(Path(place), SystemClock())
    return open_database(place, SystemClock(), Path(tempfile.mkdtemp(prefix="tidemill-late-")))


def main() -> None:
    """For each line on stdin: claim a job and say so; at the next line finish it and say what came of it."""
    place, owner, lease_s = sys.argv[1:]
    database = open_place(place)
    queue = Queue(database)
    while sys.stdin.readline():
        job = queue.claim(owner, timedelta(seconds=float(lease_s)))
        print("nothing" if job is None else f"{job.id} {job.attempt}", flush=True)
        how = sys.stdin.readline().strip()
        if job is not None:
            print(record_effect(database, queue, job, owner, INSIDE_S if how == "inside" else 0.0), flush=True)


if __name__ == "__main__":
    main()
