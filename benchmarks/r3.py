"""R3: an alias is switched while others read it: milliseconds from the call to the durable commit, 99th percentile.

A store of 1,000 models with 10 versions each; the champion of one is moved to and fro SWITCHES times while READERS
threads of the same process read it, each some hundred
times a second. The reference is the bare statements of a switch, by `sqlite3`, in a file of the
same durability. Every read must see exactly one champion. The goal is scaled by the fixed loop of P3.
"""

from __future__ import annotations

import sqlite3
import statistics
import tempfile
import threading
import time
from pathlib import Path

from benchmarks.p3 import CALIBRATION_MS, calibration_ms
from tidemill.access import local_caller
from tidemill.core import SystemClock
from tidemill.registry import Catalogue, Registry
from tidemill.storage import LocalBlobs
from tidemill.storage.schema import open_database

MODELS, VERSIONS = 1_000, 10
SWITCHES, READERS = 1_000, 2
EVERY_S = 0.005  # a reader's pause: an interpreter runs one thread at a time, and servers read by many processes
GOAL_MS = 20.0
AT = "2013-03-01T00:00:00.000000Z"
_VERSION = (
    "INSERT INTO model_version (project_id, model, version, package_digest, files, report_digest, serving, run_id, "
    "verdict_id, created_at, created_by, updated_at) VALUES ('default', ?, ?, '', '{}', '', '{}', '', '', ?, 'ann', ?)"
)
_MODEL = (
    "INSERT INTO model (project_id, name, created_at, created_by, updated_at, last_version) "
    "VALUES ('default', ?, ?, 'ann', ?, ?)"
)


def run() -> dict[str, object]:
    """Measure, and return the line of this promise."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "records.db")
        taken, n_reads, n_wrong = _switches(path)
        bare = _bare_ms(Path(folder, "bare.db"))
    slower = max(1.0, statistics.median(calibration_ms() for _ in range(5)) / CALIBRATION_MS)
    ours = statistics.quantiles(taken, n=100)[98]
    return {
        "id": "R3",
        "what": f"an alias switched while {READERS} threads read it, 99th percentile of {SWITCHES:,}",
        "ours": round(ours, 2),
        "unit": "ms",
        "against": "the bare statements of a switch",
        "theirs": round(bare, 2),
        "ratio": round(ours / bare, 1),
        "goal": f"<= {GOAL_MS:g} ms, every read sees one champion",
        "holds": ours <= GOAL_MS * slower and n_wrong == 0,
        "median_ms": round(statistics.median(taken), 2),
        "reads": n_reads,
        "wrong_reads": n_wrong,
        "slower_than_reference": round(slower, 2),
    }


def _switches(path: Path) -> tuple[list[float], int, int]:
    """Return the milliseconds of each switch, how many reads there were, and how many saw not one champion."""
    database = open_database(path, SystemClock())
    _fill(path)
    registry, catalogue = Registry(database, LocalBlobs(path.with_name("blobs"))), Catalogue(database)
    caller, done = local_caller(), threading.Event()
    registry.promote(caller, "model 1/1")
    reads, wrong = [0] * READERS, [0] * READERS

    def read(reader: int) -> None:
        while not done.is_set():
            aliases = registry.get(caller, "model 1@champion").aliases
            one = aliases == ("champion",) and len(catalogue.get_model(caller, "model 1").aliases) == 1
            reads[reader] += 1
            wrong[reader] += not one
            done.wait(EVERY_S)

    threads = [threading.Thread(target=read, args=(reader,)) for reader in range(READERS)]
    for thread in threads:
        thread.start()
    taken = []
    for number in range(SWITCHES):
        start = time.perf_counter()
        registry.promote(caller, f"model 1/{2 - number % 2}")
        taken.append((time.perf_counter() - start) * 1000)
    done.set()
    for thread in threads:
        thread.join()
    database.close()
    return taken, sum(reads), sum(wrong)


def _fill(path: Path) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    connection.executemany(_MODEL, ((f"model {each}", AT, AT, VERSIONS) for each in range(MODELS)))
    versions = ((f"model {each}", version + 1, AT, AT) for each in range(MODELS) for version in range(VERSIONS))
    connection.executemany(_VERSION, versions)
    connection.execute("COMMIT")
    connection.close()


def _bare_ms(path: Path) -> float:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE alias (model TEXT, alias TEXT, version INTEGER, PRIMARY KEY (model, alias))")
    taken = []
    for number in range(200):
        start = time.perf_counter()
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("DELETE FROM alias WHERE model = 'm' AND alias = 'champion'")
        connection.execute("INSERT INTO alias VALUES ('m', 'champion', ?)", (number,))
        connection.execute("COMMIT")
        taken.append((time.perf_counter() - start) * 1000)
    connection.close()
    return statistics.quantiles(taken, n=100)[98]
