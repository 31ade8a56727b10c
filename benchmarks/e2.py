"""E2: a store of a million runs is open, and has taken its first write, as fast as an empty one: milliseconds.

The store holds RUNS runs, each with an event. What is timed is `open_database`, one write with an event, and one read,
each time anew; and the same on an empty store. The reference opens the large file by bare `sqlite3`, reads the schema
and commits a row: what nobody who opens it can save. The goal is scaled by the fixed loop of P3.
"""

from __future__ import annotations

import json
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import sqlalchemy as sa

from benchmarks.p3 import CALIBRATION_MS, calibration_ms
from tidemill.core import Event, SystemClock, new_ids
from tidemill.storage.records import Transaction
from tidemill.storage.schema import open_database

RUNS = 1_000_000
PIECE = 10_000
REPEATS = 7
GOAL_MS = 1_500.0
AT = "2013-03-01T00:00:00.000000Z"
RUN = "INSERT INTO run VALUES ('default', ?, 'e', ?, 'finished', ?, ?, 'ann', NULL, NULL, NULL)"


def run() -> dict[str, object]:
    """Measure, and return the line of this promise."""
    with tempfile.TemporaryDirectory() as folder:
        large, empty = Path(folder, "large.db"), Path(folder, "empty.db")
        for path in (large, empty):
            open_database(path, SystemClock()).close()
        _fill(large)
        rounds = [
            (_ms(lambda: _open(large)), _ms(lambda: _open(empty)), _ms(lambda: _bare(large)), calibration_ms())
            for _ in range(REPEATS)
        ]
    ours, small, bare, calibration = (statistics.median(column) for column in zip(*rounds, strict=True))
    slower = max(1.0, calibration / CALIBRATION_MS)
    return {
        "id": "E2",
        "what": f"a store of {RUNS:,} runs opened, written to and read",
        "ours": round(ours, 1),
        "unit": "ms",
        "against": "bare sqlite3: opened, one row committed",
        "theirs": round(bare, 1),
        "ratio": round(ours / bare, 2),
        "goal": f"<= {GOAL_MS:g} ms",
        "holds": ours <= GOAL_MS * slower,
        "empty_store_ms": round(small, 1),
        "worst_ms": round(max(each[0] for each in rounds), 1),
        "slower_than_reference": round(slower, 2),
    }


def _fill(path: Path) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    for first in range(0, RUNS, PIECE):
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(RUN, _rows(first))
        connection.execute("COMMIT")
    connection.close()
    database = open_database(path, SystemClock())
    ids = new_ids(PIECE)

    def emit(tx: Transaction) -> None:
        for id_ in ids:
            tx.emit("ann", "default", Event("run.finished", id_, {"experiment": "e"}))

    for _ in range(RUNS // PIECE):
        database.write(emit)
    database.close()


def _rows(first: int) -> Iterator[tuple[str, str, str, str]]:
    for number, id_ in enumerate(new_ids(PIECE)):
        yield id_, f"run {first + number}", AT, AT


def _open(path: Path) -> None:
    database = open_database(path, SystemClock())
    database.write(lambda tx: tx.emit("ann", "default", Event("store.opened", "e2")))
    database.read(lambda tx: tx.row(sa.text("SELECT * FROM run ORDER BY project_id DESC, id DESC LIMIT 1")))
    database.close()


def _bare(path: Path) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("SELECT name FROM sqlite_master").fetchall()
    connection.execute("INSERT OR REPLACE INTO follower VALUES ('default', 'bare', 1)")
    connection.close()


def _ms(action: Callable[[], None]) -> float:
    began = time.perf_counter()
    action()
    return (time.perf_counter() - began) * 1000


if __name__ == "__main__":
    print(json.dumps(run()))
