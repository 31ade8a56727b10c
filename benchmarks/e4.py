"""E4: writes and pages of records in PostgreSQL cost the client no more than four times what bare psycopg costs it.

A write is a transaction with one event, by `PostgresDatabase`; the reference is the same BEGIN, INSERT and COMMIT by
psycopg alone. What is compared is the client's CPU time: the rest is the server's, and the disk's, and alike. Writes of
both take turns. Beside it: the time of a page of the newest 50 runs in a store of RUNS, and of a tenth of them.
The server is the one that the tests start.
"""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psycopg

from tests.postgres import Server, running_server
from tidemill.access import Caller, Role
from tidemill.core import Event, SystemClock, new_id
from tidemill.storage.schema import open_database
from tidemill.tracking import Tracking

WRITES, ROUNDS, PAGES, RUNS = 200, 5, 20, 100_000
GOAL = 4.0
ANN = Caller("ann", role=Role.ADMIN)
AT = "2013-03-01T00:00:00.000000Z"
INSERT = "INSERT INTO event (project_id, id, kind, subject, actor, at, data) VALUES (%s, %s, %s, %s, %s, %s, %s::json)"
FILL = (
    "INSERT INTO run SELECT 'default', lpad(to_hex(n), 32, '0'), 'e', 'run ' || n, 'finished', %s, %s, 'ann', NULL, "
    "NULL, NULL FROM generate_series(%s::int, %s::int) n"
)


def run() -> dict[str, object]:
    """Measure, and return the line of this promise."""
    with tempfile.TemporaryDirectory() as folder, running_server() as server:
        ours, bare = _writes(server, Path(folder))
        small, large = _pages(server, Path(folder))
    return {
        "id": "E4",
        "what": "client CPU of a write with one event, records in PostgreSQL",
        "ours": round(ours * 1e3, 3),
        "unit": "ms",
        "against": "bare psycopg: the same three statements",
        "theirs": round(bare * 1e3, 3),
        "ratio": round(ours / bare, 2),
        "goal": f"<= {GOAL:g} x",
        "holds": ours / bare <= GOAL,
        f"page_of_{RUNS // 10}_runs_ms": round(small * 1e3, 2),
        f"page_of_{RUNS}_runs_ms": round(large * 1e3, 2),
    }


def _writes(server: Server, folder: Path) -> tuple[float, float]:
    url = server.fresh()
    database = open_database(url, SystemClock(), folder)
    with psycopg.connect(url) as connection:
        connection.isolation_level = psycopg.IsolationLevel.SERIALIZABLE

        def bare() -> None:
            connection.execute(INSERT, ("default", new_id(), "thing.done", "s", "ann", AT, '{"n":1}'))
            connection.commit()

        def ours() -> None:
            database.write(lambda tx: tx.emit("ann", "default", Event("thing.done", "s", {"n": 1})))

        rounds = [(_cpu_s(ours, WRITES), _cpu_s(bare, WRITES)) for _ in range(ROUNDS)]
    database.close()
    mine, theirs = (statistics.median(column) for column in zip(*rounds, strict=True))
    return mine, theirs


def _pages(server: Server, folder: Path) -> tuple[float, float]:
    url = server.fresh()
    database, found = open_database(url, SystemClock(), folder), []
    tracking = Tracking(database)
    for first, last in ((1, RUNS // 10), (RUNS // 10 + 1, RUNS)):
        with psycopg.connect(url) as connection:
            connection.execute(
                "INSERT INTO experiment VALUES ('default', 'e', 'e', %s, 'ann') ON CONFLICT DO NOTHING", (AT,)
            )
            connection.execute(FILL, (AT, AT, first, last))
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("ANALYZE run")
        began = time.perf_counter()
        for _ in range(PAGES):
            assert len(tracking.list_runs(ANN, limit=50)) == 50
        found.append((time.perf_counter() - began) / PAGES)
    database.close()
    return found[0], found[1]


def _cpu_s(action: Callable[[], None], count: int) -> float:
    began = time.process_time()
    for _ in range(count):
        action()
    return (time.process_time() - began) / count


if __name__ == "__main__":
    print(json.dumps(run()))
