"""T2: points are logged in batches of 1,000: points a second into the store, the last value of each key kept beside.

One run takes BATCHES batches of METRICS metrics through `Tracking.log_batch`: checked, written to the history and to
the table of last values with its index, committed durably. The reference writes the same points into one bare table
without a key or an index, by one `executemany` and a commit a batch, in turn with ours. Beside it stands what the same
costs where every point of a batch is of another metric, and what of it is left over MLflow's API: by plain HTTP, and
by the stock client. The absolute goal is scaled by the fixed loop of P3.
"""

from __future__ import annotations

import http.client
import json
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.mlflow_bare import driven, own_server
from benchmarks.p3 import CALIBRATION_MS, calibration_ms
from benchmarks.ports import free_port
from tidemill.access import local_caller
from tidemill.core import SystemClock
from tidemill.storage.schema import open_database
from tidemill.tracking import MetricPoint, NewRun, Tracking

POINTS = 1_000
METRICS = 10
BATCHES = 100
HTTP_BATCHES = 40
GOAL = 200_000
TABLE = "CREATE TABLE point (run_id TEXT, key TEXT, step INTEGER, value REAL, at TEXT)"


def run() -> dict[str, object]:
    """Measure, and return the line of this promise."""
    with tempfile.TemporaryDirectory() as folder:
        rounds = _measure(Path(folder))
        raw, client = _over_http(Path(folder) / "server")
    slower = max(1.0, statistics.median(calibration_ms() for _ in range(5)) / CALIBRATION_MS)
    ours, wide, bare = (POINTS / statistics.median(column) for column in zip(*rounds, strict=True))
    return {
        "id": "T2",
        "what": f"points logged by batches of {POINTS:,}, of {METRICS} metrics each",
        "ours": round(ours),
        "unit": "1/s",
        "against": "bare SQLite executemany into a table without key or index",
        "theirs": round(bare),
        "ratio": round(ours / bare, 3),
        "goal": f">= {GOAL:,}/s",
        "holds": ours >= GOAL / slower,
        "of_1000_metrics_each_per_s": round(wide),
        "by_http_per_s": round(raw),
        "by_mlflow_client_per_s": round(client),
        "slower_than_reference": round(slower, 2),
    }


def _measure(home: Path) -> list[tuple[float, float, float]]:
    """Return for each batch the seconds of ours, of one point of each of a thousand metrics, and of the reference."""
    database = open_database(home / "records.db", SystemClock())
    tracking, caller = Tracking(database), local_caller()
    narrow, wide = (tracking.start_run(caller, NewRun("speed", name)).id for name in ("narrow", "wide"))
    bare = sqlite3.connect(home / "bare.db", isolation_level=None)
    bare.execute("PRAGMA journal_mode = WAL")
    bare.execute("PRAGMA synchronous = FULL")
    bare.execute(TABLE)
    rounds = []
    for number in range(BATCHES):
        few, many = _points(METRICS, number), _points(POINTS, number)
        rows = [(narrow, point.key, point.step, point.value, point.at) for point in few]
        began = time.perf_counter()
        tracking.log_batch(caller, narrow, few)
        after_few = time.perf_counter()
        tracking.log_batch(caller, wide, many)
        after_many = time.perf_counter()
        _write_bare(bare, rows)
        rounds.append((after_few - began, after_many - after_few, time.perf_counter() - after_many))
    last = tracking.get_run(caller, narrow).metrics
    if len(last) != METRICS or {point.step for point in last.values()} != {BATCHES * POINTS // METRICS - 1}:
        raise RuntimeError(f"not every last point is there: {last}")
    bare.close()
    database.close()
    return rounds


def _over_http(folder: Path) -> tuple[float, float]:
    """Return points a second over MLflow's API: by plain HTTP over one connection, by the stock client."""
    port = free_port()
    with own_server(folder, port):
        connection = http.client.HTTPConnection("127.0.0.1", port)
        run_id = json.loads(_post(connection, "create", {}))["run"]["info"]["run_id"]
        times = []
        for number in range(HTTP_BATCHES):
            metrics = [
                {"key": each.key, "value": each.value, "timestamp": 1_700_000_000_000, "step": each.step}
                for each in _points(METRICS, number)
            ]
            began = time.perf_counter()
            _post(connection, "log-batch", {"run_id": run_id, "metrics": metrics})
            times.append(time.perf_counter() - began)
        connection.close()
        client_s = driven(f"http://127.0.0.1:{port}", "batch", HTTP_BATCHES)
    return POINTS / statistics.median(times), POINTS * HTTP_BATCHES / client_s


def _post(connection: http.client.HTTPConnection, verb: str, fields: dict[str, object]) -> bytes:
    body = json.dumps(fields)
    connection.request("POST", f"/api/2.0/mlflow/runs/{verb}", body, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    told = answer.read()
    if answer.status != http.client.OK:
        raise RuntimeError(told.decode())
    return told


def _points(n_metrics: int, number: int) -> list[MetricPoint]:
    steps = POINTS // n_metrics
    return [
        MetricPoint(f"metric_{at % n_metrics}", (at + number) / 7, number * steps + at // n_metrics)
        for at in range(POINTS)
    ]


def _write_bare(connection: sqlite3.Connection, rows: Sequence[tuple[object, ...]]) -> None:
    connection.execute("BEGIN IMMEDIATE")
    connection.executemany("INSERT INTO point VALUES (?, ?, ?, ?, ?)", rows)
    connection.execute("COMMIT")


if __name__ == "__main__":
    print(json.dumps(run()))
