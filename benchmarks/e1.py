"""E1: thirty-two processes write into one store, and none is refused or kept waiting: the slowest of 1,000 writes.

PROCESSES processes each track runs and queue jobs through the rooms, as users do: WRITES writes of seven kinds in
turn, due at fixed instants whatever the ones before took (an open loop, so that a stall is seen by every write that was
due in it). What counts is the time from the instant at which a write was due to its acknowledgement. Afterwards every
acknowledged write must be in the store, once, and its chain of events sound.

The reference is the same load, for a quarter of the time, with nothing but SQLite's own busy time-out between the
processes: `BEGIN IMMEDIATE`, and whoever comes at the right moment. The goals hold on a machine of the reference's
speed, by the fixed loop of P3, before and after.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa

from benchmarks.p3 import CALIBRATION_MS, calibration_ms
from tidemill.access import local_caller
from tidemill.core import SystemClock, TidemillError, UnavailableError
from tidemill.storage.queue import NewJob, Queue
from tidemill.storage.records import Transaction
from tidemill.storage.schema import open_database
from tidemill.storage.sqlite_records import SqliteDatabase
from tidemill.storage.verification import verify_chain
from tidemill.tracking import NewRun, Tracking

T = TypeVar("T")

PROCESSES = 32
WRITES = 2_000
PER_S = 5.0  # of each process: 160 writes a second in all
P999_GOAL_MS = 250.0
WORST_GOAL_MS = 1_000.0
TURN = 10  # writes of one run: start, params, tags, five times metrics, a job, end
WORK = "import sys; from benchmarks.e1 import work; work(*sys.argv[1:])"


class BusyTimeout(SqliteDatabase):
    """The reference: a transaction of its own for each write, and SQLite's busy time-out alone."""

    def write(self, function: Callable[[Transaction], T]) -> T:
        """Run the function in a transaction, waiting as SQLite waits."""
        with self._refusals(), self._connection("BEGIN IMMEDIATE") as connection:
            transaction = Transaction(connection, self._clock.now())
            result = function(transaction)
            transaction.seal(older=False)
            connection.exec_driver_sql("COMMIT")
            return result


def run() -> dict[str, object]:
    """Measure, and return the line of this promise."""
    before = calibration_ms()
    ours, ours_refused, kept = _measure("ours", WRITES)
    theirs, theirs_refused, _ = _measure("busy", WRITES // 4)
    slower = max(1.0, statistics.mean((before, calibration_ms())) / CALIBRATION_MS)
    p999, worst = _share(ours, 0.999), max(ours)
    return {
        "id": "E1",
        "what": f"{PROCESSES} processes write into one store, {PROCESSES * PER_S:g} writes/s: 99.9 % are kept within",
        "ours": round(p999, 1),
        "unit": "ms",
        "against": "SQLite's busy time-out alone",
        "theirs": round(_share(theirs, 0.999), 1),
        "ratio": round(p999 / _share(theirs, 0.999), 3),
        "goal": f"no lock error, nothing lost, p99.9 < {P999_GOAL_MS:g} ms, worst < {WORST_GOAL_MS:g} ms",
        "holds": not ours_refused and kept and p999 < P999_GOAL_MS * slower and worst < WORST_GOAL_MS * slower,
        "n_writes": len(ours),
        "n_refused": ours_refused,
        "all_kept": kept,
        "p50_ms": round(_share(ours, 0.5), 1),
        "p99_ms": round(_share(ours, 0.99), 1),
        "worst_ms": round(worst, 1),
        "theirs_n_refused": theirs_refused,
        "theirs_p50_ms": round(_share(theirs, 0.5), 1),
        "theirs_p99_ms": round(_share(theirs, 0.99), 1),
        "theirs_worst_ms": round(max(theirs), 1),
        "slower_than_reference": round(slower, 2),
    }


def work(kind: str, path: str, number: str, writes: str, per_s: str) -> None:
    """Be one process: say that it is ready, read when to begin, write, and print what each write took."""
    database = (BusyTimeout if kind == "busy" else SqliteDatabase)(Path(path), SystemClock())
    tracking, queue, caller = Tracking(database), Queue(database), local_caller()
    run_id, taken, refused = "", [], []

    def one(index: int) -> None:
        nonlocal run_id
        place = index % TURN
        if place == 0:
            run_id = tracking.start_run(caller, NewRun("mixed", f"process {number}, write {index}")).id
        elif place == 1:
            tracking.log_params(caller, run_id, {f"param_{each}": each for each in range(10)})
        elif place == 2:
            tracking.set_tags(caller, run_id, {"of": number})
        elif place < 8:
            tracking.log_metrics(caller, run_id, {f"metric_{each}": each / 7 for each in range(10)})
        elif place == 8:
            job = NewJob("work", {"run": run_id}, unique_key=f"{number}-{index}")
            database.write(lambda tx: queue.enqueue(tx, "default", "ann", job))
        else:
            tracking.end_run(caller, run_id)

    print("ready", flush=True)
    begin = float(sys.stdin.readline()) + int(number) / float(per_s) / PROCESSES
    for index in range(int(writes)):
        due = begin + index / float(per_s)
        time.sleep(max(0.0, due - time.time()))
        try:
            one(index)
        except TidemillError as error:
            refused.append(str(error))
        taken.append((time.time() - due) * 1000)
    print(json.dumps([taken, refused]), flush=True)


def _measure(kind: str, writes: int) -> tuple[list[float], int, bool]:
    """Return what each write of all processes took, in milliseconds, how many were refused, and if all were kept."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "records.db")
        open_database(path, SystemClock()).close()
        commands = [
            [sys.executable, "-c", WORK, kind, str(path), str(number), str(writes), str(PER_S)]
            for number in range(PROCESSES)
        ]
        processes = [
            subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for command in commands
        ]
        for process in processes:
            _line(process)
        begin = time.time() + 1
        for process in processes:
            assert process.stdin is not None
            process.stdin.write(f"{begin}\n")
            process.stdin.flush()
        results = [json.loads(_line(process)) for process in processes]
        for process in processes:
            process.communicate()
        refused = [said for _, errors in results for said in errors]
        if refused:
            print(f"{kind}: {refused[0]}", file=sys.stderr)
        return [each for taken, _ in results for each in taken], len(refused), _kept(path, writes)


def _line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise UnavailableError(f"a process of the benchmark ended with {process.wait()}")
    return line


def _kept(path: Path, writes: int) -> bool:
    """Tell whether each process's writes are all there, once, and the chain of events is sound."""
    turns = PROCESSES * writes // TURN
    wanted: dict[str, Any] = {
        "SELECT count(*) FROM run WHERE status = 'finished'": turns,
        "SELECT count(*) FROM run_param": turns * 10,
        "SELECT count(*) FROM run_tag": turns,
        "SELECT count(*) FROM metric_point": turns * 50,
        "SELECT count(*) FROM job": turns,
        "SELECT count(*) FROM event": turns * 2,
    }
    database = open_database(path, SystemClock())
    found = database.read(lambda tx: {query: tx.scalar(sa.text(query)) for query in wanted})
    sound = database.read(verify_chain).sound
    database.close()
    return found == wanted and sound


def _share(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


if __name__ == "__main__":
    print(json.dumps(run()))
