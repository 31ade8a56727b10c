"""Many processes on one store: no write is refused, none is lost, and readers see whole changes all along (M4)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import sqlalchemy as sa

from tidemill.access import local_caller
from tidemill.core import SystemClock
from tidemill.storage.records import Transaction
from tidemill.storage.schema import open_database
from tidemill.storage.verification import verify_chain
from tidemill.tracking import NewRun, Tracking

_PROCESSES, _WRITES = 8, 40
_SCRIPT = """
import sys
from pathlib import Path
from tidemill.access import local_caller
from tidemill.core import SystemClock
from tidemill.storage.queue import NewJob, Queue
from tidemill.storage.schema import open_database
from tidemill.tracking import NewRun, Tracking
database, caller, me = open_database(Path(sys.argv[1]), SystemClock()), local_caller(), sys.argv[2]
tracking, queue = Tracking(database), Queue(database)
print("ready", flush=True); sys.stdin.readline()
for number in range(int(sys.argv[3]) // 4):
    run = tracking.start_run(caller, NewRun("mixed", f"{me} {number}")).id
    tracking.log_metrics(caller, run, {"one": 1.0, "two": 2.0})
    database.write(lambda tx: queue.enqueue(tx, "default", "ann", NewJob("work", {}, unique_key=f"{me}-{number}")))
    tracking.end_run(caller, run)
print("done", flush=True)
"""


def test_writers_of_many_processes_lose_nothing_and_hinder_no_reader(tmp_path: Path) -> None:
    path = tmp_path / "records.db"
    database = open_database(path, SystemClock())
    Tracking(database).start_run(local_caller(), NewRun("mixed", "before"))
    command = [sys.executable, "-c", _SCRIPT, str(path)]
    writers = [
        subprocess.Popen(
            [*command, f"writer{number}", str(_WRITES)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for number in range(_PROCESSES)
    ]
    for writer in writers:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write("go\n")
        writer.stdin.flush()
    n_read, seen = 0, 0
    while any(writer.poll() is None for writer in writers):
        n_runs, n_ended, n_events, halves = database.read(_counts)
        assert n_events == n_runs + n_ended  # each change is there with its event, or neither is
        assert halves == 0
        assert n_runs >= seen
        n_read, seen = n_read + 1, n_runs
    assert [writer.communicate(timeout=60)[0] for writer in writers] == ["done\n"] * _PROCESSES
    assert n_read > 1
    n_turns = _PROCESSES * (_WRITES // 4)
    assert database.read(_counts) == (n_turns + 1, n_turns, 2 * n_turns + 1, 0)
    assert database.read(lambda tx: tx.scalar(sa.text("SELECT count(*) FROM job"))) == n_turns
    assert database.read(verify_chain).sound


def _counts(tx: Transaction) -> tuple[int, int, int, int]:
    """Return how many runs, ended runs and events of runs there are, and runs with one point of two."""
    points = "run_last_metric AS last JOIN metric_point AS point ON point.series = last.series"
    halves = f"SELECT count(*) FROM (SELECT run_id FROM {points} GROUP BY run_id HAVING count(*) != 2)"
    queries = (
        "SELECT count(*) FROM run",
        "SELECT count(*) FROM run WHERE status = 'finished'",
        "SELECT count(*) FROM event WHERE kind LIKE 'run.%'",
        halves,
    )
    one, two, three, four = (int(tx.scalar(sa.text(query))) for query in queries)
    return one, two, three, four
